#!/usr/bin/env bash
# ctest: once timeout=300
# Nothing outside of --root is opened or changed, although an attacker turns its directories into
# symlinks all the while, moves them away, and has hard links of files from outside in it. By hand,
# 100,000 rounds:
#   bash tests/fault/root.sh --long [SEED]
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

RACE=$KVMNET_BUILD_DIR/tests/race
ROUNDS=3000
[ -z "$LONG" ] || ROUNDS=100000
SEED=1
[ "$#" -lt 2 ] || SEED=$2

# raced ROUNDS [HOW]: leaves $status and what it says in $out; $same: the bytes outside are the same
raced()
{
	local before
	rm -rf "$WORK/race"
	mkdir "$WORK/race"
	# The scene, as the program makes it
	"$RACE" "$WORK/race" 0 "$SEED" >/dev/null
	before=$(outside)
	rm -rf "$WORK/race"
	mkdir "$WORK/race"
	out=$("$RACE" "$WORK/race" "$1" "$SEED" ${2:+"$2"} 2>&1)
	status=$?
	same=$([ "$(outside)" = "$before" ] && echo yes)
}

outside()
{
	(cd "$WORK/race/outside" && find . -printf '%p %y %m\n' | grep -v '/er$' | sort &&
		find . -type f -print0 | sort -z | xargs -0 cksum)
}

raced "$ROUNDS" "$KVMNET"
is "$status" 0 'nothing outside is opened, made, removed or written'
is "$same" yes 'all outside has the same bytes'
diag "$out"
echo "# $ROUNDS rounds"
like "$out" '[1-9][0-9]+ committed, [1-9][0-9]* undone, [1-9]' 'changes succeed, are undone, and fail'
# Whether one race is won is chance: some more are run until one is.
for ((SEED = 1; SEED <= 40; SEED++)); do
	raced 3000 naive
	[ "$status" -eq 0 ] || break
done
is "$status $same" '1 ' 'planted, paths put together by hand: found'
diag "$out"
story_end
