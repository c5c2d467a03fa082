#!/bin/sh
# Installs what the tests need, builds kvmnet twice (as developed; under AddressSanitizer and
# UBSan) and runs every test of both builds in one ctest run, whose summary ends the output.
#   sh tests/run.sh [--full] [ctest options]
# --full adds the long sweeps and the benchmarks. KVMNET_JOBS sets the parallel jobs (default 2).
set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$top" || exit 1
# shellcheck source=tests/support/packages.sh
. tests/support/packages.sh
PATH="$PATH:/usr/sbin:/sbin"

full=OFF
if [ "${1:-}" = --full ]; then
	full=ON
	shift
fi
jobs=${KVMNET_JOBS:-2}

kn_install build || exit 1
kn_install build sandbox test ||
	echo "going on without them: the tests that need them will fail" >&2

# The kernel of the guests in tests/virt/: a package that is unpacked only.
KVMNET_SOURCE_DIR=$top
export KVMNET_SOURCE_DIR
# shellcheck source=tests/support/guest.sh
. tests/support/guest.sh
guest_fetch || echo "no kernel for guests: the test that runs them will be skipped" >&2

generator=
command -v ninja >/dev/null 2>&1 && generator='-G Ninja'

# libFuzzer comes with clang, so the sanitizer build uses it where it is.
sanitizer=asan
command -v clang >/dev/null 2>&1 && sanitizer=fuzz

# A failed build must not hide the other tests: go on, and let a test of its own report it.
build() {
	# shellcheck disable=SC2086 # $generator is two words or none
	cmake --preset "$1" $generator -DKVMNET_FULL_TESTS="$full" >"build/$1.configure" 2>&1 || {
		cat "build/$1.configure"
		return 1
	}
	if [ -n "$generator" ]; then
		cmake --build "build/$1" -j "$jobs" -- -k 0
	else
		cmake --build "build/$1" -j "$jobs" -- -k
	fi
}

mkdir -p build/all || exit 1
# One ctest run over both trees: a folder whose test file includes theirs.
: >build/all/CTestTestfile.cmake
for preset in dev "$sanitizer"; do
	echo "== building $preset"
	build "$preset" || echo "== $preset did not build; going on with what there is"
	cat >>build/all/CTestTestfile.cmake <<TESTS
add_test(build.$preset cmake --build $top/build/$preset)
set_tests_properties(build.$preset PROPERTIES LABELS build TIMEOUT 300)
subdirs($top/build/$preset)
TESTS
done

echo "== testing"
exec ctest --test-dir build/all -j "$jobs" --output-on-failure "$@"
