#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=300
# The power goes at a system call of a changing command, on real file systems (ext4 and xfs over a
# loop device): the command is killed there and the file system shut down without its log. Mounted
# again and recovered, all is old or new. By hand, at every call of every command:
#   bash tests/fault/powercut.sh --long
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

CUT=$KVMNET_BUILD_DIR/tests/cut
MOUNT=$WORK/disk
ROOT=$MOUNT/host
POINTS=8
CREATE='bridge create br0 --port eth0'
[ -z "$LONG" ] || POINTS=${POWERCUT_POINTS:-100000}
mkdir -p "$MOUNT"

# attach IMAGE: mounted; a loop device goes when the mount goes
attach()
{
	mount -o loop "$1" "$MOUNT"
}

# disk KIND CHANGE...: a file system with the recipe's host after these changes (each one word list),
# as an image
disk()
{
	local kind=$1 words
	shift
	rm -f "$WORK/master"
	truncate -s "$([ "$kind" = xfs ] && echo 320M || echo 16M)" "$WORK/master"
	"mkfs.$kind" -q "$WORK/master" >/dev/null 2>&1 && attach "$WORK/master" || return 1
	recipe_root "$ROOT"
	# as the package of libvirt makes them
	mkdir -p "$ROOT/etc/libvirt/qemu/networks/autostart"
	for words in "$@"; do
		# shellcheck disable=SC2086 # words
		"$KVMNET" --root "$ROOT" -q $words
	done
	bytes_of "$ROOT" >"$WORK/old"
	umount "$MOUNT"
}

anew()
{
	cp --sparse=always "$WORK/master" "$WORK/image"
	attach "$WORK/image"
}

# point K WORD...: cut before call K
point()
{
	local at=$1 status
	shift
	anew
	"$INJECT" --at "$at" --kill tree -- "$PROGRAM" --root "$ROOT" -q "$@" >/dev/null 2>&1 </dev/null
	status=$?
	"$CUT" "$MOUNT" || complain "call $at" 'the power cannot be cut'
	umount "$MOUNT"
	attach "$WORK/image"
	"$KVMNET" --root "$ROOT" recover >"$WORK/out" 2>&1 </dev/null ||
		complain "$kind, $*, call $at" 'recovery fails' "$WORK/out"
	bytes_of "$ROOT" >"$WORK/now"
	rows=$((rows + 1))
	if [ "$status" = 0 ]; then
		cmp -s "$WORK/now" "$WORK/new" || complain "$kind, $*" 'it ended, and is not new'
	elif ! cmp -s "$WORK/now" "$WORK/old" && ! cmp -s "$WORK/now" "$WORK/new"; then
		complain "$kind, $*, call $at" 'neither old nor new' \
			<(diff "$WORK/old" "$WORK/now")
	fi
	umount "$MOUNT"
}

# cut_all WORD...: all over the command, and after its end
cut_all()
{
	local n calls step
	anew
	"$INJECT" --list "$WORK/calls" -- "$KVMNET" --root "$ROOT" -q "$@" >/dev/null 2>&1 </dev/null
	bytes_of "$ROOT" >"$WORK/new"
	umount "$MOUNT"
	calls=$(wc -l <"$WORK/calls")
	step=$((calls > POINTS ? calls / POINTS : 1))
	for ((n = calls; n > 0; n -= step)); do
		point "$n" "$@"
	done
	point 1000000 "$@"
}

every_command()
{
	kind=$1
	disk "$kind" && cut_all bridge create br0 --port eth0
	disk "$kind" "$CREATE" && cut_all bridge delete br0
	if [ -n "$LONG" ]; then
		cut_all bridge set br0 --mtu 1400
		cut_all port add br0 eth1 --force=second-uplink
		cut_all rollback
		disk "$kind" "$CREATE" 'port add br0 eth1 --force=second-uplink' &&
			cut_all port remove br0 eth1
		disk "$kind" && cut_all apply "$WORK/two.conf"
		cut_all net create guests --nat --subnet 192.168.77.1/24
	fi
}

printf '[bridge br0]\nports = eth0\n[bridge br1]\nipv4 = none\nipv6 = none\n' >"$WORK/two.conf"
if ! disk ext4; then
	echo 'skipped: no loop devices here'
	exit 77
fi
every_command ext4
every_command xfs
# So many files that they are synced together.
for ((i = 0; i < 70; i++)); do
	printf '[bridge kb%d]\nipv4 = none\nipv6 = none\n' "$i"
done >"$WORK/many.conf"
for kind in ext4 xfs; do
	[ -n "$LONG" ] || POINTS=3
	disk "$kind" && cut_all apply "$WORK/many.conf"
done
verdict_of 'the power went, and all is old or new' 'power cuts'
POINTS=3
planted inplace every_command ext4
story_end
