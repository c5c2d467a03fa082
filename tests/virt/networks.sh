#!/usr/bin/env bash
# Every mode of network with a real libvirtd: made, started, made again without a change, changed
# while it runs, deleted. Nothing is half made when something fails.
# AddressSanitizer cannot follow into libtirpc, which comes with libvirt at run time: it calls NULL for
# xdrmem_create(). So the stories with a daemon run in the plain build only.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
libvirt_host

# life NAME WORD...: a network from its making to its end
life()
{
	local name=$1 before
	shift
	run_is 0 "$name: a dry run" net create "$name" "$@" --dry-run
	is "$(vsh net-list --all --name | grep -cx "$name")" 0 "$name: the dry run made nothing"
	run_is 0 "$name: made" net create "$name" "$@"
	is "$(net_state "$name")" 'yes yes yes' "$name: runs, is started at boot, is persistent"
	before=$(net_xml "$name")
	run_is 0 "$name: made again" net create "$name" "$@"
	is "$out" 'nothing to do' "$name: there is nothing to do"
	is "$(net_xml "$name")" "$before" "$name: and nothing was done"
	net_xml "$name" >"$WORK/$name.xml"
	ok "$name: libvirt's schema agrees" vsh net-define --validate "$WORK/$name.xml"
	run_is 0 "$name: checked" net check "$name"
	run_is 0 "$name: shown" net show "$name"
	run_is 0 "$name: deleted" net delete "$name"
	is "$(vsh net-list --all --name | grep -cx "$name")" 0 "$name: is gone"
	run_is 0 "$name: deleted again" net delete "$name"
	like "$out" 'nothing to do' "$name: there is nothing to delete"
}

ip link add br0 type bridge && ip link set br0 up

life default --nat
life routed --route --subnet 10.44.0.1/24 --ipv6 fd44::1/64
life opened --open --subnet 10.45.0.1/24 --dhcp none
life alone --isolated --subnet 10.46.0.1/24 --domain alone.example --domain-local
life frames --isolated --subnet none
life lan --bridge br0 --portgroup all,default
life direct --macvtap eth0
life vepa --macvtap eth0 --macvtap-mode vepa
life full --nat --subnet 10.47.0.1/24 --dhcp 10.47.0.50-10.47.0.99 --lease 3600 \
	--host 52:54:00:00:00:01,10.47.0.10,web01 --domain full.example --dns-host 10.47.0.1,gate \
	--txt key=value --srv ldap/tcp,target=gate.full.example,port=389 --forwarder 9.9.9.9 \
	--mtu 1400 --nat-ports 2000-3000 --static-route 10.48.0.0/16,via=10.47.0.9

# ---- what changes while it runs ----

run_is 0 'a network to change' net create lab --nat --subnet 10.50.0.1/24
bridge_index=$(cat /sys/class/net/virbr0/ifindex)

# changes NAME WORD...: done without a restart: the bridge is still the same one
changes()
{
	local name=$1
	shift
	run_is 0 "$name" "$@"
	is "$(cat /sys/class/net/virbr0/ifindex)" "$bridge_index" "$name: no restart"
	run_is 0 "$name, again" "$@"
	like "$out" '^nothing to do' "$name: it holds"
}

changes 'a fixed lease' net host add lab 52:54:00:00:00:01 10.50.0.9 web01
like "$(vsh net-dumpxml lab)" "<host mac='52:54:00:00:00:01' name='web01' ip='10.50.0.9'/>" \
	'the running network has the lease'
changes 'another address for it' net host add lab 52:54:00:00:00:01 10.50.0.8 web01
changes 'a second one' net host add lab 52:54:00:00:00:02 10.50.0.7
changes 'one goes' net host remove lab 52:54:00:00:00:01
unlike "$(vsh net-dumpxml lab)" '52:54:00:00:00:01' 'the running network has it no more'
changes 'another range' net create lab --nat --subnet 10.50.0.1/24 --dhcp 10.50.0.100-10.50.0.120
changes 'a DNS host' net create lab --nat --subnet 10.50.0.1/24 --dns-host 10.50.0.1,gate
changes 'TXT and SRV' net create lab --nat --subnet 10.50.0.1/24 --txt a=b \
	--srv sip/udp,target=gate,port=5060
unlike "$(net_xml lab)" gate.example 'what is not asked for any more is gone'
changes 'a port group' net create lab --nat --subnet 10.50.0.1/24 --portgroup fast
if [ "$(virsh version --daemon | awk '/daemon/ { split($NF, v, "."); print v[1] * 100 + v[2] }')" -lt 907 ]; then
	run_is 8 'what this libvirt does not know is refused' \
		net create lab --nat --subnet 10.50.0.1/24 --description 'A lab'
fi

uuid=$(net_xml lab | grep uuid)
mac=$(net_xml lab | grep '<mac')
run_is 0 'an MTU needs a restart' net create lab --nat --subnet 10.50.0.1/24 --mtu 1400
is "$(cat /sys/class/net/virbr0/mtu)" 1400 'and has it'
is "$(net_xml lab | grep uuid)" "$uuid" 'the uuid stays'
is "$(net_xml lab | grep '<mac')" "$mac" 'the bridge keeps its MAC address'

# ---- what the user wrote stays ----

net_xml lab | sed "s|<forward mode='nat'>|<forward mode='nat'>|; s|</network>|<!-- mine -->\n</network>|;
	s|<ip address|<dns><txt name='mine' value='1'/></dns><ip address|" >"$WORK/mine.xml"
ok 'the user adds a record' vsh net-define "$WORK/mine.xml"
run_is 0 'and kvmnet a lease' net host add lab 52:54:00:00:00:09 10.50.0.9
like "$(net_xml lab)" "<txt name='mine' value='1'/>" "the user's record is still there"

# ---- collisions ----

before=$(net_everything)
run_is 3 'the subnet of another network' net create second --nat --subnet 10.50.0.129/25
like "$err" 'overlaps 10.50.0.0/24' 'says what it overlaps'
run_is 3 "the uplink's subnet" net create second --nat --subnet 192.168.12.1/24
like "$err" 'the address of eth0' 'names the link'
run_is 2 'the name of a bridge that exists' net create second --nat --bridge-name br0
run_is 2 'a bridge that does not exist' net create second --bridge br7
like "$err" 'there is no bridge br7' 'says so'
run_is 2 'a device that does not exist' net create second --macvtap eth7
is "$(net_everything)" "$before" 'refusals change nothing'
run_is 0 'left to choice, it is a free one' net create second --nat --dry-run
like "$out" 'address="192.168.122.1"' 'the first of the list'

# ---- a prefix of the host's own ----

# prefix: the first IPv6 address of what was printed
prefix()
{
	grep -o 'fd[0-9a-f]*:[0-9a-f:]*' <<<"$out" | head -n 1
}

echo 0123456789abcdef0123456789abcdef >/etc/machine-id
run_is 0 'IPv6 left to choice' net create six --isolated --ipv6 auto --dry-run
planned=$(prefix)
run_is 0 'and done' net create six --isolated --ipv6 auto
out=$(net_xml six)
is "$(prefix)" "$planned" 'is what the dry run said'
run_is 0 'and gone' net delete six
echo 123456789abcdef0123456789abcdef0 >/etc/machine-id
run_is 0 'another host' net create six --isolated --ipv6 auto --dry-run
[ -n "$planned" ] && [ "$(prefix)" != "$planned" ]
verdict $? 'has another prefix'

# ---- a start that fails ----

# A dnsmasq that does not take one name in its configuration.
dnsmasq=$(command -v dnsmasq)
cp "$dnsmasq" "$WORK/dnsmasq"
cat >"$WORK/refuses" <<END
#!/bin/sh
for word; do
	case \$word in
	--conf-file=*) if grep -q refused.example "\${word#*=}"; then exit 1; fi ;;
	esac
done
exec $WORK/dnsmasq "\$@"
END
chmod +x "$WORK/refuses"
mount --bind "$WORK/refuses" "$dnsmasq"
before=$(net_everything)
run_is 4 'a network that does not start' net create broken --nat --domain refused.example
like "$err" 'starting network broken: ' 'says what failed, on which network'
is "$(net_everything)" "$before" 'and leaves nothing defined'
run_is 4 'a change that does not start' net create lab --nat --subnet 10.50.0.1/24 \
	--domain refused.example
is "$(net_everything)" "$before" 'and leaves the old definition, running'
umount "$dnsmasq"

story_end
