#!/usr/bin/env bash
# The script of the GitHub Action. Inputs are passed only as environment variables, so that they cannot inject commands.
#
# RKE2_LINT is the binary to use. Without it, VERSION is installed from PyPI, or the version that matches the action's
# own reference (ACTION_REF).
set -euo pipefail

install() {
  local python version=${VERSION:-}
  python=$(command -v python3 || command -v python)
  if [ -z "$version" ] && [[ ${ACTION_REF:-} =~ ^v([0-9]+\.[0-9]+\.[0-9]+)$ ]]; then
    version=${BASH_REMATCH[1]}
  fi
  "$python" -m venv "$RUNNER_TEMP/rke2-lint"
  local bin="$RUNNER_TEMP/rke2-lint/bin"
  # On Windows.
  [ -d "$bin" ] || bin="$RUNNER_TEMP/rke2-lint/Scripts"
  "$bin/python" -m pip install --quiet --disable-pip-version-check "rke2-lint${version:+==$version}"
  RKE2_LINT="$bin/rke2-lint"
}

# Splits a text into words: one per line if it has several lines, or else separated by spaces.
words() {
  local text=$1
  WORDS=()
  if [[ $text == *$'\n'* ]]; then
    while IFS= read -r line; do
      line=${line%$'\r'}
      [ -z "${line//[[:space:]]/}" ] || WORDS+=("$line")
    done <<<"$text"
  else
    read -r -a WORDS <<<"$text"
  fi
}

[ -n "${RKE2_LINT:-}" ] || install
[ -z "${WORKING_DIRECTORY:-}" ] || cd "$WORKING_DIRECTORY"

report="$RUNNER_TEMP/rke2-lint-report.json"
summary="$RUNNER_TEMP/rke2-lint-summary.md"
arguments=(--format "json=$report" --format "markdown=$summary")
words "${FORMAT:-github}"
for format in "${WORDS[@]}"; do
  arguments+=(--format "$format")
  [ "$format" != concise ] || echo "::add-matcher::$ACTION_PATH/.github/rke2-lint-matcher.json"
done
[ -z "${FAIL_ON:-}" ] || arguments+=(--fail-on "$FAIL_ON")
[ -z "${RKE2_VERSION:-}" ] || arguments+=(--rke2-version "$RKE2_VERSION")
[ -z "${CONFIG:-}" ] || arguments+=(--config "$CONFIG")
[ -z "${BASELINE:-}" ] || arguments+=(--baseline "$BASELINE")
words "${ARGS:-}"
arguments+=(${WORDS[@]+"${WORDS[@]}"})
words "${PATHS:-.}"

code=0
"$RKE2_LINT" check "${arguments[@]}" -- "${WORDS[@]}" || code=$?

if [ -s "$summary" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$summary" >> "$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  # The counts of the summary, and the files with findings.
  "$(command -v python3 || command -v python)" - "$report" "$code" >> "$GITHUB_OUTPUT" <<'PYTHON'
import json, os, sys, uuid
report, code = sys.argv[1:]
findings = []
if os.path.exists(report) and os.path.getsize(report):
    with open(report, encoding="utf-8") as file:
        findings = json.load(file)["findings"]
for severity in ("error", "warning", "info"):
    print(f"{severity}s={sum(finding['severity'] == severity for finding in findings)}")
# A random delimiter, which no file name can contain.
end = uuid.uuid4().hex
print(f"files<<{end}")
for path in sorted({finding["location"]["path"] for finding in findings}):
    print(path)
print(end)
print(f"exit-code={code}")
PYTHON
fi
exit "$code"
