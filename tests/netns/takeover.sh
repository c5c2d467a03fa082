# ctest: serial
# ctest: once
# ctest: timeout=360
# kvmnet's promise for a live uplink, there and back, under traffic: spliced nothing is lost, nor on
# the way back of a rollback, nor by anybody on a bridge that another port joins and leaves;
# unspliced at most one packet of a flow in a run (of a TCP stream that is one retransmission, and
# four streams run towards the host); never a failed connection. Runs in which the control past the
# host lost something too are void and repeated up to a cap.
# shellcheck shell=bash

set -u
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bench/takeover" && pwd)
RUNS=${TAKEOVER_RUNS:-10}
count=0
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

verdict()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		failed=$((failed + 1))
	fi
}

# worst TOOL WAY FIELD...: the greatest of these numbers over the valid runs of a tool and way
worst()
{
	local tool=$1 way=$2
	shift 2
	awk -v tool="$tool" -v way="$way" -v fields="$*" '
		BEGIN { n = split(fields, field, " "); most = 0 }
		$2 == tool && $3 == way && $4 == "false" {
			for (i = 1; i <= n; i++)
				if ($field[i] > most)
					most = $field[i]
		}
		END { print most }' "$work/numbers"
}

# valid TOOL WAY: how many runs say something
valid()
{
	awk -v tool="$1" -v way="$2" '$2 == tool && $3 == way && $4 == "false"' "$work/numbers" | wc -l
}

# one_way TOOL WAY LOST_MAX TEXT
one_way()
{
	[ "$(valid "$1" "$2")" -ge "$RUNS" ]
	verdict $? "$4: $RUNS valid runs"
	[ "$(worst "$1" "$2" 12)" = 0 ]
	verdict $? "$4: the command succeeds"
	[ "$(worst "$1" "$2" 5 6)" -le "$3" ]
	verdict $? "$4: at most $3 packets of a flow are lost in a run"
	[ "$(worst "$1" "$2" 7)" -le $((4 * $3)) ]
	verdict $? "$4: at most $((4 * $3)) TCP retransmissions in a run"
	[ "$(worst "$1" "$2" 9)" = 0 ]
	verdict $? "$4: no new connection fails"
}

sh "$BENCH/run.sh" --short --runs "$RUNS" --log "$work/numbers" >"$work/table" 2>"$work/err"
status=$?
if [ $status -eq 77 ]; then
	cat "$work/table"
	exit 77
fi
if [ $status -ne 0 ] || [ ! -s "$work/numbers" ]; then
	cat "$work/table" "$work/err"
	echo "Bail out! the bench ended with status $status"
	exit 1
fi
sed 's/^/# /' "$work/table"
# Before Linux 6.6 there is nothing to splice with, and the first tool is the second.
spliced_max=0
case $(uname -r) in
[1-5].* | 6.[0-5].*) spliced_max=1 ;;
esac
one_way kvmnet bridge $spliced_max 'uplink under a bridge'
one_way kvmnet unbridge $spliced_max 'uplink taken back'
one_way kvmnet_unspliced bridge 1 'unspliced, under a bridge'
one_way kvmnet_unspliced unbridge 1 'unspliced, taken back'
one_way kvmnet_rollback bridge $spliced_max 'a delete rolled back'
one_way kvmnet_rollback unbridge $spliced_max 'a create rolled back'
# Its guest has a real tap.
if [ -c /dev/net/tun ]; then
	one_way kvmnet_ports bridge 0 'a port joins a guest and its host'
	one_way kvmnet_ports unbridge 0 'a port leaves a guest and its host'
fi
[ $failed -eq 0 ] || sed 's/^/# /' "$work/numbers" "$work/err"
# A busy machine can fail one series of runs; a fault fails every one.
if [ $failed -ne 0 ] && [ -z "${TAKEOVER_AGAIN:-}" ]; then
	echo '# a second series decides'
	rm -rf "$work"
	TAKEOVER_AGAIN=1 exec bash "${BASH_SOURCE[0]}"
fi
echo "1..$count"
[ $failed -eq 0 ]
