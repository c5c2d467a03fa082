#!/usr/bin/env bash
# Firewall rules that name the uplink stop matching when its traffic comes by the bridge: the plan
# names them, with their place, and says nothing where there are none.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

if ! command -v iptables-save >/dev/null || ! iptables-save >/dev/null 2>&1; then
	echo 'skipped: iptables is missing or not allowed'
	exit 77
fi
host_static
run_is 0 'a dry run without rules' bridge create br0 --port eth0 --dry-run
unlike "$out" 'firewall rule' 'says nothing of rules'
iptables -A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -i eth01 -j DROP
iptables -t nat -A POSTROUTING -s 10.0.0.0/8 -o eth0 -j MASQUERADE
ip6tables -A INPUT ! -i eth0 -j DROP
run_is 0 'a dry run with rules' bridge create br0 --port eth0 --dry-run
like "$out" 'firewall rule names eth0: .*filter.*(INPUT|input).*22' 'a rule is named'
like "$out" 'firewall rule names eth0: .*nat.*(MASQUERADE|masquerade)' 'in other tables, too'
like "$out" '3 firewall rules name eth0 and will not match' 'they are counted, and no other'
run_is 0 'created all the same' bridge create br0 --port eth0
run_is 0 'a second time' bridge create br0 --port eth0 --dry-run
unlike "$out" 'firewall rule' 'there is nothing to warn of where nothing moves'
iptables -A INPUT -i br0 -j ACCEPT
run_is 0 'the way back' bridge delete br0 --dry-run
like "$out" '1 firewall rule names br0 and will not match' 'meets the rules of the bridge'
story_end
