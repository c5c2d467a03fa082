#!/usr/bin/env bash
# bridge set and port add, set, remove change the running bridge and its files in place.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
ip link add eth1 type veth peer name eth1peer netns gw
ip link set eth1 up
gw ip link set eth1peer up
run_is 0 'the bridge is made' bridge create br0 --port eth0
port=$(ip -o link show dev eth0)

run_is 0 'options are set' bridge set br0 --ageing 120 --priority 4096 --mcast-snooping off
is "$(</sys/class/net/br0/bridge/ageing_time)" 12000 'ageing is live'
is "$(</sys/class/net/br0/bridge/priority)" 4096 'priority is live'
is "$(</sys/class/net/br0/bridge/multicast_snooping)" 0 'snooping is live'
like "$(<"$SCRIPTS/ifcfg-br0")" 'BRIDGING_OPTS=.*priority=4096' 'and in the file'
is "$(ip -o link show dev eth0)" "$port" 'the port is untouched'
run_is 0 'the same again: nothing to do' bridge set br0 --ageing 120 --priority 4096 \
	--mcast-snooping off --exit-code

run_is 0 'the address can be changed' bridge set br0 --static 192.168.12.122/24
is "$(addresses br0)" 192.168.12.122/24 'live'
is "$(value ifcfg-br0 IPADDR)" 192.168.12.122 'and in the file'
is "$(default_route)" 'default via 192.168.12.1 dev br0' 'the default route stays'
ok 'it answers' wait_for 10 host_answers 192.168.12.122

run_is 0 'a metric alone can be given' bridge set br0 --metric 77
like "$(default_route)" '^default via 192\.168\.12\.1 dev br0 .*metric 77$' 'it is that of the live default route'
is "$(value ifcfg-br0 METRIC)" 77 'and in the file'
run_is 0 'the same again: nothing to do' bridge set br0 --metric 77 --exit-code

run_is 0 'a port is added' port add br0 eth1 --force=second-uplink
is "$(master eth1)" br0 'live'
is "$(value ifcfg-eth1 BRIDGE)" br0 'and in a file of its own'
run_is 0 'port options are set' port set br0 eth1 --isolated on --hairpin on --cost 10 --no-persist
is "$(</sys/class/net/eth1/brport/isolated)$(</sys/class/net/eth1/brport/hairpin_mode)" 11 'both are live'
is "$(</sys/class/net/eth1/brport/path_cost)" 10 'and the cost'
run_is 0 'the port is removed' port remove br0 eth1
is "$(master eth1)" '' 'live'
is "$(value ifcfg-eth1 BRIDGE 2>/dev/null)" '' 'and in the file'
ok 'the host answers all the same' wait_for 10 host_answers 192.168.12.122
story_end
