# A real libvirtd with its own network, files and processes, on top of netns.sh's sandbox. Sourced
# after netns.sh by tests/virt/*.sh (bash). It ends with the sandbox's process namespace.
# shellcheck shell=bash

LIBVIRT_LOG=/var/log/libvirt/libvirtd.log
URI=network:///system # the tests set qemu:///system where they need guests

# libvirt_missing: the programs that cannot be found, one line
libvirt_missing()
{
	local program missing=''
	for program in libvirtd virsh dnsmasq iptables "$@"; do
		command -v "$program" >/dev/null 2>&1 || missing="$missing $program"
	done
	echo "$missing"
}

# libvirt_or_skip PROGRAM...: ends the test as skipped where libvirt is not installed
libvirt_or_skip()
{
	local missing
	missing=$(libvirt_missing "$@")
	if [ -n "$missing" ]; then
		echo "skipped: not installed:$missing"
		exit 77
	fi
}

# libvirt_users: libvirtd ends at once without the user that guests run as. In a user namespace
# nothing but uid 0 exists, so that everybody is root there.
libvirt_users()
{
	local owner=64055
	[ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ] || owner=0
	rm -f /etc/passwd /etc/group
	grep -v '^libvirt' /run/sandbox/host/passwd >/etc/passwd
	grep -vE '^(libvirt|dnsmasq)' /run/sandbox/host/group >/etc/group
	echo "libvirt-qemu:x:$owner:$owner::/var/lib/libvirt:/usr/sbin/nologin" >>/etc/passwd
	echo "libvirt-qemu:x:$owner:" >>/etc/group
	echo "libvirt:x:$((owner + 1)):" >>/etc/group
	if [ "$owner" = 0 ]; then
		sed -i -E 's/^((nobody|dnsmasq):[^:]*):[0-9]+:[0-9]+:/\1:0:0:/' /etc/passwd
	fi
}

# libvirt_files: empty folders wherever libvirt keeps something, and its configuration
libvirt_files()
{
	rm -rf /etc/libvirt && mkdir -p /etc/libvirt/qemu/networks/autostart /run/lock &&
		mount -t tmpfs -o mode=755 tmpfs /var/cache &&
		mount -t tmpfs -o mode=755 tmpfs /var/log &&
		mkdir -p /var/log/libvirt /var/cache/libvirt /var/lib/libvirt || return 1
	cat >/etc/libvirt/libvirtd.conf <<-END
		auth_unix_ro = "none"
		auth_unix_rw = "none"
		log_outputs = "2:file:$LIBVIRT_LOG"
	END
	cat >/etc/libvirt/qemu.conf <<-'END'
		user = "root"
		group = "root"
		security_driver = "none"
		namespaces = []
		cgroup_controllers = []
		remember_owner = 0
		stdio_handler = "file"
	END
	libvirt_users
}

# libvirt_start: runs the daemon and returns when it answers; $libvirtd is its process. Messages
# on System V queues and semaphores of the machine are none of its business: a namespace for them.
libvirt_start()
{
	unshare -i libvirtd </dev/null >/run/libvirtd.out 2>&1 &
	libvirtd=$!
	if ! wait_for 20 libvirt_answers; then
		echo 'Bail out! libvirtd does not answer within 20 s'
		cat /run/libvirtd.out "$LIBVIRT_LOG"
		exit 1
	fi
}

# libvirt_answers: the socket is there and a question gets its answer
libvirt_answers()
{
	[ -S /run/libvirt/libvirt-sock ] && virsh -q -c "$URI" uri
}

# libvirt_stop: the daemon ends; networks and guests stay, as on a host
libvirt_stop()
{
	kill "${1:--TERM}" "$libvirtd" 2>/dev/null
	wait "$libvirtd" 2>/dev/null
	rm -f /run/libvirtd.pid
}

# libvirt_host: the recipe's host with a running libvirtd
libvirt_host()
{
	host_static
	if ! libvirt_files; then
		echo "Bail out! libvirt's folders cannot be set up"
		exit 1
	fi
	libvirt_start
}

# vsh WORD...: virsh, quietly, on the tests' connection
vsh()
{
	virsh -q -c "$URI" "$@"
}

# net_xml NAME: its definition as libvirt keeps it
net_xml()
{
	vsh net-dumpxml --inactive "$1"
}

# net_state NAME: "active autostart persistent" as yes and no
net_state()
{
	vsh net-info "$1" | awk '/^(Active|Autostart|Persistent):/ { printf "%s%s", sep, $2; sep = " " }'
}

# net_everything: what libvirt knows of networks, to compare before and after
net_everything()
{
	local name
	vsh net-list --all --name | grep . | sort | while IFS= read -r name; do
		echo "== $name $(net_state "$name")"
		net_xml "$name"
	done
}
