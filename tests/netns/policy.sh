#!/usr/bin/env bash
# Nexthop objects, routes with several next hops, policy rules and further tables follow the uplink
# there and back, in the kernel's own words.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# policy: rules, nexthops and routes of all tables, but what follows from addresses alone
policy()
{
	ip -4 -d rule show
	ip -6 -d rule show
	ip -d nexthop show
	ip -4 -d route show table all | grep -vE '^(broadcast|local) ' | sed 's/ linkdown//'
	ip -6 -d route show table all | grep -vE '^(multicast|anycast|local) |^unicast fe80::/64 '
}

# bridged: the same with the bridge in the uplink's place
bridged()
{
	sed -E 's/\beth0\b/br0/g'
}

# host_policy: everything that can name the uplink
host_policy()
{
	ip link add eth1 type veth peer name far1
	ip link set far1 up
	ip link set eth1 up
	ip addr add 10.200.0.1/24 dev eth1
	ip addr add fd00:200::1/64 dev eth1 nodad
	ip addr add fd00:12::118/64 dev eth0 nodad
	ip route add 192.168.13.1 dev eth0
	ip nexthop add id 10 via 192.168.12.1 dev eth0 proto static
	ip nexthop add id 11 via 10.200.0.254 dev eth1
	ip nexthop add id 12 group 10,3/11
	ip nexthop add id 13 dev eth0
	ip nexthop add id 14 via fd00:12::1 dev eth0
	ip nexthop add id 15 via 10.255.0.1 dev eth0 onlink
	ip nexthop add id 16 via 192.168.13.1 dev eth0
	ip route add 10.50.0.0/16 nhid 10
	ip route add 10.51.0.0/16 nhid 12 metric 7
	ip route add 10.52.0.0/16 nhid 13
	ip route add 10.53.0.0/16 nhid 15 table 100
	ip route add 10.54.0.0/16 nhid 16
	ip -6 route add fd00:50::/48 nhid 14
	ip route add 10.60.0.0/16 proto 42 mtu 1400 nexthop via 192.168.12.1 dev eth0 weight 3 \
		nexthop via 10.200.0.254 dev eth1
	ip route add 10.61.0.0/16 table 100 nexthop via 192.168.12.1 dev eth0 \
		nexthop via 10.255.0.2 dev eth0 onlink weight 9
	ip -6 route add fd00:60::/48 metric 55 nexthop via fd00:12::1 dev eth0 weight 3 \
		nexthop via fd00:200::2 dev eth1
	ip -6 route add fd00:61::/48 nexthop via fd00:12::1 dev eth0 nexthop via fd00:12::2 dev eth0
	ip route add default via 192.168.12.1 dev eth0 table 77
	ip rule add iif eth0 pref 100 lookup 77
	ip rule add oif eth1 pref 100 lookup 78
	ip rule add from 10.0.0.0/8 fwmark 0x5/0xf oif eth0 ipproto tcp dport 80-90 pref 100 lookup 79
	ip rule add not from 192.168.12.7 iif eth0 tos 0x10 suppress_prefixlength 0 pref 200 lookup 77
	ip rule add iif eth0 uidrange 5-9 pref 0 lookup 77
	ip rule add iif eth0 pref 300 prohibit
	ip rule add iif eth0 pref 250 goto 300
	ip rule add from 10.9.0.0/16 pref 400 lookup 77
	ip -6 rule add iif eth0 to fd00:77::/64 pref 99 lookup 77
}

host_static
host_policy
before=$(policy)
rules=$(ip -d rule show)
ip neigh add 192.168.12.200 lladdr 52:54:00:00:00:99 nud permanent dev eth0
ip neigh add proxy 192.168.12.201 dev eth0
neighbours=$(ip neigh show nud permanent dev eth0; ip neigh show proxy dev eth0)

# Spliced where the kernel can, and the way that older kernels go.
for way in '' --no-splice; do
	# shellcheck disable=SC2086
	set -- $way
	pinging "$WORK/ping" 192.168.12.118
	run_is 0 'the bridge is made' bridge create br0 --port eth0 --no-persist "$@"
	pinging_stop
	ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
	is "$(policy | sort)" "$(bridged <<<"$before" | sort)" 'everything names br0 where it named eth0'
	is "$(ip -d rule show)" "$(bridged <<<"$rules")" 'rules stand in their order'
	is "$(ip neigh show nud permanent dev br0; ip neigh show proxy dev br0)" "$neighbours" \
		'permanent and proxy neighbours are on br0'
	like "$(ip route get 10.50.1.1)" 'via 192\.168\.12\.1 dev br0' 'a route follows its nexthop'
	run_is 0 'a second run finds nothing to do' bridge create br0 --port eth0 --no-persist "$@" --exit-code

	pinging "$WORK/ping" 192.168.12.118
	run_is 0 'the bridge is removed' bridge delete br0 --no-persist "$@"
	pinging_stop
	ok 'at most one packet was lost on the way back' test "$(lost "$WORK/ping")" -le 1
	is "$(policy | sort)" "$(sort <<<"$before")" 'everything names eth0 again'
	is "$(ip -d rule show)" "$rules" 'and rules stand in their order'
	is "$(ip neigh show nud permanent dev eth0; ip neigh show proxy dev eth0)" "$neighbours" \
		'permanent and proxy neighbours are back on eth0'
done
story_end
