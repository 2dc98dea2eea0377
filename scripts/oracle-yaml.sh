#!/usr/bin/env bash
# Holds the linter's reading of YAML against the Go libraries that RKE2 uses, on generated texts.
#
# usage: scripts/oracle-yaml.sh [COUNT [SEED]]
# Needs cargo and the Debian packages golang-go golang-gopkg-yaml.v2-dev golang-k8s-sigs-yaml-dev; installs nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
count=${1:-20000}
seed=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work/src/oracle"
cp tests/oracle/main.go "$work/src/oracle/"
(cd "$work" && GO111MODULE=off GOPATH="$work:/usr/share/gocode" go build -o oracle ./src/oracle)
cargo build --locked --example oracle-yaml
linter=${CARGO_TARGET_DIR:-target}/debug/examples/oracle-yaml

"$linter" generate "$count" "$seed" >"$work/texts"
"$work/oracle" <"$work/texts" >"$work/verdicts"
"$linter" compare "$work/texts" "$work/verdicts"
