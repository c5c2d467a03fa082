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
esac
echo "no such mistake: $FAULT" >&2
exit 99
