#!/usr/bin/env bash
# A bridge in use gets another MAC address: its neighbours hear of it at once, and the settings that
# make the kernel tell them are afterwards what they were.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# conf: the two settings of br0
conf()
{
	cat /proc/sys/net/ipv4/conf/br0/arp_notify /proc/sys/net/ipv6/conf/br0/ndisc_notify | tr '\n' ' '
}

# knows MAC ADDRESS: the gateway has that MAC for the host's address
knows()
{
	gw ip neigh show "$2" dev gw0 | grep -q " $1 "
}

# changed NAME MAC: a new MAC under pings of both families; at most one echo of each is lost
changed()
{
	local name=$1 mac=$2
	gw ping -n -q -c 1 -W 1 fd00:12::118 >/dev/null
	nsenter --net=/run/netns/gw ping -n -q -i 0.02 -W 1 -w 60 fd00:12::118 >"$WORK/six" 2>&1 &
	local six=$!
	wait_for 10 takes_interrupt "$six"
	pinging "$WORK/four" 192.168.12.118
	run_is 0 "$name" bridge set br0 --mac "$mac" --no-persist
	ok "$name: the gateway knows, IPv4" wait_for 10 knows "$mac" 192.168.12.118
	ok "$name: the gateway knows, IPv6" wait_for 10 knows "$mac" fd00:12::118
	ok "$name: the gateway gets answers, IPv4" wait_for 20 host_answers
	ok "$name: the gateway gets answers, IPv6" wait_for 20 host_answers fd00:12::118
	pinging_stop
	kill -INT "$six"
	wait "$six"
	[ "$(lost "$WORK/four")" -le 1 ] && [ "$(lost "$WORK/six")" -le 1 ]
	verdict $? "$name: at most one echo lost ($(lost "$WORK/four") IPv4, $(lost "$WORK/six") IPv6)"
}

host_static
# Without a gateway nobody is asked whether he answers: that alone would tell the one who is asked.
ip route del default
ip addr add fd00:12::118/64 dev eth0 nodad
run_is 0 'the bridge is made' bridge create br0 --port eth0 --no-persist
before=$(conf)
changed 'the first change' 02:00:00:00:00:01
# The port's own MAC is received all the same; from now on the old address is nobody's.
changed 'the next change' 02:00:00:00:00:02
is "$(conf)" "$before" 'the settings are as before'
echo 1 >/proc/sys/net/ipv4/conf/br0/arp_notify
echo 1 >/proc/sys/net/ipv6/conf/br0/ndisc_notify
changed 'where it is set already' 02:00:00:00:00:03
is "$(conf)" '1 1 ' 'it stays'
echo 0 >/proc/sys/net/ipv4/conf/br0/arp_notify
echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
run_is 0 'without IPv6' bridge set br0 --mac 02:00:00:00:00:04 --no-persist
ok 'the gateway knows' wait_for 10 knows 02:00:00:00:00:04 192.168.12.118
story_end
