#!/usr/bin/env bash
# Creates the pictures of README and book from real output: a terminal as an animated SVG, and PNGs of the HTML report
# and of the book.
# usage: scripts/pictures.sh [BINARY]      the binary is target/debug/rke2-lint by default
# Needs cargo, python3, npm with a package index for svg-term-cli, chromium, and mdbook for the picture of the book.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-}
if [ -z "$binary" ]; then
  cargo build --locked --quiet
  binary=target/debug/rke2-lint
fi
binary=$(realpath "$binary")
out=$PWD/docs/pictures
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# RKE2_LINT_PICTURES_DIR is a folder in which the tools are kept for the next run.
tools=${RKE2_LINT_PICTURES_DIR:-$work/tools}
mkdir -p "$out" "$tools" "$work/bin"
ln -s "$binary" "$work/bin/rke2-lint"
export PATH="$work/bin:$tools/node_modules/.bin:$PATH"

shoot() { # address, width, height, file
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 \
    --user-data-dir="$work/profile" --window-size="$2,$3" --virtual-time-budget=3000 \
    --screenshot="$out/$4" "$1" 2> "$work/chromium.log" || { cat "$work/chromium.log" >&2; exit 1; }
}

[ -x "$tools/node_modules/.bin/svg-term" ] ||
  npm install --silent --no-fund --no-audit --prefix "$tools" svg-term-cli
cp -r testdata/pictures/cluster "$work/cluster"
python3 scripts/record.py "$work/cluster" > "$work/terminal.cast"
svg-term --in "$work/terminal.cast" --out "$out/terminal.svg" --window --padding 12 --no-optimize < /dev/null

rke2-lint check testdata/projects/broken --fail-on never --quiet --format html="$work/report.html"
shoot "file://$work/report.html" 1100 760 report.png

if command -v mdbook > /dev/null; then
  [ -f target/book/index.html ] || scripts/book.sh
  shoot "file://$PWD/target/book/rules/cni-cilium.html" 1200 760 book.png
else
  echo "no picture of the book: mdbook is missing" >&2
fi
ls -l "$out"
