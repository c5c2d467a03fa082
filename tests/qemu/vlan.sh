#!/usr/bin/env bash
# VLANs of the uplink: one that carries the host's addresses goes under a bridge; others stay what they are
# when the card below them does; what sits on a bridge keeps it from going; deaths in the middle.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/qemu_death.sh
. "$SUPPORT/qemu_death.sh"

# vlan_host: eth0.10 over the recipe's eth0, its far end in the gateway
vlan_host()
{
	host_static
	printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf # as the file has it
	ip link add eth0.10 link eth0 type vlan id 10
	ip link set eth0.10 up
	ip addr add 10.10.0.2/24 brd + dev eth0.10
	ip addr add fd00:10::2/64 dev eth0.10 nodad
	ip -n gw link add gw0.10 link gw0 type vlan id 10
	ip -n gw link set gw0.10 up
	ip -n gw addr add 10.10.0.1/24 dev gw0.10
	ip -n gw addr add fd00:10::1/64 dev gw0.10 nodad
	wait_for 20 settled eth0.10 && wait_for 20 host_answers 10.10.0.2
}

# identity DEV: index, flags, MAC, what it is
identity()
{
	ip -o -d link show dev "$1" | sed -E 's/ (master|state|promiscuity|allmulti) [^ ]+//g
		s/ *\\? *(bridge_slave|addrgenmode) .*//'
}

delete_bridge()
{
	"$KVMNET" bridge delete br10 >/dev/null 2>&1
}

ok 'a host with a VLAN' vlan_host
run show
like "$out" '^● eth0\.10  vlan  up .*10\.10\.0\.2/24 +vlan 10 of eth0$' 'show has it'

# ---- the card below goes under a bridge ----

kernel=$(kernel_state eth0)
files=$(file_bytes)
vlan=$(kernel_state eth0.10)
link=$(identity eth0.10)
pinging "$WORK/pings" 10.10.0.2
run_is 0 'the card goes under a bridge' bridge create br0 --slave eth0
ok 'the host answers' wait_for 10 host_answers
is "$(kernel_state eth0.10) $(identity eth0.10)" "$vlan $link" 'its VLAN is untouched'
run_is 0 'check finds files and kernel alike' check
run show
like "$out" '^● eth0\.10  vlan  up .*10\.10\.0\.2/24 +vlan 10 of eth0$' 'show has it where it is'
run doctor
like "$out" '^0 errors, 0 warnings' 'the doctor has nothing against it'
run_is 0 'deleted' bridge delete br0
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping into the VLAN is lost'
ok 'the addresses settle' wait_for 10 settled eth0
is "$(kernel_state eth0)$(file_bytes)" "$kernel$files" 'all is as before'
is "$(kernel_state eth0.10) $(identity eth0.10)" "$vlan $link" 'the VLAN too'

# ---- the VLAN is the uplink ----

ip addr flush dev eth0 scope global
ip route add default via 10.10.0.1 dev eth0.10
printf 'DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\n' >"$SCRIPTS/ifcfg-eth0"
cat >"$SCRIPTS/ifcfg-eth0.10" <<-'END'
	DEVICE=eth0.10
	VLAN=yes # of the provider
	ONBOOT=yes
	BOOTPROTO=none
	IPADDR=10.10.0.2
	PREFIX=24
	GATEWAY=10.10.0.1
	IPV6INIT=yes
	IPV6ADDR=fd00:10::2/64
END
kernel=$(kernel_state eth0.10)
files=$(file_bytes)
card=$(kernel_state eth0)
run_is 0 'check has nothing to say' check
run_is 0 'the doctor neither' doctor
pinging "$WORK/pings" 10.10.0.2
run_is 0 'the VLAN goes under a bridge' bridge create br10 --slave eth0.10
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping is lost'
is "$(master eth0.10) $(identity eth0.10)" "br10 $link" 'it is the VLAN that it was'
is "$(kernel_state eth0)" "$card" 'the card below is untouched'
is "$(addresses br10 | tr '\n' ' ')$(default_route)" \
	'10.10.0.2/24 fd00:10::2/64 default via 10.10.0.1 dev br10' 'addresses and routes have moved'
is "$(value ifcfg-eth0.10 VLAN) $(value ifcfg-eth0.10 BRIDGE)" 'yes br10' \
	'the file says both what it is and where it belongs'
run_is 0 'the same again: nothing to do' bridge create br10 --slave eth0.10 --exit-code
run_is 0 'check finds files and kernel alike' check
run doctor
like "$out" '^0 errors, 0 warnings' 'the doctor has nothing against it'
run show
like "$out" '^└─ eth0\.10  vlan +fwd .*vlan 10 of eth0$' 'show tells which of which'
run export
printf '%s\n' "$out" >"$WORK/host.conf"
run_is 0 'applied, its text changes nothing' diff "$WORK/host.conf"

# ---- and the card under a bridge of its own, for what has no tag ----

run_is 0 'the card gets a bridge, too' bridge create br0 --slave eth0
ok 'the host answers in the VLAN' wait_for 10 host_answers 10.10.0.2
run_is 0 'check finds files and kernel alike' check
run_is 0 'that bridge goes' bridge delete br0
pinging "$WORK/pings" 10.10.0.2
run_is 0 'and the other' bridge delete br10
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping is lost'
ok 'the addresses settle' wait_for 10 settled eth0.10
is "$(kernel_state eth0.10)$(file_bytes)" "$kernel$files" 'all is as before'

# ---- deaths ----

dies_and_recovers 2 delete_bridge -- bridge create br10 --slave eth0.10
ok 'the host answers' wait_for 10 host_answers 10.10.0.2

# ---- what sits on a bridge ----

run_is 0 'the VLAN under a bridge again' bridge create br10 --slave eth0.10
ip link add br10.20 link br10 type vlan id 20
run_is 3 'a VLAN on the bridge keeps it from going' bridge delete br10
like "$err" '^kvmnet: error: br10\.20 sits on br10, with all addresses, and would be removed with it$' \
	'and is named'
run_is 3 'from a rollback, too' rollback
like "$err" '^kvmnet: error: br10\.20 sits on br10' 'and is named'
ok 'it is there' ip link show br10.20
run_is 0 'forced, the bridge goes' bridge delete br10 --force=links-on-top
fails 'and the VLAN with it' ip link show br10.20
ok 'the host answers' wait_for 10 host_answers 10.10.0.2
story_end
