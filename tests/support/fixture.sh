# The classic recipe's host as files, for tests and examples. Sourced; POSIX sh.
# shellcheck shell=sh

# recipe_ifcfg: the recipe's own ifcfg-eth0, static
recipe_ifcfg() {
	cat <<'FILE'
DEVICE=eth0
NAME="System eth0"
TYPE=Ethernet
ONBOOT=yes
NM_CONTROLLED="no"
BOOTPROTO=static
IPADDR=192.168.12.118
PREFIX=24
GATEWAY=192.168.12.1
DNS1=180.76.76.76
DNS2=114.114.114.114
DEFROUTE=yes
HWADDR=44:37:E6:4A:62:AD
FILE
}

# recipe_ifcfg_dhcp: the same NIC, configured by DHCP
recipe_ifcfg_dhcp() {
	cat <<'FILE'
DEVICE=eth0
NAME="System eth0"
TYPE=Ethernet
ONBOOT=yes
NM_CONTROLLED="no"
BOOTPROTO=dhcp
HWADDR=44:37:E6:4A:62:AD
FILE
}

# scripts_reader DIR: DIR has network-scripts (RHEL 8's generation) and they are enabled
scripts_reader() {
	mkdir -p "$1/etc/sysconfig/network-scripts" "$1/etc/rc.d/init.d" "$1/etc/rc.d/rc3.d" &&
		echo '# functions of network-scripts' \
			>"$1/etc/sysconfig/network-scripts/network-functions" &&
		printf '#!/bin/sh\n' >"$1/etc/rc.d/init.d/network" &&
		ln -sf ../init.d/network "$1/etc/rc.d/rc3.d/S10network"
}

# recipe_root DIR: a root folder of the recipe's host, for --root
recipe_root() {
	scripts_reader "$1" &&
		recipe_ifcfg >"$1/etc/sysconfig/network-scripts/ifcfg-eth0" &&
		echo 'nameserver 180.76.76.76' >"$1/etc/resolv.conf"
}
