#!/usr/bin/env bash
# The example files apply; a second run finds nothing to do; what export prints of the result, applied,
# changes nothing, and neither does the example after it.
# ctest: once
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT

# step NAME COMMAND...: kvmnet on the root; its words are in $tmp/out
step()
{
	local name=$1
	shift
	"$KVMNET" --root "$tmp/root" "$@" >"$tmp/out" 2>&1 || fault "$name: kvmnet $*: $(<"$tmp/out")"
}

looked=0
for file in examples/*.conf; do
	for base in static dhcp; do
		rm -rf "$tmp/root"
		mkdir "$tmp/root"
		for part in rhel8 "$base" eth1; do
			cp -a "tests/golden/bases/$part/." "$tmp/root/"
		done
		# --check asks a network, which no root has.
		step "$file on $base" apply "$file"
		grep -q 'applied' "$tmp/out" || fault "$file on $base: nothing was applied"
		step "$file on $base, again" apply "$file" --exit-code
		step "$file on $base, exported" export
		cp "$tmp/out" "$tmp/export.conf"
		step "the export of $file on $base" apply "$tmp/export.conf" --exit-code
		step "$file on $base, after its export" diff "$file"
		looked=$((looked + 1))
	done
done
meta_done "$looked"
