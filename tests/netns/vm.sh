#!/usr/bin/env bash
# A VM's tap on the bridge is never touched, and keeps the bridge from being deleted.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# start_vm NAME: a port that kvmnet was not told about, as a hypervisor makes it
start_vm()
{
	# /dev/net/tun is root's alone on some machines.
	ip tuntap add "$1" mode tap 2>/dev/null || ip link add "$1" type veth peer name "$1-vm"
	ip link set "$1" master br0 up
}

# A tap without anybody behind it is down; index and flags tell whether it was replaced or detached.
port_identity()
{
	ip -o link show dev "$1" | grep -oE '^[0-9]+: .*(master [^ ]+)'
}

host_static
run_is 0 'the bridge is made' bridge create br0 --port eth0
start_vm vnet0
vm=$(port_identity vnet0)
kernel=$(kernel_state br0)
files=$(file_state)
like "$vm" 'master br0' 'the VM is a port'
is "$(mac br0)" "$SANDBOX_MAC" 'br0 keeps its MAC when the VM starts'

run_is 3 'delete is refused' bridge delete br0
like "$err" 'vnet0' 'and names the port'
like "$err" 'foreign-ports' 'and the rule'
is "$(kernel_state br0)" "$kernel" 'nothing changed in the kernel'
is "$(file_state)" "$files" 'nor in the files'
run_is 3 'a dry run of it is refused too' bridge delete br0 --dry-run

run_is 0 'creating again touches nothing' bridge create br0 --port eth0 --exit-code
run_is 0 'a change of the bridge' bridge set br0 --ageing 120
is "$(port_identity vnet0)" "$vm" 'leaves the VM where it is'
run_is 0 'bridge show' bridge show br0
like "$out" 'vnet0' 'shows the VM'

# A guest's macvtap, or a VLAN, ends with the bridge that it sits on.
ip link add mv0 link br0 type macvlan mode bridge
run_is 3 'what sits on the bridge keeps it, too' bridge delete br0 --force=foreign-ports
like "$err" '^kvmnet: error: mv0 sits on br0, .*would be removed with it$' 'and is named'
is "$(mac mv0 | wc -l) $(kernel_state br0)" "1 $kernel" 'nothing changed in the kernel'
ip link del mv0

run_is 0 'forced, it is removed' bridge delete br0 --force=foreign-ports
is "$(addresses eth0)" 192.168.12.118/24 'eth0 has the address back'
ok 'the VM itself is still there' test -e /sys/class/net/vnet0
is "$(master vnet0)" '' 'without a bridge'
story_end
