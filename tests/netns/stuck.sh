#!/usr/bin/env bash
# Nothing that has stopped, is full or does not answer holds a change beyond its deadline, or keeps
# a word about it from being heard.
# ctest: timeout=180
# ctest: once
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

create=(bridge create br0 --port eth0)

# begin SECONDS: a change in the background, until it waits; leaves $viewer, $guardian, $deadline
begin()
{
	: >"$WORK/view"
	"$KVMNET" "${create[@]}" --confirm "$1" >"$WORK/view" 2>&1 </dev/null &
	viewer=$!
	wait_for 20 grep -q 'kvmnet confirm [0-9]' "$WORK/view"
	guardian=$(child_of "$viewer")
	deadline=$((SECONDS + $1))
}

# stop PID: and wait until it has
stop()
{
	kill -STOP "$1"
	wait_for 10 grep -q '^State:.*stopped' "/proc/$1/status"
}

gone()
{
	[ ! -d "/proc/$1" ]
}

is_old()
{
	ok "$1: addresses settle" wait_for 10 settled eth0
	is "$(kernel_state eth0)$(links)$(file_bytes)" "$before" "$1: it is as before"
	ok "$1: nothing is pending" test ! -e /var/lib/kvmnet/journal
}

# quickly SECONDS COMMAND...: with an end in any case
quickly()
{
	local seconds=$1
	shift
	timeout -s KILL "$seconds" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	out=$(<"$WORK/out")
	err=$(<"$WORK/err")
}

host_static
before=$(kernel_state eth0)$(links)$(file_bytes)

# ---- a guardian that was stopped ----

begin 60
stop "$guardian"
quickly 20 "$KVMNET" confirm
is "$status $out" "0 change $(sed -nE 's/^Change ([0-9]+) is made.*/\1/p' "$WORK/view") is kept" \
	'a stopped guardian hears a word'
wait "$viewer"
is $? 0 '... and its command succeeds'
run_is 0 '... and back' bridge delete br0

begin 60
stop "$guardian"
env kill -TERM "$viewer"
wait "$viewer"
is $? 6 'a stopped guardian hears a signal to its command'
is_old 'a signal'

begin 3
stop "$guardian"
wait "$viewer"
is $? 6 'a stopped guardian keeps its deadline, as its viewer does'
ok "... in time ($((SECONDS - deadline)) s late)" test $((SECONDS - deadline)) -le 30
is_old 'the deadline'

begin 2
stop "$guardian"
kill -KILL "$viewer"
wait "$viewer" 2>/dev/null
over()
{
	[ "$SECONDS" -gt "$deadline" ]
}
wait_for 20 over
quickly 30 "$KVMNET" recover
is "$status" 0 'without a viewer, who comes for the lock wakes it'
ok '... and it ends' wait_for 10 gone "$guardian"
is_old 'the lock'

# ---- nobody reads ----

# full FILE: a pipe by that name, filled, which nobody reads; in fd $pipe
full()
{
	mkfifo "$1"
	exec {pipe}<>"$1"
	dd if=/dev/zero of="$1" bs=4096 oflag=nonblock conv=notrunc 2>/dev/null
}

full "$WORK/pipe"
waits()
{
	[ -S /var/lib/kvmnet/guard ] && "$KVMNET" history 2>&1 | grep -q 'waits for its confirmation' &&
		guardian=$(child_of "$viewer") && [ -n "$guardian" ]
}

is_over()
{
	[ ! -e /var/lib/kvmnet/journal ]
}

"$KVMNET" "${create[@]}" --confirm 4 --no-wait --json >"$WORK/pipe" 2>/dev/null </dev/null &
viewer=$!
wait_for 20 waits
verdict $? 'a change waits whose report nobody takes'
wait_for 20 is_over
verdict $? '... and is undone all the same'
kill -KILL "$viewer" "$guardian" 2>/dev/null
wait "$viewer" 2>/dev/null
is_old 'a report that nobody takes'

"$KVMNET" "${create[@]}" --confirm 60 >/dev/null 2>"$WORK/pipe" </dev/null &
viewer=$!
wait_for 20 waits
verdict $? 'a change waits whose question nobody takes'
kill -KILL "$guardian"
wait_for 20 is_over
verdict $? '... and its guardian is seen to die'
kill -KILL "$viewer" 2>/dev/null
wait "$viewer" 2>/dev/null
is_old 'a question that nobody takes'
exec {pipe}>&-
story_end
