# A fleet in a sandbox: hosts with a network, /etc and /var/lib of their own on one LAN, and Ansible that
# reaches them without a network of its own. Sourced after netns.sh by tests/e2e/*.sh (bash).
# shellcheck shell=bash

fleet_top=${KVMNET_SOURCE_DIR:-$(cd "$SUPPORT/../.." && pwd)}
fleet_hosts=()

# lan COMMAND...: in the switch's network, where the gateway is 192.168.12.1
lan()
{
	nsenter --net=/run/netns/lan "$@"
}

# What a host is asked for in its own namespaces, which takes a shell of its own.
fleet_functions=(host_state kernel_state routes master links file_bytes settled)

# on N COMMAND...: on host N; the command may be one of the functions above
on()
{
	local n=$1
	shift
	if [ "$(type -t "$1")" = function ]; then
		nsenter -t "${fleet_hosts[$n]}" -n -m bash -c \
			"SCRIPTS=$SCRIPTS; $(declare -f "${fleet_functions[@]}"); $(printf '%q ' "$@")"
	else
		nsenter -t "${fleet_hosts[$n]}" -n -m "$@"
	fi
}

# keeper N: the process whose namespaces are host N; tells when they are ready, and stays
keeper()
{
	mount --make-rprivate / &&
		mount --bind "$WORK/h$1/etc" /etc &&
		mount -t tmpfs -o mode=755 tmpfs /var/lib &&
		mount -t sysfs sysfs /sys &&
		ip link set lo up &&
		echo $$ >"$WORK/h$1/pid" &&
		exec sleep infinity
}

# host_link N: its cable into the switch, its address, its files
host_link()
{
	local mac=52:54:00:12:00:0$1 address=192.168.12.10$1
	ip link add "h$1" netns lan type veth peer name eth0 address "$mac" \
		netns "${fleet_hosts[$1]}" &&
		lan ip link set "h$1" master switch up &&
		recipe_ifcfg | sed "s/192.168.12.118/$address/; s/44:37:E6:4A:62:AD/$mac/" |
			on "$1" tee "$SCRIPTS/ifcfg-eth0" >/dev/null &&
		on "$1" ip link set eth0 up &&
		on "$1" ip addr add "$address/24" brd + dev eth0 &&
		on "$1" ip route add default via 192.168.12.1 dev eth0
}

# host_python N: the interpreter by which Ansible gets onto host N, and its kvmnet
host_python()
{
	local dir=$WORK/h$1
	mkdir -p "$dir/bin" &&
		cat >"$dir/python" <<PYTHON &&
#!/bin/sh
exec nsenter -t ${fleet_hosts[$1]} -n -m env PATH="$dir/bin:\$PATH" ${fleet_python} "\$@"
PYTHON
		cat >"$dir/bin/kvmnet" <<KVMNET &&
#!/usr/bin/env bash
# With a file "cut", the cable is pulled as soon as eth0 is a port; slowed down, so that it is out
# long before the result is looked at.
case " \$* " in *' apply '*) ;; *) exec "$KVMNET" "\$@" ;; esac
[ -e "$dir/cut" ] || exec "$KVMNET" "\$@"
(
	exec {events}< <(exec ip monitor link) >/dev/null 2>&1
	until [ -e /sys/class/net/eth0/master ]; do read -r -t 0.1 -u "\$events"; done
	nsenter --net=/run/netns/lan ip link set h$1 down
) &
exec strace -f -o "$dir/trace" -e trace=sendmsg -e inject=sendmsg:delay_enter=100000 "$KVMNET" "\$@"
KVMNET
		chmod 755 "$dir/python" "$dir/bin/kvmnet"
}

# fleet_host N
fleet_host()
{
	mkdir -p "$WORK/h$1" && cp -a /etc "$WORK/h$1/etc" || return 1
	unshare -n -m bash -c "$(declare -f keeper); WORK=$WORK; keeper $1" &
	fleet_hosts[$1]=$!
	wait_for 20 test -s "$WORK/h$1/pid" && host_link "$1" && host_python "$1"
}

# fleet_make N: hosts 1 to N behind one switch, as Ansible's h1 to hN
fleet_make()
{
	local n
	fleet_python=$(command -v /usr/bin/python3 || command -v python3)
	if ! scripts_reader '' ||
		! printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf ||
		! ip netns add lan || ! lan ip link add switch type bridge ||
		! lan ip link set switch up || ! lan ip addr add 192.168.12.1/24 dev switch; then
		echo 'Bail out! the LAN cannot be set up'
		exit 1
	fi
	for ((n = 1; n <= $1; n++)); do
		if ! fleet_host "$n"; then
			echo "Bail out! host $n cannot be set up"
			exit 1
		fi
	done
	fleet_ansible "$1"
}

# fleet_ansible N: nothing of the machine's own Ansible, and its files out of the way
fleet_ansible()
{
	local n
	mkdir -p "$WORK/collections/ansible_collections/kvmnet" &&
		ln -s "$fleet_top/examples/ansible" "$WORK/collections/ansible_collections/kvmnet/kvmnet"
	{
		echo '[kvm_hosts]'
		for ((n = 1; n <= $1; n++)); do
			echo "h$n ansible_python_interpreter=$WORK/h$n/python"
		done
		printf '%s\n' '[all:vars]' ansible_connection=local ansible_become=false
	} >"$WORK/hosts.ini"
	: >"$WORK/ansible.cfg"
	export HOME=$WORK ANSIBLE_CONFIG=$WORK/ansible.cfg ANSIBLE_FORKS=8 ANSIBLE_PIPELINING=true \
		ANSIBLE_COLLECTIONS_PATH=$WORK/collections ANSIBLE_INVENTORY=$WORK/hosts.ini \
		ANSIBLE_LOCAL_TEMP=$WORK/tmp ANSIBLE_REMOTE_TMP=$WORK/tmp ANSIBLE_NOCOLOR=1 \
		ANSIBLE_RETRY_FILES_ENABLED=false PYTHONDONTWRITEBYTECODE=1
}

# ---- Ansible ----

# ansible_is STATUS NAME COMMAND...: leaves $out
ansible_is()
{
	local wanted=$1 name=$2
	shift 2
	"$@" >"$WORK/out" 2>&1 </dev/null
	status=$?
	out=$(<"$WORK/out")
	is "$status" "$wanted" "$name"
	[ "$status" = "$wanted" ] || diag "$(tail -n 30 <<<"$out")"
}

# play STATUS NAME BOOK WORD...
play()
{
	local wanted=$1 name=$2
	shift 2
	ansible_is "$wanted" "$name" ansible-playbook "$@"
}

# adhoc STATUS NAME HOSTS ARGUMENTS: the module alone
adhoc()
{
	ansible_is "$1" "$2" ansible "$3" -o -m kvmnet.kvmnet.kvmnet -a "$4"
}

# recap WORD...: of how many hosts the last lines have all these counts
recap()
{
	local lines word
	lines=$(grep -E '^h[0-9]+ +: ok=' <<<"$out")
	for word; do
		lines=$(grep -E " $word( |$)" <<<"$lines")
	done
	grep -c . <<<"$lines"
}

# ---- the fleet's state ----

# fleet_reaches N...: these hosts reach the gateway
fleet_reaches()
{
	local n
	for n; do
		on "$n" ping -n -q -c 1 -W 1 192.168.12.1 || return 1
	done
}

# fleet_settled: no address is still being looked at
fleet_settled()
{
	local n
	for n in "${!fleet_hosts[@]}"; do
		on "$n" settled eth0 || return 1
	done
}

host_state()
{
	kernel_state eth0
	links
	file_bytes
}

# fleet_state_of N...
fleet_state_of()
{
	local n
	for n; do
		on "$n" host_state
	done
}

fleet_state()
{
	fleet_state_of "${!fleet_hosts[@]}"
}

# fleet_pending: journals that nobody finished
fleet_pending()
{
	local n
	for n in "${!fleet_hosts[@]}"; do
		on "$n" find /var/lib/kvmnet -name journal -o -name guard 2>/dev/null
	done
}

# fleet_bridges: on how many hosts eth0 is br0's port
fleet_bridges()
{
	local n
	for n in "${!fleet_hosts[@]}"; do
		on "$n" master eth0
	done | grep -c '^br0$'
}
