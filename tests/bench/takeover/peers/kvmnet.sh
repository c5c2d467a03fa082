# kvmnet itself, the running kernel only.
# shellcheck shell=sh

peer_possible() {
	[ -x "$KVMNET" ] || echo "not built: $KVMNET"
}
peer_setup() { net_uplink; }
peer_bridge() { exec "$KVMNET" -q bridge create "$BRIDGE" --slave "$UPLINK" --no-persist; }
peer_unbridge() { exec "$KVMNET" -q bridge delete "$BRIDGE" --no-persist; }
peer_stop() { :; }
