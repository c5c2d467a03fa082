/* What a libvirtd has left of a network that died while it started or stopped it: the bridge, and
 * the dnsmasq. Whoever runs next takes the network for one that does not run, and cannot start it
 * over them (measured with libvirt 9.0: "error creating bridge interface virbr0: File exists",
 * "Network is already in use by interface virbr0", and with the bridge removed "dnsmasq: failed to
 * create listening socket ...: Address already in use"). Layer: plan, pure. */
#include <stdio.h>
#include <string.h>

#include "codec/netxml.h"
#include "kvmnet/text.h"
#include "plan/ctx.h"
#include "plan/net_ctx.h"

static void put_ports(const struct kn_facts *facts, const struct kn_link *bridge,
		      struct kn_buf *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *link = &facts->links[i];

		if (!kn_ifname_eq(&link->master, &bridge->name) &&
		    link->lower_index != bridge->ifindex)
			continue;
		kn_buf_puts(ret, n++ ? ", " : "");
		kn_text_name(ret, &link->name);
	}
	if (n)
		kn_buf_puts(ret, n > 1 ? " are on it" : " is on it");
}

/* libvirt gives the bridge the definition's addresses, and the kernel one of its own. */
static void put_address(const struct kn_facts *facts, const struct kn_link *bridge,
			const struct kn_network *def, struct kn_buf *ret)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < facts->n_addrs && !ret->len; i++) {
		const struct kn_cidr *addr = &facts->addrs[i].addr;
		bool own = kn_ip_is_link_local(&addr->ip);

		if (!kn_ifname_eq(&facts->addrs[i].dev, &bridge->name))
			continue;
		for (size_t k = 0; k < def->subnets.n; k++)
			own |= kn_cidr_eq(&def->subnets.v[k], addr);
		if (!own)
			kn_buf_printf(ret, "it has the address %s, which the network has not",
				      kn_cidr_fmt(addr, text));
	}
}

static void put_file(const struct kn_confs *confs, const struct kn_link *bridge, struct kn_buf *ret)
{
	for (size_t i = 0; confs && i < confs->n && !ret->len; i++)
		if (kn_ifname_eq(&confs->v[i].name, &bridge->name))
			kn_buf_puts(ret, "the host's files configure it");
}

static void put_network(const struct kn_vnets *nets, const char *name, const struct kn_link *bridge,
			struct kn_buf *ret)
{
	for (size_t i = 0; i < nets->n && !ret->len; i++) {
		struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
		const struct kn_vnet *net = &nets->v[i];
		struct kn_error ignored = {0};

		if (!net->active || !strcmp(net->name, name) ||
		    kn_netxml_parse(net->name, net->xml, strlen(net->xml), &def, &ignored) < 0 ||
		    !kn_ifname_eq(&def.net.bridge, &bridge->name))
			continue;
		kn_buf_puts(ret, "network ");
		kn_buf_put_escaped(ret, net->name, strlen(net->name));
		kn_buf_puts(ret, " uses it");
	}
}

/* Why somebody may need the bridge; "" = it is certainly the dead daemon's, and nobody's now: its
 * MAC address is the one that libvirt drew for this network, nothing is on it, nobody configures
 * it. */
static void put_doubt(const struct kn_inputs *in, const char *name, const struct kn_network *def,
		      const struct kn_link *bridge, struct kn_buf *ret)
{
	char text[KN_MAC_STRLEN];

	if (bridge->kind != KN_LINK_BRIDGE)
		kn_buf_puts(ret, "it is no bridge");
	else if (!(def->has & KN_NET_HAS(MAC)) || !bridge->has_mac)
		kn_buf_puts(ret, "no MAC address says whose it is");
	else if (!kn_mac_eq(&def->mac, &bridge->mac))
		kn_buf_printf(ret, "its MAC address %s is not the network's",
			      kn_mac_fmt(&bridge->mac, text));
	if (!ret->len)
		put_ports(in->facts, bridge, ret);
	if (!ret->len)
		put_address(in->facts, bridge, def, ret);
	if (!ret->len)
		put_file(in->confs, bridge, ret);
	if (!ret->len)
		put_network(in->nets, name, bridge, ret);
}

/* Older daemons hold the MAC address by a tap of their own on it, virbr0-nic. Source: libvirt 4.5
 * (RHEL 7), src/network/bridge_driver.c, networkBridgeDummyNicName(). */
static void put_removal(const struct kn_facts *facts, const struct kn_ifname *bridge,
			struct kn_buf *ret)
{
	char nic[sizeof(bridge->s) + 4];

	(void)snprintf(nic, sizeof(nic), "%s-nic", bridge->s);
	for (size_t i = 0; i < facts->n_links; i++)
		if (!strcmp(facts->links[i].name.s, nic) ||
		    kn_ifname_eq(&facts->links[i].name, bridge)) {
			kn_buf_puts(ret, ret->len ? "; ip link del " : "ip link del ");
			kn_text_name(ret, &facts->links[i].name);
		}
}

void kn_netleft_done(struct kn_netleft *left)
{
	kn_buf_done(&left->doubt);
	kn_buf_done(&left->fix);
}

int kn_net_left(const struct kn_inputs *in, const char *name, const struct kn_network *def,
		struct kn_netleft *ret, struct kn_error *err)
{
	const struct kn_vnet *net = kn_vnets_get(in->nets, name);

	if (!in->facts->live || in->nets->offline || !kn_netmode_has_bridge(def->mode) ||
	    (net && net->active))
		return 0;
	ret->bridge = kn_facts_link(in->facts, &def->bridge);
	ret->pid = net ? net->left_pid : 0;
	if (ret->bridge)
		put_doubt(in, name, def, ret->bridge, &ret->doubt);
	if (ret->pid)
		kn_buf_printf(&ret->fix, "kill %d", (int)ret->pid);
	if (ret->bridge)
		put_removal(in->facts, &ret->bridge->name, &ret->fix);
	return kn_buf_check(&ret->doubt, err) < 0 ? -1 : kn_buf_check(&ret->fix, err);
}

static int emit(struct kn_netctx *c, const struct kn_netleft *left)
{
	struct kn_op end = {.kind = KN_OP_LEFT_DNSMASQ,
			    .phase = KN_PHASE_SWITCH,
			    .net = {.name = c->chg->name, .parent = -1, .pid = left->pid}};
	struct kn_op del = {.kind = KN_OP_LEFT_DEL, .phase = KN_PHASE_SWITCH};

	if (left->pid && kn_plan_add_op(c->plan, &end, c->err) < 0)
		return -1;
	if (!left->bridge)
		return 0;
	del.dev = left->bridge->name;
	del.left.ifindex = left->bridge->ifindex;
	del.left.mac = left->bridge->mac;
	return kn_plan_add_op(c->plan, &del, c->err);
}

/* Kept. Without it the network does not start, which is worth a refusal before anything is done. */
static int keep(struct kn_netctx *c, const struct kn_netleft *left, bool starts)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *bridge = left->bridge->name.s;

	kn_buf_put_escaped(&name, c->chg->name, strlen(c->chg->name));
	if (kn_buf_check(&name, c->err) < 0)
		return -1;
	if (!starts)
		return kn_plan_note(c->plan, KN_NOTE_WARNING, c->err,
				    "%s stays, although network %s does not run: %s", bridge,
				    kn_buf_str(&name), kn_buf_str(&left->doubt));
	kn_fail(c->err, KN_ERR_HOSTFILE, 0,
		"network %s cannot start: there is a link %s already, and it is kept, because %s",
		kn_buf_str(&name), bridge, kn_buf_str(&left->doubt));
	return kn_hint(c->err,
		       "look with: ip -details link show %s; if nobody needs it: %s; then the same "
		       "command again",
		       bridge, kn_buf_str(&left->fix));
}

int kn_net_clear(struct kn_netctx *c, const char *xml, bool starts)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_netleft left KN_CLEANUP(kn_netleft_done) = {0};
	struct kn_error unreadable = {0};

	if (kn_netxml_parse(c->chg->name, xml, strlen(xml), &def, &unreadable) < 0)
		return unreadable.kind == KN_ERR_NOMEM ? kn_fail_nomem(c->err) : 0;
	if (kn_net_left(c->in, c->chg->name, &def.net, &left, c->err) < 0)
		return -1;
	return left.doubt.len ? keep(c, &left, starts) : emit(c, &left);
}
