# A story in a sandbox: a host with eth0, a gateway behind it, the finished program. Sourced first
# thing by tests/netns/*.sh (bash); results are TAP lines, the end is story_end.
# shellcheck shell=bash

set -u
SUPPORT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/sandbox.sh
. "$SUPPORT/sandbox.sh"
# shellcheck source=tests/support/fixture.sh
. "$SUPPORT/fixture.sh"
PATH=$PATH:/usr/sbin:/sbin

if ! sandbox_enter bash "$0" "$@"; then
	echo "skipped: this kernel gives no namespaces to $(id -un)"
	exit 77
fi
if ! sandbox_is_inside || ! sandbox_files; then
	echo 'Bail out! the sandbox cannot be set up'
	exit 1
fi

SCRIPTS=/etc/sysconfig/network-scripts
WORK=/run/story
mkdir -p "$WORK"
count=0
failed=0
out=''
err=''
status=0

# ---- results ----

# verdict STATUS NAME: one TAP line
verdict()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=$((failed + 1))
	fi
	return "$1"
}

# diag TEXT: indented under the result before it
diag()
{
	local line
	while IFS= read -r line; do
		echo "#   $line"
	done <<<"$1"
}

# ok NAME COMMAND...: the command succeeds
ok()
{
	local name=$1 output
	shift
	output=$("$@" 2>&1)
	verdict $? "$name" || diag "$* failed: $output"
}

# fails NAME COMMAND...: the command does not succeed
fails()
{
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		verdict 1 "$name"
		diag "$* succeeded: $output"
	else
		verdict 0 "$name"
	fi
}

# is GOT WANTED NAME
is()
{
	if [ "$1" = "$2" ]; then
		verdict 0 "$3"
	else
		verdict 1 "$3"
		diag "got:    $1"
		diag "wanted: $2"
	fi
}

# like TEXT REGEX NAME: extended regular expression, any line
like()
{
	if grep -qE -e "$2" <<<"$1"; then
		verdict 0 "$3"
	else
		verdict 1 "$3"
		diag "no line matches: $2"
		diag "$1"
	fi
}

# unlike TEXT REGEX NAME
unlike()
{
	if grep -qE -e "$2" <<<"$1"; then
		verdict 1 "$3"
		diag "a line matches: $2"
		diag "$1"
	else
		verdict 0 "$3"
	fi
}

# story_end: the plan, and the script's exit status
story_end()
{
	echo "1..$count"
	if [ "$failed" -gt 0 ]; then
		echo "# $failed of $count failed"
		exit 1
	fi
	[ "$count" -gt 0 ]
	exit
}

# ---- the program ----

# run WORD...: kvmnet; leaves $out, $err, $status
run()
{
	"$KVMNET" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	out=$(<"$WORK/out")
	err=$(<"$WORK/err")
}

# run_is STATUS NAME WORD...: it exits with STATUS
run_is()
{
	local wanted=$1 name=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$wanted" ]; then
		verdict 0 "$name"
	else
		verdict 1 "$name"
		diag "kvmnet $*: exit status $status, wanted $wanted"
		diag "$out"
		diag "$err"
	fi
}

# child_of PID: the first process that it started and that still runs
child_of()
{
	local stat rest
	for stat in /proc/[0-9]*/stat; do
		rest=$(sed 's/.*) //' "$stat" 2>/dev/null) || continue
		# shellcheck disable=SC2086 # words
		set -- "$1" $rest
		if [ "${3:-}" = "$1" ]; then
			stat=${stat#/proc/}
			echo "${stat%/stat}"
			return
		fi
	done
}

# ---- waiting: for an event with a deadline, never for a time ----

# wait_for SECONDS COMMAND...: until the command succeeds; looks again after every kernel event of
# the network, and ten times a second for what makes no event.
wait_for()
{
	local deadline=$((SECONDS + $1)) event
	shift
	exec {events}< <(exec ip monitor all 2>/dev/null)
	local monitor=$!
	while ! "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$deadline" ]; then
			kill "$monitor" 2>/dev/null
			exec {events}<&-
			return 1
		fi
		read -r -t 0.1 -u "$events" event
	done
	kill "$monitor" 2>/dev/null
	exec {events}<&-
	: "${event:-}"
}

# ---- the host ----

# host_static: the recipe's host, running, with its files
host_static()
{
	if ! scripts_reader '' || ! sandbox_net || ! sandbox_uplink ||
		! recipe_ifcfg >"$SCRIPTS/ifcfg-eth0" ||
		! echo 'nameserver 180.76.76.76' >/etc/resolv.conf; then
		echo 'Bail out! the host cannot be set up'
		exit 1
	fi
	if ! wait_for 10 gateway_answers || ! wait_for 10 settled eth0; then
		echo 'Bail out! the gateway does not answer before anything was done'
		exit 1
	fi
}

# host_again: the same host anew, nothing left of what was done to it
host_again()
{
	ip -o link show type bridge | awk -F': ' '{ print $2 }' | xargs -rn1 ip link del
	ip link del eth0
	ip netns del gw
	rm -rf /etc/sysconfig /var/lib/kvmnet
	host_static
}

# midway WORD...: makes that change, and prints which of its messages to the kernel is the second one
# behind its files: what comes before depends on how the host is looked at. Counted as strace does it,
# in the process that makes the change.
midway()
{
	strace -f -o "$WORK/trace" -e trace=sendmsg,renameat "$KVMNET" "$@" >/dev/null 2>&1 </dev/null
	awk '/sendmsg\(/ { n[$1]++ } /renameat\(.*ifcfg-/ { files = n[$1] } END { print files + 2 }' \
		"$WORK/trace"
}

# settled DEV: it has its link-local address and no address waits for duplicate detection
settled()
{
	ip -6 addr show dev "$1" | grep -q 'inet6 fe80:' &&
		[ -z "$(ip -6 addr show dev "$1" tentative)" ]
}

# gw COMMAND...: in the gateway's network
gw()
{
	nsenter --net=/run/netns/gw "$@"
}

gateway_answers()
{
	ping -n -q -c 1 -W 1 192.168.12.1
}

# host_answers [ADDRESS]: asked from the gateway
host_answers()
{
	gw ping -n -q -c 1 -W 1 "${1:-192.168.12.118}"
}

# pinging FILE ADDRESS / pinging_stop: asks from the gateway all the while, 50 times a second, and
# leaves ping's own count in FILE.
pinging()
{
	# Not through gw: the process to stop must be ping itself. -w: an end in any case.
	nsenter --net=/run/netns/gw ping -n -q -i 0.02 -W 1 -w 60 "$2" >"$1" 2>&1 &
	pinger=$!
	wait_for 10 takes_interrupt "$pinger"
}

# takes_interrupt PID: it has its handler for SIGINT, which a background process starts without
takes_interrupt()
{
	grep -qE '^SigCgt:.*[2367abef]$' "/proc/$1/status"
}

pinging_stop()
{
	kill -INT "$pinger" 2>/dev/null
	wait "$pinger"
}

# lost FILE: packets that got no answer
lost()
{
	awk '/packets transmitted/ { print $1 - $4 }' "$1"
}

# ---- what is there, in one comparable form ----

# addresses DEV [-4|-6]: global addresses, one a line, in the kernel's order
addresses()
{
	ip -o ${2:+"$2"} addr show dev "$1" scope global 2>/dev/null | awk '{ print $4 }'
}

# default_route [-4|-6]
default_route()
{
	ip "${1:--4}" route show default | sed 's/ *$//'
}

# kernel_state DEV: all that has to come back: addresses, routes, master. Whether duplicate detection
# was skipped is no part of it: an address that is copied back has passed it long ago.
kernel_state()
{
	ip -o addr show dev "$1" |
		awk '{ $1 = ""; $2 = ""; sub(/ *\\.*/, ""); sub(/ nodad/, ""); print }'
	routes "$1"
	master "$1"
}

# routes DEV: the routes of all tables through it, but those that follow from addresses alone
routes()
{
	ip -4 route show table all dev "$1" | grep -vE '^(broadcast|local) ' |
		sed 's/ linkdown//; s/ *$//' | sort
	ip -6 route show table all dev "$1" |
		grep -vE '^(multicast|anycast|local) ' | sed 's/ pref medium//; s/ *$//' | sort
}

# links: the names of all links, one line
links()
{
	ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }' | sort | tr '\n' ' '
}

# master DEV: the bridge it is a port of, or nothing
master()
{
	ip -o link show dev "$1" 2>/dev/null | grep -oE ' master [^ ]+' | cut -d' ' -f3
}

# mac DEV
mac()
{
	cat "/sys/class/net/$1/address"
}

# file_state: names, times, inodes and bytes of what configures the network
file_state()
{
	find "$SCRIPTS" /etc/resolv.conf -type f | sort | while IFS= read -r file; do
		stat -c '%n %i %y %a' "$file"
		cksum <"$file"
	done
}

# file_bytes: names and bytes alone
file_bytes()
{
	find "$SCRIPTS" /etc/resolv.conf -type f | sort | xargs cksum
}

# value FILE KEY: as a shell reads it
value()
{
	(
		# shellcheck disable=SC1090
		. "$SCRIPTS/$1"
		eval "printf '%s\\n' \"\${$2:-}\""
	)
}
