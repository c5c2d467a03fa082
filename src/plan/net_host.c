/* A network against the host: what its subnet would collide with, and what it stands on.
 * Layer: plan, pure. libvirt itself compares exact IPv4 networks of the main table only. */
#include <string.h>

#include "codec/netxml.h"
#include "plan/ctx.h"
#include "plan/net_ctx.h"

/* Reads the definition of @name. Return: it has a bridge of its own; else @ret is empty. */
static bool own_def(const struct kn_inputs *in, const char *name, struct kn_netdef *ret)
{
	const struct kn_vnet *net = kn_vnets_get(in->nets, name);
	struct kn_error ignored = {0};

	if (!net || kn_netxml_parse(name, net->xml, strlen(net->xml), ret, &ignored) < 0)
		return false;
	if (kn_netmode_has_bridge(ret->net.mode))
		return true;
	kn_netdef_done(ret);
	*ret = (struct kn_netdef){0};
	return false;
}

/* The bridge that the network has already: what is on it is the network's own. */
static struct kn_ifname own_bridge(const struct kn_inputs *in, const char *name)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_ifname none = {0};

	return own_def(in, name, &def) ? def.net.bridge : none;
}

int kn_net_taken(const struct kn_inputs *in, const char *name, struct kn_takens *ret,
		 struct kn_error *err)
{
	const struct kn_file *resolv = in->tree ? kn_tree_get(in->tree, "/etc/resolv.conf") : NULL;
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_taken_host host = {.facts = in->facts,
				     .confs = in->confs,
				     .resolv = resolv ? resolv->data : NULL,
				     .own = &def.net.bridge};

	if (own_def(in, name, &def))
		host.own_subnets = &def.net.subnets;
	if (kn_takens_add_host(ret, &host, err) < 0)
		return -1;
	/* Those that do not run as well. */
	for (size_t i = 0; i < in->nets->n; i++) {
		struct kn_netdef other KN_CLEANUP(kn_netdef_done) = {0};
		const char *its = in->nets->v[i].name;

		if (strcmp(its, name) != 0 && own_def(in, its, &other) &&
		    kn_takens_add_network(ret, &other.net, err) < 0)
			return -1;
	}
	return 0;
}

static int add_name(struct kn_names *ret, const struct kn_ifname *name, struct kn_error *err)
{
	if (!kn_ifname_is_set(name) || kn_names_has(ret, name))
		return 0;
	return kn_names_add(ret, name, err);
}

int kn_net_links(const struct kn_inputs *in, const char *name, struct kn_names *ret,
		 struct kn_error *err)
{
	struct kn_ifname own = own_bridge(in, name);

	for (size_t i = 0; i < in->facts->n_links; i++)
		if (!kn_ifname_eq(&in->facts->links[i].name, &own) &&
		    add_name(ret, &in->facts->links[i].name, err) < 0)
			return -1;
	/* Not there now, they are at the next boot. */
	for (size_t i = 0; i < in->confs->n; i++)
		if (!kn_ifname_eq(&in->confs->v[i].name, &own) &&
		    kn_names_add(ret, &in->confs->v[i].name, err) < 0)
			return -1;
	for (size_t i = 0; i < in->nets->n; i++) {
		struct kn_ifname other = own_bridge(in, in->nets->v[i].name);

		if (strcmp(in->nets->v[i].name, name) != 0 && add_name(ret, &other, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- the checks ---- */

static int go_on(struct kn_netctx *c)
{
	return kn_errors_take(c->in->faults, c->err);
}

static int check_subnets(struct kn_netctx *c, const struct kn_network *net,
			 const struct kn_takens *taken)
{
	for (size_t i = 0; i < net->subnets.n; i++) {
		struct kn_cidr subnet = kn_cidr_network(&net->subnets.v[i]);
		const struct kn_taken *by = kn_takens_find(taken, &subnet, &net->bridge);
		char text[KN_CIDR_STRLEN], other[KN_CIDR_STRLEN];

		if (!by)
			continue;
		if (kn_rule(c->in, c->plan, "subnet-overlap", c->err,
			    "leave --subnet out to have a free one chosen",
			    "subnet %s of network %s overlaps %s, %s", kn_cidr_fmt(&subnet, text),
			    net->name.s, kn_cidr_fmt(&by->net, other), by->why) == 0)
			continue;
		kn_cidr_fmt(&net->subnets.v[i], text);
		kn_about(c->err, subnet.ip.family == KN_IPV4 ? "subnet" : "ipv6", text);
		if (go_on(c) < 0)
			return -1;
	}
	return 0;
}

static int no_bridge(struct kn_netctx *c, const struct kn_network *net, const char *path)
{
	kn_fail(c->err, KN_ERR_INPUT, 0, "network %s: %s is no bridge%s%s", net->name.s,
		net->bridge.s, path ? ", says " : "", path ? path : "");
	return kn_hint(c->err, "kvmnet bridge list shows the bridges of this host");
}

/* Below --root nobody knows but the files; what they do not name may be there all the same. */
static int check_bridge_file(struct kn_netctx *c, const struct kn_network *net)
{
	const struct kn_conf *conf = kn_confs_get(c->in->confs, &net->bridge);

	if (conf && (conf->type == KN_CONF_ETHERNET || conf->type == KN_CONF_BOND ||
		     conf->type == KN_CONF_VLAN))
		return no_bridge(c, net, conf->path);
	return 0;
}

/* Will the bridge be there? Made by the same command, or in the kernel. */
static int check_bridge(struct kn_netctx *c, const struct kn_network *net)
{
	const struct kn_link *link = kn_facts_link(c->in->facts, &net->bridge);
	const struct kn_spec *spec = c->in->spec;

	if (net->openvswitch ||
	    (spec->verb == KN_BRIDGE_CREATE && kn_ifname_eq(&spec->bridge, &net->bridge)))
		return 0;
	if (!c->in->facts->live)
		return check_bridge_file(c, net);
	if (!link) {
		kn_fail(c->err, KN_ERR_INPUT, 0, "network %s: there is no bridge %s on this host",
			net->name.s, net->bridge.s);
		return kn_hint(c->err, "make it first: kvmnet bridge create %s --port IF",
			       net->bridge.s);
	}
	if (link->kind == KN_LINK_BRIDGE || strcmp(link->kind_word, "openvswitch") == 0)
		return 0;
	return no_bridge(c, net, NULL);
}

const struct kn_ifname *kn_net_taker(const struct kn_inputs *in, const struct kn_ifname *dev)
{
	const struct kn_link *link = kn_facts_link(in->facts, dev);
	const struct kn_link *top = link ? kn_facts_link(in->facts, &link->master) : NULL;
	const struct kn_conf *conf = in->facts->live ? NULL : kn_confs_get(in->confs, dev);

	if (link && kn_ifname_is_set(&link->master))
		return top && !strcmp(top->kind_word, "vrf") ? NULL : &link->master;
	if (conf && kn_ifname_is_set(&conf->bridge))
		return &conf->bridge;
	return conf && kn_ifname_is_set(&conf->master) ? &conf->master : NULL;
}

static int check_taker(struct kn_netctx *c, const struct kn_network *net,
		       const struct kn_ifname *dev)
{
	const struct kn_ifname *top = kn_net_taker(c->in, dev);

	if (net->mode != KN_NETMODE_MACVTAP || !top)
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0,
		"network %s: %s is a port of %s, so that no macvtap can stand on it", net->name.s,
		dev->s, top->s);
	return kn_hint(c->err, "use %s itself: a network over that bridge, or macvtap on that bond",
		       top->s);
}

static int check_dev(struct kn_netctx *c, const struct kn_network *net, const struct kn_ifname *dev)
{
	if (check_taker(c, net, dev) < 0)
		return -1;
	if (!c->in->facts->live || kn_facts_link(c->in->facts, dev))
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0, "network %s: there is no device %s on this host",
		net->name.s, dev->s);
	return kn_hint(c->err, "ip link shows those that exist");
}

static int check_devs(struct kn_netctx *c, const struct kn_network *net)
{
	const char *field = net->mode == KN_NETMODE_MACVTAP ? "macvtap" : "dev";

	for (size_t i = 0; i < net->devs.n; i++) {
		if (check_dev(c, net, &net->devs.v[i]) == 0)
			continue;
		kn_about(c->err, field, net->devs.v[i].s);
		if (go_on(c) < 0)
			return -1;
	}
	return 0;
}

/* A bridge of libvirt's own needs a name that nobody has. */
static int check_name(struct kn_netctx *c, const struct kn_network *net)
{
	struct kn_names links KN_CLEANUP(kn_names_done) = {0};

	if (kn_net_links(c->in, net->name.s, &links, c->err) < 0)
		return -1;
	if (!kn_names_has(&links, &net->bridge))
		return 0;
	kn_fail(c->err, KN_ERR_INPUT, 0,
		"network %s cannot make a bridge %s: a link or another network has that name",
		net->name.s, net->bridge.s);
	return kn_hint(c->err, "leave --bridge-name out to have a free one chosen");
}

int kn_net_check_host(struct kn_netctx *c, const struct kn_network *net,
		      const struct kn_takens *taken)
{
	if (check_devs(c, net) < 0)
		return -1;
	bool over = net->mode == KN_NETMODE_BRIDGE;
	if (!over && !kn_netmode_has_bridge(net->mode))
		return 0;
	if ((over ? check_bridge(c, net) : check_name(c, net)) < 0) {
		kn_about(c->err, over ? "bridge" : "bridge-name", net->bridge.s);
		if (go_on(c) < 0)
			return -1;
	}
	return over ? 0 : check_subnets(c, net, taken);
}
