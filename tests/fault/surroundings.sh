#!/usr/bin/env bash
# ctest: once timeout=300
# Odd surroundings: standard descriptors closed, broken or full, every umask, limits, a strange
# environment. The files are those of an ordinary run, or the old ones and the exit status says so;
# talk never lands in a file, and no signal kills in the middle.
# shellcheck disable=SC2016 # what is not to be expanded
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

ROOT=$WORK/host
COMMANDS=('bridge create br0 --port eth0' 'bridge set br0 --mtu 1400' 'bridge delete br0'
	'port add br0 eth1 --force=second-uplink'
	'rollback')

# host N: as it is before command N
host()
{
	rm -rf "$ROOT"
	cp -a "$WORK/host.$1" "$ROOT"
}

turn=0

# references: before and after of every command
references()
{
	local n
	rm -rf "$WORK"/host.*
	recipe_root "$WORK/host.0"
	for n in 1 2 3 4; do
		cp -a "$WORK/host.0" "$WORK/host.$n"
		"$KVMNET" --root "$WORK/host.$n" -q bridge create br0 --port eth0
	done
	for n in "${!COMMANDS[@]}"; do
		host "$n"
		bytes_of "$ROOT" >"$WORK/old.$n"
		# shellcheck disable=SC2086 # words
		"$KVMNET" --root "$ROOT" -q ${COMMANDS[n]} </dev/null ||
			complain "${COMMANDS[n]}" 'does not work at all'
		bytes_of "$ROOT" >"$WORK/new.$n"
	done
}

# judge POINT N STATUS: files and exit status agree; the state folder is root's alone
judge()
{
	bytes_of "$ROOT" >"$WORK/now"
	case $3 in
	0) cmp -s "$WORK/now" "$WORK/new.$2" || complain "$1" 'exit status 0 and not new' \
		<(diff "$WORK/new.$2" "$WORK/now") ;;
	5) cmp -s "$WORK/now" "$WORK/new.$2" || complain "$1" 'the report is lost, but it is not new' \
		<(diff "$WORK/new.$2" "$WORK/now") ;;
	4 | 8) cmp -s "$WORK/now" "$WORK/old.$2" || complain "$1" "exit status $3 and not old" \
		<(diff "$WORK/old.$2" "$WORK/now") ;;
	*) complain "$1" "exit status $3" ;;
	esac
	# Without descriptors for the history the next change finds what is committed.
	leftovers_of "$ROOT" | grep -v 'journal.done$' >"$WORK/left"
	[ ! -s "$WORK/left" ] || complain "$1" 'left over' "$WORK/left"
	find "$ROOT/var/lib/kvmnet" -perm /077 2>/dev/null | grep -q . &&
		complain "$1" 'others may look into the state folder'
}

# in_it WRAPPER [ARGUMENT]: every command, called by the function WRAPPER
in_it()
{
	local n status
	for n in "${!COMMANDS[@]}"; do
		# The short form takes turns.
		if [ -z "$LONG" ] && [ $((turn++ % ${EVERY:-1})) -ne 0 ]; then
			continue
		fi
		host "$n"
		rows=$((rows + 1))
		# shellcheck disable=SC2086 # words
		"$@" "$PROGRAM" --root "$ROOT" ${COMMANDS[n]}
		status=$?
		judge "$* ${COMMANDS[n]}" "$n" "$status"
	done
}

closing()
{
	case $1 in
	in) "${@:2}" <&- >/dev/null 2>&1 ;;
	out) "${@:2}" >&- 2>/dev/null ;;
	err) "${@:2}" 2>&- >/dev/null ;;
	in-out) "${@:2}" <&- >&- 2>/dev/null ;;
	in-err) "${@:2}" <&- 2>&- >/dev/null ;;
	out-err) "${@:2}" >&- 2>&- ;;
	all) "${@:2}" <&- >&- 2>&- ;;
	esac
}

# What is talked to is gone: a pipe without a reader, a full disk, a read-only descriptor
deaf()
{
	case $1 in
	pipe) "${@:2}" 2>&1 </dev/null | : ;;
	pipe-err) { "${@:2}" >/dev/null </dev/null; } 2>&1 | : ;;
	full) "${@:2}" >/dev/full 2>&1 </dev/null ;;
	full-err) "${@:2}" 2>/dev/full >/dev/null </dev/null ;;
	read-only) "${@:2}" >/dev/null 2>&1 1</dev/null 2</dev/null ;;
	file) "${@:2}" <"$WORK/old.0" >"$WORK/out" 2>&1 ;;
	esac
	return "${PIPESTATUS[0]}"
}

masked()
{
	(umask "$1" && "${@:2}" >/dev/null 2>&1 </dev/null)
}

limited()
{
	(
		# Before the limit: it holds for the shell, too.
		exec >/dev/null 2>&1 </dev/null
		# What the test's own surroundings left open counts, too.
		exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
		# shellcheck disable=SC2086 # two words
		ulimit $1 && "${@:2}"
	)
}

surrounded()
{
	env "$1" "${@:2}" >/dev/null 2>&1 </dev/null
}

signals_ignored()
{
	(trap '' PIPE HUP INT TERM CHLD XFSZ && "$@" >/dev/null 2>&1 </dev/null)
}

elsewhere()
{
	(
		mkdir -p "$WORK/gone" && cd "$WORK/gone" && rmdir "$WORK/gone" &&
			"$@" >/dev/null 2>&1 </dev/null
	)
}

with_stdio()
{
	local how
	for how in in out err in-out in-err out-err all; do
		in_it closing "$how"
	done
	for how in pipe pipe-err full full-err read-only file; do
		in_it deaf "$how"
	done
}

with_limits()
{
	local how
	for how in 000 022 077 777; do
		in_it masked "$how"
	done
	for how in '-f 0' '-f 1' '-n 4' '-n 6' '-n 8' '-n 12' '-n 16' '-u 1' '-s 256' '-v 20000' \
		'-l 0' '-c 0'; do
		in_it limited "$how"
	done
	in_it signals_ignored
	in_it elsewhere
}

with_environment()
{
	local how
	for how in PATH= PATH=. LC_ALL=xx_XX.nonsense LANG=tr_TR.UTF-8 LC_ALL=C TERM= TERM=dumb \
		"TERM=$(head -c 5000 /dev/zero | tr '\0' x)" COLUMNS=0 COLUMNS=-1 COLUMNS=99999999999 \
		HOME= HOME=/nonexistent TMPDIR=/nonexistent IFS=/ POSIXLY_CORRECT=1 NO_COLOR=1 \
		SSH_CONNECTION= SSH_CONNECTION=x 'SSH_CONNECTION=$(evil) 1 2 3' \
		'SSH_CONNECTION=192.168.12.5 5 192.168.12.118 22' SSH_CONNECTION=$'\e[31m' SUDO_USER=x \
		MALLOC_PERTURB_=165 MALLOC_CHECK_=3 TZ=:/etc/passwd TZ=Nowhere/City GETCONF_DIR=/ \
		NOTIFY_SOCKET=/nonexistent LISTEN_FDS=3 SYSTEMD_LOG_LEVEL=debug LIBVIRT_DEBUG=1 \
		LIBVIRT_DEFAULT_URI=nonsense:///x NLDBG=9 NLCB=debug KVMNET_ROOT=/ ENV=/etc/passwd \
		BASH_ENV=/etc/passwd; do
		in_it surrounded "$how"
	done
	in_it env -i
}

references
EVERY=2
with_stdio
EVERY=4
with_limits
EVERY=8
with_environment
verdict_of 'closed, full and broken descriptors, umasks, limits and environments' rows
EVERY=4
planted umask with_limits
planted talks with_stdio
story_end
