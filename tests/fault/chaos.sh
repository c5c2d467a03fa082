#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# Errors, short writes and deaths at random, by a seed, over every changing command; then recovery
# under chaos, then one that is left alone. By hand, 10,000 runs:
#   bash tests/fault/chaos.sh --long [COMMAND...]
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

RUNS=${CHAOS_RUNS:-6}
[ -z "$LONG" ] || RUNS=1430

# chaotic SEED
chaotic()
{
	local journal what="$name, chaos $1"
	begin
	"$INJECT" --chaos "$1" -- "$PROGRAM" "${words[@]}" >"$WORK/out" 2>&1 </dev/null
	status=$?
	[ "$status" -ne 124 ] || complain "$what" 'it hangs:' "$WORK/out"
	journal=$(journal_state)
	"$INJECT" --chaos "$1" -- "$PROGRAM" recover >"$WORK/out" 2>&1 </dev/null
	# What was committed may have been tidied under the chaos, and what was open undone.
	recovered "$what"
	judge "$what" "$journal"
}

all_seeds()
{
	local seed
	bad=0
	for ((seed = 1; seed <= RUNS; seed++)); do
		chaotic "$seed"
	done
	total=$((total + RUNS))
	is "$bad" 0 "$name: $RUNS runs under chaos, none bad"
}

each_scenario all_seeds
echo "# $total runs"
story_end
