#!/usr/bin/env bash
# The static checks can fail: each gets a copy of the sources with one planted fault, and has to
# name it.
# ctest: once
# ctest: timeout=300
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
looked=0

# copy: a fresh copy of what the checks read
copy()
{
	rm -rf "$dir/copy"
	mkdir "$dir/copy" && cp -R src include tests man examples .ci .clang-format \
		CMakeLists.txt ./*.md "$dir/copy/" &&
		# A small tree is enough to hold a fault, and much faster to look through.
		rm -rf "$dir/copy/tests/corpus" "$dir/copy/tests/golden" "$dir/copy/tests/netns" &&
		find "$dir/copy" -name '*.c' -size +3k -delete
}

# plant CHECK FILE TEXT PATTERN: with TEXT at FILE's end, CHECK fails and says PATTERN
plant()
{
	local check=$1 file=$2 text=$3 pattern=$4 out
	looked=$((looked + 1))
	mkdir -p "$(dirname "$dir/copy/$file")"
	cp "$dir/copy/$file" "$dir/kept" 2>/dev/null || rm -f "$dir/kept"
	printf '%s\n' "$text" >>"$dir/copy/$file"
	if out=$(KVMNET_SOURCE_DIR=$dir/copy bash "tests/meta/$check.sh" 2>&1); then
		fault "$check does not see: $text"
	elif ! grep -qE "$pattern" <<<"$out"; then
		fault "$check fails over '$text', but does not say so"
	fi
	if [ -e "$dir/kept" ]; then
		cp "$dir/kept" "$dir/copy/$file"
	else
		rm "$dir/copy/$file"
	fi
}

copy || exit 1
plant layers src/net/planted.c '#include "kvmnet/plan.h"' 'planted.c: includes'
plant layers src/codec/planted.c '#include "sys/sys.h"' 'planted.c: includes'
plant layers src/odd/planted.c 'int x;' 'folder odd'
plant layers src/engine/planted.c '#include "persist/ifcfg.h"' 'planted.c: includes'
plant layers src/plan/planted.c '#include <netlink/netlink.h>' 'netlink lives'
plant layers src/cli/planted.c '#include <json-c/json.h>' 'json-c'
plant layers src/live/planted.c '	p = getenv("HOME");' 'environment'
plant layers src/sys/planted.c '	printf("x");' 'does not print'
plant layers src/plan/planted.c '	fd = open(path, 0);' 'is pure'
plant layers src/plan/planted.c '	put("BOOTPROTO=dhcp");' 'ifcfg keys'
plant layers src/sys/planted.c '	exit(1);' 'exits'
plant layers src/sys/planted.c '	system("ip");' 'no shell'
plant layers src/base/planted.c '	strcpy(a, b);' 'never cut'
plant sizes src/base/planted.c "$(printf 'int planted(void)\n{\n'; yes '	x();' | head -80
	printf '}\n')" 'planted.c:1: a function of 83'
plant sizes src/base/planted.c "$(printf 'int planted(int a, int b, int c,\n\tint d, int e, int f, int g)\n{\n}')" \
	'7 parameters'
plant sizes tests/unit/planted.c "$(yes '/* x */' | head -451)" 'planted.c: 451 lines'
plant waits src/sys/planted.c '	while (waitpid(pid, &status, 0) < 0)' 'planted.c waitpid 1 .*until when'
plant words src/base/planted.c "/* TO""DO: more */" 'unfinished'
plant words src/base/planted.c 'open("/ho''me/me/x");' 'path of one machine'
plant ops include/kvmnet/op.def 'KN_OP(PLANTED, "planted", LIVE, false, NONE)' \
	'PLANTED: has no inverse'
plant ops include/kvmnet/op.def 'KN_OP(PLANTED, "planted", LIVE, false, PLANTED)' \
	'PLANTED: live/ does not carry it out'
plant rules include/kvmnet/rules.def 'KN_RULE("planted", "x")' 'differ in the rules.*planted'
plant rules src/plan/planted.c '	return kn_rule(in, plan, "planted", err);' 'rule planted is not in'
plant exit_codes man/kvmnet.8 "$(printf '.Sh EXIT STATUS\n.It 9')" 'explains .*9'
plant options man/kvmnet.8 "$(printf '.\\" BEGIN OPTIONS port-remove\n.It Fl -x\n.\\" END OPTIONS')" \
	'options of port-remove are not'
plant man man/kvmnet.8 '.Xx planted' 'Xx'
plant shellcheck tests/meta/planted.sh "$(printf '#!/bin/sh\necho \044HOME/*.x | ls')" 'planted.sh'
case $(clang-format --version 2>&1) in
*' 14.'*) plant format src/base/planted.c 'int  planted ;' 'planted.c' ;;
esac
meta_done "$looked"
