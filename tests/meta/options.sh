#!/usr/bin/env bash
# Every option of every command stands in the manual page of the command's group, exactly as the
# option table has it, and in the completions.
# shellcheck source=tests/support/meta.sh
. "$(dirname "$0")/../support/meta.sh"

looked=0
for page in man/*.[58]; do
	while IFS= read -r command; do
		in_page=$(sed -n "/^\.\\\\\" BEGIN OPTIONS $command\$/,/^\.\\\\\" END OPTIONS/p" "$page" |
			sed '1d;$d')
		# shellcheck disable=SC2086 # the command's words, joined by - in the page
		in_table=$("$KVMNET" _man ${command//-/ })
		[ "$in_page" = "$in_table" ] ||
			fault "$page: options of $command are not the table's (run man/update.sh)"
		if [[ $command == keys-* ]]; then
			looked=$((looked + $(grep -c '^\.It' <<<"$in_table")))
			continue
		fi
		while IFS= read -r option; do
			looked=$((looked + 1))
			for shell in bash zsh fish; do
				"$KVMNET" completion "$shell" | grep -qwe "$option" ||
					fault "$shell completion lacks $option of $command"
			done
		done < <(grep -oE '^\.It .*' <<<"$in_table" | grep -oE 'Fl -[a-z0-9-]+' |
			sed 's/^Fl -//' | sort -u)
	done < <(sed -n 's/^\.\\" BEGIN OPTIONS //p' "$page")
done

# Commands, from the table itself: each has its own section of options or none at all.
while IFS=, read -r group name; do
	command=$group${group:+-}$name
	case $name in
	_* | help | completion) continue ;;
	esac
	# shellcheck disable=SC2086 # no word at all without a group
	[ -n "$("$KVMNET" _man $group "$name")" ] || continue
	grep -qx ".\\\\\" BEGIN OPTIONS $command" man/*.[58] || fault "no manual page lists $command"
done < <(sed -nE 's/^KN_COMMAND\([A-Z_0-9]+, "([a-z]*)", "([_a-z]*)",.*/\1,\2/p' src/cli/table.def)
# Kinds of sections: each has its list of keys.
while IFS= read -r kind; do
	grep -qx ".\\\\\" BEGIN OPTIONS keys-$kind" man/kvmnet.conf.5 ||
		fault "kvmnet.conf(5) lists no keys of [$kind]"
done < <(sed -nE 's/^\t\{"([a-z]+)", KN_CMD_.*/\1/p' src/cli/ini_spec.c)
meta_done "$looked"
