#!/usr/bin/env bash
# A bond as the uplink: its addresses and routes move onto the bridge and back, under traffic, and its ports
# never notice; a port of the bond itself is refused; deaths in the middle.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/qemu_death.sh
. "$SUPPORT/qemu_death.sh"

# bond_host: bond0 over eth0 and eth1 with the recipe's address, cables to one switch at the gateway
bond_host()
{
	local i
	scripts_reader ''
	ip link set lo up
	ip netns add gw
	ip -n gw link set lo up
	ip -n gw link add gw0 type bridge
	ip link add bond0 address "$SANDBOX_MAC" type bond mode active-backup miimon 50
	for i in 0 1; do
		ip link add "eth$i" address "02:00:00:00:00:0$i" type veth peer name "cable$i" netns gw
		ip -n gw link set "cable$i" master gw0 up
		ip link set "eth$i" master bond0
		printf 'DEVICE=eth%s\nTYPE=Ethernet\nONBOOT=yes\nMASTER=bond0\nSLAVE=yes\n' "$i" \
			>"$SCRIPTS/ifcfg-eth$i"
	done
	ip -n gw link set gw0 up
	ip -n gw addr add 192.168.12.1/24 dev gw0
	ip -n gw addr add fd00:12::1/64 dev gw0 nodad
	ip link set bond0 up
	ip addr add 192.168.12.118/24 brd + dev bond0
	ip addr add fd00:12::118/64 dev bond0 nodad
	ip route add default via 192.168.12.1 dev bond0 metric 100
	ip route add 10.20.0.0/16 via 192.168.12.1 dev bond0
	cat >"$SCRIPTS/ifcfg-bond0" <<-'END'
		DEVICE=bond0 # both cables
		TYPE=Bond
		BONDING_MASTER=yes
		BONDING_OPTS="mode=active-backup miimon=50"
		ONBOOT=yes
		BOOTPROTO=none
		IPADDR=192.168.12.118
		PREFIX=24
		GATEWAY=192.168.12.1
		METRIC=100
		IPV6INIT=yes
		IPV6ADDR=fd00:12::118/64
	END
	echo '10.20.0.0/16 via 192.168.12.1 dev bond0' >"$SCRIPTS/route-bond0"
	echo 'nameserver 180.76.76.76' >/etc/resolv.conf
	wait_for 20 gateway_answers && wait_for 20 settled bond0
}

# ports: all that the bond and its ports are, but which of them carries the traffic
ports()
{
	printf 'link show eth0\nlink show eth1\n' | ip -o -d -b - |
		sed -E 's/ (promiscuity|allmulti|bond_slave state|link_failure_count) [^ ]+//g'
	cat /sys/class/net/bond0/bonding/{slaves,mode,miimon}
}

# active
active()
{
	cat /sys/class/net/bond0/bonding/active_slave
}

# takes_over PORT: it carries the traffic; made so where the bond lets it
takes_over()
{
	echo "$1" >/sys/class/net/bond0/bonding/active_slave
	[ "$(active)" = "$1" ]
}

# delete_bridge: for dies_and_recovers
delete_bridge()
{
	"$KVMNET" bridge delete br0 >/dev/null 2>&1
}

ok 'a host with a bond' bond_host
kernel=$(kernel_state bond0)
files=$(file_bytes)
ports=$(ports)
run_is 0 'check has nothing to say' check
run_is 0 'the doctor neither' doctor
run show
like "$out" '^● bond0  bond  up .*192\.168\.12\.118/24  default via 192\.168\.12\.1$' 'show has the bond'
like "$out" '^└─ eth1 +up' 'with its ports below it'

# ---- a port of the bond is none for a bridge ----

run_is 3 'a port of the bond is refused' bridge create br0 --slave eth0
like "$err" '^kvmnet: error: eth0 is already a port of bond0$' 'with the reason'
like "$err" '^hint: bridge that device instead' 'and what to do'
run_is 3 'in the files alone too' bridge create br0 --slave eth0 --no-live
is "$(ports)$(kernel_state bond0)$(file_bytes)" "$ports$kernel$files" 'nothing was changed'

# ---- under a bridge ----

pinging "$WORK/pings" 192.168.12.118
run_is 0 'the bond goes under a bridge' bridge create br0 --slave bond0
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping is lost'
is "$(ports)" "$ports" "the bond's ports are untouched"
is "$(master bond0) $(mac br0)" "br0 $SANDBOX_MAC" 'the bridge has its MAC'
is "$(addresses br0 | tr '\n' ' ')" '192.168.12.118/24 fd00:12::118/64 ' 'and its addresses'
like "$(ip route)" '^default via 192\.168\.12\.1 dev br0 metric 100' 'the default route, with its metric'
like "$(ip route)" '^10\.20\.0\.0/16 via 192\.168\.12\.1 dev br0' 'the other route'
is "$(addresses bond0)" '' 'the bond has none left'
is "$(value ifcfg-bond0 BRIDGE) $(value ifcfg-bond0 BONDING_OPTS)" 'br0 mode=active-backup miimon=50' \
	'its file says both what it is and where it belongs'
ok 'the host answers' wait_for 10 host_answers
ok 'by IPv6 too' wait_for 10 host_answers fd00:12::118
run_is 0 'the same again: nothing to do' bridge create br0 --slave bond0 --exit-code
is "$out" 'nothing to do' 'and it says so'
run_is 3 'a port of the bond is refused still' port add br0 eth1
run_is 0 'check finds files and kernel alike' check
run show
like "$out" '^└─ bond0  bond +fwd' 'show: the bond below the bridge'
like "$out" '^   └─ eth1 +up' 'and its ports below the bond'
run doctor
like "$out" '^0 errors, 0 warnings' 'the doctor has nothing against it'
run export
printf '%s\n' "$out" >"$WORK/host.conf"
like "$out" '^ports +=+ bond0$' 'export has it'
run diff "$WORK/host.conf"
like "$out" '^Plan \(ifcfg, 2 files\)$' 'its text has no live step: it completes files that others wrote'
unlike "$out" '^-[^-]' 'and takes nothing out of them'

# ---- a cable is lost while it is bridged ----

is "$(active)" eth0 'one cable carries the traffic'
ip -n gw link set cable0 down
ok 'it is cut: the other one takes over' wait_for 20 takes_over eth1
ok 'the host answers' wait_for 20 host_answers
ip -n gw link set cable0 up
ok 'it is mended' wait_for 20 takes_over eth0
ok 'the host answers' wait_for 20 host_answers

# ---- and back ----

pinging "$WORK/pings" 192.168.12.118
run_is 0 'deleted' bridge delete br0
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping is lost'
ok 'the addresses settle' wait_for 10 settled bond0
is "$(kernel_state bond0)" "$kernel" 'the kernel is as before'
is "$(file_bytes)" "$files" 'the files too'
is "$(ports)" "$ports" 'and the bond'

# ---- deaths ----

dies_and_recovers 2 delete_bridge -- bridge create br0 --slave bond0
is "$(ports)" "$ports" 'the bond has its ports all the same'
ok 'the host answers' wait_for 10 host_answers

# ---- a VLAN of the bond ----

ip link add bond0.10 link bond0 type vlan id 10
ip link set bond0.10 up
ip addr add 10.10.0.2/24 dev bond0.10
ip -n gw link add gw0.10 link gw0 type vlan id 10
ip -n gw link set gw0.10 up
ip -n gw addr add 10.10.0.1/24 dev gw0.10
ok 'the VLAN carries traffic' wait_for 20 host_answers 10.10.0.2
run_is 0 'a bridge over the VLAN' bridge create br10 --slave bond0.10
ok 'it carries traffic' wait_for 20 host_answers 10.10.0.2
is "$(addresses bond0)" '192.168.12.118/24
fd00:12::118/64' "the bond's own addresses stay"
run_is 0 'and one over the bond itself' bridge create br0 --slave bond0
ok 'the host answers' wait_for 20 host_answers
ok 'in the VLAN too' wait_for 20 host_answers 10.10.0.2
run show
like "$out" '^└─ bond0\.10  vlan +fwd .*vlan 10 of bond0$' 'show tells which of which'
run_is 0 'the first is deleted' bridge delete br10
run_is 0 'and the other' bridge delete br0
ok 'the VLAN has its address' wait_for 20 host_answers 10.10.0.2
story_end
