#!/usr/bin/env bash
# The bash completion, sourced in a real bash, offers commands, options, values and interfaces; the
# scripts of other shells are syntactically right where such a shell is installed.
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
looked=0

"$KVMNET" completion bash >"$dir/kvmnet.bash" || fault 'no bash completion'
# Names of interfaces come from a folder of our own, not from whatever this host has.
mkdir -p "$dir/net/eth0" "$dir/net/eth1" "$dir/net/lo" "$dir/net/br0/bridge" "$dir/net/\$(id)"
sed "s|/sys/class/net|$dir/net|g" "$dir/kvmnet.bash" >"$dir/test.bash"
grep -q "$dir/net" "$dir/test.bash" || fault 'the completion does not read /sys/class/net'

# offers WORDS -> the candidates for the last word of WORDS, split as bash splits a command line
offers()
{
	bash --norc -c '
		source "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_kvmnet 2>/dev/null
		echo "${COMPREPLY[*]}"' complete "$dir/test.bash" kvmnet "$@" | tr -s ' '
}

# expect WANT WORD...: exactly these candidates
expect()
{
	local want=$1 got
	shift
	looked=$((looked + 1))
	got=$(offers "$@")
	[ "$got" = "$want" ] || fault "kvmnet $* <TAB>: \"$got\", not \"$want\""
}

# has WANT WORD...: these words among the candidates
has()
{
	local want=" $1 " got
	shift
	looked=$((looked + 1))
	got=" $(offers "$@") "
	[[ $got == *"$want"* ]] || fault "kvmnet $* <TAB>: \"$got\" lacks \"$want\""
}

# The table's groups and single words, in its order, without the hidden ones.
words=$(sed -nE 's/^KN_COMMAND\([A-Z_]+, "([^"]*)", "([^"_][^"]*)".*/\1 \2/p' src/cli/table.def |
	awk '!seen[$1]++ { printf "%s%s", sep, $1; sep = " " }')
expect "$words" ''
expect 'bridge' b
expect 'create set delete list show' bridge ''
expect 'delete' bridge d
expect 'xml snippet create delete list show check host' net ''
expect 'none' net xml n --dhcp ''
expect '--static --stp' bridge create br0 --dhcp --st
expect '' net xml n --nat --mac ''
expect '--nat --nat-ports --nat-ipv6' net xml n --route --nat
expect 'add remove set' port ''
expect 'add remove set' --root /srv port ''
expect 'add remove set' --color = never port ''
expect 'bash zsh fish' completion ''
expect '' bridge create ''
expect 'br0' bridge delete ''
expect 'br0' bridge show ''
expect '' bridge delete br0 ''
expect 'br0' port add ''
expect 'br0 eth0 eth1' port add br0 ''
expect 'br0 eth0 eth1' --json port -n add br0 ''
expect 'br0 eth0 eth1' bridge create br0 --port ''
expect 'eth0 eth1' bridge create br0 --slave e
expect 'eth0 eth1' bridge create br0 --slave = e
expect 'on off' bridge create br0 --stp ''
expect 'on off' bridge set br0 --stp = ''
expect 'on off' bridge set br0 --stp =
expect 'uplink' bridge set br0 --mac ''
expect '' bridge set br0 --mtu ''
expect 'auto always never' --color ''
expect 'auto always' --color = a
expect 'auto ifcfg' --backend ''
expect 'network-scripts-7 network-scripts-8' bridge delete br0 --reader net
expect '--static --stp' bridge create br0 --st
expect '--dhcp --dhcp6' bridge create br0 --port eth0 --dh
expect '--force=' bridge delete br0 --f
expect '--hairpin --help' port set br0 eth1 --h
expect '--json' --j
has '--version' --
has '--dry-run' bridge create br0 --
expect '' bridge list --mtu
expect '' bridge nonsense ''

# Files, actions, commands: what an operand can be.
touch "$dir/host.conf"
expect "$dir/host.conf" apply "$dir/host"
expect "$dir/host.conf" diff "$dir/host"
expect "$dir/host.conf" check "$dir/host"
expect '' apply "$dir/host.conf" "$dir/host"
expect 'br0' doctor ''
expect 'add remove' net host ''
expect '' net host add ''
expect "$words" help ''

# Nothing of an interface's name is executed or split.
[[ " $(offers port add br0 '') " != *id* ]] || fault 'an odd interface name is offered'

# Ordinary use: bash itself sources it and knows the function.
bash --norc -ec 'source "$1"; complete -p kvmnet' source "$dir/kvmnet.bash" |
	grep -q -- '-F _kvmnet kvmnet' || fault 'bash does not register the completion'
looked=$((looked + 1))

for shell in zsh fish; do
	"$KVMNET" completion "$shell" >"$dir/kvmnet.$shell" || fault "no $shell completion"
	looked=$((looked + 1))
	if command -v "$shell" >/dev/null; then
		"$shell" -n "$dir/kvmnet.$shell" || fault "$shell refuses its completion"
	fi
done
if "$KVMNET" completion tcsh >"$dir/out" 2>"$dir/err"; then
	fault 'an unknown shell is accepted'
fi
meta_done "$looked"
