#!/usr/bin/env bash
# kvmnet show with a real libvirtd: networks, leases and guests as it tells them, also to an ordinary
# user; what hangs, or does not run, holds nobody up.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq busybox setpriv qemu-system-x86_64
libvirt_host
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
mac=52:54:00:aa:bb:01

run_is 0 'a network' net create lab --nat --subnet 192.168.130.1/24 --host "$mac,192.168.130.11"
run_is 0 'another, not started' net create idle --isolated --subnet 10.52.0.1/24 --no-start

# A real lease of the real dnsmasq: the client has the card of the guest, which does not run its CPU.
ok 'a tap on it' ip tuntap add dev vnet7 mode tap
ip link set vnet7 master virbr0 up
qemu-system-x86_64 -name guest=web01 -machine pc,accel=tcg -S -display none -nodefaults -m 16 \
	-netdev tap,id=h0,ifname=vnet7,script=no,downscript=no \
	-device "virtio-net-pci,netdev=h0,id=net0,mac=$mac,romfile=" >"$WORK/qemu" 2>&1 &
guest=$!
ip netns add client 2>/dev/null || mkdir -p /run/netns
ip link add seat type veth peer name eth0 address "$mac" netns client
ip link set seat master virbr0 up
ip netns exec client ip link set eth0 up
ok 'a lease is given' ip netns exec client busybox udhcpc -i eth0 -n -q -t 20 -T 1 -x hostname:web01 \
	-s /bin/true

# shows REGEX
# shellcheck disable=SC2317 # called by wait_for
shows()
{
	run show
	grep -qE "$1" <<<"$out"
}

ok 'the guest with its lease' wait_for 30 shows 'vnet7 .* \.130\.11 \(lease\) +VM web01 +net0 virtio$'
run_is 0 'show' show
like "$out" " $mac web01\$" 'its card and how it calls itself'
like "$out" '^● virbr0  bridge .*192\.168\.130\.1/24 +libvirt lab \(nat\)$' 'the network'
unlike "$out" '^.{81}' 'no line is longer than 80 columns'
unlike "$out" '^!' 'and nothing is missing'
run show --json
like "$out" '"libvirt": "asked"' 'JSON: libvirt was asked'
like "$(tr -d ' \n' <<<"$out")" "\"leases\":\[\{\"ip\":\"192.168.130.11\",\"mac\":\"$mac\",\"hostname\":\"web01\",\"network\":\"lab\"" \
	'JSON: the lease'
for form in dot mermaid; do
	run show --format "$form"
	like "$out" 'vnet7(\\n|<br>)fwd(\\n|<br>)192\.168\.130\.11 \(lease\)' "$form: the lease"
done

# ---- an ordinary user: the process is not his to see, libvirt tells ----

if [ "$(awk '{ print $3; exit }' /proc/self/uid_map)" -gt 1 ]; then
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups "$KVMNET" show 2>&1)
	like "$out" '^● virbr0  bridge .*libvirt lab \(nat\)$' 'a user sees the network'
	unlike "$out" "libvirt's definitions are shown to root" 'and nothing of them is missing'
fi

# ---- differences are marked where they are ----

run_is 0 'a bridge' bridge create br0 --port eth0 --no-guard
unlike "$("$KVMNET" show)" 'differs from its file' 'nothing differs'
ip addr add 10.3.3.3/24 dev br0
run show
like "$out" '10\.3\.3\.3/24 +differs from its file$' 'a difference is marked at the bridge'
like "$out" '^! br0: address 10\.3\.3\.3/24: in the kernel, not in the file$' 'and told below'
run show --format dot
like "$out" 'br0\\nbridge up\\n.*differs from ifcfg-br0' 'and in the drawing'
ip addr del 10.3.3.3/24 dev br0

# ---- a daemon that hangs ----

kill -STOP "$libvirtd"
SECONDS=0
run_is 0 'a stopped daemon' show
[ "$SECONDS" -lt 20 ]
verdict $? "holds nobody up ($SECONDS s)"
like "$out" '^! libvirt has not answered for [0-9]+ s' 'that it does not answer is said'
like "$out" '^.─ vnet7 .*VM web01 +net0 virtio$' 'the guest is found by its process'
run show --json
like "$out" '"libvirt": "silent"' 'JSON says so'
run check
like "$out" "^! libvirt's networks were not compared: libvirt has not answered" 'check passes it over, too'
run check --json
like "$out" '"networks_hidden": true' 'and JSON says so'
kill -CONT "$libvirtd"
ok 'it answers again' wait_for 30 shows '\(lease\)'

# ---- none runs ----

libvirt_stop -TERM
run_is 0 'no daemon' show
unlike "$out" '^!|lease\)' 'is nothing to complain of'
like "$out" '^.─ vnet7 .*VM web01 +net0 virtio$' 'the guest is found by its process'
like "$out" 'libvirt lab \(nat\)' 'the network by its files'
run show --json
like "$out" '"libvirt": "none"' 'JSON says so'
printf '%s' "$guest" >/run/libvirtd.pid
run_is 0 "another program's number in the old pid file" show
unlike "$out" '^!' 'is none of libvirt'
kill "$guest"
story_end
