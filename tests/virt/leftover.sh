#!/usr/bin/env bash
# libvirtd is killed in the middle of starting or stopping a network: bridge and dnsmasq stay, and
# the next daemon neither knows them nor can start the network over them. They go with the next
# change that starts the network, if they are certainly nobody's.
# ctest: once timeout=300
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"
# shellcheck source=tests/support/libvirt.sh
. "$SUPPORT/libvirt.sh"
libvirt_or_skip dnsmasq
host_static
libvirt_files

# ---- a daemon that dies at a given step ----

# stand_in PROGRAM: standard input is what libvirtd runs as PROGRAM once it is put_in. The real one
# keeps its name, by which it knows what it is to do, and is known.
stand_in()
{
	mkdir -p "$WORK/real"
	cp "$(readlink -f "$(command -v "$1")")" "$WORK/real/$1"
	cat >"$WORK/stand-in-$1"
	chmod 755 "$WORK/stand-in-$1"
}

# put_in PROGRAM, take_out PROGRAM
put_in()
{
	mount --bind "$WORK/stand-in-$1" "$(readlink -f "$(command -v "$1")")"
}
take_out()
{
	umount "$(readlink -f "$(command -v "$1")")"
}

# They kill it where the file /run/die says so.

stand_in iptables <<-END
	#!/bin/bash
	case \$(cat /run/die 2>/dev/null) in
	bridge) [ ! -e /sys/class/net/virbr0 ] || { rm /run/die && kill -9 \$PPID; } ;;
	new) [ ! -e /sys/class/net/virbr1 ] || { rm /run/die && kill -9 \$PPID; } ;;
	stop) case " \$* " in *' --delete '* | *' -D '*) rm /run/die && kill -9 \$PPID ;; esac ;;
	esac
	exec -a iptables $WORK/real/iptables "\$@"
END
stand_in dnsmasq <<-END
	#!/bin/bash
	if [ "\$(cat /run/die 2>/dev/null)" = dnsmasq ] && [[ \$* = *--conf-file=* ]]; then
		$WORK/real/dnsmasq "\$@" && rm /run/die && kill -9 \$PPID
		exit
	fi
	exec $WORK/real/dnsmasq "\$@"
END

# dies WHERE NAME COMMAND...: the daemon dies there while COMMAND runs, and is started again
dies()
{
	local where=$1 name=$2 program=iptables
	shift 2
	[ "$where" != dnsmasq ] || program=dnsmasq
	echo "$where" >/run/die
	# only now: libvirt knows a dnsmasq by its program's path
	put_in "$program"
	"$@" >"$WORK/died" 2>&1
	[ ! -e /run/die ]
	verdict $? "$name: the daemon dies" || diag "$(<"$WORK/died")"
	rm -f /run/die
	kill -9 "$libvirtd" 2>/dev/null
	wait "$libvirtd" 2>/dev/null
	rm -f /run/libvirtd.pid
	take_out "$program"
	libvirt_start
}

# servers: how many dnsmasq serve the network lab (each is two processes, one of them the parent)
servers()
{
	local pid n=0
	for pid in /proc/[0-9]*; do
		if tr '\0' ' ' <"$pid/cmdline" 2>/dev/null | grep -q 'dnsmasq/lab\.conf' &&
			! tr '\0' ' ' <"/proc/$(awk '{ print $4 }' "$pid/stat" 2>/dev/null)/cmdline" \
				2>/dev/null | grep -q 'dnsmasq/lab\.conf'; then
			n=$((n + 1))
		fi
	done
	echo "$n"
}

# runs NAME: lab is as it was made, and serves its guests
runs()
{
	is "$(net_everything)" "$before" "$1: the network is as it was, and runs"
	like "$(ip -br address show virbr0)" '192\.168\.130\.1/24' "$1: its bridge has its address"
	is "$(servers)" 1 "$1: one dnsmasq serves it"
}

libvirt_start
lab=(net create lab --nat --subnet 192.168.130.1/24)
run_is 0 'a network' "${lab[@]}"
before=$(net_everything)
runs 'at first'

# ---- in the middle of a change ----

for where in bridge dnsmasq stop; do
	dies "$where" "a change, at: $where" "$KVMNET" "${lab[@]}" --mtu 1400
	[ -e /sys/class/net/virbr0 ]
	verdict $? "at $where: its bridge is left over"
	is "$(net_state lab | cut -d ' ' -f 1)" no "at $where: libvirt does not know it"
	run_is 0 "at $where: recover" recover
	runs "recovered, at $where"
done

dies new 'a new network' "$KVMNET" net create more --nat --subnet 192.168.140.1/24
run_is 0 'a new network: recover' recover
[ ! -e /sys/class/net/virbr1 ]
verdict $? 'a new network: no bridge of it is left'
is "$(net_everything)" "$before" 'a new network: nor anything else'

# ---- in the middle of somebody else's ----

vsh net-destroy lab
dies dnsmasq 'virsh net-start' virsh -q -c "$URI" net-start lab
run net check
is "$(grep -c '^[✗x!] ' <<<"$out")" 1 'net check has one finding'
like "$out" '^[✗x] lab: it does not run, and cannot start: its bridge virbr0 is left over' 'and it says why'
like "$out" '^  fix: kill [0-9]+; ip link del virbr0$' 'and what to type'
fix=$(sed -n 's/^  fix: //p' <<<"$out")
run_is 0 'a dry run' "${lab[@]}" --dry-run
like "$out" 'end the dnsmasq of network lab, left over by a libvirtd that died' 'it tells of the dnsmasq'
like "$out" 'delete bridge virbr0, left over by a libvirtd that died' 'and of the bridge'
[ -e /sys/class/net/virbr0 ]
verdict $? 'and does nothing'
run_is 0 'net create' "${lab[@]}"
runs 'net create'
run_is 0 'net check finds nothing any more' net check
run_is 0 'nothing is left to do' "${lab[@]}"
like "$out" '^nothing to do' 'and it says so'

vsh net-destroy lab
dies dnsmasq 'virsh net-start once more' virsh -q -c "$URI" net-start lab
run net check
fix=$(sed -n 's/^  fix: //p' <<<"$out")
ok "what net check says can be typed" bash -ec "$fix"
ok 'and virsh starts it then' wait_for 10 virsh -q -c "$URI" net-start lab
runs 'by hand'

# ---- what may be somebody's is kept ----

vsh net-destroy lab
dies bridge 'virsh net-start, a third time' virsh -q -c "$URI" net-start lab
mac=$(cat /sys/class/net/virbr0/address)

# kept PATTERN NAME: the network cannot start, the bridge stays, and both commands say why
kept()
{
	run_is 3 "$2: refused" "${lab[@]}"
	like "$err" "virbr0 already, and it is kept, because $1" "$2: says why"
	like "$err" 'ip link del virbr0' "$2: and what to type"
	run net check
	like "$out" "^[✗x] lab: it does not run, and cannot start: there is a link virbr0, and $1" \
		"$2: net check says so too"
	[ -e /sys/class/net/virbr0 ]
	verdict $? "$2: it is kept"
}

ip link add tap9 type veth peer name peer9
ip link set tap9 master virbr0
kept 'tap9 is on it' 'a port'
ip link del tap9
ip link add link virbr0 name over9 type macvlan
kept 'over9 is on it' 'a link over it'
ip link del over9
ip address add 10.99.0.1/24 dev virbr0
kept 'it has the address 10\.99\.0\.1/24' 'an address'
ip address del 10.99.0.1/24 dev virbr0
ip link set virbr0 address 52:54:00:00:00:99
kept 'its MAC address 52:54:00:00:00:99 is not' 'another MAC address'
ip link set virbr0 address "$mac"
printf 'DEVICE=virbr0\nTYPE=Bridge\nONBOOT=yes\n' >"$SCRIPTS/ifcfg-virbr0"
kept "the host's files configure it" 'a file'
rm "$SCRIPTS/ifcfg-virbr0"

run_is 0 'removing the network' net delete lab
[ ! -e /sys/class/net/virbr0 ]
verdict $? 'takes the left-over along'
run_is 0 'rollback of that' rollback --yes
is "$(net_state lab)" 'no yes yes' 'the definition is there again'
run_is 0 'and starts' "${lab[@]}"
runs 'in the end'

story_end
