#!/usr/bin/env bash
# ctest: once
# A takeover that is interrupted: signals wait, and after a kill -9 before any message to the kernel
# the host is reachable, the same command completes, and nothing temporary is left.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# hit SIGNAL N: a create that gets the signal before its Nth message; its exit status
hit()
{
	# In a shell of its own, which keeps the word "Killed" to itself.
	(
		strace -f -o "$WORK/trace" -e trace=sendmsg -e "inject=sendmsg:signal=SIG$1:when=$2" \
			"$KVMNET" bridge create br0 --port eth0
	) >/dev/null 2>&1
	status=$?
	killed=$(grep -c 'killed by SIG' "$WORK/trace")
}

left()
{
	find "$SCRIPTS" /var/lib/kvmnet -name '.kvmnet-*' 2>/dev/null
	find /var/lib/kvmnet -name 'journal*' 2>/dev/null
	find /sys/fs/bpf -name "kvmnet-$(stat -Lc %i /proc/self/ns/net)-*" 2>/dev/null
	ip -6 route show proto 75
}

# completed NAME: whatever was left, the same command brings it to its end, and delete back
completed()
{
	ok "$1: the host is reachable" wait_for 10 host_answers
	ok "$1: also with IPv6" wait_for 10 host_answers fd00:12::118
	run_is 0 "$1: the same command completes" bridge create br0 --port eth0
	is "$(master eth0) $(addresses br0 -4) $(addresses eth0)" 'br0 192.168.12.118/24 ' "$1: all of it"
	is "$(left)" '' "$1: nothing temporary is left"
	run_is 0 "$1: then nothing is left to do" bridge create br0 --port eth0 --exit-code
	run_is 0 "$1: and back" bridge delete br0
	ok "$1: addresses settle" wait_for 10 settled eth0
	is "$(kernel_state eth0)" "$kernel" "$1: the kernel is as before"
	is "$(file_bytes)" "$files" "$1: the files are as before"
}

host_static
ip addr add fd00:12::118/64 dev eth0 nodad
ip -6 route add default via fd00:12::1 dev eth0
kernel=$(kernel_state eth0)
files=$(file_bytes)

run_is 0 'the bridge is made' bridge create br0 --port eth0
run_is 0 'and removed' bridge delete br0
ok 'addresses settle' wait_for 10 settled eth0
hit KILL 10000
messages=$(grep -c sendmsg "$WORK/trace")
is "$status" 0 'an undisturbed run, whose messages are counted'
ok 'there are some' test "$messages" -gt 10
run_is 0 'and back' bridge delete br0
ok 'addresses settle' wait_for 10 settled eth0

# The signal comes in the second half, where the kernel is changed.
for signal in INT TERM HUP; do
	hit "$signal" $((messages - 6))
	is "$status $killed" '0 0' "SIG$signal waits until the host is whole"
	completed "SIG$signal"
done
for ((n = messages / 2; n <= messages; n++)); do
	hit KILL "$n"
	completed "killed before message $n"
done
umount /sys/fs/bpf 2>/dev/null
for ((n = messages / 2; n <= messages; n += 2)); do
	hit KILL "$n"
	completed "without a place for pins, killed before message $n"
done
story_end
