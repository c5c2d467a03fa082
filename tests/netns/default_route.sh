#!/usr/bin/env bash
# Of several default routes the best one is used. A bridge on a second link does not come before the
# one by which the host is reached, unless that is said by name.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# far: a machine behind the gateway, reached only by the default route
far_answers()
{
	ping -n -q -c 1 -W 1 8.8.8.8
}

# kernel_now: what must not move, whatever the links' IPv6 settles meanwhile
kernel_now()
{
	links
	ip route
	ip -o -4 addr
	master eth1
}

host_static
gw ip addr add 8.8.8.8/32 dev lo
# eth1 leads elsewhere: the router there knows nobody.
ip link add eth1 type veth peer name other0 netns gw
ip netns add other
gw ip link set other0 netns other
ip -n other addr add 10.5.0.1/24 dev other0
ip -n other link set other0 up
ip link set eth1 up
ok 'the machine behind the gateway answers' wait_for 10 far_answers
kernel=$(kernel_now)
files=$(file_state)
export SSH_CONNECTION="8.8.8.8 5555 192.168.12.118 22"

second='bridge create br0 --port eth1 --static 10.5.0.2/24'

# refused NAME RULE WORD...: exit status 3, and nothing was touched
refused()
{
	local name=$1 rule=$2
	shift 2
	run_is 3 "$name: refused" "$@"
	like "$err" "rule $rule;" "$name: by $rule"
	like "$err" 'hint:' "$name: with a hint"
	is "$(kernel_now)" "$kernel" "$name: the kernel is untouched"
	is "$(file_state)" "$files" "$name: the files are untouched"
}

# shellcheck disable=SC2086 # words
refused create default-route-outranked $second --gateway 10.5.0.1
like "$err" 'br0 \(via 10\.5\.0\.1\).* eth0 via 192\.168\.12\.1' 'both routes are named'
like "$err" '[-]-metric 100' 'and the metric that keeps them in order'
printf '[bridge br0]\nports = eth1\nipv4 = 10.5.0.2/24\ngateway = 10.5.0.1\n' >"$WORK/one.conf"
refused apply default-route-outranked apply "$WORK/one.conf"
like "$err" 'one\.conf:1:2: error: the default route by br0' 'apply names the section'
refused 'IPv4 for IPv6' gateway-outside bridge create br0 --port eth1 --static 10.5.0.2/24 \
	--static fd00:5::2/64 --gateway fd00:12::1

# shellcheck disable=SC2086
{
	run_is 0 'without a gateway' $second
	ok 'the way out stays' far_answers
	kernel=$(kernel_now)
	files=$(file_state)
	refused set default-route-outranked bridge set br0 --gateway 10.5.0.1
	run_is 0 'one with a larger metric' bridge set br0 --gateway 10.5.0.1 --metric 100
	ok 'it is there' grep -qE 'via 10.5.0.1 dev br0 .*metric 100' <<<"$(ip route)"
	ok 'and stays behind' far_answers
	run_is 0 'again: nothing to do' bridge set br0 --gateway 10.5.0.1 --metric 100 --exit-code
	run_is 0 'the bridge goes' bridge delete br0
	like "$(default_route | tail -1)" '^default via 10\.5\.0\.1 dev eth1 .*metric 100' \
		'its addresses and its route are the port'"'"'s, behind as before'
	ip addr flush dev eth1
}
kernel=$(kernel_now)
files=$(file_state)

# By name: then the session counts, which comes by that route.
# shellcheck disable=SC2086
{
	refused 'forced, in a session' ssh-address $second --gateway 10.5.0.1 \
		--force=default-route-outranked
	SSH_CONNECTION='192.168.12.1 5555 192.168.12.118 22' run_is 0 'forced, in a session beside it' \
		$second --gateway 10.5.0.1 --force=default-route-outranked --dry-run
	unset SSH_CONNECTION
	run_is 0 'forced' $second --gateway 10.5.0.1 --force=default-route-outranked
	like "$err$out" 'default-route-outranked, overridden' 'told all the same'
	fails 'the way out is another one' far_answers
	run doctor
	like "$(tr -s ' \n' ' ' <<<"$out")" 'KN202 [a-z]+ the default route of eth0 is outranked by that of br0' \
		'the doctor sees it'
	run_is 0 'again: nothing to do' $second --gateway 10.5.0.1 --exit-code
	run_is 0 'rolled back' rollback
	ok 'the way out is back' far_answers
}

# The default route moves with its port, and a host without one gets one.
run_is 0 'its own port' bridge create br0 --port eth0
ok 'the way out stays on it' far_answers
run_is 0 'and back' bridge delete br0
ip addr flush dev eth1
ip route del default
# shellcheck disable=SC2086
run_is 0 'where there was none' $second --gateway 10.5.0.1
run_is 0 'deleted' bridge delete br0
ip addr flush dev eth1

# Files alone: the last one up wins.
ip route add default via 192.168.12.1 dev eth0
# shellcheck disable=SC2086
{
	run_is 3 'files only: refused' $second --gateway 10.5.0.1 --no-live
	like "$err" 'default-route-outranked' 'by its rule'
	run_is 0 'files only: behind' $second --gateway 10.5.0.1 --metric 50 --no-live --dry-run
	sed -i '/^GATEWAY/d' $SCRIPTS/ifcfg-eth0
	run_is 0 'files only: the other has none' $second --gateway 10.5.0.1 --no-live --dry-run
}
story_end
