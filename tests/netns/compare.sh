#!/usr/bin/env bash
# shellcheck disable=SC2016 # planted() expands what it is told
#
# kvmnet check: silent on a healthy host; every property that kvmnet can set is changed behind its
# back, one after another, in the kernel or in the file, and each is found by its name, and by nothing
# else; then it is silent again.
# ctest: timeout=180
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf
ip link add eth1 type veth peer name far1
ip link add eth2 type dummy 2>/dev/null || ip link add eth2 type veth peer name far2
ip link set eth1 up && ip link set far1 up && ip link set eth2 up
printf '%s\n' '[bridge br0]' 'ports = eth0' 'mtu = 1400' 'stp = on' 'priority = 4096' 'ageing = 200' \
	'hello = 3' 'max-age = 30' 'forward-delay = 10' 'route = 10.8.0.0/16,via=192.168.12.9' \
	'search = lab.example' 'dns = 180.76.76.76 114.114.114.114' \
	'[bridge br1]' 'ports = eth1' 'ipv4 = 10.1.0.1/24' 'ipv6 = fd00:7::1/64' \
	'[ethernet eth1]' 'cost = 10' 'priority = 8' >"$WORK/host.conf"
run_is 0 'a host' apply "$WORK/host.conf" --no-guard
run_is 0 'healthy' check
is "$out" '2 bridges: files and kernel agree' 'there is nothing to say'

# planted NAME LINE DO UNDO: after DO check says LINE and nothing else; after UNDO nothing
planted()
{
	eval "$3"
	run_is 1 "$1" check
	is "$out" "$(printf '%s\n' "$2" '1 difference between files and kernel')" "$1: is found"
	eval "$4"
	run_is 0 "$1: put right" check
}

# edited FILE SED NAME LINE: the same for a key of a file
edited()
{
	cp -p "$SCRIPTS/$1" "$WORK/kept"
	sed -i "$2" "$SCRIPTS/$1"
	run_is 1 "$3" check
	is "$out" "$(printf '%s\n' "$4" '1 difference between files and kernel')" "$3: is found"
	cp -p "$WORK/kept" "$SCRIPTS/$1"
}

opts=/sys/class/net/br0/bridge
planted 'MTU' 'br0: mtu: file 1400, kernel 1300' 'ip link set br0 mtu 1300' 'ip link set br0 mtu 1400'
planted "a port's MTU" 'br0: mtu of eth0: file 1400, kernel 1450' 'ip link set eth0 mtu 1450' \
	'ip link set eth0 mtu 1400'
planted 'MAC' "br0: mac: file $SANDBOX_MAC, kernel 02:00:00:00:00:01" \
	'ip link set br0 address 02:00:00:00:00:01' 'ip link set br0 address $SANDBOX_MAC'
planted 'STP' 'br0: stp: file on, kernel off' "echo 0 >$opts/stp_state" "echo 1 >$opts/stp_state"
planted 'priority' 'br0: priority: file 4096, kernel 8192' "echo 8192 >$opts/priority" \
	"echo 4096 >$opts/priority"
planted 'ageing' 'br0: ageing: file 200, kernel 100' "echo 10000 >$opts/ageing_time" \
	"echo 20000 >$opts/ageing_time"
planted 'hello' 'br0: hello: file 3, kernel 2' "echo 200 >$opts/hello_time" "echo 300 >$opts/hello_time"
planted 'max-age' 'br0: max-age: file 30, kernel 20' "echo 2000 >$opts/max_age" "echo 3000 >$opts/max_age"
planted 'forward-delay' 'br0: forward-delay: file 10, kernel 15' "echo 1500 >$opts/forward_delay" \
	"echo 1000 >$opts/forward_delay"
planted "a port's cost" 'br1: cost of eth1: file 10, kernel 77' \
	'echo 77 >/sys/class/net/eth1/brport/path_cost' 'echo 10 >/sys/class/net/eth1/brport/path_cost'
planted "a port's priority" 'br1: priority of eth1: file 8, kernel 9' \
	'echo 9 >/sys/class/net/eth1/brport/priority' 'echo 8 >/sys/class/net/eth1/brport/priority'
planted 'a port that is down' 'br1: state of eth1: file up, kernel down' 'ip link set eth1 down' \
	'ip link set eth1 up'
planted 'a port too many' 'br1: port eth2: in the kernel, not in the file' \
	'printf "DEVICE=eth2\nONBOOT=yes\n" >$SCRIPTS/ifcfg-eth2; ip link set eth2 master br1' \
	'ip link set eth2 nomaster; rm $SCRIPTS/ifcfg-eth2'
planted 'a port taken away' 'br1: port eth1: in the file, not in the kernel' \
	'ip link set eth1 nomaster' 'ip link set eth1 master br1
	echo 10 >/sys/class/net/eth1/brport/path_cost; echo 8 >/sys/class/net/eth1/brport/priority'
planted 'an address too many' 'br1: address 10.3.3.3/24: in the kernel, not in the file' \
	'ip addr add 10.3.3.3/24 dev br1' 'ip addr del 10.3.3.3/24 dev br1'
planted 'an address lost' 'br1: address 10.1.0.1/24: in the file, not in the kernel' \
	'ip addr del 10.1.0.1/24 dev br1' 'ip addr add 10.1.0.1/24 brd + dev br1'
planted 'an IPv6 address lost' 'br1: address fd00:7::1/64: in the file, not in the kernel' \
	'ip addr del fd00:7::1/64 dev br1' 'ip addr add fd00:7::1/64 dev br1 nodad'
planted 'a route lost' 'br0: route 10.8.0.0/16 via 192.168.12.9: in the file, not in the kernel' \
	'ip route del 10.8.0.0/16' 'ip route add 10.8.0.0/16 via 192.168.12.9'
planted 'a route too many' 'br0: route 10.9.0.0/16 via 192.168.12.9: in the kernel, not in the file' \
	'ip route add 10.9.0.0/16 via 192.168.12.9' 'ip route del 10.9.0.0/16'
planted 'another gateway' 'br0: gateway: file 192.168.12.1, kernel 192.168.12.7' \
	'ip route replace default via 192.168.12.7 dev br0' 'ip route replace default via 192.168.12.1 dev br0'
planted 'name servers' 'br0: dns: file 180.76.76.76 114.114.114.114, resolv.conf 9.9.9.9' \
	'cp /etc/resolv.conf $WORK/dns; printf "search lab.example\nnameserver 9.9.9.9\n" >/etc/resolv.conf' \
	'cat $WORK/dns >/etc/resolv.conf'
planted 'search domains' 'br0: search: file lab.example, resolv.conf none' \
	'sed -i /^search/d /etc/resolv.conf' 'cat $WORK/dns >/etc/resolv.conf'
planted 'a bridge that is gone, and comes back with its IPv6 address' 'br1: bridge br1: in the file, not in the kernel' \
	'ip link del br1' 'run_is 0 "it is made again" apply $WORK/host.conf --no-guard'
edited ifcfg-br0 's/^DNS1=.*/DNS1=10.1.0.53/' 'a name server only in a file' \
	'br0: dns: file 10.1.0.53 114.114.114.114, resolv.conf 180.76.76.76 114.114.114.114'
edited ifcfg-br1 '$aMTU=1480' 'an MTU only in a file' 'br1: mtu: file 1480, kernel 1500'
run_is 0 'and at last nothing' check
is "$out" '2 bridges: files and kernel agree' 'is left'
story_end
