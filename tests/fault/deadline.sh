#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# A change waits for its word, nobody says it, and meanwhile: the terminal hangs up, the session is
# killed, standard input ends, the wall clock is set a year on or back, the guardian is killed, the
# machine boots. All is old again, at most two seconds after the deadline (at most ten in the short
# form, which may meet a busy machine). By hand, so many times each:
#   bash tests/fault/deadline.sh --long [TIMES]
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

WAIT=2
ALLOWED=10000
TIMES=1
if [ -n "$LONG" ]; then
	ALLOWED=2000
	TIMES=$((${only:-20}))
	only=
fi
CLOCK=$KVMNET_BUILD_DIR/tests/libclockstep.so
BOOT=/proc/sys/kernel/random/boot_id
export CLOCKSTEP=$WORK/step

now_ms()
{
	awk '{ print int($1 * 1000) }' /proc/uptime
}

# pending COMMAND...: the change waits; leaves $viewer, $guardian, and $deadline, by the clock since
# boot as the admin has it who reads that it waits
pending()
{
	: >"$WORK/view"
	"$@" "$PROGRAM" "${words[@]}" --confirm "$WAIT" >"$WORK/view" 2>&1 <"${input:-/dev/null}" &
	viewer=$!
	wait_for 20 grep -q 'kvmnet confirm [0-9]' "$WORK/view" ||
		complain "$case" 'the change does not come to wait:' "$WORK/view"
	deadline=$(($(now_ms) + WAIT * 1000))
	guardian=$(child_of "$viewer")
}

over()
{
	[ ! -e "$STATE/journal" ]
}

# undone: all is old in time
undone()
{
	local late
	wait_for 30 over || complain "$case" 'it is not undone:' "$WORK/view"
	late=$(($(now_ms) - deadline))
	[ "$late" -le "$worst" ] || worst=$late
	[ "$late" -le "$ALLOWED" ] || complain "$case" "undone $late ms after the deadline"
	wait "$viewer" 2>/dev/null
	[ "$(state_is)" = old ] || complain "$case" 'is not old:' <(diff "$WORK/old" "$WORK/now")
	reachable || wait_for 3 reachable || complain "$case" 'the host does not answer'
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

hangup()
{
	pending env
	kill -HUP "$viewer"
	undone
}

session_killed()
{
	# shellcheck disable=SC2016 # expanded there
	pending setsid bash -c 'echo $$ >/run/story/leader; "$@" & wait' -
	kill -KILL -- "-$(<"$WORK/leader")"
	undone
}

input_ends()
{
	rm -f "$WORK/input"
	mkfifo "$WORK/input"
	exec {writer}<>"$WORK/input"
	input=$WORK/input pending env
	exec {writer}>&-
	undone
}

# clock_set SECONDS
clock_set()
{
	echo 0 >"$CLOCKSTEP"
	pending env "LD_PRELOAD=$CLOCK"
	echo "$1" >"$CLOCKSTEP"
	[ "$(now_ms)" -ge "$deadline" ] || [ -e "$STATE/journal" ] ||
		complain "$case" 'does not wait any longer'
	undone
}

clock_on()
{
	clock_set 31536000
}

clock_back()
{
	clock_set -31536000
}

guardian_killed()
{
	pending env
	kill -KILL "$guardian"
	undone
}

# The machine goes, and boots: of the kernel nothing is left, the files are undone by the boot's unit.
boots()
{
	pending env
	kill -KILL "$viewer" "$guardian"
	wait "$viewer" 2>/dev/null
	wait_for 10 gone "$guardian"
	cat /proc/sys/kernel/random/uuid >"$WORK/boot"
	mount --bind "$WORK/boot" "$BOOT"
	"$PROGRAM" recover --boot >"$WORK/out" 2>&1 </dev/null ||
		complain "$case" "recovery fails with status $?:" "$WORK/out"
	umount "$BOOT"
	"$FILES" "$STATE" >"$WORK/now"
	cmp -s "$WORK/now" "$WORK/files.old" ||
		complain "$case" 'files are not old:' <(diff "$WORK/files.old" "$WORK/now")
	at_old=
}

# tried CASE
tried()
{
	local i
	case=$1
	bad=0
	worst=-99999
	for ((i = 0; i < TIMES; i++)); do
		begin
		"$1"
	done
	total=$((total + TIMES))
	is "$bad" 0 "$1: $TIMES times, none bad"
	[ "$1" = boots ] || echo "#   the last one to be undone: $worst ms after its deadline"
}

scenario pending bridge create br0 --port eth0
begin
"$FILES" "$STATE" >"$WORK/files.old"
echo 31536000 >"$CLOCKSTEP"
is "$(LD_PRELOAD=$CLOCK date +%Y)" "$(date -d '365 days' +%Y)" 'a wall clock can be set'
for case in hangup session_killed input_ends clock_on clock_back guardian_killed boots; do
	tried "$case"
done
echo "# $total runs"
# A change that waits for another time than it was told to.
cat >"$WORK/liar" <<LIAR
#!/bin/bash
set -- "\${@/#$WAIT/15}"
exec "$KVMNET" "\$@"
LIAR
chmod +x "$WORK/liar"
PROGRAM=$WORK/liar
BAD_SHOWN=0
TIMES=1
bad=0
begin
case=planted
worst=0
hangup
ok 'planted, a deadline that is not kept to: found' test "$bad" -gt 0
story_end
