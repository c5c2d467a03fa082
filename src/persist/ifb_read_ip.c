/* Reading: addresses, gateways, DNS of one ifcfg file, by the readers' own rules.
 * Layer: persist, pure. A value that the readers would drop is left out, as they do. */
#include <string.h>
#include <strings.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

/* An empty value is none to both readers. */
const char *kn_ifb_get(struct kn_ifb_in *in, enum kn_ifb_id id, int n)
{
	char key[KN_IFB_KEY_SIZE];
	const char *value;

	if (in->failed)
		return NULL;
	if (kn_ifcfg_get(in->text, kn_ifb_key_nth(id, n, key), &value, in->err) < 0) {
		in->failed = true;
		return NULL;
	}
	return value && *value ? value : NULL;
}

/* Of the wrong family or malformed: as if it were not set. */
static bool get_ip(struct kn_ifb_in *in, enum kn_ifb_id id, int n, enum kn_family family,
		   struct kn_ip *ret)
{
	const char *value = kn_ifb_get(in, id, n);
	struct kn_ip ip;

	if (!value || !kn_ip_is(value, &ip) || ip.family != family)
		return false;
	*ret = ip;
	return true;
}

/* Source: initscripts network-functions expand_config and ipcalc's classes: without a mask RHEL 7
 * takes the class, RHEL 8 takes 32. */
static uint8_t default_prefix(const struct kn_ip *ip, enum kn_reader reader)
{
	if (reader == KN_READER_SCRIPTS_8)
		return 32;
	return ip->b[0] < 128 ? 8 : ip->b[0] < 192 ? 16 : 24;
}

/* PREFIX wins over NETMASK with the same number. */
static uint8_t read_prefix(struct kn_ifb_in *in, int n, const struct kn_ip *ip,
			   enum kn_reader reader)
{
	const char *prefix = kn_ifb_get(in, KN_KEY_PREFIX, n);
	struct kn_ip mask;
	uint32_t len;
	uint8_t from_mask;

	if (prefix && kn_num_is(prefix, 32, &len))
		return (uint8_t)len;
	if (get_ip(in, KN_KEY_NETMASK, n, KN_IPV4, &mask) &&
	    kn_netmask_to_prefix(&mask, &from_mask))
		return from_mask;
	return default_prefix(ip, reader);
}

/* IPADDR, IPADDR0 and IPADDR1 may each be missing; from 2 on the first gap ends the list. */
bool kn_ifb_next_addr4(struct kn_ifb_in *in, int *n, struct kn_ip *ret)
{
	for (; *n < KN_IFB_ADDRS_MAX; (*n)++) {
		if (get_ip(in, KN_KEY_IPADDR, *n, KN_IPV4, ret))
			return true;
		if (*n >= 2 || in->failed)
			return false;
	}
	return false;
}

/* The addresses with their lengths, in the readers' order. */
static int read_addrs4(struct kn_ifb_in *in, enum kn_reader reader, struct kn_cidrs *ret)
{
	struct kn_cidr cidr;

	for (int n = -1; kn_ifb_next_addr4(in, &n, &cidr.ip); n++) {
		cidr.prefix_len = read_prefix(in, n, &cidr.ip, reader);
		if (in->failed || kn_cidrs_add(ret, &cidr, in->err) < 0)
			return -1;
	}
	return in->failed ? -1 : 0;
}

/* One IPv6 address with an optional length; without one the readers take 64. */
static bool parse_addr6(const char *str, size_t len, struct kn_cidr *ret)
{
	char buf[KN_CIDR_STRLEN];
	struct kn_error ignored;
	struct kn_cidr cidr = {.prefix_len = 64};

	if (len == 0 || len >= sizeof(buf))
		return false;
	memcpy(buf, str, len);
	buf[len] = '\0';
	if (strchr(buf, '/') ? kn_cidr_parse(buf, "address", &cidr, &ignored) < 0
			     : !kn_ip_is(buf, &cidr.ip))
		return false;
	if (cidr.ip.family != KN_IPV6)
		return false;
	*ret = cidr;
	return true;
}

/* One address or many, the list is read alike in both keys. */
static int read_addrs6(struct kn_ifb_in *in, struct kn_cidrs *ret)
{
	static const enum kn_ifb_id ids[] = {KN_KEY_IPV6ADDR, KN_KEY_IPV6ADDR_SECONDARIES};

	for (size_t i = 0; i < 2; i++) {
		const char *p = kn_ifb_get(in, ids[i], -1);

		while (p && *p) {
			size_t n = strcspn(p, " \t,");
			struct kn_cidr cidr;

			if (parse_addr6(p, n, &cidr) && kn_cidrs_add(ret, &cidr, in->err) < 0)
				return -1;
			p += n + strspn(p + n, " \t,");
		}
	}
	return 0;
}

/* With the key absent NetworkManager ignores IPv6; network-scripts from RHEL 7 on take it, and
 * what such a file says of IPv6 is meant. */
static bool ipv6_wanted(struct kn_ifb_in *in, enum kn_reader reader)
{
	const char *init = kn_ifb_get(in, KN_KEY_IPV6INIT, -1);

	if (init)
		return kn_ifb_is_true(init);
	return reader != KN_READER_NM &&
	       (kn_ifb_get(in, KN_KEY_IPV6ADDR, -1) || kn_ifb_get(in, KN_KEY_IPV6_AUTOCONF, -1) ||
		kn_ifb_get(in, KN_KEY_DHCPV6C, -1));
}

/* Autoconfiguration is on where IPv6 is on and nothing says otherwise. */
static int read_ipv6(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf)
{
	if (!ipv6_wanted(in, reader)) {
		conf->unsaid6 = !kn_ifb_get(in, KN_KEY_IPV6INIT, -1);
		return in->failed ? -1 : 0;
	}
	const char *value = kn_ifb_get(in, KN_KEY_IPV6_AUTOCONF, -1);
	conf->ip.slaac = !value || !kn_ifb_is_false(value);
	value = kn_ifb_get(in, KN_KEY_DHCPV6C, -1);
	conf->ip.dhcp6 = value && kn_ifb_is_true(value);
	if (read_addrs6(in, &conf->ip.addrs) < 0)
		return -1;
	value = kn_ifb_get(in, KN_KEY_IPV6_DEFAULTGW, -1);
	if (value) { /* fe80::1%eth0: the zone is the interface itself */
		char buf[KN_IP_STRLEN];
		size_t n = strcspn(value, "%");
		struct kn_ip ip;

		if (n < sizeof(buf)) {
			memcpy(buf, value, n);
			buf[n] = '\0';
			if (kn_ip_is(buf, &ip) && ip.family == KN_IPV6)
				conf->ip.gateway6 = ip;
		}
	}
	return in->failed ? -1 : 0;
}

/* GATEWAY or the first GATEWAYn. DEFROUTE counts as said even without a gateway: with
 * DHCP it decides about the lease's. */
static void read_gateway(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf)
{
	static const enum kn_ifb_id by_scripts[] = {KN_KEY_METRIC, KN_KEY_IPV4_ROUTE_METRIC};
	static const enum kn_ifb_id by_nm[] = {KN_KEY_IPV4_ROUTE_METRIC, KN_KEY_METRIC};
	const enum kn_ifb_id *metric = reader == KN_READER_NM ? by_nm : by_scripts;
	const char *value = kn_ifb_get(in, KN_KEY_DEFROUTE, -1);

	conf->ip.no_defroute = value && kn_ifb_is_false(value);
	if (value)
		conf->groups |= KN_GROUP_GATEWAY;
	/* With DHCP the readers take the lease's router, never the file's. */
	for (int n = -1; n < 16 && !conf->ip.dhcp4; n++)
		if (get_ip(in, KN_KEY_GATEWAY, n, KN_IPV4, &conf->ip.gateway4))
			break;
	for (size_t i = 0; i < 2 && !conf->ip.has_metric; i++) {
		value = kn_ifb_get(in, metric[i], -1);
		conf->ip.has_metric = value && kn_num_is(value, UINT32_MAX, &conf->ip.metric);
	}
	if (conf->ip.gateway4.family || conf->ip.gateway6.family || conf->ip.has_metric)
		conf->groups |= KN_GROUP_GATEWAY;
}

/* Up to the first gap, as NetworkManager does; network-scripts stop at DNS3, which is
 * for the resolver to enforce. */
static int read_dns(struct kn_ifb_in *in, struct kn_conf *conf)
{
	const char *peerdns = kn_ifb_get(in, KN_KEY_PEERDNS, -1);

	/* Source: initscripts, ifup-post: DNS1 and on are then left out of resolv.conf. */
	conf->no_peerdns = peerdns && kn_ifb_is_false(peerdns);
	for (int n = 1; n < 16; n++) {
		const char *value = kn_ifb_get(in, KN_KEY_DNS, n);
		struct kn_ip ip;

		if (!value || !kn_ip_is(value, &ip))
			break;
		if (kn_ips_add(&conf->ip.dns, &ip, in->err) < 0)
			return -1;
	}
	const char *p = kn_ifb_get(in, KN_KEY_DOMAIN, -1);
	if (!p)
		p = kn_ifb_get(in, KN_KEY_SEARCH, -1);
	while (p && *(p += strspn(p, " \t,"))) {
		size_t n = strcspn(p, " \t,");
		char *word KN_CLEANUP(kn_freep) = strndup(p, n);

		if (!word)
			return kn_fail_nomem(in->err);
		if (kn_strv_add(&conf->ip.search, word, in->err) < 0)
			return -1;
		p += n;
	}
	if (conf->ip.dns.n || conf->ip.search.n)
		conf->groups |= KN_GROUP_DNS;
	return in->failed ? -1 : 0;
}

/* IPv4 first: whether DHCP is on decides what of the rest the readers look at. */
int kn_ifb_read_ip(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf)
{
	const char *proto = kn_ifb_get(in, KN_KEY_BOOTPROTO, -1);

	conf->ip.dhcp4 = proto && (!strcasecmp(proto, "dhcp") || !strcasecmp(proto, "bootp"));
	/* network-scripts leave static IPv4 addresses out next to DHCP. */
	if ((!conf->ip.dhcp4 || reader == KN_READER_NM) &&
	    read_addrs4(in, reader, &conf->ip.addrs) < 0)
		return -1;
	if (read_ipv6(in, reader, conf) < 0)
		return -1;
	if (!kn_ipconf_has_no_addr(&conf->ip))
		conf->groups |= KN_GROUP_ADDR;
	read_gateway(in, reader, conf);
	return in->failed ? -1 : read_dns(in, conf);
}
