# The older tutorials' sequence with brctl and ifconfig-style steps.
# shellcheck shell=sh

peer_possible() { command -v brctl >/dev/null || echo 'bridge-utils is not installed'; }
peer_setup() { net_uplink; }

peer_bridge() {
	brctl addbr "$BRIDGE"
	brctl stp "$BRIDGE" off
	brctl addif "$BRIDGE" "$UPLINK"
	ip addr flush dev "$UPLINK"
	ip link set "$BRIDGE" up
	ip addr add "$HOST4/24" brd + dev "$BRIDGE"
	ip -6 addr add "$HOST6/64" dev "$BRIDGE"
	ip route add default via "$GATE4" dev "$BRIDGE"
	ip -6 route replace default via "$GATE6" dev "$BRIDGE"
}

peer_unbridge() {
	brctl delif "$BRIDGE" "$UPLINK"
	ip link set "$BRIDGE" down
	brctl delbr "$BRIDGE"
	ip addr add "$HOST4/24" brd + dev "$UPLINK"
	ip -6 addr add "$HOST6/64" dev "$UPLINK"
	ip route add default via "$GATE4" dev "$UPLINK"
	ip -6 route add default via "$GATE6" dev "$UPLINK"
}

peer_stop() { :; }
