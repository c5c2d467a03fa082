# What stories about the doctor share: a fault is built, found, put right, and found no more. Sourced behind
# netns.sh or qemu.sh (bash).
# shellcheck shell=bash disable=SC2154 # out, err, status: netns.sh

# named TEXT: a fix has the real names in it
named()
{
	run doctor
	grep -qF "$1" <<<"$(tr -s ' \n' ' ' <<<"$out")" || { echo "no fix says: $1"; echo "$out"; return 1; }
}

# found RULE REGEX: it is among the findings; a note leaves the exit status alone
found()
{
	"$looks" doctor
	case $1 in
	KN106) [ "$status" -eq 0 ] ;;
	*) [ "$status" -eq 1 ] ;;
	esac && grep -qE "$1 [a-z]+ $2" <<<"$(tr -s ' \n' ' ' <<<"$out")"
}

# run_old WORD...: as run, and uname() names a kernel of before 3.11
run_old()
{
	setarch --uname-2.6 "$KVMNET" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	out=$(<"$WORK/out")
	err=$(<"$WORK/err")
}
looks=run

# nothing_found: one line, the sums
nothing_found()
{
	run doctor
	[ "$status" -eq 0 ] && grep -qE '^0 errors, 0 warnings, [0-9]+ ok$' <<<"$out" &&
		[ "$(wc -l <<<"$out")" -eq 1 ]
}

# finds RULE REGEX NAME: the doctor finds the rule, with that text, and exits with 1
finds()
{
	local rule=$1 regex=$2 name=$3
	# A carrier's change reaches the link's flags within a second.
	wait_for 5 found "$rule" "$regex"
	verdict $? "$rule: $name" || diag "exit $status: $out$err"
	unlike "$out" '^.{81}' "$rule: in 80 columns"
}

# healthy NAME: nothing is found
healthy()
{
	wait_for 5 nothing_found
	verdict $? "$1" || diag "exit $status: $out$err"
}

# fault RULE REGEX NAME BREAK MEND: found while it is there, and only then
fault()
{
	local output
	output=$(eval "$4" 2>&1) || {
		verdict 1 "$1: $3: it can be built"
		diag "$4: $output"
		return
	}
	finds "$1" "$2" "$3"
	output=$(eval "$5" 2>&1) || diag "$5: $output"
	healthy "$1: gone when it is put right"
}
