#!/usr/bin/env bash
# kvmnet show: a real bridge with a cable and a real QEMU behind a tap; names, states, files that the
# kernel does not have; as a tree, a drawing and JSON; in 80 columns; with thousands of links.
# ctest: timeout=180
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

qemu=$(PATH=$PATH:/usr/libexec command -v qemu-system-x86_64 qemu-kvm | head -n 1)

# guest NAME TAP DRIVER [ARGUMENT...]: a QEMU that does not run its CPU; its tap is held all the same
guest()
{
	local name=$1 tap=$2 driver=$3
	shift 3
	"$qemu" -name "guest=$name,debug-threads=on" -machine pc,accel=tcg -S -display none \
		-nodefaults -m 16 -netdev "tap,id=h0,ifname=$tap,script=no,downscript=no" \
		-device "$driver,netdev=h0,id=net0,romfile=" "$@" >"$WORK/qemu.$tap" 2>&1 &
}

# shows REGEX
shows()
{
	run show
	grep -qE "$1" <<<"$out"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
run_is 0 'a bridge is made' bridge create br0 --port eth0
ip link add virbr1 type bridge
ip link set virbr1 up
ip addr add 192.168.130.1/24 dev virbr1
for tap in vnet0 vnet1; do
	ip tuntap add dev "$tap" mode tap
done
ip link set vnet0 master br0 up
ip link set vnet1 master virbr1 up
ip link add eth1 type veth peer name far
mkdir -p /run/libvirt/network
cat >/run/libvirt/network/net0.xml <<'XML'
<networkstatus><class_id bitmap='0-2'/><floor sum='0'/>
<network><name>net0</name><forward mode='nat'/><bridge name='virbr1' stp='on' delay='0'/>
<ip address='192.168.130.1' netmask='255.255.255.0'/></network></networkstatus>
XML
printf 'DEVICE=br9\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.9.0.1\nPREFIX=24\n' \
	>"$SCRIPTS/ifcfg-br9"
printf 'DEVICE=eth9\nTYPE=Ethernet\nONBOOT=yes\nBRIDGE=br9\n' >"$SCRIPTS/ifcfg-eth9"

guest web01 vnet0 virtio-net-pci
guest 'build,,01' vnet1 e1000
ok 'the guest is found by its tap' wait_for 30 shows 'vnet0 .*VM web01 +net0 virtio$'
ok 'with its NIC and model' wait_for 30 shows 'vnet1 .*VM build,01 +net0 e1000$'
run_is 0 'show' show
like "$out" '^● br0  bridge +up +1500  192\.168\.12\.118/24 +default via 192\.168\.12\.1$' 'the bridge'
like "$out" '^├─ eth0 +fwd +1500 .*uplink$' 'its cable'
like "$out" '^└─ vnet0 ' 'its guest is the last port'
like "$out" '^● virbr1  bridge +up .*192\.168\.130\.1/24 +libvirt net0 \(nat\)$' 'the network'
like "$out" '^○ eth1 +down +1500 .*switched off$' 'a link that is off'
like "$out" '^✗ br9  bridge +absent +-  10\.9\.0\.1/24 +in ifcfg-br9, not live$' 'only in a file'
like "$out" '^└─ eth9 +absent .*in ifcfg-eth9, not live$' 'and its port'
unlike "$out" '^.{81}' 'no line is longer than 80 columns'
unlike "$out" '^!' 'nothing differs'
ip addr add 10.3.3.3/24 dev br0
run show
like "$out" '^! br0: address 10\.3\.3\.3/24: in the kernel, not in the file$' 'what differs is said'
out=$(LC_ALL=C "$KVMNET" show)
like "$out" '^\* br0  bridge' 'the C locale: no glyph'
like "$out" '^`- vnet0 ' 'nor strokes'
unlike "$(LC_ALL=C grep -P '[^\x00-\x7F]' <<<"$out")" . 'ASCII alone'
run show --color=always
like "$out" $'\e\\[32m●\e\\[0m br0' 'colour marks the state'

run_is 0 'JSON' show --json
like "$out" '"schema": "kvmnet.show/1"' 'its schema'
like "$out" '"name": "web01"' 'the guest'
run_is 0 'dot' show --format dot
like "$out" '^graph kvmnet \{$' 'a graph'
like "$out" 'label="VM web01"' 'with the guest'
run_is 0 'mermaid' show --format mermaid
like "$out" '^flowchart LR$' 'a flowchart'
like "$out" '\(\["VM web01"\]\)' 'with the guest'
run_is 2 'another format is refused' show --format svg
run_is 0 'below a root there are files alone' show --root /
like "$out" '^✗ br9 ' 'and they are shown'

# ---- a hostile name ----

evil=$'e\e[1m"<b>\\'
ok 'a link whose name is an escape sequence' ip link add "$evil" type bridge
for form in tree dot mermaid; do
	run show --format "$form"
	unlike "$out" $'\e' "$form: it does not reach the terminal"
done
like "$out" 'x1b\[1m#34;#60;b#62;' 'mermaid: nor the drawing'
run show --format dot
like "$out" 'e\\\\x1b\[1m\\"<b>' 'dot: quoted'
ip link del "$evil"

# ---- thousands of links ----

for i in $(seq 100); do echo "link add b$i type bridge"; done >"$WORK/batch"
for i in $(seq 1950); do
	echo "link add v$i type veth peer name w$i"
	echo "link set v$i master b$((i % 100 + 1))"
done >>"$WORK/batch"
ok '4,000 links are made' ip -batch "$WORK/batch"
run_is 0 'show' show
is "$(grep -c . <<<"$out")" "$(($(ip -o link | wc -l) + 4))" \
	'lines: each link but lo, the titles, a second address, two of files, a difference'
unlike "$out" '^.{81}' 'in 80 columns'
times=$( { TIMEFORMAT='%U %S'; time "$KVMNET" show >/dev/null; } 2>&1)
awk '{ exit !($1 + $2 < 2) }' <<<"$times"
verdict $? "in well under a second of CPU ($times s), sanitizers' time included"
story_end
