#!/usr/bin/env bash
# Eight hosts on one LAN and one file for all of them, by Ansible: looked at, applied, confirmed by a
# second task; one host loses its link in the middle and takes its change back, the others keep theirs.
# ctest: once timeout=600
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/fleet.sh
. "$SUPPORT/fleet.sh"

books=$fleet_top/examples/ansible/playbooks
fleet_make 8
ok 'every host reaches the gateway' wait_for 20 fleet_reaches 1 2 3 4 5 6 7 8

ok 'and has settled' wait_for 20 fleet_settled

# ---- looked at ----

before=$(fleet_state)
is "$(grep -c '192\.168\.12\.10[1-8]/24' <<<"$before")" 8 'every host has its address'
play 0 'check mode' "$books/fleet.yml" --check --diff
is "$(recap changed=1 failed=0)" 8 'every host would change'
is "$(recap skipped=2)" 8 'and has nothing to confirm, and no bridge to show'
is "$(fleet_state)" "$before" 'nothing was changed on any'
like "$out" '^\+BRIDGE=br0' 'the diff of the files is shown'
like "$out" 'attach eth0 to br0' 'and what would be done in the kernel'

# ---- applied; one host loses its link ----

fifth=$(fleet_state_of 5)
touch "$WORK/h5/cut"
play 2 'a host loses its link' "$books/fleet.yml"
is "$(recap changed=2 failed=0)" 7 'the other seven change, and a second task confirms that'
like "$out" '^h5 .* failed=1' 'the host is named'
like "$out" '^fatal: \[h5\].*(carrier|does not answer).*put back' '... with the reason and what is now'
rm "$WORK/h5/cut"
ok 'its cable is back' lan ip link set h5 up
ok 'all eight reach the gateway' wait_for 20 fleet_reaches 1 2 3 4 5 6 7 8
ok 'it settles' wait_for 20 on 5 settled eth0
is "$(fleet_state_of 5)" "$fifth" 'it is as before, files and kernel'
is "$(fleet_pending)" '' 'nothing is left to be confirmed anywhere'
is "$(fleet_bridges)" 7 'seven have the bridge'

# ---- again ----

others=$(fleet_state_of 1 2 3 4 6 7 8)
play 0 'again' "$books/fleet.yml"
is "$(recap changed=0 failed=0 skipped=1)" 7 'seven find nothing to do'
is "$(fleet_state_of 1 2 3 4 6 7 8)" "$others" 'and touch nothing'
like "$out" '^h5 .* changed=2 .* failed=0' 'the eighth follows'
like "$out" '"msg": "br0: eth0, 192\.168\.12\.105/24' 'facts tell what it is now'
is "$(fleet_bridges)" 8 'all have the bridge'
state=$(fleet_state)

# ---- a bad file ----

printf '[bridge br0]\nprts = eth0\n\n[bridge br1]\nports = eth0\nipv4 = 10.1.0.1/40\n' \
	>"$WORK/bad.conf"
adhoc 2 'a bad file' all "src=$WORK/bad.conf"
is "$(grep -c '"changed": false' <<<"$out")" 8 'is refused everywhere'
like "$out" 'bad\.conf:2:1: .*hint: did you mean ports\?' '... with file, line, column and hint'
like "$out" 'bad\.conf:6:8: ' '... all faults at once'
unlike "$out" 'ansible-tmp.*bad\.conf:' '... in the name of the file that was given'
is "$(fleet_state)" "$state" 'nothing was changed on any'

# ---- drift ----

on 3 ip link set br0 type bridge stp_state 1
adhoc 2 'a host that was changed by hand' h3,h4 "src=$books/files/fleet.conf state=checked"
like "$out" '^h4 \| SUCCESS .*"differences": \[\]' 'the other one is what the file says'
like "$out" '^h3 \| FAILED' '... this one is not'
adhoc 2 'without a file' h3 state=checked
like "$out" 'br0: stp: file off, kernel on' 'files and kernel are compared'

# ---- what users get wrong ----

play 0 'mistakes are told' "$fleet_top/tests/e2e/mistakes.yml" -l h1
is "$(fleet_pending)" '' 'nothing is left to be confirmed'
story_end
