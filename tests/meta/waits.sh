#!/usr/bin/env bash
# Every call that can wait for something outside has an end, and the reason stands here: a new one, or
# one more of a kind, is a fault until it has its row.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

CALLS='p?poll|select|waitpid|waitid|recv|recvmsg|recvfrom|connect|accept4?|flock|read|nanosleep|pause|'
CALLS+='sleep|usleep|sigwait|sigwaitinfo|sigtimedwait|sigsuspend|pthread_join|pthread_cond_wait|'
CALLS+='pthread_cond_timedwait|nl_recvmsgs[a-z_]*|nl_wait_for_ack'

# FILE CALL HOW-OFTEN WHY-IT-ENDS
table='
src/cli/guard.c read 1 only when poll() has said that the terminal has a line
src/cli/progress.c poll 1 no wait at all
src/cli/term.c poll 1 the caller'"'"'s time
src/cli/term.c read 1 a person, before anything is changed and without the lock
src/live/carrier.c read 1 a helper, until its parent closes the pipe or ends
src/live/carrier.c waitpid 1 WNOHANG
src/live/catch.c poll 1 CATCH_WAIT_MS
src/live/catch.c read 1 poll() has said that there is something
src/live/catch.c waitpid 1 WNOHANG
src/live/catch_run.c poll 1 a helper, until its parent closes the pipe or ends
src/live/catch_run.c recv 1 MSG_DONTWAIT
src/live/catch_run.c recvmsg 1 MSG_DONTWAIT
src/live/event.c poll 1 the caller'"'"'s time
src/live/event.c recv 1 non-blocking, and DRAIN_MAX
src/live/link_parse.c read 1 a file of sysfs
src/live/nft.c nl_recvmsgs_default 1 SO_RCVTIMEO
src/live/nft.c read 1 a file of proc
src/live/socket.c recvmsg 1 SO_RCVTIMEO
src/sys/daemon.c read 1 a file of proc
src/sys/dhcp_find.c read 1 a file of proc
src/sys/dhcp_script.c read 2 a regular file
src/sys/firewall.c poll 1 TIMEOUT_MS
src/sys/firewall.c read 2 a file of proc; poll() has said that there is something
src/sys/firewall.c recv 1 SO_RCVTIMEO
src/sys/guard.c poll 1 the timer of the deadline, or SLICE_MS
src/sys/guard.c recv 1 MSG_DONTWAIT
src/sys/guard_ask.c connect 1 SO_SNDTIMEO
src/sys/guard_ask.c recv 1 SO_RCVTIMEO
src/sys/guard_fork.c poll 2 the guardian, which has a deadline, or its end; both are woken after it
src/sys/guard_fork.c recv 1 MSG_DONTWAIT
src/sys/guard_fork.c waitpid 1 WNOHANG
src/sys/guard_line.c accept4 1 SOCK_NONBLOCK
src/sys/guard_line.c recv 1 MSG_DONTWAIT
src/sys/input.c read 1 a person or a pipe, before anything is changed and without the lock
src/sys/io.c read 1 a regular file, opened with O_NONBLOCK
src/sys/lock.c flock 1 LOCK_NB
src/sys/lock.c nanosleep 1 POLL_NS, until --lock-timeout
src/sys/lock.c read 1 a file of proc
src/sys/process.c poll 2 the caller'"'"'s deadline; no wait at all
src/sys/process.c waitpid 1 WNOHANG
src/sys/reach.c connect 2 a datagram socket, a non-blocking one
src/sys/reach.c poll 3 the caller'"'"'s time
src/sys/reach.c recv 1 non-blocking
src/sys/signals.c sigtimedwait 1 a time of 0
src/virt/thread.c pthread_cond_timedwait 1 the caller'"'"'s time
src/virt/thread.c pthread_cond_wait 1 the thread, for whom nobody waits without a deadline
src/virt/thread.c pthread_join 1 the thread has said that it ends
'

# what there is: FILE CALL HOW-OFTEN; comments and members of structures are none
found=$(grep -rE "($CALLS)\(" src --include='*.c' |
	sed -E 's,/\*.*,,; s,:[[:space:]]*\*.*,:,; s/"[^"]*"//g' |
	sed -nE "s/^([^:]*):(.*[^A-Za-z0-9_>.*])?($CALLS)\(.*/\1 \3/p" | sort | uniq -c |
	awk '{ print $2, $3, $1 }')
listed=$(awk 'NF { print $1, $2, $3 }' <<<"$table" | sort)
while IFS= read -r line; do
	case $line in
	'>'*) fault "${line#> }    <- waits: for what, and until when? (tests/meta/waits.sh)" ;;
	'<'*) fault "${line#< }    <- is listed in tests/meta/waits.sh, and is not there" ;;
	esac
done < <(diff <(echo "$listed") <(sort <<<"$found"))
meta_done "$(wc -l <<<"$found")"
