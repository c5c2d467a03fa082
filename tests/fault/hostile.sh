#!/usr/bin/env bash
# ctest: timeout=300
# Hostile names, addresses, MACs, values, files and folders, through the finished program: the exit
# status of the table, a message that a terminal can be shown, and nothing written.
# shellcheck disable=SC2016 # what is not to be expanded
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

ROOT=$WORK/host
IFCFG=$ROOT/etc/sysconfig/network-scripts

host()
{
	rm -rf "$ROOT"
	recipe_root "$ROOT"
}

# row STATUS WORD...: one row of the table, against the host as it is
row()
{
	local wanted=$1 point="${*:2}${what:+ with $what}"
	shift
	rows=$((rows + 1))
	names_of "$ROOT" >"$WORK/before"
	"$PROGRAM" --root "$ROOT" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	names_of "$ROOT" >"$WORK/after"
	[ "$status" = "$wanted" ] || complain "$point" "exit status $status, not $wanted" "$WORK/err"
	[ "$wanted" = 0 ] || [ -s "$WORK/err" ] || complain "$point" 'says nothing'
	is_clean "$WORK/err" || complain "$point" 'a message with raw bytes:' "$WORK/err"
	is_clean "$WORK/out" || complain "$point" 'an answer with raw bytes:' "$WORK/out"
	cmp -s "$WORK/before" "$WORK/after" || complain "$point" 'something was written:' \
		<(diff "$WORK/before" "$WORK/after")
}

# seen STATUS WORD...: the same on a terminal, where the user wants no colours
seen()
{
	local words
	printf -v words '%q ' "$PROGRAM" --root "$ROOT" "${@:2}"
	rows=$((rows + 1))
	NO_COLOR=1 SHELL=/bin/sh script -qec "$words" /dev/null >"$WORK/tty" 2>&1 </dev/null
	status=$?
	[ "$status" = "$1" ] || complain "$* with $what" "exit status $status" "$WORK/tty"
	tr -d '\r' <"$WORK/tty" >"$WORK/out"
	is_clean "$WORK/out" || complain "$* with $what" 'raw bytes on a terminal:' "$WORK/out"
}

# What the kernel would take, or a shell, or a terminal
NAMES=('' ' ' 'a b' . .. / a/b ../x lo all default -x --help '%d' 'br%d' 'br0:1' '$(id)' '`id`'
	'a;id' 'a|id' 'a&b' "a'b" 'a"b' 'a\b' 'a*' 'a?' '~' '#a' '!a' 'a=b' '{a,b}' $'a\nb' $'a\tb'
	$'a\rb' $'\e[31ma' $'\x01' $'\x7f' $'\xff\xfe' $'\xc2\x9b31m' 'brücke' $'\u202ea' $'\u200b'
	abcdefghijklmnop 0br 9 br0.bak br0.old br0.orig br0.rpmsave br0.rpmnew br0-range
	"$(head -c 3000 /dev/zero | tr '\0' a)")

hostile_names()
{
	local name
	for name in "${NAMES[@]}"; do
		# What begins with a dash is an option to every command line.
		row "$([ "$name" = --help ] && echo 0 || echo 2)" bridge create "$name"
		row 2 bridge create br0 --port="$name"
		row 2 port add br0 -- "$name"
		row 2 bridge delete -- "$name"
		row 2 bridge show -- "$name"
		row 2 bridge set br0 --nonsuch="$name"
	done
}

ADDRESSES=('' 1 1.2.3 1.2.3.4 1.2.3.4/ 1.2.3.4/33 1.2.3.4/-1 1.2.3.4/+8 1.2.3.4/08x '1.2.3.4/ 8'
	' 1.2.3.4/8' '1.2.3.4 /8' 01.2.3.4/8 1.2.3.256/8 0x1.2.3.4/8 1.2.3.4.5/8 1..3.4/8
	0.0.0.0/0 0.0.0.0/8 127.0.0.1/8 127.255.255.254/8 224.0.0.1/4 239.1.1.1/24
	255.255.255.255/32 192.168.1.0/24 192.168.1.255/24 240.0.0.1/4 1.2.3.4/24/24
	1.2.3.4/255.0.255.0 1.2.3.4/4294967304 ::/64 ::1/128 ff02::1/64 fd00::/129 fd00::1
	fd00::1/ fd00:::1/64 fd00::1::2/64 fd00::g/64 'fd00::1%eth0/64' fe80::1%1/64 12345::/16
	'$(id)/24' '`id`/24' "1.2.3.4/24'" $'1.2.3.4/24\nX=1' $'1.2.3.4/24\e[m' 'one/24')

hostile_addresses()
{
	local value
	for value in "${ADDRESSES[@]}"; do
		row 2 bridge create br0 --port eth0 --static="$value"
	done
	for value in '' 1.2.3 1.2.3.4.5 01.2.3.4 0.0.0.0 127.0.0.1 224.0.0.1 :: ::1 \
		ff02::1 fd00::g '$(id)' $'1.2.3.4\n' '1.2.3.4 ' ' 1.2.3.4' 1.2.3.4/24 a.b.c.d; do
		row 2 bridge create br0 --port eth0 --gateway="$value"
		# A resolver of the host's own is usual.
		case $value in
		127.0.0.1 | ::1 | 255.255.255.255) ;;
		*) row 2 bridge create br0 --port eth0 --dns="$value" ;;
		esac
	done
	for value in '' 10.0.0.0 10.0.0.1/8 10.0.0.0/33 "10.0.0.0/8," 10.0.0.0/8,via 10.0.0.0/8,via= \
		10.0.0.0/8,via=x 10.0.0.0/8,via=0.0.0.0 10.0.0.0/8,metric=-1 10.0.0.0/8,metric=1x \
		10.0.0.0/8,metric=4294967296 10.0.0.0/8,via=fd00::1 fd00::/8,via=1.2.3.4 \
		'10.0.0.0/8,via=1.2.3.4;id' '10.0.0.0/8,dev=x' $'10.0.0.0/8,via=1.2.3.4\nx'; do
		row 2 bridge create br0 --port eth0 --route="$value"
	done
}

hostile_macs()
{
	local value
	for value in '' x 00:00:00:00:00:00 01:00:00:00:00:01 ff:ff:ff:ff:ff:ff 33:33:00:00:00:01 \
		02:00:00:00:00 02:00:00:00:00:00:01 02:00:00:00:00:0g 02-00:00:00:00:01 \
		' 02:00:00:00:00:01' '02:00:00:00:00:01 ' 2:0:0:0:0:x $'02:00:00:00:00:01\n' \
		'$(id)' '`id`' 020000000001x 02:00:00:00:00:001 0x2:00:00:00:00:01 -2:00:00:00:00:01 \
		UPLINK $'\e]0;x\a'; do
		row 2 bridge create br0 --port eth0 --mac="$value"
	done
}

hostile_values()
{
	local option value
	for option in mtu metric priority ageing forward-delay hello max-age lock-timeout confirm; do
		for value in '' -1 +1 1x x 0x10 1e3 ' 1' '1 ' 99999999999999999999 18446744073709551616 \
			'$(id)' $'1\n'; do
			row 2 bridge create br0 --port eth0 --$option="$value"
		done
	done
	for option in stp nf-call vlan-filtering mcast-snooping; do
		for value in '' yes 1 ON 'on ' $'on\n' 'on;id' $'\e[1mon'; do
			row 2 bridge create br0 --port eth0 --$option="$value"
		done
	done
	for option in zone search; do
		for value in '' -x 'a b' 'a;b' '$(id)' '`id`' "a'b" 'a"b' 'a\b' $'a\nb' $'a\eb' $'\xff' \
			"$(head -c 300 /dev/zero | tr '\0' a)" 'a*' '#a'; do
			row 2 bridge create br0 --port eth0 --$option="$value"
		done
	done
	for value in '' x "gateway," ping: ping:x ping:1.2.3.4.5 tcp: tcp:x tcp:1.2.3.4:0 \
		tcp:1.2.3.4:65536 'tcp:$(id):1' $'ping:1.2.3.4\n'; do
		row 2 bridge create br0 --port eth0 --check="$value"
	done
	for option in force reader backend color; do
		for value in '' x '$(id)' $'\e[31m' $'a\nb'; do
			row 2 bridge create br0 --port eth0 --$option="$value"
		done
	done
	for value in 0 -1 x 4294967296 99999999999999999999 '$(id)' $'1\n' $'\e'; do
		row 2 rollback -- "$value"
	done
	for value in "$NOWHERE" '' $'/\e[31m' "$ROOT/etc/resolv.conf" /dev/null /proc/self/fd/0; do
		row 2 --root "$value" bridge list
	done
}

# file STATUS TEXT [NAME]: ifcfg-eth0 (or NAME) ends with TEXT; a bridge over it gets STATUS
file()
{
	local path=$IFCFG/${3:-ifcfg-eth0} what="$2 in ${3:-ifcfg-eth0}"
	host
	printf '%b' "$2" >>"$path"
	row 0 bridge list
	row 0 bridge list --json
	seen "$1" bridge create br0 --port eth0 --dry-run
	if [ "$1" != 0 ]; then
		row "$1" bridge create br0 --port eth0
	fi
}

hostile_files()
{
	# what cannot be moved as it stands is refused
	file 3 'IPADDR=$(id)\n'
	file 3 'IPADDR=`id`\n'
	file 3 'IPADDR="1.2.3.4\n"\n'
	file 3 'IPADDR=1.2.3.4; id\n'
	file 3 'IPADDR=$OTHER\n'
	file 3 'IPADDR="${OTHER}"\n'
	file 3 'IPADDR=1.2.3.4\\\n5\n'
	file 3 'IPADDR=not-an-address\n'
	file 3 'IPADDR=1.2.3.4 id\n'
	file 3 'export IPADDR=1.2.3.4\n'
	file 3 'if true; then IPADDR=1.2.3.4; fi\n'
	file 3 'PREFIX=99\n'
	file 3 'PREFIX=-1\n'
	file 3 'GATEWAY=nowhere\n'
	file 3 'DNS1="$(id)"\n'
	file 3 'ZONE="a\\\\nb$(id)"\n'
	file 3 'MTU=$((1500))\n'
	file 3 'IPADDR="unterminated\n'
	file 3 "IPADDR='unterminated\\n"
	file 3 'DEVICE=other\n'
	file 3 'IPADDR=1.2.3.4\r\n'
	file 3 'TYPE=Bridge\n'
	file 3 'BRIDGE=br7\n'
	file 3 'IPADDR=\\0001.2.3.4\n'
	file 3 'SEARCH="$(id)"\n'
	# what does not matter stays, whatever it is
	file 0 'NOTE="\033[31mred"\n'
	file 0 '# \033]0;title\007 in a comment\n'
	file 0 'NOTE="\0377\0376"\n'
	file 0 "NOTE='\$(id)'\\n"
	file 0 'DESCRIPTION="DEV\0302\0233ICE"\n'
	file 0 '\n\n\n   \n\t\n'
	file 0 'FOO=bar # no newline'
	# files of others
	file 0 '\0377\0376\0\0\n' ifcfg-eth9
	file 0 'DEVICE="\033[31m"\nTYPE=Bridge\n' ifcfg-br9
	file 0 'TYPE=Bridge\nDEVICE=$(id)\n' ifcfg-br9
	file 0 'TYPE=Bridge\n' $'ifcfg-\e[31m'
	file 0 'TYPE=Bridge\nDEVICE=br9\n' $'ifcfg-a\nb'
	file 0 'x' $'ifcfg-\xff'
}

# kind STATUS COMMAND...: the folder is changed by COMMAND before a bridge is asked for
kind()
{
	local wanted=$1 what="${*:2}"
	shift
	host
	(cd "$IFCFG" && eval "$*")
	row 0 bridge list
	row "$wanted" bridge create br0 --port eth0
}

hostile_folders()
{
	kind 3 'rm ifcfg-eth0; mkfifo ifcfg-eth0'
	kind 3 'rm ifcfg-eth0; mkdir ifcfg-eth0'
	kind 3 'rm ifcfg-eth0; ln -s ifcfg-eth0 ifcfg-eth0'
	kind 3 'rm ifcfg-eth0; ln -s /dev/zero ifcfg-eth0; mkdir -p ../../../dev; mkfifo ../../../dev/zero'
	kind 3 'head -c 70000 /dev/zero | tr "\0" "#" >>ifcfg-eth0'
	kind 3 'mkfifo ifcfg-br0'
	kind 3 'mkdir ifcfg-br0'
	kind 3 'mkfifo route-eth0'
	kind 3 'printf "DEVICE=eth0\nIPADDR=10.9.9.9\nPREFIX=24\n" >ifcfg-other'
	kind 3 'printf "DEVICE=br0\nTYPE=Ethernet\n" >ifcfg-br0'
	host
	mkdir -p "$ROOT/var/lib"
	ln -s /etc "$ROOT/var/lib/kvmnet"
	row 0 bridge list
	host
	mkdir -p "$ROOT/var/lib/kvmnet"
	chmod 700 "$ROOT/var/lib/kvmnet"
	: >"$ROOT/var/lib/kvmnet/lock"
	head -c 3000 /dev/urandom >"$ROOT/var/lib/kvmnet/journal"
	row 0 bridge list
	row 5 bridge create br0 --port eth0
	row 5 recover
	printf 'kvmnet-journal 999\n' >"$ROOT/var/lib/kvmnet/journal"
	row 5 recover
	row 5 bridge create br0 --port eth0
}

NOWHERE=$ROOT/nowhere

all_tables()
{
	host
	hostile_names
	hostile_addresses
	hostile_macs
	hostile_values
	hostile_files
	hostile_folders
}

some_names()
{
	host
	row 2 bridge create $'\e[31m'
	row 2 bridge create 'a b'
}

all_tables
verdict_of 'hostile input is refused, shown escaped, and changes nothing' rows
ok 'they are many' test "$rows" -ge 300
for fault in raw mute writes zero; do
	planted "$fault" some_names
done
story_end
