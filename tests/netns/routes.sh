#!/usr/bin/env bash
# Routes keep destination, metric, source, onlink, protocol and table while they move.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
ip addr add 192.168.12.119/24 brd + dev eth0
ip addr add fd00:12::118/64 dev eth0 nodad
ip route del default
ip route add default via 192.168.12.1 dev eth0 metric 100 proto static
ip route add default via 192.168.12.2 dev eth0 metric 200
ip route add 10.8.0.0/16 via 192.168.12.254 dev eth0 metric 50 src 192.168.12.119
ip route add 10.9.0.0/16 via 10.255.0.1 dev eth0 onlink
ip route add 10.10.0.0/16 dev eth0 scope link
ip route add 10.11.0.0/16 via 192.168.12.1 dev eth0 mtu 1400 proto 42
ip route add 10.12.0.0/16 via 192.168.12.1 dev eth0 table 100
ip -6 route add default via fd00:12::1 dev eth0 metric 512
ip -6 route add fd00:99::/48 via fd00:12::2 dev eth0 metric 77
ip -6 route add fd00:98::/48 via fd00:12::2 dev eth0 table 100
ip rule add from 192.168.12.119 table 100
before=$(routes eth0)

pinging "$WORK/ping" 192.168.12.118
run_is 0 'the bridge is made' bridge create br0 --port eth0 --no-persist
pinging_stop
ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
is "$(routes br0)" "$before" 'every route is on br0 with all it had'
is "$(routes eth0)" '' 'none is left on eth0'
like "$(ip route get 10.8.1.1)" 'via 192\.168\.12\.254 dev br0 src 192\.168\.12\.119' \
	'the preferred source is used'
like "$(ip route get 8.8.8.8)" 'via 192\.168\.12\.1 dev br0' 'the better default route wins'
like "$(ip route get 10.12.0.1 from 192.168.12.119)" 'dev br0 table 100' 'the rule still leads to table 100'
run_is 0 'a second run finds nothing to do' bridge create br0 --port eth0 --no-persist --exit-code

run_is 0 'the bridge is removed' bridge delete br0 --no-persist
is "$(routes eth0)" "$before" 'every route is back on eth0 with all it had'

host_again
ip rule del table 100
run_is 0 'routes can be given' bridge create br0 --port eth0 --static 192.168.12.118/24 \
	--gateway 192.168.12.1 --metric 300 \
	--route 10.8.0.0/16,via=192.168.12.254,metric=50 --route 10.7.0.0/16,via=192.168.12.253
like "$(default_route)" '^default via 192\.168\.12\.1 dev br0 .*metric 300' 'the metric is on the default route'
like "$(routes br0)" '^10\.8\.0\.0/16 via 192\.168\.12\.254 .*metric 50' 'the first route is live'
like "$(routes br0)" '^10\.7\.0\.0/16 via 192\.168\.12\.253' 'the second too'
like "$(<"$SCRIPTS/route-br0")" '10\.8\.0\.0/16' 'route-br0 has them'
run_is 0 'a second run finds nothing to do' bridge create br0 --port eth0 --static 192.168.12.118/24 \
	--gateway 192.168.12.1 --metric 300 --exit-code \
	--route 10.8.0.0/16,via=192.168.12.254,metric=50 --route 10.7.0.0/16,via=192.168.12.253

# What the files say of routes holds for the kernel, too, on the way back.
host_again
echo '10.6.0.0/16 via 192.168.12.254 dev eth0' >"$SCRIPTS/route-eth0"
ip route add 10.6.0.0/16 via 192.168.12.254 dev eth0
before=$(routes eth0)
run_is 0 'the bridge is made' bridge create br0 --port eth0
run_is 0 'it gets a route of its own' bridge set br0 --route 10.9.0.0/16,via=192.168.12.254 \
	--route 10.6.0.0/16,via=192.168.12.254
like "$(routes br0)" '^10\.9\.0\.0/16 via 192\.168\.12\.254' 'it is live'
run_is 0 'delete' bridge delete br0
is "$(routes eth0)" "$before" 'the routes that the bridge was given are not left on the uplink'

host_again
echo '10.6.0.0/16 via 192.168.12.254 dev eth0' >"$SCRIPTS/route-eth0"
ip route add 10.6.0.0/16 via 192.168.12.254 dev eth0
before=$(routes eth0)
run_is 0 'a bridge with routes of its own' bridge create br0 --port eth0 \
	--route 10.7.0.0/16,via=192.168.12.254
unlike "$(routes br0)" '^10\.6' "has not the uplink's"
ip route add 10.4.0.0/16 via 192.168.12.254 dev br0
run_is 0 'delete' bridge delete br0
is "$(routes eth0 | sed 's/ proto static//')" \
	"$({ echo "$before" && echo '10.4.0.0/16 via 192.168.12.254'; } | sort)" \
	"the uplink has its own routes back, and what was added by hand"
story_end
