#!/usr/bin/env bash
# What is too wide: a pipe gets all of it; on a terminal columns are given up, and no address is ever cut. And
# what show and bridge show say of a port whose bridge is not there.
# ctest: timeout=120
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

bridge=averyverylongbr
v6=fd00:1234:5678:9abc:def0:1234:5678:9abc

# on_terminal COLUMNS WORD...: kvmnet there; leaves $out
on_terminal()
{
	local columns=$1
	shift
	out=$(script -qec "stty cols $columns; exec '$KVMNET' --color=never $*" /dev/null </dev/null | tr -d '\r')
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
run_is 0 'a bridge with a long name' bridge create $bridge --port eth0 --static 192.168.12.118/24 --static $v6/64
for dev in eth1 eth2; do
	ip link add $dev type veth peer name far$dev
	ip link set $dev up
	ip link set far$dev up
	printf 'DEVICE=%s\nTYPE=Ethernet\nONBOOT=yes\nBRIDGE=br9\n' $dev >"$SCRIPTS/ifcfg-$dev"
done
printf 'DEVICE=br9\nTYPE=Bridge\nONBOOT=no\nBOOTPROTO=none\n' >"$SCRIPTS/ifcfg-br9"

run_is 0 'in a pipe' show
like "$out" "^● $bridge  bridge +up +1500 +192.168.12.118/24 +default via 192.168.12.1\$" 'all is there'
like "$out" " $v6/64( |\$)" 'the long address'
unlike "$out" '\.\.\.' 'nothing is cut'
like "$out" '^● eth2 .* port of br9 in ifcfg-eth2, not attached$' 'a port whose bridge is not there'
on_terminal 122 show
like "$out" "^● $bridge  bridge +up +192.168.12.118/24 +default via 192.168.12.1\$" 'a narrower terminal: without the MTU'
unlike "$out" 'MTU|\.\.\.' 'and nothing is cut'
unlike "$out" '^.{123}' 'in 122 columns'
on_terminal 80 show
like "$out" "^INTERFACE +STATE +ADDRESS, ATTACHED TO\$" '80 columns: what is attached stands below'
like "$out" " $v6/64\$" 'the long address is whole'
like "$out" ' default via 192.168.12.1$' 'the gateway, too'
unlike "$out" '\.\.\.' 'nothing is cut'
unlike "$out" '^.{81}' 'in 80 columns'

run_is 0 'the list in a pipe' bridge list
like "$out" "^BRIDGE +STATE +STP +MAC +PORTS +ADDRESSES +FILE\$" 'all columns'
like "$out" " $v6/64( |\$)" 'the long address'
on_terminal 80 bridge list
like "$out" " $v6/64\$" 'on a terminal it is whole as well'
unlike "$out" '\.\.\.' 'nothing is cut'
unlike "$out" '^.{81}' 'in 80 columns'
like "$out" '^BRIDGE +STATE .*PORTS +ADDRESSES$' 'less important columns are left out'

ip link add br9 type bridge
run bridge show br9
like "$out" '^  eth1 +not attached ' 'a card that is there is not absent'
ip link del fareth1
run bridge show br9
like "$out" '^  eth1 +absent ' 'one that is not is'
ip link del br9
ip tuntap add kvmnet-tap0 mode tap
run show
like "$out" "kvmnet-tap0 .*kvmnet's own, until its change is kept or undone" 'the tap of a change is explained'
run_is 2 'two forms at once are refused' show --format dot --json
like "$out$err" '.--format and --json are two forms of the same' 'and it is said why'
story_end
