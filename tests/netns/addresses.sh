#!/usr/bin/env bash
# Several addresses move with labels, order and lifetime, and come back.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
ip addr add 192.168.12.119/24 brd + dev eth0
ip addr add 192.168.12.120/24 brd + dev eth0 label eth0:1
ip addr add 10.20.0.5/16 brd + dev eth0
ip addr add 10.30.0.1/32 dev eth0
ip addr add fd00:12::118/64 dev eth0 nodad
ip addr add fd00:12::119/64 dev eth0 nodad
gw ip addr add 10.20.0.1/16 dev gw0
before=$(kernel_state eth0)
wanted4=$(addresses eth0 -4)
wanted6=$(addresses eth0 -6 | sort)

run_is 0 'the bridge inherits everything' bridge create br0 --port eth0 --no-persist
is "$(addresses br0 -4)" "$wanted4" 'all IPv4 addresses are on br0, in the same order'
is "$(addresses br0 -6 | sort)" "$wanted6" 'all IPv6 addresses are on br0'
is "$(addresses eth0)" '' 'none is left on eth0'
like "$(ip -o -4 addr show dev br0)" '192\.168\.12\.120/24 .*br0:1' 'the label names br0 now'
like "$(ip -o -4 addr show dev br0)" '192\.168\.12\.119/24 .*secondary' 'secondaries stay secondary'
is "$(ip -6 addr show dev br0 tentative)" '' 'no address waits for duplicate detection'
for address in 192.168.12.118 192.168.12.119 192.168.12.120 10.20.0.5 fd00:12::118 fd00:12::119; do
	ok "$address answers" wait_for 10 host_answers "$address"
done
run_is 0 'nothing is left to do' bridge create br0 --port eth0 --no-persist --exit-code

run_is 0 'the bridge is removed' bridge delete br0 --no-persist
ok 'addresses settle' wait_for 10 settled eth0
is "$(kernel_state eth0)" "$before" 'eth0 has all addresses and routes back, labels and order included'
for address in 192.168.12.118 192.168.12.120 10.20.0.5 fd00:12::119; do
	ok "$address answers again" wait_for 10 host_answers "$address"
done

# eth0:1 would be longer than a label can be.
run_is 0 'a bridge with the longest name' bridge create br-of-fifteen-x --port eth0 --dry-run
like "$out$err" '192\.168\.12\.120/24 loses its label eth0:1' 'a label that does not fit is told before'
run_is 0 'a short name' bridge create br0 --port eth0 --dry-run
unlike "$out$err" 'loses its label' 'keeps it'

host_again
run_is 0 'two addresses can be given' bridge create br0 --port eth0 \
	--static 192.168.12.118/24 --static 192.168.12.121/24 --static fd00:12::121/64
is "$(addresses br0 -4 | tr '\n' ' ')" '192.168.12.118/24 192.168.12.121/24 ' 'both are live'
is "$(addresses br0 -6)" fd00:12::121/64 'and the IPv6 one'
is "$(value ifcfg-br0 IPADDR) $(value ifcfg-br0 IPADDR1)$(value ifcfg-br0 IPADDR2)" \
	'192.168.12.118 192.168.12.121' 'and in the file'
is "$(value ifcfg-br0 IPV6INIT) $(value ifcfg-br0 IPV6ADDR)" 'yes fd00:12::121/64' 'IPv6 too'

host_again
ip addr flush dev eth0 scope global
ip addr add 192.168.12.118 peer 192.168.12.1 dev eth0
ip route add default via 192.168.12.1 dev eth0
run_is 0 'a point-to-point address moves' bridge create br0 --port eth0 --no-persist
like "$(ip -o -4 addr show dev br0)" '192\.168\.12\.118 peer 192\.168\.12\.1/32' 'with its peer'
is "$(default_route)" 'default via 192.168.12.1 dev br0' 'and the route through the peer'
ok 'it answers' wait_for 10 host_answers
run_is 0 'nothing is left to do' bridge create br0 --port eth0 --no-persist --exit-code
run_is 0 'an IPv6 address that no file knows' bridge set br0 --static fd00:12::5/64 --no-persist
run_is 0 'reaches a gateway' bridge set br0 --gateway fd00:12::1 --no-persist
like "$(default_route -6)" '^default via fd00:12::1 dev br0' 'which is live'
run_is 0 'and its removal' bridge set br0 --static 192.168.12.118/24 --gateway 192.168.12.1 --no-persist
run_is 0 'the bridge is removed' bridge delete br0 --no-persist
ok 'it answers again' wait_for 10 host_answers
story_end
