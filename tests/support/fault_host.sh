# The host that the fault harnesses break, and the oracle that says what became of it. Sourced first
# thing by tests/fault/*.sh (bash), on top of tests/support/netns.sh; $PROGRAM is what is tried.
# shellcheck shell=bash

# shellcheck source=tests/support/netns.sh
. "$(dirname "${BASH_SOURCE[0]}")/netns.sh"
# shellcheck source=tests/support/fault_judge.sh
. "$(dirname "${BASH_SOURCE[0]}")/fault_judge.sh"

INJECT=${KVMNET_BUILD_DIR:-build/dev}/tests/inject
FILES=${KVMNET_BUILD_DIR:-build/dev}/tests/files
PROGRAM=${PROGRAM:-$KVMNET}
STATE=/var/lib/kvmnet
NETWORK=$(stat -Lc %i /proc/self/ns/net)

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
	# Addresses are given: the next host is to be the same one.
	ip -batch - <<-BATCH
		addr add fd00:12::118/64 dev eth0 nodad
		route add default via fd00:12::1 dev eth0
		route add 10.20.0.0/16 via 192.168.12.7 dev eth0
		link add eth1 address 02:00:00:00:01:01 type veth peer name eth1-far address 02:00:00:00:01:02
		link set eth1 up
		link set eth1-far up
		link add virbr7 address 02:00:00:00:07:01 type bridge
	BATCH
	ip tuntap add vnet7 mode tap 2>/dev/null || ip link add vnet7 type veth peer name vnet7-vm
	ip link set vnet7 address 02:00:00:00:07:02 master virbr7 up
	ip link set virbr7 up
	chmod 640 "$SCRIPTS/ifcfg-eth0"
	setfacl -m u:1:r "$SCRIPTS/ifcfg-eth0" 2>/dev/null
	setfattr -n user.note -v kept "$SCRIPTS/ifcfg-eth0" 2>/dev/null
	wait_for 10 reachable
}

# carried: eth1's cable is plugged in and both ends have their address, which a busy kernel may take
# a second for
carried()
{
	local dev
	for dev in eth1 eth1-far; do
		[ "$(<"/sys/class/net/$dev/operstate")" = up ] &&
			ip -6 addr show dev "$dev" scope link | grep -q inet6 || return 1
	done
}

# fault_host_again: all links go at once. One by one the kernel waits for its readers each time.
fault_host_again()
{
	local dev
	for dev in /sys/class/net/*/; do
		dev=${dev%/}
		[ "${dev##*/}" = lo ] || echo "link set ${dev##*/} group 7"
	done | ip -force -batch - 2>/dev/null
	ip link del group 7 2>/dev/null
	ip netns del gw 2>/dev/null
	rm -rf /etc/sysconfig "$STATE"
	fault_host
}

# ---- the oracle ----

# kernel_dump: what has to be equal. Counters, timers, indexes and neighbours are nobody's. As few
# processes as can be: this is done thousands of times.
kernel_dump()
{
	{
		printf 'link show\naddr show\n' | ip -d -o -b -
		echo '=4'
		printf 'route show table all\nrule show\n' | ip -4 -b -
		echo '=6'
		printf 'route show table all\nrule show\n' | ip -6 -b -
		echo '='
		grep -H . /proc/sys/net/ipv[46]/conf/{eth0,eth1,br0}/{disable_ipv6,rp_filter,accept_ra} \
			/proc/sys/net/ipv4/conf/{eth0,eth1,br0}/promote_secondaries 2>/dev/null
	} | sed -E '/^=4/,/^=6/s/^[^=]/4 &/; /^=6/,/^=$/s/^[^=]/6 &/
		s/^[0-9]+: //; s/@[^ :]+:/:/; s/ qlen [0-9]+//; s/ (nodad|linkdown|pref medium)//g
		s/ (hello|tcn|topology_change|gc|hold|message_age|forward_delay)_timer +[0-9.]+//g
		s/ (link-netns(id)?|tso_max_size|tso_max_segs|gso[^ ]*|gro[^ ]*|numtxqueues|numrxqueues|parentbus|parentdev) [^ ]+//g
		s/ (port_id|port_no|designated_port) [^ ]+//g; s/\\ */ /g; s/ *$//' | sort
}

dump()
{
	kernel_dump
	"$FILES" "$STATE"
}

# leftovers: names and kernel objects that are only for the time of a change; by the last dump
leftovers()
{
	find /etc /var/lib /run/sandbox/etc /sys/fs/bpf -name '.kvmnet-*' -o \
		-name "kvmnet-$NETWORK-*" -o -path "$STATE/journal*" 2>/dev/null
	grep -E 'proto 75|^kvmnet-tap0' "$WORK/now"
}

# reachable: as the gateway sees it, both families
reachable()
{
	host_answers >/dev/null && host_answers fd00:12::118 >/dev/null
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

# quiet: no address waits for its check, and the kernel has closed what a dead process had open
quiet()
{
	[ -z "$(ip -6 addr show tentative)" ] && ! ip link show kvmnet-tap0 >/dev/null 2>&1
}

# is_known: the host is all old or all new
is_known()
{
	dump >"$WORK/now"
	cmp -s "$WORK/now" "$WORK/old" || cmp -s "$WORK/now" "$WORK/new"
}

# state_is: old, new, or neither, by the dumps of the scenario. What is neither is looked at until it
# stays so: a dead process's tap goes, and an address gets its route, when the kernel has time for it.
state_is()
{
	is_known || wait_for 3 is_known
	old_or_new
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
		# The nearer one is the one it should be.
		diff "$WORK/old" "$WORK/now" >"$WORK/diff"
		diff "$WORK/new" "$WORK/now" >"$WORK/diff.new"
		if [ "$(wc -l <"$WORK/diff.new")" -lt "$(wc -l <"$WORK/diff")" ]; then
			complain "$1" "neither old nor new (journal $2); nearly new:" "$WORK/diff.new"
		else
			complain "$1" "neither old nor new (journal $2); nearly old:" "$WORK/diff"
		fi
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
	# shellcheck disable=SC2034 # begin's, in fault_scenarios.sh
	at_old=$([ "$state" = old ] && echo yes)
}

# recovered POINT: recovery works; what it says goes to $WORK/recovered
recovered()
{
	"$PROGRAM" recover >"$WORK/recovered" 2>&1 </dev/null ||
		complain "$1" "recovery fails with status $?:" "$WORK/recovered"
}
