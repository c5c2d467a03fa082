# The bench's network: host (this namespace, eth0) - gateway "gw" - "ctl" for the control flows.
# Sourced by run.sh, step.sh and the tests; POSIX sh. Call bench_enter first thing.
# shellcheck shell=sh

BENCH=${BENCH:-$(cd "$(dirname "$0")" && pwd)}
export BENCH
TOP=$(cd "$BENCH/../../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/support/sandbox.sh
. "$TOP/tests/support/sandbox.sh"

UPLINK=eth0
BRIDGE=br0
HOST4=192.168.12.118
HOST6=fd00:12::118
GATE4=192.168.12.1
GATE6=fd00:12::1
GUEST4=192.168.12.50
GUEST6=fd00:12::50
# Behind the gateway, so that the default routes are measured too.
FAR4=10.99.0.1
FAR6=fd00:99::1
CASE=${CASE:-plain}
export CASE

# bench_enter SHELL SCRIPT ARGUMENT...: goes on in namespaces of its own; 77 where it cannot
bench_enter() {
	if ! sandbox_enter "$@"; then
		echo "skipped: this kernel gives no namespaces to $(id -un)"
		exit 77
	fi
	if ! sandbox_is_inside; then
		echo 'the bench is not in namespaces of its own' >&2
		exit 1
	fi
}

# bench_files: private /etc, /run, /var/lib; RUN is where the bench writes
bench_files() {
	sandbox_files || exit 1
	RUN=/run/bench
	export RUN
	mkdir -p "$RUN" /var/lib/kvmnet /run/dbus
	ip link set lo up
}

# sys_readonly / sys_writable: daemons take a read-only /sys for a container and wait for no udev
sys_readonly() {
	mount -o remount,bind,ro /sys
}

sys_writable() {
	mount -o remount,bind,rw /sys
}

# build_meter FILE
build_meter() {
	"${CC:-cc}" -std=gnu17 -D_GNU_SOURCE -O2 -o "$1" "$BENCH"/*.c -lpthread
}

# wait_until SECONDS COMMAND...: until it succeeds; looks again after every kernel event of the
# network, and ten times a second for what makes none.
wait_until() {
	wait_end=$(($(date +%s) + $1))
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$wait_end" ] || return 1
		timeout 0.1 ip monitor link address route >/dev/null 2>&1 | head -n 1
	done
}

# net_gone: what net_make and a tool left
net_gone() {
	for net_link in "$BRIDGE" "$UPLINK" $(ip -br link | awk '$1 !~ /^lo/ { sub(/@.*/, "", $1); print $1 }'); do
		ip link del "$net_link" 2>/dev/null
	done
	while ip rule del lookup 100 2>/dev/null; do :; done
	while ip -6 rule del lookup 100 2>/dev/null; do :; done
	for net_pid in /run/dhclient-*.pid; do
		[ ! -s "$net_pid" ] || kill "$(cat "$net_pid")" 2>/dev/null
		rm -f "$net_pid"
	done
	for net_id in 10 11; do
		ip nexthop del id $net_id 2>/dev/null
	done
	if [ -n "${RA_PID:-}" ]; then
		kill "$RA_PID" 2>/dev/null
		RA_PID=
	fi
	# The namespaces stay: the kernel takes one apart in the background, and holds locks that the
	# next run would wait for.
	ip -n gw link del gwc 2>/dev/null
	ip -n gw addr flush dev lo 2>/dev/null
	case $CASE in
	conntrack) nft_run flush ruleset ;;
	esac
	:
}

# net_namespaces: gw and ctl. Tail loss probes are off everywhere: they count as retransmissions, and
# a busy machine that acknowledges 10 ms late is enough for one. A lost segment of a stream that goes
# on is retransmitted without them.
net_namespaces() {
	for net_space in gw ctl; do
		[ -e "/run/netns/$net_space" ] || ip netns add "$net_space" || return 1
		ip netns exec "$net_space" sh -c "echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
			echo 0 >/proc/sys/net/ipv4/tcp_early_retrans" || return 1
	done
	echo 0 >/proc/sys/net/ipv4/tcp_early_retrans
}

# net_make: a new network for one run, as the case wants it
net_make() {
	net_gone
	net_before
	net_namespaces &&
		ip link add "$UPLINK" address "$SANDBOX_MAC" type veth peer name gw0 netns gw &&
		ip -n gw link add gwc type veth peer name ctl0 netns ctl || return 1
	ip -n gw -batch - <<-COMMANDS || return 1
		link set lo up
		link set gw0 up mtu $NET_MTU
		link set gwc up
		addr add $GATE4/24 dev gw0
		addr add $GATE6/64 dev gw0 nodad
		addr add 10.7.0.1/16 dev gw0
		addr add $FAR4/32 dev lo
		addr add $FAR6/128 dev lo nodad
		addr add 10.98.0.1/24 dev gwc
		addr add fd00:98::1/64 dev gwc nodad
	COMMANDS
	ip -n ctl -batch - <<-COMMANDS || return 1
		link set ctl0 up
		addr add 10.98.0.2/24 dev ctl0
		addr add fd00:98::2/64 dev ctl0 nodad
	COMMANDS
	echo 0 >/proc/sys/net/ipv6/conf/"$UPLINK"/accept_dad
	ip link set "$UPLINK" mtu "$NET_MTU" up
	PAIRS="--pair $HOST4,$GATE4 --pair $HOST4,$FAR4 --pair $HOST6,$GATE6 --pair $HOST6,$FAR6"
	CONTROL='--control-pair 10.98.0.1,10.98.0.2 --control-pair fd00:98::1,fd00:98::2'
	METER_FLAGS=
}

# net_before: what has to be so before the links exist
net_before() {
	HOST6=fd00:12::118 # the case ra has another
	net_filter=0
	NET_MTU=1500
	case $CASE in
	rpfilter) net_filter=1 ;;
	mtu) NET_MTU=9000 ;;
	esac
	for net_conf in all default; do
		echo "$net_filter" >/proc/sys/net/ipv4/conf/$net_conf/rp_filter
	done
}

# net_uplink: the uplink's addresses by hand; a tool with a daemon of its own configures it itself
net_uplink() {
	net_len=24
	net_onlink=
	if [ "$CASE" = onlink ]; then
		net_len=32
		net_onlink=onlink
	fi
	if [ "$CASE" = dhcp ]; then
		dhcp_uplink || return 1
	else
		ip addr add "$HOST4/$net_len" brd + dev "$UPLINK" &&
			ip route add default via "$GATE4" dev "$UPLINK" $net_onlink || return 1
	fi
	if [ "$CASE" = ra ]; then
		ra_uplink
		return
	fi
	ip -6 addr add "$HOST6/64" dev "$UPLINK" nodad &&
		ip -6 route add default via "$GATE6" dev "$UPLINK"
}

# net_extra: what the case adds to a configured uplink
net_extra() {
	net_case || return 1
	# An IPv6 address receives from the moment its local route is there, a little later.
	net_pairs=$(echo " $PAIRS" | sed "s/ --pair / /g; s/,[^ ]*//g")
	for net_address in $net_pairs; do
		wait_until 5 is_local "$net_address" || return 1
	done
}

is_local() {
	ip route get "$1" | grep -q "^local"
}

net_case() {
	# Off only to be set up sooner: detection is part of what a tool costs.
	wait_until 5 no_tentative || return 1
	echo 1 >/proc/sys/net/ipv6/conf/"$UPLINK"/accept_dad
	case $CASE in
	plain | rpfilter | onlink | ra | dhcp) ;;
	mtu) METER_FLAGS="$METER_FLAGS --size 8900" ;;
	flush) METER_FLAGS="$METER_FLAGS --flush-ms 5" ;;
	fast)
		METER_FLAGS="$METER_FLAGS --rate 100000 --control-rate 1000"
		PAIRS="--pair $HOST4,$FAR4 --pair $HOST6,$FAR6"
		;;
	tables)
		ip route add "$GATE4" dev "$UPLINK" table 100 &&
			ip route add default via "$GATE4" dev "$UPLINK" table 100 &&
			ip rule add from "$HOST4" lookup 100 &&
			ip -6 route add default via "$GATE6" dev "$UPLINK" table 100 &&
			ip -6 rule add from "$HOST6" lookup 100
		;;
	addresses)
		ip addr add 192.168.12.119/24 dev "$UPLINK" &&
			ip addr add 10.7.0.5/16 dev "$UPLINK" &&
			ip addr add fd00:12::119/64 dev "$UPLINK" nodad
		PAIRS="$PAIRS --pair 192.168.12.119,$FAR4 --pair 10.7.0.5,10.7.0.1"
		PAIRS="$PAIRS --pair fd00:12::119,$FAR6"
		;;
	neighbours)
		net_gate_mac=$(ip -n gw -br link show gw0 | awk '{ print $3 }')
		ip neigh replace "$GATE4" lladdr "$net_gate_mac" dev "$UPLINK" nud permanent &&
			ip neigh replace "$GATE6" lladdr "$net_gate_mac" dev "$UPLINK" nud permanent &&
			ip -n gw neigh replace "$HOST4" lladdr "$SANDBOX_MAC" dev gw0 nud permanent &&
			ip -n gw neigh replace "$HOST6" lladdr "$SANDBOX_MAC" dev gw0 nud permanent
		;;
	conntrack) nft_rules ;;
	nexthops)
		ip nexthop add id 10 via "$GATE4" dev "$UPLINK" &&
			ip nexthop add id 11 via "$GATE6" dev "$UPLINK" &&
			ip route replace default nhid 10 &&
			ip -6 route del default && ip -6 route add default nhid 11
		;;
	multipath)
		ip -n gw addr add 192.168.12.2/24 dev gw0 &&
			ip -n gw addr add fd00:12::2/64 dev gw0 nodad &&
			ip route replace default nexthop via "$GATE4" dev "$UPLINK" \
				nexthop via 192.168.12.2 dev "$UPLINK" &&
			ip -6 route del default &&
			ip -6 route add default nexthop via "$GATE6" dev "$UPLINK" \
				nexthop via fd00:12::2 dev "$UPLINK"
		;;
	multicast)
		ip addr add 239.1.2.3/32 dev "$UPLINK" autojoin &&
			ip -6 addr add ff05::4711/128 dev "$UPLINK" autojoin
		;;
	*)
		echo "no such case: $CASE" >&2
		return 1
		;;
	esac
}

# kvmnet_made / kvmnet_bare: the uplink under the bridge, or not, whatever it was before
kvmnet_made() {
	"$KVMNET" -q bridge create "$BRIDGE" --slave "$UPLINK" --no-persist
}

kvmnet_bare() {
	[ ! -e "/sys/class/net/$BRIDGE" ] || "$KVMNET" -q bridge delete "$BRIDGE" --no-persist
}

# guest_start / guest_stop: a guest on the bridge, by a tap like a hypervisor's, under the meter
guest_start() {
	[ -e /run/netns/guest ] || ip netns add guest || return 1
	"$METER" --tap vnet0 guest eth0 >"$RUN/tap.log" 2>&1 &
	GUEST_PID=$!
	wait_until 10 ip -n guest link show eth0 &&
		ip link set vnet0 master "$BRIDGE" up && ip -n guest -batch - <<-COMMANDS || return 1
			link set eth0 up
			addr add $GUEST4/24 dev eth0
			addr add $GUEST6/64 dev eth0 nodad
			route add default via $GATE4
			route add default via $GATE6
		COMMANDS
	ip netns exec guest sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans'
	METER_FLAGS="$METER_FLAGS --guest guest --guest-pair $GUEST4,$GATE4 --guest-pair $GUEST4,$FAR4"
	METER_FLAGS="$METER_FLAGS --guest-pair $GUEST6,$GATE6 --guest-pair $GUEST6,$FAR6"
}

guest_stop() {
	[ -z "${GUEST_PID:-}" ] || kill "$GUEST_PID" 2>/dev/null
	GUEST_PID=
}

# dhcp_uplink: the address is a lease, which dhclient keeps
dhcp_uplink() {
	mkdir -p /var/lib/dhcp
	ip netns exec gw dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
		--interface=gw0 --bind-interfaces --dhcp-authoritative --no-ping --pid-file= \
		--dhcp-range=192.168.12.118,192.168.12.118,1h --dhcp-option="3,$GATE4" \
		--dhcp-leasefile="$RUN/leases4" --log-facility=- >"$RUN/dhcp.log" 2>&1 &
	RA_PID=$!
	wait_until 10 grep -q started "$RUN/dhcp.log" || return 1
	dhclient -4 -q -pf "/run/dhclient-$UPLINK.pid" -lf "/var/lib/dhcp/dhclient-$UPLINK.leases" \
		"$UPLINK" >"$RUN/dhclient.log" 2>&1 && ip route show default | grep -q via
}

no_tentative() {
	[ -z "$(ip -6 -o addr show dev "$UPLINK" tentative)" ]
}

# ra_uplink: address and default route learnt from the gateway's advertisements
ra_uplink() {
	ip -n gw addr del "$GATE6/64" dev gw0
	ip -n gw addr add fd00:55::1/64 dev gw0 nodad
	echo 1 >/proc/sys/net/ipv6/conf/"$UPLINK"/accept_ra
	# Its advertisements need forwarding on, or it says that it is no router.
	ip netns exec gw sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	wait_until 5 link_local_ready || return 1
	ip netns exec gw dnsmasq --keep-in-foreground --conf-file=/dev/null --port=0 --user=root \
		--interface=gw0 --bind-interfaces --enable-ra --ra-param=gw0,4,600 \
		--dhcp-range=fd00:55::,ra-only,64,600 --pid-file= --log-facility=- \
		--dhcp-leasefile="$RUN/leases" >"$RUN/dnsmasq.log" 2>&1 &
	RA_PID=$!
	wait_until 10 ra_learnt || return 1
	HOST6=$(ip -6 -o addr show dev "$UPLINK" scope global | awk '{ sub("/.*", "", $4); print $4; exit }')
	PAIRS="--pair $HOST4,$GATE4 --pair $HOST4,$FAR4 --pair $HOST6,fd00:55::1 --pair $HOST6,$FAR6"
}

link_local_ready() {
	ip -n gw -6 -o addr show dev gw0 scope link -tentative | grep -q fe80
}

ra_learnt() {
	ip -6 route show default proto ra | grep -q via &&
		ip -6 -o addr show dev "$UPLINK" scope global -tentative | grep -q fd00:55
}

nft_run() {
	LD_LIBRARY_PATH="${NFT_ROOT:-}/usr/lib/x86_64-linux-gnu" "${NFT_ROOT:-}/usr/sbin/nft" "$@"
}

# nft_rules: a usual stateful host firewall that names no interface
nft_rules() {
	nft_run -f - <<-RULES
		table inet bench {
			chain input {
				type filter hook input priority 0; policy drop;
				ct state established,related accept
				ct state invalid drop
				meta l4proto { icmp, ipv6-icmp } accept
				tcp dport 7000-7999 ct state new accept
				udp dport 7000-7999 ct state new accept
			}
			chain output {
				type filter hook output priority 0; policy accept;
				ct state invalid drop
			}
		}
	RULES
}

# measure FILE COMMAND...: the meter around a command, its JSON in FILE
measure() {
	measure_out=$1
	shift
	# shellcheck disable=SC2086 # words
	"$METER" --peer gw --control ctl $PAIRS $CONTROL $METER_FLAGS ${SETTLE:+--settle $SETTLE} \
		--warmup "${WARMUP:-200}" \
		--during "$@" >"$measure_out" 2>"$measure_out.err"
}

# measure_idle FILE MS: the same without a command
measure_idle() {
	# shellcheck disable=SC2086 # words
	"$METER" --peer gw --control ctl $PAIRS $CONTROL $METER_FLAGS --idle "$2" \
		>"$1" 2>"$1.err"
}

# json FILE KEY...: top-level values, in one line
json() {
	json_file=$1
	shift
	awk -v keys="$*" '
		BEGIN { n = split(keys, want, " ") }
		{
			line = $0
			while (match(line, /"[a-z0-9_]+": ([0-9]+|true|false)/)) {
				pair = substr(line, RSTART + 1, RLENGTH - 1)
				line = substr(line, RSTART + RLENGTH)
				key = pair
				sub(/".*/, "", key)
				sub(/.*: /, "", pair)
				if (!(key in value))
					value[key] = pair
			}
		}
		END {
			for (i = 1; i <= n; i++)
				printf "%s%s", value[want[i]], i < n ? " " : "\n"
		}' "$json_file"
}
