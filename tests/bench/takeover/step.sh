#!/bin/sh
# One step of one tool, run by the meter inside the bench's namespaces: step.sh TOOL bridge|unbridge
set -u
# shellcheck source=tests/bench/takeover/net.sh
. "$BENCH/net.sh"
# shellcheck disable=SC1090
. "$BENCH/peers/$1.sh"
"peer_$2"
