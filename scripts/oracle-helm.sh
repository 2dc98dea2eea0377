#!/usr/bin/env bash
# Compares the linter's findings about chart values with the behavior of Helm, on values derived from the charts' own.
#
# usage: scripts/oracle-helm.sh CHARTS [ARGUMENT…]
#        CHARTS is a bare clone of rancher/rke2-charts; further arguments go to scripts/helm-facts/oracle.py:
#        scripts/oracle-helm.sh rke2-charts --seed 7 --sample 650 rke2-traefik=40.1.009
# Needs cargo, git, and python3 with venv on Linux x86-64; Helm comes from PyPI (scripts/helm-facts/requirements.txt).
# RKE2_LINT is a binary to use instead of building one.
set -euo pipefail
charts=$(realpath -- "${1:?usage: scripts/oracle-helm.sh CHARTS [ARGUMENT…]}")
shift
top=$(realpath -- "$(dirname "$0")/..")
target=${CARGO_TARGET_DIR:-$top/target}
if [[ -z ${RKE2_LINT:-} ]]; then
  (cd "$top" && cargo build --quiet --locked)
  export RKE2_LINT=$target/debug/rke2-lint
fi
python=$("$top/scripts/helm-facts/venv.sh")
# Helm writes warnings about charts to stderr.
PYTHONDONTWRITEBYTECODE=1 nice "$python" "$top/scripts/helm-facts/oracle.py" "$@" "$charts" 2> >(grep -v " warning: " >&2)
