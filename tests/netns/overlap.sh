#!/usr/bin/env bash
# An address in a network that another link, or a network of libvirt's, is in already is refused, unless
# that is meant.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
rm -rf /etc/libvirt # the sandbox's link to the machine's
mkdir -p /etc/libvirt/qemu/networks
ip link add eth1 type veth peer name other0 netns gw
ip link add virbr7 type bridge
ip addr add 192.168.130.1/24 dev virbr7
ip link set virbr7 up
links=$(links)
routes=$(ip route)
files=$(file_state)

# refused NAME TEXT WORD...
refused()
{
	local name=$1 text=$2
	shift 2
	run_is 3 "$name: refused" "$@"
	like "$err" "$text" "$name: told"
	like "$err" 'rule subnet-overlap;' "$name: by its rule"
	is "$(links)$(ip route)" "$links$routes" "$name: the kernel is untouched"
	is "$(file_state)" "$files" "$name: the files are untouched"
}

refused 'beside eth0' '192\.168\.12\.7/24 of br0 overlaps 192\.168\.12\.118/24, the address of eth0' \
	bridge create br0 --port eth1 --static 192.168.12.7/24
refused 'a wider one' 'the address of eth0' bridge create br0 --port eth1 --static 192.168.77.1/16
refused 'a narrower one' 'the address of virbr7' bridge create br0 --port eth1 \
	--static 192.168.130.200/32
printf '[bridge br0]\nports = eth1\nipv4 = 192.168.130.200/24\n' >"$WORK/one.conf"
refused apply 'one\.conf:1:2: error: .* overlaps 192\.168\.130\.1/24' apply "$WORK/one.conf"
echo "<network><name>lab</name><uuid>6b1a7c51-8d7c-4f0e-a3f4-4ff9d5ad4a01</uuid><bridge name='virbr9'/><ip address='10.44.0.1' prefix='24'/></network>" \
	>/etc/libvirt/qemu/networks/lab.xml
refused 'a network that does not run' 'overlaps 10\.44\.0\.1/24, the libvirt network lab' \
	bridge create br0 --port eth1 --static 10.44.0.9/24
printf 'DEVICE=eth5\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.55.0.1\nPREFIX=24\n' >$SCRIPTS/ifcfg-eth5
files=$(file_state)
refused 'a file' 'overlaps 10\.55\.0\.1/24, the address in .*/ifcfg-eth5' bridge create br0 --port eth1 \
	--static 10.55.0.9/24
run_is 3 'files only' bridge create br0 --port eth1 --static 10.55.0.9/24 --no-live
rm $SCRIPTS/ifcfg-eth5

run_is 0 'meant so' bridge create br0 --port eth1 --static 192.168.12.7/24 --force=subnet-overlap
like "$out$err" 'subnet-overlap, overridden' 'told all the same'
run_is 0 'again: nothing to do, nothing to force' bridge create br0 --port eth1 \
	--static 192.168.12.7/24 --exit-code
run_is 0 'one more of the same network' bridge set br0 --static 192.168.12.7/24 \
	--static 192.168.12.8/24
run_is 0 'it goes' bridge delete br0
ip addr flush dev eth1
run_is 0 'of its own port' bridge create br0 --port eth0 --static 192.168.12.118/24 \
	--static 192.168.12.119/24 --gateway 192.168.12.1
run_is 0 'a network of nobody' bridge create br1 --port eth1 --static 10.66.0.1/24
story_end
