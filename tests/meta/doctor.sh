#!/usr/bin/env bash
# kvmnet-doctor(8) lists every rule of the doctor with its severity, and no other; numbers are unique and in
# order; of each rule the fault is built for real: a story of tests/netns or tests/qemu calls `fault KNnnn`.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

# Rules whose fault is built in no story, each with what is missing. A unit test has them.
not_built='
KN601 it takes mac80211_hwsim, which is in the large kernel of Debian; the guests run the small one
'

mapfile -t rows < <(tr '\n' ' ' <include/kvmnet/doctor.def | grep -oE 'KN_CHECK\([0-9]+, [A-Z0-9_]+, "[a-z]+", [A-Z]+' |
	sed -E 's/KN_CHECK\(([0-9]+), ([A-Z0-9_]+), "[a-z]+", ([A-Z]+)/KN\1 \2 \3/')
previous=''
for row in "${rows[@]}"; do
	read -r number id severity <<<"$row"
	grep -qE "^\.It $number , ${severity,,}\$" man/kvmnet-doctor.8 ||
		fault "kvmnet-doctor(8) lacks $number, ${severity,,}"
	built=$(grep -lE "^[[:space:]]*fault $number ['\"]" tests/netns/*.sh tests/qemu/*.sh)
	excused=$(grep -E "^$number .{20}" <<<"$not_built")
	[ -n "$built$excused" ] || fault "no story builds the fault of $number"
	[ -z "$built" ] || [ -z "$excused" ] || fault "$number is built by $built: it needs no excuse"
	[ -n "$built" ] || grep -qE "KN_CHECK_$id\b" tests/unit/test_doctor.c || fault "no test plants $number"
	[[ $number > $previous ]] || fault "$number comes after $previous"
	previous=$number
done
while read -r number; do
	printf '%s\n' "${rows[@]}" | grep -q "^$number " || fault "kvmnet-doctor(8) explains $number, which there is not"
done < <(grep -oE '^\.It KN[0-9]+' man/kvmnet-doctor.8 | cut -d' ' -f2)
meta_done "${#rows[@]}"
