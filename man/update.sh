#!/bin/sh
# Puts the option lists of the program's table between the BEGIN OPTIONS and END OPTIONS marks of the
# manual pages. KVMNET names the program (default: the dev build).
#   sh man/update.sh
set -eu
cd "$(dirname "$0")"
kvmnet=${KVMNET:-../build/dev/kvmnet}

for page in *.[58]; do
	new=$page.new~
	: >"$new"
	skip=
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in
		'.\" END OPTIONS') skip= ;;
		esac
		[ -n "$skip" ] || printf '%s\n' "$line" >>"$new"
		case $line in
		'.\" BEGIN OPTIONS '*)
			list=${line##* }
			# The command's words are joined by a dash in the mark.
			case $list in
			*-*) "$kvmnet" _man "${list%%-*}" "${list#*-}" >>"$new" ;;
			*) "$kvmnet" _man "$list" >>"$new" ;;
			esac
			skip=1
			;;
		esac
	done <"$page"
	if cmp -s "$page" "$new"; then
		rm "$new"
	else
		mv "$new" "$page"
		echo "updated $page"
	fi
done
