#!/usr/bin/env bash
# A change that takes long tells on a terminal how far it is, on a line that is gone at the end; pipes,
# -q, -v and --json see nothing of it.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

lock=/var/lib/kvmnet/lock

# passed MS: the machine has been up for so long
passed()
{
	[ "$(awk '{ print int($1 * 1000) }' /proc/uptime)" -ge "$1" ]
}

# is_at_lock: a kvmnet has the lock file open
is_at_lock()
{
	local fd
	while read -r fd; do
		grep -qx kvmnet "${fd%/fd/*}/comm" && return 0
	done < <(find /proc/[0-9]*/fd -lname "$lock" 2>/dev/null)
	return 1
}

# late REDIRECTION WORD...: kvmnet on a terminal of its own, kept from beginning until it is late enough
# for the line: on a machine of any speed. Leaves what the terminal got in $view, and $status.
late()
{
	local line where=$1
	shift
	printf -v line '%q ' "$KVMNET" "$@" --lock-timeout 120
	exec 8<"$lock"
	flock 8
	script -qefc "$line $where" "$WORK/view" </dev/null >/dev/null 2>&1 8<&- &
	local terminal=$!
	ok "$*: waits for its turn" wait_for 60 is_at_lock
	wait_for 60 passed $(($(awk '{ print int($1 * 1000) }' /proc/uptime) + 600))
	flock -u 8 # whoever has inherited it holds it no longer either
	exec 8<&-
	wait "$terminal"
	status=$?
	# what script itself says of begin and end
	view=$(sed -e '/^Script started/d' -e '/^Script done/d' "$WORK/view")
}

# left: the columns that are not blank when all of $view was shown, every line of it
left()
{
	printf '%s\n' "$view" | awk '{
		n = split($0, parts, "\r"); shown = ""
		for (i = 1; i <= n; i++)
			shown = parts[i] substr(shown, length(parts[i]) + 1)
		gsub(/ /, "", shown); printf "%s", shown
	}'
}

conf()
{
	printf '[bridge %s]\nipv4 = none\nipv6 = none\n\n' "$@"
}

host_static
conf br1 >"$WORK/one.conf"
run_is 0 'a first change' apply "$WORK/one.conf"
like "$err" '^$' 'on a pipe it says nothing'

# ---- on a terminal ----

conf br1 br2 br3 br4 >"$WORK/more.conf"
late ">$WORK/out" apply "$WORK/more.conf" --yes
is "$status" 0 'a change that takes long'
like "$view" $'\rapplying: [0-9] of 3 files' 'tells how many of its files are written'
like "$view" $'\rapplying: [0-9]+ of [0-9]+ live steps' '... how many of its steps are done'
like "$view" $'\rapplying: checking the result' '... and that it looks at the result'
is "$(left)" '' 'at the end nothing of it is left there'
is "$(grep -c applying: "$WORK/out")" 0 'standard output gets none of it'

# ---- for nobody ----

n=4
for words in --quiet --json "2>$WORK/err"; do
	n=$((n + 1))
	conf "br$n" >>"$WORK/more.conf"
	case $words in
	2*) late ">$WORK/out $words" apply "$WORK/more.conf" --yes ;;
	*) late ">$WORK/out" apply "$WORK/more.conf" --yes "$words" ;;
	esac
	is "$status $view" '0 ' "$words: nothing is written to the terminal"
	ok "$words: but the change is made" test -e "/sys/class/net/br$n"
done
is "$(<"$WORK/err")" '' 'nor to what is no terminal'
conf br8 >>"$WORK/more.conf"
late ">$WORK/out" apply "$WORK/more.conf" --yes --verbose
like "$view" '^\[1/[0-9]+\] ' 'with -v every step is told'
unlike "$view" 'applying:' '... and nothing else'

story_end
