#!/bin/sh
# Unpacks a peer's packages into a folder of the bench, installing nothing: fetch.sh TOOL FOLDER
# A real install would start daemons and ifupdown2 would replace ifupdown.
set -u
BENCH=$(cd "$(dirname "$0")" && pwd)

PEER_PACKAGES=
if [ "$1" = nft ]; then
	PEER_PACKAGES='nftables libnftables1 libnftnl11 libmnl0 libxtables12 libedit2 libbsd0 libmd0'
else
	[ -f "$BENCH/peers/$1.sh" ] || {
		echo "no such tool: $1" >&2
		exit 1
	}
	# shellcheck disable=SC1090
	. "$BENCH/peers/$1.sh"
fi
[ -n "$PEER_PACKAGES" ] && [ ! -e "$2/.done" ] || exit 0
mkdir -p "$2/debs"
# What cannot be fetched makes the peer impossible, not the bench.
if ! command -v apt-get >/dev/null; then
	echo "fetch: no apt-get for $1" >&2
	exit 0
fi
cd "$2/debs" || exit 1
# shellcheck disable=SC2086 # words
apt-get -qq download $PEER_PACKAGES >&2 || exit 0
for deb in *.deb; do
	dpkg -x "$deb" .. || exit 0
done
touch ../.done
