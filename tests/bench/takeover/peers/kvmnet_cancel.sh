# The way back from a change that waits for its word: kvmnet cancel, which does what the deadline
# does. "bridge" undoes a delete, "unbridge" a create.
# shellcheck shell=sh

peer_possible() {
	[ -x "$KVMNET" ] || echo "not built: $KVMNET"
}
peer_setup() { net_uplink; }

# peer_before bridge|unbridge: the change that waits
peer_before() {
	if [ "$1" = unbridge ]; then
		kvmnet_bare || return 1
		set -- create "$BRIDGE" --slave "$UPLINK"
	else
		kvmnet_made || return 1
		set -- delete "$BRIDGE"
	fi
	"$KVMNET" bridge "$@" --no-persist --confirm 60 >"$RUN/pending" 2>&1 &
	wait_until 20 grep -q 'kvmnet confirm [0-9]' "$RUN/pending"
}
peer_bridge() { exec "$KVMNET" -q cancel; }
peer_unbridge() { exec "$KVMNET" -q cancel; }

# What still waits has lost its network.
peer_stop() { "$KVMNET" -q cancel >/dev/null 2>&1 || :; }
