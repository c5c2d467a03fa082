#!/usr/bin/env bash
# A second run of the same command says so, writes nothing, sends nothing to the kernel, exits 0.
# shellcheck source=tests/support/netns.sh
. "$(dirname "$0")/../support/netns.sh"

host_static
command=(bridge create br0 --slave eth0 --static 192.168.12.118/24 --gateway 192.168.12.1
	--dns 180.76.76.76)
run_is 1 '--exit-code tells a dry run that would change' "${command[@]}" --dry-run --exit-code
run_is 0 'the bridge is made' "${command[@]}"
files=$(file_state)
kernel=$(kernel_state br0)

exec {events}< <(exec ip monitor link address route)
monitor=$!
for round in 1 2; do
	run_is 0 "run $round after it succeeds" "${command[@]}"
	like "$out" 'nothing to do' "run $round says: nothing to do"
	is "$(file_state)" "$files" "run $round leaves every file's bytes, times and inode"
	is "$(kernel_state br0)" "$kernel" "run $round leaves the kernel"
done
# A change of our own ends the listening; whatever came before it came from kvmnet.
ip link add name last type bridge
heard=''
while IFS= read -r -t 5 -u "$events" line; do
	case $line in
	*last*) break ;;
	esac
	heard+=$line$'\n'
done
kill "$monitor"
unlike "$heard" 'br0|eth0' 'the kernel heard nothing'
ip link del last

run_is 0 '--exit-code says 0 when there is nothing' "${command[@]}" --exit-code
run_is 0 'also as JSON' "${command[@]}" --json
like "$out" '"changed": ?false' 'which says that nothing changed'
run_is 0 'the defaults alone are the same bridge' bridge create br0 --port eth0 --exit-code
run_is 0 'a set to what is there' bridge set br0 --stp off --exit-code
is "$(file_state)" "$files" 'no file was touched by any of them'
story_end
