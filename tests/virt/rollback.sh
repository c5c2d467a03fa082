#!/usr/bin/env bash
# The way back from a committed change of networks, with a real libvirtd: making, changing and
# deleting one, and a bridge with a network over it.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
libvirt_host

# goes_back WHAT: the newest change is rolled back to $before, as the dry run says
goes_back()
{
	local now
	now=$(net_everything)
	run_is 0 "$1: a dry run of the way back" rollback --dry-run
	like "$out" '^ +[0-9]+  (define|remove|stop|start|change|no longer) ' "$1: tells its steps"
	is "$(net_everything)" "$now" "$1: and changes nothing"
	run_is 0 "$1: rolled back" rollback --yes
	is "$(net_everything)" "$before" "$1: the networks are as before"
}

before=$(net_everything)
run_is 0 'a network' net create lab --nat --subnet 10.50.0.1/24
goes_back 'making'
is "$(ls -d /sys/class/net/virbr* 2>/dev/null)" '' 'making: its bridge is gone'
run_is 0 'the way back is a change too' rollback --yes
is "$(net_state lab)" 'yes yes yes' 'and can be rolled back'

before=$(net_everything)
run_is 0 'a lease' net host add lab 52:54:00:00:00:01 10.50.0.9 web01
goes_back 'a lease'
run_is 0 'an MTU' net create lab --nat --subnet 10.50.0.1/24 --mtu 1400
goes_back 'an MTU'
is "$(cat /sys/class/net/virbr0/mtu)" 1500 'an MTU: the bridge has the old one'
run_is 0 'deleted' net delete lab
goes_back 'deleting'
is "$(net_state lab)" 'yes yes yes' 'deleting: it runs, and will at boot'

# ---- a bridge and the network over it, in one change ----

run_is 0 'both' bridge create br0 --port eth0 --network lan --yes
like "$(net_xml lan)" "<bridge name='br0'/>" 'both: the network is over the bridge'
goes_back 'both'
ok 'both: the bridge is gone' test ! -e /sys/class/net/br0
like "$(ip -4 -o addr show dev eth0)" '192.168.12.118/24' 'both: the uplink has its address again'

# ---- what somebody else did since ----

run_is 0 'a lease' net host add lab 52:54:00:00:00:01 10.50.0.9
number=$("$KVMNET" history | awk '$1 ~ /^[0-9]+$/ { print $1; exit }')
vsh net-update lab add ip-dhcp-host "<host mac='52:54:00:00:00:05' ip='10.50.0.5'/>" --config --live
now=$(net_everything)
run_is 3 'edited since' rollback --yes
like "$err" 'network lab is not as change [0-9]+ left it' 'says that somebody edited it'
is "$(net_everything)" "$now" 'and leaves it'
run_is 0 'another change of it' net host add lab 52:54:00:00:00:06 10.50.0.6
now=$(net_everything)
run_is 3 'an earlier change' rollback "$number" --yes
like "$err" 'changed again by change [0-9]+' 'names the later one'
is "$(net_everything)" "$now" 'and leaves it'
run_is 0 'which goes back' rollback --yes

# ---- where there is no libvirt, and another one ----

libvirt_stop -TERM
run_is 8 'no daemon' rollback --yes
like "$err" 'libvirt cannot be reached' 'says so'
libvirt_start
other='qemu+unix:///system?socket=/run/libvirt/libvirt-sock'
run_is 0 'a daemon that was named' net create named --isolated --connect "$other"
grep -q "libvirt=$other" /var/lib/kvmnet/history/*
verdict $? 'stands in the record'
run_is 0 'and takes the change back' rollback --yes
is "$(vsh net-list --all --name | grep -cx named)" 0 'the network is gone'

story_end
