#!/usr/bin/env bash
# Shell scripts without findings.
# ctest: once timeout=400
. "$(dirname "$0")/../support/meta.sh"

mapfile -t scripts < <(find tests examples man .ci -type f \( -name '*.sh' -o -path .ci/run \) \
	-not -path '*/corpus/*' -not -path '*/cases/*')
# SC1091: sourced files are checked themselves; their path depends on where the tests lie.
# SC2119, SC2317: functions with optional arguments, and those called by name through ok and
# wait_for, are not seen as what they are.
while IFS= read -r line; do
	fault "$line"
done < <(shellcheck -f gcc -e SC1091,SC2119,SC2317 "${scripts[@]}" 2>&1)
meta_done "${#scripts[@]}"
