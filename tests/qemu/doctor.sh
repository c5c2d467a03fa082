#!/usr/bin/env bash
# The doctor's rules whose faults need what the machine's kernel may lack: bonds, and bridges that know VLANs.
# Each is built, found, put right, and found no more.
# ctest: once
# ctest: timeout=600
# shellcheck disable=SC2016 # scripts for other shells stand in single quotes
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/doctor.sh
. "$SUPPORT/doctor.sh"

# bonded MODE: a bond of two cards is br0's other port
bonded()
{
	ip link add bond0 address 02:00:00:00:00:b0 type bond mode "$1" miimon 100 &&
		ip link add eth1 type veth peer name far1 && ip link add eth2 type veth peer name far2 &&
		ip link set far1 up && ip link set far2 up &&
		ip link set eth1 master bond0 && ip link set eth2 master bond0 &&
		ip link set bond0 up && ip link set bond0 master br1
}

# unbonded: and all of it goes
unbonded()
{
	ip link del bond0 && ip link del eth1 && ip link del eth2
}

host_static
printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf # as the file has it
run_is 0 'a bridge that knows VLANs' bridge create br0 --port eth0 --vlan-filtering on --mcast-snooping off
ip link add br1 address 02:00:00:00:00:b0 type bridge mcast_snooping 0
ip link set br1 up
ok 'the host answers' wait_for 10 host_answers
healthy 'a healthy host'

fault KN109 'br0 filters VLANs, and its own address is in no VLAN' 'the bridge is not in its own VLAN' \
	'bridge vlan del vid 1 dev br0 self' 'bridge vlan add vid 1 dev br0 pvid untagged self'
fault KN109 'br0 filters VLANs, and VLAN 30, that of its own address, is on none of its uplinks \(eth0\)' \
	'a VLAN that the cable has not' \
	'bridge vlan add vid 30 dev br0 pvid untagged self
	named "bridge vlan add dev br0 vid 30 pvid untagged self"; named "bridge vlan add dev eth0 vid 30"' \
	'bridge vlan del vid 30 dev br0 self; bridge vlan add vid 1 dev br0 pvid untagged self'
fault KN110 'br0 gets no frame of VLAN 20 from its port eth0: eth0.20 takes them' 'a VLAN on a port and on its bridge' \
	'for dev in br0 eth0; do ip link add $dev.20 link $dev type vlan id 20; done
	bridge vlan add vid 20 dev br0 self; bridge vlan add vid 20 dev eth0' \
	'ip link del eth0.20; ip link del br0.20; bridge vlan del vid 20 dev br0 self; bridge vlan del vid 20 dev eth0'
for mode in balance-tlb balance-alb; do
	case $mode in
	balance-tlb) number=5 ;;
	balance-alb) number=6 ;;
	esac
	fault KN602 "bond0 is a bond in mode $number under a bridge: the bond rewrites MACs" "a bond of mode $mode" \
		"bonded $mode" unbonded
done
for mode in active-backup 802.3ad; do
	ok "a bond of mode $mode" bonded "$mode"
	run doctor
	unlike "$out" KN602 "mode $mode: the doctor says nothing of it"
	ok 'and it goes' unbonded
done
healthy 'and at the end the host is as healthy as it was'
story_end
