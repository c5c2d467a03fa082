#!/usr/bin/env bash
# Every kvmnet command line in the examples of kvmnet-net(8) does what it says, and what it prints
# fits libvirt's schema of the version it is for.
# ctest: once
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
looked=0

# examples: the literal blocks, one command line each, continued lines joined
examples()
{
	awk '/^\.Bd -literal/ { inside = 1; next } /^\.Ed/ { inside = 0 } inside' man/kvmnet-net.8 |
		sed -e ':again' -e '/\\e$/N' -e 's/\\e\n */ /' -e 't again'
}

while IFS= read -r line; do
	case $line in
	'kvmnet '*) ;;
	*) continue ;;
	esac
	looked=$((looked + 1))
	# The page's own words, split as a shell does.
	(cd "$dir" && eval "\"\$KVMNET\" ${line#kvmnet }") >"$dir/out" 2>"$dir/err" ||
		fault "$line: $(cat "$dir/err")"
done < <(examples)
[ "$looked" -ge 10 ] || fault "only $looked examples were found"
meta_done "$looked"
