/* A libvirt network as a section of an INI file: its keys. Layer: cli, pure.
 * What the keys cannot say is not looked for here: export_nets.c holds the result against the
 * definition. */
#include "cli/export.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "codec/ini.h"
#include "kvmnet/network.h"

#define H(id) KN_NET_HAS(id)

static void KN_PRINTF(3, 4) put_fmt(struct kn_doc *ret, const char *key, const char *fmt, ...)
{
	char value[128];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	kn_doc_key(ret, key, value);
}

/* ---- addresses ---- */

/* Return: whether there is a subnet of that family. */
static bool put_subnets(const struct kn_network *net, enum kn_family family, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < net->subnets.n; i++)
		if (net->subnets.v[i].ip.family == family)
			kn_buf_printf(&list, "%s%s", list.len ? " " : "",
				      kn_cidr_fmt(&net->subnets.v[i], text));
	/* None of IPv6 is the default. */
	if (list.len || family == KN_IPV4)
		kn_doc_key(ret, family == KN_IPV4 ? "ipv4" : "ipv6",
			   list.len ? kn_buf_str(&list) : "none");
	return list.len > 0;
}

static void put_ranges(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char first[KN_IP_STRLEN], last[KN_IP_STRLEN];

	for (size_t i = 0; i < net->ranges.n; i++)
		kn_buf_printf(&list, "%s%s - %s", i ? ", " : "",
			      kn_ip_fmt(&net->ranges.v[i].first, first),
			      kn_ip_fmt(&net->ranges.v[i].last, last));
	kn_doc_key(ret, "dhcp", list.len ? kn_buf_str(&list) : "none");
	if (!net->ranges.n || !net->ranges.v[0].has_lease)
		return;
	if (net->ranges.v[0].lease_s)
		put_fmt(ret, "lease", "%u", net->ranges.v[0].lease_s);
	else
		kn_doc_key(ret, "lease", "infinite");
}

/* The name of a guest is part of the key, where a key can have it and none before has it. */
static bool is_key(const struct kn_network *net, size_t host)
{
	const char *name = net->hosts.v[host].name;

	if (!name || (!net->hosts.v[host].has_mac && !net->hosts.v[host].duid) ||
	    strlen(name) > KN_INI_NAME_MAX - strlen("host.") ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-")])
		return false;
	for (size_t i = 0; i < host; i++)
		if (net->hosts.v[i].name && !strcmp(net->hosts.v[i].name, name))
			return false;
	return true;
}

static void put_hosts(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf rest KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char mac[KN_MAC_STRLEN], ip[KN_IP_STRLEN], key[KN_INI_NAME_MAX + 1];

	for (size_t i = 0; i < net->hosts.n; i++) {
		const struct kn_net_host *host = &net->hosts.v[i];
		const char *who = host->has_mac ? kn_mac_fmt(&host->mac, mac)
				  : host->duid	? host->duid
						: NULL;

		kn_ip_fmt(&host->ip, ip);
		if (is_key(net, i)) {
			struct kn_buf value KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

			(void)snprintf(key, sizeof(key), "host.%s", host->name);
			kn_buf_printf(&value, "%s %s", who, ip);
			kn_doc_key(ret, key, kn_buf_str(&value));
			continue;
		}
		kn_buf_printf(&rest, "%s%s,%s", rest.len ? " " : "",
			      who	   ? who
			      : host->name ? host->name
					   : "",
			      ip);
		if (who && host->name)
			kn_buf_printf(&rest, ",%s", host->name);
	}
	if (rest.len)
		kn_doc_key(ret, "host", kn_buf_str(&rest));
}

static void put_routes(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char dst[KN_CIDR_STRLEN], via[KN_IP_STRLEN];

	for (size_t i = 0; i < net->routes.n; i++) {
		const struct kn_net_route *route = &net->routes.v[i];

		kn_buf_printf(&list, "%s%s,via=%s", i ? " " : "", kn_cidr_fmt(&route->dst, dst),
			      kn_ip_fmt(&route->gateway, via));
		if (route->has_metric)
			kn_buf_printf(&list, ",metric=%u", route->metric);
	}
	if (list.len)
		kn_doc_key(ret, "static-route", kn_buf_str(&list));
}

static void put_ip(const struct kn_network *net, struct kn_doc *ret)
{
	bool v4 = put_subnets(net, KN_IPV4, ret), v6 = put_subnets(net, KN_IPV6, ret);

	/* Without a word an IPv4 subnet gets a range. */
	if (v4 || (v6 && net->ranges.n))
		put_ranges(net, ret);
	put_hosts(net, ret);
	put_routes(net, ret);
}

/* ---- the link ---- */

static void put_devs(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool macvtap = net->mode == KN_NETMODE_MACVTAP;

	for (size_t i = 0; i < net->devs.n; i++)
		kn_buf_printf(&list, "%s%s", i ? " " : "", net->devs.v[i].s);
	if (list.len)
		kn_doc_key(ret, macvtap ? "macvtap" : "dev", kn_buf_str(&list));
	if (macvtap)
		kn_doc_key(ret, "macvtap-mode", kn_macvtap_word(net->macvtap));
}

static void put_tags(const struct kn_net_vlan *vlan, const char *prefix, struct kn_buf *list)
{
	for (size_t i = 0; i < vlan->tags.n; i++)
		kn_buf_printf(list, "%s%s%u", list->len ? "," : "",
			      vlan->tags.v[i].native != KN_NATIVE_NO ? "native=" : prefix,
			      vlan->tags.v[i].id);
}

static void put_vlans(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf own KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_tags(&net->vlan, "", &own);
	if (own.len)
		kn_doc_key(ret, "vlan", kn_buf_str(&own));
	for (size_t i = 0; i < net->portgroups.n; i++) {
		const struct kn_net_portgroup *group = &net->portgroups.v[i];

		kn_buf_printf(&list, "%s%s%s", i ? " " : "", group->name,
			      group->is_default ? ",default" : "");
		put_tags(&group->vlan, "vlan=", &list);
	}
	if (list.len)
		kn_doc_key(ret, "portgroup", kn_buf_str(&list));
}

static void put_stp(const struct kn_network *net, struct kn_doc *ret)
{
	if (net->has & H(STP))
		kn_doc_key(ret, "stp", net->stp ? "on" : "off");
	if (net->has & H(DELAY))
		put_fmt(ret, "forward-delay", "%u", net->delay_s);
}

static void put_bridge(const struct kn_network *net, struct kn_doc *ret)
{
	char mac[KN_MAC_STRLEN];

	if (net->has & H(BRIDGE))
		kn_doc_key(ret, "bridge", net->bridge.s);
	if (net->has & H(OPENVSWITCH) && net->openvswitch)
		kn_doc_key(ret, "openvswitch", "on");
	if (kn_netmode_has_bridge(net->mode))
		put_stp(net, ret);
	if (net->has & H(MAC))
		kn_doc_key(ret, "mac", kn_mac_fmt(&net->mac, mac));
	if (net->has & H(MTU))
		put_fmt(ret, "mtu", "%u", net->mtu);
	if (net->has & H(ZONE) && net->zone)
		kn_doc_key(ret, "zone", net->zone);
	if (net->has & H(ISOLATED) && net->isolated)
		kn_doc_key(ret, "isolate-guests", "on");
	put_vlans(net, ret);
}

static void put_forward(const struct kn_network *net, struct kn_doc *ret)
{
	if (net->mode != KN_NETMODE_NAT)
		kn_doc_key(ret, "forward", kn_netmode_word(net->mode));
	put_devs(net, ret);
	if (net->has & H(NAT_PORTS))
		put_fmt(ret, "nat-ports", "%u-%u", net->nat_first, net->nat_last);
	if (net->has & H(NAT_IPV6))
		kn_doc_key(ret, "nat-ipv6", net->nat_ipv6 ? "on" : "off");
}

/* ---- DNS ---- */

static void put_forwarders(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char ip[KN_IP_STRLEN];

	for (size_t i = 0; i < net->forwarders.n; i++) {
		const struct kn_net_forwarder *f = &net->forwarders.v[i];
		bool has_ip = f->ip.family != KN_FAMILY_NONE;

		kn_buf_printf(&list, "%s%s%s%s", i ? " " : "", f->domain ? f->domain : "",
			      f->domain && has_ip ? "," : "", has_ip ? kn_ip_fmt(&f->ip, ip) : "");
	}
	if (list.len)
		kn_doc_key(ret, "forwarder", kn_buf_str(&list));
}

static void put_dns_hosts(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char ip[KN_IP_STRLEN];

	for (size_t i = 0; i < net->dns_hosts.n; i++) {
		const struct kn_net_dnshost *host = &net->dns_hosts.v[i];

		kn_buf_printf(&list, "%s%s", i ? " " : "", kn_ip_fmt(&host->ip, ip));
		for (size_t k = 0; k < host->names.n; k++)
			kn_buf_printf(&list, ",%s", host->names.v[k]);
	}
	if (list.len)
		kn_doc_key(ret, "dns-host", kn_buf_str(&list));
}

static void put_srvs(const struct kn_network *net, struct kn_doc *ret)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < net->srvs.n; i++) {
		const struct kn_net_srv *srv = &net->srvs.v[i];

		kn_buf_printf(&list, "%s%s/%s", i ? " " : "", srv->service, srv->protocol);
		if (srv->domain)
			kn_buf_printf(&list, ",domain=%s", srv->domain);
		if (srv->target)
			kn_buf_printf(&list, ",target=%s", srv->target);
		if (srv->has_port)
			kn_buf_printf(&list, ",port=%u", srv->port);
		if (srv->has_priority)
			kn_buf_printf(&list, ",priority=%u", srv->priority);
		if (srv->has_weight)
			kn_buf_printf(&list, ",weight=%u", srv->weight);
	}
	if (list.len)
		kn_doc_key(ret, "srv", kn_buf_str(&list));
}

/* A text may have blanks: each record is a key of its own. */
static void put_txts(const struct kn_network *net, struct kn_doc *ret)
{
	for (size_t i = 0; i < net->txts.n; i++) {
		const struct kn_net_txt *txt = &net->txts.v[i];
		struct kn_buf value KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char key[32] = "txt";

		if (net->txts.n > 1)
			(void)snprintf(key, sizeof(key), "txt.%zu", i + 1);
		kn_buf_printf(&value, "%s=%s", txt->name, txt->value);
		kn_doc_key(ret, key, kn_buf_str(&value));
	}
}

static void put_dns(const struct kn_network *net, struct kn_doc *ret)
{
	if (net->has & H(DOMAIN) && net->domain)
		kn_doc_key(ret, "domain", net->domain);
	if (net->has & H(DOMAIN) && net->domain_local)
		kn_doc_key(ret, "domain-local", "on");
	if (net->has & H(DNS) && net->dns_off)
		kn_doc_key(ret, "no-dns", "on");
	put_forwarders(net, ret);
	put_dns_hosts(net, ret);
	put_txts(net, ret);
	put_srvs(net, ret);
}

/* ---- all of it ---- */

void kn_export_net_keys(const struct kn_network *net, struct kn_doc *ret)
{
	char uuid[KN_UUID_STRLEN];

	put_forward(net, ret);
	put_bridge(net, ret);
	if (kn_netmode_has_bridge(net->mode))
		put_ip(net, ret);
	put_dns(net, ret);
	if (net->has & H(TITLE) && net->title)
		kn_doc_key(ret, "title", net->title);
	if (net->has & H(DESCRIPTION) && net->description)
		kn_doc_key(ret, "description", net->description);
	if (net->has & H(UUID))
		kn_doc_key(ret, "uuid", kn_uuid_fmt(&net->uuid, uuid));
}
