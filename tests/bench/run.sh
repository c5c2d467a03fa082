#!/usr/bin/env bash
# Costs of kvmnet as ratios within one run: start-up, a live takeover against ip -batch, many links,
# fsync, many ifcfg files, memory. Prints a markdown table. Usage: run.sh [ROUNDS]   (default 31)
# Wants an optimised build: KVMNET and KVMNET_BUILD_DIR name it (default build/bench, made here).
# ctest: full
# ctest: serial
# ctest: timeout=900
set -u

bench=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$bench/../.." && pwd)
rounds=${1:-31}
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/support/sandbox.sh
. "$top/tests/support/sandbox.sh"
# shellcheck source=tests/support/fixture.sh
. "$top/tests/support/fixture.sh"

if [ -z "${KVMNET_BUILD_DIR:-}" ]; then
	export KVMNET_BUILD_DIR=$top/build/bench KVMNET=$top/build/bench/kvmnet
	cmake -S "$top" -B "$KVMNET_BUILD_DIR" -DCMAKE_BUILD_TYPE=Release >/dev/null &&
		cmake --build "$KVMNET_BUILD_DIR" -j 2 >/dev/null || exit 1
fi
runner=$KVMNET_BUILD_DIR/tests/runner
bench_ifcfg=$KVMNET_BUILD_DIR/tests/bench_ifcfg

# The part on a real disk runs outside the sandbox, whose /etc is memory.
if [ -z "${KVMNET_SANDBOX:-}" ]; then
	disk=$(mktemp -d "$KVMNET_BUILD_DIR/disk.XXXXXX") || exit 1
	export disk
	trap 'rm -rf "$disk"' EXIT
	bash -c '. "$1"; sandbox_enter bash "$2" "$3"; echo "no namespaces here" >&2; exit 77' \
		bash "$top/tests/support/sandbox.sh" "$bench/run.sh" "$rounds"
	exit
fi

# row WHAT KVMNET OTHER RATIO
row()
{
	printf '| %s | %s | %s | %s |\n' "$@"
}

# ratio A B: A / B, two digits
ratio()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", b ? a / b : 0 }'
}

# instructions COMMAND...
instructions()
{
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null |
		awk '/Collected/ { print $NF }'
}

start_up()
{
	local a b wall_a cpu_a peak_a wall_b cpu_b peak_b
	a=$(instructions "$KVMNET" --version)
	b=$(instructions ip -V)
	row 'start-up, instructions (kvmnet --version, ip -V)' "$a" "$b" "$(ratio "$a" "$b")"
	read -r wall_a cpu_a peak_a wall_b cpu_b peak_b < <("$runner" $((rounds * 10)) - -- \
		"$KVMNET" --version -- ip -V)
	row 'start-up, wall µs' "$wall_a" "$wall_b" "$(ratio "$wall_a" "$wall_b")"
	row 'start-up, CPU µs' "$cpu_a" "$cpu_b" "$(ratio "$cpu_a" "$cpu_b")"
	row 'start-up, peak KiB' "$peak_a" "$peak_b" "$(ratio "$peak_a" "$peak_b")"
}

# A definition as text: what it may cost is a start and libxml2's own.
net_xml()
{
	local ours start with without
	mkdir "$work/empty" || exit 1
	ours=$(instructions "$KVMNET" --root "$work/empty" net xml default --nat)
	start=$(instructions "$KVMNET" --version)
	with=$(instructions "$KVMNET_BUILD_DIR/tests/bench_libxml2")
	without=$(instructions "$KVMNET_BUILD_DIR/tests/bench_libxml2" none)
	start=$((start + with - without))
	row "net xml, instructions (other: kvmnet --version and libxml2's own start)" "$ours" \
		"$start" "$(ratio "$ours" "$start")"
}

# The steps of the takeover that ip can do, in one batch; by exact address, since its "flush" would
# list all addresses of the host.
batch_file()
{
	cat <<BATCH
link add br0 address $SANDBOX_MAC type bridge stp_state 0 forward_delay 0
link set br0 addrgenmode none
link set br0 up
addr add 192.168.12.118/24 brd + dev br0 noprefixroute
addr add fe80::4637:e6ff:fe4a:62ad/64 dev br0 nodad
tuntap add tap0 mode tap
link set tap0 master br0
link set tap0 up
link set eth0 master br0
route append 192.168.12.0/24 dev br0 src 192.168.12.118
route prepend default via 192.168.12.1 dev br0
route del default via 192.168.12.1 dev eth0
tuntap del tap0 mode tap
addr del 192.168.12.118/24 dev eth0
addr del fe80::4637:e6ff:fe4a:62ad/64 dev eth0
link set eth0 addrgenmode none
link set br0 addrgenmode eui64
BATCH
}

# Back to the recipe's host, outside the clock.
reset_file()
{
	cat <<'RESET'
ip link del br0 2>/dev/null
ip link del tap0 2>/dev/null
ip link set eth0 addrgenmode eui64
echo 0 >/proc/sys/net/ipv6/conf/eth0/disable_ipv6
ip addr flush dev eth0
ip addr add fe80::4637:e6ff:fe4a:62ad/64 dev eth0 nodad
ip addr add 192.168.12.118/24 brd + dev eth0
ip route replace default via 192.168.12.1 dev eth0
RESET
}

# The whole command, and what is left of its CPU without the rest: a dry run starts, reads and plans;
# checking the result is about the same reading again, a dry run less a start: an estimate, in kvmnet's
# favour by what planning and showing cost. An empty batch is ip's own start.
create=("$KVMNET" bridge create br0 --port eth0 --no-persist)

# takeover WHAT OPTION...: with so many links on the host
takeover()
{
	local wall_a cpu_a peak_a wall_b cpu_b peak_b base_a base_b start what=$1
	shift
	read -r _ base_a _ _ base_b _ < <("$runner" "$rounds" "$work/reset" -- \
		"${create[@]}" "$@" --dry-run -- ip -batch /dev/null)
	read -r _ start _ _ _ _ < <("$runner" "$rounds" "$work/reset" -- "$KVMNET" --version -- true)
	read -r wall_a cpu_a peak_a wall_b cpu_b peak_b < <("$runner" "$rounds" "$work/reset" -- \
		"${create[@]}" "$@" -- ip -batch "$work/batch")
	if [ -z "${peak_b:-}" ] || [ -z "${base_b:-}" ] || [ -z "${start:-}" ]; then
		echo "the takeover, $what, cannot be measured" >&2
		exit 1
	fi
	row "live create, $what, wall µs (other: ip -batch)" "$wall_a" "$wall_b" \
		"$(ratio "$wall_a" "$wall_b")"
	row "live create, $what, CPU µs, whole process" "$cpu_a" "$cpu_b" \
		"$(ratio "$cpu_a" "$cpu_b")"
	cpu_b=$((cpu_b - base_b))
	cpu_a=$((cpu_a - base_a))
	row "live create, $what, CPU µs, execution and check" "$cpu_a" "$cpu_b" \
		"$(ratio "$cpu_a" "$cpu_b")"
	cpu_a=$((cpu_a - base_a + start))
	row "live create, $what, CPU µs, execution (estimate)" "$cpu_a" "$cpu_b" "$(ratio "$cpu_a" "$cpu_b")"
	row "live create, $what, peak KiB" "$peak_a" "$peak_b" "$(ratio "$peak_a" "$peak_b")"
	walls+=("$wall_a")
}

# fill FROM TO: veth pairs until there are about TO links
fill()
{
	local i
	for ((i = $1 / 2; i < $2 / 2; i++)); do
		echo "link add v$i type veth peer name w$i"
	done >"$work/fill"
	ip -batch "$work/fill"
}

# addresses LINKS: brings the links up, one of two with an address and a route
addresses()
{
	local i net
	for ((i = 0; i < $1 / 2; i++)); do
		net=$((i / 250)).$((i % 250))
		printf '%s\n' "link set v$i up" "link set w$i up" "addr add 10.$net.1/32 dev v$i" \
			"route add 11.$net.0/24 dev v$i"
	done >"$work/fill"
	ip -batch "$work/fill"
}

live()
{
	walls=()
	takeover '10 links' --no-splice
	fill 0 1000
	takeover '1,000 links' --no-splice
	fill 1000 4000
	takeover '4,000 links' --no-splice
	takeover '4,000 links, spliced'
	row 'live create, 4,000 links / 10 links, wall' "${walls[2]}" "${walls[0]}" \
		"$(ratio "${walls[2]}" "${walls[0]}")"
	addresses 4000
	takeover '4,000 links with addresses' --no-splice
}

# Many bridges in one process, through the library, and by raw netlink with a sendmsg for each.
many_bridges()
{
	local ours raw
	read -r ours raw < <("$KVMNET_BUILD_DIR/tests/bench_live" "$1" 5)
	row "$1 bridges in one process, ms each (other: raw netlink, one sendmsg each)" "$ours" "$raw" \
		"$(ratio "$ours" "$raw")"
}

# One file with so many bridges, planned, made and checked, against ip's batch of the same. Each in a
# network of its own: deleting them would take a minute.
described_bridges()
{
	local i mac wall_a cpu_a peak_a wall_b cpu_b peak_b what
	for ((i = 0; i < $1; i++)); do
		printf -v mac '02:00:00:00:%02x:%02x' $((i / 256)) $((i % 256))
		printf '[bridge kb%d]\nipv4 = none\nipv6 = none\nmac = %s\n' "$i" "$mac" >&3
		printf 'link add kb%d address %s type bridge stp_state 0 forward_delay 0\n' "$i" "$mac"
		printf 'link set kb%d up\n' "$i"
	done >"$work/bridges.batch" 3>"$work/bridges.conf"
	read -r wall_a cpu_a peak_a wall_b cpu_b peak_b < <("$runner" 5 - -- \
		unshare -n "$KVMNET" apply "$work/bridges.conf" --no-persist --no-guard -- \
		unshare -n ip -batch "$work/bridges.batch")
	what="$1 bridges in one file"
	row "$what, wall µs: plan, make, check (other: ip -batch)" "$wall_a" "$wall_b" \
		"$(ratio "$wall_a" "$wall_b")"
	row "$what, CPU µs" "$cpu_a" "$cpu_b" "$(ratio "$cpu_a" "$cpu_b")"
	row "$what, peak KiB" "$peak_a" "$peak_b" "$(ratio "$peak_a" "$peak_b")"
	described_files "$1"
}

# The same as files on a disk: however many, they are synced together.
described_files()
{
	recipe_root "$disk/many"
	strace -f -r -T -e trace=fsync,syncfs,sync_file_range,execve,exit_group -o "$work/trace" \
		"$KVMNET" --root "$disk/many" apply "$work/bridges.conf" >/dev/null
	row "$1 bridges as files: fsyncs and syncfs, and ms in them" \
		"$(grep -cE '(fsync|syncfs)\(' "$work/trace")" \
		"$(awk '/sync(fs|_file_range)?\(/ { gsub(/[<>]/, "", $NF); s += $NF }
			END { printf "%d", s * 1e3 }' "$work/trace")" ''
	durability "$1 bridges as files" 5 apply "$work/bridges.conf"
}

# Files alone, on a disk: what it costs that they last. Without any sync is the same program, whose
# calls for it do nothing.
durability()
{
	local what=$1 rounds=$2 wall_a wall_b
	shift 2
	if ! [ -e "$disk/nosync.so" ]; then
		printf '%s\n' 'int fsync(int fd) { return fd < 0; }' 'int syncfs(int fd) { return fd < 0; }' \
			'int sync_file_range(int fd) { return fd < 0; }' >"$disk/nosync.c"
		cc -shared -fPIC -fno-builtin -o "$disk/nosync.so" "$disk/nosync.c" || return
		recipe_root "$disk/master"
	fi
	printf 'rm -rf %q\ncp -a %q %q\n' "$disk/root" "$disk/master" "$disk/root" >"$work/anew"
	read -r wall_a _ _ wall_b _ < <("$runner" "$rounds" "$work/anew" -- \
		"$KVMNET" --root "$disk/root" "$@" -- \
		env LD_PRELOAD="$disk/nosync.so" "$KVMNET" --root "$disk/root" "$@")
	row "$what, on disk, wall µs (other: without any sync)" "$wall_a" "$wall_b" \
		"$(ratio "$wall_a" "$wall_b")"
}

make_files()
{
	local i
	mkdir -p "$work/files/etc/sysconfig/network-scripts"
	for ((i = 0; i < $1; i++)); do
		recipe_ifcfg | sed "s/eth0/eth$i/" \
			>"$work/files/etc/sysconfig/network-scripts/ifcfg-eth$i"
	done
}

# seconds COMMAND...: wall time, as a number
seconds()
{
	local begin=$EPOCHREALTIME
	"$@" >/dev/null 2>&1
	awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.3f", b - a }'
}

# shellcheck disable=SC2016 # the inner shell expands it
source_all='for f in "$1"/ifcfg-*; do (. "$f"; [ -n "$DEVICE" ]) ; done'
# One process for all: reads, but what one file sets leaks into the next.
# shellcheck disable=SC2016
source_flat='for f in "$1"/ifcfg-*; do . "$f"; done'

ifcfg_files()
{
	local dir=$work/files/etc/sysconfig/network-scripts ours flat forks augeas
	make_files "$1"
	ours=$(seconds "$bench_ifcfg" "$dir")
	flat=$(seconds bash -c "$source_flat" bash "$dir")
	forks=$(seconds bash -c "$source_all" bash "$dir")
	row "$1 ifcfg files, s: parse, edit, write out / bash sources them in one process" \
		"$ours" "$flat" "$(ratio "$ours" "$flat")"
	row "$1 ifcfg files, s: the same / bash, a subshell each" "$ours" "$forks" \
		"$(ratio "$ours" "$forks")"
	# augeas keeps every file as a tree, so it gets a tenth of them.
	find "$dir" -name 'ifcfg-eth*[1-9]' -delete
	printf '%s\n' 'set /augeas/load/S/lens Shellvars.lns' \
		'set /augeas/load/S/incl /etc/sysconfig/network-scripts/ifcfg-*' load \
		'setm /files/etc/sysconfig/network-scripts/* BOOTPROTO none' save >"$work/aug"
	ours=$(seconds "$bench_ifcfg" "$dir")
	augeas=$(seconds timeout 300 augtool --noautoload --root "$work/files" --file "$work/aug")
	row "$(find "$dir" -name 'ifcfg-*' | wc -l) of them, s: the same / augeas, load, set, save" \
		"$ours" "$augeas" "$(ratio "$augeas" "$ours") times"
}

work=/run/bench
if ! sandbox_is_inside || ! sandbox_files || ! sandbox_net || ! sandbox_uplink ||
	! scripts_reader '' || ! mkdir "$work"; then
	echo 'the sandbox cannot be set up' >&2
	exit 1
fi
batch_file >"$work/batch"
reset_file >"$work/reset"
echo "Medians of $rounds interleaved rounds (start-up: ten times as many), $(nproc) cores, Linux $(uname -r)."
echo
row what kvmnet other ratio
row --- ---: ---: ---:
start_up
net_xml
live
many_bridges 1000
described_bridges 1000
durability 'two files' "$rounds" bridge create br0 --port eth0
ifcfg_files 10000
