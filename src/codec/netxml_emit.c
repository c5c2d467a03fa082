/* A network as a tree, in the order of libvirt's dumps.
 * Layer: codec, pure. User text becomes content through xmlNewTextChild and xmlNewProp only: both
 * escape, xmlNewChild would take "&" for the start of an entity. */
#include "codec/netxml_priv.h"

#include <stdio.h>

/* A tree being made; out of memory is remembered and told at the end. */
struct writer {
	const struct kn_xml *x;
	bool failed;
};

static xmlNode *element(struct writer *w, xmlNode *parent, const char *name, const char *text)
{
	xmlNode *node = NULL;

	if (parent)
		node = w->x->xmlNewTextChild(parent, NULL, BAD_CAST name, BAD_CAST text);
	if (!node)
		w->failed = true;
	return node;
}

static void attr(struct writer *w, xmlNode *node, const char *name, const char *value)
{
	if (!node || !w->x->xmlNewProp(node, BAD_CAST name, BAD_CAST value))
		w->failed = true;
}

static void attr_num(struct writer *w, xmlNode *node, const char *name, uint32_t value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", value);
	attr(w, node, name, text);
}

static void attr_ip(struct writer *w, xmlNode *node, const char *name, const struct kn_ip *ip)
{
	char text[KN_IP_STRLEN];

	attr(w, node, name, kn_ip_fmt(ip, text));
}

static void attr_mac(struct writer *w, xmlNode *node, const char *name, const struct kn_mac *mac)
{
	char text[KN_MAC_STRLEN];

	attr(w, node, name, kn_mac_fmt(mac, text));
}

static bool has(const struct kn_network *net, uint32_t groups)
{
	return (net->has & groups) != 0;
}

/* The groups that were asked for, so that a later run without one takes it away again. */
static void put_mark(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	struct kn_buf groups KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	xmlNode *mark = element(w, element(w, network, "metadata", NULL), "network", NULL);
	xmlNs *ns = mark ? w->x->xmlNewNs(mark, BAD_CAST KN_NETXML_NS, BAD_CAST "kvmnet") : NULL;
	if (!ns) {
		w->failed = true;
		return;
	}
	w->x->xmlSetNs(mark, ns);
	for (unsigned int i = 0; i < KN_NETGROUP_COUNT; i++)
		if (net->managed >> i & 1)
			kn_buf_printf(&groups, "%s%s", groups.len ? " " : "", kn_netgroup_word(i));
	w->failed |= groups.failed;
	if (groups.len)
		attr(w, mark, "groups", kn_buf_str(&groups));
}

static void put_head(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	char uuid[KN_UUID_STRLEN];

	element(w, network, "name", net->name.s);
	if (has(net, KN_NET_HAS(UUID)))
		element(w, network, "uuid", kn_uuid_fmt(&net->uuid, uuid));
	if (has(net, KN_NET_HAS(TITLE)))
		element(w, network, "title", net->title);
	if (has(net, KN_NET_HAS(DESCRIPTION)))
		element(w, network, "description", net->description);
	if (net->marked)
		put_mark(w, network, net);
}

static void put_nat(struct writer *w, xmlNode *forward, const struct kn_network *net)
{
	if (!has(net, KN_NET_HAS(NAT_PORTS) | KN_NET_HAS(NAT_IPV6)))
		return;
	xmlNode *nat = element(w, forward, "nat", NULL);
	if (has(net, KN_NET_HAS(NAT_IPV6)))
		attr(w, nat, "ipv6", net->nat_ipv6 ? "yes" : "no");
	if (has(net, KN_NET_HAS(NAT_PORTS))) {
		xmlNode *port = element(w, nat, "port", NULL);

		attr_num(w, port, "start", net->nat_first);
		attr_num(w, port, "end", net->nat_last);
	}
}

/* An isolated network is one without <forward>. The first device is said twice, as libvirt does:
 * its dump of what was defined is then the same. */
static void put_forward(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	bool macvtap = net->mode == KN_NETMODE_MACVTAP;

	if (net->mode == KN_NETMODE_ISOLATED)
		return;
	xmlNode *forward = element(w, network, "forward", NULL);
	attr(w, forward, "mode",
	     macvtap ? kn_macvtap_word(net->macvtap) : kn_netmode_word(net->mode));
	if (net->devs.n)
		attr(w, forward, "dev", net->devs.v[0].s);
	if (net->mode == KN_NETMODE_NAT)
		put_nat(w, forward, net);
	for (size_t i = 0; i < net->devs.n; i++)
		attr(w, element(w, forward, "interface", NULL), "dev", net->devs.v[i].s);
}

static void put_bridge(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	if (!has(net, KN_NET_HAS(BRIDGE) | KN_NET_HAS(STP) | KN_NET_HAS(DELAY) | KN_NET_HAS(ZONE)))
		return;
	xmlNode *bridge = element(w, network, "bridge", NULL);
	if (has(net, KN_NET_HAS(BRIDGE)))
		attr(w, bridge, "name", net->bridge.s);
	if (has(net, KN_NET_HAS(ZONE)))
		attr(w, bridge, "zone", net->zone);
	if (has(net, KN_NET_HAS(STP)))
		attr(w, bridge, "stp", net->stp ? "on" : "off");
	if (has(net, KN_NET_HAS(DELAY)))
		attr_num(w, bridge, "delay", net->delay_s);
}

static void put_link(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	put_bridge(w, network, net);
	if (has(net, KN_NET_HAS(MTU)))
		attr_num(w, element(w, network, "mtu", NULL), "size", net->mtu);
	if (has(net, KN_NET_HAS(MAC)))
		attr_mac(w, element(w, network, "mac", NULL), "address", &net->mac);
	if (!has(net, KN_NET_HAS(DOMAIN)))
		return;
	xmlNode *domain = element(w, network, "domain", NULL);
	attr(w, domain, "name", net->domain);
	if (net->domain_local)
		attr(w, domain, "localOnly", "yes");
}

static void put_srv(struct writer *w, xmlNode *dns, const struct kn_net_srv *srv)
{
	xmlNode *node = element(w, dns, "srv", NULL);

	attr(w, node, "service", srv->service);
	attr(w, node, "protocol", srv->protocol);
	if (srv->domain)
		attr(w, node, "domain", srv->domain);
	if (srv->target)
		attr(w, node, "target", srv->target);
	if (srv->has_port)
		attr_num(w, node, "port", srv->port);
	if (srv->has_priority)
		attr_num(w, node, "priority", srv->priority);
	if (srv->has_weight)
		attr_num(w, node, "weight", srv->weight);
}

static void put_dns_records(struct writer *w, xmlNode *dns, const struct kn_network *net)
{
	for (size_t i = 0; i < net->txts.n; i++) {
		xmlNode *txt = element(w, dns, "txt", NULL);

		attr(w, txt, "name", net->txts.v[i].name);
		attr(w, txt, "value", net->txts.v[i].value);
	}
	for (size_t i = 0; i < net->srvs.n; i++)
		put_srv(w, dns, &net->srvs.v[i]);
	for (size_t i = 0; i < net->dns_hosts.n; i++) {
		xmlNode *host = element(w, dns, "host", NULL);

		attr_ip(w, host, "ip", &net->dns_hosts.v[i].ip);
		for (size_t j = 0; j < net->dns_hosts.v[i].names.n; j++)
			element(w, host, "hostname", net->dns_hosts.v[i].names.v[j]);
	}
}

static void put_dns(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	if (!has(net, KN_NET_HAS(DNS) | KN_NET_HAS(FORWARDERS) | KN_NET_HAS(DNS_HOSTS) |
			      KN_NET_HAS(TXTS) | KN_NET_HAS(SRVS)))
		return;
	xmlNode *dns = element(w, network, "dns", NULL);
	if (has(net, KN_NET_HAS(DNS)))
		attr(w, dns, "enable", net->dns_off ? "no" : "yes");
	for (size_t i = 0; i < net->forwarders.n; i++) {
		const struct kn_net_forwarder *f = &net->forwarders.v[i];
		xmlNode *node = element(w, dns, "forwarder", NULL);

		if (f->domain)
			attr(w, node, "domain", f->domain);
		if (f->ip.family != KN_FAMILY_NONE)
			attr_ip(w, node, "addr", &f->ip);
	}
	put_dns_records(w, dns, net);
}

static void put_vlan(struct writer *w, xmlNode *parent, const struct kn_net_vlan *vlan)
{
	xmlNode *node = element(w, parent, "vlan", NULL);

	if (vlan->trunk)
		attr(w, node, "trunk", "yes");
	for (size_t i = 0; i < vlan->tags.n; i++) {
		const struct kn_net_tag *t = &vlan->tags.v[i];
		xmlNode *tag = element(w, node, "tag", NULL);

		attr_num(w, tag, "id", t->id);
		if (t->native != KN_NATIVE_NO)
			attr(w, tag, "nativeMode",
			     t->native == KN_NATIVE_TAGGED ? "tagged" : "untagged");
	}
}

/* The unit is written, as libvirt's default is the minute. */
static void put_lease(struct writer *w, xmlNode *parent, uint32_t lease_s)
{
	xmlNode *lease = element(w, parent, "lease", NULL);

	attr_num(w, lease, "expiry", lease_s);
	attr(w, lease, "unit", "seconds");
}

static void put_host(struct writer *w, xmlNode *dhcp, const struct kn_net_host *h)
{
	xmlNode *host = element(w, dhcp, "host", NULL);

	if (h->has_mac)
		attr_mac(w, host, "mac", &h->mac);
	if (h->duid)
		attr(w, host, "id", h->duid);
	if (h->name)
		attr(w, host, "name", h->name);
	attr_ip(w, host, "ip", &h->ip);
	if (h->has_lease)
		put_lease(w, host, h->lease_s);
}

/* Ranges and hosts belong to the subnet that holds them: kn_network_check() has seen to it. */
static void put_dhcp(struct writer *w, xmlNode *ip, const struct kn_network *net,
		     const struct kn_cidr *subnet)
{
	xmlNode *dhcp = NULL;

	for (size_t i = 0; i < net->ranges.n; i++) {
		const struct kn_net_range *r = &net->ranges.v[i];

		if (!kn_cidr_has(subnet, &r->first))
			continue;
		dhcp = dhcp ? dhcp : element(w, ip, "dhcp", NULL);
		xmlNode *range = element(w, dhcp, "range", NULL);
		attr_ip(w, range, "start", &r->first);
		attr_ip(w, range, "end", &r->last);
		if (r->has_lease)
			put_lease(w, range, r->lease_s);
	}
	for (size_t i = 0; i < net->hosts.n; i++) {
		if (!kn_cidr_has(subnet, &net->hosts.v[i].ip))
			continue;
		dhcp = dhcp ? dhcp : element(w, ip, "dhcp", NULL);
		put_host(w, dhcp, &net->hosts.v[i]);
	}
}

/* Always with the mask: 10.77.50.1 without one becomes a /8. */
static void put_subnet(struct writer *w, xmlNode *network, const struct kn_network *net,
		       const struct kn_cidr *subnet)
{
	struct kn_cidr ones = {{.family = KN_IPV4}, subnet->prefix_len};
	struct kn_ip mask = kn_cidr_broadcast(&ones);
	xmlNode *ip = element(w, network, "ip", NULL);

	if (subnet->ip.family == KN_IPV6)
		attr(w, ip, "family", "ipv6");
	attr_ip(w, ip, "address", &subnet->ip);
	if (subnet->ip.family == KN_IPV6) {
		attr_num(w, ip, "prefix", subnet->prefix_len);
	} else {
		for (size_t i = 0; i < 4; i++)
			mask.b[i] = (uint8_t)~mask.b[i];
		attr_ip(w, ip, "netmask", &mask);
	}
	put_dhcp(w, ip, net, subnet);
}

static void put_routes(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	for (size_t i = 0; i < net->routes.n; i++) {
		const struct kn_net_route *r = &net->routes.v[i];
		xmlNode *route = element(w, network, "route", NULL);

		if (r->dst.ip.family == KN_IPV6)
			attr(w, route, "family", "ipv6");
		attr_ip(w, route, "address", &r->dst.ip);
		attr_num(w, route, "prefix", r->dst.prefix_len);
		attr_ip(w, route, "gateway", &r->gateway);
		if (r->has_metric)
			attr_num(w, route, "metric", r->metric);
	}
}

static void put_portgroups(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	for (size_t i = 0; i < net->portgroups.n; i++) {
		const struct kn_net_portgroup *p = &net->portgroups.v[i];
		xmlNode *group = element(w, network, "portgroup", NULL);

		attr(w, group, "name", p->name);
		if (p->is_default)
			attr(w, group, "default", "yes");
		if (p->vlan.tags.n)
			put_vlan(w, group, &p->vlan);
	}
}

static void put_tail(struct writer *w, xmlNode *network, const struct kn_network *net)
{
	put_dns(w, network, net);
	if (has(net, KN_NET_HAS(VLAN)))
		put_vlan(w, network, &net->vlan);
	if (has(net, KN_NET_HAS(ISOLATED)))
		attr(w, element(w, network, "port", NULL), "isolated",
		     net->isolated ? "yes" : "no");
	for (size_t i = 0; i < net->subnets.n; i++)
		put_subnet(w, network, net, &net->subnets.v[i]);
	put_routes(w, network, net);
	if (has(net, KN_NET_HAS(OPENVSWITCH)) && net->openvswitch)
		attr(w, element(w, network, "virtualport", NULL), "type", "openvswitch");
	put_portgroups(w, network, net);
}

int kn_netxml_build(const struct kn_xml *x, const struct kn_network *net, xmlDoc **ret,
		    struct kn_error *err)
{
	struct writer w = {.x = x};
	xmlDoc *doc = x->xmlNewDoc(BAD_CAST "1.0");
	xmlNode *network = doc ? x->xmlNewDocNode(doc, NULL, BAD_CAST "network", NULL) : NULL;

	if (!network) {
		x->xmlFreeDoc(doc);
		return kn_fail_nomem(err);
	}
	x->xmlDocSetRootElement(doc, network);
	put_head(&w, network, net);
	put_forward(&w, network, net);
	put_link(&w, network, net);
	put_tail(&w, network, net);
	if (w.failed) {
		x->xmlFreeDoc(doc);
		return kn_fail_nomem(err);
	}
	*ret = doc;
	return 0;
}

int kn_netxml_emit(const struct kn_network *net, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_xml x;
	xmlDoc *doc;

	if (kn_xml_load(&x, err) < 0 || kn_netxml_build(&x, net, &doc, err) < 0)
		return -1;
	int r = kn_xml_put(&x, x.xmlDocGetRootElement(doc), ret, err);
	x.xmlFreeDoc(doc);
	return r;
}
