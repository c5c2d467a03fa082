#!/usr/bin/env bash
# The recipe's static host becomes a bridge: files and kernel, with the gateway asking all the while.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
before_files=$(file_state)
before_kernel=$(kernel_state eth0)
command=(bridge create br0 --slave eth0 --static 192.168.12.118/24 --gateway 192.168.12.1
	--dns 180.76.76.76 --dns 114.114.114.114)

run_is 0 'a dry run succeeds' "${command[@]}" --dry-run
like "$out" '^\+BRIDGE=br0$' 'the dry run shows the diff of the port'
like "$out" '^\+TYPE=Bridge$' 'the dry run shows the diff of the bridge'
like "$out" '^ +1  ' 'the dry run numbers the live steps'
like "$out" 'Nothing was changed' 'the dry run says that nothing was changed'
is "$(file_state)" "$before_files" 'a dry run leaves the files alone'
is "$(kernel_state eth0)" "$before_kernel" 'a dry run leaves the kernel alone'
is "$(links)" 'eth0 lo ' 'a dry run makes no link'

pinging "$WORK/ping" 192.168.12.118
run_is 0 'the bridge is made' "${command[@]}"
ok 'the gateway reaches the host afterwards' host_answers
pinging_stop
# Without a splice the bridge hooks the port's receive path some microseconds before it forwards.
ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
ok 'the host reaches the gateway afterwards' gateway_answers

is "$(master eth0)" br0 'eth0 is a port of br0'
is "$(addresses br0)" 192.168.12.118/24 'br0 has the address'
is "$(addresses eth0)" '' 'eth0 has none'
is "$(default_route)" 'default via 192.168.12.1 dev br0' 'the default route leads through br0'
is "$(mac br0)" "$SANDBOX_MAC" "br0 has the uplink's MAC"
is "$(</sys/class/net/br0/addr_assign_type)" 3 'and keeps it: it is set, not taken from a port'
is "$(</sys/class/net/br0/bridge/stp_state)" 0 'STP is off'
is "$(</sys/class/net/br0/bridge/forward_delay)" 0 'the forward delay is 0'
is "$(</sys/class/net/eth0/brport/state)" 3 'the port forwards'
is "$(links)" 'br0 eth0 lo ' 'no temporary link is left'
is "$(</proc/sys/net/ipv6/conf/eth0/disable_ipv6)" 1 'IPv6 is off on the port'

is "$(value ifcfg-eth0 BRIDGE)" br0 'ifcfg-eth0 names the bridge'
is "$(value ifcfg-eth0 BOOTPROTO)" none 'ifcfg-eth0 configures no address'
is "$(value ifcfg-eth0 IPADDR)" '' 'ifcfg-eth0 has no address any more'
is "$(value ifcfg-eth0 NAME)" 'System eth0' 'ifcfg-eth0 keeps its name'
is "$(value ifcfg-eth0 HWADDR)" 44:37:E6:4A:62:AD 'ifcfg-eth0 keeps its HWADDR'
is "$(value ifcfg-br0 TYPE)" Bridge 'ifcfg-br0 is a bridge'
is "$(value ifcfg-br0 IPADDR)/$(value ifcfg-br0 PREFIX)" 192.168.12.118/24 'with the address'
is "$(value ifcfg-br0 GATEWAY)" 192.168.12.1 'the gateway'
is "$(value ifcfg-br0 DNS1) $(value ifcfg-br0 DNS2)" '180.76.76.76 114.114.114.114' 'the name servers'
is "$(value ifcfg-br0 STP) $(value ifcfg-br0 DELAY)" 'no 0' 'STP and delay'
is "$(value ifcfg-br0 MACADDR)" 44:37:E6:4A:62:AD 'and the pinned MAC'
is "$(value ifcfg-br0 NM_CONTROLLED) $(value ifcfg-eth0 NM_CONTROLLED)" 'no no' \
	'both are kept from NetworkManager'
is "$(find "$SCRIPTS" -name '.*~')" '' 'no temporary file is left'
like "$(</etc/resolv.conf)" '^nameserver 114.114.114.114$' 'the second name server serves at once'

run_is 0 'bridge show knows it' bridge show br0
like "$out" '192\.168\.12\.118/24' 'and its address'
run_is 0 'bridge list shows it' bridge list
like "$out" 'eth0' 'with its port'
story_end
