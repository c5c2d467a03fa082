# NetworkManager, the real daemon on a private bus with keyfile profiles, unpacked, not installed.
# shellcheck shell=sh

# shellcheck disable=SC2034 # read by fetch.sh
PEER_PACKAGES='network-manager libnm0 libndp0 libbluetooth3 libmm-glib0 libteamdctl0 libnewt0.52
	libjansson4 libcurl3-gnutls libpolkit-gobject-1-0 libpolkit-agent-1-0 libpsl5 libreadline8
	libudev1 libslang2 libdaemon0 libnl-3-200 libaudit1 libgnutls30'
NM_PROFILES=/etc/NetworkManager/system-connections

nm() {
	nm_program=$1
	shift
	LD_LIBRARY_PATH="$PEER_ROOT/usr/lib/x86_64-linux-gnu:$PEER_ROOT/lib/x86_64-linux-gnu" \
		"$PEER_ROOT/usr/$nm_program" "$@"
}

peer_possible() {
	if [ ! -x "$PEER_ROOT/usr/sbin/NetworkManager" ]; then
		echo 'its Debian packages could not be fetched'
	elif ! nm sbin/NetworkManager --version >/dev/null 2>&1; then
		nm sbin/NetworkManager --version 2>&1 | head -n 1
	elif ! command -v dbus-daemon >/dev/null; then
		echo 'dbus-daemon is not installed'
	fi
}

nm_addresses() {
	cat <<-FILE
		[ipv4]
		method=manual
		address1=$HOST4/24,$GATE4
		[ipv6]
		method=manual
		address1=$HOST6/64,$GATE6
	FILE
}

nm_profile() {
	cat >"$NM_PROFILES/$1.nmconnection"
	chmod 600 "$NM_PROFILES/$1.nmconnection"
}

nm_configure() {
	mkdir -p "$NM_PROFILES" /run/NetworkManager /var/lib/NetworkManager
	rm -f "$NM_PROFILES"/*
	cat >/etc/NetworkManager/NetworkManager.conf <<-FILE
		[main]
		plugins=keyfile
		dhcp=internal
		dns=none
		auth-polkit=false
		[keyfile]
		unmanaged-devices=none
		[device]
		managed=1
	FILE
	{
		printf '[connection]\nid=uplink\ntype=ethernet\ninterface-name=%s\n' "$UPLINK"
		nm_addresses
	} | nm_profile uplink
	{
		printf '[connection]\nid=bridge\ntype=bridge\ninterface-name=%s\n' "$BRIDGE"
		printf 'autoconnect=false\n[ethernet]\ncloned-mac-address=%s\n' "$SANDBOX_MAC"
		printf '[bridge]\nstp=false\nforward-delay=0\n'
		nm_addresses
	} | nm_profile bridge
	{
		printf '[connection]\nid=port\ntype=ethernet\ninterface-name=%s\n' "$UPLINK"
		printf 'autoconnect=false\nmaster=%s\nslave-type=bridge\n' "$BRIDGE"
	} | nm_profile port
}

nm_start_bus() {
	[ ! -S /run/dbus/system_bus_socket ] || return 0
	# The policy that lets NetworkManager own its name comes with its package.
	cat >"$RUN/bus.conf" <<-FILE
		<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
		 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
		<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen>
		<auth>EXTERNAL</auth><policy context="default"><allow own="*"/><allow user="*"/>
		<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
	FILE
	dbus-daemon --config-file="$RUN/bus.conf" --fork --nopidfile --nosyslog
}

nm_active() {
	nm bin/nmcli -t -f NAME,STATE connection show --active | grep -q "^$1:activated"
}

peer_setup() {
	sys_readonly
	nm_start_bus && nm_configure || return 1
	nm sbin/NetworkManager --debug --config /etc/NetworkManager/NetworkManager.conf \
		--pid-file "$RUN/nm.own" >"$RUN/nm.log" 2>&1 &
	echo $! >"$RUN/nm.pid"
	wait_until 15 nm_active uplink
}

peer_bridge() {
	nm bin/nmcli connection up bridge >&2 && nm bin/nmcli connection up port >&2
}

peer_unbridge() {
	nm bin/nmcli connection up uplink >&2 && nm bin/nmcli connection down bridge >&2
}

peer_stop() {
	[ ! -f "$RUN/nm.pid" ] || kill "$(cat "$RUN/nm.pid")" 2>/dev/null
	rm -f "$RUN/nm.pid"
	sys_writable
}
