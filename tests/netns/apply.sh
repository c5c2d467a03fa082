#!/usr/bin/env bash
# A file with several bridges is one change: all of it or nothing, in files and kernel, and a second
# run finds nothing to do.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# host_conf [LINE...]: the description, with more lines at its end
host_conf()
{
	cat <<'INI'
[bridge br0]
ports = @uplink

[bridge br1]
ports = eth1
ipv4  = 10.1.0.1/24
ipv6  = none
stp   = on

[ethernet eth1]
isolated = on
cost     = 10

[bridge br2]
mtu  = 1400
ipv4 = none
ipv6 = none
INI
	printf '%s\n' "$@"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
ip link add eth1 type veth peer name eth1-far
ip link set eth1-far up
host_conf >"$WORK/host.conf"
host_conf '[bridge br3]' 'ports = lo1 eth9' >"$WORK/wrong.conf"
host_conf '[bridge br3]' 'ports = eth1' >"$WORK/faulty.conf"
files=$(file_state)
kernel=$(kernel_state eth0)

run_is 2 'a file with a fault is refused' apply "$WORK/faulty.conf"
like "$err" '^.*faulty.conf:19:9: error: eth1 is already a port of br1' 'which is told with its place'
run_is 1 'diff tells by its status that something would change' diff "$WORK/host.conf"
like "$out" 'create bridge br2' 'and names it'
is "$(file_state)" "$files" 'no file was touched'
is "$(kernel_state eth0)" "$kernel" 'nor the kernel'

pinging "$WORK/ping" 192.168.12.118
run_is 0 'all of it is made' apply "$WORK/host.conf"
pinging_stop
is "$(lost "$WORK/ping")" 0 'and no packet was lost meanwhile'
is "$(addresses br0)" 192.168.12.118/24 'the uplink gave its address'
is "$(master eth0)" br0 'the uplink was found'
is "$(addresses br1)" 10.1.0.1/24 'the second bridge has its own'
is "$(master eth1)" br1 'and its port'
is "$(cat /sys/class/net/br1/bridge/stp_state)" 1 'with STP on'
is "$(cat /sys/class/net/eth1/brport/isolated)" 1 'the port is isolated'
is "$(cat /sys/class/net/eth1/brport/path_cost)" 10 'and has its cost'
is "$(cat /sys/class/net/br2/mtu)" 1400 'the third bridge has its MTU'
ok 'the host is reached' host_answers

files=$(file_state)
kernel=$(kernel_state br0)$(kernel_state br1)
run_is 0 'a second run' apply "$WORK/host.conf" --exit-code
like "$out" 'nothing to do' 'finds nothing to do'
is "$(file_state)" "$files" 'leaves every file'
is "$(kernel_state br0)$(kernel_state br1)" "$kernel" 'and the kernel'
run_is 0 'diff finds nothing either' diff "$WORK/host.conf"

run_is 0 'check finds that files and kernel agree' check
run_is 0 'export prints the host as a file' export
cp "$WORK/out" "$WORK/export.conf"
run_is 0 'which, applied, changes nothing' apply "$WORK/export.conf" --exit-code
is "$(file_state)" "$files" 'in the files'
is "$(kernel_state br0)$(kernel_state br1)" "$kernel" 'or in the kernel'

unlike "$(cat "$WORK/export.conf")" 'are in no file' 'every bridge that runs is in it'
ip link add byhand type bridge
run_is 0 'a bridge that somebody has made by hand' export
like "$out" '^#   byhand \(bridge\)$' 'is named as left out'
unlike "$out" '^\[bridge byhand\]' 'for applying it would make files'
cp "$WORK/out" "$WORK/byhand.conf"
run_is 0 'what is printed with it' apply "$WORK/byhand.conf" --exit-code
ip link del byhand

ip link set br2 mtu 1300
run_is 1 'check sees what others change' check
is "$out" "$(printf '%s\n' 'br2: mtu: file 1400, kernel 1300' '1 difference between files and kernel')" \
	'and says what'
run_is 1 'so does check with the file' check "$WORK/host.conf"
run_is 1 'what others change is a difference' diff "$WORK/host.conf"
run_is 0 'and is put right' apply "$WORK/host.conf"
is "$(cat /sys/class/net/br2/mtu)" 1400 'as the file has it'

run_is 0 'one rollback undoes all of it' rollback 1
is "$(addresses eth0)" 192.168.12.118/24 'eth0 has its address again'
is "$(ip -o link show type bridge)" '' 'no bridge is left'
ok 'the host is reached again' host_answers

# Two bridges that name different servers: the file that both write is written once.
printf '%s\n' '[bridge br0]' 'ports = eth0' 'dns = 180.76.76.76' '[bridge br1]' 'ports = eth1' \
	'ipv4 = 10.1.0.1/24' 'ipv6 = none' 'dns = 10.1.0.53' >"$WORK/dns.conf"
run_is 0 'two bridges with name servers of their own' apply "$WORK/dns.conf"
like "$(</etc/resolv.conf)" 10.1.0.53 'are in resolv.conf'
run_is 0 'and a second run leaves them' apply "$WORK/dns.conf" --exit-code
run_is 0 'they go back' rollback

# The last part is refused: nothing of those before it is made.
state=$(kernel_state eth0)
files=$(file_bytes)
run apply "$WORK/wrong.conf"
ok 'a port that is not there fails it' test "$status" -ge 2
is "$(kernel_state eth0)" "$state" 'nothing of it is in the kernel'
is "$(file_bytes)" "$files" 'nor in the files'
is "$(ip -o link show type bridge)" '' 'not even a bridge'

# In the kernel alone: a port's options are planned on the bridge that is only about to be made.
run_is 0 'without files' apply "$WORK/host.conf" --no-persist
is "$(cat /sys/class/net/eth1/brport/isolated)" 1 'the port of a new bridge has its options'
is "$(file_bytes)" "$files" 'and no file was written'
story_end
