#!/usr/bin/env bash
# Scenarios of tests/netns/test_dhcp_client.c: dhcp_client.sh DRIVER SCENARIO. Runs in namespaces of its own
# (network, mounts, processes, host name), where everything that dhclient's scripts write is a copy;
# what is started here ends with the process namespace.
set -u

driver=$1
scenario=$2

if [ "${KN_INSIDE:-}" != "$$" ] && [ "$$" != 1 ]; then
	exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc \
		bash "$0" "$driver" "$scenario"
fi

fail() {
	echo "FAILED ($scenario): $*" >&2
	echo "--- server:" >&2
	cat /run/dnsmasq.log >&2
	echo "--- addresses:" >&2
	ip -4 addr >&2
	cat /run/monitor >&2
	exit 1
}

# Waits for a line in a file that grows.
wait_line() { # FILE NTH PATTERN
	wait_count "$1" "$2" "$3" || fail "no $2. line '$3' in $1"
}

wait_count() {
	local end=$((SECONDS + 30))
	while [ "$(grep -c -- "$3" "$1")" -lt "$2" ]; do
		[ "$SECONDS" -lt "$end" ] || return 1
		read -r -t 0.05 _ <>/run/never
	done
	return 0
}

setup() {
	mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/etc /run/netns || exit 1
	cp -a /etc/. /run/etc && mount --bind /run/etc /etc || exit 1
	mount -t tmpfs tmpfs /var/lib && mkdir -p /var/lib/dhcp || exit 1
	if [ -L /etc/resolv.conf ]; then rm /etc/resolv.conf; fi
	: >/etc/resolv.conf
	mkfifo /run/never
	: >/run/dnsmasq.log
	: >/run/monitor
	ip link set lo up
	ip netns add server || exit 1
	ip link add eth0 type veth peer name s0 netns server || exit 1
	ip -n server addr add 10.9.0.1/24 dev s0
	ip -n server link set s0 up
	ip link set eth0 up
	start_server
	ip -4 monitor address >/run/monitor 2>&1 &
	# It listens once it has seen a change.
	for _ in $(seq 100); do
		ip addr add 127.9.9.9/32 dev lo
		ip addr del 127.9.9.9/32 dev lo
		if grep -q 127.9.9.9 /run/monitor; then break; fi
		read -r -t 0.05 _ <>/run/never
	done
	grep -q 127.9.9.9 /run/monitor || fail "ip monitor does not see changes"
}

start_server() {
	ip netns exec server dnsmasq --keep-in-foreground --port=0 --interface=s0 \
		--bind-interfaces --conf-file=/dev/null --user=root --log-dhcp \
		--log-facility=/run/dnsmasq.log --dhcp-leasefile=/run/dnsmasq.leases --pid-file= \
		--no-ping --dhcp-range=10.9.0.50,10.9.0.60,255.255.255.0,120 \
		--dhcp-option=3,10.9.0.1 --dhcp-option=option:T1,"${T1:-60}" &
	server=$!
	wait_line /run/dnsmasq.log 1 "DHCP, IP range"
}

# As Debian's ifupdown starts it; returns when it is bound.
start_eth0() {
	/sbin/dhclient -4 -i -pf /run/dhclient.eth0.pid -lf /var/lib/dhcp/dhclient.eth0.leases \
		-I -df /var/lib/dhcp/dhclient6.eth0.leases eth0 >/dev/null 2>&1 || fail "no lease"
	address=$(address_of eth0)
	[ -n "$address" ] || fail "eth0 has no address"
}

address_of() {
	ip -4 -o addr show dev "$1" | awk '{ print $4 }'
}

# What the plan does with the kernel: address first, then the port, then the routes.
carry_address() { # FROM TO
	ip addr add "$address" dev "$2" valid_lft 50 preferred_lft 50
	[ "$2" = br0 ] && ip link set eth0 master br0
	[ "$2" = br0 ] || ip link set eth0 nomaster
	ip route replace default via 10.9.0.1 dev "$2" metric 100
	ip addr del "$address" dev "$1"
	ip route flush dev "$1" 2>/dev/null
}

make_bridge() {
	ip link add br0 address "$(ip -o link show eth0 | sed 's/.*ether \([^ ]*\) .*/\1/')" type bridge stp_state 0 \
		forward_delay 0
	ip link set br0 up
}

acks() {
	grep -c DHCPACK /run/dnsmasq.log
}

must_never() { # PATTERN FILE
	if grep -q -- "$1" "$2"; then fail "'$1' in $2"; fi
}

check_on() { # DEV: the client, its address with the renewed lifetime, one default route
	[ "$(address_of "$1")" = "$address" ] || fail "$1 has not $address"
	"$driver" find "$1" | grep -q "^$1 .* $1\$" || fail "no client found on $1"
	[ "$("$driver" find "$1" | grep -c .)" = 1 ] || fail "not exactly one client on $1"
	[ "$(cat "/run/dhclient.$1.pid")" = "$(pid_on "$1")" ] || fail "pid file of $1"
	left=$(ip -4 -o addr show dev "$1" | sed 's/.*valid_lft \([0-9]*\)sec.*/\1/')
	[ "$left" -gt 60 ] || fail "lifetime on $1 not renewed: $left"
	[ "$(ip -4 route show default | grep -c .)" = 1 ] || fail "$(ip -4 route)"
}

pid_on() {
	"$driver" find "$1" | sed -n 's/.* pid=\([0-9]*\) .*/\1/p'
}

session_of() {
	ps -o sid= -p "$1" | tr -d ' '
}

# The address may go from the port, on purpose; the one on $1 must stay.
address_stayed() {
	if grep "^Deleted" /run/monitor | grep -q " $1 .*${address%/*}"; then
		fail "the address was removed from $1"
	fi
}

move() {
	T1=8 setup
	start_eth0
	make_bridge
	carry_address eth0 br0
	before=$(acks)
	"$driver" move eth0 br0 || fail "move"
	[ -z "$("$driver" find eth0)" ] || fail "a client is left on eth0"
	[ ! -e /run/dhclient.eth0.pid ] || fail "pid file of eth0 is left"
	wait_line /run/dnsmasq.log $((before + 1)) DHCPACK
	wait_lifetime br0
	check_on br0
	address_stayed br0
	[ "$(grep -c DHCPDISCOVER /run/dnsmasq.log)" = 1 ] || fail "the lease was not taken up"
	for fd in 0 1 2; do
		case $(readlink "/proc/$(pid_on br0)/fd/$fd") in
		/dev/null | '') ;;
		*) fail "the client holds our descriptor $fd" ;;
		esac
	done
	[ "$(session_of "$(pid_on br0)")" != "$(session_of $$)" ] || fail "client in our session"

	wait_line /run/dnsmasq.log $((before + 2)) DHCPACK # T1: renewed by the distribution's script
	address_stayed br0
	check_on br0

	before=$(acks)
	carry_address br0 eth0
	"$driver" move br0 eth0 || fail "move back"
	wait_line /run/dnsmasq.log $((before + 1)) DHCPACK
	wait_lifetime eth0
	check_on eth0
	[ -z "$("$driver" find br0)" ] || fail "a client is left on br0"
	[ "$(grep -c DHCPDISCOVER /run/dnsmasq.log)" = 1 ] || fail "the lease was not taken up"
	must_never DHCPRELEASE /run/dnsmasq.log
	must_never DHCPDECLINE /run/dnsmasq.log
}

# The script has run when the address has the lease's time instead of the 50 s it was given.
wait_lifetime() {
	local end=$((SECONDS + 20))
	until ip -4 -o addr show dev "$1" | grep -q 'valid_lft 1[0-9][0-9]sec'; do
		[ "$SECONDS" -lt "$end" ] || fail "lifetime on $1 not renewed"
		read -r -t 0.05 _ <>/run/never
	done
}

several() {
	setup
	ip link add eth1 type veth peer name s1 netns server
	ip link set eth1 up
	make_bridge
	for words in "eth0 eth1" ""; do
		# shellcheck disable=SC2086 # several words
		/sbin/dhclient -nw -pf /run/several.pid -lf /var/lib/dhcp/several $words \
			>/dev/null 2>&1
		wait_found
		pid=$(pid_on eth0)
		out=$("$driver" move eth0 br0)
		[ $? = 8 ] || fail "moved, or another exit code: $out"
		case $out in
		*"serves other interfaces besides eth0"*) ;;
		*) fail "message: $out" ;;
		esac
		[ "$(pid_on eth0)" = "$pid" ] || fail "the client was ended"
		kill -9 "$pid"
		while kill -0 "$pid" 2>/dev/null; do read -r -t 0.05 _ <>/run/never; done
		rm -f /run/several.pid
	done
	must_never DHCPRELEASE /run/dnsmasq.log
}

# A client without names is known by its packet socket, which it opens after its first script.
wait_found() {
	local end=$((SECONDS + 20))
	until [ -n "$("$driver" find eth0)" ]; do
		[ "$SECONDS" -lt "$end" ] || fail "no client found on eth0"
		read -r -t 0.05 _ <>/run/never
	done
}

failed() {
	setup
	start_eth0
	make_bridge
	mkdir /var/lib/dhcp/dhclient.br0.leases # nothing can be put in its place
	before=$(acks)
	out=$("$driver" move eth0 br0)
	[ $? = 4 ] || fail "exit code: $out"
	wait_line /run/dnsmasq.log $((before + 1)) DHCPACK
	check_on eth0
	address_stayed eth0
	[ -z "$("$driver" find br0)" ] || fail "a client is left on br0"
	must_never DHCPRELEASE /run/dnsmasq.log
}

silent() {
	setup
	echo "timeout 3; reboot 2;" >>/etc/dhcp/dhclient.conf
	start_eth0
	make_bridge
	carry_address eth0 br0
	watch_scripts
	kill "$server"
	ip -n server addr del 10.9.0.1/24 dev s0 # the router that TIMEOUT pings does not answer
	"$driver" move eth0 br0 || fail "move"
	wait_timeout_script
	[ "$(address_of br0)" = "$address" ] || fail "br0 lost $address"
	address_stayed br0
	[ -n "$(pid_on br0)" ] || fail "the client has ended"
}

# Lets every call of ip by a script of dhclient leave the script's reason in /run/reasons.
watch_scripts() {
	local real
	real=$(readlink -f "$(command -v ip)")
	cp "$real" /run/ip
	cat >/run/ip-watch <<-'END'
		#!/bin/sh
		[ -z "$reason" ] || echo "$reason" >>/run/reasons
		exec /run/ip "$@"
	END
	chmod +x /run/ip-watch
	: >/run/reasons
	mount --bind /run/ip-watch "$real"
}

# The script for TIMEOUT has begun, and no script runs any more (pings take their time).
wait_timeout_script() {
	local pid end=$((SECONDS + 40))
	pid=$(pid_on br0)
	until grep -q TIMEOUT /run/reasons && [ -z "$(cat "/proc/$pid/task/$pid/children")" ]; do
		[ "$SECONDS" -lt "$end" ] || fail "no end of TIMEOUT within 40 s"
		read -r -t 0.05 _ <>/run/never
	done
}

start_stop() {
	setup
	"$driver" start eth0 || fail "start"
	wait_count /run/monitor 1 " eth0 .*inet 10.9\|inet 10.9.*eth0" || fail "no address"
	address=$(address_of eth0)
	pid=$(pid_on eth0)
	"$driver" find eth0 | grep -q "lease=/var/lib/dhcp/dhclient.eth0.leases" || fail "names"
	"$driver" start eth0 || fail "second start"
	[ "$(pid_on eth0)" = "$pid" ] || fail "started twice"
	"$driver" stop eth0 || fail "stop"
	[ -z "$(pid_on eth0)" ] || fail "still there"
	[ "$(address_of eth0)" = "$address" ] || fail "the address went with the client"
	[ ! -e /run/dhclient.eth0.pid ] || fail "pid file left"
	must_never DHCPRELEASE /run/dnsmasq.log
	mount -t tmpfs tmpfs /sbin 2>/dev/null
	mount -t tmpfs tmpfs /usr/sbin
	out=$("$driver" start eth0)
	[ $? = 8 ] || fail "without dhclient: $out"
}

$scenario
echo "ok $scenario"
