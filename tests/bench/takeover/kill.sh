#!/bin/sh
# What a takeover that dies or is refused halfway costs: for every call that changes the host, kvmnet
# is killed right before it (so: right after the one before), or the call fails, while the loss
# meter's traffic runs; then the next command completes or undoes the change. One table (markdown).
#   sh tests/bench/takeover/kill.sh [--long] [--log FILE]
# The short form takes one way of recovery at each point, in turn, and every second point. Exits 1
# when a promise is broken, 77 where the kernel or strace is missing. KVMNET names the program.
# (The words of way() are split on purpose; of A && B || C, C is meant for both.)
# shellcheck disable=SC2046,SC2086,SC2015
set -u
BENCH=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/takeover/net.sh
. "$BENCH/net.sh"
export KVMNET="${KVMNET:-$TOP/build/dev/kvmnet}"
if ! command -v strace >/dev/null || ! strace -qq -f -e trace=bpf true 2>/dev/null; then
	echo 'skipped: strace is missing or not allowed'
	exit 77
fi
bench_enter sh "$0" "$@"
bench_files
mount -t bpf bpf /sys/fs/bpf 2>/dev/null
METER=$RUN/meter
SETTLE=80
export CALLS=sendmsg,bpf,ioctl,write,unlink,clone,clone3
# Longer than this is no hiccup: the host was gone until somebody helped.
DEAD_US=${DEAD_US:-1000000}
LONG=
LOG=
failed=0

while [ $# -gt 0 ]; do
	case $1 in
	--long) LONG=yes ;;
	--log)
		LOG=$2
		shift
		;;
	*)
		sed -n 5p "$0" >&2
		exit 2
		;;
	esac
	shift
done

# way WAY FLAG: the command in question
way() {
	case $1 in
	create) echo bridge create "$BRIDGE" --slave "$UPLINK" --no-persist $2 ;;
	delete) echo bridge delete "$BRIDGE" --no-persist $2 ;;
	esac
}

# state: what has to be equal; neighbours and counters are nobody's, expiry is never twice the same
state() {
	ip -o link show | sed 's/^[0-9]*: //; s/@if[0-9]*//; s/ qlen [0-9]*//' | grep -v '^lo' | sort
	ip -o addr show | sed 's/^[0-9]*: //; s/ nodad//' | sort
	for state_family in -4 -6; do
		ip $state_family route show table all | grep -v 'dev lo' | sort
	done
}

# ready WAY FLAG: a network where WAY can be done
ready() {
	net_make && net_uplink && net_extra || return 1
	[ "$1" = create ] || "$KVMNET" -q $(way create "$2") || return 1
}

# points FILE: from a trace, "CALL K" for every call that changes the host, and for the one after it
points() {
	sed 's/^[0-9]* *//' "$1" | awk '
		/^[a-z0-9]+\(/ {
			call = $0
			sub(/\(.*/, "", call)
			count[call]++
			changes = /nlmsg_type=RTM_(NEW|SET|DEL)/ || /^bpf\(BPF_(LINK|OBJ_PIN|MAP_UPDATE)/ ||
				/^ioctl.*TUNSETIFF/ || /^unlink/ || /^clone/ || /^write\([^12],/
			if (changes || last)
				print call, count[call]
			last = changes
		}'
}

# last_change FILE: the last change that was completed, in words
last_change() {
	sed 's/^[0-9]* *//; s/ <unfinished.*//' "$1" | awk '
		/= \?|KILLED|INJECTED|\+\+\+|---/ { next }
		/nlmsg_type=RTM_(NEW|SET|DEL)/ { sub(/.*nlmsg_type=RTM_/, ""); sub(/[,}].*/, ""); last = $0 }
		/^bpf\(BPF_(LINK|OBJ_PIN|MAP_UPDATE)/ { sub(/^bpf\(BPF_/, ""); sub(/,.*/, ""); last = $0 }
		/^ioctl.*TUNSETIFF/ { last = "TUNSETIFF" }
		/^unlink/ { last = "unlink" }
		/^clone/ { last = "clone" }
		/^write\([^12],/ { last = "sysctl" }
		END { print last ? last : "-" }'
}

# complain TEXT: a promise was broken
complain() {
	echo "not kept: $NAME: $1" >&2
	failed=1
}

# clean: nothing is left over of what was for a time
clean() {
	for clean_pin in /sys/fs/bpf/kvmnet-"$(stat -L -c %i /proc/self/ns/net)"-*; do
		[ ! -e "$clean_pin" ] || complain "left $clean_pin"
	done
	wait_until 2 no_tap || complain 'left a tap'
}

no_tap() {
	! ip link show kvmnet-tap0 >/dev/null 2>&1
}

# recover RECOVERY FLAG: the next command, and the one after it has nothing to do; under traffic.
# A delete that does not know the uplink (it is no port, and without files nothing names it) may be
# refused, if it changes nothing: then create is the way.
recover() {
	measure "$RUN/recover.json" "$KVMNET" -q $(way "$1" "$2") || complain 'no measurement'
	recover_to=$1
	if [ "$(json "$RUN/recover.json" exit)" != 0 ]; then
		[ "$1" = delete ] && grep -q 'nothing was changed' "$RUN/recover.json.err" ||
			complain "$1 afterwards: $(cat "$RUN/recover.json.err")"
		[ "$(json "$RUN/recover.json" silence_us)" -lt "$DEAD_US" ] &&
			[ "$(json "$RUN/recover.json" lost)" -lt 1000 ] ||
			complain "a refused $1 cut the host off"
		recover_to=create
		"$KVMNET" -q $(way create "$2") || complain 'create after a refused delete'
	fi
	if [ "$recover_to" = create ]; then
		"$KVMNET" -q $(way create "$2") --exit-code >"$RUN/again" 2>&1 ||
			complain "create a second time: $(cat "$RUN/again")"
	fi
	clean
	state >"$RUN/state"
	cmp -s "$RUN/state" "$RUN/state.$recover_to" ||
		complain "$recover_to afterwards differs: $(diff "$RUN/state.$recover_to" "$RUN/state")"
}

# numbers FILE: what the table says
numbers() {
	json "$1" lost_ipv4 lost_ipv6 silence_us retransmits failed
}

# one WAY FLAG CALL K EFFECT RECOVERY: a line of numbers
one() {
	NAME="$1 ${2:---splice} $3:$4 $5 then $6"
	ready "$1" "$2" || {
		complain 'no network to begin with'
		return
	}
	measure "$RUN/died.json" sh "$BENCH/kill_step.sh" "$3" "$4" "$5" "$KVMNET" -q \
		$(way "$1" "$2") || {
		complain "no measurement: $(cat "$RUN/died.json.err")"
		return
	}
	one_last=$(last_change "$RUN/trace")
	if [ "$5" = signal=KILL ]; then
		recover "$6" "$2"
		[ "$(json "$RUN/died.json" silence_us)" -lt "$DEAD_US" ] ||
			complain "silent after $one_last"
	else
		clean
		wait_until 5 no_tentative # an address that came back
		state >"$RUN/state"
		one_before=delete
		[ "$1" = create ] || one_before=create
		[ "$(json "$RUN/died.json" exit)" = 0 ] ||
			cmp -s "$RUN/state" "$RUN/state.$one_before" ||
			complain "not as before: $(diff "$RUN/state.$one_before" "$RUN/state")"
		echo '0 0 0 0 0' >"$RUN/none"
	fi
	echo "$1 ${2:---splice} $5 $6 $3:$4 $one_last $(numbers "$RUN/died.json")" \
		"$([ "$5" != signal=KILL ] && cat "$RUN/none" || numbers "$RUN/recover.json")" \
		"$(json "$RUN/died.json" void)" >>"$RUN/numbers"
}

# all_points WAY FLAG: kills, and failures of the calls that change something
all_points() {
	ready "$1" "$2" || return 1
	strace -qq -f -s 8 -e trace=$CALLS -o "$RUN/trace" \
		"$KVMNET" -q $(way "$1" "$2") >/dev/null 2>&1
	state >"$RUN/state.$1"
	points "$RUN/trace" >"$RUN/points"
	all_k=0
	while read -r all_call all_count <&3; do
		all_k=$((all_k + 1))
		[ -n "$LONG" ] || [ $((all_k % 2)) -eq 1 ] || continue
		if [ -n "$LONG" ] || [ $((all_k % 4)) -eq 1 ]; then
			one "$1" "$2" "$all_call" "$all_count" signal=KILL create
		fi
		if [ -n "$LONG" ] || [ $((all_k % 4)) -eq 3 ]; then
			one "$1" "$2" "$all_call" "$all_count" signal=KILL delete
		fi
		case $all_call in
		sendmsg | bpf)
			[ -n "$LONG" ] || [ $((all_k % 8)) -eq 3 ] || continue
			one "$1" "$2" "$all_call" "$all_count" error=ENOBUFS -
			;;
		esac
	done 3<"$RUN/points"
}

build_meter "$METER" || exit 1
: >"$RUN/numbers"
for flag in '' --no-splice; do
	# What either way makes of the host, without a fault; the second one is also "before".
	for direction in create delete; do
		ready "$direction" "$flag" && "$KVMNET" -q $(way "$direction" "$flag") || exit 1
		state >"$RUN/state.$direction"
	done
	for direction in create delete; do
		all_points "$direction" "$flag"
	done
done
net_gone
[ -z "$LOG" ] || cp "$RUN/numbers" "$LOG"
awk -f "$BENCH/kill.awk" "$RUN/numbers"
exit $failed
