#!/bin/sh
# One command with a fault, run by the meter for kill.sh: kill_step.sh CALL K EFFECT COMMAND...
# Killed: for some time nobody helps, so that the meter sees how the host does.
set -u
call=$1:$3:when=$2
effect=$3
shift 3
# (Without --seccomp-bpf: a signal is not delivered from its stops.)
strace -qq -f -s 8 -e trace="$CALLS" -e inject="$call" -o "$RUN/trace" "$@"
status=$?
[ "$effect" != signal=KILL ] || timeout 0.1 tail -f /dev/null
exit $status
