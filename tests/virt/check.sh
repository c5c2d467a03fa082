#!/usr/bin/env bash
# net check on a real host: it says nothing while all is well, and names each thing that is broken,
# one after another; and the examples of kvmnet-net(8) that change the host do what the page says.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
libvirt_host

# ---- the page's examples that begin with "# kvmnet" ----

page=$SUPPORT/../../man/kvmnet-net.8
ran=0
while IFS= read -r line; do
	# the page's own words, split as a shell does
	eval "run_is 0 'example: $line' ${line#'# kvmnet '}"
	ran=$((ran + 1))
	case $line in
	*--dry-run) is "$(vsh net-list --all --name | grep -c lab)" 0 'nothing was made' ;;
	*'net create'*) is "$(net_state lab)" 'yes yes yes' 'it was made' ;;
	*'net show'*) like "$out" '192\.168\.130\.1/24' 'it is shown' ;;
	*'net check'*) like "$out" '0 errors, 0 warnings' 'nothing is wrong' ;;
	*'host add'*) like "$(net_xml lab)" "name='web01' ip='192.168.130.11'" 'it has its lease' ;;
	*'host remove'*) unlike "$(net_xml lab)" 'web01' 'and not any more' ;;
	*'net delete'*) is "$(vsh net-list --all --name | grep -c lab)" 0 'it is gone' ;;
	*) verdict 1 "no word here for: $line" ;;
	esac
done < <(grep '^# kvmnet ' "$page")
is "$ran" "$(grep -c '^# kvmnet net' "$page")" 'all examples were run'
[ "$ran" -ge 7 ]
verdict $? 'and there are some'

# ---- a healthy host ----

run_is 0 'a bridge with a network over it' bridge create br0 --port eth0 --network lan --yes
run_is 0 'NAT' net create nat --nat --subnet 10.50.0.1/24 --ipv6 fd50::1/64
run_is 0 'routed' net create routed --route --subnet 10.51.0.1/24
run_is 0 'isolated' net create alone --isolated --subnet 10.52.0.1/24
run_is 0 'not to start at boot' net create idle --isolated --subnet 10.53.0.1/24 --no-start \
	--no-autostart

echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it

# well WHAT: nothing is wrong
well()
{
	run_is 0 "$1" net check
	is "$out" '5 networks looked at: 0 errors, 0 warnings' "$1: nothing to say"
	run_is 0 "$1: files, kernel and libvirt agree" check
	is "$out" "$(printf '%s\n' '1 bridge: files and kernel agree' '5 networks of libvirt: nothing wrong')" \
		"$1: in all"
}

# ill NUMBER PATTERN WHAT: so many findings, one of which says this
ill()
{
	run_is 1 "$3" net check
	is "$(grep -c '^[✗x!] ' <<<"$out")" "$1" "$3: so many findings" || diag "$out"
	like "$out" "$2" "$3: says what is wrong"
	like "$out" '^  fix: .' "$3: and what to do"
	run_is 1 "$3: check finds it, too" check
	like "$out" "$(sed -E 's/^\^(\[[^]]*\]|!) /^network /' <<<"$2")" "$3: in the same words"
}

# silent: nothing is wrong
# shellcheck disable=SC2317 # called by wait_for
silent()
{
	"$KVMNET" net check >/dev/null
}

well 'a healthy host'

# dead PID: it runs no more
# shellcheck disable=SC2317 # called by wait_for
dead()
{
	! kill -0 "$1" 2>/dev/null
}

# ---- one thing after another is broken ----

sysctl -qw net.ipv4.ip_forward=0
ill 2 '^[✗x] (nat|routed): the host does not forward IPv4' 'no forwarding'
sysctl -qw net.ipv4.ip_forward=1
well 'forwarding is on again'

sysctl -qw net.ipv6.conf.all.forwarding=0
ill 1 '^[✗x] nat: the host does not forward IPv6' 'no forwarding of IPv6'
sysctl -qw net.ipv6.conf.all.forwarding=1
well 'and that too'

for tool in iptables ip6tables; do
	"$tool" -F && "$tool" -X && "$tool" -t nat -F && "$tool" -t nat -X
done
ill 3 "^[✗x] nat: libvirt's firewall rules are gone" 'flushed firewall'
libvirt_stop -TERM
libvirt_start
wait_for 20 iptables -nL LIBVIRT_FWO
well 'libvirtd has put them back'

# flushed NUMBER NETWORK COMMAND: so many networks miss their rules, also that one; libvirtd mends it
flushed()
{
	eval "$3"
	ill "$1" "^[✗x] $2: libvirt's firewall rules are gone" "$3"
	libvirt_stop -TERM
	libvirt_start
	ok "$3: until libvirtd has put them back" wait_for 20 silent
}

# Flushed alone, the chains stay: empty, or nothing leads to them.
flushed 3 routed 'iptables -F'
flushed 1 nat 'ip6tables -F'
flushed 1 nat 'iptables -t nat -F'
# shellcheck disable=SC2016 # the function's own shell expands it
flushed 3 alone 'for c in I O X; do iptables -F LIBVIRT_FW$c; done'
# shellcheck disable=SC2016
flushed 3 alone 'for c in I O X; do iptables -D FORWARD -j LIBVIRT_FW$c; done'

dnsmasq=$(</run/libvirt/network/nat.pid)
kill -9 "$dnsmasq"
wait_for 10 dead "$dnsmasq"
ill 1 '^[✗x] nat: no dnsmasq runs for it' 'dnsmasq is killed'
run_is 0 'the others are well' net check routed
vsh net-destroy nat && vsh net-start nat
well 'started again'

nat=$(net_xml nat | sed -n "s/.*<bridge name='\([^']*\)'.*/\1/p")
ip addr del 10.50.0.1/24 dev "$nat"
ill 1 "^[✗x] nat: bridge $nat has lost its address 10.50.0.1/24" 'an address is gone'
ip addr add 10.50.0.1/24 brd + dev "$nat"
well 'and there again'

ip link del "$nat"
ill 1 "^[✗x] nat: bridge $nat is gone although the network runs" 'its bridge is deleted'
vsh net-destroy nat && vsh net-start nat
well 'made anew'

ip link set br0 name br9
ill 1 '^[✗x] lan: there is no bridge br0: guests do not start' "the host's bridge has another name"
ip link set br9 name br0
well 'and the old one again'

ip addr add 10.51.0.7/16 dev eth0
ill 1 '^[✗x] routed: subnet 10.51.0.0/24 overlaps 10.51.0.0/16' 'an address that collides'
ip addr del 10.51.0.7/16 dev eth0
well 'taken away'

printf 'DEVICE=br8\nTYPE=Bridge\nONBOOT=yes\nIPADDR=10.51.0.7\nPREFIX=16\n' >"$SCRIPTS/ifcfg-br8"
ill 1 '^[✗x] routed: subnet 10.51.0.0/24 overlaps 10.51.0.0/16, the address of br8 in its file' \
	'a file of a bridge that is down collides'
run_is 3 'and nobody gets that subnet' net create more --isolated --subnet 10.51.7.1/24
rm "$SCRIPTS/ifcfg-br8"
well 'the file is gone'

net_xml alone | sed "s/10\.52\.0\.254/10.52.0.99/" >"$WORK/alone.xml"
ok 'the definition alone is changed' vsh net-define "$WORK/alone.xml"
ill 1 '^! alone: it does not run as it is defined' 'a change that has not taken effect'
vsh net-destroy alone && vsh net-start alone
well 'until it is started anew'

vsh net-destroy routed
ill 1 '^! routed: it is to start at boot, and does not run' 'stopped by hand'
vsh net-start routed
well 'and started'

story_end
