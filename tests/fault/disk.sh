#!/usr/bin/env bash
# ctest: once timeout=300
# A full disk, no inodes, a read-only or immutable file, a bind-mounted one, the state on another
# file system: before a change, in the middle of it, and when it has to be undone. All old or all
# new, the exit status says which, and undoing needs no free block. By hand, at every size and call:
#   bash tests/fault/disk.sh --long
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

ROOT=$WORK/host
IFCFG=$ROOT/etc/sysconfig/network-scripts
CREATE='bridge create br0 --port eth0'
BEFORE='' # the change that was made before the one that is tried
read -ra COMMAND <<<"$CREATE"
STRIDE=4
POINTS=12
if [ -n "$LONG" ]; then
	STRIDE=1
	POINTS=1000
fi
mkdir -p "$ROOT"

# disk OPTION...: an empty file system of its own for the host
disk()
{
	umount -R -l "$ROOT" 2>/dev/null
	mount -t tmpfs -o "mode=755,$1" tmpfs "$ROOT" && recipe_root "$ROOT"
	# shellcheck disable=SC2086 # words
	[ -z "$BEFORE" ] || "$KVMNET" --root "$ROOT" -q $BEFORE
}

# fill: not a block is left
fill()
{
	head -c 1G /dev/zero >"$ROOT/filler" 2>/dev/null
	[ -s "$ROOT/filler" ]
}

references()
{
	disk size=4m
	bytes_of "$ROOT" >"$WORK/old"
	"$KVMNET" --root "$ROOT" "${COMMAND[@]}" >/dev/null 2>&1
	bytes_of "$ROOT" >"$WORK/new"
}

# state: old, new, or neither
state()
{
	bytes_of "$ROOT" >"$WORK/now" 2>&1
	old_or_new
}

# changed POINT: exit status and files agree, and a failure is explained
changed()
{
	local state
	rows=$((rows + 1))
	"$PROGRAM" --root "$ROOT" "${COMMAND[@]}" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	state=$(state)
	case $status:$state in
	0:new) ;;
	0:* | *:new | *:neither) complain "$1" "exit status $status, and all is $state" "$WORK/err" ;;
	*) [ -s "$WORK/err" ] || complain "$1" 'says nothing' ;;
	esac
	# The history may have no room; the next change finds what is committed.
	leftovers_of "$ROOT" | grep -v 'journal.done$' >"$WORK/left"
	[ ! -s "$WORK/left" ] || complain "$1" 'left over' "$WORK/left"
}

# recovered POINT: the recovery works, and it is all old or all new
recovered()
{
	"$PROGRAM" --root "$ROOT" recover >"$WORK/out" 2>&1 </dev/null ||
		complain "$1" "recovery fails with status $?" "$WORK/out"
	[ "$(state)" != neither ] || complain "$1" 'neither old nor new' \
		<(diff "$WORK/old" "$WORK/now")
	[ -z "$(leftovers_of "$ROOT")" ] || complain "$1" 'left over' <(leftovers_of "$ROOT")
}

# with_room PAGES, with_inodes N: a change with so much left
with_room()
{
	disk size=1m
	fill
	truncate -s "-$(($1 * 4096))" "$ROOT/filler"
	changed "$1 free blocks"
}

with_inodes()
{
	disk size=4m,nr_inodes=64
	local i=0
	while mkdir "$ROOT/i$i" 2>/dev/null; do
		i=$((i + 1))
	done
	for ((i = 0; i < $1; i++)); do
		rmdir "$ROOT/i$i"
	done
	changed "$1 free inodes"
}

full_before()
{
	local n
	for ((n = 0; n < 24; n += STRIDE)); do
		with_room "$n"
		with_inodes "$n"
	done
}

# calls: how many there are in the change
calls()
{
	disk size=4m
	"$INJECT" --list "$WORK/calls" -- "$PROGRAM" --root "$ROOT" "${COMMAND[@]}" >/dev/null 2>&1
	wc -l <"$WORK/calls"
}

# broken_off K: killed before call K
broken_off()
{
	disk size=4m
	"$INJECT" --at "$1" --kill tree -- "$PROGRAM" --root "$ROOT" "${COMMAND[@]}" \
		>/dev/null 2>&1 </dev/null
	rows=$((rows + 1))
}

# The change ends in the middle, and then there is no room, or nothing may be written.
in_rollback()
{
	local n k last
	last=$(calls)
	for ((n = 1; n <= POINTS && n <= last; n++)); do
		k=$n
		[ "$last" -le "$POINTS" ] || k=$((last - n * last / (POINTS + 1)))
		broken_off "$k"
		fill
		recovered "full after call $k"
		broken_off "$k"
		mount -o remount,ro "$ROOT"
		if "$PROGRAM" --root "$ROOT" recover >"$WORK/out" 2>&1 &&
			[ -e "$ROOT/var/lib/kvmnet/journal" ]; then
			complain "read-only after call $k" 'claims to be done' "$WORK/out"
		fi
		mount -o remount,rw "$ROOT"
		recovered "writable again after call $k"
	done
}

# Every one call that can run out of room does, and then all later ones of its name
fails_during()
{
	local n k last
	last=$(calls)
	for ((n = 1; n <= POINTS && n <= last; n++)); do
		k=$n
		[ "$last" -le "$POINTS" ] || k=$((last - n * last / (POINTS + 1)))
		disk size=4m
		rows=$((rows + 1))
		"$INJECT" --at "$k" --fail 1 --sticky --report "$WORK/report" -- \
			"$PROGRAM" --root "$ROOT" "${COMMAND[@]}" >"$WORK/out" 2>&1 </dev/null
		status=$?
		recovered "call $k and later ones of its name fail (status $status)"
	done
}

refused_places()
{
	disk size=4m
	mount -o remount,ro "$ROOT"
	changed 'a read-only file system'
	disk size=4m
	cp "$IFCFG/ifcfg-eth0" "$WORK/other"
	mount --bind "$WORK/other" "$IFCFG/ifcfg-eth0"
	changed 'a bind-mounted file'
	disk size=4m
	if chattr +i "$IFCFG/ifcfg-eth0" 2>/dev/null; then
		changed 'an immutable file'
		chattr -i "$IFCFG/ifcfg-eth0"
		chattr +i "$IFCFG"
		changed 'an immutable folder'
		chattr -i "$IFCFG"
		chattr +a "$IFCFG/ifcfg-eth0"
		changed 'a file that only grows'
		chattr -a "$IFCFG/ifcfg-eth0"
	else
		diag 'no immutable files on this kernel'
	fi
}

# state_on OPTION: the state folder is another file system
state_on()
{
	disk size=4m
	mkdir -p "$ROOT/var/lib/kvmnet"
	mount -t tmpfs -o "mode=700,$1" tmpfs "$ROOT/var/lib/kvmnet"
}

state_elsewhere()
{
	local n
	state_on size=4m
	changed 'the state on another file system'
	[ "$(state)" = new ] || complain 'the state on another file system' 'is refused' "$WORK/err"
	for n in 4 8 16 32; do
		state_on "size=${n}k"
		changed "the state on a file system of $n KiB"
	done
	for n in 1 2 3 4 5 6 8; do
		state_on "size=4m,nr_inodes=$n"
		changed "the state on a file system of $n inodes"
	done
	state_on size=4m
	mount -o remount,ro "$ROOT/var/lib/kvmnet"
	changed 'the state on a read-only file system'
}

references
full_before
refused_places
state_elsewhere
verdict_of 'no room and no right to write, before and during a change: all old or all new' rows
# others: the same of the commands that begin at a bridge
others()
{
	local words
	BEFORE=$CREATE
	for words in 'bridge delete br0' 'bridge set br0 --mtu 1400' \
		'port add br0 eth1 --force=second-uplink'; do
		read -ra COMMAND <<<"$words"
		references
		full_before
		fails_during
		in_rollback
	done
	BEFORE=
	read -ra COMMAND <<<"$CREATE"
	references
}

bad=0
fails_during
in_rollback
verdict_of 'no room and no right to write in the rollback: all old in the end' rows
bad=0
if [ -z "$LONG" ]; then
	STRIDE=12
	POINTS=4
fi
others
verdict_of 'the same of delete, set and port add' rows
planted zero refused_places
planted inplace full_before
planted forgets in_rollback
umount -R -l "$ROOT"
story_end
