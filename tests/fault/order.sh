#!/usr/bin/env bash
# ctest: once
# ctest: timeout=300
# The power goes while nothing but what was synced is certain: every state that the file system may
# then be in is built (tests/fault/order.c) and recovered: all old or all new, and new once the
# command has ended. Without each fsync in turn something has to go wrong: those are the planted
# mistakes. By hand, all commands:
#   bash tests/fault/order.sh --long
# shellcheck source=tests/support/fault_files.sh
. "$(dirname "$0")/../support/fault_files.sh"

ORDER=$KVMNET_BUILD_DIR/tests/order
CALLS=openat,write,renameat,renameat2,linkat,unlinkat,fsync,mkdirat,fchmod
TREE=$WORK/tree
ROOT=$TREE/root
needed=''
spare=''
RUN=$PROGRAM

# quietly WORD...: a change that is no part of what is explored
quietly()
{
	"$KVMNET" --root "$ROOT" -q "$@" || diag "kvmnet $* fails"
}

# from WORD...: what was there before, after the commands WORD... (each one word list)
from()
{
	local words
	rm -rf "$TREE"
	mkdir "$TREE"
	recipe_root "$ROOT"
	for words in "$@"; do
		# shellcheck disable=SC2086 # words
		quietly $words
	done
	cp -a "$ROOT" "$TREE/old"
}

# explored NAME WORD...: the command, in all its states; adds the fsyncs it needs to $needed, the others to
# $spare
explored()
{
	local name=$1 states
	shift
	cp -a "$ROOT" "$TREE/work.before"
	if ! strace -f -y -xx -s 100000 -o "$TREE/log" -e "trace=$CALLS" \
		"$RUN" --root "$ROOT" "$@" >"$WORK/out" 2>&1 </dev/null; then
		complain "$name" 'does not work' "$WORK/out"
	fi
	[ -e "$TREE/new" ] || cp -a "$ROOT" "$TREE/new"
	"$ORDER" "$TREE/log" "$ROOT" "$TREE/old" "$TREE/new" "$TREE/work" "$PROGRAM" \
		>"$WORK/explored" 2>&1 || complain "$name" 'states that are not recovered' "$WORK/explored"
	states=$(sed -n 's/^\([0-9]*\) states, .*/\1/p' "$WORK/explored")
	rows=$((rows + ${states:-0}))
	diag "$name: $(grep ' states, ' "$WORK/explored")"
	sed -n 's/: not needed/& here/; s/^fsync.*here$/#   &/p' "$WORK/explored"
	spare+=$(sed -n 's/^fsync of .*: not needed/x/p' "$WORK/explored" | tr -d '\n')
	needed+=$(sed -n 's/^fsync of .*: needed/x/p' "$WORK/explored" | tr -d '\n')
}

from
explored 'the first create' bridge create br0 --port eth0
from 'bridge create br0 --port eth0'
explored delete bridge delete br0
if [ -n "$LONG" ]; then
	from 'bridge create br0 --port eth0' 'bridge delete br0'
	explored 'a later create' bridge create br0 --port eth0
	from 'bridge create br0 --port eth0'
	explored set bridge set br0 --mtu 1400
	from 'bridge create br0 --port eth0'
	explored 'port add' port add br0 eth1 --force=second-uplink
	from 'bridge create br0 --port eth0'
	explored rollback rollback
fi
from 'bridge create br0 --port eth0' 'bridge delete br0'
at=$("$INJECT" --list "$WORK/calls" -- "$PROGRAM" --root "$ROOT" -q bridge create br0 --port eth0 &&
	awk '$2 == "renameat2" { at = $1 } END { print at + 1 }' "$WORK/calls")
# What is edited after a recovery is not undone by one more, whatever comes back of the journal.
cat >"$WORK/edit" <<-EDIT
	#!/bin/sh
	umask 077
	"$PROGRAM" "\$@" && cd "\$2" && echo '# theirs' >var/edit && sync var/edit &&
		mv var/edit etc/sysconfig/network-scripts/ifcfg-eth0 &&
		sync var etc/sysconfig/network-scripts
EDIT
chmod +x "$WORK/edit"
from 'bridge create br0 --port eth0' 'bridge delete br0'
"$INJECT" --at "$at" --kill tree -- "$PROGRAM" --root "$ROOT" -q bridge create br0 --port eth0
RUN=$WORK/edit
explored 'recover, and an edit' recover
verdict_of 'what a power cut may leave is recovered' states
ok "planted, an fsync left out: found ${#needed} times" test "${#needed}" -ge 14
# In the first change of a host's life the folder of the history is made, and its fsync stands for
# the commit's just before; in all later ones the commit's is alone.
is "$spare" x 'but for one, no fsync is left out unnoticed'
story_end
