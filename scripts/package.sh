#!/usr/bin/env bash
# Packs a built binary with licence, completions and manual pages, and writes a checksum file next to the archive.
# usage: scripts/package.sh TARGET FOLDER     the binary is target/TARGET/release/rke2-lint, or target/release/rke2-lint
# GITHUB_REF_NAME is the version (`v0.1.0`); the default is that of Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 out=$2
version=${GITHUB_REF_NAME:-v$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)}
name="rke2-lint-$version-$target"
extension=
[[ $target != *windows* ]] || extension=.exe
binary="${CARGO_TARGET_DIR:-target}/$target/release/rke2-lint$extension"
[ -f "$binary" ] || binary="${CARGO_TARGET_DIR:-target}/release/rke2-lint$extension"

mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/$name/completions"
cp "$binary" README.md LICENSE "$work/$name/"
for shell in bash zsh fish powershell elvish; do
  "$binary" completions "$shell" > "$work/$name/completions/rke2-lint.$shell"
done
"$binary" man > "$work/$name/rke2-lint.1"
# The page of each command that the main page refers to.
for command in $("$binary" man | sed -n 's/^rke2\\-lint\\-\([a-z]*\)(1)$/\1/p'); do
  "$binary" man "$command" > "$work/$name/rke2-lint-$command.1"
done

if [ -n "$extension" ]; then
  archive="$name.zip"
  (cd "$work" && 7z a -bso0 "$archive" "$name")
else
  archive="$name.tar.gz"
  (cd "$work" && tar czf "$archive" "$name")
fi
mv "$work/$archive" "$out/"
cd "$out"
if command -v sha256sum > /dev/null; then sha256sum "$archive"; else shasum -a 256 "$archive"; fi > "$archive.sha256"
