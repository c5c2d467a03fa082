#!/bin/sh
# The bench's inner part, in namespaces: inside.sh RUNS TOOLS CASES LOG (called by run.sh). Numbers are
# appended to LOG run by run; KEEP=yes keeps each run's JSON in LOG.d.
set -u
BENCH=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/takeover/net.sh
. "$BENCH/net.sh"
# A void run is repeated; a machine that voids this many in a row of a tool measures nothing.
VOID_CAP=${VOID_CAP:-20}
# A tool that leaves the host without network is not asked more often than this.
FAIL_CAP=3

bench_enter sh "$0" "$@"
bench_files
METER=$BENCH_WORK/meter
NFT_ROOT=$BENCH_WORK/nft
export METER NFT_ROOT

# one_way TOOL bridge|unbridge RUN: measures a step; a line of numbers for the table
one_way() {
	peer_before "$2" >"$RUN/before.log" 2>&1 || {
		sed 's/^/  /' "$RUN/before.log" >&2
		return 2
	}
	measure "$RUN/$2.json" sh "$BENCH/step.sh" "$1" "$2" || {
		sed 's/^/  /' "$RUN/$2.json.err" >&2
		return 2
	}
	echo "$CASE $1 $2 $(json "$RUN/$2.json" void lost_ipv4 lost_ipv6 retransmits stall_us \
		failed slow capped exit command_us silence_us_ipv4 silence_us_ipv6)" >>"$LOG"
	[ "$(json "$RUN/$2.json" exit)" = 0 ] || sed "s/^/  $1 $2: /" "$RUN/$2.json.err" >&2
	[ -z "$KEEP" ] || cp "$RUN/$2.json" "$KEEP/$CASE.$1.$2.$3.json"
	[ "$(json "$RUN/$2.json" void)" = false ]
}

# one_run TOOL RUN: there and back on a network of its own. Return: 1 when it must be repeated, 2 when
# there was nothing to measure
one_run() {
	if ! net_make || ! peer_setup || ! net_extra; then
		echo "  $1: the host cannot be set up" >&2
		peer_stop
		return 2
	fi
	export HOST4 HOST6 GATE4 GATE6
	one_way "$1" bridge "$2" && one_way "$1" unbridge "$2"
	one_status=$?
	peer_stop
	return $one_status
}

# one_tool TOOL RUNS
one_tool() {
	PEER_ROOT=$BENCH_WORK/$1
	export PEER_ROOT
	# What comes before a step and is not measured; most tools have nothing.
	peer_before() { :; }
	# shellcheck disable=SC1090
	. "$BENCH/peers/$1.sh"
	! grep -q "^$CASE: $1: " "$LOG.not" || return # said already
	tool_reason=$(peer_possible)
	if [ -n "$tool_reason" ]; then
		echo "$CASE: $1: $tool_reason" >>"$LOG.not"
		return
	fi
	# What the log has is done.
	tool_done=$(awk -v t="$1" -v c="$CASE" '
		$1 == c && $2 == t && $3 == "unbridge" && $4 == "false" { n++ } END { print n + 0 }' "$LOG")
	tool_void=0
	tool_failed=0
	while [ "$tool_done" -lt "$2" ]; do
		[ -z "${DEADLINE:-}" ] || [ "$(date +%s)" -lt "$DEADLINE" ] || return
		one_run "$1" "$tool_done"
		case $? in
		0) tool_done=$((tool_done + 1)) ;;
		1) tool_void=$((tool_void + 1)) ;;
		*) tool_failed=$((tool_failed + 1)) ;;
		esac
		if [ $tool_void -ge "$VOID_CAP" ] || [ $tool_failed -ge $FAIL_CAP ]; then
			echo "$CASE: $1: gave up after $tool_done runs: $tool_void void,"\
				"$tool_failed without a network to measure" >>"$LOG.not"
			break
		fi
	done
}

LOG=$4
: >>"$LOG.not"
KEEP=${KEEP:+$LOG.d}
: >>"$LOG"
[ -z "$KEEP" ] || mkdir -p "$KEEP"
for CASE in $3; do
	for tool in $2; do
		echo "== $CASE: $tool" >&2
		one_tool "$tool" "$1"
		net_gone
	done
done
