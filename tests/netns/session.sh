#!/usr/bin/env bash
# Where systemd runs and ends a login session with everything in its cgroup, the guardian is not in it:
# all processes of the session are killed, and the change still waits for its word.
if [ "$(id -u)" != 0 ]; then
	echo 'skipped: only root can make cgroups'
	exit 77
fi
# A root of its own among the cgroups: those of the machine stay out of reach.
if [ -z "${KVMNET_CGROUPS:-}" ]; then
	export KVMNET_CGROUPS=own
	unshare -C true || exit 77
	exec unshare -C bash "$0" "$@"
fi
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

SCOPE=user.slice/user-0.slice/session-9.scope

# unified / hybrid: the hierarchies as systemd mounts them; leave $top, where it follows processes
unified()
{
	top=/sys/fs/cgroup
	mount -t cgroup2 cgroup2 "$top"
}

hybrid()
{
	top=/sys/fs/cgroup/systemd
	mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir "$top" /sys/fs/cgroup/unified &&
		mount -t cgroup -o none,name=systemd cgroup "$top" &&
		mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
}

# in_session COMMAND...: in a session of its own, in the session's cgroup
in_session()
{
	mkdir -p "$top/$SCOPE"
	# shellcheck disable=SC2016 # expanded there
	setsid bash -c 'echo 0 >"$0" && exec "$@"' "$top/$SCOPE/cgroup.procs" "$@"
}

# end_session: as systemd does it; first what is there, then what came meanwhile
end_session()
{
	local pid
	while read -r pid; do
		kill -KILL "$pid"
	done <"$top/$SCOPE/cgroup.procs"
	wait_for 10 is_empty "$top/$SCOPE"
}

# is_empty FOLDER: no process is in that cgroup
is_empty()
{
	[ -z "$(cat "$1/cgroup.procs")" ]
}

comm()
{
	cat "/proc/$1/comm"
}

pending()
{
	[ -S /var/lib/kvmnet/guard ] && grep -q 'kvmnet confirm [0-9]' "$WORK/view"
}

host_static
mkdir -p /run/systemd/system
for form in unified hybrid; do
	if ! "$form"; then
		echo "# $form: this kernel has no such hierarchy"
		continue
	fi
	: >"$WORK/view"
	in_session "$KVMNET" bridge create br0 --port eth0 --confirm 60 >"$WORK/view" 2>&1 </dev/null &
	session=$!
	ok "$form: the change waits" wait_for 20 pending
	viewer=$(cat "$top/$SCOPE/cgroup.procs")
	guardian=$(child_of "$viewer")
	is "$(comm "$viewer") $(comm "$guardian")" 'kvmnet kvmnet' \
		"$form: in the session there is only the viewer"
	ok "$form: the guardian is beside it" grep -qx "$guardian" "$top/kvmnet-guard/cgroup.procs"
	end_session
	wait "$session" 2>/dev/null
	run_is 0 "$form: the session is gone, the change is confirmed" confirm
	is "$(master eth0)" br0 "$form: it stands"
	ok "$form: nobody stays in its cgroup" wait_for 10 is_empty "$top/kvmnet-guard"
	# What is in no session stays where it is.
	: >"$WORK/view"
	"$KVMNET" bridge delete br0 --confirm 60 >"$WORK/view" 2>&1 </dev/null &
	viewer=$!
	ok "$form: a service's change waits too" wait_for 20 pending
	ok "$form: ... where the service is" grep -qx "$(child_of "$viewer")" "$top/cgroup.procs"
	run_is 0 "$form: ... and is confirmed" confirm
	wait "$viewer"
	[ ! -d "$top/kvmnet-guard" ] || rmdir "$top/kvmnet-guard"
	rmdir "$top/$SCOPE" "$top/user.slice/user-0.slice" "$top/user.slice"
	umount -R /sys/fs/cgroup
done
story_end
