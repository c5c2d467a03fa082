#!/usr/bin/env bash
# IPv6: address and default route move without duplicate detection, the link-local address stays the
# same, and all of it is in the file.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
ip addr add fd00:12::118/64 dev eth0 nodad
ip -6 route add default via fd00:12::1 dev eth0 metric 1024
cat >>"$SCRIPTS/ifcfg-eth0" <<'FILE'
IPV6INIT=yes
IPV6ADDR=fd00:12::118/64
IPV6_DEFAULTGW=fd00:12::1
FILE
before=$(kernel_state eth0)
before_files=$(file_bytes)
linklocal=$(ip -6 -o addr show dev eth0 scope link | awk '{ print $4 }')
ok 'the host answers before' wait_for 10 host_answers fd00:12::118

pinging "$WORK/ping" fd00:12::118
run_is 0 'the bridge inherits IPv6' bridge create br0 --port eth0
ok 'the gateway reaches the host afterwards' host_answers fd00:12::118
pinging_stop
ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
is "$(addresses br0 -6)" fd00:12::118/64 'br0 has the address'
is "$(ip -6 addr show dev br0 tentative)" '' 'it does not wait for duplicate detection'
is "$(ip -6 -o addr show dev br0 scope link | awk '{ print $4 }')" "$linklocal" \
	'the link-local address is the same'
is "$(ip -6 -o addr show dev eth0)" '' 'eth0 has no IPv6 address'
like "$(default_route -6)" '^default via fd00:12::1 dev br0 .*metric 1024' \
	'the default route leads through br0 with its metric'
ok 'the host reaches the gateway' ping -n -q -c 1 -W 2 fd00:12::1
is "$(value ifcfg-br0 IPV6INIT) $(value ifcfg-br0 IPV6ADDR)" 'yes fd00:12::118/64' 'the file has it'
is "$(value ifcfg-br0 IPV6_DEFAULTGW)" fd00:12::1 'with its gateway'
is "$(value ifcfg-eth0 IPV6ADDR)" '' "the port's file has it no more"
run_is 0 'a second run finds nothing to do' bridge create br0 --port eth0 --exit-code

pinging "$WORK/ping" fd00:12::118
run_is 0 'the bridge is removed' bridge delete br0
ok 'the gateway reaches the host afterwards' wait_for 10 host_answers fd00:12::118
pinging_stop
ok 'at most one packet was lost on the way back' test "$(lost "$WORK/ping")" -le 1
is "$(kernel_state eth0)" "$before" 'eth0 has its addresses and routes back'
is "$(file_bytes)" "$before_files" 'and its file'

host_again
run_is 0 'IPv6 can be given' bridge create br0 --port eth0 --static 192.168.12.118/24 \
	--static fd00:12::9/64 --gateway 192.168.12.1 --gateway fd00:12::1
is "$(addresses br0 -6)" fd00:12::9/64 'br0 has the address'
like "$(default_route -6)" '^default via fd00:12::1 dev br0 ' 'and the default route'
ok 'it answers' wait_for 10 host_answers fd00:12::9

# An address with a lifetime leaves the kernel's route to its network behind, on a bridge without a
# port: the route that stands in for the uplink's must outlive it, or packets of a few dozen
# microseconds are lost.
watch_routes()
{
	: >"$WORK/routes"
	ip -6 monitor route >"$WORK/routes" 2>&1 &
	watcher=$!
	ok 'routes are watched' wait_for 10 is_watched
}

is_watched()
{
	ip -6 route add blackhole fd00:66::/64
	ip -6 route del blackhole fd00:66::/64
	test -s "$WORK/routes"
}

has_gone()
{
	grep -q "^Deleted fd00:55::/64 dev $1 .*metric $2" "$WORK/routes"
}

# The last route to the network that is deleted
last_gone()
{
	grep '^Deleted fd00:55::/64' "$WORK/routes" | tail -n 1 | awk '{ print $4 }'
}

watched()
{
	ok 'the route that stands in goes' wait_for 10 has_gone eth0 255
	ok "the bridge's own goes" wait_for 10 has_gone br0 256
	kill "$watcher"
	wait "$watcher" 2>/dev/null
	is "$(last_gone)" eth0 "$1"
}

host_again
ip addr add fd00:55::118/64 dev eth0 nodad valid_lft 600 preferred_lft 600
for way in 'bridge delete br0' 'rollback'; do
	run_is 0 'an address with a lifetime' bridge create br0 --port eth0
	watch_routes
	# shellcheck disable=SC2086 # words
	run_is 0 "$way" $way
	watched "$way: no route leads to the empty bridge any more when eth0's wins by itself"
	is "$(addresses eth0 -6)" fd00:55::118/64 "$way: eth0 has the address back"
done
story_end
