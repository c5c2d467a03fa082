#!/usr/bin/env bash
# A file that cannot be read, or not be understood, is no file that is not there: every command that
# looks says so, none calls the host in order, and what would be lost is not exported.
# ctest: timeout=120
# shellcheck disable=SC2016 # shell code for files stands in single quotes
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

shell='IPADDR=$(hostname -i)'
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# as_nobody WORD...: kvmnet as an ordinary user; leaves $out, $err, $status
as_nobody()
{
	"${nobody[@]}" "$WORK/kvmnet" "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	status=$?
	out=$(<"$WORK/out")
	err=$(<"$WORK/err")
}

# breaks FILE: the line is added that only a shell understands
breaks()
{
	cp "$SCRIPTS/$1" "$WORK/kept"
	echo "$shell" >>"$SCRIPTS/$1"
}

# mended FILE
mended()
{
	cat "$WORK/kept" >"$SCRIPTS/$1"
	run_is 0 "check: files and kernel agree again ($1)" check
}

# no_agreement NAME REGEX: the last check found no agreement, and says which file was not read
no_agreement()
{
	is "$status" 1 "$1: check exits with 1"
	like "$out" "$2" "$1: and says which file it could not read"
	unlike "$out" 'files and kernel agree$|not in the file|in the kernel only' "$1: and nothing untrue"
}

host_static
echo 'nameserver 114.114.114.114' >>/etc/resolv.conf # as the file has it
for dev in eth1 eth2; do
	ip link add "$dev" type veth peer name "far$dev"
	ip link set "$dev" up
	ip link set "far$dev" up
	printf 'DEVICE=%s\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\n' "$dev" >"$SCRIPTS/ifcfg-$dev"
done
run_is 0 'a bridge with two cables' bridge create br0 --port eth0 --port eth1 --stp on --no-wait
run_is 0 'and another one' bridge create br1 --port eth2 --no-ip
run_is 0 'files and kernel agree' check
run_is 0 'export' export
like "$out" '^ports += eth0 eth1$' 'has both ports'

# ---- the file of a port ----

breaks ifcfg-eth1
run check
no_agreement 'a port' 'ifcfg-eth1:[0-9]+: not read: IPADDR'
like "$out" '2 bridges: whether files and kernel agree cannot be told$' 'it cannot be told'
run_is 1 'nor with --quiet' --quiet check
run_is 1 'nor in JSON' check --json
like "$(tr -d ' \n' <<<"$out")" '"unread":\[\{"code":"host-file",.*"file":"[^"]*/ifcfg-eth1","line":[0-9]+' \
	'which has the file, the line and the reason'
run_is 3 'it is not exported' export
is "$out" '' 'nothing is printed that could be applied'
like "$err" 'ifcfg-eth1:[0-9]+:[0-9]+: error: the host cannot be exported: IPADDR' 'it is told why'
run_is 3 'nor as JSON' export --json
unlike "$out" '"text"' 'which has no text then'
run_is 0 'what runs does not depend on files' export --no-persist
like "$out" '^ports += eth0 eth1$' 'and has both ports'
run_is 0 'show' show
like "$out" 'eth1 .* ifcfg-eth1 \(not read\)$' 'marks the port'
like "$out" '^! .*/ifcfg-eth1:[0-9]+: not read: IPADDR' 'and gives the reason'
run show --json
like "$(tr -d ' \n' <<<"$out")" '"name":"eth1",.*"file_read":false,.*"unread":\[\{' 'in JSON, too'
run_is 0 'bridge list' bridge list
like "$out" '^! .*/ifcfg-eth1:[0-9]+: not read: IPADDR' 'names the file'
run bridge list --json
like "$(tr -d ' \n' <<<"$out")" '"unread":\[\{' 'in JSON, too'
run bridge show br0
like "$out" '^whether file and kernel agree cannot be told$' 'bridge show does not know'
mended ifcfg-eth1

# ---- the file of a bridge, an alias, what is no file ----

breaks ifcfg-br1
run check
no_agreement 'a bridge' 'ifcfg-br1:[0-9]+: not read: IPADDR'
run bridge list
like "$out" '^br1 .* ifcfg-br1 \(not read\)$' 'its file is there, and not read'
run bridge show br1
like "$out" '^  file +ifcfg-br1 \(not read\)$' 'bridge show says so'
unlike "$out" 'in the kernel, not in the file|gone after a reboot' 'and nothing untrue'
run_is 3 'no export' export
mended ifcfg-br1
echo "$shell" >"$SCRIPTS/ifcfg-br0:1"
run check
no_agreement 'an alias' 'ifcfg-br0:1:1: not read: IPADDR'
run_is 3 'no export' export
rm "$SCRIPTS/ifcfg-br0:1"
mkfifo "$SCRIPTS/ifcfg-eth7"
run check
no_agreement 'a FIFO' 'ifcfg-eth7: not read: it is '
run_is 3 'no export' export
rm "$SCRIPTS/ifcfg-eth7"
ln -s nowhere "$SCRIPTS/ifcfg-eth7"
run_is 0 'a link to nothing is no file' check
rm "$SCRIPTS/ifcfg-eth7"

# ---- the right to read ----

if "${nobody[@]}" true 2>/dev/null; then
	cp "$KVMNET" "$WORK/kvmnet"
	chmod 755 "$WORK" "$WORK/kvmnet"
	as_nobody check
	is "$status" 0 'an ordinary user may check'
	chmod 600 "$SCRIPTS/ifcfg-eth1"
	as_nobody check
	no_agreement 'a file of root' 'ifcfg-eth1: not read: Permission denied$'
	as_nobody export
	is "$status" 8 'export lacks the right'
	is "$out" '' 'and prints nothing'
	as_nobody bridge show br0
	is "$status" 0 'what can be seen is shown'
	chmod 600 "$SCRIPTS/ifcfg-br0"
	as_nobody bridge show br0
	like "$out" '^  file +ifcfg-br0 \(not read\)$' 'also of a bridge whose file is root'"'"'s'
fi
story_end
