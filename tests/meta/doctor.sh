#!/usr/bin/env bash
# kvmnet-doctor(8) lists every rule of the doctor with its severity, and no other; each rule is planted
# by a test; numbers are unique and in order.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

mapfile -t rows < <(tr '\n' ' ' <include/kvmnet/doctor.def | grep -oE 'KN_CHECK\([0-9]+, [A-Z0-9_]+, "[a-z]+", [A-Z]+' |
	sed -E 's/KN_CHECK\(([0-9]+), ([A-Z0-9_]+), "[a-z]+", ([A-Z]+)/KN\1 \2 \3/')
previous=''
for row in "${rows[@]}"; do
	read -r number id severity <<<"$row"
	grep -qE "^\.It $number , ${severity,,}\$" man/kvmnet-doctor.8 ||
		fault "kvmnet-doctor(8) lacks $number, ${severity,,}"
	grep -qE "\b$number\b" tests/netns/doctor.sh || grep -qE "KN_CHECK_$id\b" tests/unit/test_doctor.c ||
		fault "no test plants $number"
	[[ $number > $previous ]] || fault "$number comes after $previous"
	previous=$number
done
while read -r number; do
	printf '%s\n' "${rows[@]}" | grep -q "^$number " || fault "kvmnet-doctor(8) explains $number, which there is not"
done < <(grep -oE '^\.It KN[0-9]+' man/kvmnet-doctor.8 | cut -d' ' -f2)
meta_done "${#rows[@]}"
