# The changing commands, each with a host to begin with, for the fault harnesses. Sourced by
# tests/fault/*.sh (bash) on top of tests/support/fault_host.sh.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the harnesses use them

# shellcheck source=tests/support/fault_host.sh
. "$(dirname "${BASH_SOURCE[0]}")/fault_host.sh"

# $LONG: the long form was asked for; $only: the commands named, "" = all; $total: of all scenarios
LONG=
only=
total=0
while [ $# -gt 0 ]; do
	case $1 in
	--long) LONG=yes ;;
	*) only="$only $1" ;;
	esac
	shift
done

# scenario NAME WORD...: the dumps before and after WORD..., undisturbed, and the list of its calls.
# prepare_NAME, if there is one, makes the host of which the scenario begins.
scenario()
{
	name=$1
	shift
	words=("$@")
	fault_host_again
	wait_for 10 carried
	prepare
	wait_for 10 quiet
	dump >"$WORK/old"
	"$INJECT" --list "$WORK/calls" --report "$WORK/report" -- "$PROGRAM" "${words[@]}" \
		>"$WORK/out" 2>&1 </dev/null
	status=$?
	wait_for 10 quiet
	dump >"$WORK/new"
	cp "$WORK/new" "$WORK/now"
	leftovers >"$WORK/left"
	is "$status $(<"$WORK/left")" '0 ' "$name: works undisturbed, and leaves nothing over" ||
		diag "$(<"$WORK/out")"
	ok "$name: changes something" test -n "$(diff "$WORK/old" "$WORK/new")"
	at_old=
}

prepare()
{
	rm -rf "$WORK/state"
	if declare -F "prepare_$name" >/dev/null; then
		"prepare_$name"
	fi
	[ ! -e "$STATE" ] || cp -a "$STATE" "$WORK/state"
}

# begin: the scenario's host again. One that was just found to be all old needs only its state
# folder, so that numbers and the like are the same every time.
begin()
{
	if [ -n "${at_old:-}" ]; then
		rm -rf "$STATE"
		[ ! -e "$WORK/state" ] || cp -a "$WORK/state" "$STATE"
		return
	fi
	fault_host_again
	prepare
	is_old || wait_for 5 is_old || complain "$name" 'the host cannot be made the same again:' \
		<(diff "$WORK/old" "$WORK/now")
}

is_old()
{
	[ "$(state_is)" = old ]
}

# agree POINT STATUS: before any recovery: 0 is new, "failed" is old, "incomplete" is whatever it is
agree()
{
	local state
	case $2 in
	0) state=new ;;
	2 | 3 | 4 | 6 | 7 | 8) state=old ;;
	5) return ;;
	124)
		complain "$1" 'it hangs:' "$WORK/out"
		return
		;;
	*)
		complain "$1" "exit status $2:" "$WORK/out"
		return
		;;
	esac
	[ "$(state_is)" = "$state" ] && return
	diff "$WORK/$state" "$WORK/now" >"$WORK/diff"
	complain "$1" "exit status $2, but not $state: $(head -3 "$WORK/out"):" "$WORK/diff"
}

# changing [FILE]: the calls of a list that can change anything, one number a line
changing()
{
	awk '$2 ~ /^(rename|link|unlink|mkdir|rmdir|fsync|fdatasync|send|bpf|write|pwrite|ftruncate)/ ||
		$2 ~ /^(fchmod|fchown|fsetxattr|clone|fork|vfork|kill|exit|execve)/ { print $1 }' \
		"${1:-$WORK/calls}"
}

# spread MAX: of the lines read, at most MAX, evenly over all, and the last one
spread()
{
	awk -v max="$1" '{ line[NR] = $0 }
		END {
			step = NR > max ? NR / max : 1
			for (i = step; i < NR + 0.5 && n < max; i += step) { print line[int(i + 0.5)]; n++ }
		}'
}

# ---- the commands ----

with_bridge()
{
	"$PROGRAM" -q bridge create br0 --port eth0 >"$WORK/out" 2>&1 </dev/null ||
		complain "$name" 'the bridge cannot be made:' "$WORK/out"
}

prepare_set()
{
	with_bridge
}

prepare_delete()
{
	with_bridge
}

prepare_port_add()
{
	with_bridge
}

prepare_port_remove()
{
	with_bridge
	"$PROGRAM" -q port add br0 eth1 >"$WORK/out" 2>&1 </dev/null ||
		complain "$name" 'the port cannot be added:' "$WORK/out"
}

prepare_rollback()
{
	with_bridge
}

# Two sections, each with a port: two bridges in one change.
prepare_apply()
{
	cat >"$WORK/wanted.conf" <<-CONF
		[bridge br0]
		ports = eth0

		[bridge br1]
		ports = eth1
		ipv4 = none
		ipv6 = none
	CONF
}

# scenarios: name and words, one a line. create_plain is the way of kernels without the splice.
scenarios()
{
	cat <<'LIST'
create bridge create br0 --port eth0
create_plain bridge create br0 --port eth0 --no-splice --static 192.168.12.118/24 --gateway 192.168.12.1
set bridge set br0 --ageing 120 --dns 192.168.12.2
delete bridge delete br0
port_add port add br0 eth1
port_remove port remove br0 eth1
rollback rollback
apply apply /run/story/wanted.conf
LIST
}

# each_scenario FUNCTION [NAME...]: calls it within every scenario that is asked for, of those named
each_scenario()
{
	local each=$1 line
	shift
	while read -r line <&4; do
		case " $* " in
		'  ' | *" ${line%% *} "*) ;;
		*) continue ;;
		esac
		case "$only " in
		' ' | *" ${line%% *} "*) ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2086 # words
		scenario $line
		"$each"
	done 4< <(scenarios)
}
