# A port joins and leaves a bridge on which the host and a guest are: "bridge" adds it, "unbridge"
# removes it. Nobody else's traffic may stop, and the others' ports stay as they are.
# shellcheck shell=sh

peer_possible() {
	[ -x "$KVMNET" ] || echo "not built: $KVMNET"
	[ "$CASE" = plain ] || echo "only as case plain"
	[ -c /dev/net/tun ] || echo "no /dev/net/tun for the guest's tap"
}

peer_setup() {
	net_uplink && kvmnet_made && guest_start || return 1
	ip link add extra0 type veth peer name extra1 && ip link set extra1 up
}

# others: what has to stay: index, flags, master and state of the ports, and what was learnt of them.
# The host's own address is in the table too, and one's age is not shown.
others() {
	for others_port in "$UPLINK" vnet0; do
		ip -o link show dev "$others_port" | sed 's/@[^:]*//'
		bridge -d link show dev "$others_port"
		bridge fdb show br "$BRIDGE" brport "$others_port" | sort
	done
}

# port add|remove: 9 when something of the others has changed
port() {
	others >"$RUN/others"
	"$KVMNET" -q port "$1" "$BRIDGE" extra0 --no-persist || return
	others | cmp -s "$RUN/others" - || {
		others | diff "$RUN/others" - >&2
		return 9
	}
}
peer_bridge() { port add; }
peer_unbridge() { port remove; }
peer_stop() { guest_stop; }
