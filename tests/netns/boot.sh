#!/usr/bin/env bash
# The unit in a real systemd: a change that died with its files half in place is undone at boot,
# before what reads these files; a boot without one does not even start it.
# ctest: once
# ctest: serial
# ctest: timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

SYSTEMD=/lib/systemd/systemd
UNITS=/var/lib/boot
BOOTED=$UNITS/booted

[ -x "$SYSTEMD" ] || {
	echo 'skipped: there is no systemd here'
	exit 77
}

# unit NAME: its text from standard input. Only these are known to the systemd that is started.
unit()
{
	cat >"$UNITS/$1"
}

# units: as much of a boot as the order is about; the network's script is a stand-in that notes what
# it reads
units()
{
	local target
	mkdir -p "$UNITS/sysinit.target.wants" "$BOOTED"
	for target in local-fs network-pre; do
		printf '[Unit]\nDefaultDependencies=no\n' | unit "$target.target"
	done
	printf '[Unit]\nDefaultDependencies=no\nWants=local-fs.target\nAfter=local-fs.target\n' |
		unit sysinit.target
	printf '[Unit]\nDefaultDependencies=no\n' | unit shutdown.target
	sed "s|^ExecStart=[^ ]*|ExecStart=$(readlink -f "$KVMNET")|" \
		"$KVMNET_BUILD_DIR/kvmnet-recover.service" | unit kvmnet-recover.service
	ln -s ../kvmnet-recover.service "$UNITS/sysinit.target.wants/"
	# Not ordered by itself: only the unit's own Before= can put it behind.
	unit network.service <<-UNIT
		[Unit]
		DefaultDependencies=no
		[Service]
		Type=oneshot
		ExecStart=/bin/cp $SCRIPTS/ifcfg-eth0 $BOOTED/ifcfg-eth0
	UNIT
	# Told by systemd itself at the end.
	unit end.service <<-UNIT
		[Unit]
		DefaultDependencies=no
		After=network.service sysinit.target
		[Service]
		Type=oneshot
		ExecStart=/bin/sh -c 'systemctl show -p Result,ActiveState,ConditionResult kvmnet-recover.service >$BOOTED/shown'
		ExecStopPost=/bin/systemctl --force --force poweroff
	UNIT
	unit boot.target <<-UNIT
		[Unit]
		DefaultDependencies=no
		Wants=network.service sysinit.target end.service
	UNIT
}

# booting: inside namespaces of its own; what the kernel had is gone, and the boot has another name
booting()
{
	mount -t proc proc /proc && mount -t tmpfs tmpfs /run && mkdir -p /sys/fs/cgroup &&
		mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
		mount --bind "$UNITS/boot_id" /proc/sys/kernel/random/boot_id || return 1
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=lxc SYSTEMD_UNIT_PATH="$UNITS" \
		"$SYSTEMD" --system --unit=boot.target --log-target=null --show-status=no
}

boot()
{
	rm -f "$BOOTED"/*
	cat /proc/sys/kernel/random/uuid >"$UNITS/boot_id"
	export -f booting
	export UNITS SYSTEMD
	timeout -s KILL 60 unshare -n -m -p -u -i -C -f --kill-child bash -c booting \
		>"$WORK/boot" 2>&1 </dev/null
}

# died: a create whose processes all die when its files are in place, and before it is committed
died()
{
	local n
	for n in 8 10 12 14 16 18 20 22 24; do
		(strace -f -qq -o "$WORK/trace" -e trace=sendmsg -e "inject=sendmsg:signal=KILL:when=$n" \
			"$KVMNET" bridge create br0 --port eth0 --no-guard) >/dev/null 2>&1 </dev/null
		if [ -e /var/lib/kvmnet/journal ] && grep -q '^BRIDGE=br0' "$SCRIPTS/ifcfg-eth0"; then
			return 0
		fi
		"$KVMNET" recover
	done
	return 1
}

host_static
old=$(<"$SCRIPTS/ifcfg-eth0")
units
boot
if [ ! -s "$BOOTED/shown" ]; then
	echo "skipped: no systemd can be booted in a namespace here: $(head -c 200 "$WORK/boot")"
	exit 77
fi
like "$(<"$BOOTED/shown")" '^ConditionResult=no$' 'without an unfinished change it is not started'
is "$(<"$BOOTED/ifcfg-eth0")" "$old" '... and the network comes up'

ok 'a change dies with its files in place' died
boot
is "$(<"$BOOTED/ifcfg-eth0")" "$old" 'the next boot has undone it before the network is read'
like "$(<"$BOOTED/shown")" '^Result=success$' 'the unit was content'
like "$(<"$BOOTED/shown")" '^ActiveState=active$' '... and stays so'
ok 'no bridge is left in the files' test ! -e "$SCRIPTS/ifcfg-br0"
ok 'nor a journal' test ! -e /var/lib/kvmnet/journal

ok 'a change dies once more' died
sed -i 's/^Before=.*//' "$UNITS/kvmnet-recover.service"
sed -i 's/^After=network.service sysinit.target/After=network.service/' "$UNITS/end.service"
sed -i 's/^DefaultDependencies=no/&\nAfter=network.service/' "$UNITS/kvmnet-recover.service"
boot
like "$(cat "$BOOTED/ifcfg-eth0")" '^BRIDGE=br0' 'planted, another order: found'
story_end
