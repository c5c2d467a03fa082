#!/usr/bin/env bash
# The ways back: a change that died is undone by recover or by the next command, a committed one by
# rollback; files and kernel are as before, and what others edited meanwhile is kept.
# ctest: once
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# die SYSCALL N WORD...: kvmnet is killed before its Nth SYSCALL
die()
{
	local name=$1 n=$2
	shift 2
	(
		strace -f -o "$WORK/trace" -e "trace=$name" -e "inject=$name:signal=SIGKILL:when=$n" \
			"$KVMNET" "$@"
	) >/dev/null 2>&1
	grep -q 'killed by SIGKILL' "$WORK/trace"
}

left()
{
	find "$SCRIPTS" /var/lib/kvmnet -name '.kvmnet-*'
	ls /var/lib/kvmnet/journal 2>/dev/null
}

# as_before NAME: files, kernel, nothing temporary
as_before()
{
	ok "$1: addresses settle" wait_for 10 settled eth0
	is "$(file_bytes)" "$files" "$1: the files are as before"
	is "$(kernel_state eth0)" "$kernel" "$1: the kernel is as before"
	is "$(left)" '' "$1: nothing is left behind"
	ok "$1: the host answers" wait_for 5 host_answers
}

host_static
ip addr add fd00:12::118/64 dev eth0 nodad
ip -6 route add default via fd00:12::1 dev eth0
kernel=$(kernel_state eth0)
files=$(file_bytes)

run_is 0 'without a change there is no history' history
is "$out" 'no changes' 'and it says so'
run_is 2 'and nothing to roll back' rollback
run_is 0 'nothing to recover' recover
is "$out" 'nothing to recover' 'and it says so'

run_is 0 'the bridge is made' bridge create br0 --port eth0
bridged=$(file_bytes)
run_is 0 'the history has it' history
like "$out" '^ *1  .* kept +bridge create br0 --port eth0' 'with number, state and command line'
run_is 0 'and shows it' history 1
like "$out" '^\+BRIDGE=br0' 'with the diff'
run_is 0 'a rollback can be looked at' rollback --dry-run
like "$out" '^-BRIDGE=br0' 'with its diff'
is "$(master eth0)" br0 'which changes nothing'
run_is 0 'the rollback' rollback
like "$out" '^change 1 undone' 'says what it undid'
as_before 'rolled back'
run_is 0 'the history knows' history
like "$out" '^ *1  .* rolled back +bridge create' 'that the change was rolled back'
like "$out" '^ *2  .* kept +rollback \(of change 1\)' 'and by which one'
run_is 0 'and of the change itself' history 1
like "$out" 'rolled back by change 2; to have it again: kvmnet rollback 2' 'what undoes that'
run_is 0 'for programs too' -j history
like "$out" '"state": "rolled-back"' 'as a word'
like "$out" '"rolled_back_by": 2' 'with its number'
like "$out" '"undoes": 1' 'and the other way round'
run_is 3 'once more by its number there is nothing to undo' rollback 1
like "$err" 'is as it was before change 1 already' 'which is said'
run_is 0 'a rollback can be rolled back' rollback
is "$(master eth0) $(file_bytes | cksum)" "br0 $(cksum <<<"$bridged")" 'the bridge is there again'
run_is 0 'the history after that' history
like "$out" '^ *1  .* kept +bridge create' 'has the change as kept again'
like "$out" '^ *2  .* rolled back +rollback' 'and its rollback as rolled back'
run_is 0 'a deletion' bridge delete br0
as_before 'deleted'
run_is 0 'is undone too' rollback
is "$(master eth0) $(file_bytes | cksum)" "br0 $(cksum <<<"$bridged")" 'and the bridge is back'
run_is 0 'a later change' bridge set br0 --mtu 1400
run_is 3 'an older change is refused while later ones stand on it' rollback 1
like "$err" 'was changed again by change [0-9]+' 'which are named'
run_is 0 'the later one is rolled back' rollback
echo '# mine' >>"$SCRIPTS/ifcfg-eth0"
run_is 3 'an edited file is refused' rollback
like "$err" 'somebody edited it since' 'and named'
sed -i '$d' "$SCRIPTS/ifcfg-eth0"
run_is 0 'delete gives the original back all the same' bridge delete br0
as_before 'deleted again'

run_is 0 'a bridge again' bridge create br0 --port eth0
ip link set eth0 name eth9
run_is 3 'without its link a change is not rolled back' rollback
like "$err" 'eth0 is called eth9 now' '... and the link is named'
unlike "$err" 'kvmnet recover' '... there is nothing to recover'
is "$(master eth9)" br0 '... and nothing was changed'
ip link set eth9 name eth0
run_is 0 'with it, it is' rollback
as_before 'rolled back again'

run_is 0 'a bridge is made' bridge create br0 --port eth0
ip link add vnet0 type veth peer name guest0
ip link set vnet0 master br0
run_is 3 'a rollback does not take the bridge away from a guest' rollback
like "$err" 'vnet0' 'which it names'
is "$(master eth0) $(master vnet0)" 'br0 br0' 'nothing was changed'
ip link add mv0 link br0 type macvlan mode bridge
run_is 3 'nor from what sits on it' rollback --force=foreign-ports
like "$err" '^kvmnet: error: mv0 sits on br0, .*would be removed with it$' 'which it names'
is "$(master eth0) $(mac mv0 | wc -l)" 'br0 1' 'nothing was changed'
ip link del mv0
run_is 0 'it can be forced' rollback --force=foreign-ports
ip link del vnet0
as_before 'rolled back by force'

for point in 'renameat 1' 'renameat 2' 'renameat 3' 'sendmsg 9' 'sendmsg 14' 'unlinkat 1'; do
	# shellcheck disable=SC2086 # two words
	die $point bridge create br0 --port eth0 || continue
	run_is 0 "killed before $point: recover" recover
	if [ "$(master eth0)" = br0 ]; then
		run_is 0 "killed before $point: had been kept; deleted" bridge delete br0
	fi
	as_before "killed before $point"
	run_is 0 "killed before $point: once more" recover
	is "$out" 'nothing to recover' "killed before $point: then nothing is left"
done

middle=$(midway bridge create br0 --port eth0)
"$KVMNET" bridge delete br0 >/dev/null
ok 'a change dies with its files in place' die sendmsg "$middle" bridge create br0 --port eth0
echo '# a foreign edit' >>"$SCRIPTS/ifcfg-eth0"
run_is 0 'recover with an edit of somebody else' recover
like "$out" 'edit meanwhile is kept as /var/lib/kvmnet/conflicts/' 'names the copy'
ok 'which has the edit' grep -rq 'a foreign edit' /var/lib/kvmnet/conflicts
as_before 'recovered'

ok 'a change dies' die sendmsg "$middle" bridge create br0 --port eth0
run_is 0 'the history says that nobody is at it' history
like "$out" 'unfinished +bridge create br0' 'and does not call it pending'
like "$out" 'kvmnet recover puts the host back' 'with the next command'
run_is 0 'the next command undoes it first' bridge create br1
like "$out" 'had not been finished and was undone first' 'and says so'
run_is 0 'and does its own work' bridge delete br1
as_before 'undone by another command'

ok 'a change dies' die sendmsg "$middle" bridge create br0 --port eth0
printf 'x' >>/var/lib/kvmnet/journal
run_is 5 'a damaged journal is not acted on' recover
like "$err" 'kvmnet recover --discard' 'and the hint gives it up'
run_is 5 'nor does any command change such a host' bridge create br1
run_is 0 'the history can be looked at all the same' history
like "$out" 'kept +bridge create br0' 'with the other changes'
like "$out" 'its journal is damaged: kvmnet recover' 'and a word about this one'
run_is 0 'it can be set aside' recover --discard
like "$out" 'journal is kept as /var/lib/kvmnet/conflicts/journal.1' 'and is not lost'
run_is 0 'once more' recover --discard
is "$out" 'nothing to recover' 'and nothing is forgotten that was not there'
run_is 0 'then the same command completes' bridge create br0 --port eth0
run_is 0 'and back' bridge delete br0

# ---- records that are none ----

run_is 0 '-v tells every file by its path' -v bridge create br0 --port eth0
like "$err" '^\[[0-9]+/[0-9]+\] write /etc/sysconfig/network-scripts/ifcfg-br0$' '... as it is written'
record=$(find /var/lib/kvmnet/history -type f | sort | tail -1)
last=$((10#$(basename "${record%%-*}")))
cp "$record" "$WORK/record"
echo x >>"$record"
run_is 0 'a damaged record does not hide the others' history
like "$out" '1 record in .* cannot be rolled back any more; kvmnet history NUMBER' '... and is told'
run_is 3 'the change that it is about is not rolled back' rollback
like "$err" "the record of change $last cannot be used" '... which is named'
like "$err" 'hint: .*kvmnet history lists those that can' '... with a way on'
run_is 2 'what fails of a command without a plan' -j history 999
unlike "$out" 'dry_run' '... has no form of a plan'
like "$out" '"schema": "kvmnet.history/1"' '... but its own name'
like "$out" '"code": "input"' '... and the error'
cp "$WORK/record" "$record"
run_is 0 'with its record it is' rollback
rm -rf /var/lib/kvmnet
: >/var/lib/kvmnet
for words in history 'bridge create br0 --port eth0' 'rollback'; do
	# shellcheck disable=SC2086 # words
	run $words
	is "$status" 4 "a file in place of the records: $words fails"
	like "$err" 'hint: .*/var/lib/kvmnet.* move it away and run the command again' '... and says what to do'
done
as_before 'a file in place of the records'
story_end
