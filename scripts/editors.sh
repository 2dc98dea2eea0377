#!/usr/bin/env bash
# Drives a real Neovim (Debian: apt-get install neovim) against `rke2-lint server`: diagnostics, completion inside
# valuesContent, and a quick fix. Prints what each step saw; exit code 1 when one did not see what it should.
#
#   scripts/editors.sh [RKE2_LINT]     the binary; target/debug/rke2-lint by default
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$(realpath "${1:-target/debug/rke2-lint}")
command -v nvim >/dev/null || { echo "editors.sh: nvim is not installed" >&2; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/manifests"
cat > "$folder/manifests/rke2-cilium-config.yaml" <<'YAML'
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: kube-system
spec:
  valuesContent: |-
    hubbel:
      enabled: true
YAML
cd "$folder"
RKE2_LINT=$binary nvim --headless -u NONE -i NONE -n \
  -c "luafile $OLDPWD/scripts/editors.lua" manifests/rke2-cilium-config.yaml
