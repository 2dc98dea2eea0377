#!/usr/bin/env bash
# Compares how the linter and the Go libraries of RKE2 parse YAML, on generated texts or on files.
#
# usage: scripts/oracle-yaml.sh [COUNT [SEED]]
#        scripts/oracle-yaml.sh files FILE…     the texts of files; of a .jsonl file, the `text` of each line
#        scripts/oracle-yaml.sh record FILE…    adds such texts to the fixed ones, and records Go's verdicts again
# Needs cargo and the Debian packages golang-go golang-gopkg-yaml.v2-dev golang-k8s-sigs-yaml-dev; installs nothing.
set -euo pipefail
here=$PWD
cd "$(dirname "$0")/.."
mode=generate
if [[ ${1:-} == files || ${1:-} == record ]]; then mode=$1; shift; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/src/oracle"
cp tests/oracle/main.go "$work/src/oracle/"
(cd "$work" && GO111MODULE=off GOPATH="$work:/usr/share/gocode" go build -o oracle ./src/oracle)
cargo build --locked --example oracle-yaml
linter=$PWD/${CARGO_TARGET_DIR:-target}/debug/examples/oracle-yaml
[[ ${CARGO_TARGET_DIR:-} != /* ]] || linter=$CARGO_TARGET_DIR/debug/examples/oracle-yaml
fixed=$PWD/tests/oracle/verdicts.jsonl

case $mode in
  generate) "$linter" generate "${1:-20000}" "${2:-1}" ;;
  files) (cd "$here" && "$linter" fixed "$@") ;;
  record) (cd "$here" && "$linter" fixed "$fixed" "$@") ;;
esac >"$work/texts"
"$work/oracle" <"$work/texts" >"$work/verdicts"
if [[ $mode == record ]]; then
  "$linter" record "$work/texts" "$work/verdicts" >"$work/recorded"
  cp "$work/recorded" "$fixed"
else
  "$linter" compare "$work/texts" "$work/verdicts"
fi
