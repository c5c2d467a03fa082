#!/usr/bin/env bash
# Functions: at most 80 lines and 6 parameters; in src/ half of them at most 15 lines, nine of ten at
# most 45. Files: at most 450 lines.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

# Prints "LINES PARAMETERS FILE:LINE" for each function. Relies on clang-format: the body's braces
# stand in column 1, and what stands directly above the opening one is the signature.
functions()
{
	awk '
	function parameters(text,    depth, n, i, c) {
		text = substr(text, index(text, "("))
		if (text ~ /^\((void)?\)/)
			return 0
		n = 1
		for (i = 1; i <= length(text); i++) {
			c = substr(text, i, 1)
			if (c == "(")
				depth++
			if (c == ")" && --depth == 0)
				return n - (text ~ /\.\.\.\)/)
			if (c == "," && depth == 1)
				n++
		}
		return n
	}
	FNR == 1 { inside = 0; head = 0; text = "" }
	/^\{$/ { if (head) { inside = 1; begin = head } next }
	/^\}/ {
		if (inside)
			printf "%d %d %s:%d\n", FNR - begin + 1, parameters(text), FILENAME, begin
		inside = 0; head = 0; text = ""; next
	}
	inside { next }
	/^[A-Za-z_]/ && !/;$/ { if (!head) head = FNR; text = text $0; next }
	/^[ \t]/ && head && !/;$/ { text = text $0; next }
	{ head = 0; text = "" }
	' "$@"
}

mapfile -t sources < <(find src include tests -name '*.[ch]' -not -path '*/build/*' | sort)
for file in "${sources[@]}"; do
	lines=$(wc -l <"$file")
	[ "$lines" -le 450 ] || fault "$file: $lines lines, at most 450"
done

while read -r lines parameters where; do
	[ "$lines" -le 80 ] || fault "$where: a function of $lines lines, at most 80"
	[ "$parameters" -le 6 ] || fault "$where: $parameters parameters, at most 6"
done < <(functions "${sources[@]}")

mapfile -t program < <(find src -name '*.c')
mapfile -t lengths < <(functions "${program[@]}" | cut -d' ' -f1 | sort -n)
count=${#lengths[@]}
if [ "$count" -gt 0 ]; then
	median=${lengths[count / 2]}
	ninth=${lengths[count * 9 / 10]}
	echo "$count functions, median $median lines, nine of ten at most $ninth"
	[ "$median" -le 15 ] || fault "the median function has $median lines, at most 15"
	[ "$ninth" -le 45 ] || fault "one function of ten has over $ninth lines, at most 45"
fi
meta_done "$count"
