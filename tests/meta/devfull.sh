#!/usr/bin/env bash
# An answer that cannot be written is a failure, said on stderr: exit status 4.
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"
# shellcheck source=tests/support/fixture.sh
. tests/support/fixture.sh

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
recipe_root "$dir/root" || exit 1
"$KVMNET" --root "$dir/root" -q bridge create br0 --port eth0 || fault "the fixture cannot be made"
looked=0

# full_disk WORD...: the command's standard output is a full disk
full_disk()
{
	local status
	looked=$((looked + 1))
	"$KVMNET" "$@" >/dev/full 2>"$dir/err"
	status=$?
	[ "$status" -eq 4 ] || fault "$* > /dev/full: exit status $status, not 4"
	grep -q . "$dir/err" || fault "$* > /dev/full: says nothing on stderr"
}

full_disk --version
full_disk --help
full_disk bridge --help
full_disk bridge create --help
full_disk completion bash
full_disk --root "$dir/root" bridge list
full_disk --root "$dir/root" bridge list --json
full_disk --root "$dir/root" bridge show br0
full_disk --root "$dir/root" bridge show br0 --json
full_disk --root "$dir/root" bridge delete br0 --dry-run
full_disk --root "$dir/root" bridge delete br0 --dry-run --json
full_disk --root "$dir/root" bridge create br0 --port eth0
full_disk --root "$dir/root" net xml default --nat
full_disk --root "$dir/root" net snippet default --json
meta_done "$looked"
