#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# A system call of a changing command fails, once or from then on, or every write falls short: exit
# status and host agree, and one recovery leaves nothing. By hand, every call that can fail, with
# another of its errors each:
#   bash tests/fault/errors.sh --long [COMMAND...]
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

SHORT=${ERROR_POINTS:-6}

# run_with POINT OPTION...: begin, run with that fault, agree, recover, judge; sets $hit
run_with()
{
	local point=$1 journal what
	shift
	begin
	"$INJECT" "$@" --report "$WORK/report" -- "$PROGRAM" "${words[@]}" \
		>"$WORK/out" 2>&1 </dev/null
	status=$?
	read -r _ hit what <"$WORK/report"
	if [ "$hit" -eq 0 ]; then
		at_old=
		return
	fi
	point="$point ($what)"
	agree "$point" "$status"
	journal=$(journal_state)
	recovered "$point"
	judge "$point" "$journal"
	n=$((n + 1))
}

# failing STICKY: at every point of the form
failing()
{
	local k all
	bad=0
	n=0
	all=$(wc -l <"$WORK/calls")
	while read -r k <&3; do
		# shellcheck disable=SC2086 # a word or none
		run_with "$name, call $k fails${1:+ for good}" --at "$k" --fail "$k" $1
	done 3< <(if [ -n "$LONG" ]; then seq "$all"; else changing | spread "$SHORT"; fi)
	total=$((total + n))
	is "$bad" 0 "$name: $n calls failed${1:+ for good}, none bad"
}

all_kinds()
{
	failing ''
	failing --sticky
	bad=0
	n=0
	run_with "$name, short writes" --short
	is "$n $status $bad" '1 0 0' "$name: writes that fall short are completed"
}

each_scenario all_kinds
echo "# $total failed calls"
story_end
