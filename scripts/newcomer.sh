#!/usr/bin/env bash
# Plays the newcomer: a fresh clone, the wheel in a fresh environment, pre-commit on a sample repository (a fault
# fails, the fix passes, only changed files are named), a baseline that lets old findings be.
# Needs cargo, python3 and a package index for maturin and pre-commit.
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME="$work/home" PRE_COMMIT_HOME="$work/pre-commit" GIT_CONFIG_NOSYSTEM=1
export CARGO_HOME="${CARGO_HOME:-$(eval echo ~"$(id -un)")/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$(eval echo ~"$(id -un)")/.rustup}"
mkdir -p "$HOME"
git config --global user.name newcomer
git config --global user.email newcomer@example.com
git config --global init.defaultBranch main

step() { printf '\n== %s\n' "$*"; }
fails() { if "$@"; then echo "expected to fail: $*" >&2; exit 1; fi; }

step "a fresh clone and its wheel"
git clone --quiet "$project" "$work/clone"
python3 -m venv "$work/tools"
"$work/tools/bin/pip" install --quiet maturin pre-commit
(cd "$work/clone" && CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$project/target}" \
  "$work/tools/bin/maturin" build --release --locked --quiet --out "$work/dist")
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-index --find-links "$work/dist" rke2-lint
export PATH="$work/venv/bin:$PATH"
rke2-lint --version

step "pre-commit: a fault fails, the fix passes"
repository="$work/sample repo ü"
mkdir -p "$repository/manifests"
cd "$repository"
git init --quiet
sed -n '/- id: rke2-lint/,$p' "$project/.pre-commit-hooks.yaml" > "$work/hook.yaml"
cat > .pre-commit-config.yaml <<'YAML'
repos:
  - repo: local
    hooks:
      - id: rke2-lint
        name: rke2-lint
        entry: rke2-lint check
        language: system
        types_or: [yaml, json]
        require_serial: true
YAML
printf 'cni: cilium\ntls-san:\n  - rke2.example.com\n' > config.yaml
manifest() {
  printf 'apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: %s\n  namespace: %s\nspec:\n  valuesContent: |-\n    %s\n' "$@"
}
manifest rke2-cilium default 'hubble: {}' > manifests/rke2-cilium-config.yaml
git add -A
fails "$work/tools/bin/pre-commit" run --all-files
manifest rke2-cilium kube-system 'hubble: {}' > manifests/rke2-cilium-config.yaml
git add -A
"$work/tools/bin/pre-commit" run --all-files
git commit --quiet --no-verify -m start

step "pre-commit: only the changed file is named, the rest is context"
manifest rke2-cilium kube-system 'kubeProxyReplacement: true' > manifests/rke2-cilium-config.yaml
git add -A
# The finding needs config.yaml, which is not named.
"$work/tools/bin/pre-commit" run --verbose | grep 'kube-proxy/cilium-kpr-without-disable'
git checkout --quiet -f HEAD .

step "baseline: what is there passes, what is new fails"
manifest rke2-canal default 'flannel: {}' > manifests/old.yaml
fails rke2-lint check
rke2-lint check --write-baseline baseline.json
rke2-lint check --baseline baseline.json
manifest rke2-coredns default 'replicaCount: 2' > manifests/new.yaml
fails rke2-lint check --baseline baseline.json
rke2-lint check --baseline baseline.json --format concise 2>/dev/null | grep -c . | grep -qx 1

if [ "${1:-}" = --with-rust-hook ]; then
  step "the shipped hook, built by pre-commit itself"
  cp "$project/.pre-commit-hooks.yaml" "$work/clone/"
  rm manifests/old.yaml manifests/new.yaml
  "$work/tools/bin/pre-commit" try-repo "$work/clone" rke2-lint --all-files
fi

echo
echo "the newcomer is content"
