#!/usr/bin/env bash
# Refreshes the catalogue: clones RKE2's repositories, derives the tables from them, measures new chart versions with
# Helm, and derives the tables again with the measured facts.
#
# usage: scripts/refresh.sh [--no-fetch] SOURCES [REPORT]
#        SOURCES is the folder of the clones. Missing ones are cloned, others updated, unless --no-fetch is given.
#        REPORT gets a list of the changes as Markdown.
# Needs cargo, git, and python3 with venv on Linux x86-64; Helm comes from PyPI (scripts/helm-facts/requirements.txt).
# Without it, new chart versions have no measured facts, and the report lists them.
set -euo pipefail
fetch=true
if [[ ${1:-} == --no-fetch ]]; then fetch=false; shift; fi
sources=$(realpath -- "${1:?usage: scripts/refresh.sh [--no-fetch] SOURCES [REPORT]}")
report=$(realpath -- "${2:-/dev/null}")
cd "$(dirname "$0")/.."
work=${CARGO_TARGET_DIR:-target}/refresh
mkdir -p "$sources" "$work"

if $fetch; then
  for name in rancher/rke2 rancher/rke2-charts rancher/rke2-docs k3s-io/helm-controller k3s-io/klipper-helm k3s-io/k3s; do
    clone=$sources/${name#*/}
    if [[ $name == k3s-io/k3s ]]; then
      # The full repository is half a gigabyte, of which only a few files of the newest commit are read.
      if [[ -d $clone ]]; then
        git -C "$clone" fetch --quiet --depth 1 --no-tags origin "+HEAD:$(git -C "$clone" symbolic-ref HEAD)"
      else
        git clone --quiet --depth 1 --bare "https://github.com/$name" "$clone"
      fi
    elif [[ -d $clone ]]; then
      git -C "$clone" fetch --quiet --tags --prune origin '+refs/heads/*:refs/heads/*'
    else
      git clone --quiet --bare "https://github.com/$name" "$clone"
    fi
  done
fi

derive() {
  local arguments=(--rc --rke2 "$sources/rke2" --charts "$sources/rke2-charts" --docs "$sources/rke2-docs"
    --helm-controller "$sources/helm-controller" --klipper-helm "$sources/klipper-helm")
  if [[ -d $sources/k3s ]]; then arguments+=(--k3s "$sources/k3s"); fi
  cargo run --release --locked --example refresh-catalog -- "${arguments[@]}" "$@"
}

measure() {
  local python
  python=$(scripts/helm-facts/venv.sh) &&
    RKE2_LINT_CATALOG=$work/catalog "$python" scripts/helm-facts/refresh.py --like "$sources/rke2-charts"
}

# A first run finds the new chart versions. It works on a copy, so that the report of the second run compares with the
# original catalogue.
rm -rf "$work/catalog"
cp -r catalog "$work/catalog"
derive --catalog "$work/catalog" --report "$report" >/dev/null
if measure; then
  cp "$work"/catalog/measured/*.jsonl catalog/measured/
else
  echo "warning: Helm could not be asked; the report lists the chart versions to be measured" >&2
fi
derive --report "$report"
