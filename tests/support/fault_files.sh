# What the fault harnesses about files share: a root folder of the recipe's host, what it looks like,
# and the count of what was bad. Sourced first thing by tests/fault/*.sh (bash), on top of
# tests/support/netns.sh. $PROGRAM is what is tried, --long asks for the long form.
# shellcheck disable=SC2034 # used by those who source it
# shellcheck shell=bash

# shellcheck source=tests/support/netns.sh
. "$(dirname "${BASH_SOURCE[0]}")/netns.sh"
# shellcheck source=tests/support/fault_judge.sh
. "$(dirname "${BASH_SOURCE[0]}")/fault_judge.sh"

LIAR=$SUPPORT/fault_liar.sh
INJECT=${KVMNET_BUILD_DIR:-build/dev}/tests/inject
PROGRAM=$KVMNET
rows=0
LONG=${KVMNET_FULL_TESTS:-}
case " $* " in
*' --long '*) LONG=1 ;;
esac

# names_of DIR: names, kinds, inodes, modes, owners, times and sizes of all that is in it
names_of()
{
	find "$1" -printf '%P %y %i %m %u:%g %T@ %s %l\n' | sort
}

# bytes_of DIR: names, kinds, modes and bytes of what is configured, without times and inodes; no
# leftover is among them
bytes_of()
{
	(cd "$1" && find etc -printf '%p %y %m %u:%g %l\n' | sort && find etc -type f -print0 |
		sort -z | xargs -0 cksum)
}

# leftovers_of DIR: names that are only for the time of a change
leftovers_of()
{
	find "$1" -name '.kvmnet-*'
	find "$1/var/lib/kvmnet" -maxdepth 1 -name 'journal*' 2>/dev/null
}

# is_clean FILE: text that a terminal shows as it is: valid, without control characters
is_clean()
{
	! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" &&
		iconv -f utf-8 -t utf-8 "$1" >/dev/null 2>&1
}

# verdict_of NAME UNIT: the sweep found nothing bad, and there was one
verdict_of()
{
	echo "# $rows $2"
	is "$bad" 0 "$1: $rows tried"
	ok 'there were some' test "$rows" -gt 0
}

# planted FAULT COMMAND...: with that mistake in the program, the sweep finds something bad
planted()
{
	local name=$1
	shift
	export FAULT=$name
	PROGRAM=$LIAR
	BAD_SHOWN=0
	bad=0
	rows=0
	"$@"
	ok "planted, $name: $bad of $rows found" test "$bad" -gt 0
	PROGRAM=$KVMNET
	BAD_SHOWN=5
	bad=0
	unset FAULT
}
