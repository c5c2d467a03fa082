#!/usr/bin/env bash
# Golden cases: command lines on a root folder give exactly this output, status and files.
#   tests/golden/run.sh [--update] [NAME...]      --update rewrites the expectations
# A case is a folder cases/NAME with
#   args      one command line per line, run one after another, each as kvmnet --root ROOT ...
#             (words as in a shell; a line that begins with ! gets no --root)
#   base      optional: names of folders in bases/, copied first, in order
#   files/    optional: copied over them (.gitkeep files keep empty folders and are left out)
#   setup     optional: sh script, run in the root folder (links, FIFOs, modes, large files)
#   env       optional: environment, one NAME=VALUE per line
#   out, err  expected output; the root folder's path reads ROOT; with several lines in args each
#             line's output follows "$ LINE"
#   rc        expected exit statuses, one per line
#   after/    the expected tree, without var/lib/kvmnet; absent: not one file, time or inode changed
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
: "${KVMNET:?KVMNET names the program to test}"
update=
if [ "${1:-}" = --update ]; then
	update=yes
	shift
fi

tmp=$(mktemp -d) || exit 1
trap 'chmod -R u+rwX "$tmp"; rm -rf "$tmp"' EXIT
root=$tmp/root
passed=0 failed=0

# tree DIR FORMAT: every path below DIR but kvmnet's own state, with find's FORMAT
tree()
{
	(cd "$1" && find . -mindepth 1 \( -path ./var/lib/kvmnet -o -name .gitkeep \) -prune -o \
		-printf "$2\n" | grep -vE '^d \./var(/lib)?( |$)' | LC_ALL=C sort)
}

# manifest DIR: types, names, link targets and contents: what git can carry
manifest()
{
	tree "$1" '%y %p %l' | grep -v '^d '
	(cd "$1" && find . -path ./var/lib/kvmnet -prune -o -type f ! -name .gitkeep -print |
		LC_ALL=C sort | xargs -r -d '\n' cksum)
}

prepare()
{
	local case=$1 base
	rm -rf "$root" "$tmp/want" && mkdir "$root" || return 1
	if [ -f "$case/base" ]; then
		while read -r base; do
			cp -a "$here/bases/$base/." "$root/" || return 1
		done <"$case/base"
	fi
	if [ -d "$case/files" ]; then
		cp -a "$case/files/." "$root/" || return 1
	fi
	find "$root" -name .gitkeep -delete
	if [ -f "$case/setup" ]; then
		(cd "$root" && umask 022 && sh -e "$case/setup") || return 1
	fi
}

# perform CASE: runs its command lines; output in $tmp/out, $tmp/err, $tmp/rc
perform()
{
	local case=$1 line n words environment=()
	n=$(grep -c . "$case/args")
	if [ -f "$case/env" ]; then
		mapfile -t environment <"$case/env"
	fi
	: >"$tmp/out" && : >"$tmp/err" && : >"$tmp/rc" || return 1
	while IFS= read -r line; do
		[ -n "$line" ] || continue
		if [ "$n" -gt 1 ]; then
			printf '$ %s\n' "${line#!}" | tee -a "$tmp/out" >>"$tmp/err"
		fi
		eval "words=(${line#!})"
		case $line in
		!*) ;;
		*) words=(--root "$root" "${words[@]}") ;;
		esac
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
			ASAN_OPTIONS="${ASAN_OPTIONS-}" UBSAN_OPTIONS="${UBSAN_OPTIONS-}" \
			"${environment[@]}" timeout 60 "$KVMNET" "${words[@]}" \
			>>"$tmp/out" 2>>"$tmp/err" </dev/null
		echo $? >>"$tmp/rc"
	done <"$case/args"
	sed -i "s|$root|ROOT|g" "$tmp/out" "$tmp/err"
}

# compare CASE: prints every difference; true when there is none
compare()
{
	local case=$1 name same=true
	for name in out err rc; do
		diff -u --label "$name (expected)" --label "$name" "$case/$name" "$tmp/$name" || same=false
	done
	if [ -d "$case/after" ]; then
		diff -u <(manifest "$case/after") <(manifest "$root") >"$tmp/trees" && $same && return
		if [ -s "$tmp/trees" ]; then
			cat "$tmp/trees"
			diff -ru --no-dereference -x kvmnet "$case/after" "$root"
			same=false
		fi
	elif ! diff -u "$tmp/before" <(tree "$root" '%y %p %l %i %m %T@'); then
		echo 'the tree was changed'
		same=false
	fi
	$same
}

# rewrite CASE: what happened becomes what is expected
rewrite()
{
	local case=$1
	cp "$tmp/out" "$tmp/err" "$tmp/rc" "$case/" && rm -rf "$case/after" || return 1
	if ! cmp -s "$tmp/before" <(tree "$root" '%y %p %l %i %m %T@'); then
		cp -a "$root" "$case/after" && rm -rf "$case/after/var/lib/kvmnet" || return 1
		rmdir "$case/after/var/lib" "$case/after/var" 2>/dev/null
		find "$case/after" -type d -empty -exec touch '{}/.gitkeep' \;
	fi
}

run_case()
{
	local case=$1
	prepare "$case" || return 1
	tree "$root" '%y %p %l %i %m %T@' >"$tmp/before"
	perform "$case" || return 1
	if [ -n "$update" ]; then
		rewrite "$case" || return 1
	fi
	compare "$case"
}

cases=("$here"/cases/*/)
if [ $# -gt 0 ]; then
	cases=("${@/#/$here/cases/}")
fi
for case in "${cases[@]}"; do
	case=${case%/}
	if [ -f "$case/args" ] && run_case "$case" >"$tmp/report" 2>&1; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - ${case##*/}"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - ${case##*/}"
		sed 's/^/# /' "$tmp/report"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
