# ctest: serial
# ctest: once
# ctest: timeout=120
# kvmnet's promise for a live uplink, there and back, under traffic: at most one packet of a flow
# lost in a run, no TCP retransmission, no failed connection. Runs in which the control past the
# host lost something too are void and repeated up to a cap.
# shellcheck shell=bash

set -u
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bench/takeover" && pwd)
RUNS=${TAKEOVER_RUNS:-10}
LOST_MAX=1
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

# worst WAY FIELD...: the greatest of these numbers over the valid runs of a way
worst()
{
	local way=$1
	shift
	awk -v way="$way" -v fields="$*" '
		BEGIN { n = split(fields, field, " "); most = 0 }
		$3 == way && $4 == "false" {
			for (i = 1; i <= n; i++)
				if ($field[i] > most)
					most = $field[i]
		}
		END { print most }' "$work/numbers"
}

# valid WAY: how many runs say something
valid()
{
	awk -v way="$1" '$3 == way && $4 == "false"' "$work/numbers" | wc -l
}

one_way()
{
	[ "$(valid "$1")" -ge "$RUNS" ]
	verdict $? "$2: $RUNS valid runs"
	[ "$(worst "$1" 12)" = 0 ]
	verdict $? "$2: the command succeeds"
	[ "$(worst "$1" 5 6)" -le $LOST_MAX ]
	verdict $? "$2: at most $LOST_MAX packet of a flow is lost in a run"
	[ "$(worst "$1" 7)" = 0 ]
	verdict $? "$2: no TCP retransmission"
	[ "$(worst "$1" 9)" = 0 ]
	verdict $? "$2: no new connection fails"
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
one_way bridge 'uplink under a bridge'
one_way unbridge 'uplink taken back'
[ $failed -eq 0 ] || sed 's/^/# /' "$work/numbers" "$work/err"
echo "1..$count"
[ $failed -eq 0 ]
