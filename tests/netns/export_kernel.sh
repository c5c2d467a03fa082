#!/usr/bin/env bash
# export --no-persist: a host whose network no ifcfg file describes becomes a file that, applied to the
# kernel, changes nothing; with files, only those are written.
# ctest: timeout=120
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

sandbox_net
ip link add eth1 type veth peer name far1
ip link add vnet7 type veth peer name far7
ip link set far1 up
ip link set eth1 up
echo 'nameserver 192.168.12.1' >/etc/resolv.conf

# by hand, as a script or another program does
ip link add br0 address "$SANDBOX_MAC" type bridge forward_delay 0
ip link set eth0 master br0
ip link set br0 up
ip addr add 192.168.12.118/24 brd + dev br0
ip addr add fd00:12::118/64 dev br0 nodad
ip route add default via 192.168.12.1 dev br0 metric 30
ip route add 10.8.0.0/16 via 192.168.12.9 dev br0
ip link add br1 address 02:00:00:00:00:11 type bridge stp_state 1 forward_delay 1500 priority 4096
ip link set eth1 mtu 1400
ip link set br1 mtu 1400
ip link set eth1 master br1
ip link set vnet7 master br1
ip link set vnet7 up
ip link set br1 up
echo 77 >/sys/class/net/eth1/brport/path_cost
echo 1 >/sys/class/net/eth1/brport/isolated
ip addr add 10.1.0.1/24 brd + dev br1
ip addr add 10.77.0.1/24 dev far1
ip link add br2 address 02:00:00:00:00:12 type bridge
ip link set br2 up

state()
{
	kernel_state br0
	kernel_state br1
	kernel_state br2
	links
}
ok 'the links come up' wait_for 10 settled br0
before=$(state)
run_is 0 'what runs is a file' export --no-persist
cp "$WORK/out" "$WORK/host.conf"
unlike "$out" 'Applied here' 'of which nothing is left to be done'
is "$(sed -n '/^\[bridge br0\]/,/^$/p' "$WORK/host.conf" | tr -s ' ')" "$(
	cat <<-INI
		[bridge br0]
		ports = eth0
		ipv4 = 192.168.12.118/24
		ipv6 = fd00:12::118/64
		gateway = 192.168.12.1
		metric = 30
		dns = 192.168.12.1
		route = 10.8.0.0/16,via=192.168.12.9
		mac = $SANDBOX_MAC
		stp = off
		forward-delay = 0
	INI
)" 'with all of a bridge'
is "$(sed -n '/^\[bridge br1\]/,/^$/p' "$WORK/host.conf" | tr -s ' ' | grep -E '^(ports|mtu|priority|stp) ')" \
	"$(printf '%s\n' 'ports = eth1' 'mtu = 1400' 'stp = on' 'priority = 4096')" \
	'and of another, but the port of a guest'
is "$(sed -n '/^\[ethernet eth1\]/,/^$/p' "$WORK/host.conf" | tr -s ' ')" \
	"$(printf '%s\n' '[ethernet eth1]' 'isolated = on' 'cost = 77')" "a port's options are those that were set"
like "$out" '^#   vnet7 of br1$' 'which is named'
like "$out" '^#   far1 10\.77\.0\.1/24$' 'as is a card that has an address'
run_is 0 'applied to the kernel' apply "$WORK/host.conf" --no-persist --exit-code
like "$out" 'nothing to do' 'there is nothing to do'
is "$(state)" "$before" 'and nothing changes'
fails 'no file was made' test -e "$SCRIPTS"

# ---- what no section can say is told, and nothing else is lost by it ----

ip link add 'b]r' type bridge
ip link add '#h' type veth peer name far8
ip link add br3 address 02:00:00:00:00:13 type bridge
ip link set '#h' master br3
ip addr add 10.6.0.1/24 dev br2
ip addr add 10.5.0.1/32 peer 10.5.0.2 dev br2
ip link set br2 up
ip route add default via 10.6.0.254 dev br2 metric 400
ip route add default via 10.6.0.253 dev br2 metric 500
run_is 0 'odd names and values' export --no-persist
like "$out" '^# bridge b\]r is not in this file' 'a name that no file can have'
like "$out" '^# "#h" is no usable interface name' 'a port with such a name'
like "$out" '^#   br2 10\.5\.0\.1/32 peer 10\.5\.0\.2' 'an address with another end'
like "$out" '^#   remove route default via 10\.6\.0\.253 metric 500 from br2' 'a second default route'
like "$out" '^\[bridge br0\]$' 'the others are there'
cp "$WORK/out" "$WORK/odd.conf"
run_is 1 'the file can be applied' apply "$WORK/odd.conf" --no-persist --dry-run --exit-code
ip addr del 10.6.0.1/24 dev br2
ip addr add 10.6.0.1/24 dev br2
ip route add default via 10.6.0.254 dev br2
run_is 0 'a gateway outside of the first network' export --no-persist
like "$out" '^# \[bridge br2\] .*: the gateway 10\.6\.0\.254 lies outside' 'would be refused, and that is told'
for link in 'b]r' '#h' br3; do ip link del "$link"; done
ip addr flush dev br2 scope global

# ---- what a server or a router gave ----

ip addr add 10.2.0.5/24 brd + dev br2 valid_lft 3600 preferred_lft 1800
ip addr add fd00:9::5/64 dev br2 valid_lft 3600 preferred_lft 1800 nodad
run_is 0 'with a lease' export --no-persist
is "$(sed -n '/^\[bridge br2\]/,/^$/p' "$WORK/out" | tr -s ' ' | grep '^ipv')" \
	"$(printf '%s\n' 'ipv4 = dhcp' 'ipv6 = auto')" 'it is the word for it, not the address'
ip addr flush dev br2 scope global
ip -6 route flush dev br2

# ---- the same with files: those are written, and the kernel stays as it is ----

scripts_reader ''
mkdir -p "$SCRIPTS"
run_is 0 'with files' apply "$WORK/host.conf"
is "$(state)" "$before" 'the kernel stays as it is'
ok 'a file is written' grep -q '^IPADDR=192.168.12.118' "$SCRIPTS/ifcfg-br0"
run_is 0 'files and kernel agree' check
like "$out" '^3 bridges: files and kernel agree' 'in all of it'
run_is 0 'and the export of the files' export
cp "$WORK/out" "$WORK/files.conf"
run_is 0 'applied' apply "$WORK/files.conf" --exit-code
like "$out" 'nothing to do' 'has nothing to do'
run_is 2 'below another root nothing runs' --root / export --no-persist
story_end
