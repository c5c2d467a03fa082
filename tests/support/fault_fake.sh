#!/bin/sh
# A small "kvmnet" that changes two files and a link with a journal, as the harness's own test needs
# it. FAULT plants one mistake that the oracle has to find. Only for tests/fault/selftest.sh, inside
# its sandbox.
set -u
umask 022
DIR=/etc/sysconfig/network-scripts
STATE=/var/lib/kvmnet
FAULT=${FAULT:-}

# new FILE TEXT: whole at every instant
new() {
	printf '%s\n' "$2" >"$DIR/.kvmnet-n1~"
	mv "$DIR/.kvmnet-n1~" "$1"
}

create() {
	mkdir -p "$STATE"
	cp -a "$DIR/ifcfg-eth0" "$STATE/tmp"
	[ "$FAULT" = no-journal ] || mv "$STATE/tmp" "$STATE/journal"
	rm -f "$STATE/tmp"
	new "$DIR/ifcfg-br0" 'DEVICE=br0'
	if [ "$FAULT" = not-whole ]; then
		: >"$DIR/ifcfg-eth0"
	fi
	cp -a "$DIR/ifcfg-eth0" "$DIR/.kvmnet-n2~"
	echo 'BRIDGE=br0' >>"$DIR/.kvmnet-n2~"
	[ "$FAULT" != early-commit ] || mv "$STATE/journal" "$STATE/journal.done"
	mv "$DIR/.kvmnet-n2~" "$DIR/ifcfg-eth0"
	ip link add br0 address 02:00:00:00:00:01 type bridge
	[ ! -e "$STATE/journal" ] || mv "$STATE/journal" "$STATE/journal.done"
	rm -f "$STATE/journal.done"
}

recover() {
	if [ -e "$STATE/journal" ]; then
		[ "$FAULT" = forgets-link ] || ip link del br0 2>/dev/null
		[ "$FAULT" = forgets-file ] || rm -f "$DIR/ifcfg-br0"
		cp -a "$STATE/journal" "$DIR/.kvmnet-r1~"
		[ "$FAULT" != wrong-mode ] || chmod 600 "$DIR/.kvmnet-r1~"
		mv "$DIR/.kvmnet-r1~" "$DIR/ifcfg-eth0"
		# Down and up again: addresses of IPv4 stay, routes and IPv6 do not.
		if [ "$FAULT" = loses-routes ]; then
			ip link set eth0 down
			ip link set eth0 up
		fi
	fi
	[ "$FAULT" = leaves-names ] || rm -f "$DIR/.kvmnet-n1~" "$DIR/.kvmnet-n2~" "$STATE/tmp"
	if [ "$FAULT" != not-twice ] && [ ! -e "$STATE/journal" ]; then
		echo 'nothing to do'
	fi
	rm -f "$STATE/journal" "$STATE/journal.done"
}

case $1 in
recover) recover ;;
*) create ;;
esac
exit 0
