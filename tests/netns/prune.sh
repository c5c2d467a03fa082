#!/usr/bin/env bash
# apply --prune removes what kvmnet made and the file no longer has, together with the rest as one
# change: what leaves a removed bridge can go to a new one. What others made or edited stays.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# card NAME: a second network card with a cable
card()
{
	ip link add "$1" type veth peer name "$1-far"
	ip link set "$1-far" up
}

# everything: files and kernel, to be compared
everything()
{
	file_bytes
	kernel_state eth0
	ip -br link show type bridge | awk '{ print $1, $3 }' | sort
}

bridges()
{
	ip -o link show type bridge | sed -E 's/^[0-9]*: ([^:@]*).*/\1/' | sort | tr '\n' ' '
}

# conf NAME LINE...
conf()
{
	local name=$1
	shift
	printf '%s\n' "$@" >"$WORK/$name.conf"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
card eth1
card eth2
original=$(<"$SCRIPTS/ifcfg-eth0")
conf first '[bridge br0]' 'ports = @uplink' '[bridge br1]' 'ports = eth1 eth2' \
	'ipv4 = 10.1.0.1/24' 'ipv6 = none' 'stp = on' '[bridge br2]' 'ipv4 = 10.2.0.1/24' 'ipv6 = none'
conf moved '[bridge br0]' 'ports = @uplink' '[bridge br3]' 'ports = eth1' 'ipv4 = 10.1.0.1/24' \
	'ipv6 = none'
conf fewer '[bridge br0]' 'ports = @uplink' '[bridge br1]' 'ports = eth1' 'ipv4 = 10.1.0.1/24' \
	'ipv6 = none'
conf renamed '[bridge lan0]' 'ports = @uplink'

run_is 0 'three bridges' apply "$WORK/first.conf"
run_is 0 'with nothing to remove' apply "$WORK/first.conf" --prune --exit-code
like "$out" 'nothing to do' 'there is nothing to do'
before=$(everything)

# ---- a port that leaves ----

run_is 1 'a port that the file no longer has is a difference' diff "$WORK/fewer.conf" --prune
like "$out" '^port eth2 \(--prune\)$' 'under its own heading'
like "$out" 'detach eth2 from br1' 'it is detached'
like "$out" '^bridge br2 \(--prune\)$' 'so is a bridge'
run_is 0 'without --prune it is none' diff "$WORK/fewer.conf"
run_is 0 'it leaves' apply "$WORK/fewer.conf" --prune
is "$(master eth2)" '' 'in the kernel'
fails 'and its file, which kvmnet made, is gone' test -e "$SCRIPTS/ifcfg-eth2"
is "$(bridges)" 'br0 br1 ' 'with the bridge'
run_is 0 'one rollback' rollback
is "$(everything)" "$before" 'brings all of it back'

# ---- a port that goes to another bridge ----

run_is 3 'a port of a bridge that stays is not taken' apply "$WORK/moved.conf"
like "$err" '/moved.conf:4:9: error: eth1 is already a port of br1' \
	'the refusal names file, line and column'
is "$(everything)" "$before" 'nothing was changed'
pinging "$WORK/ping" 192.168.12.118
run_is 0 'with --prune it goes' apply "$WORK/moved.conf" --prune
pinging_stop
is "$(lost "$WORK/ping")" 0 'and the host was reached all the time'
is "$(bridges)" 'br0 br3 ' 'two bridges are gone, one is new'
is "$(master eth1)" br3 'the port moved'
is "$(addresses br3)" 10.1.0.1/24 'with the address of the bridge that went'
fails 'the file of the old one is gone' test -e "$SCRIPTS/ifcfg-br1"
run_is 0 'a second run' apply "$WORK/moved.conf" --prune --exit-code
run_is 0 'files and kernel agree' check
run_is 0 'one rollback' rollback
is "$(everything)" "$before" 'brings all of it back'

# ---- the uplink's bridge gets another name ----

pinging "$WORK/ping" 192.168.12.118
run_is 0 'the uplink goes from one bridge to another' apply "$WORK/renamed.conf" --prune
pinging_stop
diag "lost while renamed: $(lost "$WORK/ping")"
is "$(bridges)" 'lan0 ' 'there is one bridge'
is "$(master eth0)" lan0 'which has the uplink'
is "$(addresses lan0)" 192.168.12.118/24 'and its address'
ok 'the host is reached' host_answers
run_is 0 'a second run' apply "$WORK/renamed.conf" --prune --exit-code
run_is 0 'files and kernel agree' check
run_is 0 'the new bridge is deleted' bridge delete lan0
is "$(<"$SCRIPTS/ifcfg-eth0")" "$original" 'and gives back what stood there before the first one'
is "$(addresses eth0)" 192.168.12.118/24 'also in the kernel'
ok 'the host is reached again' host_answers

# ---- what is not ours ----

run_is 0 'three bridges again' apply "$WORK/first.conf"
ip link add br7 type bridge
printf '%s\n' DEVICE=br7 TYPE=Bridge ONBOOT=yes BOOTPROTO=none >"$SCRIPTS/ifcfg-br7"
echo '# mine' >>"$SCRIPTS/ifcfg-br2"
echo '# mine too' >>"$SCRIPTS/ifcfg-eth2"
run_is 0 'others have made a bridge, and edited files' apply "$WORK/fewer.conf" --prune --exit-code
like "$err$out" 'bridge br2 is left as it is: ifcfg-br2 was edited' 'what they edited is left, and named'
like "$err$out" 'eth2 stays a port of br1: ifcfg-eth2 was edited' 'a port, too'
is "$(bridges)" 'br0 br1 br2 br7 ' 'every bridge is there'
is "$(master eth2)" br1 'and the port'
sed -i '$d' "$SCRIPTS/ifcfg-br2" "$SCRIPTS/ifcfg-eth2"
echo '10.9.0.0/16 via 10.2.0.9' >"$SCRIPTS/route-br2"
run_is 0 'a file of theirs beside it' apply "$WORK/first.conf" --prune
run_is 0 'keeps a bridge' apply "$WORK/fewer.conf" --prune
like "$out" 'bridge br2 \(--prune\): left as it is, because .*/route-br2 is not as kvmnet wrote it' \
	'and is named'
is "$(bridges)" 'br0 br1 br2 br7 ' 'it stays'
rm "$SCRIPTS/route-br2"

# ---- the safety rules ----

ip tuntap add vnet0 mode tap
ip link set vnet0 master br2
before=$(everything)
run_is 3 'a bridge under guests is not removed' apply "$WORK/fewer.conf" --prune
like "$err" 'bridge br2 \(--prune\): br2 still has ports that kvmnet did not put there \(vnet0\)' \
	'the refusal says whose'
is "$(everything)" "$before" 'nothing was changed'
ip link del vnet0
export SSH_CONNECTION='10.2.0.5 40000 10.2.0.1 22'
before=$(everything)
run_is 3 'nor is the address of the SSH session taken away' apply "$WORK/fewer.conf" --prune
like "$err" 'ssh-address|SSH session' 'which is said'
is "$(everything)" "$before" 'and nothing was changed'
unset SSH_CONNECTION
run_is 2 'without files nobody knows what is ours' apply "$WORK/fewer.conf" --prune --no-persist
story_end
