#!/usr/bin/env bash
# Multicast groups that programs joined on the uplink: the bridge joins them, too, it is said before,
# nothing of it is taken for an address, and nothing is left when the bridge goes.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

# groups DEV: what was joined in the form of an address
groups()
{
	ip -o addr show dev "$1" | awk '/autojoin/ { print $4 }' | sort | xargs
}

host_static
# The kernel's own way to be in a group without a program.
ip addr add 239.1.2.3/32 dev eth0 autojoin
ip addr add ff05::4711/128 dev eth0 autojoin
run_is 0 'a dry run' bridge create br0 --port eth0 --dry-run
like "$out" 'join multicast group 239.1.2.3 on br0' 'the step is shown'
like "$out" 'joined multicast groups on eth0 \(239.1.2.3, ff05::4711\): br0 joins' 'and why'
run_is 0 'created' bridge create br0 --port eth0
is "$(groups br0)" '239.1.2.3/32 ff05::4711/128' 'the bridge has joined'
unlike "$(cat "$SCRIPTS/ifcfg-br0")" '239|ff05' 'the files do not know it'
run_is 0 'a second time' bridge create br0 --port eth0 --exit-code
like "$out" 'nothing to do' 'there is nothing to do'
run_is 0 'shown' bridge show br0
unlike "$out" '239\.1\.2\.3' 'no group among the addresses'
run_is 0 'and back' bridge delete br0
is "$(groups eth0)" '239.1.2.3/32' 'what was joined on the uplink is as before (IPv6 was off there)'
is "$(addresses eth0 -4 | sort | xargs)" '192.168.12.118/24 239.1.2.3/32' 'nothing is added'
story_end
