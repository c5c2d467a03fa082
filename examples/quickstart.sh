#!/bin/sh
# The first five minutes: installs what kvmnet needs, builds it, and runs its main job on a host made
# of namespaces. Nothing of this machine's network or files is changed.
#   sh examples/quickstart.sh
# KVMNET=PATH uses a kvmnet that is built already.
set -u

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
self=$top/examples/quickstart.sh
PATH="$PATH:/usr/sbin:/sbin"
# shellcheck source=tests/support/packages.sh
. "$top/tests/support/packages.sh"
# shellcheck source=tests/support/sandbox.sh
. "$top/tests/support/sandbox.sh"
# shellcheck source=tests/support/fixture.sh
. "$top/tests/support/fixture.sh"

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}
# Plain text where nobody watches.
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

die() {
	echo "quickstart: $*" >&2
	exit 1
}

build() {
	say '== Building kvmnet'
	kn_install build sandbox || exit 1
	cd "$top" || exit 1
	generator=
	command -v ninja >/dev/null 2>&1 && generator='-G Ninja'
	# shellcheck disable=SC2086 # two words or none
	cmake --preset release $generator >/dev/null || die 'cmake failed'
	cmake --build build/release || die 'the build failed'
	KVMNET=$top/build/release/kvmnet
}

if [ -z "${KVMNET_SANDBOX:-}" ]; then
	[ -n "${KVMNET:-}" ] || build
	export KVMNET
	if ! sandbox_enter sh "$self"; then
		echo 'quickstart: this kernel gives no namespaces here, so there is no sandbox' >&2
		echo "try it as root, or see the files alone: $KVMNET --root DIR ..." >&2
		exit 77
	fi
fi

# From here on in the sandbox.
if ! sandbox_is_inside || ! sandbox_files || ! sandbox_net || ! sandbox_uplink ||
	! scripts_reader '' || ! recipe_ifcfg >/etc/sysconfig/network-scripts/ifcfg-eth0; then
	die 'the sandbox cannot be set up'
fi
printf 'nameserver %s\n' 180.76.76.76 114.114.114.114 >/etc/resolv.conf
cd /etc/sysconfig/network-scripts || exit 1
cp ifcfg-eth0 /run/before

# A function instead of the path, so that what is shown is what people type.
kvmnet() {
	"$KVMNET" "$@" </dev/null
}

# show WORD...: a command as on a terminal, and its output
show() {
	say "# $*"
	"$@" || die "that should have worked (exit status $?)"
}

say '== A host as many are: eth0 with a static address, in a sandbox'
show cat ifcfg-eth0
show ip -br addr show dev eth0

say '== 1. What would happen?'
create='bridge create br0 --slave eth0 --static 192.168.12.118/24 --gateway 192.168.12.1'
# shellcheck disable=SC2086 # words
show kvmnet $create --dry-run

say '== 2. Do it'
# shellcheck disable=SC2086 # words
show kvmnet $create

say '== 3. Look at it'
show kvmnet bridge show br0
show cat ifcfg-br0
show ip route
show ping -n -c 1 -W 5 192.168.12.1

say '== 4. The same command again'
# shellcheck disable=SC2086 # words
again=$(kvmnet $create) || die 'the second run failed'
say "# kvmnet $create"
echo "$again"
case $again in
*'nothing to do'*) ;;
*) die 'the second run found something to do' ;;
esac

say '== 5. And back'
show kvmnet bridge delete br0
show ip -br addr show dev eth0
cmp ifcfg-eth0 /run/before || die 'ifcfg-eth0 is not as it was'
echo 'ifcfg-eth0 is what it was, byte for byte.'
say 'That was the sandbox; this machine was not touched. On a real host begin with --dry-run.'
