#!/bin/sh
# kvmnet --root DIR WORD... with one mistake, $FAULT, that a fault harness has to find. Only for the
# selftests of tests/fault, inside their sandbox.
set -u
root=$2
for last in "$@"; do :; done
case $FAULT in
raw)
	"$KVMNET" "$@"
	status=$?
	printf 'kvmnet: not so good: %s \033[m\n' "$last" >&2
	exit $status
	;;
mute)
	exec "$KVMNET" "$@" >/dev/null 2>&1
	;;
writes)
	"$KVMNET" "$@"
	status=$?
	: >"$root/etc/sysconfig/written"
	exit $status
	;;
zero)
	"$KVMNET" "$@"
	exit 0
	;;
umask)
	"$KVMNET" "$@" || exit
	echo '# by hand' >"$root/etc/sysconfig/again"
	exit 0
	;;
talks)
	exec 9>>"$root/etc/resolv.conf"
	"$KVMNET" "$@"
	status=$?
	echo 'done' >&9
	exit $status
	;;
inplace)
	echo BRIDGE=br0 >>"$root/etc/sysconfig/network-scripts/ifcfg-eth0" &&
		echo DEVICE=br0 >"$root/etc/sysconfig/network-scripts/ifcfg-br0"
	exit
	;;
forgets)
	[ "$3" != recover ] || exit 0
	exec "$KVMNET" "$@"
	;;
unquoted)
	"$KVMNET" "$@" || exit
	sed -i "s/=['\"]\(.*\)['\"]$/=\1/" "$root"/etc/sysconfig/network-scripts/ifcfg-*
	exit 0
	;;
executes)
	"$KVMNET" "$@" || exit
	for file in "$root"/etc/sysconfig/network-scripts/ifcfg-*; do
		echo "LATER=\$(evil)" >>"$file"
	done
	exit 0
	;;
esac
echo "no such mistake: $FAULT" >&2
exit 99
