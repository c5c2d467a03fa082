#!/usr/bin/env bash
# A bridge that knows VLANs: made so, switched while it carries traffic, with the VLANs that somebody gave
# its ports; every option of a port; the way back.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"

# filtering: what the kernel says
filtering()
{
	cat /sys/class/net/br0/bridge/vlan_filtering
}

# vlans: of all ports, in one comparable form
vlans()
{
	bridge vlan show | awk '{ $1 = $1; print }'
}

host_static
printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf # as the file has it
kernel=$(kernel_state eth0)
files=$(file_bytes)

# ---- made so ----

run_is 0 'a bridge that knows VLANs' bridge create br0 --slave eth0 --vlan-filtering on
is "$(filtering)" 1 'the kernel has it'
like "$(<"$SCRIPTS/ifcfg-br0")" '^BRIDGING_OPTS="vlan_filtering=1"$' 'and the file'
like "$(vlans)" '^eth0 1 PVID Egress Untagged$' 'its port carries what has no tag'
is "$(addresses br0)" 192.168.12.118/24 'it has the address'
ok 'the host answers' wait_for 10 host_answers
run_is 0 'the same again: nothing to do' bridge create br0 --slave eth0 --vlan-filtering on --exit-code
is "$out" 'nothing to do' 'and it says so'
run_is 0 'check' check
run bridge show br0
like "$out" 'vlan-filtering on' 'bridge show tells'
run export
like "$out" '^vlan-filtering = on$' 'export has it'
printf '%s\n' "$out" >"$WORK/host.conf"
run_is 0 'and its text finds nothing to do' apply "$WORK/host.conf" --exit-code

# ---- switched under traffic; the VLANs of others stay ----

bridge vlan add vid 10 dev eth0
bridge vlan add vid 20 dev eth0
bridge vlan add vid 10 dev br0 self
before=$(vlans)
pinging "$WORK/pings" 192.168.12.118
run_is 0 'switched off' bridge set br0 --vlan-filtering off
is "$(filtering)" 0 'in the kernel'
like "$(<"$SCRIPTS/ifcfg-br0")" 'vlan_filtering=0' 'and in the file'
run_is 0 'the same again: nothing to do' bridge set br0 --vlan-filtering off --exit-code
run_is 0 'switched on again' bridge set br0 --vlan-filtering on
is "$(filtering)" 1 'in the kernel'
is "$(vlans)" "$before" 'the VLANs of the ports are as they were'
run_is 0 'rolled back' rollback
is "$(filtering)" 0 'that switches it off'
is "$(vlans)" "$before" 'and leaves the VLANs'
run_is 0 'and on once more' bridge set br0 --vlan-filtering on
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping of all the while is lost'
run_is 0 'check finds files and kernel alike' check

# ---- a second port, with every option ----

ip link add eth1 type dummy
ip link set eth1 up
run_is 0 'a port is added' port add br0 eth1 --force=second-uplink --isolated on
like "$(vlans)" '^eth1 1 PVID Egress Untagged$' 'it carries what has no tag'
run_is 0 'all options of a port' port set br0 eth1 --isolated on --hairpin on --learning off --cost 7 \
	--priority 3 --no-persist
is "$(cd /sys/class/net/eth1/brport && cat isolated hairpin_mode learning path_cost priority | tr '\n' ' ')" \
	'1 1 0 7 3 ' 'the kernel has them'
run_is 0 'the same again: nothing to do' port set br0 eth1 --isolated on --hairpin on --learning off --cost 7 \
	--priority 3 --no-persist --exit-code
is "$(vlans | grep -v eth1)" "$before" "the other ports' VLANs are as they were"
run_is 0 'the port is removed' port remove br0 eth1
is "$(master eth1)" '' 'the kernel agrees'

# ---- a bridge that lets nothing through ----

ip link add br9 type bridge vlan_filtering 1 vlan_default_pvid 0
ip link set br9 up
ip link set eth1 master br9
ip addr add 10.9.0.1/24 dev br9
run_is 1 'the doctor finds a bridge whose own address has no VLAN' doctor br9
like "$out" 'KN109 +bridge +br9 filters VLANs' 'and says so'
ip addr del 10.9.0.1/24 dev br9
run_is 0 'without an address nobody is cut off' doctor br9
ip link del br9

# A default PVID is no promise: what counts is what is set now.
# cut: what the doctor says of it, in the words of the document
cut()
{
	"$KVMNET" doctor br0 --json | tr -d '\n' | grep -oE '"KN109"[^}]*"title": *"[^"]*"' |
		sed 's/.*br0 filters VLANs, and //; s/"//'
}

is "$(cut)" '' 'the doctor finds nothing on the real one'
bridge vlan del vid 1 dev br0 self
is "$(cut)" 'its own address is in no VLAN' 'the bridge itself loses its VLAN'
bridge vlan add vid 30 dev br0 pvid untagged self
is "$(cut)" 'VLAN 30, that of its own address, is on none of its uplinks (eth0)' 'it gets one that its cable has not'
bridge vlan add vid 29-31 dev eth0
is "$(cut)" '' 'now the cable has it, in the middle of a row'
ip link add br0.44 link br0 type vlan id 44
ip link set br0.44 up
ip addr add 10.44.0.2/24 dev br0.44
is "$(cut)" 'VLAN 44 of br0.44 is not one of its own' 'a VLAN of the bridge that the bridge has not'
bridge vlan add vid 44 dev br0 self
is "$(cut)" '' 'now it has'
ip link del br0.44
bridge vlan del vid 44 dev br0 self
bridge vlan del vid 29-31 dev eth0
bridge vlan del vid 30 dev br0 self
bridge vlan add vid 1 dev br0 pvid untagged self
is "$(vlans)" "$before" 'all VLANs are as they were'

# ---- and back ----

run_is 0 'deleted' bridge delete br0
ok 'the addresses settle' wait_for 10 settled eth0
is "$(kernel_state eth0)" "$kernel" 'the kernel is as before'
is "$(file_bytes)" "$files" 'the files too'
ok 'the host answers' wait_for 10 host_answers
story_end
