# kvmnet rollback as on kernels before 6.6: without a place to pin a splice there is none.
# shellcheck shell=sh

. "$BENCH/peers/kvmnet_rollback.sh"
peer_setup() {
	! mountpoint -q /sys/fs/bpf || umount /sys/fs/bpf || return 1
	net_uplink
}
peer_stop() { mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf; }
