# Finds out what is missing on this machine and installs it. Sourced by tests/run.sh and
# examples/quickstart.sh; POSIX sh. Sets no option of the shell.
# shellcheck shell=sh

# One row: group, probe, Debian package, RHEL package. Groups: build, sandbox, test.
# A probe is a program, pc:MODULE for pkg-config, h:HEADER, driver:NAME for one of libvirt's, or rt:clang for
# its sanitizers' runtime, which Debian only recommends.
kn_package_table() {
	cat <<'TABLE'
build cc gcc gcc
build cmake cmake cmake
build make|ninja ninja-build ninja-build
build pkg-config|pkgconf pkg-config pkgconf-pkg-config
build pc:libnl-3.0 libnl-3-dev libnl3-devel
build pc:json-c libjson-c-dev json-c-devel
build pc:smartcols libsmartcols-dev libsmartcols-devel
build pc:libxml-2.0 libxml2-dev libxml2-devel
build h:iniparser.h libiniparser-dev iniparser-devel
sandbox ip iproute2 iproute
sandbox unshare util-linux util-linux
sandbox ping iputils-ping iputils
sandbox bash bash bash
test pc:cmocka libcmocka-dev libcmocka-devel
test ninja ninja-build ninja-build
test clang clang clang
test rt:clang libclang-rt-dev compiler-rt
test clang-format clang-format clang-tools-extra
test dhclient isc-dhcp-client dhcp-client
test dnsmasq dnsmasq-base dnsmasq
test augtool augeas-tools augeas
test mandoc mandoc mandoc
test shellcheck shellcheck ShellCheck
test ansible-playbook ansible-core ansible-core
test patch patch patch
test getfacl acl acl
test getfattr attr attr
test strace strace strace
test dash dash dash
test systemd-analyze systemd systemd
test brctl bridge-utils bridge-utils
test pc:libvirt libvirt-dev libvirt-devel
test libvirtd libvirt-daemon libvirt-daemon
test virsh libvirt-clients libvirt-client
test driver:network libvirt-daemon libvirt-daemon-driver-network
test driver:qemu libvirt-daemon-driver-qemu libvirt-daemon-driver-qemu
test iptables iptables iptables
test nft nftables nftables
test qemu-system-x86_64|/usr/libexec/qemu-kvm qemu-system-x86 qemu-kvm
test busybox busybox-static busybox
test script bsdutils util-linux
test mkfs.ext4 e2fsprogs e2fsprogs
test mkfs.xfs xfsprogs xfsprogs
TABLE
}

# kn_has PROBE: alternatives are divided by |
kn_has() {
	case $1 in
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	h:*) find /usr/include/ /usr/local/include/ -maxdepth 2 -name "${1#h:}" 2>/dev/null | grep -q . ;;
	driver:*)
		find /usr/lib*/ -maxdepth 4 -name "libvirt_driver_${1#driver:}.so" 2>/dev/null |
			grep -q .
		;;
	rt:*)
		command -v "${1#rt:}" >/dev/null 2>&1 &&
			find "$("${1#rt:}" -print-resource-dir)/lib/" -name '*clang_rt.fuzzer*' |
			grep -q .
		;;
	*'|'*) kn_has "${1%%|*}" || kn_has "${1#*|}" ;;
	*) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# kn_missing COLUMN GROUP...: the packages (column 3 Debian, 4 RHEL) that the groups lack
kn_missing() {
	kn_column=$1
	shift
	kn_package_table | while read -r kn_group kn_probe kn_deb kn_rpm; do
		case " $* " in
		*" $kn_group "*) ;;
		*) continue ;;
		esac
		kn_has "$kn_probe" && continue
		if [ "$kn_column" = 3 ]; then echo "$kn_deb"; else echo "$kn_rpm"; fi
	done | sort -u | tr '\n' ' '
}

# kn_as_root COMMAND...
kn_as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		return 1
	fi
}

# kn_install GROUP...: 0 when nothing of the groups is missing afterwards
kn_install() {
	if command -v apt-get >/dev/null 2>&1; then
		kn_column=3
	else
		kn_column=4
	fi
	kn_want=$(kn_missing "$kn_column" "$@")
	[ -n "$kn_want" ] || return 0
	echo "installing: $kn_want" >&2
	# shellcheck disable=SC2086 # a list of words
	if [ "$kn_column" = 3 ]; then
		kn_as_root apt-get update -q >&2 &&
			kn_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
				--no-install-recommends $kn_want >&2
	elif command -v dnf >/dev/null 2>&1; then
		# Development packages lie in CRB (9) or PowerTools (8), some tools in EPEL.
		kn_as_root dnf -q -y install epel-release >&2
		kn_as_root dnf -q -y --enablerepo='*crb,*powertools' --setopt=strict=0 \
			install $kn_want >&2
	fi
	kn_want=$(kn_missing "$kn_column" "$@")
	[ -n "$kn_want" ] || return 0
	echo "missing, and could not be installed: $kn_want" >&2
	echo "install these packages (or run this as root), then run it again" >&2
	return 1
}
