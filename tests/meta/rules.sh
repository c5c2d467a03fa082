#!/usr/bin/env bash
# kvmnet(8) explains every safety rule and no other, in the table's order; the program refuses by no
# name that the table lacks; and every exit status has its explanation.
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

# explained SECTION: the items of that section of kvmnet(8) that have a text below them
explained()
{
	awk -v section=".Sh $1" '$0 == section { inside = 1; next } /^\.Sh/ { inside = 0 }
		inside && /^\.It/ { item = $NF; next }
		inside && item != "" && (/^[A-Z]/ || /^\.[A-Z][a-z] ./) { print item; item = "" }' \
		man/kvmnet.8
}

mapfile -t rules < <(sed -nE 's/^KN_RULE\("([a-z0-9-]+)",.*/\1/p' include/kvmnet/rules.def)
difference=$(diff <(printf '%s\n' "${rules[@]}") <(explained 'SAFETY RULES')) ||
	fault "kvmnet(8) and rules.def differ in the rules: ${difference//$'\n'/ }"

# used: every name that a rule is called by, wherever its call breaks the line
used()
{
	cat src/*/*.c | tr '\n\t' '  ' |
		grep -oE '\b(kn_rule|kn_refuse)\([^";]*"[a-z0-9-]+"' | grep -oE '"[^"]+"' |
		tr -d '"' | sort -u
}
for name in $(used); do
	printf '%s\n' "${rules[@]}" | grep -qxF "$name" || fault "rule $name is not in rules.def"
done
for rule in "${rules[@]}"; do
	used | grep -qxF "$rule" || fault "no check refuses by rule $rule"
done

for code in $(awk '/^int kn_error_exit_code/ { inside = 1 } inside && /return [0-9]+;/ { print $2 }
	inside && /^}/ { exit }' src/base/error.c | tr -d ';' | sort -nu); do
	explained 'EXIT STATUS' | grep -qx "$code" || fault "kvmnet(8) does not explain exit $code"
done
meta_done "${#rules[@]}"
