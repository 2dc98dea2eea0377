#!/usr/bin/env bash
# Runs other linters over the faults of testdata/comparison and writes the table of docs/comparison.md.
# usage: scripts/compare.sh [BINARY]      the binary is target/debug/rke2-lint by default
# Needs cargo, python3, npm, and package indexes for yamllint, checkov and yaml-language-server.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-}
if [ -z "$binary" ]; then
  cargo build --locked --quiet
  binary=target/debug/rke2-lint
fi
binary=$(realpath "$binary")
# RKE2_LINT_COMPARE_DIR is a folder in which the tools are kept for the next run.
work=${RKE2_LINT_COMPARE_DIR:-$(mktemp -d)}
[ -n "${RKE2_LINT_COMPARE_DIR:-}" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"

[ -x "$work/venv/bin/checkov" ] || {
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet yamllint checkov
}
[ -x "$work/node_modules/.bin/yaml-language-server" ] ||
  npm install --silent --no-fund --no-audit --prefix "$work" yaml-language-server

"$work/venv/bin/python" scripts/compare.py "$binary" "$work"
