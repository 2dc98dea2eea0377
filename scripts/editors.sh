#!/usr/bin/env bash
# Drives real editors against `rke2-lint server`: diagnostics, completion inside valuesContent, and a quick fix. Prints
# the result of each step; the exit code is 1 if a step failed.
#
#   scripts/editors.sh [RKE2_LINT] [neovim|vscode]     the binary, target/debug/rke2-lint by default; both editors by default
#
# Neovim: apt-get install neovim. VS Code is code-server from npm with the extension of editors/vscode, in Debian's Chromium
# (apt-get install chromium fonts-dejavu-core); needs Node 20 with its headers, a C++ compiler and a minute. RKE2_LINT_EDITORS
# is a folder for the npm packages, which are kept for the next run, and for pictures (screenshots/).
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD
binary=$(realpath "${1:-target/debug/rke2-lint}")
which=${2:-both}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/files/manifests"
config() {
  cat <<YAML
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: $1
  namespace: kube-system
spec:
  valuesContent: |-
YAML
}
{ config rke2-cilium; printf '    hubbel:\n      enabled: true\n'; } > "$folder/files/manifests/rke2-cilium-config.yaml"

neovim() {
  command -v nvim >/dev/null || { echo "editors.sh: nvim is not installed" >&2; return 2; }
  (cd "$folder/files" && RKE2_LINT=$binary nvim --headless -u NONE -i NONE -n \
    -c "luafile $repository/scripts/editors.lua" manifests/rke2-cilium-config.yaml)
}

vscode() {
  local kept=${RKE2_LINT_EDITORS:-$folder/npm}
  local browser prefix
  browser=$(command -v chromium || command -v google-chrome) \
    || { echo "editors.sh: chromium is not installed" >&2; return 2; }
  # Use the installed Node headers, which npm would otherwise download.
  prefix=$(dirname "$(dirname "$(realpath "$(command -v node)")")")
  [ ! -d "$prefix/include/node" ] || export npm_config_nodedir=$prefix
  mkdir -p "$kept/screenshots" "$folder/files/second"
  kept=$(realpath "$kept")
  if [ ! -d "$kept/node_modules/puppeteer-core" ]; then
    # Package scripts would download files from elsewhere, so they are disabled and the required native parts built here.
    (cd "$kept" && npm install --ignore-scripts --no-audit --no-fund code-server@4.103.2 puppeteer-core@24 \
      && cd node_modules/code-server/lib/vscode && npm install --ignore-scripts --omit=dev --no-audit --no-fund)
    (cd "$kept" && npm rebuild argon2)
    (cd "$kept/node_modules/code-server/lib/vscode" \
      && npm rebuild @vscode/spdlog @parcel/watcher native-watchdog)
  fi
  cp -r editors/vscode "$folder/extension"
  (cd "$folder/extension" && npm ci --no-audit --no-fund && npm run package) > "$folder/package.log" 2>&1 \
    || { cat "$folder/package.log"; return 1; }
  node "$kept/node_modules/code-server/out/node/entry.js" --user-data-dir "$folder/data" \
    --extensions-dir "$folder/data/extensions" --install-extension "$folder"/extension/*.vsix > "$folder/install.log" 2>&1 \
    || { cat "$folder/install.log"; return 1; }
  # The line in which the test types: indented, without a line break.
  { config rke2-cilium; printf '    '; } > "$folder/files/second/second.yaml"
  CHROMIUM=$browser CODE_SERVER=$kept RKE2_LINT=$binary FOLDER=$folder/files DATA=$folder/data SCREENSHOTS=$kept/screenshots \
    node scripts/vscode.mjs
}

code=0
for editor in neovim vscode; do
  if [ "$which" = both ] || [ "$which" = "$editor" ]; then
    echo "== $editor"
    "$editor" || code=$?
  fi
done
exit "$code"
