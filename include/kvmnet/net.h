/* Value types that cannot hold a bad value once parsed: interface name, MAC, IP address, prefix.
 * Layer: net, pure. Addresses are byte arrays in wire order, as inet_pton gives them, for both
 * families: prefix arithmetic is the same for both and nothing needs byte swapping. */
#ifndef KVMNET_NET_H
#define KVMNET_NET_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/error.h"

#define KN_IFNAME_SIZE 16 /* IFNAMSIZ, with the NUL */
#define KN_MAC_STRLEN  18
#define KN_IP_STRLEN   46 /* INET6_ADDRSTRLEN */
#define KN_CIDR_STRLEN 50

/* ---- interface name ---- */

struct kn_ifname {
	char s[KN_IFNAME_SIZE]; /* NUL-terminated, "" = none */
};

/* Parses a name that kvmnet is to create or put into a file.
 * [A-Za-z][A-Za-z0-9_.-]{0,14}; not lo, all, default, bonding_masters; not ending in -range or
 * in a backup suffix (.bak .old .orig .rpmsave .rpmnew .rpmorig), which ifcfg readers would skip or
 * misread. Source: kernel dev_valid_name(); NetworkManager shvar/utils should_ignore; initscripts'
 * ls filter. Return: 0; -1 with KN_ERR_INPUT, *ret untouched. */
int kn_ifname_parse(const char *str, struct kn_ifname *ret, struct kn_error *err) KN_NODISCARD;

/* Takes a name found on the host (data: print it escaped). 1..15 bytes, no '/', not "." or "..".
 * Return: 0; -1 with KN_ERR_INPUT. */
int kn_ifname_from_host(const char *str, struct kn_ifname *ret, struct kn_error *err) KN_NODISCARD;

bool kn_ifname_eq(const struct kn_ifname *a, const struct kn_ifname *b);
bool kn_ifname_is(const struct kn_ifname *name, const char *str);
bool kn_ifname_is_set(const struct kn_ifname *name);

/* ---- MAC ---- */

struct kn_mac {
	uint8_t b[6];
};

/* Six hex pairs with ':' (or all with '-'), either case; unicast and not all zero.
 * Return: 0; -1 with KN_ERR_INPUT. */
int kn_mac_parse(const char *str, struct kn_mac *ret, struct kn_error *err) KN_NODISCARD;
bool kn_mac_eq(const struct kn_mac *a, const struct kn_mac *b);
bool kn_mac_is_zero(const struct kn_mac *mac);
/* Writes "44:37:e6:4a:62:ad"; @buf holds KN_MAC_STRLEN. Return: @buf. */
const char *kn_mac_fmt(const struct kn_mac *mac, char *buf);

/* ---- IP address ---- */

enum kn_family {
	KN_FAMILY_NONE,
	KN_IPV4,
	KN_IPV6,
};

struct kn_ip {
	enum kn_family family;
	uint8_t b[16]; /* IPv4 in b[0..3], the rest zero */
};

/* inet_pton's form, nothing else (no zone, no octal, no short forms).
 * Return: 0; -1 with KN_ERR_INPUT naming @what ("gateway"). */
int kn_ip_parse(const char *str, const char *what, struct kn_ip *ret,
		struct kn_error *err) KN_NODISCARD;
/* The same as a test without a message. */
bool kn_ip_is(const char *str, struct kn_ip *ret);
bool kn_ip_eq(const struct kn_ip *a, const struct kn_ip *b);
bool kn_ip_is_zero(const struct kn_ip *ip); /* family unset, 0.0.0.0 or :: */
bool kn_ip_is_loopback(const struct kn_ip *ip);
bool kn_ip_is_multicast(const struct kn_ip *ip);
bool kn_ip_is_link_local(const struct kn_ip *ip); /* 169.254/16, fe80::/10 */
/* Can one host have it, this one (loopback) or another? Not so: unset, "this network" (0/8),
 * multicast, the reserved 240/4 with the broadcast address in it. Source: RFC 1122, 3.2.1.3; RFC
 * 1112, 4. */
bool kn_ip_is_hosts(const struct kn_ip *ip);
/* @buf holds KN_IP_STRLEN. Return: @buf; "-" for an unset address. */
const char *kn_ip_fmt(const struct kn_ip *ip, char *buf);
/* 4 or 16 bytes. */
size_t kn_ip_bytes(const struct kn_ip *ip);
/* 32 or 128 bits. */
unsigned int kn_ip_bits(const struct kn_ip *ip);

/* Before, same, after, in the order of the bytes (of one family). Return: -1, 0, 1. */
int kn_ip_cmp(const struct kn_ip *a, const struct kn_ip *b);

/* ---- address with prefix length ---- */

struct kn_cidr {
	struct kn_ip ip;    /* the address as given, host bits kept */
	uint8_t prefix_len; /* 0..32 or 0..128 */
};

/* "A/N" or IPv4 "A/255.255.255.0"; the mask is required. @what names the value.
 * Return: 0; -1 with KN_ERR_INPUT. */
int kn_cidr_parse(const char *str, const char *what, struct kn_cidr *ret,
		  struct kn_error *err) KN_NODISCARD;
/* As above for an address a host can carry: refuses the network and broadcast address of the
 * prefix (/31, /32, /127, /128 have none), multicast, loopback, 0.0.0.0/8, 255.255.255.255, ::,
 * prefix length 0. Return: 0; -1 with KN_ERR_INPUT. */
int kn_cidr_parse_host(const char *str, const char *what, struct kn_cidr *ret,
		       struct kn_error *err) KN_NODISCARD;
/* The same check on a parsed value. */
int kn_cidr_check_host(const struct kn_cidr *cidr, const char *what,
		       struct kn_error *err) KN_NODISCARD;
/* A destination for routes: "default" is not known here; host bits must be zero. */
int kn_cidr_parse_net(const char *str, const char *what, struct kn_cidr *ret,
		      struct kn_error *err) KN_NODISCARD;
bool kn_cidr_eq(const struct kn_cidr *a, const struct kn_cidr *b); /* address and length */
bool kn_cidr_has(const struct kn_cidr *net, const struct kn_ip *ip);
bool kn_cidr_overlaps(const struct kn_cidr *a, const struct kn_cidr *b);
struct kn_cidr kn_cidr_network(const struct kn_cidr *cidr); /* host bits cleared */
struct kn_ip kn_cidr_broadcast(const struct kn_cidr *cidr); /* host bits set */
/* @buf holds KN_CIDR_STRLEN. Return: @buf. */
const char *kn_cidr_fmt(const struct kn_cidr *cidr, char *buf);
/* Netmask to prefix length. Return: true; false when the ones are not contiguous. */
bool kn_netmask_to_prefix(const struct kn_ip *mask, uint8_t *ret);

/* ---- names of libvirt networks, UUIDs, DNS names ---- */

#define KN_NETNAME_SIZE 256 /* a file name without its directory, with the NUL */
#define KN_UUID_STRLEN	37

struct kn_netname {
	char s[KN_NETNAME_SIZE]; /* NUL-terminated, "" = none */
};

/* Parses the name of a network that kvmnet is to define: 1 to 64 of [A-Za-z0-9_.+-], the first a
 * letter, digit or '_'; no "..". libvirt takes more (blanks, UTF-8), but makes file names, unit
 * names and command lines of it. Return: 0; -1 with KN_ERR_INPUT, *ret untouched. */
int kn_netname_parse(const char *str, struct kn_netname *ret, struct kn_error *err) KN_NODISCARD;
/* Takes a name found in a definition (data: print it escaped): 1..255 bytes without '/', newline
 * or NUL. Return: 0; -1 with KN_ERR_INPUT. */
int kn_netname_from_host(const char *str, struct kn_netname *ret,
			 struct kn_error *err) KN_NODISCARD;

struct kn_uuid {
	uint8_t b[16];
};

/* 8-4-4-4-12 hex digits, or 32 without dashes, either case; not all the same byte value 0.
 * Return: 0; -1 with KN_ERR_INPUT. */
int kn_uuid_parse(const char *str, struct kn_uuid *ret, struct kn_error *err) KN_NODISCARD;
/* @buf holds KN_UUID_STRLEN. Return: @buf. */
const char *kn_uuid_fmt(const struct kn_uuid *uuid, char *buf);

/* Why @name is no DNS name, or NULL when it is one: labels of 1 to 63 letters, digits and '-' (with
 * @underscore also '_'), none with '-' at an end, 253 characters in all, no dot at the end.
 * Source: RFC 1035, 2.3; RFC 1123, 2.1. */
const char *kn_dnsname_fault(const char *name, bool underscore);

#endif
