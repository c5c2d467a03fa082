# Deaths in the middle of a change, for tests/qemu/. Sourced on top of qemu.sh (bash); the oracle of
# tests/fault knows one host only, this one takes any.
# shellcheck shell=bash

INJECT=$KVMNET_BUILD_DIR/tests/inject

# host_state: every link with its master, addresses and routes; the files; what is temporary among them. Few
# processes: each costs some ten milliseconds here.
host_state()
{
	{
		printf 'link show\naddr show\n' | ip -o -b -
		printf 'route show table all\n' | ip -4 -b -
		printf 'route show table all\n' | ip -6 -b -
	} | sed -E 's/^[0-9]+: //; s/ (qlen|state) [^ ]+//g; s/ (nodad|linkdown|pref medium)//g; s/ *$//' | sort
	file_bytes
	find "$SCRIPTS" /var/lib/kvmnet -name '.kvmnet-*' -o -path '/var/lib/kvmnet/journal' 2>/dev/null
}

# still: no address waits for its check, and the kernel has closed what a dead process had open
still()
{
	[ -z "$(ip -6 addr show tentative)" ] && ! ip link show kvmnet-tap0 >/dev/null 2>&1
}

# state_now: as host_state, when it is still
state_now()
{
	wait_for 10 still
	host_state
}

# changing: of the calls listed in $WORK/calls, the numbers of those that can change anything
changing()
{
	awk '$2 ~ /^(rename|link|unlink|mkdir|fsync|send|bpf|write|pwrite|ftruncate|kill|exit)/ { print $1 }' \
		"$WORK/calls"
}

# some MAX: of the lines read, at most MAX, evenly over all
some()
{
	awk -v max="$1" '{ line[NR] = $0 }
		END {
			step = NR > max ? NR / max : 1
			for (i = step; i < NR + 0.5; i += step) print line[int(i + 0.5)]
		}'
}

# dies_and_recovers MAX BACK -- WORD...: the command is killed at MAX places all over it, with all its
# processes; after recover the host is as before or, when the change was final already, as after it, and
# answers. BACK is a function that undoes it.
dies_and_recovers()
{
	local max=$1 back=$2 k old new now n=0 olds=0
	shift 3
	old=$(state_now)
	"$INJECT" --list "$WORK/calls" -- "$KVMNET" "$@" >"$WORK/out" 2>&1 </dev/null
	verdict $? "watched: $*" || diag "$(<"$WORK/out")"
	new=$(state_now)
	"$back"
	now=$(state_now)
	[ "$now" = "$old" ]
	verdict $? 'and back' || diag "$(diff <(echo "$old") <(echo "$now"))"
	for k in $(changing | some "$max"); do
		"$INJECT" --at "$k" --kill tree -- "$KVMNET" "$@" >"$WORK/out" 2>&1 </dev/null
		run_is 0 "killed before call $k: recover" recover
		now=$(state_now)
		n=$((n + 1))
		[ "$now" != "$old" ] || olds=$((olds + 1))
		if [ "$now" = "$new" ]; then
			"$back"
			now=$(state_now)
		fi
		[ "$now" = "$old" ]
		verdict $? "killed before call $k: the host is as before or as after" ||
			diag "$(diff <(echo "$old") <(echo "$now"))"
	done
	ok "$olds of $n deaths were undone" test "$olds" -gt 0
}
