#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# kill -9 before a system call of every changing command, all processes of it or one alone, then one
# recovery: all old or all new. The short form takes calls all over each command; by hand:
#   bash tests/fault/kill.sh --long [COMMAND...]
# is before every call of the named commands, or of all (of one process: every call that changes
# anything).
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

SHORT=${KILL_POINTS:-6}

# point K WHO: begin, kill before call K, recover, judge; false when the command ended before
point()
{
	local journal what hit
	begin
	"$INJECT" --at "$1" --kill "$2" --report "$WORK/report" -- "$PROGRAM" "${words[@]}" \
		>"$WORK/out" 2>&1 </dev/null
	status=$?
	read -r _ hit what <"$WORK/report"
	what="$name, $2 killed before call $1 (${what% *})"
	journal=$(journal_state)
	[ "$status" -ne 124 ] || complain "$what" 'it hangs:' "$WORK/out"
	recovered "$what"
	judge "$what" "$journal"
	[ "$hit" -ne 0 ]
}

# killed WHO: at every point of the form
killed()
{
	local k n=0 calls
	bad=0
	calls=$(wc -l <"$WORK/calls")
	if [ -n "$LONG" ] && [ "$1" = tree ]; then
		# The number of calls differs a little from run to run: until none is hit.
		for ((k = 1; k < 20000; k++)); do
			point "$k" "$1" || break
			n=$((n + 1))
		done
	else
		while read -r k; do
			point "$k" "$1"
			n=$((n + 1))
		done < <(changing | spread "$([ -n "$LONG" ] && echo 20000 || echo "$SHORT")")
	fi
	total=$((total + n))
	is "$bad" 0 "$name: $n kills ($1) of $calls calls, none bad"
}

both()
{
	killed tree
	killed one
}

each_scenario both
echo "# $total kills"
story_end
