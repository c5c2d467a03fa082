# A real guest: Debian's cloud kernel and busybox, run by QEMU's own CPU (no KVM needed), for
# tests/virt/ and tests/qemu/. Sourced; the first part is POSIX sh and needs the machine's network, the
# second part (bash) runs inside the sandbox of netns.sh and libvirt.sh.
# shellcheck shell=bash

# ---- the kernel's package, unpacked only: nothing of it is installed ----

# guest_dir: where it lies, below the sources' build folder
guest_dir()
{
	echo "${KVMNET_SOURCE_DIR:-.}/build/guest"
}

guest_has_kernel()
{
	[ -s "$(guest_dir)/vmlinuz" ] && [ -s "$(guest_dir)/base.cpio" ] &&
		[ -s "$(guest_dir)/links.cpio" ]
}

# guest_fetch: gets the package and packs what a guest's memory disk needs; 0 when it is there.
# Built aside and renamed, so that a run that was stopped leaves nothing half.
guest_fetch()
{
	guest_has_kernel && return 0
	command -v apt-get >/dev/null 2>&1 && [ "$(uname -m)" = x86_64 ] || return 1
	guest_to=$(guest_dir)
	mkdir -p "$guest_to" || return 1
	(
		guest_tmp=$(mktemp -d "$guest_to/tmp.XXXXXX") && cd "$guest_tmp" || exit 1
		# shellcheck disable=SC2064 # now
		trap "rm -rf '$guest_tmp'" EXIT
		guest_package=$(apt-cache depends linux-image-cloud-amd64 |
			awk '/Depends:/ { print $2; exit }')
		apt-get download "$guest_package" >download.log 2>&1 && dpkg-deb -x ./*.deb k &&
			guest_pack && cp k/boot/vmlinuz-* vmlinuz &&
			mv base.cpio links.cpio vmlinuz "$guest_to/"
		guest_failed=$?
		[ "$guest_failed" = 0 ] || cat download.log
		exit "$guest_failed"
	) >&2
	guest_has_kernel
}

# Modules in the order in which they are loaded: virtio needs virtio_ring.
GUEST_MODULES='virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci'
GUEST_MODULES="$GUEST_MODULES failover net_failover virtio_net"

# The links of a network host, for tests/qemu/: what a module needs comes before it.
GUEST_LINK_MODULES='llc stp garp mrp bridge 8021q tls bonding dummy veth tun macvlan'

# guest_modules FOLDER NAME...: k/'s modules of these names
guest_modules()
{
	guest_folder=$1
	shift
	for guest_module in "$@"; do
		find k/lib/modules -name "$guest_module.ko" -exec cp {} "$guest_folder/" \; || return 1
	done
}

# guest_cpio FOLDER: as an archive that the kernel unpacks, all of it root's
guest_cpio()
{
	(cd "$1" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null)
}

# guest_pack: k/ and the machine's busybox become base.cpio and links.cpio
guest_pack()
{
	mkdir -p disk/bin disk/m disk/proc disk/sys disk/dev disk/etc links/m &&
		cp "$(command -v busybox)" disk/bin/busybox || return 1
	# shellcheck disable=SC2086 # words
	guest_modules disk/m $GUEST_MODULES && guest_modules links/m $GUEST_LINK_MODULES || return 1
	cat >disk/init <<-END
		#!/bin/busybox sh
		/bin/busybox --install -s /bin
		export PATH=/bin
		mount -t proc proc /proc
		mount -t sysfs sysfs /sys
		mount -t devtmpfs dev /dev
		exec >/dev/ttyS0 2>&1 </dev/null
		for m in $GUEST_MODULES; do insmod /m/\$m.ko; done
		ip link set lo up
		ip link set eth0 up
		echo "guest: up"
		udhcpc -i eth0 -q -n -t 10 -T 1 -s /lease || echo "guest: no lease"
		sh /task
		echo "guest: end"
		while :; do read -r x </dev/ttyS0 || sleep 60; done
	END
	cat >disk/lease <<-'END'
		#!/bin/sh
		[ "$1" = bound ] || exit 0
		ip addr add "$ip/$mask" dev eth0
		[ -z "$router" ] || ip route add default via "${router%% *}" dev eth0
		for s in $dns; do echo "nameserver $s"; done >/etc/resolv.conf
		[ -z "$domain" ] || echo "search $domain" >>/etc/resolv.conf
		echo "guest: lease $ip/$mask router $router dns $dns domain $domain"
	END
	chmod 755 disk/init disk/lease
	guest_cpio disk >base.cpio && guest_cpio links >links.cpio
}

# ---- running one (inside the sandbox) ----

# guest_log NAME: what its console has printed
guest_log()
{
	echo "$WORK/$1.console"
}

# guest_define NAME INTERFACE-XML: a guest with that network card; its task is standard input: a
# script that runs in it after the lease. A second archive behind the first is unpacked as well.
guest_define()
{
	local name=$1 interface=$2 dir="$WORK/$1.disk"
	mkdir -p "$dir" && cat >"$dir/task" &&
		cp "$(guest_dir)/base.cpio" "$WORK/$name.cpio" &&
		(cd "$dir" && echo task | busybox cpio -o -H newc 2>/dev/null) >>"$WORK/$name.cpio" ||
		return 1
	cat >"$WORK/$name.xml" <<-END
		<domain type='qemu'>
		  <name>$name</name>
		  <memory unit='MiB'>160</memory>
		  <vcpu>1</vcpu>
		  <os>
		    <type arch='x86_64' machine='pc'>hvm</type>
		    <kernel>$(guest_dir)/vmlinuz</kernel>
		    <initrd>$WORK/$name.cpio</initrd>
		    <cmdline>console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check</cmdline>
		  </os>
		  <devices>
		    <emulator>$(command -v qemu-system-x86_64)</emulator>
		    <serial type='file'><source path='$(guest_log "$name")'/></serial>
		    <memballoon model='none'/>
		    $interface
		  </devices>
		</domain>
	END
	vsh define "$WORK/$name.xml"
}

# guest_says NAME REGEX: a line of its console
guest_says()
{
	grep -qaE "^guest: $2" "$(guest_log "$1")"
}

# guest_wait NAME REGEX: until it says so, or ends without
guest_wait()
{
	wait_for 90 guest_says "$1" "$2|end" && guest_says "$1" "$2"
}
