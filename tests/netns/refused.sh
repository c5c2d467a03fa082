#!/usr/bin/env bash
# What must not happen to a host is refused with exit status 3 and the rule's name, before anything
# was touched.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
ip link add other type bridge
ip link add eth1 type veth peer name eth1peer netns gw
ip link set eth1 master other
ip link add eth2 type veth peer name eth2peer netns gw
ip addr add 192.168.99.1/24 dev other
# A loopback by another name: lo itself is refused as a name already.
ip link set lo down
ip link set lo name loop0 up
kernel=$(ip addr; ip route; ip -6 route)
files=$(file_state)

# refused RULE WORD...
refused()
{
	local rule=$1
	shift
	run_is 3 "$rule: refused" "$@"
	like "$err" "$rule" "$rule: named"
	like "$err" 'hint:' "$rule: with a hint"
	is "$(ip addr; ip route; ip -6 route)" "$kernel" "$rule: the kernel is untouched"
	is "$(file_state)" "$files" "$rule: the files are untouched"
}

refused port-taken bridge create br0 --port eth1
refused port-is-bridge bridge create br0 --port other
refused port-is-loopback bridge create br0 --port loop0
refused gateway-outside bridge create br0 --port eth0 --static 192.168.12.118/24 --gateway 10.0.0.1
refused address-in-use bridge create br0 --port eth0 --static 192.168.99.1/24 \
	--gateway 192.168.99.254
refused last-default-route bridge create br0 --port eth0 --no-ip
refused name-reserved bridge create tunnel0 --port eth0 --reader network-scripts-7

# What is only the guests' has no uplink: nobody takes over what it has.
ip link add guests type bridge
ip addr add 10.3.0.1/24 dev guests
kernel=$(ip addr; ip route; ip -6 route)
SSH_CONNECTION='10.3.0.9 40000 10.3.0.1 22' refused ssh-address bridge delete guests
ip tuntap add vnet7 mode tap
ip link set vnet7 master guests
kernel=$(ip addr; ip route; ip -6 route)
refused foreign-ports bridge delete guests

# rejected NAME WORD...: wrong input, exit status 2
rejected()
{
	local name=$1
	shift
	run_is 2 "$name: rejected" "$@"
	ok "$name: explained" test -n "$err"
	is "$(ip addr; ip route; ip -6 route)" "$kernel" "$name: the kernel is untouched"
	is "$(file_state)" "$files" "$name: the files are untouched"
}

rejected 'a name too long' bridge create abcdefghijklmnop --port eth0
rejected 'a name that readers take for a backup' bridge create br0.bak --port eth0
rejected 'the loopback' bridge create br0 --port lo
rejected 'a name with a percent' bridge create br%d --port eth0
rejected 'a mask too long' bridge create br0 --port eth0 --static 192.168.12.118/33
rejected 'the network itself' bridge create br0 --port eth0 --static 192.168.12.0/24
rejected 'an interface that is missing' bridge create br0 --port eth7
rejected 'a multicast MAC' bridge create br0 --port eth0 --mac 01:00:5e:00:00:01
rejected 'an unknown option' bridge create br0 --port eth0 --frobnicate

ip tuntap add tun7 mode tun
kernel=$(ip addr; ip route; ip -6 route)
rejected 'a link without Ethernet addresses' bridge create br0 --port tun7
like "$err" 'tun7 has no Ethernet address' 'and why'

# A card's frames go to one taker. One in a container is not to be seen before the kernel refuses.
ip link add eth3 type veth peer name eth3peer netns gw
if ip link add mac7 link eth3 type macvlan mode bridge 2>/dev/null; then
	kernel=$(ip addr; ip route; ip -6 route)
	run_is 3 'a card under a macvlan: refused' bridge create br3 --port eth3 --no-ip
	like "$err" 'eth3 cannot be a port of br3: mac7 \(macvlan\) stands on it' 'it is named'
	is "$(ip addr; ip route; ip -6 route)" "$kernel" 'the kernel is untouched'
	ip link set mac7 netns gw
	links=$(links)
	run_is 4 'one in a container: put back' bridge create br3 --port eth3 --no-ip
	like "$err" 'cannot attach eth3 to br3: .*busy' 'with the reason'
	like "$err" "hint: something stands on eth3 already and takes its frames, a container's macvlan" 'and a hint'
	is "$(links) $(file_state)" "$links $files" 'nothing is left'
	gw ip link del mac7
fi
ip link del eth3

# Without privilege: reading and planning work, also after a first change; changing says what it needs.
ip link set eth1 nomaster
run_is 0 'a first change' bridge create br0 --port eth0
unprivileged()
{
	setpriv --reuid 65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
}
cp "$KVMNET" /run/kvmnet-copy
chmod 755 /run /run/kvmnet-copy
KVMNET=unprivileged_kvmnet
# shellcheck disable=SC2317 # run() calls it by name
unprivileged_kvmnet()
{
	unprivileged /run/kvmnet-copy "$@"
}
if unprivileged true; then
	run_is 0 'unprivileged: list' bridge list
	run_is 0 'unprivileged: show' bridge show br0
	run_is 0 'unprivileged: a dry run' bridge set br0 --ageing 99 --dry-run
	run_is 8 'unprivileged: a change is refused' bridge set br0 --ageing 99
	like "$err" 'CAP_' 'unprivileged: the capability is named'
	run_is 8 'unprivileged: whether there is anything to recover is not known' recover
	like "$err" 'cannot look into /var/lib/kvmnet' 'unprivileged: and not claimed'
	run_is 8 'unprivileged: nor is the history read' history
fi
story_end
