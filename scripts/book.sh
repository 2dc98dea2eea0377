#!/usr/bin/env bash
# Builds the book into target/book, and checks all links in it. Needs mdbook and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf target/book
mdbook build docs
python3 scripts/links.py target/book
