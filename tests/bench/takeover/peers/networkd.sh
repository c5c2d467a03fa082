# systemd-networkd as installed, its files and a reload. It runs without systemd: sysfs read-only
# makes it skip udev, as in a container.
# shellcheck shell=sh

NETWORKD=/lib/systemd/systemd-networkd

peer_possible() { [ -x "$NETWORKD" ] || echo 'systemd-networkd is not installed'; }

networkd_ready() {
	ip -4 addr show dev "$1" | grep -q "$HOST4" &&
		ip -6 -o addr show dev "$1" -tentative | grep -q "$HOST6" &&
		ip route show default | grep -q "dev $1" &&
		ip -6 route show default | grep -q "dev $1"
}

# networkd_addresses DEV. On-link: else the route is refused while the uplink still has the address,
# and networkd gives the bridge up as failed.
networkd_addresses() {
	cat <<-FILE
		[Match]
		Name=$1
		[Network]
		Address=$HOST4/24
		Address=$HOST6/64
		Gateway=$GATE6
		IPv6AcceptRA=no
		[Route]
		Gateway=$GATE4
		GatewayOnLink=yes
	FILE
}

networkd_plain() {
	rm -f /etc/systemd/network/*
	networkd_addresses "$UPLINK" >/etc/systemd/network/10-uplink.network
}

networkd_bridged() {
	cat >/etc/systemd/network/05-bridge.netdev <<-FILE
		[NetDev]
		Name=$BRIDGE
		Kind=bridge
		MACAddress=$SANDBOX_MAC
		[Bridge]
		STP=no
		ForwardDelaySec=0
	FILE
	cat >/etc/systemd/network/10-uplink.network <<-FILE
		[Match]
		Name=$UPLINK
		[Network]
		Bridge=$BRIDGE
		LinkLocalAddressing=no
	FILE
	networkd_addresses "$BRIDGE" >/etc/systemd/network/20-bridge.network
}

peer_setup() {
	mkdir -p /etc/systemd/network /run/systemd/netif/links /run/systemd/netif/leases \
		/run/systemd/netif/lldp
	# sandbox_files hides the machine's systemd folder; networkd's own defaults are in /lib.
	sys_readonly
	chown -R systemd-network: /run/systemd/netif 2>/dev/null
	networkd_start_bus || return 1
	networkd_plain
	"$NETWORKD" >"$RUN/networkd.log" 2>&1 &
	echo $! >"$RUN/networkd.pid"
	wait_until 10 networkd_ready "$UPLINK"
}

networkd_start_bus() {
	[ ! -S /run/dbus/system_bus_socket ] || return 0
	mkdir -p /run/dbus
	dbus-daemon --system --fork --nopidfile --nosyslog
}

peer_bridge() {
	networkd_bridged
	networkctl reload || return 1
	wait_until 10 networkd_ready "$BRIDGE"
}

peer_unbridge() {
	networkd_plain
	networkctl reload || return 1
	wait_until 10 networkd_ready "$UPLINK"
	ip link del "$BRIDGE"
}

peer_stop() {
	[ ! -f "$RUN/networkd.pid" ] || kill "$(cat "$RUN/networkd.pid")" 2>/dev/null
	rm -f "$RUN/networkd.pid"
	sys_writable
}
