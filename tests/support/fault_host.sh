# The host that the fault harnesses break, and the oracle that says what became of it. Sourced first
# thing by tests/fault/*.sh (bash), on top of tests/support/netns.sh; $PROGRAM is what is tried.
# shellcheck shell=bash

# shellcheck source=tests/support/netns.sh
. "$(dirname "${BASH_SOURCE[0]}")/netns.sh"

INJECT=${KVMNET_BUILD_DIR:-build/dev}/tests/inject
PROGRAM=${PROGRAM:-$KVMNET}
STATE=/var/lib/kvmnet
BAD_SHOWN=5
bad=0

if [ ! -x "$INJECT" ]; then
	echo "Bail out! the injector is not built: $INJECT"
	exit 1
fi
if ! "$INJECT" --after '' -- true; then
	echo 'skipped: processes cannot be watched here'
	exit 77
fi

# ---- the host ----

# fault_host: the recipe's host with both families, a second NIC, somebody else's bridge and its VM,
# an ACL and an attribute. No waiting for duplicate detection: it is not what is tried.
fault_host()
{
	echo 0 >/proc/sys/net/ipv6/conf/default/accept_dad
	host_static
	ip addr add fd00:12::118/64 dev eth0 nodad
	ip -6 route add default via fd00:12::1 dev eth0
	ip route add 10.20.0.0/16 via 192.168.12.7 dev eth0
	# Addresses are given: the next host is to be the same one.
	ip link add eth1 address 02:00:00:00:01:01 type veth peer name eth1-far \
		address 02:00:00:00:01:02
	ip link set eth1 up
	ip link set eth1-far up
	ip link add virbr7 address 02:00:00:00:07:01 type bridge
	ip tuntap add vnet7 mode tap 2>/dev/null || ip link add vnet7 type veth peer name vnet7-vm
	ip link set vnet7 address 02:00:00:00:07:02 master virbr7 up
	ip link set virbr7 up
	chmod 640 "$SCRIPTS/ifcfg-eth0"
	setfacl -m u:1:r "$SCRIPTS/ifcfg-eth0" 2>/dev/null
	setfattr -n user.note -v kept "$SCRIPTS/ifcfg-eth0" 2>/dev/null
	wait_for 10 reachable
}

fault_host_again()
{
	local dev
	for dev in $(ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }'); do
		[ "$dev" = lo ] || ip link del "$dev" 2>/dev/null
	done
	ip netns del gw 2>/dev/null
	rm -rf /etc/sysconfig "$STATE"
	fault_host
}

# ---- the oracle ----

# kernel_dump: what has to be equal. Counters, timers, indexes and neighbours are nobody's.
kernel_dump()
{
	ip -d -o link show | sed -E 's/^[0-9]+: //; s/@[^ :]+:/:/; s/ qlen [0-9]+//
		s/ (hello|tcn|topology_change|gc|hold|message_age|forward_delay)_timer +[0-9.]+//g
		s/ (link-netns(id)?|tso_max_size|tso_max_segs|gso[^ ]*|gro[^ ]*|numtxqueues|numrxqueues|parentbus|parentdev) [^ ]+//g
		s/\\ */ /g' | sort
	ip -o addr show | sed -E 's/^[0-9]+: //; s/ nodad//; s/\\ */ /g' | sort
	ip -4 route show table all | sed 's/ linkdown//; s/ *$//' | sort
	ip -6 route show table all | sed 's/ linkdown//; s/ pref medium//; s/ *$//' | sort
	ip -4 rule show
	ip -6 rule show
	grep -H . /proc/sys/net/ipv[46]/conf/{eth0,eth1,br0}/{disable_ipv6,rp_filter,accept_ra} \
		/proc/sys/net/ipv4/conf/{eth0,eth1,br0}/promote_secondaries 2>/dev/null
}

# files_dump: names, kinds, modes, owners, bytes, ACLs, attributes; originals; names in the history
files_dump()
{
	find /etc/sysconfig /etc/resolv.conf /etc/rc.d -printf '%p %y %m %u %g %l\n' | sort
	find /etc/sysconfig /etc/resolv.conf "$STATE/origin" "$STATE/conflicts" -type f \
		2>/dev/null | sort | xargs cksum
	getfacl -R -p /etc/sysconfig 2>/dev/null
	getfattr -R -d -m - /etc/sysconfig 2>/dev/null
	find "$STATE/history" -type f -printf 'history %f\n' 2>/dev/null | sort
}

dump()
{
	kernel_dump
	files_dump
}

# leftovers: names and kernel objects that are only for the time of a change
leftovers()
{
	find /etc /var/lib /run/sandbox/etc -name '.kvmnet-*' 2>/dev/null
	find "$STATE" -maxdepth 1 -name 'journal*' 2>/dev/null
	find /sys/fs/bpf -name "kvmnet-$(stat -Lc %i /proc/self/ns/net)-*" 2>/dev/null
	ip route show table all proto 75
	ip -6 route show table all proto 75
	ip -o link show kvmnet-tap0 2>/dev/null
}

# reachable: as the gateway sees it, both families
reachable()
{
	host_answers >/dev/null && host_answers fd00:12::118 >/dev/null
}

# complain POINT WHAT [FILE]: one more that is bad; the first ones are shown
complain()
{
	bad=$((bad + 1))
	[ "$bad" -le "$BAD_SHOWN" ] || return 0
	diag "$1: $2"
	[ -z "${3:-}" ] || diag "$(head -40 "$3")"
}

# journal_state: what the state folder says of the change that was broken off
journal_state()
{
	if [ -e "$STATE/journal" ]; then
		echo open
	elif [ -e "$STATE/journal.done" ]; then
		echo committed
	else
		echo none
	fi
}

# state_is: old, new, or neither, by the dumps of the scenario
state_is()
{
	dump >"$WORK/now"
	if cmp -s "$WORK/now" "$WORK/old"; then
		echo old
	elif cmp -s "$WORK/now" "$WORK/new"; then
		echo new
	else
		echo neither
	fi
}

# judge POINT JOURNAL: after one recovery: all old or all new, new only if it was committed, nothing
# left over, reachable, and a second recovery has nothing to do
judge()
{
	local state
	state=$(state_is)
	case $2:$state in
	open:old | committed:new | none:old | none:new) ;;
	open:new | committed:old) complain "$1" "the journal was $2, and all is $state" ;;
	*)
		diff "$WORK/old" "$WORK/now" >"$WORK/diff"
		complain "$1" "neither old nor new (journal $2); against old:" "$WORK/diff"
		;;
	esac
	leftovers >"$WORK/left"
	[ ! -s "$WORK/left" ] || complain "$1" 'left over:' "$WORK/left"
	reachable || wait_for 3 reachable || complain "$1" 'the host does not answer'
	if ! "$PROGRAM" recover >"$WORK/out" 2>&1 </dev/null; then
		complain "$1" 'a second recovery fails:' "$WORK/out"
	elif ! grep -qi 'nothing' "$WORK/out"; then
		complain "$1" 'a second recovery still finds something to do:' "$WORK/out"
	fi
	at_old=$([ "$state" = old ] && echo yes)
}

# recovered POINT: recovery works; what it says goes to $WORK/recovered
recovered()
{
	"$PROGRAM" recover >"$WORK/recovered" 2>&1 </dev/null ||
		complain "$1" "recovery fails with status $?:" "$WORK/recovered"
}

# ---- scenarios: a host to begin with, and a command ----

# scenario NAME WORD...: the dumps before and after WORD..., undisturbed, and the list of its calls.
# prepare_NAME, if there is one, makes the host of which the scenario begins.
scenario()
{
	name=$1
	shift
	words=("$@")
	fault_host_again
	prepare
	dump >"$WORK/old"
	"$INJECT" --list "$WORK/calls" --report "$WORK/report" -- "$PROGRAM" "${words[@]}" \
		>"$WORK/out" 2>&1 </dev/null
	status=$?
	dump >"$WORK/new"
	leftovers >"$WORK/left"
	is "$status $(<"$WORK/left")" '0 ' "$name: works undisturbed, and leaves nothing over" ||
		diag "$(<"$WORK/out")"
	ok "$name: changes something" test -n "$(diff "$WORK/old" "$WORK/new")"
	at_old=
}

prepare()
{
	rm -rf "$WORK/state"
	if declare -F "prepare_$name" >/dev/null; then
		"prepare_$name"
	fi
	[ ! -e "$STATE" ] || cp -a "$STATE" "$WORK/state"
}

# begin: the scenario's host again. One that was just found to be all old needs only its state
# folder, so that numbers and the like are the same every time.
begin()
{
	if [ -n "${at_old:-}" ]; then
		rm -rf "$STATE"
		[ ! -e "$WORK/state" ] || cp -a "$WORK/state" "$STATE"
		return
	fi
	fault_host_again
	prepare
	[ "$(state_is)" = old ] || complain "$name" 'the host cannot be made the same again:' \
		<(diff "$WORK/old" "$WORK/now")
}

# changing: the calls of $WORK/calls that can change anything, one number a line
changing()
{
	awk '$2 ~ /^(rename|link|unlink|mkdir|rmdir|fsync|fdatasync|send|bpf|write|pwrite|ftruncate)/ ||
		$2 ~ /^(fchmod|fchown|fsetxattr|clone|fork|vfork|kill|exit|execve)/ { print $1 }' \
		"$WORK/calls"
}

# spread MAX: of the lines read, at most MAX, evenly over all, and the last one
spread()
{
	awk -v max="$1" '{ line[NR] = $0 }
		END {
			step = NR > max ? NR / max : 1
			for (i = step; i < NR + 0.5 && n < max; i += step) { print line[int(i + 0.5)]; n++ }
		}'
}
