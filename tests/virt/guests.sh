#!/usr/bin/env bash
# Real guests (QEMU without KVM) on networks that kvmnet made: one behind NAT, one on the LAN by a
# bridge; and a guest on a bridge that was there before libvirtd.
# ctest: serial once timeout=400
# shellcheck source=tests/support/guest.sh
. "$(dirname "$0")/../support/guest.sh"
# Before the sandbox, which has no way out.
if [ -z "${KVMNET_SANDBOX:-}" ]; then
	if [ "$(id -u)" != 0 ]; then
		echo 'skipped: QEMU in a user namespace cannot open /dev/net/tun'
		exit 77
	fi
	if ! guest_fetch; then
		echo "skipped: Debian's cloud kernel cannot be fetched here"
		exit 77
	fi
fi
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip qemu-system-x86_64 busybox setpriv
URI=qemu:///system

# The bridge is there, without carrier and ports, before the daemon.
host_static
run_is 0 'a bridge without ports, before libvirtd' bridge create br9 --no-ip
libvirt_files
libvirt_start

# ---- behind NAT ----

# The host behind the uplink answers names and a ping, and has no route to the guests.
gw dnsmasq --keep-in-foreground --no-daemon --conf-file=/dev/null --no-resolv --no-hosts \
	--interface=gw0 --bind-interfaces --user=root --pid-file= --no-ping \
	--address=/far.example/192.168.12.1 \
	--dhcp-range=192.168.12.200,192.168.12.210,255.255.255.0,300 \
	--dhcp-leasefile="$WORK/gw.leases" >"$WORK/gw.log" 2>&1 &
printf 'nameserver 192.168.12.1\n' >/etc/resolv.conf

run_is 0 'a network behind NAT' net create lab --nat --subnet 192.168.130.1/24 \
	--domain lab.example --dns-host 192.168.130.1,gate \
	--host 52:54:00:aa:bb:01,192.168.130.11,web01
guest_define web01 "<interface type='network'><mac address='52:54:00:aa:bb:01'/>
	<source network='lab'/><model type='virtio'/></interface>" <<'TASK'
ping -c 1 -W 5 192.168.130.1 && echo "guest: gateway answers"
ping -c 1 -W 5 192.168.12.118 && echo "guest: host answers"
ping -c 1 -W 5 192.168.12.1 && echo "guest: far host answers"
nslookup far.example && echo "guest: far name resolved"
nslookup gate.lab.example && echo "guest: near name resolved"
nc -ll -p 7 -e cat &
echo "guest: ready"
TASK
ok 'the guest starts' vsh start web01
ok 'the guest comes up' guest_wait web01 ready
like "$(<"$(guest_log web01)")" 'guest: lease 192.168.130.11/24 router 192.168.130.1 dns 192.168.130.1' \
	'it has its fixed lease'
is "$(gw ip route get 192.168.130.11 2>&1 | grep -c 'unreachable')" 1 'nothing routes back to it'
for what in gateway host 'far host'; do
	ok "the $what answers the guest" guest_says web01 "$what answers"
done
ok "a name of the world" guest_says web01 'far name resolved'
ok "a name of the network" guest_says web01 'near name resolved'
is "$(echo hello | timeout 10 busybox nc 192.168.130.11 7)" hello 'it answers TCP from the host'

run net show lab
like "$out" 'lease     192.168.130.11  52:54:00:aa:bb:01' 'net show has the lease'
like "$out" 'guest     web01  52:54:00:aa:bb:01  vnet0' 'and the guest with its tap'
run show
like "$out" 'vnet0 .* \.130\.11 \(lease\) +VM web01 +net0 virtio$' 'show has both at its tap'
out=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$KVMNET" show 2>&1)
like "$out" 'vnet0 .* \.130\.11 \(lease\) +VM web01 +net0 virtio$' \
	'also for a user, who cannot see its process'
run_is 0 'net check finds nothing' net check

# ---- what a running guest is worth ----

run_is 3 'a change that needs a restart is refused' \
	net create lab --nat --subnet 192.168.130.1/24 --mtu 1400
like "$err" 'running guests \(web01\)' 'and names the guest'
run_is 3 'deleting is refused' net delete lab
run_is 0 'another lease while it runs' net host add lab 52:54:00:aa:bb:02 192.168.130.12
ok 'the guest still answers' ping -c 1 -W 5 192.168.130.11
run_is 0 'forced, the network restarts' \
	net create lab --nat --subnet 192.168.130.1/24 --mtu 1400 --force=running-guests
is "$(master vnet0)" virbr0 "and the guest's tap is on the bridge again"
ok 'the guest answers again' wait_for 10 ping -c 1 -W 1 192.168.130.11
ok 'the guest ends' vsh destroy web01

# ---- on the LAN ----

run_is 0 'a bridge and the network over it, in one change' \
	bridge create br0 --port eth0 --static 192.168.12.118/24 --network lan --no-guard
is "$(net_state lan)" 'yes yes yes' 'the network runs'
like "$(net_xml lan)" "<bridge name='br0'/>" 'it is over the bridge'
run_is 0 'again' bridge create br0 --port eth0 --static 192.168.12.118/24 --network lan --no-guard
like "$out" '^nothing to do' 'nothing to do'
guest_define db01 "<interface type='network'><source network='lan'/><model type='virtio'/>
	</interface>" <<'TASK'
ping -c 1 -W 5 192.168.12.118 && echo "guest: host answers"
echo "guest: ready"
TASK
ok 'a second guest starts' vsh start db01
ok 'it comes up' guest_wait db01 ready
like "$(<"$(guest_log db01)")" 'guest: lease 192\.168\.12\.2(0[0-9]|10)/24' \
	'its lease is from the server beyond the uplink'
ok 'the host answers it' guest_says db01 'host answers'
run_is 3 'the bridge cannot go while it runs' bridge delete br0 --no-guard
ok 'the guest ends' vsh destroy db01
run_is 3 'nor while the network names it' bridge delete br0 --no-guard
like "$err" 'network lan' 'and says which'
run_is 0 'without the network' net delete lan
run_is 0 'the bridge goes' bridge delete br0 --no-guard

# ---- a bridge without carrier ----

guest_define early "<interface type='bridge'><source bridge='br9'/><model type='virtio'/>
	</interface>" <<'TASK'
echo "guest: ready"
TASK
ok 'a guest on the bridge that was there first starts' vsh start early
wait_for 10 test -n "$(ls /sys/class/net/br9/brif)"
like "$(ls /sys/class/net/br9/brif)" '^vnet' 'and is a port of it'
ok 'it ends' vsh destroy early
run_is 3 "the bridge stays while a guest's definition names it" bridge delete br9 --no-guard
like "$err" 'guest early' 'and says which'
run_is 0 'unless forced' bridge delete br9 --no-guard --force=bridge-has-users

story_end
