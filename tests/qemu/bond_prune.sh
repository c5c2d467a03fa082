#!/usr/bin/env bash
# A card leaves a bond that carries the host: apply --prune releases what the section no longer names, under
# traffic, the active one too; never the last that works, and never one that somebody else put there. Killed
# in the middle, rolled back, with the file of before.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/qemu_death.sh
. "$SUPPORT/qemu_death.sh"

# cards N: eth0 to eth(N-1), idle, with cables to one switch at the gateway, which asks nobody
cards()
{
	local i
	scripts_reader ''
	ip link set lo up
	ip netns add gw
	ip -n gw link set lo up
	ip -n gw link add gw0 type bridge
	for i in $(seq 0 $(($1 - 1))); do
		ip link add "eth$i" address "02:00:00:00:00:0$i" type veth peer name "cable$i" netns gw
		ip -n gw link set "cable$i" master gw0 up
		printf 'DEVICE=eth%s\nTYPE=Ethernet\nONBOOT=no # spare %s\n' "$i" "$i" >"$SCRIPTS/ifcfg-eth$i"
	done
	ip -n gw link set gw0 up
	ip -n gw addr add 192.168.12.1/24 dev gw0
	echo 'nameserver 180.76.76.76' >/etc/resolv.conf
}

# conf NAME PORTS LINE...: a bond with these ports and lines under the host's bridge
conf()
{
	local name=$1 ports=$2
	shift 2
	{
		printf '%s\n' '[bond bond0]' "ports = $ports" 'miimon = 50' "$@" ''
		printf '%s\n' '[bridge br0]' 'ports = bond0' 'ipv4 = 192.168.12.118/24' 'gateway = 192.168.12.1' \
			'ipv6 = none'
	} >"$WORK/$name.conf"
}

# slaves: of bond0, by name: one that came back is the last in the kernel's own order
slaves()
{
	tr ' ' '\n' </sys/class/net/bond0/bonding/slaves | sort | tr '\n' ' ' | sed 's/^ *//'
}

# bond: its ports, and which of them is the primary and which the active one
bond()
{
	(cd /sys/class/net/bond0/bonding && echo "$(slaves)/ $(cat primary) / $(cat active_slave)")
}

# carries PORT: the bond sends over it; made so where the bond lets it
carries()
{
	echo "$1" >/sys/class/net/bond0/bonding/active_slave
	[ "$(cat /sys/class/net/bond0/bonding/active_slave)" = "$1" ]
}

# works PORT: the bond counts its cable as plugged in
works()
{
	[ "$(cat "/sys/class/net/$1/bonding_slave/mii_status")" = up ]
}

# is_cut PORT
is_cut()
{
	! works "$1"
}

# all: what is to be as before
all()
{
	file_bytes
	kernel_state br0
	for port in eth0 eth1 eth2 eth3 eth4 eth5; do
		echo "$port $(master $port) $(mac $port) $(ip -br link show $port | grep -oE '[<,]UP[,>]' | tr -d '<,>')"
	done
	slaves
	cat /sys/class/net/bond0/bonding/{mode,miimon,primary}
}

# undo: for dies_and_recovers
undo()
{
	"$KVMNET" rollback >/dev/null 2>&1
}

# few_lost: until the host sends again, or the old cable is dead, the switch sends where nobody listens
few_lost()
{
	local n
	n=$(lost "$WORK/pings")
	diag "lost: $n"
	ok 'the host is reached but for an instant' test "$n" -le 20
}

cards 6
conf three 'eth0 eth1 eth2' 'primary = eth0'
conf two 'eth1 eth2'
conf one 'eth2'
conf other 'eth3'
spare=$(<"$SCRIPTS/ifcfg-eth0")
run_is 0 'a bond of three under a bridge' apply "$WORK/three.conf" --no-guard
ok 'the host answers' wait_for 20 host_answers
ok 'over the primary' wait_for 20 carries eth0
ok 'every cable is in use' wait_for 20 works eth1
ok 'of all three' wait_for 20 works eth2
before=$(all)

# ---- the active port leaves ----

run_is 0 'without --prune it stays' apply "$WORK/two.conf" --exit-code
run_is 1 'with --prune it is to leave' diff "$WORK/two.conf" --prune
like "$out" '^ +1  set active port of bond0 to eth[12] \(was eth0\)$' \
	'another one is active first'
run diff "$WORK/two.conf" --prune --json
like "$out" '"op": *"bond-active"' 'the document says so, too'
run diff "$WORK/two.conf" --prune
like "$out" 'detach eth0 from bond0' 'then it is detached'
like "$out" 'eth0 and bond0 have the same MAC address' 'and what that leads to is said'
is "$(all)" "$before" 'nothing has changed yet'
pinging "$WORK/pings" 192.168.12.118
run_is 0 'it leaves' apply "$WORK/two.conf" --prune --no-guard
pinging_stop
few_lost
like "$(bond)" '^eth1 eth2 / +/ eth[12]$' 'the others carry, and none is the primary'
is "$(master eth0) $(mac eth0)" ' 02:00:00:00:00:00' 'the card is free, with its own MAC address'
unlike "$(ip -br link show eth0)" '[<,]UP[,>]' 'and down: no second host in the network'
is "$(<"$SCRIPTS/ifcfg-eth0")" "$spare" 'its file is as it was before the bond'
is "$(value ifcfg-bond0 BONDING_OPTS)" 'mode=active-backup miimon=50' "the bond's names no primary"
ok 'the host answers' wait_for 20 host_answers
run_is 0 'again: nothing to do' apply "$WORK/two.conf" --prune --exit-code
run_is 0 'files and kernel agree' check
pinging "$WORK/pings" 192.168.12.118
run_is 0 'rolled back' rollback
pinging_stop
diag "lost while the primary came back: $(lost "$WORK/pings")" # the bond takes it before its switch does
is "$(all)" "$before" 'everything is as before'

# ---- the last one that works does not ----

ip -n gw link set cable2 down
ok 'a cable is cut' wait_for 20 is_cut eth2
before=$(all)
run_is 3 'the last ports with a carrier stay' apply "$WORK/one.conf" --prune --no-guard
like "$err" '^kvmnet: error: ports of bond0 \(--prune\): eth[01] is the last port of bond0 with a carrier' 'with the reason'
like "$err" '^hint: give it another port with a cable first' 'and what to do'
is "$(all)" "$before" 'nothing was changed'
run_is 3 'nor for a new one in the same change' apply "$WORK/other.conf" --prune --no-guard
ip -n gw link set cable2 up
ok 'the cable is mended' wait_for 20 works eth2
run_is 0 'the new one first' apply "$WORK/other.conf" --no-guard
ok 'until it works' wait_for 20 works eth3
pinging "$WORK/pings" 192.168.12.118
run_is 0 'then the old ones leave, all of them' apply "$WORK/other.conf" --prune --no-guard
pinging_stop
few_lost
is "$(bond)" 'eth3 /  / eth3' 'one is left'
run_is 0 'the first ones come back' apply "$WORK/three.conf" --no-guard
ok 'and work' wait_for 20 works eth2
run_is 0 'and the new one leaves' apply "$WORK/three.conf" --prune --no-guard
ok 'the bond is as before' wait_for 20 carries eth0
is "$(all)" "$before" 'in every respect'

# ---- others' ports ----

conf pair 'eth0 eth1 eth2' 'primary = eth0' '' '[bond bond1]' 'ports = eth4'
run_is 0 'a second bond' apply "$WORK/pair.conf" --no-guard
before=$(all)
ip link set eth5 master bond1
run_is 3 'it is not removed under a card that somebody put there' apply "$WORK/three.conf" --prune --no-guard
like "$err" 'bond bond1 \(--prune\): bond1 still has a port that no file puts there \(eth5\)' 'with the reason'
is "$(master eth4) $(master eth5)" 'bond1 bond1' 'both stay'
printf 'DEVICE=eth5\nONBOOT=yes\nMASTER=bond1\nSLAVE=yes\n' >"$SCRIPTS/ifcfg-eth5"
files=$(file_bytes)
run_is 0 'nor where their file says so' apply "$WORK/three.conf" --prune --no-guard --exit-code
like "$err$out" 'bond bond1 is left as it is: ifcfg-eth5, which kvmnet did not write' 'which is told'
is "$(file_bytes)" "$files" 'and their file is not touched'
is "$(master eth4) $(master eth5)" 'bond1 bond1' 'both stay'
ip link set eth5 nomaster
printf 'DEVICE=eth5\nTYPE=Ethernet\nONBOOT=no # spare 5\n' >"$SCRIPTS/ifcfg-eth5"

# ---- to another bond, in one change ----

conf moved 'eth1 eth2' '' '[bond bond1]' 'ports = eth4 eth0'
run_is 0 'the active port goes to the other bond' apply "$WORK/moved.conf" --prune --no-guard
is "$(master eth0) $(bond)" 'bond1 eth1 eth2 /  / eth1' 'it is there'
is "$(value ifcfg-eth0 MASTER)" bond1 'its file, too'
run_is 0 'again: nothing to do' apply "$WORK/moved.conf" --prune --exit-code
run_is 0 'both bonds and their ports go back' rollback
is "$(all)" "$before" 'to what they were'

# ---- a mode that exchanges its ports' MAC addresses ----

run_is 0 'the second bond goes' apply "$WORK/three.conf" --prune --no-guard
conf alb 'eth0 eth1 eth2' 'primary = eth0' '' '[bond bond1]' 'ports = eth3 eth4' 'mode = balance-alb'
conf alb-less 'eth0 eth1 eth2' 'primary = eth0' '' '[bond bond1]' 'ports = eth4' 'mode = balance-alb'
run_is 0 'a bond that balances by addresses' apply "$WORK/alb.conf" --no-guard
ok 'both ports work' wait_for 20 works eth4
run_is 0 'the active one leaves' apply "$WORK/alb-less.conf" --prune --no-guard
is "$(master eth3) $(mac eth3)" ' 02:00:00:00:00:03' 'with its own MAC address'
run_is 0 'and comes back, whichever addresses the bond gives them' rollback
run_is 0 'the bond goes' apply "$WORK/three.conf" --prune --no-guard

# ---- deaths ----

dies_and_recovers 2 undo -- apply "$WORK/two.conf" --prune --no-guard
is "$(bond)" 'eth0 eth1 eth2 / eth0 / eth0' 'the bond has its ports'
ok 'the host answers' wait_for 20 host_answers
story_end
