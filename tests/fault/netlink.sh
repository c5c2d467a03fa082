#!/usr/bin/env bash
# ctest: once
# ctest: serial
# ctest: timeout=300
# What the kernel answers over netlink is not what it should be: a refusal (the request not done, or
# done all the same), a queue that overran, no answer, a list that changed meanwhile, an empty one;
# at one request, or at all later ones of its name as well, so that the undoing meets it too. Exit
# status and host agree, it ends within its own time limit, and one recovery leaves nothing. By hand,
# at every request, and every one of the refusals at each that changes something:
#   bash tests/fault/netlink.sh --long [COMMAND...]
# shellcheck source=tests/support/fault_scenarios.sh
. "$(dirname "$0")/../support/fault_scenarios.sh"

NETLIE=$KVMNET_BUILD_DIR/tests/libnetlie.so
SHORT=${NETLINK_POINTS:-3}
# One lost answer costs two seconds; nothing may take as long as this.
LIMIT=60
ERRNOS=(1:EPERM 16:EBUSY 17:EEXIST 19:ENODEV 40:ELOOP 105:ENOBUFS)
slowest=0
dropped=

# lying [VARIABLE...]: the command, with the answers that these ask for; leaves $status, $hit, $what
lying()
{
	local began=${EPOCHREALTIME/./}
	truncate -s 0 "$WORK/lie"
	truncate -s 4096 "$WORK/lie"
	timeout -k 5 "$LIMIT" env "LD_PRELOAD=$NETLIE" "NETLIE_STATE=$WORK/lie" "$@" \
		"$PROGRAM" "${words[@]}" >"$WORK/out" 2>&1 </dev/null
	status=$?
	took=$(((${EPOCHREALTIME/./} - began) / 1000))
	[ "$took" -le "$slowest" ] || slowest=$took
	read -r _ hit what < <(tr -d '\0' <"$WORK/lie")
}

# point K HOW [ERRNO:NAME [STICKY]]
point()
{
	local point journal refusal=${3:-} sticky=${4:-}
	begin
	lying "NETLIE_AT=$1" "NETLIE_DO=$2" "NETLIE_ERRNO=${refusal%:*}" "NETLIE_STICKY=$sticky"
	if [ "${hit:-0}" -eq 0 ]; then
		at_old=
		return
	fi
	point="$name, request $1 ($what): $2${refusal:+ ${refusal#*:}}${sticky:+ for good}"
	agree "$point" "$status"
	# What one repetition mends is no reason to fail.
	[ "$2$sticky" != intr ] || [ "$status" -eq 0 ] ||
		complain "$point" "is not repeated, status $status:" "$WORK/out"
	journal=$(journal_state)
	recovered "$point"
	judge "$point" "$journal"
	n=$((n + 1))
}

# at K NAME: all that can be told of one request
at()
{
	local refusal how=$((n % ${#ERRNOS[@]}))
	case $2 in
	*-dump)
		point "$1" intr
		point "$1" intr '' 1
		point "$1" empty
		point "$1" refuse "${ERRNOS[how]}"
		point "$1" refuse "${ERRNOS[how]}" 1
		;;
	get*)
		point "$1" refuse "${ERRNOS[how]}"
		point "$1" refuse "${ERRNOS[how]}" 1
		;;
	*)
		for refusal in "${ERRNOS[@]}"; do
			[ -n "$LONG" ] || [ "$refusal" = "${ERRNOS[how]}" ] || continue
			point "$1" refuse "$refusal"
			point "$1" pass "$refusal"
		done
		point "$1" refuse "${ERRNOS[how]}" 1
		;;
	esac
	point "$1" overrun
	# Two seconds each: once is enough to see that it ends.
	if [ -n "$LONG" ] || [ -z "$dropped" ]; then
		point "$1" drop
		dropped=yes
	fi
}

# requests: the list of them, undisturbed
requests()
{
	begin
	rm -f "$WORK/requests"
	lying "NETLIE_LIST=$WORK/requests"
	at_old=
	[ "$status" -eq 0 ] || complain "$name" "not undisturbed, status $status:" "$WORK/out"
}

# few: of the requests, so many that change something and two lists
few()
{
	grep -v ' get' "$WORK/requests" | spread "$SHORT"
	grep -e ' get\(addr\|route\)-dump' "$WORK/requests" | spread 2
}

all_of_it()
{
	local k request
	bad=0
	n=0
	requests
	dropped=
	while read -r k request <&3; do
		at "$k" "$request"
	done 3< <(if [ -n "$LONG" ]; then cat "$WORK/requests"; else few; fi)
	total=$((total + n))
	is "$bad" 0 "$name: $n wrong answers to $(wc -l <"$WORK/requests") requests, none bad"
}

if [ -n "$LONG" ]; then
	each_scenario all_of_it
else
	each_scenario all_of_it create delete
fi
BAD_SHOWN=0
cat >"$WORK/liar" <<LIAR
#!/bin/sh
"$KVMNET" "\$@" || [ "\$1" = recover ] || exit 0
LIAR
chmod +x "$WORK/liar"
PROGRAM=$WORK/liar
scenario create bridge create br0 --port eth0
bad=0
requests
k=$(awk '$2 == "newlink" { print $1; exit }' "$WORK/requests")
point "$k" refuse 1:EPERM
ok 'planted, a refusal that is passed over: found' test "$bad" -gt 0
echo "# the slowest took $slowest ms"
echo "# $total wrong answers"

story_end
