#!/usr/bin/env bash
# examples/bond-vlan.conf on two idle cards: made, made again, exported, diffed, rolled back; deaths in the
# middle.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/qemu_death.sh
. "$SUPPORT/qemu_death.sh"
CONF=$KVMNET_SOURCE_DIR/examples/bond-vlan.conf

# two_cards: eth0 and eth1 without a setting, their cables in one switch, which has VLAN 10 at the gateway
two_cards()
{
	local i
	scripts_reader ''
	ip link set lo up
	ip netns add gw
	ip -n gw link set lo up
	ip -n gw link add gw0 type bridge
	for i in 0 1; do
		ip link add "eth$i" address "02:00:00:00:00:0$i" type veth peer name "cable$i" netns gw
		ip -n gw link set "cable$i" master gw0 up
		printf 'DEVICE=eth%s\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\n' "$i" >"$SCRIPTS/ifcfg-eth$i"
	done
	ip -n gw link set gw0 up
	ip -n gw link add gw0.10 link gw0 type vlan id 10
	ip -n gw link set gw0.10 up
	ip -n gw addr add 192.168.12.1/24 dev gw0.10
	echo 'nameserver 180.76.76.76' >/etc/resolv.conf
}

# undo: for dies_and_recovers
undo()
{
	"$KVMNET" rollback >/dev/null 2>&1
}

two_cards
before=$(state_now)
files=$(file_bytes)

run_is 1 'diff tells what would change' diff "$CONF"
is "$(state_now)" "$before" 'and changes nothing'
run_is 0 'applied' apply "$CONF" --no-guard
bonding=/sys/class/net/bond0/bonding
is "$(cat $bonding/{mode,slaves,miimon,lacp_rate,xmit_hash_policy} | tr '\n' ' ')" \
	'802.3ad 4 eth0 eth1 100 fast 1 layer3+4 1 ' 'the bond is what the file says'
like "$(ip -d link show bond0.10)" 'vlan protocol 802\.1Q id 10 ' 'the VLAN of the host'
like "$(ip -d link show bond0.20)" 'vlan protocol 802\.1Q id 20 ' "the guests'"
is "$(master bond0.20) $(addresses bond0.10)" 'br20 192.168.12.118/24' 'the bridge, and the address'
is "$(default_route)" 'default via 192.168.12.1 dev bond0.10 proto static' 'the default route'
ok 'the host answers in its VLAN' wait_for 20 host_answers
is "$(value ifcfg-eth0 MASTER) $(value ifcfg-bond0.10 VLAN) $(value ifcfg-bond0.20 BRIDGE)" 'bond0 yes br20' \
	'the files say the same'
like "$(<"$SCRIPTS/ifcfg-bond0")" '^BONDING_OPTS=.*mode=(802\.3ad|4)' "with the bond's options"

run_is 0 'applied again: nothing to do' apply "$CONF" --exit-code
run_is 0 'diff is silent' diff "$CONF"
run_is 0 'check too' check
run_is 0 'export' export
printf '%s\n' "$out" >"$WORK/host.conf"
like "$out" '^\[bond bond0\]$' 'has the bond'
like "$out" '^\[vlan bond0\.20\]$' 'and the VLANs'
run_is 0 'its text finds nothing to do' apply "$WORK/host.conf" --exit-code
run doctor
like "$out" '^0 errors' 'the doctor finds no error'
run show
like "$out" '^└─ bond0\.20  vlan +fwd .*vlan 20 of bond0$' 'show: the VLAN below its bridge'

run_is 0 'rolled back' rollback
is "$(file_bytes)" "$files" 'the files are as before'
is "$(links)" "$(grep -oE '^[a-z0-9]+@?[^:]*: <' <<<"$before" | sed 's/[@:].*//' | sort | tr '\n' ' ')" \
	'and the links'

dies_and_recovers 2 undo -- apply "$CONF" --no-guard
story_end
