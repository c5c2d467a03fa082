#!/usr/bin/env bash
# export on a host with a real libvirtd: its networks are sections that, applied, change nothing there,
# and make the same networks again where they are missing; what no key can say is named and kept.
# ctest: once timeout=180
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
libvirt_host

# define: a network of the user's own
define()
{
	vsh net-define /dev/stdin >/dev/null
}

# libvirt's own, as every host has it: spanning tree on, no delay
define <<'XML'
<network>
  <name>default</name>
  <forward mode='nat'/>
  <bridge name='virbr0'/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
XML
define <<'XML'
<network>
  <name>lab</name>
  <title>a network of the lab</title>
  <forward mode='route' dev='eth0'/>
  <bridge name='lab0' stp='on' delay='2'/>
  <mtu size='1400'/>
  <domain name='lab.example' localOnly='yes'/>
  <dns>
    <forwarder domain='a.example' addr='10.1.1.1'/>
    <txt name='note' value='some text'/>
    <host ip='10.50.0.9'><hostname>files</hostname></host>
  </dns>
  <ip address='10.50.0.1' netmask='255.255.255.0'>
    <dhcp>
      <range start='10.50.0.100' end='10.50.0.200'><lease expiry='7200' unit='seconds'/></range>
      <host mac='52:54:00:aa:bb:01' name='web01' ip='10.50.0.11'/>
      <host mac='52:54:00:aa:bb:02' ip='10.50.0.12'/>
    </dhcp>
  </ip>
  <ip family='ipv6' address='fd50::1' prefix='64'/>
  <route address='10.60.0.0' prefix='16' gateway='10.50.0.9'/>
</network>
XML
define <<'XML'
<network>
  <name>quiet</name>
  <bridge name='virbr-quiet' stp='off' delay='0'/>
  <bandwidth><inbound average='1000'/></bandwidth>
  <ip address='10.51.0.1' prefix='24'/>
</network>
XML
run_is 0 'one of ours that does not run' net create idle --isolated --subnet 10.52.0.1/24 --no-start \
	--no-autostart
run_is 0 'a bridge with a network over it' bridge create br0 --port eth0 --network lan --yes
for net in default lab; do
	ok "$net runs, and will" vsh net-start "$net"
	ok "$net starts at boot" vsh net-autostart "$net"
done
virsh -q -c "$URI" net-create /dev/stdin >/dev/null \
	<<<'<network><name>passing</name><bridge name="virbr-pass" stp="off" delay="0"/></network>'

# everything: files, kernel, networks
everything()
{
	file_bytes
	kernel_state br0
	net_everything
}

before=$(everything)
run_is 0 'the host is exported' export
cp "$WORK/out" "$WORK/host.conf"
like "$out" '^\[nat default\]' "with libvirt's own network"
is "$(sed -n '/^\[nat default\]/,/^$/p' "$WORK/out" | grep -cE '^(stp += on|forward-delay += 0)$')" 2 \
	'with its spanning tree without a delay'
like "$out" '^\[network lab\]' 'with a routed one'
like "$out" '^\[network lan\]' 'and one over a bridge'
is "$(sed -n '/^\[network idle\]/,$p' "$WORK/out" | grep -cE '^(autostart|start) += off')" 2 \
	'one that does not run'
like "$out" '^# no key can say its bandwidth$' 'what no key can say is named'
like "$out" '^# it has no definition that stays$' 'as is one that is gone after its end'
unlike "$out" '^\[bridge virbr' "libvirt's own bridges are nobody's bridges"
unlike "$out" '^#   (virbr|lab0)' 'nor any that is left out'
run_is 0 'applied again' apply "$WORK/host.conf" --exit-code
like "$out" 'nothing to do' 'it changes nothing'
is "$(everything)" "$before" 'in files, kernel and libvirt'

# Made anew from its section, a network is what it was: identity and MAC too.
was=$(net_xml lab)
ok 'a network is lost' vsh net-destroy lab
ok 'with its definition' vsh net-undefine lab
run_is 0 'the file brings it back' apply "$WORK/host.conf"
is "$(net_state lab)" 'yes yes yes' 'running'
is "$(net_xml lab | grep -vE 'kvmnet|metadata')" "$was" 'as it was'

# Without its daemon, from its files.
"$KVMNET" export >"$WORK/running.conf"
libvirt_stop
run_is 0 'without libvirtd' export
is "$(grep -v '^start ' "$WORK/out")" "$(grep -v -e '^start ' -e '^# network passing' -e '^# it has no def' "$WORK/running.conf" | cat -s)" \
	'the same is read from the files'
libvirt_start
run_is 0 'and applied when it runs again' apply "$WORK/host.conf" --exit-code
story_end
