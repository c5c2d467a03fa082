#!/usr/bin/env bash
# Every exit status the program can return is explained in kvmnet(8), no other is, and every kind of
# error occurs in a test.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

returned=$(awk '/^int kn_error_exit_code/ { inside = 1 } inside && /return [0-9]+;/ { print $2 }
	inside && /^}/ { exit }' src/base/error.c | tr -d ';' | sort -nu | tr '\n' ' ')
# 0 and 1 are no errors: done, and "a difference was found".
for code in 0 1; do
	case " $returned" in
	*" $code "*) ;;
	*) returned="$code $returned" ;;
	esac
done
returned=$(tr ' ' '\n' <<<"$returned" | grep . | sort -nu | tr '\n' ' ')
documented=$(awk '/^\.Sh EXIT STATUS/ { inside = 1; next } /^\.Sh/ { inside = 0 }
	inside && /^\.It/ { print $NF }' man/kvmnet.8 | sort -nu | tr '\n' ' ')
[ "$returned" = "$documented" ] ||
	fault "the program returns $returned, kvmnet(8) explains $documented"

mapfile -t kinds < <(sed -nE 's/^\t(KN_ERR_[A-Z]+),.*/\1/p' include/kvmnet/error.h)
for kind in "${kinds[@]}"; do
	[ "$kind" = KN_ERR_NONE ] && continue
	grep -rq --include='*.c' "\b$kind\b" tests || fault "$kind occurs in no test"
done
meta_done "${#kinds[@]}"
