#!/usr/bin/env bash
# ctest: timeout=300
# No value is ever executed: what kvmnet writes into ifcfg files is read by bash and dash the way the
# scripts do it; nothing runs, and every value is what it was meant to be. By hand, over 100,000
# values:
#   bash tests/fault/shell.sh --long [FIRST-SEED]
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

VALUES=$KVMNET_BUILD_DIR/tests/values
ROOT=$WORK/host
IFCFG=$ROOT/etc/sysconfig/network-scripts
SHELVES=$WORK/shelves
ROUNDS=30
[ -z "$LONG" ] || ROUNDS=1500
FIRST=1
[ "$#" -lt 2 ] || FIRST=$2

# The canary: a command by the name that the values call
mkdir -p "$WORK/bin" "$WORK/empty"
printf '#!/bin/sh\n: >%s/sung\n' "$WORK" >"$WORK/bin/evil"
chmod +x "$WORK/bin/evil"
PATH=$WORK/bin:$PATH

# shelve NAME: what kvmnet has just written is put aside for the shells
shelve()
{
	local shelf=$SHELVES/$1
	mkdir -p "$shelf"
	cp "$IFCFG"/ifcfg-* "$WORK/want" "$shelf/"
	echo "$shelf" >>"$WORK/list"
}

# change NAME WORD...: a change of files that may be refused, but then changes nothing
change()
{
	local name=$1
	shift
	if "$PROGRAM" --root "$ROOT" "$@" >"$WORK/out" 2>&1 </dev/null; then
		shelve "$name"
		return
	fi
	refused=$((refused + 1))
	cp "$WORK/out" "$WORK/refused"
	is_clean "$WORK/out" || complain "$name" 'raw bytes:' "$WORK/out"
	return 1
}

# one SEED: create, change, and take apart a bridge over a NIC whose file is full of such values
one()
{
	local words nasty
	rm -rf "$ROOT"
	recipe_root "$ROOT"
	"$VALUES" "$1" "$IFCFG/ifcfg-eth0" "$WORK/want"
	mapfile -t words < <("$VALUES" "$1")
	nasty=${words[2]}
	change "$1-nasty" bridge create br0 --port eth0 "--zone=$nasty" "--search=$nasty"
	change "$1-create" bridge create br0 --port eth0 --zone "${words[0]}" || return
	echo 'LATER="by hand"' >>"$IFCFG/ifcfg-eth0"
	change "$1-set" bridge set br0 --search "${words[1]}" --route 10.8.0.0/16,via=192.168.12.9
	change "$1-port" port set br0 eth0 --cost 10
	change "$1-delete" bridge delete br0
}

# read_by SHELL: all shelves in one process of it
read_by()
{
	local shelf
	rm -f "$WORK/sung"
	(cd "$WORK/empty" && "$1" "$SUPPORT/fault_source.sh" <"$WORK/list" >"$WORK/said" 2>&1)
	[ ! -e "$WORK/sung" ] || complain "$1" 'something was executed'
	[ ! -s "$WORK/said" ] || complain "$1" 'does not like what it reads:' "$WORK/said"
	while IFS= read -r shelf; do
		LC_ALL=C sort -u "$shelf/want" >"$WORK/wanted"
		LC_ALL=C sort -u "$shelf/got" >"$WORK/got"
		rows=$((rows + $(wc -l <"$shelf/want")))
		cmp -s "$WORK/wanted" "$WORK/got" || complain "${shelf##*/} in $1" \
			'a value is not what it was:' <(diff -a "$WORK/wanted" "$WORK/got")
		rm -f "$shelf/got"
	done <"$WORK/list"
}

# sweep ROUNDS: in portions, so that not all of it lies in memory
sweep()
{
	local seed=$FIRST last=$((FIRST + $1))
	rows=0
	refused=0
	while [ "$seed" -lt "$last" ]; do
		rm -rf "$SHELVES"
		: >"$WORK/list"
		while [ "$seed" -lt "$last" ]; do
			one "$seed"
			seed=$((seed + 1))
			[ $((seed % 50)) -ne 0 ] || break
		done
		read_by bash
		[ ! -e "$WORK/sung" ] || break
		values=$rows
		read_by dash
		rows=$values
	done
}

sweep "$ROUNDS"
verdict_of 'values that bash and dash read back' values
ok 'enough of them' test "$rows" -ge $((ROUNDS * 66))
diag "$refused changes refused"
for fault in unquoted executes; do
	planted "$fault" sweep 2
done
story_end
