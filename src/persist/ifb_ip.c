/* Writing the IP groups of a target into ifcfg-BR. A group that the file already has as wanted
 * keeps every byte, whichever of the readers' spellings it uses.
 * Layer: persist, pure. */
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
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

/* The mask keeps the key it has, and with it its line; a new one is a PREFIX. */
static void put_mask(struct kn_ifb_out *out, int n, uint8_t prefix_len)
{
	char prefix[KN_IFB_KEY_SIZE], netmask[KN_IFB_KEY_SIZE], buf[KN_IP_STRLEN];
	uint32_t bits = prefix_len ? UINT32_MAX << (32 - prefix_len) : 0;

	kn_ifb_key_nth(KN_KEY_PREFIX, n, prefix);
	kn_ifb_key_nth(KN_KEY_NETMASK, n, netmask);
	if (kn_ifcfg_has(out->text, prefix) || !kn_ifcfg_has(out->text, netmask))
		put_num(out, prefix, prefix_len);
	if (!kn_ifcfg_has(out->text, netmask))
		return;
	(void)snprintf(buf, sizeof(buf), "%u.%u.%u.%u", bits >> 24, bits >> 16 & 255,
		       bits >> 8 & 255, bits & 255);
	kn_ifb_put(out, netmask, buf);
}

/* Bit per number from -1 on. */
struct numbers {
	bool used[KN_IFB_ADDRS_MAX + 1];
};

/* A left-over IPADDR3 would be read again once IPADDR2 is there. */
static void unset_unused(struct kn_ifb_out *out, const struct numbers *numbers)
{
	static const enum kn_ifb_id ids[] = {KN_KEY_IPADDR, KN_KEY_PREFIX, KN_KEY_NETMASK};
	struct kn_strv keys = {0};
	uint32_t n;

	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++) {
		for (size_t k = 0; k < 3; k++) {
			const char *tail = keys.v[i] + strlen(kn_ifb_key(ids[k])->name);

			if (!kn_ifb_key_is(keys.v[i], ids[k]))
				continue;
			if (*tail ? !kn_num_is(tail, KN_IFB_ADDRS_MAX - 1, &n) ||
					    !numbers->used[n + 1]
				  : !numbers->used[0])
				kn_ifb_unset(out, keys.v[i]);
		}
	}
	kn_strv_done(&keys);
}

/* Where an address goes: to the next number that has one, else behind the last. */
static int next_number(struct kn_ifb_out *out, int from, int last)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	struct kn_ip ignored;
	int n = from;

	if (kn_ifb_next_addr4(&in, &n, &ignored))
		return n;
	return last < -1 ? -1 : last < 1 ? 1 : last + 1;
}

/* IPADDR and PREFIX side by side, without a mask a reader would guess one. Addresses take
 * the places of those that are there: a changed one keeps its line and its quotes. */
static void put_addrs4(struct kn_ifb_out *out, const struct kn_cidrs *addrs)
{
	struct numbers numbers = {{false}};
	char key[KN_IFB_KEY_SIZE], buf[KN_IP_STRLEN];
	const struct kn_cidr *cidr;
	int last = -2;

	for (size_t i = 0; !out->failed && (cidr = nth(addrs, KN_IPV4, i)); i++) {
		last = next_number(out, last + 1, last);
		if (last >= KN_IFB_ADDRS_MAX) {
			out->failed = true;
			kn_fail(out->err, KN_ERR_UNSUPPORTED, 0,
				"a file cannot hold more than %d IPv4 addresses", KN_IFB_ADDRS_MAX);
			return;
		}
		kn_ifb_put(out, kn_ifb_key_nth(KN_KEY_IPADDR, last, key),
			   kn_ip_fmt(&cidr->ip, buf));
		put_mask(out, last, cidr->prefix_len);
		numbers.used[last + 1] = true;
	}
	unset_unused(out, &numbers);
}

enum step {
	STEP_HEAD,
	STEP_PROTO,
	STEP_ADDRS4,
	STEP_GATEWAY4,
	STEP_DNS,
	STEP_IPV6,
};

/* New keys go behind what the file has of the same step, else of the one before. */
static void anchor(struct kn_ifb_out *out, enum step step)
{
	static const struct {
		enum kn_ifb_id ids[5];
		size_t n;
	} keys[] = {
		[STEP_HEAD] = {{KN_KEY_DEVICE, KN_KEY_TYPE}, 2},
		[STEP_PROTO] = {{KN_KEY_BOOTPROTO}, 1},
		[STEP_ADDRS4] = {{KN_KEY_IPADDR, KN_KEY_PREFIX, KN_KEY_NETMASK}, 3},
		[STEP_GATEWAY4] = {{KN_KEY_GATEWAY, KN_KEY_DEFROUTE, KN_KEY_METRIC,
				    KN_KEY_IPV4_ROUTE_METRIC},
				   4},
		[STEP_DNS] = {{KN_KEY_DNS, KN_KEY_DOMAIN, KN_KEY_SEARCH}, 3},
		[STEP_IPV6] = {{KN_KEY_IPV6INIT, KN_KEY_IPV6_AUTOCONF, KN_KEY_DHCPV6C,
				KN_KEY_IPV6ADDR, KN_KEY_IPV6ADDR_SECONDARIES},
			       5},
	};

	kn_ifb_anchor(out, keys[step].ids, keys[step].n);
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
	/* Nobody looks at it next to DHCP; it would come alive with the next static address. */
	if (dhcp && !now->ip.dhcp4 && !nth(addrs, KN_IPV4, 0))
		kn_ifb_unset_all(out, KN_KEY_GATEWAY);
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

	if (!nth(addrs, KN_IPV6, 0)) {
		kn_ifb_unset(out, KN_K(IPV6ADDR));
		kn_ifb_unset(out, KN_K(IPV6ADDR_SECONDARIES));
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
	} else {
		kn_ifb_unset(out, KN_K(IPV6ADDR_SECONDARIES));
	}
}

/* IPV6_AUTOCONF is said as well where IPv6 is on: its default follows forwarding in
 * network-scripts and is yes in NetworkManager. */
static void put_ipv6(struct kn_ifb_out *out, const struct kn_target *target,
		     const struct kn_cidrs *addrs, const struct kn_conf *now)
{
	const struct kn_ipconf *ip = &target->ip;
	bool wanted = ip->slaac || ip->dhcp6 || ip->gateway6.family || nth(addrs, KN_IPV6, 0);

	/* Said, because the readers' defaults differ; but a file that somebody else wrote says as
	 * much as they meant, as long as nobody asks for none. */
	if (!wanted && target->unsaid6 && now->unsaid6 && kn_ifb_reads_as_link(out, target))
		return;
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

/* The readers differ on GATEWAYn: what was said with a number is said plainly, there. */
static void put_gateway_key(struct kn_ifb_out *out, const struct kn_ip *gateway)
{
	const enum kn_ifb_id id = KN_KEY_GATEWAY;
	char buf[KN_IP_STRLEN];

	kn_ifb_anchor(out, &id, 1);
	kn_ifb_put(out, KN_K(GATEWAY), kn_ip_fmt(gateway, buf));
	kn_ifb_unset_others(out, KN_KEY_GATEWAY, KN_K(GATEWAY));
}

/* A gateway that does not fit is written to route-BR by ifb_extra.c. DEFROUTE is only
 * said where there is a gateway or where it is off. */
static void put_gateway4(struct kn_ifb_out *out, const struct kn_ipconf *ip,
			 const struct kn_cidrs *addrs, const struct kn_conf *now)
{
	bool fits = ip->gateway4.family && kn_ifb_gateway_fits(ip, addrs);
	bool had = kn_ifcfg_has(out->text, KN_K(GATEWAY));

	if (!fits)
		kn_ifb_unset_all(out, KN_KEY_GATEWAY);
	else if (!kn_ip_eq(&ip->gateway4, &now->ip.gateway4) ||
		 !kn_ifcfg_has(out->text, KN_K(GATEWAY)))
		put_gateway_key(out, &ip->gateway4);
	anchor(out, STEP_GATEWAY4);
	if (ip->no_defroute || fits)
		kn_ifb_put_bool(out, KN_KEY_DEFROUTE, !ip->no_defroute);
	else if (now->ip.no_defroute || (had && !ip->dhcp4))
		kn_ifb_unset(out, KN_K(DEFROUTE));
	put_metric(out, ip);
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
static bool same_dns(const struct kn_ips *a, const struct kn_ips *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!kn_ip_eq(&a->v[i], &b->v[i]))
			return false;
	return true;
}

/* DNS1 and up, each in its place; what is left over of the family goes. */
static void put_dns(struct kn_ifb_out *out, const struct kn_ips *dns)
{
	char key[KN_IFB_KEY_SIZE], buf[KN_IP_STRLEN];
	struct kn_strv keys = {0};
	uint32_t n;

	for (size_t i = 0; i < dns->n; i++)
		kn_ifb_put(out, kn_ifb_key_nth(KN_KEY_DNS, (int)i + 1, key),
			   kn_ip_fmt(&dns->v[i], buf));
	if (out->failed || kn_ifb_keys(out->text, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n; i++)
		if (kn_ifb_key_is(keys.v[i], KN_KEY_DNS) &&
		    (!kn_num_is(keys.v[i] + strlen(KN_K(DNS)), UINT32_MAX, &n) || !n || n > dns->n))
			kn_ifb_unset(out, keys.v[i]);
	kn_strv_done(&keys);
}

/* network-scripts read DOMAIN as the search list; nothing reads SEARCH, so it goes. */
static void put_search(struct kn_ifb_out *out, const struct kn_strv *list)
{
	struct kn_buf search KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < list->n; i++)
		kn_buf_printf(&search, "%s%s", i ? " " : "", list->v[i]);
	if (search.failed) {
		out->failed = true;
		kn_fail_nomem(out->err);
	} else if (search.len) {
		kn_ifb_put(out, KN_K(DOMAIN), kn_buf_str(&search));
	} else {
		kn_ifb_unset(out, KN_K(DOMAIN));
	}
	kn_ifb_unset(out, KN_K(SEARCH));
}

/* Servers and search list are one group, but a list that is right keeps its bytes. */
static void put_resolver(struct kn_ifb_out *out, const struct kn_ipconf *ip,
			 const struct kn_conf *now)
{
	if (!same_dns(&ip->dns, &now->ip.dns))
		put_dns(out, &ip->dns);
	anchor(out, STEP_DNS);
	if (!kn_strv_eq(&ip->search, &now->ip.search))
		put_search(out, &ip->search);
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
	if (!out->after[0]) { /* not when the keys before these have just been written */
		anchor(out, STEP_HEAD);
		anchor(out, STEP_PROTO);
	}
	if (groups & KN_GROUP_ADDR)
		put_ipv4(out, target, addrs, &now);
	else
		addrs = &now.ip.addrs;
	anchor(out, STEP_ADDRS4);
	if (groups & KN_GROUP_GATEWAY)
		put_gateway4(out, &target->ip, addrs, &now);
	anchor(out, STEP_GATEWAY4);
	if (groups & KN_GROUP_DNS)
		put_resolver(out, &target->ip, &now);
	anchor(out, STEP_DNS);
	if (groups & KN_GROUP_ADDR)
		put_ipv6(out, target, addrs, &now);
	anchor(out, STEP_IPV6);
	if (groups & KN_GROUP_GATEWAY)
		put_gateway6(out, target, &now);
	kn_ifb_conf_done(&now);
}
