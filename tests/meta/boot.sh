#!/usr/bin/env bash
# What undoes an unfinished change at boot: the unit is one that systemd takes and starts before every
# network manager, the init script is a clean POSIX script with the headers that LSB and chkconfig
# read; both call the program that is installed.
# ctest: once
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

: "${KVMNET_BUILD_DIR:?KVMNET_BUILD_DIR names the build folder}"
unit=$KVMNET_BUILD_DIR/kvmnet-recover.service
script=$KVMNET_BUILD_DIR/kvmnet-recover.init
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
looked=0

# expect NAME COMMAND...: the command succeeds
expect()
{
	local name=$1 out
	shift
	looked=$((looked + 1))
	out=$("$@" 2>&1) || fault "$name: $out"
}

# says FILE PATTERN: a line of the file matches
says()
{
	expect "${1##*/} has no line like $2" grep -qE "$2" "$1"
}

# ---- the unit ----

# Verified with a program that is there; only what concerns this unit counts.
sed "s|^ExecStart=[^ ]*|ExecStart=$(readlink -f "$KVMNET")|" "$unit" >"$dir/kvmnet-recover.service"
verify()
{
	local out
	out=$(systemd-analyze verify --man=no "$dir/kvmnet-recover.service" 2>&1)
	! grep -F kvmnet-recover <<<"$out"
}
expect 'systemd-analyze verify' verify
# The check can fail.
printf '[Service]\nNoSuchThing=1\n' >>"$dir/kvmnet-recover.service"
looked=$((looked + 1))
verify >/dev/null && fault 'systemd-analyze verify finds nothing wrong with a wrong unit'

says "$unit" '^ExecStart=/[^ ]*/kvmnet recover --boot$'
says "$unit" '^ConditionPathExists=/var/lib/kvmnet/journal$'
says "$unit" '^DefaultDependencies=no$'
says "$unit" '^Wants=network-pre.target$'
says "$unit" '^WantedBy='
before=$(sed -n 's/^Before=//p' "$unit" | tr '\n' ' ')
for manager in network-pre.target NetworkManager.service systemd-networkd.service network.service \
	networking.service libvirtd.service; do
	looked=$((looked + 1))
	case " $before " in
	*" $manager "*) ;;
	*) fault "the unit is not ordered before $manager" ;;
	esac
done

# ---- the script ----

for shell in sh dash bash; do
	expect "$shell -n" "$shell" -n "$script"
done
expect shellcheck shellcheck -s sh "$script"
says "$script" '^# chkconfig: [0-9]+ 0[0-9] [0-9]+$'
says "$script" '^# description: '
for header in Provides Required-Start X-Start-Before Default-Start Short-Description; do
	says "$script" "^# $header: +[^ ]"
done
says "$script" '^kvmnet=/.*/kvmnet$'

# Against a program that tells what it was asked.
printf '#!/bin/sh\necho "asked: $*"\nexit 3\n' >"$dir/kvmnet"
chmod +x "$dir/kvmnet"
sed -e "s|^kvmnet=.*|kvmnet=$dir/kvmnet|" -e "s|^journal=.*|journal=$dir/journal|" "$script" \
	>"$dir/script"

# calls STATUS OUTPUT WORD...: the script, called so
calls()
{
	local wanted=$1 text=$2 out status
	shift 2
	looked=$((looked + 1))
	out=$(sh "$dir/script" "$@" 2>&1)
	status=$?
	[ "$status $out" = "$wanted $text" ] || fault "$*: exit status $status: $out"
}
calls 0 '' start
calls 0 'no kvmnet change is unfinished' status
calls 0 '' stop
calls 2 'usage: script start|stop|status'
: >"$dir/journal"
calls 3 'asked: recover --boot' start
calls 1 'a kvmnet change is not finished: kvmnet recover undoes it' status
meta_done "$looked"
