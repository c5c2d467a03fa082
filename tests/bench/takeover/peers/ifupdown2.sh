# ifupdown2's ifreload, unpacked, not installed: it would replace ifupdown.
# shellcheck shell=sh

# shellcheck disable=SC2034 # read by fetch.sh
PEER_PACKAGES=ifupdown2

ifupdown2() {
	ifupdown2_verb=$1
	shift
	PYTHONPATH="$PEER_ROOT/usr/share/ifupdown2:$PEER_ROOT/usr/lib/python3/dist-packages" \
		/usr/bin/python3 "$RUN/ifupdown2/$ifupdown2_verb" "$@"
}

peer_possible() {
	[ -d "$PEER_ROOT/usr/share/ifupdown2" ] || {
		echo 'its Debian package could not be fetched'
		return
	}
	[ -x /usr/bin/python3 ] || echo 'it needs python3'
}

ifupdown2_plain() {
	cat >/etc/network/interfaces <<-FILE
		auto lo
		iface lo inet loopback
		auto $UPLINK
		iface $UPLINK
			address $HOST4/24
			gateway $GATE4
			address $HOST6/64
			gateway $GATE6
	FILE
}

ifupdown2_bridged() {
	cat >/etc/network/interfaces <<-FILE
		auto lo
		iface lo inet loopback
		auto $UPLINK
		iface $UPLINK
		auto $BRIDGE
		iface $BRIDGE
			bridge-ports $UPLINK
			bridge-stp off
			bridge-fd 0
			hwaddress $SANDBOX_MAC
			address $HOST4/24
			gateway $GATE4
			address $HOST6/64
			gateway $GATE6
	FILE
}

peer_setup() {
	# One program, told by the name it is called by.
	mkdir -p "$RUN/ifupdown2"
	for ifupdown2_verb in ifup ifdown ifreload; do
		ln -sf "$PEER_ROOT/usr/share/ifupdown2/__main__.py" "$RUN/ifupdown2/$ifupdown2_verb"
	done
	# It wants its own folders at their places.
	mkdir -p /etc/network /etc/network/ifupdown2 /var/lib/ifupdown2 /run/network
	cp -r "$PEER_ROOT/etc/network/ifupdown2/." /etc/network/ifupdown2/
	rm -rf /run/network/* /var/lib/ifupdown2/*
	ifupdown2_plain
	ifupdown2 ifup -a >"$RUN/ifupdown2.log" 2>&1
	ip route show default | grep -q "dev $UPLINK"
}

peer_bridge() {
	ifupdown2_bridged
	ifupdown2 ifreload -a
}

peer_unbridge() {
	ifupdown2_plain
	ifupdown2 ifreload -a
}

peer_stop() { :; }
