# A host of its own in namespaces: network, files and processes of the machine stay out of reach.
# Sourced by examples/quickstart.sh and tests/support/netns.sh; POSIX sh.
# shellcheck shell=sh

# What the sandbox needs besides this: a gateway's address and the NIC's own, as in the recipe.
SANDBOX_MAC=44:37:e6:4a:62:ad

# sandbox_flags: the words for unshare. Process namespace: whatever a run leaves behind dies with it.
# Not root: become root of a user namespace.
sandbox_flags() {
	if [ "$(id -u)" != 0 ]; then
		printf '%s ' -U -r
	fi
	printf '%s ' -n -m -p -f --mount-proc --kill-child
}

# sandbox_possible: does the kernel let us?
sandbox_possible() {
	# shellcheck disable=SC2046 # words
	unshare $(sandbox_flags) true 2>/dev/null
}

# sandbox_enter SHELL SCRIPT ARGUMENT...: goes on in a sandbox, from the script's beginning.
# Returns at once inside; outside only when there can be none (then 1).
sandbox_enter() {
	[ -z "${KVMNET_SANDBOX:-}" ] || return 0
	sandbox_possible || return 1
	KVMNET_SANDBOX=$(readlink /proc/self/ns/net)
	export KVMNET_SANDBOX
	# shellcheck disable=SC2046 # words
	exec unshare $(sandbox_flags) "$@"
}

# sandbox_is_inside: is this really another network than the one we came from?
sandbox_is_inside() {
	[ -n "${KVMNET_SANDBOX:-}" ] && [ "$(readlink /proc/self/ns/net)" != "$KVMNET_SANDBOX" ]
}

# sandbox_files: a private /etc (the machine's, seen through links, without what configures the
# network), empty /run and /var/lib, and the new network's /sys.
sandbox_files() {
	mount --make-rprivate / &&
		mount -t tmpfs -o mode=755 tmpfs /run &&
		mkdir -p /run/netns /run/sandbox/host /run/sandbox/etc &&
		mount --rbind /etc /run/sandbox/host || return 1
	for sandbox_entry in /etc/* /etc/.[!.]*; do
		case ${sandbox_entry##*/} in
		'*' | '.[!.]*') continue ;;
		sysconfig | resolv.conf | systemd | NetworkManager | network | netplan) continue ;;
		rc.d | rc[0-9].d | init.d | dhcp | machine-id) continue ;;
		esac
		ln -s "/run/sandbox/host/${sandbox_entry##*/}" /run/sandbox/etc/ || return 1
	done
	# dhclient complains without its configuration folder.
	mkdir -p /run/sandbox/etc/dhcp &&
		mount --bind /run/sandbox/etc /etc &&
		mount -t tmpfs -o mode=755 tmpfs /var/lib &&
		mkdir -p /var/lib/dhcp /var/lib/misc &&
		mount -t sysfs sysfs /sys || return 1
	# Where kvmnet pins what has to outlive it; only root of the machine may.
	mount -t bpf bpf /sys/fs/bpf 2>/dev/null || true
}

# sandbox_net: eth0 with the recipe's MAC; its cable ends in the namespace "gw" as gw0, where the
# gateway is 192.168.12.1 and fd00:12::1.
sandbox_net() {
	ip link set lo up &&
		ip netns add gw &&
		ip link add eth0 address "$SANDBOX_MAC" type veth peer name gw0 netns gw &&
		ip -n gw link set lo up &&
		ip -n gw link set gw0 up &&
		ip -n gw addr add 192.168.12.1/24 dev gw0 &&
		ip -n gw addr add fd00:12::1/64 dev gw0 nodad &&
		ip link set eth0 up
}

# sandbox_uplink: eth0 as the recipe's host has it running
sandbox_uplink() {
	ip addr add 192.168.12.118/24 brd + dev eth0 &&
		ip route add default via 192.168.12.1 dev eth0
}
