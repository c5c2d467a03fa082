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
# firewalld's own rules, as far as they tell its zones
ok 'firewalld' nft -f - <<-'NFT'
	add table inet firewalld
	add chain inet firewalld filter_IN_trusted
	add chain inet firewalld filter_IN_public
	add chain inet firewalld filter_INPUT_ZONES
	add rule inet firewalld filter_INPUT_ZONES iifname "br0" goto filter_IN_trusted
	add rule inet firewalld filter_INPUT_ZONES goto filter_IN_public
NFT
ip link set eth1 up && ip link set far1 up && ip link set eth2 up
printf '%s\n' '[bridge br0]' 'ports = eth0' 'mtu = 1400' 'stp = on' 'priority = 4096' 'ageing = 200' \
	'hello = 3' 'max-age = 30' 'forward-delay = 10' 'metric = 50' 'mcast-snooping = off' \
	'zone = trusted' 'route = 10.8.0.0/16,via=192.168.12.9' \
	'search = lab.example' 'dns = 180.76.76.76 114.114.114.114' \
	'[bridge br1]' 'ports = eth1' 'ipv4 = 10.1.0.1/24' 'ipv6 = fd00:7::1/64' \
	'nf-call = off' \
	'[ethernet eth1]' 'cost = 10' 'priority = 8' 'isolated = on' 'hairpin = off' 'learning = off' >"$WORK/host.conf"
run_is 0 'a host' apply "$WORK/host.conf" --no-guard
run_is 0 'healthy' check
is "$out" '2 bridges: files and kernel agree' 'there is nothing to say'

# planted KEY NAME LINE DO UNDO: after DO, which changes what KEY of kvmnet.conf(5) sets, check says LINE
# and nothing else; after UNDO nothing
planted()
{
	keys+=" $1 "
	shift
	eval "$3"
	run_is 1 "$1" check
	is "$out" "$(printf '%s\n' "$2" '1 difference between files and kernel')" "$1: is found"
	eval "$4"
	run_is 0 "$1: put right" check
}

# edited KEY FILE SED NAME LINE: the same for what a file says
edited()
{
	keys+=" $1 "
	shift
	cp -p "$SCRIPTS/$1" "$WORK/kept"
	sed -i "$2" "$SCRIPTS/$1"
	run_is 1 "$3" check
	is "$out" "$(printf '%s\n' "$4" '1 difference between files and kernel')" "$3: is found"
	cp -p "$WORK/kept" "$SCRIPTS/$1"
}

keys=''
opts=/sys/class/net/br0/bridge
# shellcheck disable=SC2034 # in what planted() expands
port=/sys/class/net/eth1/brport
planted bridge.mtu 'MTU' 'br0: mtu: file 1400, kernel 1300' 'ip link set br0 mtu 1300' 'ip link set br0 mtu 1400'
planted bridge.mtu "a port's MTU" 'br0: mtu of eth0: file 1400, kernel 1450' 'ip link set eth0 mtu 1450' \
	'ip link set eth0 mtu 1400'
planted bridge.mac 'MAC' "br0: mac: file $SANDBOX_MAC, kernel 02:00:00:00:00:01" \
	'ip link set br0 address 02:00:00:00:00:01' 'ip link set br0 address $SANDBOX_MAC'
planted bridge.stp 'STP' 'br0: stp: file on, kernel off' "echo 0 >$opts/stp_state" "echo 1 >$opts/stp_state"
planted bridge.priority 'priority' 'br0: priority: file 4096, kernel 8192' "echo 8192 >$opts/priority" \
	"echo 4096 >$opts/priority"
planted bridge.ageing 'ageing' 'br0: ageing: file 200, kernel 100' "echo 10000 >$opts/ageing_time" \
	"echo 20000 >$opts/ageing_time"
planted bridge.hello 'hello' 'br0: hello: file 3, kernel 2' "echo 200 >$opts/hello_time" "echo 300 >$opts/hello_time"
planted bridge.max-age 'max-age' 'br0: max-age: file 30, kernel 20' "echo 2000 >$opts/max_age" "echo 3000 >$opts/max_age"
planted bridge.forward-delay 'forward-delay' 'br0: forward-delay: file 10, kernel 15' "echo 1500 >$opts/forward_delay" \
	"echo 1000 >$opts/forward_delay"
planted ethernet.cost "a port's cost" 'br1: cost of eth1: file 10, kernel 77' \
	'echo 77 >$port/path_cost' 'echo 10 >$port/path_cost'
planted ethernet.priority "a port's priority" 'br1: priority of eth1: file 8, kernel 9' \
	'echo 9 >$port/priority' 'echo 8 >$port/priority'
planted bridge.ports 'a port that is down' 'br1: state of eth1: file up, kernel down' 'ip link set eth1 down' \
	'ip link set eth1 up'
planted bridge.ports 'a port too many' 'br1: port eth2: in the kernel, not in the file' \
	'printf "DEVICE=eth2\nONBOOT=yes\n" >$SCRIPTS/ifcfg-eth2; ip link set eth2 master br1' \
	'ip link set eth2 nomaster; rm $SCRIPTS/ifcfg-eth2'
planted bridge.ports 'a port taken away' 'br1: port eth1: in the file, not in the kernel' \
	'ip link set eth1 nomaster' 'ip link set eth1 master br1
	for i in path_cost=10 priority=8 isolated=1 hairpin_mode=0 learning=0; do echo ${i#*=} >$port/${i%=*}; done'
planted bridge.ipv4 'an address too many' 'br1: address 10.3.3.3/24: in the kernel, not in the file' \
	'ip addr add 10.3.3.3/24 dev br1' 'ip addr del 10.3.3.3/24 dev br1'
planted bridge.ipv4 'an address lost' 'br1: address 10.1.0.1/24: in the file, not in the kernel' \
	'ip addr del 10.1.0.1/24 dev br1' 'ip addr add 10.1.0.1/24 brd + dev br1'
planted bridge.ipv6 'an IPv6 address lost' 'br1: address fd00:7::1/64: in the file, not in the kernel' \
	'ip addr del fd00:7::1/64 dev br1' 'ip addr add fd00:7::1/64 dev br1 nodad'
planted bridge.route 'a route lost' 'br0: route 10.8.0.0/16 via 192.168.12.9: in the file, not in the kernel' \
	'ip route del 10.8.0.0/16' 'ip route add 10.8.0.0/16 via 192.168.12.9'
planted bridge.route 'a route too many' 'br0: route 10.9.0.0/16 via 192.168.12.9: in the kernel, not in the file' \
	'ip route add 10.9.0.0/16 via 192.168.12.9' 'ip route del 10.9.0.0/16'
planted bridge.gateway 'another gateway' 'br0: gateway: file 192.168.12.1 metric 50, kernel 192.168.12.7 metric 50' \
	'ip route replace default via 192.168.12.7 dev br0 metric 50' \
	'ip route replace default via 192.168.12.1 dev br0 metric 50'
planted bridge.dns 'name servers' 'br0: dns: file 180.76.76.76 114.114.114.114, resolv.conf 9.9.9.9' \
	'cp /etc/resolv.conf $WORK/dns; printf "search lab.example\nnameserver 9.9.9.9\n" >/etc/resolv.conf' \
	'cat $WORK/dns >/etc/resolv.conf'
planted bridge.search 'search domains' 'br0: search: file lab.example, resolv.conf none' \
	'sed -i /^search/d /etc/resolv.conf' 'cat $WORK/dns >/etc/resolv.conf'
planted bridge 'a bridge that is gone, and comes back with its IPv6 address' 'br1: bridge br1: in the file, not in the kernel' \
	'ip link del br1' 'run_is 0 "it is made again" apply $WORK/host.conf --no-guard'
planted ethernet.isolated "a port's isolation" 'br1: isolated of eth1: file on, kernel off' \
	'echo 0 >$port/isolated' 'echo 1 >$port/isolated'
planted ethernet.hairpin "a port's hairpin" 'br1: hairpin of eth1: file off, kernel on' \
	'echo 1 >$port/hairpin_mode' 'echo 0 >$port/hairpin_mode'
planted ethernet.learning "a port's learning" 'br1: learning of eth1: file off, kernel on' \
	'echo 1 >$port/learning' 'echo 0 >$port/learning'
planted bridge.mcast-snooping 'snooping' 'br0: mcast-snooping: file off, kernel on' \
	"echo 1 >$opts/multicast_snooping" "echo 0 >$opts/multicast_snooping"
planted bridge.nf-call 'nf-call' 'br1: nf-call: file off, kernel on' \
	'echo 1 >/sys/class/net/br1/bridge/nf_call_iptables' 'echo 0 >/sys/class/net/br1/bridge/nf_call_iptables'
planted bridge.metric 'metric' 'br0: gateway: file 192.168.12.1 metric 50, kernel 192.168.12.1 metric 70' \
	'ip route del default; ip route add default via 192.168.12.1 dev br0 metric 70' \
	'ip route del default; ip route add default via 192.168.12.1 dev br0 metric 50'
planted bridge.zone 'zone' 'br0: zone: file trusted, firewalld public' \
	'nft list ruleset >$WORK/nft; nft flush chain inet firewalld filter_INPUT_ZONES
	nft add rule inet firewalld filter_INPUT_ZONES goto filter_IN_public' \
	'nft flush ruleset; nft -f $WORK/nft'
planted bridge.ipv4 'no lease' 'br1: address by dhcp: in the file, not in the kernel' \
	'cp $SCRIPTS/ifcfg-br1 $WORK/br1; sed -i "s/^BOOTPROTO=.*/BOOTPROTO=dhcp/; /^IPADDR/d; /^PREFIX/d" $SCRIPTS/ifcfg-br1
	ip addr del 10.1.0.1/24 dev br1' \
	'cp $WORK/br1 $SCRIPTS/ifcfg-br1; ip addr add 10.1.0.1/24 brd + dev br1'
planted bridge.ipv6 'no advertisements' 'br1: slaac: file on, kernel off' \
	'cp $SCRIPTS/ifcfg-br1 $WORK/br1; sed -i "/^IPV6_AUTOCONF/d; \$aIPV6_AUTOCONF=yes" $SCRIPTS/ifcfg-br1
	ra=$(sysctl -n net.ipv6.conf.br1.accept_ra); sysctl -qw net.ipv6.conf.br1.accept_ra=0' \
	'cp $WORK/br1 $SCRIPTS/ifcfg-br1; sysctl -qw net.ipv6.conf.br1.accept_ra=$ra'
edited bridge.ipv6 ifcfg-br1 '$aDHCPV6C=yes' 'no IPv6 lease' \
	'br1: address by dhcp (IPv6): in the file, not in the kernel'
edited bridge.vlan-filtering ifcfg-br1 's/^BRIDGING_OPTS="/&vlan_filtering=1 /' 'VLAN filtering' \
	'br1: vlan-filtering: file on, kernel off'
edited bridge.dns ifcfg-br0 's/^DNS1=.*/DNS1=10.1.0.53/' 'a name server only in a file' \
	'br0: dns: file 10.1.0.53 114.114.114.114, resolv.conf 180.76.76.76 114.114.114.114'
edited bridge.mtu ifcfg-br1 '$aMTU=1480' 'an MTU only in a file' 'br1: mtu: file 1480, kernel 1500'
# ---- what only the kernel has, and what cannot be told, is no difference ----

ip link add byhand type bridge
ip link add virbr7 type bridge
run_is 0 'a bridge made by hand' check
like "$out" '^! in the kernel only, and so not compared: byhand \(bridge\)$' 'is told; one of libvirt is not'
run_is 0 'JSON' check --json
like "$(tr -d ' \n' <<<"$out")" '"unwritten":\[\{"name":"byhand","type":"bridge"\}\]' 'has it, too'
ip link del byhand
ip link del virbr7
nft list ruleset >"$WORK/nft"
nft flush ruleset
run_is 0 'without firewalld' check
like "$out" '^! the files. zones were not compared' 'zones cannot be told'
nft -f "$WORK/nft"

# ---- every key of kvmnet.conf(5) has its planted difference here, or a reason to have none ----

# reasons: SECTION.KEY WHY. Bonds and VLANs: unit.check_keys; libvirt's networks: virt/check_keys.sh.
reasons()
{
	cat <<-'WHY'
		host.confirm how a change is made
		host.check how a change is made
		host.reader how files are written
	WHY
}
while read -r section key; do
	grep -qE "^$section\.$key " <(reasons) || like "$keys" " $section\.$key " "$section.$key has a planted difference"
done < <(awk '/^\.Ss \[/ { gsub(/[][]/, ""); s = $2 } /^\.Sh EX/ { s = "" }
	s && /^\.It Cm/ { print s, $3 }' "$SUPPORT/../../man/kvmnet.conf.5" | grep -E '^(host|bridge|ethernet) ')
run_is 0 'and at last nothing' check
is "$out" '2 bridges: files and kernel agree' 'is left'
story_end
