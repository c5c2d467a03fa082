#!/usr/bin/env bash
# A DHCP host: the lease moves to the bridge, and the client that served eth0 serves br0. Real
# dnsmasq, real dhclient.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

scripts_reader '' && sandbox_net && recipe_ifcfg_dhcp >"$SCRIPTS/ifcfg-eth0"
: >/etc/resolv.conf
ok 'eth0 settles' wait_for 10 settled eth0
nsenter --net=/run/netns/gw dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root \
	--interface=gw0 --bind-interfaces --port=0 --dhcp-authoritative --no-ping \
	--dhcp-range=192.168.12.100,192.168.12.150,1h --dhcp-option=3,192.168.12.1 \
	--dhcp-option=6,192.168.12.1 --pid-file="$WORK/dnsmasq.pid" \
	--dhcp-leasefile="$WORK/leases" --log-dhcp --log-facility="$WORK/dnsmasq.log" &
ok 'the server runs' wait_for 10 test -s "$WORK/dnsmasq.log"
ok 'eth0 gets a lease' dhclient -4 -q -pf /run/dhclient-eth0.pid \
	-lf /var/lib/dhcp/dhclient-eth0.leases eth0
address=$(addresses eth0 -4)
like "$address" '^192\.168\.12\.1[0-9][0-9]/24$' 'from the range'
like "$(default_route)" '^default via 192\.168\.12\.1 dev eth0' 'and the default route'
ok 'the gateway reaches it' wait_for 10 host_answers "${address%/*}"
before_files=$(file_bytes)
lease=$(cut -d' ' -f2- "$WORK/leases")

# clients: command lines of the DHCP clients that run
clients()
{
	local file
	for file in /proc/[0-9]*/cmdline; do
		tr '\0' ' ' <"$file" 2>/dev/null | grep -E '^[^ ]*dhclient '
	done
	return 0
}
one_client_on()
{
	[ "$(clients | wc -l)" -eq 1 ] && clients | grep -qE " $1 *\$"
}
ok 'one client serves eth0' one_client_on eth0
requests=$(grep -c DHCPDISCOVER "$WORK/dnsmasq.log")

pinging "$WORK/ping" "${address%/*}"
run_is 0 'the bridge is made' bridge create br0 --slave eth0 --dhcp
ok 'the client serves br0 now, and no other runs' wait_for 10 one_client_on br0
ok 'the gateway reaches the host' wait_for 10 host_answers "${address%/*}"
pinging_stop
ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
is "$(addresses br0 -4)" "$address" 'br0 has the same address'
is "$(addresses eth0 -4)" '' 'eth0 has none'
like "$(ip -4 -o addr show dev br0)" 'valid_lft [0-9]+sec' 'with its lifetime'
like "$(default_route)" '^default via 192\.168\.12\.1 dev br0' 'the default route leads through br0'
is "$(default_route | wc -l)" 1 'there is one default route'
is "$(mac br0)" "$SANDBOX_MAC" 'the MAC is the same'
# The server's own view: renewed or untouched, never another lease and never given back.
is "$(cut -d' ' -f2- "$WORK/leases")" "$lease" 'the server knows the same lease: MAC, address, client id'
unlike "$(<"$WORK/dnsmasq.log")" 'DHCPRELEASE' 'the lease was not released'
is "$(grep -c DHCPDISCOVER "$WORK/dnsmasq.log")" "$requests" 'nor asked for anew'
is "$(value ifcfg-br0 BOOTPROTO) $(value ifcfg-eth0 BOOTPROTO)" 'dhcp none' 'the files say so too'
run_is 0 'a second run finds nothing to do' bridge create br0 --slave eth0 --dhcp --exit-code

run_is 0 'the bridge is removed' bridge delete br0
ok 'the client serves eth0 again' wait_for 10 one_client_on eth0
is "$(addresses eth0 -4)" "$address" 'eth0 has the same address'
like "$(default_route)" '^default via 192\.168\.12\.1 dev eth0' 'and the default route'
is "$(file_bytes)" "$before_files" 'the files are as they were'
unlike "$(<"$WORK/dnsmasq.log")" 'DHCPRELEASE' 'the lease was not released'
ok 'the host answers' wait_for 10 host_answers "${address%/*}"
story_end
