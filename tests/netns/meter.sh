# ctest: serial
# ctest: timeout=120
# The loss meter of tests/bench/takeover tells the truth: nothing lost where nothing happens, and
# an outage of 5 ms is seen, on every flow and by the streams.
# shellcheck shell=bash

set -u
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bench/takeover" && pwd)
# shellcheck source=tests/bench/takeover/net.sh
. "$BENCH/net.sh"
bench_enter bash "$0" "$@"
bench_files
# shellcheck disable=SC2153 # RUN is the folder of bench_files
METER=$RUN/meter
RUNS=10
VOID_CAP=10
OUTAGE_MS=5
failed=0

verdict()
{
	if [ "$1" -eq 0 ]; then
		echo "ok $2 - $3"
	else
		echo "not ok $2 - $3"
		failed=1
	fi
}

# idle_run: Return: 0 nothing lost, 1 something lost, 2 void
idle_run()
{
	measure_idle "$RUN/idle.json" 300 || return 1
	if [ "$(json "$RUN/idle.json" void)" = true ]; then
		return 2
	fi
	[ "$(json "$RUN/idle.json" lost_sum retransmits failed slow)" = '0 0 0 0' ] && return 0
	sed 's/^/#   /' "$RUN/idle.json"
	return 1
}

idle_runs()
{
	local clean=0 void=0
	while [ $clean -lt $RUNS ]; do
		idle_run
		case $? in
		0) clean=$((clean + 1)) ;;
		1) return 1 ;;
		2)
			void=$((void + 1))
			[ $void -lt $VOID_CAP ] || return 1
			;;
		esac
	done
	echo "# $clean clean, $void void"
}

# The cable's far end goes down; its addresses stay, so that what is measured is the outage.
planted()
{
	ip netns exec gw sh -c 'echo 1 >/proc/sys/net/ipv6/conf/gw0/keep_addr_on_down' &&
		measure "$RUN/outage.json" ip netns exec gw sh -c \
			"ip link set gw0 down; sleep 0.00$OUTAGE_MS; ip link set gw0 up"
}

# A bridge without an address swallows what the peer receives: unlike a link that is down, no sender
# is told, so TCP has to find out.
swallowed()
{
	ip -n gw link del hole 2>/dev/null
	ip -n gw link add hole type bridge &&
		measure "$RUN/outage.json" ip netns exec gw sh -c \
			"ip link set gw0 master hole; sleep 0.00$OUTAGE_MS; ip link set gw0 nomaster"
}

# seen KEY LEAST: the meter's number is at least that
seen()
{
	[ "$(json "$RUN/outage.json" "$1")" -ge "$2" ]
}

# Towards the dead link the kernel may hold packets back until the neighbour answers again: late, not
# lost. Every flow is silent, and those of the far end lose.
every_flow_felt_it()
{
	awk -v least=$((OUTAGE_MS * 1000 - 1000)) '
		/"from"/ && /"control": false/ {
			flows++
			sub(/.*"silence_us": /, "")
			if ($0 + 0 < least)
				short++
		}
		END { exit !(flows >= 8 && !short) }' "$RUN/outage.json"
}

series()
{
	failed=0
	idle_runs
	verdict $? 1 "nothing is lost in $RUNS idle runs of $RUNS"
	planted
	verdict $? 2 'a run with a planted outage gives a result'
	every_flow_felt_it && seen lost $((OUTAGE_MS - 1))
	verdict $? 3 'every flow is silent in an outage of 5 ms, and packets are lost'
	seen silence_us_ipv4 $((OUTAGE_MS * 1000 - 1000)) && seen silence_us_ipv6 $((OUTAGE_MS * 1000 - 1000))
	verdict $? 4 'the silence is as long as the outage'
	[ "$(json "$RUN/outage.json" control_lost_sum)" = 0 ]
	verdict $? 5 'the control flow past the host lost nothing'
	swallowed && seen retransmits 1 && seen lost $((OUTAGE_MS - 1))
	verdict $? 6 'what is swallowed without a word is lost, and the streams retransmit'
	[ $failed -eq 0 ] || sed 's/^/#   /' "$RUN/outage.json" "$RUN/outage.json.err"
	return $failed
}

if ! build_meter "$METER" || ! net_make || ! net_uplink; then
	echo 'Bail out! no network to measure'
	exit 1
fi
# A busy machine can fail one series of runs; a fault fails every one.
series || {
	echo '# a second series decides'
	series
}
echo 1..6
exit $failed
