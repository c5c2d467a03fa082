# Nobody does anything: what the case itself costs, over the time that a takeover takes.
# shellcheck shell=sh

peer_possible() { :; }
peer_setup() { net_uplink; }
peer_bridge() { exec sleep 0.1; }
peer_unbridge() { exec sleep 0.1; }
peer_stop() { :; }
