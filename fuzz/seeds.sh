#!/usr/bin/env bash
# Makes the seeds of all fuzz targets out of the project's own fixtures and rules: `fuzz/seeds.sh FOLDER`.
# What fixtures do not hold lies in `fuzz/seeds/`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
out=${1:?usage: fuzz/seeds.sh FOLDER}
rm -rf "$out"
mkdir -p "$out"/{parse,embedded,scalar,merge,check,settings,rule_file,archive,units}
out=$(cd "$out" && pwd)
cd "$root"

# A path as a file name.
flat() { local path=${1#./}; printf '%s' "${path//\//__}"; }

# The files of a folder that are read, each below the mark that `fuzz/src/sections.rs` knows.
sections() {
  (cd "$1" && find . -type f \( "${@:2}" \) | LC_ALL=C sort | while read -r file; do
    printf '=== %s\n' "${file#./}"
    cat "$file"
    # A mark is one at the start of a line only.
    [ -z "$(tail -c1 "$file")" ] || echo
  done)
}
is_yaml=(-name '*.yaml' -o -name '*.yml' -o -name '*.json' -o -name '*.YML' -o -name '*.skip')

find testdata rules catalog -type f -name '*.yaml' -size -8k | while read -r file; do
  case $file in
    */.rke2-lint.yaml) cp "$file" "$out/settings/$(flat "$file")" ;;
    rules/*) cp "$file" "$out/rule_file/$(flat "$file")" ;;
  esac
  cp "$file" "$out/parse/$(flat "$file")"
  if grep -q valuesContent "$file"; then cp "$file" "$out/embedded/$(flat "$file")"; fi
done

# One seed for each value that stands alone on its line.
grep -rhoE --include='*.yaml' '(: |- )[^:#{}]+$' testdata/rules | sed -E 's/^(: |- )//' |
  LC_ALL=C sort -u | awk -v out="$out/scalar" '{ file = out "/" NR; printf "%s", $0 > file; close(file) }'

find testdata/inputs -type f ! -name .expect -size -8k | while read -r file; do
  cp "$file" "$out/units/$(flat "$file")"
done

find testdata/rules testdata/projects testdata/network-options -mindepth 1 -maxdepth 3 -type d | while read -r tree; do
  case $tree in
    testdata/rules/*/*/*) ;;
    testdata/rules/*) continue ;;
    testdata/*/*/*) continue ;;
  esac
  sections "$tree" "${is_yaml[@]}" > "$out/check/$(flat "$tree")"
  if [ -n "$(find "$tree" -path '*config.yaml.d*' -name '*.yaml' -print -quit)" ]; then
    sections "$tree" -path '*/config.yaml' -o -path '*/config.yaml.d/*.yaml' > "$out/merge/$(flat "$tree")"
  fi
done

for chart in testdata/charts/*/; do
  name=$(basename "$chart")
  sections "$chart" -name '*' > "$out/archive/$name.sections"
  tar -C testdata/charts --format=gnu --owner=0 --group=0 --mtime=@0 -cf "$out/archive/$name.tar" "$name"
  gzip -nc "$out/archive/$name.tar" > "$out/archive/$name.tgz"
  base64 "$out/archive/$name.tgz" > "$out/archive/$name.base64"
done
