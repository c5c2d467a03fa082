# The way back from a change that was kept: kvmnet rollback. "bridge" undoes a delete, "unbridge" a
# create.
# shellcheck shell=sh

peer_possible() {
	[ -x "$KVMNET" ] || echo "not built: $KVMNET"
}
peer_setup() { net_uplink; }

# peer_before bridge|unbridge: the change that the step takes back
peer_before() {
	kvmnet_made || return 1
	[ "$1" = unbridge ] || kvmnet_bare
}
peer_bridge() { exec "$KVMNET" -q rollback; }
peer_unbridge() { exec "$KVMNET" -q rollback; }
peer_stop() { :; }
