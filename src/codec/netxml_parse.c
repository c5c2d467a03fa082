/* A definition's tree as a network: addresses, DHCP, routes, port groups; and what kvmnet has no
 * word for. Layer: codec, pure. */
#include "codec/netxml_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- ip, dhcp ---- */

static int read_lease(struct kn_netxml_reader *r, xmlNode *item, bool *ret_has, uint32_t *ret)
{
	xmlNode *node = kn_xml_element(item->children, "lease");
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *unit;

	if (!node)
		return 0;
	unit = kn_xml_attr(node, "unit");
	if (unit && !kn_netxml_has_word("seconds minutes hours", unit))
		return kn_netxml_bad(r, node, "unit", "it is none of seconds, minutes, hours");
	kn_netxml_put_value(node, "expiry", &text);
	if (!kn_num_is(kn_buf_str(&text), UINT32_MAX, ret))
		return kn_netxml_bad(r, node, "expiry",
				     "it is no number of "
				     "seconds that fits");
	*ret_has = true;
	return 0;
}

static int read_range(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;
	struct kn_net_range range = {0};

	if (kn_netxml_get_ip(r, node, "start", &range.first) < 0 ||
	    kn_netxml_get_ip(r, node, "end", &range.last) < 0 ||
	    read_lease(r, node, &range.has_lease, &range.lease_s) < 0)
		return -1;
	if (range.first.family == KN_FAMILY_NONE || range.first.family != range.last.family)
		return kn_netxml_bad(r, node, NULL, "it needs start and end, of one family");
	if (kn_grow(&net->ranges.v, &net->ranges.cap, net->ranges.n + 1, sizeof(range), r->err) < 0)
		return -1;
	net->ranges.v[net->ranges.n++] = range;
	net->has |= KN_NET_HAS(DHCP);
	return 0;
}

static int read_host(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;
	const char *mac = kn_xml_attr(node, "mac");

	if (kn_grow(&net->hosts.v, &net->hosts.cap, net->hosts.n + 1, sizeof(*net->hosts.v),
		    r->err) < 0)
		return -1;
	struct kn_net_host *host = &net->hosts.v[net->hosts.n++];
	*host = (struct kn_net_host){0};
	net->has |= KN_NET_HAS(HOSTS);
	if (mac && kn_mac_parse(mac, &host->mac, r->err) < 0)
		return kn_netxml_wrap(r, node);
	host->has_mac = mac != NULL;
	if (kn_netxml_get_str(r, node, "id", &host->duid) < 0 ||
	    kn_netxml_get_str(r, node, "name", &host->name) < 0 ||
	    kn_netxml_get_ip(r, node, "ip", &host->ip) < 0 ||
	    read_lease(r, node, &host->has_lease, &host->lease_s) < 0)
		return -1;
	if (host->ip.family == KN_FAMILY_NONE)
		return kn_netxml_bad(r, node, NULL, "it has no ip");
	return 0;
}

/* Without a mask libvirt goes by the address's class, and by /64. Source: virSocketAddr.c,
 * virSocketAddrGetIPPrefix(). */
static uint8_t default_prefix(const struct kn_ip *ip)
{
	if (ip->family == KN_IPV6)
		return 64;
	return ip->b[0] < 128 ? 8 : ip->b[0] < 192 ? 16 : 24;
}

static int read_prefix(struct kn_netxml_reader *r, xmlNode *node, struct kn_cidr *cidr)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	uint32_t len;

	kn_netxml_put_value(node, "prefix", &text);
	if (!text.len) {
		cidr->prefix_len = default_prefix(&cidr->ip);
		return 0;
	}
	if (!kn_num_is(kn_buf_str(&text), kn_ip_bits(&cidr->ip), &len))
		return kn_netxml_bad(r, node, kn_xml_attr(node, "prefix") ? "prefix" : "netmask",
				     "it is no network's length");
	cidr->prefix_len = (uint8_t)len;
	return 0;
}

static int read_subnet(struct kn_netxml_reader *r, xmlNode *node)
{
	xmlNode *dhcp = kn_xml_element(node->children, "dhcp");
	struct kn_cidr cidr = {0};

	if (kn_netxml_get_ip(r, node, "address", &cidr.ip) < 0)
		return -1;
	if (cidr.ip.family == KN_FAMILY_NONE)
		return kn_netxml_bad(r, node, NULL, "it has no address");
	if (read_prefix(r, node, &cidr) < 0 ||
	    kn_cidrs_add(&r->def->net.subnets, &cidr, r->err) < 0)
		return -1;
	r->def->net.has |= KN_NET_HAS(SUBNETS);
	if (!dhcp)
		return 0;
	return kn_netxml_each(r, dhcp, "range", read_range) < 0
		       ? -1
		       : kn_netxml_each(r, dhcp, "host", read_host);
}

/* ---- route, portgroup, vlan ---- */

static int read_route(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;
	struct kn_net_route route = {0};

	if (kn_netxml_get_ip(r, node, "address", &route.dst.ip) < 0 ||
	    kn_netxml_get_ip(r, node, "gateway", &route.gateway) < 0 ||
	    kn_netxml_get_num(r, node, "metric", &route.has_metric, &route.metric) < 0)
		return -1;
	if (route.dst.ip.family == KN_FAMILY_NONE || route.gateway.family == KN_FAMILY_NONE)
		return kn_netxml_bad(r, node, NULL, "it needs an address and a gateway");
	if (read_prefix(r, node, &route.dst) < 0 ||
	    kn_grow(&net->routes.v, &net->routes.cap, net->routes.n + 1, sizeof(route), r->err) < 0)
		return -1;
	net->routes.v[net->routes.n++] = route;
	net->has |= KN_NET_HAS(ROUTES);
	return 0;
}

static int read_vlan(struct kn_netxml_reader *r, xmlNode *node, struct kn_net_vlan *ret)
{
	if (kn_netxml_get_bool(r, node, "trunk", "yes no", NULL, &ret->trunk) < 0)
		return -1;
	for (xmlNode *t = kn_xml_element(node->children, "tag"); t;
	     t = kn_xml_element(t->next, "tag")) {
		const char *native = kn_xml_attr(t, "nativeMode");
		struct kn_net_tag tag = {0};
		bool has_id = false;

		if (kn_netxml_get_num(r, t, "id", &has_id, &tag.id) < 0)
			return -1;
		if (!has_id || tag.id > 4095)
			return kn_netxml_bad(r, t, "id", "it is no VLAN number");
		if (native && !kn_netxml_has_word("tagged untagged", native))
			return kn_netxml_bad(r, t, "nativeMode", "it is not tagged or untagged");
		if (native)
			tag.native =
				!strcmp(native, "tagged") ? KN_NATIVE_TAGGED : KN_NATIVE_UNTAGGED;
		if (kn_grow(&ret->tags.v, &ret->tags.cap, ret->tags.n + 1, sizeof(tag), r->err) < 0)
			return -1;
		ret->tags.v[ret->tags.n++] = tag;
	}
	return 0;
}

static int read_portgroup(struct kn_netxml_reader *r, xmlNode *node)
{
	struct kn_network *net = &r->def->net;
	xmlNode *vlan = kn_xml_element(node->children, "vlan");

	if (kn_grow(&net->portgroups.v, &net->portgroups.cap, net->portgroups.n + 1,
		    sizeof(*net->portgroups.v), r->err) < 0)
		return -1;
	struct kn_net_portgroup *group = &net->portgroups.v[net->portgroups.n++];
	*group = (struct kn_net_portgroup){0};
	net->has |= KN_NET_HAS(PORTGROUPS);
	if (kn_netxml_get_str(r, node, "name", &group->name) < 0 ||
	    kn_netxml_get_bool(r, node, "default", "yes no", NULL, &group->is_default) < 0)
		return -1;
	if (!group->name)
		return kn_netxml_bad(r, node, NULL, "it has no name");
	return vlan ? read_vlan(r, vlan, &group->vlan) : 0;
}

static int read_virtualport(struct kn_netxml_reader *r, xmlNode *node)
{
	const char *type = kn_xml_attr(node, "type");

	if (!type || strcmp(type, "openvswitch") != 0)
		return kn_strv_add(&r->def->others, "virtualport", r->err);
	r->def->net.openvswitch = true;
	r->def->net.has |= KN_NET_HAS(OPENVSWITCH);
	return 0;
}

static int read_network_vlan(struct kn_netxml_reader *r, xmlNode *node)
{
	r->def->net.has |= KN_NET_HAS(VLAN);
	return read_vlan(r, node, &r->def->net.vlan);
}

/* ---- what kvmnet has no word for ---- */

static int add_other(struct kn_netxml_reader *r, const struct kn_netxml_row *row, char sep,
		     const char *name)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	size_t skip = strlen("network");
	const char *path = row->path[skip] ? row->path + skip + 1 : "";

	kn_buf_puts(&text, path);
	if (*path || sep == '@')
		kn_buf_putc(&text, sep);
	kn_buf_put_escaped(&text, name, strnlen(name, 60));
	if (kn_buf_check(&text, r->err) < 0)
		return -1;
	if (kn_strv_has(&r->def->others, kn_buf_str(&text)))
		return 0;
	return kn_strv_add(&r->def->others, kn_buf_str(&text), r->err);
}

/* Below <metadata> everything but the mark is somebody else's. */
static int find_others(struct kn_netxml_reader *r, xmlNode *node, const struct kn_netxml_row *row)
{
	for (xmlAttr *a = node->properties; a; a = a->next)
		if ((a->ns || !kn_netxml_has_word(row->attrs, (const char *)a->name)) &&
		    add_other(r, row, '@', (const char *)a->name) < 0)
			return -1;
	for (xmlNode *c = kn_xml_element(node->children, NULL); c;
	     c = kn_xml_element(c->next, NULL)) {
		const struct kn_netxml_row *sub =
			c->ns ? NULL : kn_netxml_row(row, (const char *)c->name);

		if (kn_netxml_is_mark(c))
			continue;
		if (!sub && add_other(r, row, '/', (const char *)c->name) < 0)
			return -1;
		if (sub && find_others(r, c, sub) < 0)
			return -1;
	}
	return 0;
}

static int read_lists(struct kn_netxml_reader *r, xmlNode *network)
{
	static const struct {
		const char *name;
		kn_netxml_reader_fn *read;
	} lists[] = {
		{"ip", read_subnet},	       {"route", read_route},
		{"portgroup", read_portgroup}, {"virtualport", read_virtualport},
		{"vlan", read_network_vlan},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		if (kn_netxml_each(r, network, lists[i].name, lists[i].read) < 0)
			return -1;
	return 0;
}

int kn_netxml_read(const char *what, xmlNode *network, struct kn_netdef *ret, struct kn_error *err)
{
	struct kn_netxml_reader r = {.what = what, .def = ret, .err = err};

	if (kn_netxml_read_head(&r, network) < 0 || kn_netxml_read_dns(&r, network) < 0 ||
	    read_lists(&r, network) < 0)
		return -1;
	return find_others(&r, network, kn_netxml_row(NULL, "network"));
}

xmlNode *kn_netxml_network(const struct kn_xml *x, xmlDoc *doc)
{
	xmlNode *root = x->xmlDocGetRootElement(doc);

	if (kn_xml_is(root, "networkstatus"))
		root = kn_xml_element(root->children, "network");
	return root && kn_xml_is(root, "network") ? root : NULL;
}

int kn_netxml_parse(const char *what, const char *data, size_t len, struct kn_netdef *ret,
		    struct kn_error *err)
{
	struct kn_xml x;
	xmlDoc *doc;
	int r = -1;

	if (kn_xml_load(&x, err) < 0 || kn_xml_parse(&x, what, data, len, &doc, err) < 0)
		return -1;
	xmlNode *network = kn_netxml_network(&x, doc);
	if (network) {
		r = kn_netxml_read(what, network, ret, err);
	} else {
		kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no definition of a network", what);
		kn_at(err, what, 1, 0);
	}
	x.xmlFreeDoc(doc);
	if (r < 0)
		return -1;
	ret->xml = malloc(len + 1);
	if (!ret->xml)
		return kn_fail_nomem(err);
	memcpy(ret->xml, data, len);
	ret->xml[len] = '\0';
	ret->len = len;
	return 0;
}
