#!/usr/bin/env bash
# A bridge over a card and, beside it, a bridge over a VLAN of the same card: made at once, one after the
# other, taken apart in either order, pruned; what would take somebody's frames is refused.
# ctest: once
# ctest: timeout=600
# shellcheck source=tests/support/qemu.sh
. "$(dirname "$0")/../support/qemu.sh"
# shellcheck source=tests/support/qemu_death.sh
. "$SUPPORT/qemu_death.sh"

# far_end ID: VLAN ID at the gateway
far_end()
{
	ip -n gw link add "gw0.$1" link gw0 type vlan id "$1"
	ip -n gw link set "gw0.$1" up
	ip -n gw addr add "10.$1.0.1/24" dev "gw0.$1"
}

# undo: for dies_and_recovers
undo()
{
	"$KVMNET" rollback >/dev/null 2>&1
}

host_static
printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf # as the file has it
far_end 20
# The section of the VLAN stands first, and is carried out after the bridge's.
printf '%s\n' '[vlan eth0.20]' 'link = eth0' 'id = 20' '[bridge br20]' 'ports = eth0.20' 'ipv4 = 10.20.0.2/24' \
	>"$WORK/guests.conf"
{ cat "$WORK/guests.conf" && printf '%s\n' '[bridge br0]' 'ports = eth0'; } >"$WORK/both.conf"
kernel=$(kernel_state eth0)
files=$(file_bytes)

# ---- at once ----

pinging "$WORK/pings" 192.168.12.118
run_is 0 'the card under one bridge, its VLAN under another' apply "$WORK/both.conf" --no-guard
is "$(master eth0) $(master eth0.20)" 'br0 br20' 'both are where they belong'
like "$out" '^the frames of VLAN 20 that come in on eth0 go to eth0\.20, and do not reach br0' 'and it is said'
ok 'the host answers in the VLAN' wait_for 20 host_answers 10.20.0.2
ok 'and without a tag' host_answers
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping is lost'
is "$(value ifcfg-eth0 BRIDGE) $(value ifcfg-eth0.20 VLAN) $(value ifcfg-eth0.20 BRIDGE)" 'br0 yes br20' \
	'the files say the same'
run_is 0 'again: nothing to do' apply "$WORK/both.conf" --exit-code
run_is 0 'check has nothing to say' check
run doctor
like "$out" '^0 errors, 0 warnings' 'nor has the doctor'
run show
like "$out" '^└─ eth0\.20  vlan +fwd .*vlan 20 of eth0$' 'show tells which of which'
run_is 0 'export' export
printf '%s\n' "$out" >"$WORK/host.conf"
run_is 0 'its text finds nothing to do' apply "$WORK/host.conf" --exit-code
run_is 0 'rolled back' rollback
ok 'the addresses settle' wait_for 10 settled eth0
is "$(kernel_state eth0)$(file_bytes)" "$kernel$files" 'all is as before'
is "$(links)" 'eth0 lo ' 'and nothing is left'
dies_and_recovers 4 undo -- apply "$WORK/both.conf" --no-guard

# ---- one after the other ----

run_is 0 'the bridge first' bridge create br0 --slave eth0
run_is 0 'then the VLAN of its port' apply "$WORK/guests.conf" --no-guard
ok 'answers in its VLAN' wait_for 20 host_answers 10.20.0.2
run_is 0 'again: nothing to do' apply "$WORK/guests.conf" --exit-code
run_is 0 'check has nothing to say' check
pinging "$WORK/pings" 10.20.0.2
run_is 0 'the bridge goes from under it' bridge delete br0
is "$(master eth0.20) $(default_route)" 'br20 default via 192.168.12.1 dev eth0' 'the VLAN stays where it is'
ok 'the host answers' wait_for 10 host_answers
run_is 0 'and comes again' bridge create br0 --slave eth0
pinging_stop
is "$(lost "$WORK/pings")" 0 'no ping into the VLAN is lost by both'
like "$out" '^eth0\.20 stays on eth0 and keeps the frames of its VLAN: they do not reach br0' 'the VLAN is named'
ok 'the host answers' wait_for 10 host_answers
run_is 0 'check has nothing to say' check
printf '%s\n' '[bridge br0]' 'ports = eth0' >"$WORK/bare.conf"
run_is 0 'what the file has no more goes' apply "$WORK/bare.conf" --prune --no-guard
is "$(links)" 'br0 eth0 lo ' 'the VLAN and its bridge'
ok 'the host answers' wait_for 10 host_answers

# ---- whose frames ----

# vlan_is_refused ID NAME MESSAGE
vlan_is_refused()
{
	local before
	before="$(links) $(file_bytes)"
	printf '%s\n' "[vlan eth0.$1]" 'link = eth0' "id = $1" >"$WORK/refused.conf"
	run_is 3 "$2" apply "$WORK/refused.conf" --no-guard
	like "$err" "$3" 'with the reason'
	is "$(links) $(file_bytes)" "$before" 'and nothing is changed'
}

ip link add br0.40 link br0 type vlan id 40
vlan_is_refused 40 'a VLAN that the bridge has' 'br0\.40 would get no frame that comes in on eth0: VLAN 40'
run_is 0 'unless that is wanted' apply "$WORK/refused.conf" --no-guard --force=vlan-taken
run doctor br0 --json
like "$out" '"title": *"br0 gets no frame of VLAN 40 from its port eth0: eth0\.40 takes them"' 'the doctor sees it'
run_is 0 'taken back' rollback
run_is 0 'the bridge knows VLANs now' bridge set br0 --vlan-filtering on
bridge vlan add vid 50-59 dev eth0
vlan_is_refused 55 'a VLAN of guests' 'br0 has VLAN 55 on its port eth0: guests in it'
printf '%s\n' '[vlan eth0.60]' 'link = eth0' 'id = 60' >"$WORK/other.conf"
run_is 0 'another one is nobody'"'"'s' apply "$WORK/other.conf" --no-guard
unlike "$out" 'do not reach' 'and there is nothing to say of it'

# ---- one that takes every frame ----

ip link add eth1 type dummy
ip link set eth1 up
ip link add link eth1 name mac7 type macvlan mode bridge
before="$(links) $(file_bytes)"
run_is 3 'a card under a macvlan' bridge create br1 --slave eth1 --no-ip
like "$err" 'eth1 cannot be a port of br1: mac7 \(macvlan\) stands on it' 'with the reason'
run_is 3 'the same as a further port' port add br0 eth1 --force=second-uplink
like "$err" 'eth1 cannot be a port of br0: mac7 \(macvlan\) stands on it' 'with the reason'
is "$(links) $(file_bytes)" "$before" 'and nothing is changed'
story_end
