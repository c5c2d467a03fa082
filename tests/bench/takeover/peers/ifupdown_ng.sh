# ifupdown-ng, unpacked, not installed: it would replace ifupdown. It has no reload: down, then up.
# shellcheck shell=sh

# shellcheck disable=SC2034 # read by fetch.sh
PEER_PACKAGES=ifupdown-ng

ifupdown_ng() {
	ng_verb=$1
	shift
	for ng_dir in usr/sbin sbin; do
		[ -x "$PEER_ROOT/$ng_dir/$ng_verb" ] || continue
		"$PEER_ROOT/$ng_dir/$ng_verb" -E "$PEER_ROOT/usr/libexec/ifupdown-ng" "$@"
		return
	done
	return 127
}

peer_possible() {
	[ -d "$PEER_ROOT/usr/libexec/ifupdown-ng" ] || echo 'its Debian package could not be fetched'
}

ng_plain() {
	cat >/etc/network/interfaces <<-FILE
		auto $UPLINK
		iface $UPLINK
			address $HOST4/24
			gateway $GATE4
			address $HOST6/64
			gateway $GATE6
	FILE
}

ng_bridged() {
	cat >/etc/network/interfaces <<-FILE
		auto $BRIDGE
		iface $BRIDGE
			bridge-ports $UPLINK
			bridge-stp off
			bridge-fd 0
			bridge-hw $SANDBOX_MAC
			address $HOST4/24
			gateway $GATE4
			address $HOST6/64
			gateway $GATE6
	FILE
}

peer_setup() {
	mkdir -p /etc/network
	rm -f /run/ifstate
	ng_plain
	ifupdown_ng ifup -a >"$RUN/ng.log" 2>&1
	ip route show default | grep -q "dev $UPLINK"
}

peer_bridge() {
	ifupdown_ng ifdown -a
	ng_bridged
	ifupdown_ng ifup -a
}

peer_unbridge() {
	ifupdown_ng ifdown -a
	ng_plain
	ifupdown_ng ifup -a
}

peer_stop() { :; }
