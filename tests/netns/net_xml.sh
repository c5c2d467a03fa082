#!/usr/bin/env bash
# net xml on a live host: the subnet collides with nothing that the kernel has, be it on a link that
# is down or in a table of its own; what net create will refuse is a warning; nothing is touched.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
kernel=$(ip addr; ip route show table all; ip rule)

run_is 0 'with a free host the default network is the well-known one' net xml default --nat
like "$out" '192.168.122.1' 'it has 192.168.122.1'
like "$out" 'name="virbr0"' 'its bridge is virbr0'
is "$err" '' 'and nothing has to be said'

ip link add idle type bridge
ip addr add 192.168.122.200/28 dev idle
run_is 0 'an address on a link that is down takes its network' net xml default --nat
like "$out" '192.168.123.1' 'the next subnet is chosen'
like "$err" '192.168.122.0/24 is taken by the address of idle' 'and it is said why'

ip link set idle up
ip route add 192.168.123.0/25 dev idle table 77
run_is 0 'a route in a table of its own takes its network' net xml default --nat
like "$out" '192.168.124.1' 'the next subnet is chosen'

ip route add blackhole 192.168.124.77
run_is 0 'a route that drops packets takes its network' net xml default --nat
like "$out" '192.168.125.1' 'the next subnet is chosen'
ip route del blackhole 192.168.124.77

echo "nameserver 192.168.124.53" >/etc/resolv.conf
files=$(file_state)
run_is 0 'a name server takes its network' net xml default --nat
like "$out" '192.168.125.1' 'the next subnet is chosen'

ip link add virbr0 type bridge
run_is 0 'a bridge of that name is there already' net xml default --nat
like "$out" 'name="virbr1"' 'the next name is chosen'
like "$err" 'virbr0 exists already' 'and it is said why'

run_is 0 'a given subnet that collides is printed' net xml n --nat --subnet 192.168.12.1/25
like "$err" 'overlaps 192.168.12.0/24, the address of eth0' 'with a warning'
run_is 0 'a bridge that is missing is printed' net xml n --bridge br9
like "$err" 'there is no bridge br9' 'with a warning'
run_is 0 'a bridge that is there' net xml n --bridge virbr0
is "$err" '' 'needs no warning'
run_is 0 'a device that is missing is printed' net xml n --macvtap eth9
like "$err" 'there is no device eth9' 'with a warning'

ip link del virbr0
ip link del idle
is "$(ip addr; ip route show table all; ip rule)" "$kernel" 'the kernel is untouched'
is "$(file_state)" "$files" 'the files are untouched'
story_end
