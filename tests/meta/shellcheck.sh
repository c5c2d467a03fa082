#!/usr/bin/env bash
# Shell scripts without findings.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

mapfile -t scripts < <(find tests examples man .ci -type f \( -name '*.sh' -o -path .ci/run \) \
	-not -path '*/corpus/*' -not -path '*/cases/*')
# SC1091: sourced files are checked themselves; their path depends on where the tests lie.
while IFS= read -r line; do
	fault "$line"
done < <(shellcheck -f gcc -e SC1091 "${scripts[@]}" 2>&1)
meta_done "${#scripts[@]}"
