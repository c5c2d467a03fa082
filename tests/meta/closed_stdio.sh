#!/usr/bin/env bash
# With standard descriptors closed, no text of kvmnet lands in a file it opens: the files are those
# of an ordinary run.
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"
# shellcheck source=tests/support/fixture.sh
. tests/support/fixture.sh

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
looked=0

# files ROOT: names and bytes of what is configured
files()
{
	(cd "$1/etc" && find . -type f | sort | xargs cksum)
}

recipe_root "$dir/usual" || exit 1
"$KVMNET" --root "$dir/usual" bridge create br0 --port eth0 >/dev/null 2>&1 ||
	fault 'the ordinary run fails'
usual=$(files "$dir/usual")

# closed NAME STATUS: a run in $dir/NAME ended with STATUS
closed()
{
	local status=$2
	looked=$((looked + 1))
	case $status in
	0 | 4 | 5) ;;
	*) fault "$1: exit status $status" ;;
	esac
	# A status of 4 may only mean that nothing was done, 5 that the report is lost.
	if [ "$status" != 4 ] && [ "$(files "$dir/$1")" != "$usual" ]; then
		fault "$1: the files differ from an ordinary run's"
	fi
	if grep -rqE 'nothing to do|kvmnet:|Plan ' "$dir/$1/etc"; then
		fault "$1: talk landed in a configuration file"
	fi
}

create=(bridge create br0 --port eth0)
for name in in out err out-err all; do
	recipe_root "$dir/$name" || exit 1
done
"$KVMNET" --root "$dir/in" "${create[@]}" <&- >/dev/null 2>&1
closed in $?
"$KVMNET" --root "$dir/out" "${create[@]}" >&- 2>/dev/null
closed out $?
"$KVMNET" --root "$dir/err" "${create[@]}" 2>&- >/dev/null
closed err $?
"$KVMNET" --root "$dir/out-err" "${create[@]}" >&- 2>&-
closed out-err $?
"$KVMNET" --root "$dir/all" "${create[@]}" <&- >&- 2>&-
closed all $?
meta_done "$looked"
