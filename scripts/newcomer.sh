#!/usr/bin/env bash
# Tests what a new user does: a fresh clone, the wheel in a fresh environment, the release archive, each format,
# pre-commit on a sample repository (a fault fails, the fix passes, only changed files are passed), the script of the
# action, a baseline that ignores old findings. With `--with-hooks`, pre-commit also builds the hooks of the repository
# and of the sdist.
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

step "the release archive, in a clean folder"
binary="$work/venv/bin/rke2-lint"
mkdir -p "$work/built/release"
cp "$binary" "$work/built/release/"
CARGO_TARGET_DIR="$work/built" "$work/clone/scripts/package.sh" x86_64-unknown-linux-gnu "$work/archives"
(cd "$work/archives" && sha256sum --check --quiet ./*.sha256)
mkdir "$work/unpacked"
tar xzf "$work/archives"/*.tar.gz --strip-components 1 -C "$work/unpacked"
"$work/unpacked/rke2-lint" --version
bash -n "$work/unpacked/completions/rke2-lint.bash"
[ -s "$work/unpacked/rke2-lint.1" ]
[ -s "$work/unpacked/rke2-lint-check.1" ]

step "each format on the example cluster"
# The error for an unknown format lists all of them.
formats=$(rke2-lint check --format '?' 2>&1 | sed -n 's/.*expected one of \(.*\)/\1/p' | tr -d ',`') || true
[ "$(wc -w <<< "$formats")" -ge 13 ]
for format in $formats; do
  (cd "$work/clone" && rke2-lint check testdata/projects/broken --fail-on never --format "$format" --quiet) > "$work/out.$format"
  [ -s "$work/out.$format" ] || { echo "nothing in $format" >&2; exit 1; }
  echo "$format: $(wc -c < "$work/out.$format") bytes"
done

step "pre-commit: a fault fails, the fix passes"
repository="$work/sample repo ü"
mkdir -p "$repository/manifests"
cd "$repository"
git init --quiet
cat > .pre-commit-config.yaml <<'YAML'
repos:
  - repo: local
    hooks:
      - id: rke2-lint
        name: rke2-lint
        entry: rke2-lint check
        language: system
        types: [text]
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
# The finding depends on config.yaml, which is not passed.
fails "$work/tools/bin/pre-commit" run > "$work/changed"
grep 'kube-proxy/cilium-kpr-without-disable' "$work/changed"
git checkout --quiet -f HEAD .

step "the action: a fault fails, and the outputs say what"
manifest rke2-cilium default 'hubble: {}' > manifests/rke2-cilium-config.yaml
mkdir -p "$work/runner"
action() {
  env RUNNER_TEMP="$work/runner" GITHUB_OUTPUT="$work/runner/output" GITHUB_STEP_SUMMARY="$work/runner/summary" \
    RKE2_LINT="$binary" ACTION_PATH="$work/clone" "$@" bash "$work/clone/scripts/action.sh"
}
fails action PATHS=.
grep -q '^errors=1$' "$work/runner/output"
[ -s "$work/runner/summary" ]
git checkout --quiet -f HEAD .
action PATHS=.

step "baseline: what is there passes, what is new fails"
manifest rke2-canal default 'flannel: {}' > manifests/old.yaml
fails rke2-lint check
rke2-lint check --write-baseline baseline.json
rke2-lint check --baseline baseline.json
manifest rke2-coredns default 'replicaCount: 2' > manifests/new.yaml
fails rke2-lint check --baseline baseline.json
new=$(rke2-lint check --baseline baseline.json --format concise --quiet || true)
[ "$(printf '%s\n' "$new" | wc -l)" = 1 ]

if [ "${1:-}" = --with-hooks ]; then
  step "the sdist builds, and the shipped hooks are built by pre-commit itself"
  # Only tests whether they build, so without optimization and in a shared folder.
  export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=256 CARGO_PROFILE_RELEASE_OPT_LEVEL=0
  export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$project/target/newcomer}"
  rm manifests/old.yaml manifests/new.yaml
  (cd "$work/clone" && "$work/tools/bin/maturin" sdist --out "$work/sdist" > /dev/null)
  python3 -m venv "$work/from-sdist"
  "$work/from-sdist/bin/pip" install --quiet "$work/sdist"/*.tar.gz
  "$work/from-sdist/bin/rke2-lint" --version
  for hook in rke2-lint rke2-lint-fix rke2-lint-rust rke2-lint-system; do
    "$work/tools/bin/pre-commit" try-repo "$work/clone" "$hook" --all-files
  done
fi

echo
echo "the newcomer is content"
