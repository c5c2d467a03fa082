#!/usr/bin/env bash
# ctest: once
# ctest: timeout=240
# Bytes that nobody wrote, to every parser (tests/fuzz): none falls, and what one takes it writes and
# reads again as the same. Needs the build of the preset "fuzz"; the short form is a look at whether
# each of them runs and whether a crash would be seen. By hand, so many seconds each:
#   bash tests/fault/fuzz.sh --long [SECONDS]
set -u
PATH=$PATH:/usr/sbin:/sbin
source=${KVMNET_SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${KVMNET_FUZZ_BUILD:-$source/build/fuzz}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
limit=(-runs=2000)
mapfile -t targets < <(basename -as .c "$source"/tests/fuzz/fuzz_*.c)
total=0
count=0
failed=0

# ok NAME COMMAND...: one TAP line
ok()
{
	local name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		failed=1
	fi
}

# fuzzed TARGET [CORPUS]: leaves $runs
fuzzed()
{
	mkdir -p "$work/found"
	"$1" "${limit[@]}" -seed="${SEED:-1}" -max_len=4096 -print_final_stats=1 \
		-artifact_prefix="$work/" "$work/found" ${2:+"$2"} >"$work/log" 2>&1
	local status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
	rm -rf "$work/found"
	[ "$status" -eq 0 ] && [ "${runs:-0}" -gt 0 ]
}

if [ "${1:-}" = --long ] || [ -n "${KVMNET_FULL_TESTS:-}" ]; then
	limit=(-max_total_time="${2:-600}")
	cmake --preset fuzz -S "$source" -B "$build" >"$work/log" 2>&1 &&
		cmake --build "$build" --target "${targets[@]}" >"$work/log" 2>&1
fi
if ! command -v clang >/dev/null || ! compgen -G "$build/tests/fuzz_*" >/dev/null; then
	echo 'skipped: no build with libFuzzer (cmake --preset fuzz)'
	exit 77
fi
for name in "${targets[@]}"; do
	corpus=$source/tests/fuzz/corpus/$name
	[ -d "$corpus" ] || corpus=
	if ! ok "$name: nothing falls" fuzzed "$build/tests/$name" "$corpus" || [ "$failed" -ne 0 ]; then
		grep -E 'ERROR|SUMMARY|Test unit|Base64' "$work/log" | head -5 | sed 's/^/#   /'
	fi
	echo "#   $name: ${runs:-0} runs"
	total=$((total + ${runs:-0}))
done
cat >"$work/planted.c" <<'C'
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 && data[0] == '/' && data[1] > 'x')
		abort();
	return 0;
}
C
limit=(-runs=10000000 -max_total_time=60)
ok 'planted, a parser that falls: built' \
	clang -g -O1 -fsanitize=fuzzer -o "$work/planted" "$work/planted.c"
fuzzed "$work/planted"
ok 'planted, a parser that falls: found' grep -q 'deadly signal' "$work/log"
echo "# $total runs"
echo "1..$count"
exit "$failed"
