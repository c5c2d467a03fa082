#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=300
# While a bridge is made over an interface, changed, given a port or taken apart again, the interface
# vanishes, is renamed, is taken by another bridge, or loses its carrier, at several instants each:
# files and exit status agree, nothing of ours is left over, and nobody else's link, address or route
# is touched. By hand, 50 times each (what is no create: 10 times):
#   bash tests/fault/racer.sh --long
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

STATE=/var/lib/kvmnet
TIMES=1
[ -z "$LONG" ] || TIMES=${RACES:-50}
CREATE='bridge create br7 --port eth1 --no-ip'
# the command that is raced, and the change before it
COMMAND=$CREATE
BEFORE=''

# nic: eth1 as it was, somebody else's bridge br9, and no bridge of ours
nic()
{
	local dev
	for dev in br7 eth1 eth5; do
		ip link del "$dev" 2>/dev/null
	done
	rm -rf "$SCRIPTS"/ifcfg-br7 "$SCRIPTS"/ifcfg-eth1 "$STATE"
	ip link add eth1 address 02:00:00:00:01:01 type veth peer name eth1-far
	ip link set eth1 up
	ip link set eth1-far up
	[ -e /sys/class/net/br9 ] || ip link add br9 up type bridge
	# shellcheck disable=SC2086 # words
	[ -z "$BEFORE" ] || "$KVMNET" -q $BEFORE
}

# files: names and bytes of what is configured
files()
{
	(cd "$SCRIPTS" && find . -type f | sort | xargs cksum)
}

# references: the files before and after the command, undisturbed
references()
{
	nic
	files >"$WORK/files.old"
	# shellcheck disable=SC2086 # words
	"$KVMNET" -q $COMMAND || diag "kvmnet $COMMAND fails"
	files >"$WORK/files.new"
}

strike()
{
	case $1 in
	vanish) ip link del eth1 ;;
	rename) ip link set eth1 down && ip link set eth1 name eth5 ;;
	steal) ip link set eth1 master br9 ;;
	unplug) ip link set eth1-far down ;;
	esac
}

# racer KIND SPIN: strikes after so many turns
racer()
{
	local i
	for ((i = 0; i < $2; i++)); do
		:
	done
	strike "$1" 2>/dev/null
}

# others: but for the carrier, which br9 gets together with eth1, and what the kernel gives it then
others()
{
	{ kernel_state eth0 && kernel_state br9 | grep -v fe80:; } | sed 's/ linkdown//'
}

# judge POINT STATUS: the host after the command
judge()
{
	local has_link='' wanted=old
	[ ! -e /sys/class/net/br7 ] || has_link=yes
	[ "$2" != 0 ] || wanted=new
	if [ "$2" = 5 ]; then
		[ -s "$WORK/out" ] || complain "$1" 'does not say what is left'
	else
		files | cmp -s "$WORK/files.$wanted" - || complain "$1" \
			"exit status $2, and files are not $wanted" <(files | diff "$WORK/files.$wanted" -)
		case $2:$BEFORE:$COMMAND in
		0:*delete* | [1-9]*::*)
			[ -z "$has_link" ] || complain "$1" "exit status $2, and br7 is left" "$WORK/out"
			;;
		*) [ -n "$has_link" ] || complain "$1" "exit status $2, and br7 is gone" "$WORK/out" ;;
		esac
	fi
	others | cmp -s "$WORK/others" - ||
		complain "$1" 'others are touched' <(others | diff "$WORK/others" -)
	"$KVMNET" recover >"$WORK/out" 2>&1 || [ "$2" = 5 ] ||
		complain "$1" 'recovery fails' "$WORK/out"
	[ "$2" = 5 ] || [ -z "$(leftovers_of /etc/sysconfig)$(ls "$STATE"/journal* 2>/dev/null)" ] ||
		complain "$1" 'left over' <(ls "$STATE")
}

# raced KIND SPIN: one round
raced()
{
	local status
	nic
	others >"$WORK/others"
	racer "$1" "$2" &
	# shellcheck disable=SC2086 # words
	"$PROGRAM" $COMMAND >"$WORK/out" 2>&1 </dev/null
	status=$?
	wait $!
	judge "$1 at $2, $COMMAND" "$status"
	ended[status]=$((${ended[status]:-0} + 1))
	rows=$((rows + 1))
}

# sweep TIMES SPIN...
sweep()
{
	local times=$1 kind spin
	shift
	for (( ; times > 0; times--)); do
		for kind in vanish rename steal unplug; do
			for spin; do
				raced "$kind" $((spin + RANDOM % 4000))
			done
		done
	done
}

# No waiting for duplicate detection: it is not what is tried.
echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
host_static
ended=()
RANDOM=1
references
sweep "$TIMES" 0 4000 9000 16000 30000
for COMMAND in 'bridge delete br7' 'bridge set br7 --ageing 120' 'port add br7 eth1'; do
	BEFORE=$CREATE
	[ "$COMMAND" != 'port add br7 eth1' ] || BEFORE='bridge create br7 --no-ip'
	references
	if [ -n "$LONG" ]; then
		sweep $(((TIMES + 4) / 5)) 0 4000 9000 16000 30000
	else
		sweep 1 6000
	fi
done
COMMAND=$CREATE
BEFORE=
references
verdict_of 'an interface that goes away in the middle' races
for status in "${!ended[@]}"; do
	diag "exit status $status: ${ended[status]} times"
done
cat >"$WORK/liar" <<LIAR
#!/bin/sh
"$KVMNET" "\$@" || { echo DEVICE=br7 >"$SCRIPTS/ifcfg-br7"; exit 4; }
ip addr add 192.0.2.7/32 dev eth0
LIAR
chmod +x "$WORK/liar"
PROGRAM=$WORK/liar
BAD_SHOWN=0
bad=0
raced vanish 0
ok 'planted, files that stay and an address of another: found' test "$bad" -gt 0
story_end
