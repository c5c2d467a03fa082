# The sequence most tutorials give for ip(8): flush, master, add, route.
# shellcheck shell=sh

peer_possible() { :; }
peer_setup() { net_uplink; }

peer_bridge() {
	ip link add "$BRIDGE" type bridge
	ip link set "$BRIDGE" up
	ip addr flush dev "$UPLINK"
	ip link set "$UPLINK" master "$BRIDGE"
	ip addr add "$HOST4/24" brd + dev "$BRIDGE"
	ip -6 addr add "$HOST6/64" dev "$BRIDGE"
	ip route add default via "$GATE4" dev "$BRIDGE"
	ip -6 route replace default via "$GATE6" dev "$BRIDGE"
}

peer_unbridge() {
	ip link set "$UPLINK" nomaster
	ip link del "$BRIDGE"
	ip addr add "$HOST4/24" brd + dev "$UPLINK"
	ip -6 addr add "$HOST6/64" dev "$UPLINK"
	ip route add default via "$GATE4" dev "$UPLINK"
	ip -6 route add default via "$GATE6" dev "$UPLINK"
}

peer_stop() { :; }
