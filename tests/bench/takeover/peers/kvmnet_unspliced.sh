# kvmnet without the splice: what it does on kernels before 6.6.
# shellcheck shell=sh

peer_possible() {
	[ -x "$KVMNET" ] || echo "not built: $KVMNET"
}
peer_setup() { net_uplink; }
peer_bridge() {
	exec "$KVMNET" -q bridge create "$BRIDGE" --slave "$UPLINK" --no-persist --no-splice
}
peer_unbridge() { exec "$KVMNET" -q bridge delete "$BRIDGE" --no-persist --no-splice; }
peer_stop() { :; }
