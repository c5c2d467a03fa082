#!/bin/sh
# Reads ifcfg files as network-scripts do, in one process: standard input names folders that hold
# ifcfg-eth0, perhaps ifcfg-br0, and "want" with the keys to print. What it read goes to the folder,
# as "got". Run by bash and by dash from tests/fault/shell.sh.
# Source: initscripts, /etc/init.d/network (the eval lines) and network-functions (source_config).
# shellcheck disable=SC2046,SC2086,SC1090,SC2034,SC2154 # as they are written there
while IFS= read -r folder; do
	cd "$folder" || exit 1
	for i in eth0 br0; do
		[ -e ifcfg-$i ] || continue
		(
			unset DEVICE TYPE SLAVE NM_CONTROLLED
			eval $(LANG=C grep -F "DEVICE=" ifcfg-$i)
			eval $(LANG=C grep -F "TYPE=" ifcfg-$i)
			eval $(LANG=C grep -F "SLAVE=" ifcfg-$i)
			eval $(LANG=C grep -F "NM_CONTROLLED=" ifcfg-$i)
		)
	done
	for i in eth0 br0; do
		[ -e ifcfg-$i ] || continue
		(
			. ./ifcfg-$i
			while IFS='=' read -r key rest; do
				eval "[ -z \"\${$key+x}\" ] || printf '%s\n' \"$key=\$$key\""
			done <want
		)
	done >got
done
