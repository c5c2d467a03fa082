#!/usr/bin/env bash
# ctest: once
# ctest: full
# ctest: serial
# ctest: timeout=36000
# The long form of every harness here, one after the other, and the table for README.md (markdown).
# Some hours. What each says in full goes to FILE.NAME:
#   bash tests/fault/long.sh [FILE]
set -u
cd "$(dirname "$0")" || exit 1
log=${1:-$(mktemp)}
failed=0

echo '| harness | figure | bad | date | command |'
echo '|---|---|---|---|---|'
for name in kill kill_recover confirm deadline errors netlink chaos \
	hostile shell root disk surroundings order powercut racer parallel fuzz; do
	bash "$name.sh" --long >"$log.$name" 2>&1
	case $? in
	0) ;;
	77)
		echo "| $name | skipped: $(tail -1 "$log.$name") | - | $(date +%F) | |"
		continue
		;;
	*) failed=1 ;;
	esac
	figure=$(sed -nE 's/^# ([0-9]+ (kills|pairs|failed calls|wrong answers|runs|rows|values|rounds|states|power cuts|races))$/\1/p' "$log.$name" | tail -1)
	echo "| $name | ${figure:-broke off} | $(grep -c '^not ok' "$log.$name") | $(date +%F) |" \
		"\`bash tests/fault/$name.sh --long\` |"
done
echo "# in full: $log.*" >&2
exit $failed
