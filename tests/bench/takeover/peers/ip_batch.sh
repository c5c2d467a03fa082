# The best order that ip(8) can do in one process: what kvmnet does, without the neighbours, the
# carrier's event and the system calls that take several messages.
# shellcheck shell=sh

peer_possible() { :; }
peer_setup() { net_uplink; }

# move_to NEW OLD: the routes of NEW stand in front, then the addresses of OLD go
move_to() {
	cat <<-COMMANDS
		route del ${HOST4%.*}.0/24 dev $1 proto kernel scope link src $HOST4
		route prepend ${HOST4%.*}.0/24 dev $1 proto kernel scope link src $HOST4
		route prepend default via $GATE4 dev $1
		route add ${HOST6%::*}::/64 dev $1 metric 255
		route replace default via $GATE6 dev $1 metric 1024
		route del default via $GATE4 dev $2
	COMMANDS
}

link_local() {
	ip -6 -o addr show dev "$1" scope link | awk '{ print $4; exit }'
}

peer_bridge() {
	batch_ll=$(link_local "$UPLINK")
	ip -batch - <<-COMMANDS
		link add $BRIDGE address $SANDBOX_MAC type bridge stp_state 0 forward_delay 0
		link set $BRIDGE addrgenmode none
		link set $BRIDGE up
		tuntap add dev batch-tap mode tap
		link set batch-tap master $BRIDGE
		addr add $HOST4/24 brd + dev $BRIDGE
		addr add $HOST6/64 dev $BRIDGE nodad
		addr add $batch_ll dev $BRIDGE nodad
	COMMANDS
	ip -batch - <<-COMMANDS
		link set $UPLINK master $BRIDGE
		$(move_to "$BRIDGE" "$UPLINK")
	COMMANDS
	ip -batch - <<-COMMANDS
		addr del $HOST4/24 dev $UPLINK
		addr del $HOST6/64 dev $UPLINK
		addr del $batch_ll dev $UPLINK
		route del ${HOST6%::*}::/64 dev $BRIDGE metric 255
		link del batch-tap
	COMMANDS
}

peer_unbridge() {
	batch_ll=$(link_local "$BRIDGE")
	ip -batch - <<-COMMANDS
		addr add $HOST4/24 brd + dev $UPLINK
		addr add $HOST6/64 dev $UPLINK nodad
		addr add $batch_ll dev $UPLINK nodad
	COMMANDS
	# The routes first: the port still transmits, and what arrives still reaches the bridge; leaving
	# the bridge waits for RCU, and routes that pointed to it meanwhile would lead nowhere.
	ip -batch - <<-COMMANDS
		$(move_to "$UPLINK" "$BRIDGE")
		link set $UPLINK nomaster
	COMMANDS
	ip -batch - <<-COMMANDS
		addr del $HOST4/24 dev $BRIDGE
		addr del $HOST6/64 dev $BRIDGE
		route del ${HOST6%::*}::/64 dev $UPLINK metric 255
		link del $BRIDGE
	COMMANDS
}

peer_stop() { :; }
