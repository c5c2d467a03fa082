#!/usr/bin/env bash
# What an admin reads when a change did not come to its end: every such screen says last what the host
# is now, and before that the command to type next. One row per way to get there.
# ctest: once
# ctest: timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

UNCHANGED='nothing was changed'
BACK='everything was put back: the host is as before'
HALF='the host may be half old, half new; what was there before is recorded in /var/lib/kvmnet/journal'
STANDS='the change stands'
EARLIER='the unfinished change was undone; nothing else was changed'
# A command as somebody would type it.
COMMAND='(kvmnet [a-z]+|ping -c|ip [a-z-]+|df -h|mount -o|sudo|chattr|ls -ld|dmesg|bridge -)'

# screen STATUS HOST NAME [WORDS]: the last run ended so, and says so; WORDS: also the reason
screen()
{
	is "$status" "$1" "$3: exit status"
	is "$(tail -n 1 <<<"$err" | sed 's/^kvmnet: 1 error; //')" "$2" "$3: what the host is now, last"
	like "$err" "^hint: .*$COMMAND" "$3: the next command"
	[ $# -lt 4 ] || like "$err" "$4" "$3: the reason"
	diag "$err"
}

# as_it_was NAME: and it is so
as_it_was()
{
	ok "$1: addresses settle" wait_for 10 settled eth0
	is "$(kernel_state eth0)$(links)$(file_bytes)" "$before" "$1: it is as before"
}

# slowly RULE WORD...: kvmnet with a fault injected by strace
slowly()
{
	local rule=$1
	shift
	(
		ASAN_OPTIONS=detect_leaks=0 strace -f -o "$WORK/trace" -e "trace=${rule%%:*}" \
			-e "inject=$rule" "$KVMNET" "$@"
	) >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	err=$(grep -v '^strace: ' "$WORK/err")
}

# when_enslaved COMMAND...: in the gateway's network, as soon as eth0 is a port
when_enslaved()
{
	local line
	exec {events}< <(exec ip monitor link 2>/dev/null)
	local monitor=$!
	while read -r -t 20 -u "$events" line; do
		case $line in
		*eth0*' master br0 '*) break ;;
		esac
	done
	gw "$@"
	kill "$monitor"
}

# begin: in the background, until the change waits for its word; leaves $viewer, $guardian, $n
begin()
{
	: >"$WORK/view"
	# A shell's background ignores what a terminal sends.
	env --default-signal=INT "$KVMNET" "${create[@]}" --confirm 60 >"$WORK/view" 2>&1 \
		</dev/null &
	viewer=$!
	wait_for 20 grep -q 'kvmnet confirm [0-9]' "$WORK/view"
	guardian=$(child_of "$viewer")
	n=$(sed -nE 's/.*kvmnet confirm ([0-9]+).*/\1/p' "$WORK/view" | head -1)
}

# ended: of what begin began
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

seconds_up()
{
	awk '{ print int($1) }' /proc/uptime
}

create=(bridge create br0 --port eth0)
host_static
kernel=$(kernel_state eth0)$(links)
before=$kernel$(file_bytes)

# ---- what is checked after the change ----

when_enslaved ip link set gw0 down &
puller=$!
slowly sendmsg:delay_enter=50000 "${create[@]}"
wait "$puller"
screen 6 "$BACK" 'the cable is out' 'eth0 had a carrier before and has none now'
gw ip link set gw0 up
ok 'the gateway is back' wait_for 10 gateway_answers
as_it_was 'the cable'

run "${create[@]}" --static 192.168.12.118/24 --gateway 192.168.12.77
screen 6 "$BACK" 'a wrong gateway' '192.168.12.77 does not answer on br0; 192.168.12.1, which it'
when_enslaved ip link set gw0 arp off &
puller=$!
slowly sendmsg:delay_enter=50000 "${create[@]}" --mac 02:00:00:00:00:77
wait "$puller"
screen 6 "$BACK" 'the gateway falls silent' 'does not answer on br0; it did on eth0 before'
run "${create[@]}" --check gateway
screen 6 "$BACK" 'the gateway was silent' 'it did not before either'
gw ip link set gw0 arp on
ok 'the gateway answers again' wait_for 10 gateway_answers
run "${create[@]}" --check ping:192.168.12.99
screen 6 "$BACK" 'an address that never answered' 'it was so before the change, too'
gw ip addr add 192.168.12.2/24 dev gw0
when_enslaved ip addr del 192.168.12.2/24 dev gw0 &
puller=$!
slowly sendmsg:delay_enter=50000 "${create[@]}" --check ping:192.168.12.2
wait "$puller"
screen 6 "$BACK" 'an address that answered' 'before the change it was fine'
SSH_CONNECTION='192.168.12.77 50000 192.168.12.118 22' run "${create[@]}" -y --check peer
screen 6 "$BACK" 'a silent peer' '192.168.12.77 does not answer on br0; this SSH session'
gw ip addr add fd00:12::5/64 dev gw0 nodad
# The kernel may ask for the first time just before the bridge has its cable, where nobody hears it.
echo 3 >/proc/sys/net/ipv6/conf/eth0/dad_transmits
run "${create[@]}" --static 192.168.12.118/24 --static fd00:12::5/64
screen 6 "$BACK" "somebody else's address" 'another machine of this network uses it'
echo 1 >/proc/sys/net/ipv6/conf/eth0/dad_transmits
run "${create[@]}" --check peer
screen 2 "$UNCHANGED" 'no session'
as_it_was 'checks'

# ---- calls that fail, from the first to the last one that counts ----

states=
for ((k = 1; k <= 12; k++)); do
	slowly "fsync:error=EIO:when=$k" "${create[@]}"
	[ "$status" -ne 0 ] || break
	if grep -q "^$UNCHANGED" "$WORK/err"; then
		screen 4 "$UNCHANGED" "sync $k fails"
		states+=u
	else
		screen 4 "$BACK" "sync $k fails"
		states+=b
	fi
	as_it_was "sync $k"
done
is "$status" 0 'a sync after the commit is no failure'
like "$states" '^u{4,}b{2,}$' 'those before the first rename change nothing, the others are put back'
run_is 0 'and back' bridge delete br0
middle=$(midway "${create[@]}")
run_is 0 'and back' bridge delete br0
wait_for 10 settled eth0
slowly "sendmsg:error=ENOBUFS:when=$middle" "${create[@]}"
screen 4 "$BACK" 'the kernel refuses' 'cannot send to the kernel'
as_it_was 'the kernel refuses'
mount -t tmpfs -o size=4k tmpfs /var/lib/kvmnet
head -c 4096 /dev/zero >/var/lib/kvmnet/full
run "${create[@]}"
screen 4 "$UNCHANGED" 'the disk is full' 'No space left on device'
mount -o remount,ro /var/lib/kvmnet
run "${create[@]}"
screen 4 "$UNCHANGED" 'a read-only disk' 'Read-only file system'
umount /var/lib/kvmnet
as_it_was 'disks'

setpriv --inh-caps=-all --bounding-set=-net_admin "$KVMNET" "${create[@]}" >"$WORK/out" \
	2>"$WORK/err" </dev/null
status=$?
err=$(<"$WORK/err")
screen 8 "$UNCHANGED" 'a container that may not' 'it has no CAP_NET_ADMIN'
as_it_was 'a container'

# ---- no word, or a word against it ----

run "${create[@]}" --confirm 1
screen 6 "$BACK" 'nobody confirms' 'nobody confirmed change [0-9]+ within 1 seconds'
late=$(sed -nE 's/.*confirmed change ([0-9]+) within.*/\1/p' <<<"$err")
run confirm "$late"
screen 6 "$BACK" 'a late word' "too late: change $late"
run cancel "$late"
like "$err" "^hint: .*$COMMAND" 'a late word against it: the next command'
run confirm
screen 2 "$UNCHANGED" 'no change waits' 'no change is pending'
begin
start=$(seconds_up)
run bridge set br0 --mtu 1400 --no-wait
screen 7 "$UNCHANGED" 'another change waits' "change $n .* waits for its confirmation"
like "$err" "^hint: kvmnet confirm $n keeps it, kvmnet cancel $n undoes it" '... and what clears it'
run recover
screen 7 "$UNCHANGED" 'nothing to recover while it waits'
ok 'neither waited for the word' test $(($(seconds_up) - start)) -lt 15
run confirm $((n + 1))
screen 2 "$UNCHANGED" 'another number' "another change is pending: number $n"
run cancel "$n"
is "$status $out" "0 change $n was cancelled; $BACK" 'cancelled: the word'"'"'s own screen'
ended
screen 6 "$BACK" 'cancelled' "change $n was cancelled"
like "$err" "^hint: .*kvmnet bridge create br0 --port eth0 --confirm 60 --dry-run" '... by its own words'
as_it_was 'words'

# ---- signals and deaths ----

for signal in INT TERM; do
	begin
	kill -"$signal" "$viewer"
	ended
	screen 6 "$BACK" "SIG$signal while it waits" "interrupted by signal [0-9]+ \(SIG$signal"
done
slowly "sendmsg:signal=SIGTERM:when=$middle" "${create[@]}" --no-guard
screen 4 "$BACK" 'SIGTERM in the middle' 'interrupted by signal 15 \(SIGTERM\)'
begin
kill -KILL "$guardian"
ended
screen 4 "$BACK" 'the guardian is killed' "made change $n was killed \(signal 9"
as_it_was 'the guardian is killed'
# Its whole planning takes longer than the kill.
: >"$WORK/err"
strace -f -o "$WORK/trace" -e trace=sendmsg -e inject=sendmsg:delay_enter=300000 \
	"$KVMNET" "${create[@]}" >"$WORK/out" 2>"$WORK/err" </dev/null &
tracer=$!
planning()
{
	viewer=$(child_of "$tracer") && [ -n "$viewer" ] && guardian=$(child_of "$viewer") &&
		[ -n "$guardian" ] && [ -s "$WORK/trace" ]
}
wait_for 20 planning
verdict $? 'the guardian plans'
kill -KILL "$guardian"
wait "$tracer"
status=$?
err=$(grep -v '^strace: ' "$WORK/err")
screen 4 "$UNCHANGED" 'the guardian is killed early' 'was to make the change was killed'
as_it_was 'the guardian is killed early'
begin
# Not the mount that the guardian has open.
mount --bind /var/lib/kvmnet /var/lib/kvmnet
mount -o remount,bind,ro /var/lib/kvmnet
kill -KILL "$guardian"
ended
screen 5 "$HALF" 'and it cannot be undone' 'kvmnet recover'
run bridge set br0 --mtu 1400
screen 5 "$HALF" 'nor by the next command' 'kvmnet recover'
is "$(kernel_state eth0)$(links)" "$kernel" \
	'... and still the running network is as before'
umount /var/lib/kvmnet
run_is 0 'until its cause is gone' recover
as_it_was 'a late recovery'
begin
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
run confirm "$n"
screen 6 "$BACK" 'both are killed' "the process that held change $n had died"
as_it_was 'both are killed'
begin
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
run bridge set br0 --mtu 1400
screen 2 "$EARLIER" 'a command finds a dead change' \
	"change $n .*was undone first; this one: there is no bridge br0"
as_it_was 'a command finds a dead change'

# ---- the lock, and records ----

exec {lock}<>/var/lib/kvmnet/lock
flock "$lock"
run "${create[@]}" --lock-timeout 0 --no-wait
screen 7 "$UNCHANGED" 'another command is at work' 'is changing this host'
exec {lock}>&-
"$KVMNET" "${create[@]}" >/dev/full 2>"$WORK/err" </dev/null
status=$?
err=$(<"$WORK/err")
screen 5 "$STANDS" 'the report is lost' 'cannot write to standard output'
run rollback 4711
screen 2 "$UNCHANGED" 'no such change' 'no change 4711'
n=$("$KVMNET" -j history | sed -nE 's/^ *"number": ([0-9]+),/\1/p' | head -1)
run_is 0 'a later change' bridge set br0 --mtu 1400
run rollback "$n"
screen 3 "$UNCHANGED" 'a later change stands on it' 'was changed again by change'
echo '# mine' >>"$SCRIPTS/ifcfg-br0"
run rollback
screen 3 "$UNCHANGED" 'an edited file' 'somebody edited it since'
sed -i '$d' "$SCRIPTS/ifcfg-br0"
run_is 0 'and back' rollback
run_is 0 'and back' rollback "$n"
begin
kill -KILL "$viewer" "$guardian"
wait "$viewer" 2>/dev/null
wait_for 10 gone "$guardian"
cp /var/lib/kvmnet/journal "$WORK/journal"
for fault in 's/$/x/' '1s/[0-9]+/99/'; do
	sed -Ei "$fault" /var/lib/kvmnet/journal
	for words in recover 'bridge set br0 --mtu 1400' confirm; do
		# shellcheck disable=SC2086 # words
		run $words
		screen 5 "$HALF" "journal $fault: $words" 'cannot be used'
	done
	cp "$WORK/journal" /var/lib/kvmnet/journal
done
run_is 0 'the true one is good' recover
as_it_was 'the journal'
mkdir /var/lib/kvmnet/journal
run recover
screen 5 "$HALF" 'a folder in place of the journal' 'is a directory, not a regular file'
run_is 0 '... can be set aside' recover --discard
run_is 0 '... and then all is as ever' recover
is "$out" 'nothing to recover' '... with nothing left'
mv /var/lib/kvmnet/lock "$WORK/lock"
ln -s "$WORK/lock" /var/lib/kvmnet/lock
run "${create[@]}"
screen 4 "$UNCHANGED" 'a link in place of the lock' 'cannot open /var/lib/kvmnet/lock'
as_it_was 'odd things'
story_end
