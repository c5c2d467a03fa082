#!/usr/bin/env bash
# What the running host shows to be wrong in a file is told like the file's own faults: all of it in
# one run, each at its key, and nothing that only follows from another fault; nothing is changed.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
cat >"$WORK/late.conf" <<'INI'
[bridge br1]
ports = eth7 eth8
[bridge br2]
ports = eth9
ipv4 = 10.2.0.1/24
gateway = 10.9.0.1
[bond bond0]
ports = eth11 eth12
[vlan vlan5]
link = eth77
id = 5
[vlan vlan6]
link = br1
id = 6
INI
{ cat "$WORK/late.conf" && printf '[bridge br3]\nmtu = many\n[vlan vlan8]\nlink = br3\nid = 8\n'; } \
	>"$WORK/both.conf"
{ cat "$WORK/late.conf" && printf '[nat o]\nipv4 = 10.5.0.1/24\n[network p]\nforward = bridge\nbridge = br1\n'; } \
	>"$WORK/nets.conf"
files=$(file_state)
kernel=$(kernel_state eth0)

# told FILE WANT...: the error output names exactly these places of FILE
told()
{
	local file=$1 got
	shift
	got=$(grep -oE "^[^ ]*/$file:[0-9]+:[0-9]+" <<<"$err" | sed 's/.*conf://' | tr '\n' ' ')
	is "$got" "$* " "$file: every fault is told at its place"
}

run_is 2 'a file that names what is not there is refused' apply "$WORK/late.conf"
told late.conf 2:9 2:14 4:9 6:11 8:9 8:15 10:8
like "$err" "2 . ports = eth7 eth8" 'with the line'
like "$err" 'route = GATEWAY/32' 'in the words of the file'
like "$err" 'kvmnet: 7 errors; nothing was changed' 'and counted'

run_is 2 'a fault of the file alone' apply "$WORK/both.conf" --dry-run
told both.conf 2:9 2:14 4:9 6:11 8:9 8:15 10:8 16:7

run_is 2 'no libvirt' apply "$WORK/nets.conf"
told nets.conf 2:9 2:14 4:9 6:11 8:9 8:15 10:8
like "$err" 'kvmnet: error: .*libvirt' 'is one more fault, and hides none'

is "$(file_state)" "$files" 'no file was changed'
is "$(kernel_state eth0)" "$kernel" 'nor the kernel'
story_end
