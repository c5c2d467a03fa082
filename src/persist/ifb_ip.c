/* Writing the IP groups of a target into ifcfg-BR. A group that the file already has as wanted
 * keeps every byte, whichever of the readers' spellings it uses.
 * Layer: persist, pure. */
#include <stdio.h>
#include <string.h>

#include "persist/ifb.h"

/* Only the first address counts: network-scripts compare GATEWAY with NETWORK of that
 * one and drop it otherwise. With DHCP there is none to compare with. */
bool kn_ifb_gateway_fits(const struct kn_ipconf *ip, const struct kn_cidrs *addrs)
{
	for (size_t i = 0; i < addrs->n && !ip->dhcp4; i++)
		if (addrs->v[i].ip.family == KN_IPV4)
			return kn_cidr_has(&addrs->v[i], &ip->gateway4);
	return false;
}

/* The @i-th address of @family, NULL behind the last. */
static const struct kn_cidr *nth(const struct kn_cidrs *addrs, enum kn_family family, size_t i)
{
	for (size_t k = 0; k < addrs->n; k++)
		if (addrs->v[k].ip.family == family && i-- == 0)
			return &addrs->v[k];
	return NULL;
}

/* Order matters: the first address is the primary one and decides about GATEWAY. */
static bool same_addrs(const struct kn_cidrs *a, const struct kn_cidrs *b, enum kn_family family)
{
	for (size_t i = 0;; i++) {
		const struct kn_cidr *x = nth(a, family, i), *y = nth(b, family, i);

		if (!x || !y)
			return x == y;
		if (!kn_cidr_eq(x, y))
			return false;
	}
}

/* Numbers need no quotes and no locale. */
static void put_num(struct kn_ifb_out *out, const char *key, uint32_t value)
{
	char buf[16];

	(void)snprintf(buf, sizeof(buf), "%u", value);
	kn_ifb_put(out, key, buf);
}

/* IPADDR and PREFIX side by side, without a mask a reader would guess one. The old
 * family goes first, or its higher numbers would be read on. */
static void put_addrs4(struct kn_ifb_out *out, const struct kn_cidrs *addrs)
{
	const struct kn_cidr *cidr;
	char key[KN_IFB_KEY_SIZE], buf[KN_IP_STRLEN];

	kn_ifb_unset_all(out, KN_KEY_IPADDR);
	kn_ifb_unset_all(out, KN_KEY_PREFIX);
	kn_ifb_unset_all(out, KN_KEY_NETMASK);
	for (int i = 0; (cidr = nth(addrs, KN_IPV4, (size_t)i)); i++) {
		int n = i ? i : -1; /* IPADDR, IPADDR1, IPADDR2 ... */

		kn_ifb_put(out, kn_ifb_key_nth(KN_KEY_IPADDR, n, key), kn_ip_fmt(&cidr->ip, buf));
		put_num(out, kn_ifb_key_nth(KN_KEY_PREFIX, n, key), cidr->prefix_len);
	}
}

/* BOOTPROTO and the IPv4 addresses. */
static void put_ipv4(struct kn_ifb_out *out, const struct kn_target *target,
		     const struct kn_cidrs *addrs, const struct kn_conf *now)
{
	bool dhcp = target->ip.dhcp4;

	if (dhcp && target->reader != KN_READER_NM && nth(addrs, KN_IPV4, 0)) {
		out->failed = true;
		kn_fail(out->err, KN_ERR_UNSUPPORTED, 0,
			"%s: network-scripts leave static IPv4 addresses out next to DHCP",
			target->bridge.s);
		kn_hint(out->err, "take either --dhcp or --static");
		return;
	}
	/* "static" and "none" are the same to every reader. */
	if (dhcp != now->ip.dhcp4 || !kn_ifcfg_has(out->text, KN_K(BOOTPROTO)))
		kn_ifb_put(out, KN_K(BOOTPROTO), dhcp ? "dhcp" : "none");
	if (!same_addrs(addrs, &now->ip.addrs, KN_IPV4))
		put_addrs4(out, addrs);
	/* Left over from other days they silently cost the default route. */
	kn_ifb_unset_all(out, KN_KEY_NETWORK);
	kn_ifb_unset_all(out, KN_KEY_BROADCAST);
}

/* The first in IPV6ADDR, all others in one list: that is how both readers have it. */
static void put_addrs6(struct kn_ifb_out *out, const struct kn_cidrs *addrs)
{
	struct kn_buf more KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_cidr *cidr;
	char buf[KN_CIDR_STRLEN];

	kn_ifb_unset(out, KN_K(IPV6ADDR_SECONDARIES));
	if (!nth(addrs, KN_IPV6, 0)) {
		kn_ifb_unset(out, KN_K(IPV6ADDR));
		return;
	}
	kn_ifb_put(out, KN_K(IPV6ADDR), kn_cidr_fmt(nth(addrs, KN_IPV6, 0), buf));
	for (size_t i = 1; (cidr = nth(addrs, KN_IPV6, i)); i++)
		kn_buf_printf(&more, "%s%s", i > 1 ? " " : "", kn_cidr_fmt(cidr, buf));
	if (more.failed) {
		out->failed = true;
		kn_fail_nomem(out->err);
	} else if (more.len) {
		kn_ifb_put(out, KN_K(IPV6ADDR_SECONDARIES), kn_buf_str(&more));
	}
}

/* IPV6_AUTOCONF is said as well where IPv6 is on: its default follows forwarding in
 * network-scripts and is yes in NetworkManager. */
static void put_ipv6(struct kn_ifb_out *out, const struct kn_ipconf *ip,
		     const struct kn_cidrs *addrs, const struct kn_conf *now)
{
	bool wanted = ip->slaac || ip->dhcp6 || ip->gateway6.family || nth(addrs, KN_IPV6, 0);

	/* Always said: the readers' defaults differ. */
	kn_ifb_put_bool(out, KN_KEY_IPV6INIT, wanted);
	if (!wanted) {
		kn_ifb_unset(out, KN_K(IPV6_AUTOCONF));
		kn_ifb_unset(out, KN_K(DHCPV6C));
		put_addrs6(out, addrs);
		return;
	}
	kn_ifb_put_bool(out, KN_KEY_IPV6_AUTOCONF, ip->slaac);
	if (ip->dhcp6)
		kn_ifb_put_bool(out, KN_KEY_DHCPV6C, true);
	else if (now->ip.dhcp6)
		kn_ifb_unset(out, KN_K(DHCPV6C));
	if (!same_addrs(addrs, &now->ip.addrs, KN_IPV6))
		put_addrs6(out, addrs);
}

/* A gateway that does not fit is written to route-BR by ifb_extra.c. DEFROUTE is only
 * said where there is a gateway or where it is off. */
static void put_gateway4(struct kn_ifb_out *out, const struct kn_ipconf *ip,
			 const struct kn_cidrs *addrs, const struct kn_conf *now)
{
	bool fits = ip->gateway4.family && kn_ifb_gateway_fits(ip, addrs);
	char buf[KN_IP_STRLEN];

	if (!fits) {
		kn_ifb_unset_all(out, KN_KEY_GATEWAY);
	} else if (!kn_ip_eq(&ip->gateway4, &now->ip.gateway4)) {
		kn_ifb_unset_all(out, KN_KEY_GATEWAY);
		kn_ifb_put(out, KN_K(GATEWAY), kn_ip_fmt(&ip->gateway4, buf));
	}
	if (ip->no_defroute || fits)
		kn_ifb_put_bool(out, KN_KEY_DEFROUTE, !ip->no_defroute);
	else if (now->ip.no_defroute)
		kn_ifb_unset(out, KN_K(DEFROUTE));
}

/* network-scripts read one of the two, NetworkManager the other. */
static void put_metric(struct kn_ifb_out *out, const struct kn_ipconf *ip)
{
	if (ip->has_metric) {
		put_num(out, KN_K(METRIC), ip->metric);
		put_num(out, KN_K(IPV4_ROUTE_METRIC), ip->metric);
	} else {
		kn_ifb_unset(out, KN_K(METRIC));
		kn_ifb_unset(out, KN_K(IPV4_ROUTE_METRIC));
	}
}

/* A link-local gateway means nothing without its interface, which is the bridge now. */
static void put_gateway6(struct kn_ifb_out *out, const struct kn_target *target,
			 const struct kn_conf *now)
{
	const struct kn_ip *gateway = &target->ip.gateway6;
	char ip[KN_IP_STRLEN], buf[KN_IP_STRLEN + KN_IFNAME_SIZE];

	if (!gateway->family) {
		kn_ifb_unset(out, KN_K(IPV6_DEFAULTGW));
		return;
	}
	if (kn_ip_eq(gateway, &now->ip.gateway6))
		return;
	(void)snprintf(buf, sizeof(buf), "%s%s%s", kn_ip_fmt(gateway, ip),
		       kn_ip_is_link_local(gateway) ? "%" : "",
		       kn_ip_is_link_local(gateway) ? target->bridge.s : "");
	kn_ifb_put(out, KN_K(IPV6_DEFAULTGW), buf);
}

/* Order matters here too: the resolver asks the first server first. */
static bool same_dns(const struct kn_ipconf *a, const struct kn_ipconf *b)
{
	if (a->dns.n != b->dns.n || a->search.n != b->search.n)
		return false;
	for (size_t i = 0; i < a->dns.n; i++)
		if (!kn_ip_eq(&a->dns.v[i], &b->dns.v[i]))
			return false;
	for (size_t i = 0; i < a->search.n; i++)
		if (strcmp(a->search.v[i], b->search.v[i]) != 0)
			return false;
	return true;
}

/* Servers and search list are one group and are replaced together. network-scripts read
 * DOMAIN as the search list; nothing reads SEARCH, so it goes. */
static void put_dns(struct kn_ifb_out *out, const struct kn_ipconf *ip, const struct kn_conf *now)
{
	struct kn_buf search KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char key[KN_IFB_KEY_SIZE], buf[KN_IP_STRLEN];

	if (same_dns(ip, &now->ip))
		return;
	kn_ifb_unset_all(out, KN_KEY_DNS);
	for (size_t i = 0; i < ip->dns.n; i++)
		kn_ifb_put(out, kn_ifb_key_nth(KN_KEY_DNS, (int)i + 1, key),
			   kn_ip_fmt(&ip->dns.v[i], buf));
	kn_ifb_unset(out, KN_K(SEARCH));
	for (size_t i = 0; i < ip->search.n; i++)
		kn_buf_printf(&search, "%s%s", i ? " " : "", ip->search.v[i]);
	if (search.failed) {
		out->failed = true;
		kn_fail_nomem(out->err);
	} else if (search.len) {
		kn_ifb_put(out, KN_K(DOMAIN), kn_buf_str(&search));
	} else {
		kn_ifb_unset(out, KN_K(DOMAIN));
	}
}

/* Compares with what the file says now, in the reader's own terms, and only then writes.
 * A change of the gateway alone is judged by the addresses that are in the file. */
void kn_ifb_put_ip(struct kn_ifb_out *out, const struct kn_target *target,
		   const struct kn_cidrs *addrs, unsigned int groups)
{
	struct kn_conf now;

	if (out->failed)
		return;
	if (kn_ifb_conf_parse(out->text, target->reader, &now, out->err) < 0) {
		out->failed = true;
		return;
	}
	if (groups & KN_GROUP_ADDR)
		put_ipv4(out, target, addrs, &now);
	else
		addrs = &now.ip.addrs;
	if (groups & KN_GROUP_GATEWAY) {
		put_gateway4(out, &target->ip, addrs, &now);
		put_metric(out, &target->ip);
	}
	if (groups & KN_GROUP_DNS)
		put_dns(out, &target->ip, &now);
	if (groups & KN_GROUP_ADDR)
		put_ipv6(out, &target->ip, addrs, &now);
	if (groups & KN_GROUP_GATEWAY)
		put_gateway6(out, target, &now);
	kn_ifb_conf_done(&now);
}
