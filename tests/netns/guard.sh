#!/usr/bin/env bash
# ctest: timeout=240
# A change is made apart from the terminal and waits for a word: who may say it, what says nothing,
# and that the host is as before when nobody says it, whoever dies meanwhile.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

create=(bridge create br0 --port eth0)

# begin WORD...: kvmnet in the background, until its change is pending; leaves $viewer, $guardian
begin()
{
	: >"$WORK/view"
	"$KVMNET" "$@" >"$WORK/view" 2>&1 </dev/null &
	viewer=$!
	pending "$WORK/view"
	guardian=$(child_of "$viewer")
}

# pending FILE: the output there says that the change waits
pending()
{
	wait_for 20 grep -q 'kvmnet confirm [0-9]' "$1"
}

# ended: leaves $status and $err of what begin began
ended()
{
	wait "$viewer"
	status=$?
	err=$(<"$WORK/view")
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# number: of the change that begin began
number()
{
	sed -nE 's/.*kvmnet confirm ([0-9]+).*/\1/p' "$WORK/view" | head -1
}

# is_new NAME / is_old NAME: the host's state
is_new()
{
	is "$(master eth0) $(addresses br0 -4) $(addresses eth0)" 'br0 192.168.12.118/24 ' \
		"$1: the bridge has it all"
	ok "$1: the host is reachable" wait_for 10 host_answers
}

are_old_links()
{
	[ "$(links)" = "$all_links" ]
}

is_old()
{
	ok "$1: addresses settle" wait_for 10 settled eth0
	is "$(kernel_state eth0)" "$kernel" "$1: the kernel is as before"
	is "$(file_bytes)" "$files" "$1: the files are as before"
	# A tap whose process is dead goes a moment later.
	ok "$1: no link is left" wait_for 10 are_old_links
	ok "$1: the host is reachable" wait_for 10 host_answers
	is "$(find /var/lib/kvmnet -name journal -o -name guard)" '' "$1: nothing is pending"
}

# back NAME: away with the bridge
back()
{
	run_is 0 "$1: and back" bridge delete br0
	ok "$1: addresses settle" wait_for 10 settled eth0
}

uptime_ms()
{
	awk '{ print int($1 * 1000) }' /proc/uptime
}

host_static
run_is 0 'the bridge is made' "${create[@]}"
back 'the bridge'
kernel=$(kernel_state eth0)
files=$(file_bytes)
all_links=$(links)

# ---- a word in time ----

begin "${create[@]}" --confirm 60
n=$(number)
like "$(<"$WORK/view")" "Change $n is made and waits .* undone by itself in (60|59) s" \
	'the waiting command says so'
ok 'the guardian is in a session of its own' test "$(cut -d' ' -f6 "/proc/$guardian/stat")" = "$guardian"
ok 'its clock is one that nobody sets' grep -q '^clockid: 7$' /proc/"$guardian"/fdinfo/*
run_is 7 'another change is refused meanwhile' bridge set br0 --mtu 1400 --lock-timeout 0
like "$err" "change $n \(bridge create br0 --port eth0 --confirm 60\) waits for its confirmation" \
	'... and told which one is pending'
like "$err" "kvmnet confirm $n .*kvmnet cancel $n" '... and what clears it'
run_is 0 'looking is not' bridge show br0
run_is 0 'nor is looking at the pending change' history "$n"
like "$out" '^\+BRIDGE=br0' '... at what it did'
like "$out" "kvmnet confirm $n keeps it" '... and at what clears it'
run_is 2 'another number is no word' confirm $((n + 1))
like "$err" "kvmnet confirm $n" '... and the hint names the right one'
gw "$KVMNET" confirm >"$WORK/out" 2>&1
is "$? $(<"$WORK/out")" "0 change $n is kept" 'confirmed from another network namespace'
ended
is "$status" 0 'the command that made it succeeds'
is_new 'confirmed'
run_is 0 'a second word for it changes nothing' confirm "$n"
run_is 2 'a word against it comes too late' cancel "$n"
like "$err" "kvmnet rollback $n" '... and the hint says how to go back'
run_is 2 'without a pending change there is nothing to confirm' confirm
run_is 2 'nor one that never was' confirm 4711
back 'confirmed'

begin "${create[@]}" --confirm 60 --json
run_is 0 'cancelled' --json cancel
like "$out" '"kept": false' '... and told as a document'
ended
is "$status" 6 'the command that made it says so'
like "$err" '"exit_code": 6' '... in its document'
is_old 'cancelled'

begin "${create[@]}" --confirm 60
echo '# theirs' >>"$SCRIPTS/ifcfg-eth0"
run_is 0 'cancelled over an edit of somebody else' cancel
like "$out" 'edited meanwhile is kept in /var/lib/kvmnet/conflicts/' '... whose place is told'
ended
is_old 'cancelled over an edit'

# ---- nobody waits for it ----

# early WORD...: $early is what a pipe got of it until its end, $status its status
early()
{
	early=$(timeout 20 "$KVMNET" "${create[@]}" --json --no-wait "$@" 2>"$WORK/err" </dev/null)
	status=$?
	n=$(sed -nE 's/^  "change": ([0-9]+),$/\1/p' <<<"$early")
}

early --confirm 60
is "$status" 0 'a command that is not to wait returns, and so does who reads its words'
like "$early" '"changed": true' '... which tell the change'
like "$early" '"pending_s": (60|59)' '... the time that is left'
like "$early" '"path": "/etc/sysconfig/network-scripts/ifcfg-br0"' '... the files'
is_new 'while it waits'
run_is 7 'another change is refused meanwhile' bridge set br0 --mtu 1400 --lock-timeout 0
run_is 0 'it is confirmed by its number' confirm "$n" --json
like "$out" '"changed": true' '... and that was the word that kept it'
run_is 0 'a second word' confirm "$n" --json
like "$out" '"changed": false' '... did nothing'
is_new 'not waited for, and confirmed'
back 'not waited for, and confirmed'

early --confirm 1
is_over()
{
	[ ! -e /var/lib/kvmnet/journal ]
}
is "$status" 0 'one that nobody confirms'
ok '... is undone without anybody there' wait_for 20 is_over
run_is 6 '... which a late word learns' confirm "$n"
is_old 'not waited for, and not confirmed'

early --confirm 60 --exit-code
is "$status" 1 'a status that tells of a change does so at once'
run_is 0 '... until it is cancelled' cancel
is_old 'not waited for, and cancelled'

"$KVMNET" "${create[@]}" --json --no-wait --confirm 60 >/dev/full 2>/dev/null </dev/null
is "$?" 4 'a report that cannot be written fails'
is_old 'a report that cannot be written'

early
is "$status" 0 'without a confirmation it is made as ever'
like "$early" '"pending_s": null' '... and waits for nothing'
back 'without a confirmation'

# ---- no word ----

began=$(uptime_ms)
run "${create[@]}" --confirm 2
took=$(($(uptime_ms) - began))
is "$status" 6 'nobody confirms'
like "$err" 'nobody confirmed change [0-9]+ within 2 seconds' '... and that is the reason'
late=$(sed -nE 's/.*confirmed change ([0-9]+) within.*/\1/p' <<<"$err")
run_is 6 'a word after that is too late' confirm "$late"
like "$err" "too late: change $late is not pending any more" '... and told so'
run_is 2 'and so is one against it' cancel "$late"
# The promise is the deadline and two seconds; the machine may be slow before that, and after.
ok "undone in time ($took ms)" test "$took" -ge 2000 -a "$took" -le 12000
is_old 'nobody confirms'

begin "${create[@]}" --confirm 60
is "$(number)" $((late + 1)) 'the next change has another number'
kill -TERM "$viewer"
ended
is "$status" 6 'a signal to the command undoes its change'
like "$err" 'signal 15 \(SIGTERM\)' '... and is named'
is_old 'a signal'

# ---- the terminal's end is no word ----

begin "${create[@]}" --confirm 60
kill -HUP "$viewer"
run_is 0 'after a hangup it can be confirmed' confirm
ended
is "$status" 0 '... and the command succeeds'
is_new 'a hangup'
back 'a hangup'

# A session with a leader, as sshd or login make one; all of it is killed but the guardian.
: >"$WORK/view"
# shellcheck disable=SC2016 # expanded there
setsid bash -c '"$@" >"$0" 2>&1 </dev/null & echo $$; wait' "$WORK/view" "$KVMNET" "${create[@]}" \
	--confirm 60 >"$WORK/leader" &
session=$!
pending "$WORK/view"
leader=$(<"$WORK/leader")
viewer=$(child_of "$leader")
guardian=$(child_of "$viewer")
kill -KILL "$leader" "$viewer"
wait "$session" 2>/dev/null
ok 'the guardian outlives the session' test -d "/proc/$guardian"
run_is 0 'and takes a word from another' confirm
is_new 'the session is killed'
back 'the session is killed'

begin "${create[@]}" --confirm 3
kill -KILL "$viewer"
wait "$viewer" 2>/dev/null
ok 'without its viewer the guardian keeps to the deadline' wait_for 20 gone "$guardian"
is_old 'the viewer is killed'

# ---- on a terminal ----

# terminal INPUT WORD...: kvmnet on a terminal of its own, fed from the fifo in fd $keys
terminal()
{
	local line
	rm -f "$WORK/keys"
	mkfifo "$WORK/keys"
	: >"$WORK/view"
	printf -v line '%q ' "$KVMNET" "$@"
	script -qefc "$line" "$WORK/view" <"$WORK/keys" >/dev/null 2>&1 &
	viewer=$!
	exec {keys}>"$WORK/keys"
}

# asked TEXT: the terminal shows it
asked()
{
	wait_for 20 grep -q "$1" "$WORK/view"
}

hang_up()
{
	exec {keys}>&-
}

terminal "${create[@]}" --confirm 60
ok 'a terminal is asked' asked 'Keep the change? \[y/N\] (undone by itself in  60 s)'
ok 'the question counts down' asked 'undone by itself in  58 s'
echo maybe >&"$keys"
ok 'what is neither yes nor no is asked again' asked 'y keeps the change, n undoes it'
echo y >&"$keys"
ended
hang_up
is "$status" 0 'yes keeps it'
is_new 'yes'
back 'yes'

for word in n '' $'\003'; do
	terminal "${create[@]}" --confirm 60
	asked 'Keep the change?'
	if [ "$word" = $'\003' ]; then
		printf '%s' "$word" >&"$keys"
	else
		echo "$word" >&"$keys"
	fi
	ended
	hang_up
	name=$(printf 'the answer "%q"' "$word")
	is "$status" 6 "$name undoes it"
	is_old "$name"
done

terminal "${create[@]}" --confirm 60
asked 'Keep the change?'
run_is 0 'another session answers for the terminal' confirm
ended
hang_up
is "$status" 0 '... which ends its question'
is_new 'another session'
back 'another session'

terminal "${create[@]}" --confirm 60
asked 'Keep the change?'
guardian=$(child_of "$(child_of "$(child_of "$viewer")")")
[ -n "$guardian" ] || guardian=$(child_of "$(child_of "$viewer")")
kill -KILL "$viewer"
wait "$viewer" 2>/dev/null
hang_up
ok 'the guardian outlives its terminal' test -d "/proc/$guardian"
run_is 0 'and is told to undo it' cancel
is_old 'the terminal is gone'

# ---- the SSH session ----

export SSH_CONNECTION='192.168.12.9 50000 192.168.12.118 22'
terminal "${create[@]}"
ok 'a session over the port: asked before' asked 'Apply? \[y/N\]'
like "$(<"$WORK/view")" 'everything is undone after 120 s' '... and told what follows'
echo y >&"$keys"
ok '... and after, without being told to' asked 'Keep the change? \[y/N\] (undone by itself in 120 s)'
echo y >&"$keys"
ended
hang_up
is "$status" 0 '... and kept'
back 'the session over the port'
terminal "${create[@]}" --yes
ended
hang_up
is "$status" 0 '--yes asks neither'
back '--yes'
run_is 0 'nor is a script asked' "${create[@]}"
back 'a script'
run_is 3 'the session'\''s address is not taken away' "${create[@]}" --static 192.168.12.200/24 \
	--gateway 192.168.12.1
like "$err" 'ssh-address' '... by its rule'
begin "${create[@]}" --static 192.168.12.200/24 --gateway 192.168.12.1 --confirm 60
is "$(addresses br0 -4)" 192.168.12.200/24 'with --confirm it is'
run_is 0 '... until it is cancelled' cancel
ended
is_old 'an address that goes'
# What sudo does: the variable is gone, the shell above has it.
# shellcheck disable=SC2016 # expanded there
out=$(bash -c 'env -u SSH_CONNECTION "$@"; exit $?' - "$KVMNET" "${create[@]}" --dry-run)
like "$out" 'Your SSH session \(192.168.12.9 to 192.168.12.118\) runs over eth0' \
	'a session is seen through sudo'
unset SSH_CONNECTION

# ---- killed ----

begin "${create[@]}" --confirm 60
n=$(number)
kill -KILL "$guardian"
ended
is "$status" 4 'the guardian is killed: the viewer undoes at once'
like "$err" "change $n was killed \(signal 9, SIGKILL" '... and says so'
is_old 'the guardian is killed'

begin "${create[@]}" --confirm 60
n=$(number)
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
run_is 6 'both are killed: a word comes too late' confirm "$n"
like "$err" "too late: .* change $n .* undone" '... and says so'
is_old 'both are killed'

begin "${create[@]}" --confirm 60
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
run_is 0 'the next command undoes first' bridge create br1 --no-persist
like "$out$err" 'had not been finished and was undone' '... and says so'
run_is 0 'and that one is removed' bridge delete br1 --no-persist
is_old 'the next command'

# ---- systemd ----

# Stand-ins that keep their arguments; this host has the directory that says that systemd runs.
for program in systemd-run systemctl; do
	# shellcheck disable=SC2016 # expanded there
	printf '#!/bin/sh\nfor word; do printf "%%s\\n" "$word"; done >%s\n' "$WORK/$program.words" \
		>"$WORK/$program"
	chmod 755 "$WORK/$program"
	mount --bind "$WORK/$program" "/usr/bin/$program"
done
mkdir -p /run/systemd/system
begin "${create[@]}" --confirm 60
n=$(number)
is "$(tr '\n' ' ' <"$WORK/systemd-run.words")" \
	"--unit=kvmnet-undo-$n --on-active=62 --timer-property=AccuracySec=500ms $(readlink -f "$KVMNET") recover --expired $n " \
	'a timer of systemd stands by'
is "$(cat "$WORK/systemctl.words" 2>/dev/null)" '' '... while the change is pending'
unlike "$(<"$WORK/view")" 'No systemd timer' '... and nothing is said about it'
run_is 0 'confirmed' confirm
ended
is "$(tr '\n' ' ' <"$WORK/systemctl.words")" "stop --quiet kvmnet-undo-$n.timer " \
	'... and is stopped afterwards'
back 'the timer'
begin "${create[@]}" --confirm 60
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
tail -n +4 "$WORK/systemd-run.words" >"$WORK/words"
mapfile -t words <"$WORK/words"
ok 'what the timer calls' "${words[@]}"
is_old 'the timer'
ok 'and once more, too late' "${words[@]}"
printf '#!/bin/sh\nexit 1\n' >"$WORK/systemd-run"
begin "${create[@]}" --confirm 60
like "$(<"$WORK/view")" 'No systemd timer stands by' 'a timer that cannot be had is told'
like "$(<"$WORK/view")" 'at once by: kvmnet recover' '... with what helps then'
run_is 0 '... and stops nothing' confirm
ended
is "$status" 0 '... the change is kept'
back 'no timer'
story_end
