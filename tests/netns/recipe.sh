#!/usr/bin/env bash
# The classic recipe, both variants, out of the one command and the recipe's own ifcfg-eth0: what the
# recipe tells people to type by hand is what is written, and the kernel agrees with it.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# assignments FILE: its keys and values, sorted; quoting does not matter to the readers
assignments()
{
	grep -E '^[A-Z]' "$SCRIPTS/$1" | tr -d '"' | sort
}

host_static
run_is 0 'static: the one command' bridge create br0 --slave eth0
is "$(assignments ifcfg-br0)" "$(sort <<'FILE'
BOOTPROTO=none
DEFROUTE=yes
DELAY=0
DEVICE=br0
DNS1=180.76.76.76
DNS2=114.114.114.114
GATEWAY=192.168.12.1
IPADDR=192.168.12.118
IPV6INIT=no
MACADDR=44:37:E6:4A:62:AD
NM_CONTROLLED=no
ONBOOT=yes
PREFIX=24
STP=no
TYPE=Bridge
FILE
)" 'static: ifcfg-br0'
is "$(assignments ifcfg-eth0)" "$(sort <<'FILE'
BOOTPROTO=none
BRIDGE=br0
DEVICE=eth0
HWADDR=44:37:E6:4A:62:AD
NAME=System eth0
NM_CONTROLLED=no
ONBOOT=yes
TYPE=Ethernet
FILE
)" 'static: ifcfg-eth0'
is "$(addresses br0) $(default_route)" '192.168.12.118/24 default via 192.168.12.1 dev br0' \
	'static: the kernel has the same'
ok 'static: the gateway reaches the host' host_answers

host_again
recipe_ifcfg_dhcp >"$SCRIPTS/ifcfg-eth0"
run_is 0 'dhcp: the one command' bridge create br0 --slave eth0 --no-live
is "$(assignments ifcfg-br0)" "$(sort <<'FILE'
BOOTPROTO=dhcp
DELAY=0
DEVICE=br0
IPV6INIT=no
MACADDR=44:37:E6:4A:62:AD
NM_CONTROLLED=no
ONBOOT=yes
STP=no
TYPE=Bridge
FILE
)" 'dhcp: ifcfg-br0'
is "$(value ifcfg-eth0 BOOTPROTO) $(value ifcfg-eth0 BRIDGE)" 'none br0' 'dhcp: ifcfg-eth0'
run_is 0 'dhcp: and back' bridge delete br0 --no-live
is "$(<"$SCRIPTS/ifcfg-eth0")" "$(recipe_ifcfg_dhcp)" 'dhcp: byte for byte'
story_end
