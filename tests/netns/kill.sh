#!/usr/bin/env bash
# ctest: once
# ctest: full
# ctest: serial
# ctest: timeout=120
# A takeover that is killed, or whose call fails, anywhere: traffic goes on, and the next command
# completes or undoes it. The short form of tests/bench/takeover/kill.sh (KILL_LONG: every point).
# shellcheck shell=bash

set -u
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")/../bench/takeover" && pwd)
exec sh "$BENCH/kill.sh" ${KILL_LONG:+--long}
