#!/usr/bin/env bash
# ctest: timeout=300
# A hundred commands at once on the same files, those at work killed at random instants: all old
# or all new in the end, no lock stays behind, and nobody but the killed ones fails. By hand, 50
# times:
#   bash tests/fault/parallel.sh --long
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

ROOT=$WORK/host
TIMES=2
[ -z "$LONG" ] || TIMES=50
CREATE=(bridge create br0 --port eth0)
DELETE=(bridge delete br0)

references()
{
	recipe_root "$ROOT"
	bytes_of "$ROOT" >"$WORK/old"
	"$KVMNET" --root "$ROOT" -q "${CREATE[@]}"
	bytes_of "$ROOT" >"$WORK/new"
}

# one N: a command
one()
{
	local words=("${CREATE[@]}")
	[ $(($1 % 2)) -eq 0 ] || words=("${DELETE[@]}")
	"$PROGRAM" --root "$ROOT" --lock-timeout 120 "${words[@]}" \
		>"$WORK/said.$1" 2>&1 </dev/null
	echo "$?" >"$WORK/status.$1"
}

# killer INODE: now and then, who holds the lock is killed in the middle of its work. Without starting
# a process: among a hundred it would always come too late.
killer()
{
	local id kind pid file turn
	for ((turn = 0; turn < 100000; turn++)); do
		while read -r id kind _ _ pid file _; do
			[ "$kind" = FLOCK ] && [ "${file##*:}" = "$1" ] &&
				[ $((RANDOM % 2)) -eq 0 ] && kill -KILL "$pid"
		done </proc/locks
	done
	: "$id"
}

# A bridge that is not there cannot be deleted: 2. All others waited for their turn.
judge()
{
	local n status
	for ((n = 0; n < 100; n++)); do
		status=$(<"$WORK/status.$n")
		case $((n % 2)):$status in
		*:0 | 1:2) ;;
		*:137) killed=$((killed + 1)) ;;
		*) complain "run $n" "exit status $status" "$WORK/said.$n" ;;
		esac
	done
	"$PROGRAM" --root "$ROOT" --lock-timeout 1 recover >"$WORK/out" 2>&1 ||
		complain 'afterwards' 'recovery fails' "$WORK/out"
	bytes_of "$ROOT" >"$WORK/now"
	cmp -s "$WORK/now" "$WORK/old" || cmp -s "$WORK/now" "$WORK/new" ||
		complain 'afterwards' 'neither old nor new' <(diff "$WORK/old" "$WORK/now")
	[ -z "$(leftovers_of "$ROOT")" ] ||
		complain 'afterwards' 'left over' <(leftovers_of "$ROOT")
	"$PROGRAM" --root "$ROOT" --lock-timeout 1 "${CREATE[@]}" >"$WORK/out" 2>&1 ||
		complain 'afterwards' 'no change is possible' "$WORK/out"
}

sweep()
{
	local times n pids killer
	for ((times = 0; times < $1; times++)); do
		rm -rf "$ROOT"
		recipe_root "$ROOT"
		# The lock's file has to be there, to be recognised.
		"$KVMNET" --root "$ROOT" -q "${CREATE[@]}"
		"$KVMNET" --root "$ROOT" -q "${DELETE[@]}"
		killer "$(stat -c %i "$ROOT/var/lib/kvmnet/lock")" 2>/dev/null &
		killer=$!
		pids=()
		for ((n = 0; n < 100; n++)); do
			one "$n" 2>/dev/null &
			pids+=($!)
		done
		wait "${pids[@]}"
		kill "$killer"
		wait "$killer" 2>/dev/null
		judge
		rows=$((rows + 100))
	done
}

references
killed=0
RANDOM=1
sweep "$TIMES"
# A loaded machine gives the killer few turns.
while [ "$killed" -lt $((TIMES * 5)) ] && [ "$rows" -lt $((TIMES * 1000)) ]; do
	sweep 1
done
verdict_of 'a hundred at once, killed at random' runs
ok "killed in the middle: $killed" test "$killed" -ge $((TIMES * 5))
planted inplace sweep 1
story_end
