#!/usr/bin/env bash
# The sources are as clang-format 14 leaves them (other versions format differently).
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

clang_format=$(command -v clang-format-14 || command -v clang-format)
case $("$clang_format" --version 2>&1) in
*' 14.'*) ;;
*)
	echo 'skipped: there is no clang-format 14 here'
	exit 77
	;;
esac
mapfile -t sources < <(find src include tests \( -name '*.[ch]' \) | sort)
while IFS= read -r line; do
	fault "$line"
done < <("$clang_format" --dry-run "${sources[@]}" 2>&1 | grep -E 'warning|error')
meta_done "${#sources[@]}"
