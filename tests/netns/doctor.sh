#!/usr/bin/env bash
# kvmnet doctor: silent on a healthy host, and every fault that can be built here (real links, real
# firewall, real files) is found and is gone again when it is put right.
# ctest: timeout=300
# shellcheck disable=SC2016 # scripts for other shells stand in single quotes
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/doctor.sh
. "$SUPPORT/doctor.sh"

nets=/etc/libvirt/qemu/networks

# net NAME FORWARD BRIDGE SUBNET [MORE]: a definition
net()
{
	printf "<network><name>%s</name>%s<bridge name='%s'/>%s<ip address='%s' prefix='24'>%s</ip></network>" \
		"$1" "${2:+<forward mode='$2'/>}" "$3" "${6:-}" "$4" "${5:-}"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
run_is 0 'a bridge is made' bridge create br0 --port eth0 --no-live
run_is 0 'and live' bridge create br0 --port eth0
rm -rf /etc/libvirt /etc/firewalld /etc/cloud /etc/qemu /etc/qemu-kvm
mkdir -p $nets/autostart /run/libvirt/network /etc/firewalld/zones /etc/qemu
# One NAT network as libvirt has it running, with its rule.
ip link add virbr0 address 52:54:00:00:00:01 type bridge
ip link set virbr0 up
ip addr add 192.168.130.1/24 dev virbr0
net default nat virbr0 192.168.130.1 >$nets/default.xml
cp $nets/default.xml /run/libvirt/network/
echo 1 >/proc/sys/net/ipv4/ip_forward
nft -f - <<'NFT'
table ip libvirt_network {
	chain guest_nat {
		type nat hook postrouting priority srcnat; policy accept;
		ip saddr 192.168.130.0/24 ip daddr != 192.168.130.0/24 masquerade
	}
}
NFT
wait_for 10 settled br0
healthy 'a healthy host'
run_is 0 'JSON of a healthy host' doctor --json
like "$out" '"schema": "kvmnet.doctor/1"' 'its schema'
like "$out" '"n_errors": 0' 'no error'

# ---- bridge ----

stp_off='ip link set br0 type bridge stp_state 0; ip link set br0 type bridge forward_delay 0'
fault KN101 'br0 has STP on: every port is silent for 30 s' 'STP' \
	'ip link set br0 type bridge forward_delay 1500 stp_state 1' \
	"$stp_off; wait_for 40 gateway_answers"
ip link add eth1 type veth peer name far1
ip link set eth1 up
ip link set far1 up
loop='ip link set eth1 type bridge_slave 2>/dev/null; ip link set eth1 master br0'
fault KN102 'br0 has several uplinks \(eth., eth.\) and STP off' 'a second cable' \
	"printf 'DEVICE=eth1\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nNM_CONTROLLED=no\nBRIDGE=br0\n' >$SCRIPTS/ifcfg-eth1
	echo 1 >/proc/sys/net/ipv6/conf/eth1/disable_ipv6; $loop" \
	"ip link set eth1 nomaster; rm $SCRIPTS/ifcfg-eth1"
ip link add br1 type bridge
ip link set br1 up
fault KN103 'br1 has no fixed MAC: the next VM can change it' 'a bridge that follows its ports' \
	'ip addr add 10.55.0.1/24 dev br1' 'ip addr flush dev br1'
ip link del br1
fault KN104 "br0 has a MAC that is not its uplink's \(02:00:00:00:00:99\)" 'a foreign MAC' \
	'ip link set br0 address 02:00:00:00:00:99' \
	"ip link set br0 address $SANDBOX_MAC; wait_for 20 gateway_answers"
fault KN105 'br0 has a larger MTU than its port vnet0' 'a small port' \
	'ip tuntap add vnet0 mode tap; ip link set vnet0 master br0 mtu 1400; ip link set br0 mtu 1500' \
	'ip link del vnet0'
# Later kernels stop snooping by themselves where nobody asks for members: nothing to say.
looks=run_old
fault KN106 'br0 snoops multicast' 'snooping without a querier on an old kernel' true 'looks=run'
fault KN107 'br0 has STP on and its uplink eth0 has no carrier' 'a switch that shut the port' \
	'ip link set br0 type bridge stp_state 1; gw ip link set gw0 down' \
	"gw ip link set gw0 up; $stp_off; wait_for 40 gateway_answers"
fault KN108 'br0 has no port' 'a bridge without a cable' \
	"ip link set eth0 nomaster; named 'kvmnet port add br0 eth0'" \
	'ip link set eth0 master br0; wait_for 20 gateway_answers'

# ---- addresses ----

fault KN201 'there is no default route, but br0 has gateway 192.168.12.1' 'a lost route' \
	'ip route del default' 'ip route add default via 192.168.12.1 dev br0'
ip addr add 10.7.0.2/24 dev eth1
gw ip link add dummy9 type veth peer name dummy8 2>/dev/null
fault KN202 'the default route of br0 is outranked by that of eth1' 'a better route' \
	'ip route del default; ip route add default via 192.168.12.1 dev br0 metric 200
	ip route add default via 10.7.0.1 dev eth1 metric 100
	ip addr add 10.7.0.1/24 dev far1' \
	'ip route del default dev eth1; ip route del default
	ip addr flush dev far1; ip route add default via 192.168.12.1 dev br0'
fault KN203 '(br0|eth1) and (br0|eth1) are in overlapping networks' 'overlapping networks' \
	'ip addr add 192.168.12.77/25 dev eth1' 'ip addr del 192.168.12.77/25 dev eth1'
ip addr flush dev eth1
fault KN205 'gateway 10.1.1.1 of br0 is outside of its networks' 'a gateway outside' \
	"sed -i 's/^GATEWAY=.*/GATEWAY=10.1.1.1/' $SCRIPTS/ifcfg-br0" \
	"sed -i 's/^GATEWAY=.*/GATEWAY=192.168.12.1/' $SCRIPTS/ifcfg-br0"
fault KN206 'eth0, a port of a bridge, still makes IPv6 addresses' 'IPv6 on a port' \
	'echo 0 >/proc/sys/net/ipv6/conf/eth0/addr_gen_mode; echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
	ip addr add fe80::77/64 dev eth0 nodad' 'ip -6 addr flush dev eth0'
fault KN207 'eth0, a port of a bridge, still has address 10.8.0.1/24' 'an address on a port' \
	"ip addr add 10.8.0.1/24 dev eth0
	named 'ip address del 10.8.0.1/24 dev eth0; if it is needed: kvmnet bridge set br0 --static 192.168.12.118/24 --static 10.8.0.1/24'" \
	'ip addr del 10.8.0.1/24 dev eth0'
fault KN208 'br0 forwards IPv6 and so ignores router advertisements' 'forwarding and SLAAC' \
	'ip addr add fd00:12::5/64 dev br0 valid_lft 1000 preferred_lft 900 nodad
	echo 1 >/proc/sys/net/ipv6/conf/br0/accept_ra; echo 1 >/proc/sys/net/ipv6/conf/br0/forwarding' \
	'ip addr del fd00:12::5/64 dev br0; echo 0 >/proc/sys/net/ipv6/conf/br0/forwarding'
fault KN209 '/etc/resolv.conf names no server, but the file of br0 has' 'DNS is gone' \
	'mv /etc/resolv.conf /etc/resolv.kept; echo "# nothing" >/etc/resolv.conf' \
	'mv /etc/resolv.kept /etc/resolv.conf'
fault KN210 'gateway 192.168.12.1 does not answer on br0' 'a dead gateway' \
	'gw ip addr del 192.168.12.1/24 dev gw0; ip neigh flush dev br0' \
	'gw ip addr add 192.168.12.1/24 dev gw0; wait_for 20 gateway_answers'
fault KN211 'br9 gets its address by DHCP and its file names no MAC' 'DHCP without a MAC' \
	"printf 'DEVICE=br9\nTYPE=Bridge\nONBOOT=no\nBOOTPROTO=dhcp\nNM_CONTROLLED=no\n' >$SCRIPTS/ifcfg-br9" \
	"rm $SCRIPTS/ifcfg-br9"

# ---- filter ----

nf=/proc/sys/net/bridge/bridge-nf-call-iptables
drop='nft add table ip docker; nft "add chain ip docker forward1 { type filter hook forward priority 0; policy drop; }"'
if [ -e $nf ]; then
	echo 0 >$nf
	fault KN301 'bridge-nf-call-iptables = 1 and FORWARD drops: guests on br0' 'docker, by nftables' \
		"echo 1 >$nf; $drop" "echo 0 >$nf; nft delete table ip docker"
fi
fault KN301 'nf-call is on and FORWARD drops: guests on br0' 'docker, by iptables' \
	'ip link set br0 type bridge nf_call_iptables 1; iptables -P FORWARD DROP' \
	'ip link set br0 type bridge nf_call_iptables 0; iptables -P FORWARD ACCEPT'
fault KN302 'network default is up, but no firewall rule masquerades 192.168.130.0/24' 'a firewall reload' \
	'nft flush chain ip libvirt_network guest_nat' \
	'iptables -t nat -A POSTROUTING -s 192.168.130.0/24 -j MASQUERADE'
fault KN303 'network default needs forwarding, which is off' 'forwarding' \
	'echo 0 >/proc/sys/net/ipv4/ip_forward' 'echo 1 >/proc/sys/net/ipv4/ip_forward'
fault KN304 'eth1 checks sources strictly \(rp_filter = 1\), and the default route is by br0' 'strict' \
	'ip addr add 10.7.0.2/24 dev eth1; ip addr add 10.7.0.1/24 dev far1
	echo 1 >/proc/sys/net/ipv4/conf/eth1/rp_filter
	ip route add default via 10.7.0.9 dev eth1 metric 900; ip neigh replace 10.7.0.9 lladdr 02:00:00:00:00:05 dev eth1 nud permanent' \
	'ip route del default dev eth1; ip neigh flush dev eth1; ip addr flush dev eth1; ip addr flush dev far1
	echo 0 >/proc/sys/net/ipv4/conf/eth1/rp_filter'

# ---- files ----

# A process of networkd's name that says the bridge is its own.
cp "$(command -v sleep)" "$WORK/systemd-network"
"$WORK/systemd-network" 600 &
networkd=$!
fault KN401 'br0 is managed by systemd-networkd and by network-scripts' 'two managers' \
	'mkdir -p /run/systemd/netif/links
	echo ADMIN_STATE=configured >"/run/systemd/netif/links/$(cat /sys/class/net/br0/ifindex)"' \
	"kill $networkd; rm -r /run/systemd/netif"
fault KN402 'nothing on this host reads ifcfg-br0' 'no reader' \
	'mv /etc/rc.d/rc3.d/S10network /etc/rc.d/kept' 'mv /etc/rc.d/kept /etc/rc.d/rc3.d/S10network'
fault KN403 'cloud-init wrote ifcfg-eth0 and will write it again' 'cloud-init' \
	"mkdir -p /etc/cloud; echo '# cfg' >/etc/cloud/cloud.cfg
	sed -i '1i # Created by cloud-init automatically, do not edit.' $SCRIPTS/ifcfg-eth0" \
	"mkdir -p /etc/cloud/cloud.cfg.d
	echo 'network: {config: disabled}' >/etc/cloud/cloud.cfg.d/99-disable-network.cfg"
rm -r /etc/cloud
fault KN404 'ifcfg-eth0 shares its interface with ifcfg-eth0-backup:' 'a backup' \
	"cp $SCRIPTS/ifcfg-eth0 $SCRIPTS/ifcfg-eth0-backup" "rm $SCRIPTS/ifcfg-eth0-backup"
fault KN404 'ifcfg-br0 shares its UUID with ifcfg-eth0:' 'a copied UUID' \
	"echo UUID=6f1c | tee -a $SCRIPTS/ifcfg-eth0 >>$SCRIPTS/ifcfg-br0" \
	"sed -i /UUID/d $SCRIPTS/ifcfg-eth0 $SCRIPTS/ifcfg-br0"
fault KN405 'firewalld zone public is set on eth0' 'a zone in the file of a port' \
	"echo ZONE=public >>$SCRIPTS/ifcfg-eth0; named 'bridge set br0 --zone public'" "sed -i /ZONE/d $SCRIPTS/ifcfg-eth0"
fault KN405 'firewalld zone work is set on eth0' "a zone in firewalld's files" \
	'echo "<zone><interface name=\"eth0\"/></zone>" >/etc/firewalld/zones/work.xml' \
	'rm /etc/firewalld/zones/work.xml'
fault KN406 'the file of eth0 is for MAC 02:00:00:00:00:55' 'a replaced card' \
	"sed -i s/^HWADDR=.*/HWADDR=02:00:00:00:00:55/ $SCRIPTS/ifcfg-eth0" \
	"sed -i s/^HWADDR=.*/HWADDR=$SANDBOX_MAC/ $SCRIPTS/ifcfg-eth0"
fault KN407 'a change of kvmnet was not finished' 'a change that died' \
	'touch /var/lib/kvmnet/journal' 'rm /var/lib/kvmnet/journal'
fault KN410 'change [0-9]+ of kvmnet waits for its confirmation: unless it is confirmed it is undone by itself, in [0-9]+ s fix: kvmnet confirm ([0-9]+) keeps it, kvmnet cancel [0-9]+ undoes it now' \
	'a change that waits' \
	'"$KVMNET" bridge set br0 --ageing 200 --confirm 600 --no-wait' '"$KVMNET" cancel'
fault KN408 'br0 differs from its file: address 10.9.9.9/24: in the kernel' 'an address by hand' \
	"ip addr add 10.9.9.9/24 dev br0; named 'kvmnet export | kvmnet apply - makes it so now'" \
	'"$KVMNET" export | "$KVMNET" apply -y -'
fault KN408 'br0 differs from its file: dns: file 180.76.76.76 114.114.114.114, resolv.conf 1.1.1.1' \
	'name servers by hand' \
	"echo nameserver 1.1.1.1 >/etc/resolv.conf
	named 'kvmnet bridge set br0 --dns 180.76.76.76 --dns 114.114.114.114 writes them'" \
	'"$KVMNET" bridge set br0 --dns 180.76.76.76 --dns 114.114.114.114'
# shellcheck disable=SC2034 # for the two below
shell='IPADDR=$(hostname -i)'
fault KN409 'ifcfg-eth0:[0-9]+ is not read: IPADDR cannot be read' 'shell code in a file' \
	'echo "$shell" >>$SCRIPTS/ifcfg-eth0' 'sed -i /hostname/d $SCRIPTS/ifcfg-eth0'
fault KN409 'ifcfg-eth0:1:1 is not read: IPADDR cannot be read' 'shell code in an alias' \
	'echo "$shell" >$SCRIPTS/ifcfg-eth0:1' 'rm $SCRIPTS/ifcfg-eth0:1'
fault KN409 'ifcfg-eth3 is not read: it is a FIFO' 'what is no file' \
	'mkfifo $SCRIPTS/ifcfg-eth3' 'rm $SCRIPTS/ifcfg-eth3'

# ---- guests ----

domain()
{
	printf "<domain type='kvm'><name>%s</name><devices><interface type='%s'><source %s='%s'/></interface></devices></domain>" \
		"$1" "$2" "$2" "$3" >"/etc/libvirt/qemu/$1.xml"
}
fault KN501 'guest web01 wants bridge br7' 'a guest without its bridge' \
	'domain web01 bridge br7' 'domain web01 bridge br0'
fault KN501 'network lan wants bridge br7' 'a network without its bridge' \
	"echo \"<network><name>lan</name><forward mode='bridge'/><bridge name='br7'/></network>\" >$nets/lan.xml" \
	"rm $nets/lan.xml"
fault KN502 'guest web01 wants network lost' 'a guest without its network' \
	'domain web01 network lost' 'domain web01 network default'
fault KN503 'virbr5 is a libvirt bridge that no network defines' 'a stale bridge' \
	'ip link add virbr5 type bridge' 'ip link del virbr5'
ip tuntap add vnet9 mode tap
qemu=$(PATH=$PATH:/usr/libexec command -v qemu-system-x86_64 qemu-kvm | head -n 1)
"$qemu" -name guest=lost -machine pc,accel=tcg -S -display none -nodefaults -m 16 \
	-netdev tap,id=h0,ifname=vnet9,script=no,downscript=no \
	-device e1000,netdev=h0,romfile= >"$WORK/qemu" 2>&1 &
guest=$!
wait_for 30 found KN504 vnet9
fault KN504 'vnet9 of guest lost is attached to nothing' 'a tap without a bridge' true \
	"kill $guest; wait $guest; ip link del vnet9"
fault KN505 '/etc/qemu/bridge.conf allows br7, but no bridge that exists' "the helper's list" \
	'echo "allow br7" >/etc/qemu/bridge.conf' 'echo "allow br0" >/etc/qemu/bridge.conf'
fault KN506 'network default says MTU 9000, but its bridge virbr0 has 1500' "a network's MTU" \
	"net default nat virbr0 192.168.130.1 '' \"<mtu size='9000'/>\" >/run/libvirt/network/default.xml" \
	"cp $nets/default.xml /run/libvirt/network/"
fault KN507 "ifcfg-vnet3 configures vnet3, a guest's tap" 'a tap in the files' \
	"printf 'DEVICE=vnet3\nONBOOT=yes\nBRIDGE=br0\n' >$SCRIPTS/ifcfg-vnet3" "rm $SCRIPTS/ifcfg-vnet3"
fault KN508 'network seg gives out leases on br0, which has an uplink' 'two DHCP servers' \
	"net seg '' br0 192.168.12.118 \"<dhcp><range start='192.168.12.200' end='192.168.12.210'/></dhcp>\" >/run/libvirt/network/seg.xml" \
	'rm /run/libvirt/network/seg.xml'
fault KN509 'network lab overlaps br0 \(192.168.12.0/24\)' 'a subnet that the host is in' \
	"net lab nat virbr4 192.168.12.1 >$nets/lab.xml" "rm $nets/lab.xml"
fault KN509 'network lab overlaps a route \(10.20.0.0/16\)' 'a subnet behind a router' \
	"ip route add 10.20.0.0/16 via 192.168.12.1; net lab nat virbr4 10.20.5.1 >$nets/lab.xml" \
	"rm $nets/lab.xml; ip route del 10.20.0.0/16"
fault KN603 'eth0, the uplink of br0, has no carrier' 'a pulled cable' \
	'gw ip link set gw0 down' 'gw ip link set gw0 up; wait_for 20 gateway_answers'

# ---- without root: what can be read is, and what cannot is said ----

nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if "${nobody[@]}" true 2>/dev/null; then
	ip addr add 10.8.0.1/24 dev eth0
	cp "$KVMNET" "$WORK/kvmnet"
	chmod 755 "$WORK" "$WORK/kvmnet"
	out=$("${nobody[@]}" "$WORK/kvmnet" doctor)
	is $? 1 'an ordinary user has findings'
	like "$out" 'KN207' 'the address on the port'
	like "$out" "not looked at: the firewall's rules" 'but not the firewall'
	like "$out" 'not looked at: whether a change is unfinished' 'nor the journal'
	like "$out" '^1 error, .*[0-9]+ ok, [1-9][0-9]* not judged$' 'and these rules are not called ok'
	chmod 600 $SCRIPTS/ifcfg-eth0
	out=$("${nobody[@]}" "$WORK/kvmnet" doctor)
	like "$out" 'KN409 file +ifcfg-eth0 is not read: Permission denied' 'a file of root is told'
	chmod 644 $SCRIPTS/ifcfg-eth0
	ip addr del 10.8.0.1/24 dev eth0
fi

# ---- one bridge, exits, explain ----

ip addr add 10.8.0.1/24 dev eth0
run_is 0 'another bridge is well' doctor virbr0
run_is 1 'this one is not' doctor br0
like "$out" 'KN207' 'its port has an address'
run_is 1 'JSON has the same exit status' doctor br0 --json
like "$out" '"rule": "KN207"' 'and the rule'
run_is 2 'a bridge that is none' doctor br99
ip addr del 10.8.0.1/24 dev eth0
run_is 0 'explain' explain KN103
like "$out" 'kvmnet bridge set NAME --mac uplink' 'the fix'
run_is 2 'explain what there is not' explain KN999
run_is 0 'below a root the files alone are judged' doctor --root /
like "$out" 'not looked at: the kernel' 'and it says so'
story_end
