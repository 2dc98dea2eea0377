#!/usr/bin/env bash
# Creates the Python environment with Helm for the scripts in this folder, and prints the path of its interpreter.
#
# usage: scripts/helm-facts/venv.sh
# Needs python3 with venv on Linux x86-64. The environment is in the target folder and shared by all scripts.
set -euo pipefail
here=$(realpath -- "$(dirname "$0")")
venv=${CARGO_TARGET_DIR:-$here/../../target}/helm-facts/venv
python3 -m venv "$venv" >&2
"$venv/bin/pip" install --quiet --require-hashes -r "$here/requirements.txt" >&2
realpath --no-symlinks -- "$venv/bin/python"
