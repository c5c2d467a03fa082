#!/usr/bin/env bash
# The manual pages are clean mdoc.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

pages=(man/*.[58])
while IFS= read -r line; do
	fault "$line"
done < <(mandoc -Tlint -W warning "${pages[@]}" 2>&1)
meta_done "$(grep -lE '^\.Sh NAME' "${pages[@]}" | wc -l)"
