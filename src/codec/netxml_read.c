/* A definition's tree as a network: name, forwarding, the bridge, DNS.
 * Layer: codec, pure. */
#include "codec/netxml_read.h"

#include <stdlib.h>
#include <string.h>

int kn_netxml_each(struct kn_netxml_reader *r, xmlNode *parent, const char *name,
		   kn_netxml_reader_fn *take)
{
	for (xmlNode *n = kn_xml_element(parent->children, name); n;
	     n = kn_xml_element(n->next, name))
		if (take(r, n) < 0)
			return -1;
	return 0;
}

int kn_netxml_bad(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		  const char *why)
{
	const char *value = attr ? kn_xml_attr(node, attr) : NULL;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, value ? value : "", value ? strnlen(value, 60) : 0);
	if (attr)
		kn_fail(r->err, KN_ERR_HOSTFILE, 0, "%s: <%.40s %s=\"%s\">: %s", r->what,
			(const char *)node->name, attr, kn_buf_str(&shown), why);
	else
		kn_fail(r->err, KN_ERR_HOSTFILE, 0, "%s: <%.40s>: %s", r->what,
			(const char *)node->name, why);
	return kn_at(r->err, r->what, node->line, 0);
}

int kn_netxml_wrap(struct kn_netxml_reader *r, const xmlNode *node)
{
	if (r->err->kind == KN_ERR_NOMEM)
		return -1;
	r->err->kind = KN_ERR_HOSTFILE;
	kn_wrap(r->err, "%s: <%.40s>", r->what, (const char *)node->name);
	return kn_at(r->err, r->what, node->line, 0);
}

int kn_netxml_get_ip(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		     struct kn_ip *ret)
{
	const char *value = kn_xml_attr(node, attr);

	if (!value || kn_ip_is(value, ret))
		return 0;
	return kn_netxml_bad(r, node, attr, "this is no IPv4 or IPv6 address");
}

int kn_netxml_get_num(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		      bool *ret_has, uint32_t *ret)
{
	const char *value = kn_xml_attr(node, attr);

	if (!value)
		return 0;
	if (!kn_num_is(value, UINT32_MAX, ret))
		return kn_netxml_bad(r, node, attr, "this is no whole number");
	*ret_has = true;
	return 0;
}

int kn_netxml_get_str(struct kn_netxml_reader *r, const xmlNode *node, const char *attr, char **ret)
{
	const char *value = kn_xml_attr(node, attr);

	if (!value)
		return 0;
	free(*ret);
	*ret = strdup(value);
	return *ret ? 0 : kn_fail_nomem(r->err);
}

int kn_netxml_get_bool(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		       const char *words, bool *ret_has, bool *ret)
{
	const char *value = kn_xml_attr(node, attr);

	if (!value)
		return 0;
	if (!kn_netxml_has_word(words, value))
		return kn_netxml_bad(r, node, attr, "this is none of the two words it can be");
	*ret = !strncmp(words, value, strlen(value));
	if (ret_has)
		*ret_has = true;
	return 0;
}

/* The text of child @name. Return: 0, *ret new or untouched when there is no such child; -1. */
static int get_text(struct kn_netxml_reader *r, xmlNode *parent, const char *name, char **ret)
{
	xmlNode *node = kn_xml_element(parent->children, name);
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char *str;

	if (!node)
		return 0;
	kn_xml_text(node, &text);
	if (kn_buf_steal(&text, &str, NULL, r->err) < 0)
		return -1;
	free(*ret);
	*ret = str;
	return 0;
}

/* ---- name, uuid, mark ---- */

static void read_mark(struct kn_netxml_reader *r, xmlNode *network)
{
	struct kn_network *net = &r->def->net;
	xmlNode *metadata = kn_xml_element(network->children, "metadata");

	for (xmlNode *n = metadata ? metadata->children : NULL; n; n = n->next) {
		if (!kn_netxml_is_mark(n))
			continue;
		const char *words = kn_xml_attr(n, "groups");
		net->marked = true;
		/* A word of a later kvmnet is not this one's to take away. */
		for (unsigned int i = 0; words && i < KN_NETGROUP_COUNT; i++)
			if (kn_netxml_has_word(words, kn_netgroup_word(i)))
				net->managed |= 1u << i;
	}
}

static int read_names(struct kn_netxml_reader *r, xmlNode *network)
{
	struct kn_network *net = &r->def->net;
	char *name KN_CLEANUP(kn_freep) = NULL;
	char *uuid KN_CLEANUP(kn_freep) = NULL;

	if (get_text(r, network, "name", &name) < 0 || get_text(r, network, "uuid", &uuid) < 0 ||
	    get_text(r, network, "title", &net->title) < 0 ||
	    get_text(r, network, "description", &net->description) < 0)
		return -1;
	if (!name)
		return kn_netxml_bad(r, network, NULL, "it has no name");
	if (kn_netname_from_host(name, &net->name, r->err) < 0 ||
	    (uuid && kn_uuid_parse(uuid, &net->uuid, r->err) < 0))
		return kn_netxml_wrap(r, network);
	net->has |= uuid ? KN_NET_HAS(UUID) : 0;
	net->has |= net->title ? KN_NET_HAS(TITLE) : 0;
	net->has |= net->description ? KN_NET_HAS(DESCRIPTION) : 0;
	read_mark(r, network);
	return 0;
}

/* ---- forward ---- */

/* Over a bridge or over a device: both are called bridge. Source: formatnetwork, "bridge". */
static void set_mode(struct kn_netxml_reader *r, const char *mode, bool has_bridge)
{
	static const char *const plain[] = {"nat", "route", "open"};
	struct kn_network *net = &r->def->net;

	r->def->mode_known = true;
	for (uint32_t i = 0; i < 3; i++)
		if (!strcmp(mode, plain[i])) {
			net->mode = i;
			return;
		}
	for (uint32_t i = 0; i <= KN_MACVTAP_PASSTHROUGH; i++)
		if (!strcmp(mode, kn_macvtap_word(i))) {
			net->mode = KN_NETMODE_MACVTAP;
			net->macvtap = i;
			if (i == KN_MACVTAP_BRIDGE && has_bridge)
				net->mode = KN_NETMODE_BRIDGE;
			return;
		}
	r->def->mode_known = false;
}

static int add_dev(struct kn_netxml_reader *r, xmlNode *node)
{
	const char *dev = kn_xml_attr(node, "dev");
	struct kn_network *net = &r->def->net;
	struct kn_ifname name;

	if (!dev)
		return 0;
	if (kn_ifname_from_host(dev, &name, r->err) < 0)
		return kn_netxml_wrap(r, node);
	net->has |= KN_NET_HAS(DEVS);
	/* libvirt says the first one twice: as forward@dev and as <interface>. */
	return kn_names_has(&net->devs, &name) ? 0 : kn_names_add(&net->devs, &name, r->err);
}

static int read_nat(struct kn_netxml_reader *r, xmlNode *nat)
{
	struct kn_network *net = &r->def->net;
	xmlNode *port = kn_xml_element(nat->children, "port");
	bool has_ipv6 = false, first = false, last = false;

	if (kn_netxml_get_bool(r, nat, "ipv6", "yes no", &has_ipv6, &net->nat_ipv6) < 0)
		return -1;
	net->has |= has_ipv6 ? KN_NET_HAS(NAT_IPV6) : 0;
	if (!port)
		return 0;
	if (kn_netxml_get_num(r, port, "start", &first, &net->nat_first) < 0 ||
	    kn_netxml_get_num(r, port, "end", &last, &net->nat_last) < 0)
		return -1;
	if (!first || !last)
		return kn_netxml_bad(r, port, NULL, "it needs start and end");
	net->has |= KN_NET_HAS(NAT_PORTS);
	return 0;
}

static int read_forward(struct kn_netxml_reader *r, xmlNode *network)
{
	xmlNode *forward = kn_xml_element(network->children, "forward");
	xmlNode *bridge = kn_xml_element(network->children, "bridge");
	xmlNode *nat = forward ? kn_xml_element(forward->children, "nat") : NULL;

	r->def->net.mode = KN_NETMODE_ISOLATED;
	r->def->mode_known = true;
	if (!forward)
		return 0;
	const char *mode = kn_xml_attr(forward, "mode");
	set_mode(r, mode ? mode : "nat", bridge && kn_xml_attr(bridge, "name"));
	if (add_dev(r, forward) < 0 || kn_netxml_each(r, forward, "interface", add_dev) < 0)
		return -1;
	return nat ? read_nat(r, nat) : 0;
}

/* ---- bridge, mtu, mac, domain ---- */

static int read_bridge(struct kn_netxml_reader *r, xmlNode *bridge)
{
	struct kn_network *net = &r->def->net;
	const char *name = kn_xml_attr(bridge, "name");
	bool stp = false, delay = false;

	if (name && kn_ifname_from_host(name, &net->bridge, r->err) < 0)
		return kn_netxml_wrap(r, bridge);
	if (kn_netxml_get_bool(r, bridge, "stp", "on off", &stp, &net->stp) < 0 ||
	    kn_netxml_get_num(r, bridge, "delay", &delay, &net->delay_s) < 0 ||
	    kn_netxml_get_str(r, bridge, "zone", &net->zone) < 0)
		return -1;
	net->has |= (name ? KN_NET_HAS(BRIDGE) : 0) | (stp ? KN_NET_HAS(STP) : 0) |
		    (delay ? KN_NET_HAS(DELAY) : 0) | (net->zone ? KN_NET_HAS(ZONE) : 0);
	return 0;
}

static int read_mtu(struct kn_netxml_reader *r, xmlNode *mtu)
{
	bool has_mtu = false;

	if (kn_netxml_get_num(r, mtu, "size", &has_mtu, &r->def->net.mtu) < 0)
		return -1;
	r->def->net.has |= has_mtu ? KN_NET_HAS(MTU) : 0;
	return 0;
}

static int read_mac(struct kn_netxml_reader *r, xmlNode *mac)
{
	const char *address = kn_xml_attr(mac, "address");

	if (!address)
		return 0;
	if (kn_mac_parse(address, &r->def->net.mac, r->err) < 0)
		return kn_netxml_wrap(r, mac);
	r->def->net.has |= KN_NET_HAS(MAC);
	return 0;
}

static int read_domain(struct kn_netxml_reader *r, xmlNode *domain)
{
	struct kn_network *net = &r->def->net;

	if (kn_netxml_get_str(r, domain, "name", &net->domain) < 0 ||
	    kn_netxml_get_bool(r, domain, "localOnly", "yes no", NULL, &net->domain_local) < 0)
		return -1;
	net->has |= net->domain ? KN_NET_HAS(DOMAIN) : 0;
	return 0;
}

static int read_port(struct kn_netxml_reader *r, xmlNode *port)
{
	bool has_isolated = false;

	if (kn_netxml_get_bool(r, port, "isolated", "yes no", &has_isolated,
			       &r->def->net.isolated) < 0)
		return -1;
	r->def->net.has |= has_isolated ? KN_NET_HAS(ISOLATED) : 0;
	return 0;
}

int kn_netxml_read_head(struct kn_netxml_reader *r, xmlNode *network)
{
	if (read_names(r, network) < 0 || read_forward(r, network) < 0 ||
	    kn_netxml_each(r, network, "bridge", read_bridge) < 0 ||
	    kn_netxml_each(r, network, "mtu", read_mtu) < 0 ||
	    kn_netxml_each(r, network, "mac", read_mac) < 0 ||
	    kn_netxml_each(r, network, "domain", read_domain) < 0)
		return -1;
	return kn_netxml_each(r, network, "port", read_port);
}
