/* A network's subnets, DHCP ranges, fixed hosts and routes against each other.
 * Layer: model, pure. Most of it libvirt takes without a word, and then no guest gets an address.
 */
#include "model/network_check.h"

#include <stdio.h>
#include <string.h>

/* Source: dnsmasq(8), --dhcp-range: a lease is two minutes at least. */
#define LEASE_MIN_S 120

bool kn_netcheck_open(const struct kn_network *net, enum kn_family family)
{
	return family == KN_IPV4 ? net->auto4 : net->auto6;
}

const struct kn_cidr *kn_netcheck_subnet_of(const struct kn_network *net, const struct kn_ip *ip)
{
	for (size_t i = 0; i < net->subnets.n; i++)
		if (kn_cidr_has(&net->subnets.v[i], ip))
			return &net->subnets.v[i];
	return NULL;
}

/* ---- subnets ---- */

static const char *subnet_option(const struct kn_cidr *subnet)
{
	return subnet->ip.family == KN_IPV6 ? "ipv6" : "subnet";
}

static int check_subnet(const struct kn_cidr *subnet, struct kn_error *err)
{
	char text[KN_CIDR_STRLEN], label[16];
	const char *why = NULL;

	(void)snprintf(label, sizeof(label), "--%s", subnet_option(subnet));
	if (kn_cidr_check_host(subnet, label, err) < 0)
		return -1;
	if (kn_ip_is_link_local(&subnet->ip))
		why = "link-local addresses make no network of guests";
	else if (subnet->ip.family == KN_IPV4 && subnet->prefix_len > 30)
		why = "it leaves no address for a guest (30 is the longest prefix)";
	else if (subnet->ip.family == KN_IPV4 && subnet->prefix_len < 8)
		why = "no network is that large (8 is the shortest prefix)";
	else if (subnet->ip.family == KN_IPV6 && subnet->prefix_len > 126)
		why = "it leaves no address for a guest (126 is the longest prefix)";
	if (!why)
		return 0;
	return kn_netcheck_bad(subnet_option(subnet), kn_cidr_fmt(subnet, text), why, err);
}

static int check_overlap(const struct kn_network *net, size_t i, struct kn_error *err)
{
	const struct kn_cidr *subnet = &net->subnets.v[i];
	char text[KN_CIDR_STRLEN];

	for (size_t j = 0; j < i; j++)
		if (kn_cidr_overlaps(subnet, &net->subnets.v[j]))
			return kn_netcheck_bad(subnet_option(subnet), kn_cidr_fmt(subnet, text),
					       "it overlaps another subnet of this network", err);
	return 0;
}

int kn_netcheck_subnets(const struct kn_network *net, struct kn_errors *faults,
			struct kn_error *err)
{
	for (size_t i = 0; i < net->subnets.n; i++)
		if ((check_subnet(&net->subnets.v[i], err) < 0 || check_overlap(net, i, err) < 0) &&
		    kn_errors_take(faults, err) < 0)
			return -1;
	return 0;
}

/* ---- leases ---- */

static int check_lease(bool has_lease, uint32_t lease_s, struct kn_error *err)
{
	char text[KN_NETCHECK_TEXT];

	if (!has_lease || lease_s == 0 || lease_s >= LEASE_MIN_S)
		return 0;
	(void)snprintf(text, sizeof(text), "%u", lease_s);
	return kn_netcheck_bad("lease", text, "dnsmasq takes 120 seconds at least", err);
}

/* Why no guest can have @ip in @subnet, or NULL. */
static const char *address_fault(const struct kn_cidr *subnet, const struct kn_ip *ip)
{
	struct kn_cidr net = kn_cidr_network(subnet);
	struct kn_ip broadcast = kn_cidr_broadcast(subnet);

	if (kn_ip_eq(ip, &subnet->ip))
		return "this is the network's own address, the guests' gateway";
	if (kn_ip_eq(ip, &net.ip))
		return "this is the subnet's own address, no host's";
	if (ip->family == KN_IPV4 && kn_ip_eq(ip, &broadcast))
		return "this is the subnet's broadcast address";
	return NULL;
}

/* ---- ranges ---- */

static const char *range_text(const struct kn_net_range *range, char *buf)
{
	char a[KN_IP_STRLEN], b[KN_IP_STRLEN];

	(void)snprintf(buf, KN_NETCHECK_TEXT, "%s-%s", kn_ip_fmt(&range->first, a),
		       kn_ip_fmt(&range->last, b));
	return buf;
}

/* Source: libvirt's virSocketAddrGetRange(): a range of 65536 addresses or more is refused, and so
 * is one whose ends differ in the first 16 (IPv6: 112) bits. */
static bool crosses_16(const struct kn_net_range *range)
{
	return memcmp(range->first.b, range->last.b, kn_ip_bytes(&range->first) - 2) != 0;
}

/* Why the range cannot be in the subnet that holds its first address, or NULL. */
static const char *range_fault(const struct kn_cidr *subnet, const struct kn_net_range *range)
{
	const char *why = address_fault(subnet, &range->first);

	if (!kn_cidr_has(subnet, &range->last))
		return "its two ends lie in different subnets";
	if (!why)
		why = address_fault(subnet, &range->last);
	if (why)
		return why;
	if (kn_ip_cmp(&range->first, &subnet->ip) < 0 && kn_ip_cmp(&subnet->ip, &range->last) < 0)
		return "the network's own address lies inside it";
	if (crosses_16(range))
		return "libvirt takes no range across a /16 boundary (IPv6: /112)";
	if (range->first.family == KN_IPV6 && subnet->prefix_len < 64)
		return "DHCP for IPv6 needs a subnet of /64 or longer";
	return NULL;
}

static int no_subnet(const struct kn_network *net, const char *option, const char *value,
		     const struct kn_ip *ip, struct kn_error *err)
{
	bool chosen = kn_netcheck_open(net, ip->family);

	kn_netcheck_bad(option, value,
			chosen		 ? "the subnet is not given, it will be chosen"
			: net->subnets.n ? "this is outside every subnet of the network"
					 : "the network has no subnet",
			err);
	return kn_hint(err, "give the subnet: --%s ADDRESS/LENGTH",
		       ip->family == KN_IPV6 ? "ipv6" : "subnet");
}

static int check_range(const struct kn_network *net, size_t i, struct kn_error *err)
{
	const struct kn_net_range *r = &net->ranges.v[i];
	const struct kn_cidr *subnet = kn_netcheck_subnet_of(net, &r->first);
	char text[KN_NETCHECK_TEXT];
	const char *why;

	range_text(r, text);
	if (r->first.family != r->last.family)
		return kn_netcheck_bad("dhcp", text, "its two ends are of different families", err);
	if (kn_ip_cmp(&r->first, &r->last) > 0)
		return kn_netcheck_bad("dhcp", text, "it ends before it begins", err);
	if (!subnet)
		return no_subnet(net, "dhcp", text, &r->first, err);
	why = range_fault(subnet, r);
	if (why)
		return kn_netcheck_bad("dhcp", text, why, err);
	for (size_t j = 0; j < i; j++) {
		const struct kn_net_range *o = &net->ranges.v[j];

		if (o->first.family == r->first.family && kn_ip_cmp(&o->first, &r->last) <= 0 &&
		    kn_ip_cmp(&r->first, &o->last) <= 0)
			return kn_netcheck_bad("dhcp", text, "it overlaps another range", err);
	}
	return check_lease(r->has_lease, r->lease_s, err);
}

/* ---- fixed hosts ---- */

static const char *host_text(const struct kn_net_host *h, char *buf)
{
	char mac[KN_MAC_STRLEN], ip[KN_IP_STRLEN];

	(void)snprintf(buf, KN_NETCHECK_TEXT, "%.60s,%s",
		       h->has_mac ? kn_mac_fmt(&h->mac, mac)
		       : h->duid  ? h->duid
		       : h->name  ? h->name
				  : "",
		       kn_ip_fmt(&h->ip, ip));
	return buf;
}

/* Who the guest is. Source: formatnetwork, "host": IPv6 knows no MAC, only a DUID or a name. */
static const char *identity_fault(const struct kn_network *net, const struct kn_net_host *h)
{
	if (h->ip.family == KN_IPV6 && h->has_mac)
		return "IPv6 guests are known by DUID or name, not by MAC";
	if (h->ip.family == KN_IPV4 && h->duid)
		return "IPv4 guests are known by MAC, not by DUID";
	if (!h->has_mac && !h->duid && !h->name)
		return "nothing says which guest it is for";
	if (h->has_mac && (net->has & KN_NET_HAS(MAC)) && kn_mac_eq(&h->mac, &net->mac))
		return "this MAC is the network's own";
	return h->name ? kn_dnsname_fault(h->name, false) : NULL;
}

static const char *twin_fault(const struct kn_net_host *a, const struct kn_net_host *b)
{
	if (kn_ip_eq(&a->ip, &b->ip))
		return "another fixed host has this address";
	if (a->has_mac && b->has_mac && kn_mac_eq(&a->mac, &b->mac))
		return "another fixed host has this MAC";
	if (a->duid && b->duid && !strcmp(a->duid, b->duid))
		return "another fixed host has this DUID";
	if (a->name && b->name && a->ip.family == b->ip.family && !strcasecmp(a->name, b->name))
		return "another fixed host has this name";
	return NULL;
}

static int check_host(const struct kn_network *net, size_t i, struct kn_error *err)
{
	const struct kn_net_host *h = &net->hosts.v[i];
	const struct kn_cidr *subnet = kn_netcheck_subnet_of(net, &h->ip);
	char text[KN_NETCHECK_TEXT];
	const char *why = identity_fault(net, h);

	host_text(h, text);
	if (why)
		return kn_netcheck_bad("host", text, why, err);
	if (!subnet)
		return no_subnet(net, "host", text, &h->ip, err);
	why = address_fault(subnet, &h->ip);
	if (!why && h->ip.family == KN_IPV6 && subnet->prefix_len < 64)
		why = "DHCP for IPv6 needs a subnet of /64 or longer";
	for (size_t j = 0; j < i && !why; j++)
		why = twin_fault(h, &net->hosts.v[j]);
	if (why)
		return kn_netcheck_bad("host", text, why, err);
	return check_lease(h->has_lease, h->lease_s, err);
}

/* libvirt starts dnsmasq for one <dhcp> of each family; with more it refuses to start. */
static int check_one_dhcp(const struct kn_network *net, struct kn_error *err)
{
	const struct kn_cidr *first[] = {[KN_IPV4] = NULL, [KN_IPV6] = NULL};
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < net->ranges.n + net->hosts.n; i++) {
		const struct kn_ip *ip = i < net->ranges.n ? &net->ranges.v[i].first
							   : &net->hosts.v[i - net->ranges.n].ip;
		const struct kn_cidr *subnet = kn_netcheck_subnet_of(net, ip);

		if (!subnet)
			continue; /* told where it is looked at by itself */
		if (!first[ip->family])
			first[ip->family] = subnet;
		if (first[ip->family] == subnet)
			continue;
		kn_netcheck_bad("dhcp", kn_cidr_fmt(subnet, text),
				"only one subnet of a family can have DHCP", err);
		return kn_hint(err, "make a second network for it");
	}
	return 0;
}

/* A fixed lease (--host) is as long as its range's, or for ever. */
static int check_leases_of(const struct kn_network *net, struct kn_error *err)
{
	if (!net->has_lease || net->ranges.n)
		return 0;
	if (!kn_netmode_has_bridge(net->mode))
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "--lease does not go with --%s: the host's own network gives leases",
			       kn_netmode_word(net->mode));
	kn_fail(err, KN_ERR_INPUT, 0,
		"--lease says how long addresses are lent, and this network lends none");
	return kn_hint(err, "leave --lease out, or give a range: --dhcp FIRST-LAST");
}

int kn_netcheck_dhcp(const struct kn_network *net, struct kn_errors *faults, struct kn_error *err)
{
	if (check_leases_of(net, err) < 0 && kn_errors_take(faults, err) < 0)
		return -1;
	for (size_t i = 0; i < net->ranges.n; i++)
		if (check_range(net, i, err) < 0 && kn_errors_take(faults, err) < 0)
			return -1;
	for (size_t i = 0; i < net->hosts.n; i++)
		if (check_host(net, i, err) < 0 && kn_errors_take(faults, err) < 0)
			return -1;
	return check_one_dhcp(net, err) < 0 && kn_errors_take(faults, err) < 0 ? -1 : 0;
}

/* ---- routes ---- */

static const char *route_fault(const struct kn_network *net, const struct kn_net_route *r)
{
	struct kn_cidr dst = kn_cidr_network(&r->dst);
	const struct kn_cidr *subnet = kn_netcheck_subnet_of(net, &r->gateway);

	if (r->dst.ip.family != r->gateway.family)
		return "destination and gateway are of different families";
	if (!kn_cidr_eq(&dst, &r->dst))
		return "bits behind the prefix length are set";
	if (r->dst.prefix_len == 0)
		return "a default route into a network of guests would cut the host off";
	if (kn_ip_is_multicast(&dst.ip) || kn_ip_is_loopback(&dst.ip))
		return "multicast and loopback destinations are not for a network of guests";
	if (r->has_metric && r->metric == 0)
		return "libvirt takes metrics from 1 on";
	if (!subnet)
		return kn_netcheck_open(net, r->gateway.family)
			       ? "the gateway's subnet is not given, it will be chosen"
			       : "its gateway is outside every subnet of the network";
	if (address_fault(subnet, &r->gateway))
		return "no guest can have the gateway's address";
	for (size_t i = 0; i < net->subnets.n; i++)
		if (kn_cidr_overlaps(&dst, &net->subnets.v[i]))
			return "it overlaps a subnet of the network itself";
	return NULL;
}

int kn_netcheck_routes(const struct kn_network *net, struct kn_errors *faults, struct kn_error *err)
{
	for (size_t i = 0; i < net->routes.n; i++) {
		const struct kn_net_route *r = &net->routes.v[i];
		const char *why = route_fault(net, r);
		char text[KN_NETCHECK_TEXT], dst[KN_CIDR_STRLEN], gw[KN_IP_STRLEN];

		(void)snprintf(text, sizeof(text), "%s,via=%s", kn_cidr_fmt(&r->dst, dst),
			       kn_ip_fmt(&r->gateway, gw));
		for (size_t j = 0; j < i && !why; j++)
			if (kn_cidr_eq(&net->routes.v[j].dst, &r->dst))
				why = "another route has the same destination";
		if (!why)
			continue;
		kn_netcheck_bad("static-route", text, why, err);
		if (kn_errors_take(faults, err) < 0)
			return -1;
	}
	return 0;
}
