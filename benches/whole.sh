#!/usr/bin/env bash
# Measures whole runs of the release binary against reading the same files and doing nothing with them.
#
#   benches/whole.sh            a table in Markdown
#   benches/whole.sh --quick    fewer runs, no tree of 100,000 files
#   benches/whole.sh --write    the table goes into docs/performance.md
#
# Needs cargo and python3. RKE2_LINT_BENCH_DIR keeps the workloads (some 700 MB on disk) between calls. RYL names a `ryl` to
# compare with, unless one is on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

quick= write=
for argument in "$@"; do
  case $argument in
    --quick) quick=yes ;;
    --write) write=yes ;;
    *) sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
done

cargo build --release --locked --bins --example workload --example read-floor
target=${CARGO_TARGET_DIR:-target}/release

if [[ -n ${RKE2_LINT_BENCH_DIR:-} ]]; then
  mkdir -p "$RKE2_LINT_BENCH_DIR"
  folder=$(cd "$RKE2_LINT_BENCH_DIR" && pwd)
else
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
fi

# A workload is made anew when the program that makes it has changed.
made_by=$(cksum <"$target/examples/workload")
make_tree() {
  local name=$1
  if [[ $(cat "$folder/$name.made-by" 2>/dev/null) != "$made_by $*" ]]; then
    rm -rf "${folder:?}/$name"
    "$target/examples/workload" "$folder/$name" "${@:2}"
    echo "$made_by $*" >"$folder/$name.made-by"
  fi
}
make_tree one one
make_tree w2k small 2000
make_tree w20k small 20000
[[ -n $quick ]] || make_tree w100k small 100000
make_tree cluster5k cluster 5000
make_tree findings20k findings 20000
make_tree mixed20k mixed 20000
make_tree big20 big 20 500
make_tree keys200k keys 200000
make_tree documents10k documents 10000
make_tree text50m text 51200

RYL=${RYL:-$(command -v ryl || true)} python3 benches/whole.py "$target" "$folder" \
  ${quick:+--quick} ${write:+--write docs/performance.md}
