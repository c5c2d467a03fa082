#!/usr/bin/env bash
# What is said of a change is said where the change has it: no word of a move where nothing moves, of an SSH
# session that nothing touches, of STP that was there before.
# ctest: timeout=120
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# says REGEX NAME, silent REGEX NAME: the last run, on either stream
says()
{
	like "$out$err" "$1" "$2"
}
silent()
{
	unlike "$out$err" "$1" "$2"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
export SSH_CONNECTION='192.168.12.1 50000 192.168.12.118 22'
cat >"$WORK/host.conf" <<'INI'
[bridge br0]
ports = eth0
stp   = on
INI

run_is 0 'the first time' apply -v --no-wait -y "$WORK/host.conf"
says 'STP is on: at every boot' 'STP is told'
says 'Your SSH session' 'the session is told of'
run_is 0 'the same again' apply -v "$WORK/host.conf" --exit-code
says '^nothing to do' 'does nothing'
silent 'SSH session|STP is on|not spliced' 'and says nothing'
run_is 0 'export' export
printf '%s\n' "$out" >"$WORK/exported.conf"
run_is 0 'the exported file' apply -v "$WORK/exported.conf" --exit-code
says '^nothing to do' 'does nothing'
silent 'SSH session|STP is on|not spliced' 'and says nothing'

sed 's|^ipv4 .*|ipv4 = 192.168.12.118/24 10.9.0.1/24|' "$WORK/exported.conf" >"$WORK/more.conf"
run_is 0 'one address more' apply -v -y "$WORK/more.conf"
silent 'SSH session|STP is on|not spliced' 'ends no session and moves nothing'
run_is 0 'and one less' apply -v -y "$WORK/exported.conf"
silent 'not spliced|address moves' 'moves nothing either'
sed 's|^forward-delay .*|forward-delay = 4|' "$WORK/exported.conf" >"$WORK/delay.conf"
run_is 0 'another delay' apply -v --dry-run "$WORK/delay.conf"
says 'is silent for 8 seconds' 'is told with the time'
story_end
