#!/usr/bin/env bash
# What goes wrong around libvirt: no library, no daemon, no rights, a daemon that ends or hangs in
# the middle, a command that is killed. Nothing stays half made, and the message says what to do.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip setpriv
host_static
libvirt_files

# ---- no daemon, no library ----

run_is 8 'no daemon' net create lab --nat
like "$err" 'libvirt cannot be reached at qemu:///system' 'says where it was looked for'
like "$err" 'kvmnet net xml lab' 'and what to run instead'
run_is 0 'a definition can be printed all the same' net xml lab --nat
run_is 0 'networks are listed from the files' net list
library=$(ldconfig -p | awk '/libvirt\.so\.0 / { print $NF; exit }')
mount --bind /dev/null "$(readlink -f "$library")"
run_is 8 'no library' net create lab --nat
like "$err" 'libvirt is not installed here' 'says so'
run_is 0 'looking needs no library' net check
umount "$(readlink -f "$library")"

# ---- no rights ----

libvirt_start
chmod 700 /run/libvirt/libvirt-sock
if [ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ]; then
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$KVMNET" net create lab --nat --dry-run 2>&1)
	is "$?" 8 'an ordinary user'
	like "$out" 'root, or as a member of the group libvirt' 'is told who may'
fi

# ---- the daemon ends in the middle ----

run_is 0 'a network' net create lab --nat --subnet 192.168.130.1/24
before=$(net_everything)

# ends_at WORD: the daemon is killed when kvmnet tells its step WORD; then it runs again
ends_at()
{
	mkfifo "$WORK/steps"
	"$KVMNET" -v net create lab --nat --subnet 192.168.130.1/24 --mtu 1400 \
		>"$WORK/out" 2>"$WORK/steps" &
	local pid=$! line
	: >"$WORK/err"
	while IFS= read -r line; do
		echo "$line" >>"$WORK/err"
		case $line in
		*"] $1"*) kill -9 "$libvirtd" ;;
		esac
	done <"$WORK/steps"
	wait "$pid"
	status=$?
	err=$(<"$WORK/err")
	rm "$WORK/steps"
	wait "$libvirtd" 2>/dev/null
	rm -f /run/libvirtd.pid
	libvirt_start
}

for step in 'stop network' 'change the definition' 'start network'; do
	ends_at "$step"
	case $status in
	4 | 5) verdict 0 "the daemon ends at: $step" ;;
	*) verdict 1 "the daemon ends at: $step (exit status $status)" ;;
	esac
	like "$err" 'daemon ended|cannot be reached|closed the connection' 'the message says it is gone'
	run_is 0 'what was begun is put back' recover
	is "$(net_everything)" "$before" 'the old network, running'
done

# ---- the daemon does not answer ----

kill -STOP "$libvirtd"
SECONDS=0
run net list
[ "$SECONDS" -lt 40 ]
verdict $? 'a stopped daemon does not hold kvmnet for ever'
is "$status" 4 'and that is a failure'
like "$err" 'has not answered' 'it says so'
kill -CONT "$libvirtd"

# ---- the command is killed ----

# killed_at WORD: kvmnet itself, when it tells its step WORD
killed_at()
{
	local pid line
	mkfifo "$WORK/steps"
	"$KVMNET" -v net create killed --nat >/dev/null 2>"$WORK/steps" &
	pid=$!
	while IFS= read -r line; do
		case $line in
		*"] $1"*) kill -9 "$pid" ;;
		esac
	done <"$WORK/steps"
	wait "$pid" 2>/dev/null
	status=$?
	rm "$WORK/steps"
}

for step in 'define network' 'start network killed' 'start network killed at every boot'; do
	killed_at "$step"
	is "$status" 137 "killed at: $step"
	run_is 0 'recovered' recover
	# The last step's word may be read after the commit: then all of it stays.
	if vsh net-list --all --name | grep -q killed; then
		is "$(net_state killed)" 'yes yes yes' 'all of it is there'
		"$KVMNET" net delete killed >/dev/null
	else
		verdict 0 'nothing of it is left'
	fi
	is "$(net_everything)" "$before" 'the other network is as it was'
done

story_end
