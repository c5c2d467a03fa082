# What all fault harnesses judge by: the count of what was bad, and whether a host is all old or all
# new. Sourced by tests/support/fault_host.sh and fault_files.sh (bash), on top of netns.sh.
# shellcheck shell=bash

BAD_SHOWN=${BAD_SHOWN:-5}
bad=0

# complain POINT WHAT [FILE]: one more that is bad; the first ones are shown
complain()
{
	bad=$((bad + 1))
	[ "$bad" -le "$BAD_SHOWN" ] || return 0
	diag "$1: $2"
	[ -z "${3:-}" ] || diag "$(head -n 40 "$3" | head -c 4000 | cat -v)"
}

# old_or_new: old, new, or neither: which of the two dumps $WORK/now is
old_or_new()
{
	if cmp -s "$WORK/now" "$WORK/old"; then
		echo old
	elif cmp -s "$WORK/now" "$WORK/new"; then
		echo new
	else
		echo neither
	fi
}
