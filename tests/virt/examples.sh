#!/usr/bin/env bash
# Every example, on a live host with a real libvirtd: applied, applied again without a change, printed
# by export, and that applied without a change; rolled back to the host as it was. And networks that
# a file no longer has are removed with --prune.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq

libvirt_host
ip link add eth1 type veth peer name eth1-far
ip link set eth1-far up
EXAMPLES=$SUPPORT/../../examples

# everything: files, kernel, networks
everything()
{
	file_bytes
	kernel_state "$1"
	ip -br link show type bridge | awk '{ print $1, $3 }' | sort
	net_everything
}

nets()
{
	vsh net-list --all --name | sort | tr -s '\n' ' '
}

# lives NAME [WORD...]: an example's life
lives()
{
	local name=$1 before after
	shift
	before=$(everything eth0)
	run_is 0 "$name: applied" apply "$EXAMPLES/$name.conf" "$@"
	after=$(everything br0)
	run_is 0 "$name: applied again" apply "$EXAMPLES/$name.conf" --exit-code "$@"
	like "$out" 'nothing to do' "$name: there is nothing to do"
	run_is 0 "$name: exported" export
	cp "$WORK/out" "$WORK/export.conf"
	run_is 0 "$name: what was exported is applied" apply "$WORK/export.conf" --exit-code
	like "$out" 'nothing to do' "$name: which changes nothing"
	is "$(everything br0)" "$after" "$name: in files, kernel and libvirt"
	run_is 0 "$name: rolled back" rollback
	is "$(everything eth0)" "$before" "$name: to what was there"
}

lives static
lives fleet
lives ipv6
lives networks
is "$(grep -cE '^\[(nat lab|network lan)\]' "$WORK/export.conf")" 2 'its networks are among what is exported'

run_is 0 'networks and their bridge' apply "$EXAMPLES/networks.conf"
vsh net-define /dev/stdin <<<'<network><name>theirs</name><bridge name="virbr8"/></network>' >/dev/null
sed '/^\[nat lab\]/,$d' "$EXAMPLES/networks.conf" >"$WORK/fewer.conf"
before=$(everything br0)
run_is 1 'a network that the file no longer has is a difference' diff "$WORK/fewer.conf" --prune
like "$out" '^network lab \(--prune\)$|remove network lab|stop network lab' 'which is shown'
run_is 0 'it goes with --prune' apply "$WORK/fewer.conf" --prune
is "$(nets)" 'lan theirs ' 'and those that are described, or of others, stay'
run_is 0 'a second run' apply "$WORK/fewer.conf" --prune --exit-code
run_is 0 'one rollback' rollback
is "$(everything br0)" "$before" 'brings it back'
sed '/^\[network lan\]/,$d' "$EXAMPLES/networks.conf" | sed 's/bridge br0/bridge lan0/' >"$WORK/renamed.conf"
run_is 0 'with its networks the bridge itself goes' apply "$WORK/renamed.conf" --prune
is "$(nets)" 'theirs ' 'nothing of ours is left in libvirt'
is "$(master eth0)" lan0 'the uplink has its new bridge'
ok 'the host is reached' host_answers
run_is 0 'one rollback' rollback
is "$(everything br0)" "$before" 'brings all of it back'
story_end
