#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# kill -9 in a changing command, then kill -9 in the recovery, then one that is left alone: all old.
# By hand, every call that changes anything in the recovery, for deaths all over the command:
#   bash tests/fault/kill_recover.sh --long [COMMAND...]
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

# broken K: begin, and the command dies before call K; true when there is something to undo
broken()
{
	begin
	"$INJECT" --at "$1" --kill tree -- "$PROGRAM" "${words[@]}" >"$WORK/out" 2>&1 </dev/null
	[ "$(journal_state)" = open ]
}

# pair K M: dies before call K of the command, then before call M of the recovery
pair()
{
	local what hit call
	broken "$1" || return 0
	"$INJECT" --at "$2" --kill tree --report "$WORK/report" -- "$PROGRAM" recover \
		>"$WORK/out" 2>&1 </dev/null
	read -r _ hit call <"$WORK/report"
	what="$name, killed before call $1, its recovery before call $2 (${call% *})"
	recovered "$what"
	judge "$what" open
	[ "$hit" -eq 0 ] || pairs=$((pairs + 1))
}

# after_death K MAX: at most MAX deaths in the recovery
after_death()
{
	local m
	broken "$1" || return 0
	"$INJECT" --list "$WORK/calls.recover" -- "$PROGRAM" recover >"$WORK/out" 2>&1 </dev/null
	judge "$name, killed before call $1" open
	while read -r m; do
		pair "$1" "$m"
	done < <(changing "$WORK/calls.recover" | spread "$2")
}

# deaths: the calls of the command at which it dies
deaths()
{
	if [ -n "$LONG" ]; then
		changing | spread 40
	else
		changing | spread 6
	fi
}

both()
{
	local k
	bad=0
	pairs=0
	while read -r k <&3; do
		after_death "$k" "$([ -n "$LONG" ] && echo 1000 || echo 6)"
	done 3< <(deaths)
	total=$((total + pairs))
	is "$bad" 0 "$name: $pairs pairs of kills, none bad"
	ok "$name: there were some" test "$pairs" -gt 0
}

if [ -n "$LONG" ]; then
	each_scenario both
else
	each_scenario both create delete rollback
fi
echo "# $total pairs"
story_end
