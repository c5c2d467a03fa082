#!/usr/bin/env bash
# Includes go downwards only, and each outside library, effect and fact has the one folder where it
# may live (CONTRIBUTING.md, "Where does this line live?").
# ctest: once
. "$(dirname "$0")/../support/meta.sh"

# allowed FOLDER: the folders it may include
allowed()
{
	case $1 in
	base) echo base ;;
	net) echo net base ;;
	model) echo model net base ;;
	codec) echo codec model net base ;;
	persist) echo persist codec model net base ;;
	plan) echo plan codec model net base ;;
	sys | live | virt) echo "$1" model net base ;;
	engine) echo engine plan sys live virt codec model net base ;;
	cli) echo cli engine plan persist sys live virt codec model net base ;;
	esac
}

# header_layer FOLDER HEADER: the folder that an included header belongs to
header_layer()
{
	case $2 in
	kvmnet/error.h | kvmnet/num.h | kvmnet/buf.h) echo base ;;
	kvmnet/net.h | kvmnet/names.h) echo net ;;
	kvmnet/engine.h) echo engine ;;
	kvmnet/*) echo model ;;
	*/*) echo "${2%%/*}" ;;
	*) echo "$1" ;;
	esac
}

looked=0
for file in src/*/*.[ch]; do
	folder=$(basename "$(dirname "$file")")
	may=" $(allowed "$folder") "
	if [ "$may" = "  " ]; then
		fault "$file: folder $folder has no place in the layers"
		continue
	fi
	while IFS= read -r header; do
		looked=$((looked + 1))
		layer=$(header_layer "$folder" "$header")
		case $may in
		*" $layer "*) ;;
		*) fault "$file: includes $header ($layer), above or beside $folder" ;;
		esac
	done < <(sed -nE 's/^#[[:space:]]*include "([^"]+)".*/\1/p' "$file")
done

# others FOLDER...: every source folder but these
others()
{
	local dir
	for dir in src/*/; do
		dir=${dir%/}
		case " $* " in
		*" ${dir#src/} "*) ;;
		*) echo "$dir" ;;
		esac
	done
}

# The word lists below are lists of folders on purpose.
# shellcheck disable=SC2046
{
	forbid 'netlink lives in live/' \
		'#[[:space:]]*include <netlink/' $(others live) include
	forbid 'json-c, libxml2 and iniparser live in codec/' \
		'#[[:space:]]*include <(json|libxml|iniparser|dictionary)' $(others codec) include
	forbid 'libsmartcols lives in cli/' '#[[:space:]]*include <libsmartcols' $(others cli) include
	forbid 'the environment is read in cli/' '\b(secure_)?getenv *\(|(^|[^/])\benviron\b' $(others cli)
	forbid 'the library does not print' \
		'\b(printf|puts|putchar|perror|vprintf)[[:space:]]*\(|\bf(printf|puts) *\((stdout|stderr)' \
		$(others cli)
	forbid 'names of ifcfg keys live in persist/' \
		'"[^"]*\b(BOOTPROTO|IPADDR|NETMASK|ONBOOT|DEFROUTE|MACADDR|HWADDR|IPV6INIT|IPV6ADDR|PEERDNS|BRIDGING_OPTS)[0-9]*\b' \
		$(others persist)
	forbid 'this folder is pure' \
		'(^|[^>.A-Za-z0-9_])(open|openat|fopen|read|write|rename|renameat|unlink|unlinkat|fsync|socket|clock_gettime)[[:space:]]*\(' \
		src/base src/net src/model src/codec src/plan src/persist
	forbid 'a concrete backend is named in cli/ only' 'kn_backend_ifcfg' $(others persist cli)
}
# _exit is how a forked child ends; the command itself returns.
forbid 'nothing exits but main by returning' '\b(exit|abort|quick_exit|_Exit)[[:space:]]*\(' src
forbid 'no shell' '\b(system|popen)[[:space:]]*\(' src
forbid 'lengths are checked, never cut; numbers are strict' \
	'\b(strcpy|strncpy|stpcpy|sprintf|vsprintf|strcat|strncat|strtok|strtok_r|atoi|atol|strtol|strtoul|fgets|gets|alloca)[[:space:]]*\(' \
	src include
meta_done "$looked"
