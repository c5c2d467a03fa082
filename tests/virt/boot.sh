#!/usr/bin/env bash
# ctest: once timeout=300
# What --root writes, libvirtd reads at its start: the network runs, and kvmnet finds it as wanted.
# The cost of finding nothing to do is a matter of questions to the daemon.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip strace
host_static
libvirt_files
run_is 0 'a network in the files' --root / net create lab --nat --subnet 192.168.130.1/24
run_is 0 'and one over a bridge' --root / net create lan --bridge br0
libvirt_start
wait_for 10 test -d /sys/class/net/virbr0
is "$(net_state lab)" 'yes yes yes' 'libvirtd has started it'
is "$(net_state lan)" 'yes yes yes' 'and the other one'
run_is 0 'as wanted' net create lab --nat --subnet 192.168.130.1/24
like "$out" '^nothing to do' 'nothing to do'

# questions COMMAND...: messages to the daemon: what is written to its socket
questions()
{
	strace -f -qq -yy -e trace=write,sendto,sendmsg "$@" 2>&1 >/dev/null |
		grep -c 'UNIX.*\(libvirt-sock\|STREAM\)'
}

ours=$(questions "$KVMNET" net create lab --nat --subnet 192.168.130.1/24)
theirs=$(questions virsh -c qemu:///system net-dumpxml --inactive lab)
[ "$ours" -gt 3 ] && [ "$ours" -le $((theirs + 2)) ]
verdict $? "at most two questions more than virsh net-dumpxml" ||
	diag "kvmnet asks $ours, virsh $theirs"
diag "kvmnet asks $ours, virsh $theirs"
story_end
