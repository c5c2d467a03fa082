#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=120
# The harness can fail: the injector really kills, fails and shortens, and the oracle finds every
# planted mistake of a small program, and none in the honest one.
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

PROGRAM=$KVMNET_SOURCE_DIR/tests/support/fault_fake.sh

# injected OPTION... -- COMMAND...: leaves $status and $hit (the report without the count)
injected()
{
	"$INJECT" --after '' --report "$WORK/report" "$@" >"$WORK/out" 2>&1 </dev/null
	status=$?
	read -r _ hit <"$WORK/report"
}

# call_of NAME COMMAND...: the number of its first call of that name
call_of()
{
	local name=$1
	shift
	"$INJECT" --after '' --list "$WORK/list" -- "$@" >/dev/null 2>&1
	awk -v name="$name" '$2 == name { print $1; exit }' "$WORK/list"
}

rm -rf "$WORK/dir"
mkdir "$WORK/dir"
n=$(call_of unlinkat rm -r "$WORK/dir")
mkdir "$WORK/dir"
injected --at "$n" --kill tree -- rm -r "$WORK/dir"
is "$status $hit" "137 $n unlinkat killed" 'a process dies before the call'
ok 'which is not done' test -d "$WORK/dir"
injected --at "$n" --fail 0 -- rm -r "$WORK/dir"
is "$status $hit" "1 $n unlinkat Input/output error" 'a call fails'
ok 'and is not done' test -d "$WORK/dir"
injected --at 100000 --kill tree -- rm -r "$WORK/dir"
is "$status $hit" '0 0 - -' 'a call that never comes changes nothing'
head -c 70000 /dev/zero >"$WORK/from"
injected --short -- sh -c 'tee /run/story/to </run/story/from'
like "$hit" '^[1-9][0-9]* write short$' 'writes fall short'
n=$(call_of mkdir mkdir "$WORK/a" "$WORK/b")
injected --at "$n" --fail 1 --sticky -- mkdir "$WORK/c" "$WORK/d"
is "$(ls -d "$WORK"/[cd] 2>/dev/null)" '' 'a sticky error stays'
injected --at "$n" --fail 1 -- mkdir "$WORK/c" "$WORK/d"
is "$(ls -d "$WORK"/[cd])" "$WORK/d" 'one that is not hits once'
call_of brk "$KVMNET" --version >/dev/null
n=$(awk '$2 == "brk" { last = $1 } END { print last }' "$WORK/list")
injected --at "$n" --fail 0 -- "$KVMNET" --version
is "$status $hit" "0 $n brk Cannot allocate memory" 'no more heap: told as the kernel tells it'
n=$(call_of execve sh -c 'sh -c "exit 3"; exit $?')
injected --at "$((n + 1))" --kill one -- sh -c 'sh -c "exit 3"; exit $?'
is "$status" 137 'one process dies'
injected --timeout 1 -- sleep 60
is "$status" 124 'what hangs is ended'
like "$(<"$WORK/out")" 'hangs since clock_nanosleep' 'and the report says in which call'
# chaotic: eight runs of one process; of several, the scheduler has a say
chaotic()
{
	local seed
	for seed in 1 2 3 4 5 6 7 8; do
		injected --chaos "$seed" -- cp -r "$SCRIPTS/../.." "$WORK/copy"
		echo "$status $hit"
	done
}
chaotic >"$WORK/first"
chaotic >"$WORK/again"
is "$(<"$WORK/again")" "$(<"$WORK/first")" 'chaos is the same for the same seed'
like "$(<"$WORK/first")" 'killed' 'and it kills'

# tried NUMBER: kills all over the fake, until so many were bad; sets $bad
tried()
{
	local k
	bad=0
	points=0
	while read -r k; do
		begin
		"$INJECT" --at "$k" --kill tree -- "$PROGRAM" bridge create br0 \
			>/dev/null 2>&1 </dev/null
		journal=$(journal_state)
		recovered "call $k"
		judge "call $k" "$journal"
		points=$((points + 1))
		[ "$bad" -lt "$1" ] || return
	done < <(changing | spread 24)
}

scenario fake bridge create br0
tried 5
is "$bad" 0 "the honest program: $points kills, none bad"
BAD_SHOWN=0
for FAULT in no-journal early-commit forgets-link forgets-file wrong-mode leaves-names not-twice \
	not-whole loses-routes; do
	export FAULT
	at_old=
	tried 1
	ok "planted, $FAULT: found at kill $points" test "$bad" -gt 0
done
story_end
