#!/usr/bin/env bash
# A state that somebody left half done is completed, not refused.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

command=(bridge create br0 --port eth0 --static 192.168.12.118/24 --gateway 192.168.12.1)

# complete NAME: both sides are as the recipe promises
complete()
{
	is "$(master eth0)" br0 "$1: eth0 is a port"
	is "$(addresses br0)" 192.168.12.118/24 "$1: br0 has the address"
	is "$(addresses eth0)" '' "$1: eth0 has none"
	is "$(default_route)" 'default via 192.168.12.1 dev br0' "$1: the default route is on br0"
	is "$(value ifcfg-br0 IPADDR)" 192.168.12.118 "$1: the bridge's file has the address"
	is "$(value ifcfg-eth0 BRIDGE)" br0 "$1: the port's file names the bridge"
	ok "$1: the host answers" wait_for 10 host_answers
	run_is 0 "$1: then nothing is left to do" "${command[@]}" --exit-code
}

host_static
run_is 0 'files only' "${command[@]}" --no-live
is "$(links)" 'eth0 lo ' 'leaves the kernel alone'
files=$(file_state | grep ifcfg)
run_is 0 'files without kernel are completed' "${command[@]}"
complete 'files first'
is "$(file_state | grep ifcfg)" "$files" 'files first: the files were right and stay untouched'

host_again
files=$(file_state)
run_is 0 'kernel only' "${command[@]}" --no-persist
is "$(file_state)" "$files" 'leaves the files alone'
kernel=$(kernel_state br0)
run_is 0 'a kernel without files is completed' "${command[@]}"
complete 'kernel first'
is "$(kernel_state br0)" "$kernel" 'kernel first: the kernel was right and stays untouched'

host_again
ip link add br0 address "$SANDBOX_MAC" type bridge
ip link set br0 up
ip link set eth0 master br0
run_is 0 'a port that still has the address is completed' "${command[@]}"
complete 'address left on the port'

host_again
ip link add br0 type bridge
run_is 0 'an empty bridge is completed' "${command[@]}"
complete 'empty bridge'
is "$(mac br0)" "$SANDBOX_MAC" 'empty bridge: it got the uplink'"'"'s MAC'

host_again
ip link add br0 address "$SANDBOX_MAC" type bridge
ip link set br0 up
ip addr add 192.168.12.118/24 dev br0
run_is 0 'an address that is on both is completed' "${command[@]}"
complete 'address on both'

# The kernel makes one group of a route and its copy.
host_again
ip addr add fd00:12::118/64 dev eth0 nodad
ip -6 route add fd00:77::/48 via fd00:12::2 dev eth0
ip link add br0 address "$SANDBOX_MAC" type bridge
ip link set br0 up
ip addr add fd00:12::118/64 dev br0 nodad
ip -6 route append fd00:77::/48 via fd00:12::2 dev br0
is "$(ip -6 route show fd00:77::/48 | grep -c nexthop)" 2 'an IPv6 route and its copy are a group'
run_is 0 'a route that is on both is completed' "${command[@]}"
like "$(ip -6 route show fd00:77::/48)" '^fd00:77::/48 via fd00:12::2 dev br0 ' 'route on both: one is left'
is "$(addresses eth0)" '' 'route on both: eth0 has no address'
ok 'route on both: the host answers' wait_for 10 host_answers fd00:12::118

host_again
sed -i 's/^BOOTPROTO.*/BOOTPROTO=none/; /^IPADDR/d; /^PREFIX/d; /^GATEWAY/d; /^DNS/d' \
	"$SCRIPTS/ifcfg-eth0"
echo BRIDGE=br0 >>"$SCRIPTS/ifcfg-eth0"
run_is 0 "a port's file alone is completed" "${command[@]}"
complete "port's file alone"
story_end
