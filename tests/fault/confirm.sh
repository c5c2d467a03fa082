#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=180
# A change waits for its confirmation, and the process that brings the word (confirm or cancel) is
# killed before a system call: the change is kept or undone as a whole, and goes on waiting when the
# word did not arrive. By hand, before every call:
#   bash tests/fault/confirm.sh --long
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

# pending: the scenario's change, made and waiting, by a process of its own
pending()
{
	begin
	"$PROGRAM" "${words[@]}" --confirm 60 >"$WORK/waiting" 2>&1 </dev/null &
	waiting=$!
	wait_for 20 grep -q 'waits for its confirmation' "$WORK/waiting"
}

ended()
{
	! kill -0 "$1" 2>/dev/null
}

# point K WORD: the process with the word dies before call K; what still waits is told no
point()
{
	local what journal
	pending || complain "$name" 'the change does not come to wait:' "$WORK/waiting"
	"$INJECT" --at "$1" --kill tree --report "$WORK/report" -- "$PROGRAM" "$2" \
		>"$WORK/out" 2>&1 </dev/null
	read -r _ _ what <"$WORK/report"
	what="$2 killed before call $1 (${what% *})"
	# Whether the word arrived is its own matter; the guardian may be at work because of it.
	if ! wait_for 1 ended "$waiting"; then
		[ "$(journal_state)" = open ] || complain "$what" 'nothing is pending, but it waits'
		"$PROGRAM" cancel >"$WORK/out" 2>&1 </dev/null ||
			complain "$what" "a second word is not taken:" "$WORK/out"
	fi
	wait_for 10 ended "$waiting" || complain "$what" 'it does not end:' "$WORK/waiting"
	wait "$waiting"
	journal=$(journal_state)
	recovered "$what"
	judge "$what" "$journal"
	[ ! -e "$STATE/guard" ] || complain "$what" 'the place to listen is left'
}

# killed WORD
killed()
{
	local k n=0
	bad=0
	pending
	"$INJECT" --list "$WORK/calls.word" -- "$PROGRAM" "$1" >"$WORK/out" 2>&1 </dev/null
	is "$?" 0 "$1: works undisturbed" || diag "$(<"$WORK/out")"
	wait "$waiting"
	at_old=
	while read -r k <&3; do
		point "$k" "$1"
		n=$((n + 1))
	done 3< <(if [ -n "$LONG" ]; then
		awk '{ print $1 }' "$WORK/calls.word"
	else
		awk '$2 !~ /^(open|read|close|fstat|newfstat|mmap|brk)/ { print $1 }' \
			"$WORK/calls.word" | spread 8
	fi)
	total=$((total + n))
	is "$bad" 0 "$1: $n kills of $(wc -l <"$WORK/calls.word") calls, none bad"
}

scenario pending bridge create br0 --port eth0
killed confirm
killed cancel
echo "# $total kills"
story_end
