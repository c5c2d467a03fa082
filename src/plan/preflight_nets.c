/* Safety rule subnet-overlap, for the host's own addresses: two links in one network answer for
 * each other, and what is behind the second one is out of reach. The rule's other half is about
 * networks of guests (net_host.c). Layer: plan, pure. */
#include <string.h>

#include "codec/netxml.h"
#include "kvmnet/buf.h"
#include "plan/ctx.h"

static bool is_ours(const struct kn_check *c, const struct kn_ifname *dev)
{
	return kn_ifname_eq(dev, &c->target->bridge) || kn_ifname_eq(dev, &c->target->uplink) ||
	       kn_names_has(&c->target->ports, dev);
}

static bool covers(const struct kn_cidr *wide, const struct kn_cidr *narrow)
{
	return wide->prefix_len <= narrow->prefix_len && kn_cidr_has(wide, &narrow->ip);
}

/* An address in a network that the bridge or its ports are in already overlaps nothing new. */
static bool is_known(const struct kn_check *c, const struct kn_cidr *cidr)
{
	const struct kn_facts *facts = c->in->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (is_ours(c, &facts->addrs[i].dev) && covers(&facts->addrs[i].addr, cidr))
			return true;
	for (size_t i = 0; i < c->in->confs->n; i++) {
		const struct kn_conf *conf = &c->in->confs->v[i];

		for (size_t k = 0; is_ours(c, &conf->name) && k < conf->ip.addrs.n; k++)
			if (covers(&conf->ip.addrs.v[k], cidr))
				return true;
	}
	return false;
}

static int refuse(const struct kn_check *c, const struct kn_cidr *cidr, const struct kn_cidr *other,
		  const char *whose, const char *name)
{
	char text[KN_CIDR_STRLEN], theirs[KN_CIDR_STRLEN];

	/* The same address is rule address-in-use's. */
	if (is_known(c, cidr) || kn_ip_eq(&cidr->ip, &other->ip))
		return 0;
	return kn_rule(c->in, c->plan, "subnet-overlap", c->err,
		       "give the bridge a network of its own, or put that link on the bridge",
		       "%s of %s overlaps %s, %s%s", kn_cidr_fmt(cidr, text), c->target->bridge.s,
		       kn_cidr_fmt(other, theirs), whose, name);
}

/* Of the running host. Return: 1 told; 0 nothing is there; -1. */
static int check_live(const struct kn_check *c, const struct kn_cidr *cidr)
{
	const struct kn_facts *facts = c->in->facts;

	for (size_t i = 0; i < facts->n_uses; i++) {
		const struct kn_addr_use *use = &facts->uses[i];
		struct kn_cidr other = {use->ip, use->prefix_len};

		if (!use->prefix_len || is_ours(c, &use->dev) || !kn_cidr_overlaps(&other, cidr))
			continue;
		return refuse(c, cidr, &other, "the address of ", use->dev.s) < 0 ? -1 : 1;
	}
	return 0;
}

/* What is down now comes back at the next boot. */
static int check_files(const struct kn_check *c, const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < c->in->confs->n; i++) {
		const struct kn_conf *conf = &c->in->confs->v[i];
		bool live = c->in->facts->live && kn_facts_link(c->in->facts, &conf->name);

		for (size_t k = 0; !live && !is_ours(c, &conf->name) && conf->onboot != KN_NO &&
				   k < conf->ip.addrs.n;
		     k++)
			if (!kn_ifname_is_set(&conf->bridge) &&
			    kn_cidr_overlaps(&conf->ip.addrs.v[k], cidr))
				return refuse(c, cidr, &conf->ip.addrs.v[k], "the address in ",
					      conf->path) < 0
					       ? -1
					       : 1;
	}
	return 0;
}

/* One that runs has its address on its bridge; of the others libvirt tells. */
static int check_network(const struct kn_check *c, const struct kn_vnet *net,
			 const struct kn_cidr *cidr)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error ignored = {0};

	if (net->active ||
	    kn_netxml_parse(net->name, net->xml, strlen(net->xml), &def, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < def.net.subnets.n; i++) {
		const struct kn_cidr *subnet = &def.net.subnets.v[i];
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (is_ours(c, &def.net.bridge) || !kn_cidr_overlaps(subnet, cidr))
			continue;
		kn_buf_put_escaped(&name, net->name, strlen(net->name));
		if (kn_buf_check(&name, c->err) < 0)
			return -1;
		return refuse(c, cidr, subnet, "the libvirt network ", kn_buf_str(&name)) < 0 ? -1
											      : 1;
	}
	return 0;
}

static int check_one(const struct kn_check *c, const struct kn_cidr *cidr)
{
	int r = check_live(c, cidr);

	if (r == 0)
		r = check_files(c, cidr);
	for (size_t i = 0; r == 0 && c->in->nets && i < c->in->nets->n; i++)
		r = check_network(c, &c->in->nets->v[i], cidr);
	return r < 0 ? -1 : 0;
}

int kn_preflight_nets(const struct kn_check *c)
{
	const struct kn_cidrs *addrs = &c->in->spec->ip.addrs;

	for (size_t i = 0; i < addrs->n; i++)
		if (!kn_ip_is_link_local(&addrs->v[i].ip) && check_one(c, &addrs->v[i]) < 0)
			return -1;
	return 0;
}
