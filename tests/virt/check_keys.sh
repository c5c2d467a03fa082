#!/usr/bin/env bash
# shellcheck disable=SC2016 # planted() expands what it is told
#
# kvmnet check on a host with a real libvirtd: for every key of [nat] and [network] in kvmnet.conf(5) a
# difference is planted, in the definition or in the kernel, and is found; then it is silent again.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
libvirt_host

cat >"$WORK/host.conf" <<'INI'
[nat lab]
bridge = lab0
dev    = eth0
nat-ports = 20000-30000
nat-ipv6 = on
ipv4   = 10.50.0.1/24
ipv6   = fd50::1/64
dhcp   = 10.50.0.100 - 10.50.0.200
lease  = 7200
host.web01 = 52:54:00:aa:bb:01 10.50.0.11
host   = 52:54:00:aa:bb:02,10.50.0.12
static-route = 10.60.0.0/16,via=10.50.0.9
stp    = on
forward-delay = 4
mtu    = 1400
mac    = 52:54:00:aa:bb:99
domain = lab.example
domain-local = on
forwarder = a.example,10.1.1.1
dns-host = 10.50.0.9,files
txt    = note=some text
srv    = ldap/tcp,domain=lab.example,target=files.lab.example,port=389
isolate-guests = on
uuid   = 6f3c4a3e-6f0c-4b0e-9c5c-0d6a7a6b1c01

[network tap]
forward = macvtap
macvtap = eth1
macvtap-mode = private

[network ovs]
forward = bridge
bridge  = br0
openvswitch = on
vlan    = 42
portgroup = sales,default,vlan=43
INI
ip link add eth1 type veth peer name far1
ip link set eth1 up
ip link set far1 up
run_is 0 'a bridge' bridge create br0 --port eth0 --yes
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
run_is 0 'the networks' apply "$WORK/host.conf"
run_is 0 'a healthy host' check
is "$out" "$(printf '%s\n' '1 bridge: files and kernel agree' '3 networks of libvirt: nothing wrong')" \
	'there is nothing to say'

keys=''

# planted KEY PATTERN DO UNDO: after DO, which changes what KEY sets, check says the line; after UNDO nothing
planted()
{
	keys+=" $1 "
	eval "$3"
	run_is 1 "$1" check
	like "$out" "$2" "$1: is found"
	eval "$4"
	run_is 0 "$1: put right" check
}

# drifted KEY NET SED: the definition is another than the one that runs
drifted()
{
	local was now
	was=$(net_xml "$2")
	now=$(sed -E "$3" <<<"$was")
	if [ "$was" = "$now" ]; then
		verdict 1 "$1: the definition has it"
		diag "$was"
		return
	fi
	printf '%s\n' "$was" >"$WORK/was.xml"
	printf '%s\n' "$now" >"$WORK/now.xml"
	planted "$1" "^network $2: it does not run as it is defined$" \
		'ok "$1: another definition" vsh net-define $WORK/now.xml' 'vsh net-define $WORK/was.xml >/dev/null'
}

# ---- what libvirt put into the kernel ----

# shellcheck disable=SC2034 # in what planted() expands
bridge=/sys/class/net/lab0/bridge
planted mtu '^network lab: bridge lab0: the MTU is 1300, and was to be 1400$' \
	'ip link set lab0 mtu 1300' 'ip link set lab0 mtu 1400'
planted mac '^network lab: bridge lab0: the MAC address is 02:00:00:00:00:07, and was to be 52:54:00:aa:bb:99$' \
	'ip link set lab0 address 02:00:00:00:00:07' 'ip link set lab0 address 52:54:00:aa:bb:99'
planted stp '^network lab: bridge lab0: STP is off, and was to be on$' \
	'echo 0 >$bridge/stp_state' 'echo 1 >$bridge/stp_state'
planted forward-delay '^network lab: bridge lab0: the forward delay in seconds is 7, and was to be 4$' \
	'echo 700 >$bridge/forward_delay' 'echo 400 >$bridge/forward_delay'
planted ipv4 '^network lab: bridge lab0 has lost its address 10\.50\.0\.1/24$' \
	'ip addr del 10.50.0.1/24 dev lab0' \
	'ip addr add 10.50.0.1/24 brd + dev lab0; ip route replace 10.60.0.0/16 via 10.50.0.9 dev lab0'
planted ipv6 '^network lab: bridge lab0 has lost its address fd50::1/64$' \
	'ip addr del fd50::1/64 dev lab0' 'ip addr add fd50::1/64 dev lab0 nodad'
planted static-route '^network lab: the route to 10\.60\.0\.0/16 via 10\.50\.0\.9 is gone$' \
	'ip route del 10.60.0.0/16' 'ip route add 10.60.0.0/16 via 10.50.0.9 dev lab0'
planted start '^network lab: it is to start at boot, and does not run' \
	'vsh net-destroy lab' 'vsh net-start lab'

# ---- what the definition says now, and the network that runs does not ----

drifted bridge lab "s/'lab0'/'lab1'/"
drifted dev lab "s/dev='eth0'/dev='br0'/"
drifted nat-ports lab "s/start='20000'/start='21000'/"
drifted nat-ipv6 lab "s/ ipv6='yes'//"
drifted dhcp lab "s/10\.50\.0\.200/10.50.0.210/"
drifted lease lab "s/expiry='7200'/expiry='7300'/"
drifted host.NAME lab "s/web01/web02/"
drifted host lab "s/52:54:00:aa:bb:02/52:54:00:aa:bb:03/"
drifted domain lab "s/<domain name='lab.example'/<domain name='lab2.example'/"
drifted domain-local lab "s/ localOnly='yes'//"
drifted forwarder lab "s/10\.1\.1\.1/10.1.1.2/"
drifted dns-host lab "s/>files</>disks</"
drifted txt lab "s/some text/other text/"
drifted srv lab "s/389/390/"
drifted no-dns lab "/<dns>/,/<\/dns>/d; s/<bridge /<dns enable='no'\/>&/"
drifted isolate-guests lab "s/<port isolated='yes'/<port isolated='no'/"
drifted zone lab "s/ stp='on'/ zone='trusted'&/"
drifted forward lab "s/mode='nat'/mode='route'/; s/ ipv6='yes'//; /<nat>/,/<\/nat>/d"
drifted macvtap tap "s/'eth1'/'far1'/"
drifted macvtap-mode tap "s/'private'/'vepa'/"
drifted openvswitch ovs "/<vlan/,/<\/vlan>/d; /<virtualport/d"
drifted vlan ovs "s/'42'/'44'/"
drifted portgroup ovs "s/'43'/'45'/"

# ---- every key has its planted difference, or a reason to have none ----

reasons()
{
	cat <<-'WHY'
		title a word for people: changes nothing of how the network runs
		description a word for people: changes nothing of how the network runs
		uuid libvirt refuses to change it under a name
		autostart a network that runs and is not to start at boot is how somebody wants it
	WHY
}
while read -r key; do
	grep -q "^$key " <(reasons) || like "$keys" " $key " "$key has a planted difference"
done < <(awk '/^\.Ss \[/ { s = $2 } /^\.Sh EX/ { s = "" }
	(s == "[nat" || s == "[network") && /^\.It Cm/ { print $3 }' "$SUPPORT/../../man/kvmnet.conf.5" | sort -u)
story_end
