#!/usr/bin/env bash
# delete is the exact way back: bytes of the files, addresses and routes of the kernel.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
# What an admin's file looks like: comments, odd quoting, no newline at its end.
printf '%s\n' '# rack 7, port 12' "NAME='System eth0'   # console" '' >"$WORK/odd"
recipe_ifcfg | grep -v '^NAME' >>"$WORK/odd"
printf 'ETHTOOL_OPTS="wol g"' >>"$WORK/odd"
cat "$WORK/odd" >"$SCRIPTS/ifcfg-eth0"
echo '10.8.0.0/16 via 192.168.12.254 dev eth0' >"$SCRIPTS/route-eth0"
chmod 640 "$SCRIPTS/ifcfg-eth0"
ip route add 10.8.0.0/16 via 192.168.12.254 dev eth0
before_files=$(file_bytes)
before_kernel=$(kernel_state eth0)

run_is 0 'the bridge is made' bridge create br0 --port eth0
fails 'the route file moved along' test -e "$SCRIPTS/route-eth0"
ok 'to the bridge' test -e "$SCRIPTS/route-br0"
like "$(<"$SCRIPTS/ifcfg-eth0")" '^# rack 7, port 12$' 'comments stay in the file of the port'

pinging "$WORK/ping" 192.168.12.118
run_is 0 'a dry run of the way back' bridge delete br0 --dry-run
is "$(master eth0)" br0 'changes nothing'
run_is 0 'the bridge is removed' bridge delete br0
ok 'the gateway reaches the host afterwards' host_answers
pinging_stop
ok 'at most one packet was lost' test "$(lost "$WORK/ping")" -le 1
is "$(file_bytes)" "$before_files" 'every file has its bytes back, and none is left over'
is "$(stat -c %a "$SCRIPTS/ifcfg-eth0")" 640 'and its mode'
ok 'addresses settle' wait_for 10 settled eth0
is "$(kernel_state eth0)" "$before_kernel" 'eth0 has its addresses and routes back'
is "$(links)" 'eth0 lo ' 'br0 is gone'
is "$(</proc/sys/net/ipv6/conf/eth0/disable_ipv6)" 0 'IPv6 is on again on eth0'
run_is 0 'removing it again: nothing to do' bridge delete br0

# The files were edited while the bridge stood: the original's bytes would lose that edit.
run_is 0 'the bridge is made again' bridge create br0 --port eth0
printf '\n# edited since\n' >>"$SCRIPTS/ifcfg-eth0"
run_is 0 'and removed' bridge delete br0
like "$(<"$SCRIPTS/ifcfg-eth0")" '# edited since' 'an edit made meanwhile is kept'
is "$(value ifcfg-eth0 IPADDR)" 192.168.12.118 'and the address is back all the same'
is "$(value ifcfg-eth0 BRIDGE)" '' 'and the port is none any more'

# A card that had neither address nor file: the bridge's own address is not cut off on the way.
ip link add eth1 type veth peer name far1
run_is 0 'a bridge with an address of its own' bridge create br1 --port eth1 --static 10.1.0.1/24
run_is 0 'goes' bridge delete br1
like "$(ip -o -4 addr show dev eth1)" ' 10\.1\.0\.1/24 ' 'what it had is on the card'
like "$out$err" 'eth1 takes over the addresses of br1.*gone after the next start' 'and in no file, which is said'
fails 'as there was none' test -e "$SCRIPTS/ifcfg-eth1"
story_end
