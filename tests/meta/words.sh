#!/usr/bin/env bash
# Nothing unfinished is marked in the sources, and no path of a development machine is in them.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

mapfile -t files < <(find src include man docs examples cmake README.md CONTRIBUTING.md CHANGELOG.md \
	SECURITY.md CMakeLists.txt -type f 2>/dev/null)
while IFS= read -r line; do
	fault "$line    <- unfinished"
done < <(grep -nHE '\b(TODO|FIXME|XXX|HACK)\b' "${files[@]}")
while IFS= read -r line; do
	fault "$line    <- a path of one machine"
done < <(grep -nHE '(^|[^A-Za-z0-9_])/(work|tmp|home|root)/' "${files[@]}")
meta_done "${#files[@]}"
