#!/usr/bin/env bash
# Fuzzes: `scripts/fuzz.sh [SECONDS] [TARGET…]`, by default 60 seconds for every target. Prints a table at the end, and
# fails if an input breaks something. Such inputs are kept in `fuzz/artifacts/TARGET`, and inputs that increase coverage
# in `fuzz/corpus/TARGET`.
#
# FUZZ_SANITIZER=address enables the sanitizer. It is off by default because runs without it try more inputs, and the
# only unsafe code here calls libyaml.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=60
if [[ ${1:-} =~ ^[0-9]+$ ]]; then seconds=$1; shift; fi
fail() { echo "fuzz.sh: $*" >&2; exit 2; }
command -v cargo-fuzz >/dev/null || fail "cargo-fuzz is missing: cargo install --locked cargo-fuzz"
cargo +nightly --version >/dev/null 2>&1 || fail "a nightly compiler is missing: rustup toolchain install nightly --profile minimal"

build=(--sanitizer "${FUZZ_SANITIZER:-none}" --codegen-units 16)
mapfile -t known < <(cargo +nightly fuzz list)
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${known[@]}")
for target in "${targets[@]}"; do
  [[ " ${known[*]} " == *" $target "* ]] || fail "\`$target\` is no target: there are ${known[*]}"
done

seeds=fuzz/target/seeds
fuzz/seeds.sh "$seeds"
for target in "${targets[@]}"; do cargo +nightly fuzz build "${build[@]}" "$target"; done

logs=fuzz/target/logs
mkdir -p "$logs"
rows=()
crashed=0
for target in "${targets[@]}"; do
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  own=()
  if [ -d "fuzz/seeds/$target" ]; then own=("fuzz/seeds/$target"); fi
  log="$logs/$target.log"
  echo "fuzzing $target for $seconds s: $log"
  outcome=clean
  # Optimised, with overflow checks and debug assertions. Larger inputs find little more, and excessive time or memory
  # is noticeable at this size as well.
  cargo +nightly fuzz run "${build[@]}" "$target" "fuzz/corpus/$target" "$seeds/$target" "${own[@]}" -- \
    -max_total_time="$seconds" -timeout=10 -report_slow_units=2 -rss_limit_mb=2048 -max_len=24576 \
    -dict=fuzz/yaml.dict -print_final_stats=1 >"$log" 2>&1 || { outcome=CRASHED; crashed=1; }
  stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  coverage=$(grep -o 'cov: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
  corpus=$(grep -o 'corp: [0-9]*' "$log" | tail -1 | cut -d' ' -f2 || true)
  rows+=("$(printf '%-10s %12s %8s %8s %9s %9s %8s  %s' "$target" "$(stat number_of_executed_units)" \
    "$(stat average_exec_per_sec)" "${corpus:--}" "${coverage:--}" "$(stat slowest_unit_time_sec)" \
    "$(stat peak_rss_mb)" "$outcome")")
  if [ "$outcome" != clean ]; then grep -E 'panicked at|ERROR: libFuzzer|^Test unit|artifact_prefix' -A2 "$log" | head -20 >&2; fi
done

printf '\n%-10s %12s %8s %8s %9s %9s %8s  %s\n' target executions exec/s corpus coverage slowest/s peak/MB outcome
printf '%s\n' "${rows[@]}"
exit "$crashed"
