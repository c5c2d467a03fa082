#!/bin/sh
# What a takeover costs: kvmnet and its peers, the same traffic, one table (markdown).
#   sh tests/bench/takeover/run.sh [--short|--long] [--runs N] [--tools "NAME..."]
#        [--case "NAME..."] [--settle MS] [--warmup MS] [--minutes M] [--log FILE] | --table FILE
# Cases: plain rpfilter conntrack tables addresses onlink ra mtu neighbours flush fast nexthops
# multipath multicast dhcp; or "all". --long is 100 runs of kvmnet in every case, spliced and not, 100 of
# its ways back (rollback, cancel), of a port that joins and leaves, and at most 20 of everybody else;
# --runs N behind it is N instead of 100. All rows grow together: --minutes M ends the series early with
# as many runs of each. What a log has already is not measured again: an interrupted series goes on.
# KVMNET names the program (default: build/dev/kvmnet). Nothing outside its namespaces is touched;
# packages of the peers are unpacked into a private folder (KVMNET_BENCH_CACHE keeps it).
set -u

BENCH=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bench/takeover/net.sh
. "$BENCH/net.sh"

WAYS_BACK='kvmnet_rollback kvmnet_unspliced_rollback kvmnet_cancel'
ALL_TOOLS='nothing kvmnet kvmnet_unspliced kvmnet_ports '$WAYS_BACK' ip brctl ip_batch networkmanager networkd ifupdown2 ifupdown_ng'
ALL_CASES='plain rpfilter conntrack tables addresses onlink ra mtu neighbours flush fast nexthops multipath multicast dhcp'
PEERS='nothing ip brctl ip_batch networkmanager networkd ifupdown2 ifupdown_ng'
runs=20
tools=$ALL_TOOLS
cases=plain
SETTLE=1000
WARMUP=200
long=
log=
minutes=
export KVMNET="${KVMNET:-$TOP/build/dev/kvmnet}"

usage() {
	sed -n '3,10p' "$BENCH/run.sh" >&2
	exit 2
}

while [ $# -gt 0 ]; do
	case $1 in
	--short)
		runs=10
		tools='kvmnet kvmnet_unspliced kvmnet_rollback kvmnet_ports'
		SETTLE=300
		;;
	--long)
		runs=100
		cases=all
		tools='kvmnet kvmnet_unspliced'
		SETTLE=250
		WARMUP=100
		long=yes
		;;
	--runs | --tools | --case | --settle | --warmup | --log | --table | --minutes)
		[ $# -gt 1 ] || usage
		case $1 in
		--runs) runs=$2 ;;
		--tools) tools=$(echo "$2" | tr , ' ') ;;
		--case) cases=$(echo "$2" | tr , ' ') ;;
		--settle) SETTLE=$2 ;;
		--warmup) WARMUP=$2 ;;
		--table) exec awk -f "$BENCH/table.awk" "$2" ;;
		--log) log=$2 ;;
		--minutes) minutes=$2 ;;
		esac
		shift
		;;
	*) usage ;;
	esac
	shift
done
[ "$cases" != all ] || cases=$ALL_CASES
[ "$tools" != all ] || tools=$ALL_TOOLS
export SETTLE WARMUP

# upto N: no more than wanted so far
upto() {
	[ "$1" -lt "$until" ] && echo "$1" || echo "$until"
}

# long_series: all rows to 5 runs, then all to 10, ...
long_series() {
	until=0
	status=0
	while [ $status -eq 0 ] && [ "$until" -lt "$runs" ]; do
		until=$((until + 5))
		[ "$until" -lt "$runs" ] || until=$runs
		sh "$BENCH/inside.sh" "$until" "$tools" "$cases" "$log" &&
			sh "$BENCH/inside.sh" "$until" "$WAYS_BACK kvmnet_ports" plain "$log" &&
			SETTLE=1000 sh "$BENCH/inside.sh" "$(upto 20)" "$PEERS" plain "$log"
		status=$?
		[ -z "$DEADLINE" ] || [ "$(date +%s)" -lt "$DEADLINE" ] || break
	done
}

# Packages need the machine's network, the rest must not have it: fetch first, then enter.
if [ -z "${KVMNET_SANDBOX:-}" ]; then
	work=${KVMNET_BENCH_CACHE:-}
	if [ -z "$work" ]; then
		work=$(mktemp -d) || exit 1
		trap 'rm -rf "$work"' EXIT
	fi
	mkdir -p "$work"
	build_meter "$work/meter" || exit 1
	for tool in $tools ${long:+$PEERS $WAYS_BACK kvmnet_ports}; do
		sh "$BENCH/fetch.sh" "$tool" "$work/$tool" || exit 1
	done
	case " $cases " in
	*' conntrack '*) sh "$BENCH/fetch.sh" nft "$work/nft" || exit 1 ;;
	esac
	[ -n "$log" ] || log=$work/numbers
	export BENCH_WORK="$work"
	export DEADLINE=${minutes:+$(($(date +%s) + 60 * minutes))}
	: >"$log.not"
	if [ -z "$long" ]; then
		sh "$BENCH/inside.sh" "$runs" "$tools" "$cases" "$log"
		status=$?
	else
		long_series
	fi
	[ ! -s "$log" ] || awk -f "$BENCH/table.awk" "$log"
	[ ! -s "$log.not" ] || sed 's/^/\nNot measured: /' "$log.not"
	exit $status
fi
