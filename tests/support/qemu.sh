# A story in a machine of its own: Debian's cloud kernel (guest.sh fetches it) run by QEMU's own CPU, for what
# the kernel of the machine may lack: VLANs, bonds, VLAN-aware bridges. Sourced first thing by tests/qemu/*.sh
# (bash). On the machine: boots the guest with the script that sources this, prints what that printed and
# ends with its exit status. In the guest: goes on as a story of netns.sh.
# shellcheck shell=bash

QEMU_SUPPORT=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Seconds for the boot and the story. Both take some twenty where nothing else runs; this is for what hangs.
QEMU_DEADLINE=${QEMU_DEADLINE:-560}
# What the stories call, besides busybox: the machine's own, with their libraries.
QEMU_PROGRAMS='bash awk grep sed find xargs ip bridge tc ping unshare nsenter mount umount ps script
	basename cat chmod cksum comm cp cut date diff dirname env head id kill ln ls mkdir mktemp mv paste
	readlink rm rmdir seq sha256sum sleep sort stat stty tail tee timeout touch tr uname uniq wc'

# qemu_libraries FILE...: what the loader would load for them, and what kvmnet opens by itself
qemu_libraries()
{
	ldd "$@" 2>/dev/null | grep -oE '/[^ ]+\.so[^ )]*'
	ldconfig -p 2>/dev/null | awk '/libxml2\.so\.2 .*x86-64/ { print $NF; exit }' | while read -r xml; do
		echo "$xml"
		ldd "$xml" | grep -oE '/[^ ]+\.so[^ )]*'
	done
}

# qemu_files SCRIPT: everything that goes along, by its path on the machine
qemu_files()
{
	local name path
	local -a programs=("$KVMNET")
	for name in $QEMU_PROGRAMS; do
		path=$(type -P "$name") || continue
		programs+=("$path")
	done
	[ ! -x "$KVMNET_BUILD_DIR/tests/inject" ] || programs+=("$KVMNET_BUILD_DIR/tests/inject")
	printf '%s\n' "${programs[@]}"
	qemu_libraries "${programs[@]}"
	find /usr/lib/locale/C.utf8 -type f 2>/dev/null
	echo "$1"
	find "$KVMNET_SOURCE_DIR/tests/support" "$KVMNET_SOURCE_DIR/examples" -maxdepth 1 -type f
}

# qemu_task SCRIPT: what the guest's init runs. Output has a serial line of its own (the console's is the
# kernel's), and is no terminal to the story.
qemu_task()
{
	cat <<-END
		. /modules
		export PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin LC_ALL=C.UTF-8 HOME=/ QEMU_GUEST=1
		export KVMNET='$KVMNET' KVMNET_SOURCE_DIR='$KVMNET_SOURCE_DIR' KVMNET_BUILD_DIR='$KVMNET_BUILD_DIR'
		cd /
		ln -s /proc/self/fd /dev/fd
		busybox stty raw -F /dev/ttyS1
		{
			bash '$1' 2>&1 </dev/null
			echo "guest: exit \$?"
		} | cat >/dev/ttyS1
		poweroff -f
	END
}

# qemu_disk SCRIPT FOLDER: the guest's memory disk: FOLDER/cpio
qemu_disk()
{
	local root=$2/root
	# shellcheck disable=SC2086 # words
	mkdir -p "$root/tmp" "$root/run" "$root/var/lib" &&
		qemu_files "$1" | sort -u | xargs cp -L --parents -t "$root" &&
		qemu_task "$1" >"$root/task" &&
		printf 'insmod /m/%s.ko\n' $GUEST_LINK_MODULES >"$root/modules" &&
		{ cat "$(guest_dir)/base.cpio" "$(guest_dir)/links.cpio" && guest_cpio "$root"; } >"$2/cpio"
}

# qemu_boot FOLDER: runs it to its end; FOLDER/story is what the script printed
qemu_boot()
{
	timeout "$QEMU_DEADLINE" qemu-system-x86_64 -machine pc,accel=tcg -m 512 -nodefaults -no-reboot \
		-display none -kernel "$(guest_dir)/vmlinuz" -initrd "$1/cpio" \
		-append 'console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check' \
		-serial "file:$1/console" -serial "file:$1/story" >"$1/qemu" 2>&1 </dev/null
}

# qemu_result FOLDER STATUS: prints the story; Return: the script's exit status. A story without a plan line
# or without its end never passes.
qemu_result()
{
	local exit
	grep -av '^guest: exit ' "$1/story"
	exit=$(sed -n 's/^guest: exit \([0-9]*\)$/\1/p' "$1/story")
	if [ "$exit" = 77 ] || { [ "$exit" = 0 ] && grep -qaE '^1\.\.[1-9]' "$1/story"; }; then
		return "$exit"
	fi
	[ "$2" != 124 ] || echo "# the guest did not end within $QEMU_DEADLINE s"
	echo "Bail out! the guest's story ended with status ${exit:-none}"
	tail -n 40 "$1/qemu" "$1/console" | tr -d '\r' | sed 's/^/#   /'
	return 1
}

# qemu_machine SCRIPT: the whole of the machine's part; does not return
qemu_machine()
{
	local work
	# shellcheck source=tests/support/guest.sh
	. "$QEMU_SUPPORT/guest.sh"
	if ! guest_fetch; then
		echo "skipped: Debian's cloud kernel cannot be fetched here"
		exit 77
	fi
	work=$(mktemp -d) || exit 1
	# shellcheck disable=SC2064 # now
	trap "rm -rf '$work'" EXIT
	if ! qemu_disk "$1" "$work"; then
		echo 'Bail out! the guest cannot be packed'
		exit 1
	fi
	qemu_boot "$work"
	qemu_result "$work" $?
	exit
}

if [ -z "${QEMU_GUEST:-}" ]; then
	PATH=$PATH:/usr/sbin:/sbin
	qemu_machine "$(readlink -f "$0")"
fi
# shellcheck source=tests/support/netns.sh
. "$QEMU_SUPPORT/netns.sh"
