#!/usr/bin/env bash
# After a change the host is asked whether it still reaches what it reached before; if not, everything
# is put back and the exit status is 6. --check names more that has to answer.
# ctest: timeout=120
# ctest: once
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# state: the uplink, the links, the files
state()
{
	kernel_state eth0
	links
	file_bytes
}

# put_back NAME REGEX: the last run failed a check for that reason, and all is as before
put_back()
{
	like "$err" "$2" "$1: says why"
	like "$err" 'everything was put back' "$1: and what is now"
	wait_for 10 settled eth0
	is "$(state)" "$before" "$1: it is as before"
}

# switch_port: the gateway moves behind a switch port of its own, where port_security can be had
switch_port()
{
	gw ip link add gwbr type bridge &&
		gw ip addr flush dev gw0 scope global &&
		gw ip link set gw0 master gwbr &&
		gw ip link set gwbr up &&
		gw ip addr add 192.168.12.1/24 dev gwbr &&
		gw ip addr add fd00:12::1/64 dev gwbr nodad
}

# port_security: the switch takes frames of the uplink's own MAC and of no other
port_security()
{
	gw bridge fdb replace "$SANDBOX_MAC" dev gw0 master static &&
		gw bridge link set dev gw0 learning off locked on
}

# pull_when_enslaved: when eth0 becomes a port, the cable is pulled at the other end
pull_when_enslaved()
{
	local line
	exec {events}< <(exec ip monitor link 2>/dev/null)
	local monitor=$!
	while read -r -t 20 -u "$events" line; do
		case $line in
		*eth0*' master br0 '*) break ;;
		esac
	done
	gw ip link set gw0 down
	kill "$monitor"
}

create=(bridge create br0 --port eth0)
host_static
ok 'the gateway stands behind a switch' switch_port
ok 'and answers' wait_for 10 gateway_answers
before=$(state)

# ---- by default: the gateway ----

ok 'port security is on' port_security
run_is 6 'a new MAC that the switch refuses' "${create[@]}" --mac 02:00:00:00:00:77
put_back 'new MAC' 'gateway 192\.168\.12\.1 does not answer on br0; it did on eth0 before'
gw bridge link set dev gw0 locked off learning on
ok 'the old one answers' wait_for 10 gateway_answers

run_is 6 'a wrong gateway' "${create[@]}" --static 192.168.12.118/24 --gateway 192.168.12.77
put_back 'wrong gateway' \
	'gateway 192\.168\.12\.77 does not answer on br0; 192\.168\.12\.1, which it replaces, did on eth0'
like "$err" '^hint: .*--no-live' 'wrong gateway: how to have it all the same'
run_is 0 'the same for the files only is not asked' "${create[@]}" --static 192.168.12.118/24 \
	--gateway 192.168.12.77 --no-live
run_is 0 'and back' bridge delete br0 --no-live

# Slowed down, so that the cable is out long before the result is looked at. The leak checker of a
# sanitizer build cannot work under strace.
pull_when_enslaved &
puller=$!
(
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$WORK/trace" -e trace=sendmsg -e inject=sendmsg:delay_enter=50000 \
		"$KVMNET" "${create[@]}"
) >"$WORK/out" 2>"$WORK/err"
status=$?
err=$(<"$WORK/err")
wait "$puller"
is "$status" 6 'a cable pulled during the change'
like "$err" 'eth0 had a carrier before and has none now' 'cable: says why'
ok 'the cable is back' gw ip link set gw0 up
ok 'and the gateway' wait_for 10 gateway_answers
ok 'and the link-local address' wait_for 10 settled eth0
is "$(state)" "$before" 'cable: it is as before'

# ---- a gateway that was dead before is not required, unless asked for ----

gw ip link set gwbr arp off
ip neigh flush dev eth0
start=$(date +%s%N)
run_is 0 'a dead gateway is none of the change' "${create[@]}"
[ $((($(date +%s%N) - start) / 1000000)) -lt 2500 ]
verdict $? 'and costs little time'
run_is 0 'and back' bridge delete br0
run_is 6 'asked for, it is required' "${create[@]}" --check gateway
put_back 'dead gateway' 'gateway 192\.168\.12\.1 does not answer on br0; it did not before either'
gw ip link set gwbr arp on
ok 'it answers again' wait_for 10 gateway_answers

# ---- --check ----

gw dnsmasq --conf-file=/dev/null --no-resolv --no-hosts --port=53 --bind-interfaces \
	--listen-address=192.168.12.1 --listen-address=fd00:12::1 --user=root \
	--pid-file="$WORK/dns.pid"
ip addr add fd00:12::118/64 dev eth0 nodad
before=$(state)
run_is 0 'everything answers' "${create[@]}" --check gateway --check ping:192.168.12.1 \
	--check tcp:192.168.12.1:53 --check ping:fd00:12::1 --check 'tcp:[fd00:12::1]:53'
run_is 0 'on the way back, too' bridge delete br0 --check gateway --check ping:192.168.12.1 \
	--check tcp:192.168.12.1:53 --check ping:fd00:12::1 --check 'tcp:[fd00:12::1]:53'
is "$(state)" "$before" 'and it is as before'

run_is 6 'a refused port' "${create[@]}" --check tcp:192.168.12.1:54
put_back 'refused port' '192\.168\.12\.1 refuses connections to TCP port 54.* before the change, too'
run_is 6 'a dead address, IPv6' "${create[@]}" --check ping:fd00:12::77
put_back 'dead address' 'fd00:12::77 does not answer ping; it was so before the change, too'
# ---- --check peer ----

run_is 2 'no SSH session, no peer' "${create[@]}" --check peer
like "$err" 'sudo --preserve-env=SSH_CONNECTION' 'the hint knows sudo'
is "$(state)" "$before" 'nothing was changed'
export SSH_CONNECTION='192.168.12.77 50000 192.168.12.118 22'
run_is 0 'a peer that does not answer is not required' "${create[@]}" -y
run_is 0 'and back' bridge delete br0 -y
run_is 6 'unless asked for' "${create[@]}" -y --check peer
put_back 'dead peer' '192\.168\.12\.77 does not answer on br0; this SSH session'
export SSH_CONNECTION='198.51.100.7 50000 192.168.12.118 22'
run_is 0 'a distant peer: the gateway on the way' "${create[@]}" -y --check peer
unset SSH_CONNECTION

# ---- a bridge in use ----

run_is 6 'bridge set: a wrong gateway' bridge set br0 --gateway 192.168.12.77
like "$err" '192\.168\.12\.77 does not answer on br0; 192\.168\.12\.1, which it replaces' 'says why'
is "$(default_route)" 'default via 192.168.12.1 dev br0' 'the old one is back'
gw ip addr add fd00:12::5/64 dev gwbr nodad
run_is 6 'bridge set: an address that another machine has' bridge set br0 \
	--static 192.168.12.118/24 --static fd00:12::5/64
like "$err" 'fd00:12::5 does not come up on br0: another machine' 'says why'
is "$(addresses br0 -6)" fd00:12::118/64 'the old one is back'
story_end
