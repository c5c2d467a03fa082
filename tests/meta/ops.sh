#!/usr/bin/env bash
# Every operation that can change the host has an inverse (or is one of the few that need none), is
# described to people, and is carried out somewhere.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

# Rows without an inverse: they change nothing, what they set disappears with its link or is for the
# kernel to choose anew, or they remove what a dead daemon left, which nobody wants back.
needs_none=' BOND_ACTIVE CONF_COPY ADDR_WAIT DRAIN LEFT_DEL LEFT_DNSMASQ '

mapfile -t rows < <(sed -nE 's/^KN_OP\((.*)\)$/\1/p' include/kvmnet/op.def | tr -d ' "')
declare -A inverse participant
for row in "${rows[@]}"; do
	IFS=, read -r id word by interrupts back <<<"$row"
	inverse[$id]=$back
	participant[$id]=$by
	case $interrupts in
	true | false) ;;
	*) fault "$id: '$interrupts' does not say whether it interrupts traffic" ;;
	esac
	[ -n "$word" ] || fault "$id: has no name"
done

# used ID FOLDER...: is the operation handled there?
used()
{
	local id=$1
	shift
	grep -rqE "\bKN_OP_$id\b" "$@" 2>/dev/null
}

for id in "${!inverse[@]}"; do
	back=${inverse[$id]}
	if [ "$back" = NONE ]; then
		case $needs_none in
		*" $id "*) ;;
		*) fault "$id: has no inverse" ;;
		esac
	elif [ -z "${inverse[$back]:-}" ]; then
		fault "$id: its inverse $back is no operation"
	elif [ "${participant[$back]}" != "${participant[$id]}" ]; then
		fault "$id: its inverse $back is carried out by somebody else"
	fi
	used "$id" src/plan src/model/op_text.c src/model/op_net.c || fault "$id: nobody plans or describes it"
	case ${participant[$id]} in
	LIVE) used "$id" src/live/build.c src/live/exec.c || fault "$id: live/ does not carry it out" ;;
	DHCP) used "$id" src/sys src/engine || fault "$id: sys/ does not carry it out" ;;
	VIRT) used "$id" src/virt || fault "$id: virt/ does not carry it out" ;;
	FILES) used "$id" src/engine || fault "$id: engine/ does not carry it out" ;;
	*) fault "$id: unknown participant ${participant[$id]}" ;;
	esac
done
meta_done "${#rows[@]}"
