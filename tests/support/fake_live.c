/* The in-memory kernel: links, addresses with their automatic routes, routes, neighbours.
 * Test support. Source of the behaviour: kernel net/ipv4/devinet.c, fib_frontend.c,
 * net/ipv6/addrconf.c, net/bridge/br_if.c. */
#include "fake_priv.h"

#include <linux/if_bridge.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

#define UP	FAKE_UP
#define RUNNING 0x40u

struct kn_link *fake_find(struct fake_kernel *fake, const struct kn_ifname *name)
{
	return (struct kn_link *)kn_facts_link(&fake->facts, name);
}

static struct kn_ifname named(const char *str)
{
	struct kn_ifname name = {{0}};

	memcpy(name.s, str, strlen(str));
	return name;
}

/* A bridge runs while it is up and has a port that runs (or the carrier tap). */
static void settle(struct fake_kernel *fake)
{
	for (size_t i = 0; i < fake->facts.n_links; i++) {
		struct kn_link *link = &fake->facts.links[i];
		bool port = false;

		if (link->kind != KN_LINK_BRIDGE)
			continue;
		for (size_t k = 0; k < fake->facts.n_links; k++)
			port |= kn_ifname_eq(&fake->facts.links[k].master, &link->name) &&
				(fake->facts.links[k].flags & RUNNING);
		link->flags =
			port && (link->flags & UP) ? link->flags | RUNNING : link->flags & ~RUNNING;
	}
}

struct kn_link *fake_add_link(struct fake_kernel *fake, const char *name, enum kn_link_kind kind)
{
	struct kn_error err = {0};
	struct kn_link link = {.name = named(name),
			       .ifindex = ++fake->next_ifindex,
			       .kind = kind,
			       .flags = kind == KN_LINK_BRIDGE ? 0 : UP | RUNNING,
			       .mtu = 1500,
			       .has_mac = true,
			       .bond_mode = -1,
			       .accept_ra = 1};

	link.mac.b[0] = 0x52;
	link.mac.b[5] = (uint8_t)link.ifindex;
	if (kind == KN_LINK_BRIDGE)
		for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
			kn_opts_set(&link.opts, i, 0);
	if (kn_facts_add_link(&fake->facts, &link, &err) < 0)
		abort();
	return &fake->facts.links[fake->facts.n_links - 1];
}

int fake_link_del(struct fake_kernel *fake, const struct kn_ifname *name)
{
	struct kn_facts *facts = &fake->facts;
	struct kn_link *link = fake_find(fake, name);

	if (!link)
		return -1;
	fake_drop_addrs(fake, name, false);
	fake_drop_nexthops(fake, name);
	fake_drop_routes(fake, name, KN_IPV4);
	fake_drop_routes(fake, name, KN_IPV6);
	fake_unstack(fake, name);
	link = fake_find(fake, name);
	size_t i = (size_t)(link - facts->links);
	memmove(link, link + 1, (facts->n_links - i - 1) * sizeof(*link));
	facts->n_links--;
	kn_name_table_done(&facts->link_names);
	return 0;
}

static int bridge_add(struct fake_kernel *fake, const struct kn_op *op)
{
	if (fake_find(fake, &op->dev))
		return -1;
	struct kn_link *link = fake_add_link(fake, op->dev.s, KN_LINK_BRIDGE);
	if (op->bridge.has_mac) {
		link->mac = op->bridge.mac;
		link->mac_set = true;
	}
	if (op->bridge.mtu)
		link->mtu = op->bridge.mtu;
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(&op->bridge.opts, i))
			link->opts.val[i] = op->bridge.opts.val[i];
	return 0;
}

static int link_up(struct fake_kernel *fake, struct kn_link *link)
{
	link->flags |= link->kind == KN_LINK_BRIDGE ? UP : UP | RUNNING;
	for (size_t i = 0; i < fake->facts.n_addrs; i++)
		if (kn_ifname_eq(&fake->facts.addrs[i].dev, &link->name))
			fake_add_connected(fake, &fake->facts.addrs[i]);
	return 0;
}

int fake_link_down(struct fake_kernel *fake, struct kn_link *link)
{
	link->flags &= ~(UP | RUNNING);
	fake_drop_nexthops(fake, &link->name);
	fake_drop_routes(fake, &link->name, KN_IPV4);
	fake_drop_routes(fake, &link->name, KN_IPV6);
	fake_drop_addrs(fake, &link->name, true);
	return 0;
}

static int disable_ipv6(struct fake_kernel *fake, struct kn_link *link, bool off)
{
	link->disable_ipv6 = off;
	if (off) {
		fake_drop_addrs(fake, &link->name, true);
		fake_drop_routes(fake, &link->name, KN_IPV6);
	}
	return 0;
}

/* While STP runs, a forward delay under 2 s is out of range. */
static int bridge_opts(struct kn_link *link, const struct kn_opts *now)
{
	bool stp = link->opts.val[KN_BROPT_STP];

	if (stp && kn_opts_has(now, KN_BROPT_FORWARD_DELAY) &&
	    now->val[KN_BROPT_FORWARD_DELAY] < 200)
		return -1;
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(now, i))
			link->opts.val[i] = now->val[i];
	return 0;
}

static int set_master(struct fake_kernel *fake, struct kn_link *link, const struct kn_ifname *to)
{
	if (kn_ifname_is_set(to) && !fake_find(fake, to))
		return -1;
	if (fake_bond_port(fake, link, to) < 0)
		return -1;
	link->master = *to;
	link->port_state = kn_ifname_is_set(to) ? BR_STATE_FORWARDING : BR_STATE_DISABLED;
	return 0;
}

static int add_route_op(struct fake_kernel *fake, const struct kn_route *route, bool front)
{
	struct kn_route copy = *route;

	if (copy.nhid && fake_follow_nexthop(fake, &copy) < 0)
		return -1;
	const struct kn_link *link = fake_find(fake, &copy.dev);
	if (!link || !(link->flags & UP) || !fake_gateway_reachable(fake, &copy))
		return -1;
	return fake_insert_route(fake, &copy, front);
}

static int reroute(struct fake_kernel *fake, const struct kn_op *op)
{
	if (fake_route_del(fake, &op->reroute.before) < 0)
		return -1;
	return add_route_op(fake, &op->reroute.now, false);
}

static int change_link(struct fake_kernel *fake, const struct kn_op *op, struct kn_link *link)
{
	switch (op->kind) {
	case KN_OP_LINK_UP:
		return link_up(fake, link);
	case KN_OP_LINK_DOWN:
		return fake_link_down(fake, link);
	case KN_OP_LINK_MTU:
		link->mtu = op->num.now;
		return 0;
	case KN_OP_LINK_GROUP:
		link->group = op->num.now;
		return 0;
	case KN_OP_ADDR_GEN:
		link->addr_gen_mode = (uint8_t)op->num.now;
		return 0;
	case KN_OP_PROMOTE:
		link->promote = op->num.now;
		return 0;
	case KN_OP_RP_FILTER:
		link->rp_filter = op->num.now;
		return 0;
	case KN_OP_ACCEPT_RA:
		link->accept_ra = op->num.now;
		return 0;
	case KN_OP_DISABLE_IPV6:
		return disable_ipv6(fake, link, op->num.now);
	case KN_OP_LINK_MAC:
		link->mac = op->mac.now;
		link->mac_set = true;
		return 0;
	case KN_OP_LINK_MASTER:
		return set_master(fake, link, &op->master.now);
	case KN_OP_BRIDGE_OPTS:
		return bridge_opts(link, &op->opts.now);
	case KN_OP_BOND_OPTS:
	case KN_OP_BOND_PRIMARY:
		return fake_bond_set(fake, op, link);
	default:
		return 0;
	}
}

static int step(struct fake_kernel *fake, const struct kn_op *op)
{
	struct kn_link *link = fake_find(fake, &op->dev);

	if (op->kind == KN_OP_BRIDGE_ADD)
		return bridge_add(fake, op);
	if (op->kind == KN_OP_BOND_ADD || op->kind == KN_OP_VLAN_ADD)
		return fake_stacked_add(fake, op);
	if (op->kind == KN_OP_RULE_ADD)
		return fake_rule_add(fake, &op->rule);
	if (op->kind == KN_OP_RULE_DEL)
		return fake_rule_del(fake, &op->rule);
	if (!link)
		return -1;
	switch (op->kind) {
	case KN_OP_NEXTHOP:
		return fake_nexthop_op(fake, &op->nexthop.now, &op->nexthop.before);
	case KN_OP_LINK_DEL:
	case KN_OP_BOND_DEL:
	case KN_OP_VLAN_DEL:
		return fake_link_del(fake, &op->dev);
	case KN_OP_ADDR_ADD:
		return fake_addr_add(fake, &op->addr);
	case KN_OP_ADDR_DEL:
		return fake_addr_del(fake, &op->addr);
	case KN_OP_ROUTE_ADD:
		return add_route_op(fake, &op->route, false);
	case KN_OP_ROUTE_PREPEND:
		return add_route_op(fake, &op->route, true);
	case KN_OP_ROUTE_DEL:
		return fake_route_del(fake, &op->route);
	case KN_OP_ROUTE_DEV:
		return reroute(fake, op);
	case KN_OP_CONF_COPY:
		link->rp_filter = fake_find(fake, &op->other)->rp_filter;
		link->accept_ra = fake_find(fake, &op->other)->accept_ra;
		return 0;
	default:
		return change_link(fake, op, link);
	}
}

static int fake_exec(struct kn_live *self, const struct kn_op *ops, size_t n, bool *ret_done,
		     struct kn_error *err)
{
	struct fake_kernel *fake = (struct fake_kernel *)self;

	for (size_t i = 0; i < n; i++) {
		size_t number = fake->executed++;

		if (number == fake->fail_at || number >= fake->fail_again)
			return kn_fail(err, KN_ERR_SYSTEM, 0, "planted failure");
		if (step(fake, &ops[i]) < 0)
			return kn_fail(err, KN_ERR_SYSTEM, 0, "the kernel refuses step %s on %s",
				       kn_op_info(ops[i].kind)->word, ops[i].dev.s);
		settle(fake);
		ret_done[i] = true;
	}
	return 0;
}

static bool route_is_asked(const struct kn_live_request *req, const struct kn_route *route)
{
	for (size_t i = 0; i < req->n_names; i++)
		if (kn_route_uses(route, &req->names[i]))
			return true;
	return kn_route_is_default(route);
}

static bool is_asked(const struct kn_live_request *req, const struct kn_ifname *name)
{
	for (size_t i = 0; i < req->n_names; i++)
		if (kn_ifname_eq(&req->names[i], name))
			return true;
	return false;
}

static bool has_asked_port(const struct kn_facts *all, const struct kn_live_request *req,
			   const struct kn_ifname *bridge)
{
	for (size_t i = 0; req->ports && i < all->n_links; i++)
		if (kn_ifname_eq(&all->links[i].master, bridge) &&
		    is_asked(req, &all->links[i].name))
			return true;
	return false;
}

/* Ports come with their masters, and what stands on a link with that link. */
static bool is_seen(const struct kn_facts *all, const struct kn_live_request *req,
		    const struct kn_link *link)
{
	bool tops = req->uppers || req->tops == KN_TOPS_ALL;

	if (is_asked(req, &link->name) || is_asked(req, &link->master))
		return true;
	for (size_t i = 0; i < all->n_links; i++) {
		const struct kn_link *other = &all->links[i];
		bool asked = is_asked(req, &other->name);
		bool free = req->tops == KN_TOPS_FREE && !kn_ifname_is_set(&other->master) &&
			    other->kind != KN_LINK_BRIDGE;

		if (asked && req->ports && kn_ifname_eq(&other->master, &link->name))
			return true;
		asked |= is_asked(req, &other->master);
		if (asked && (tops || free) && kn_ifname_eq(&link->lower, &other->name))
			return true;
		if (tops && kn_ifname_eq(&link->lower, &other->name) &&
		    has_asked_port(all, req, &other->name))
			return true;
	}
	return false;
}

static int fake_snapshot(struct kn_live *self, const struct kn_live_request *req,
			 struct kn_facts *ret, struct kn_error *err)
{
	const struct kn_facts *all = &((struct fake_kernel *)self)->facts;

	for (size_t i = 0; i < all->n_links; i++)
		if (is_seen(all, req, &all->links[i]) &&
		    kn_facts_add_link(ret, &all->links[i], err) < 0)
			return -1;
	for (size_t i = 0; req->vlans && i < all->n_vlans; i++)
		if (kn_facts_add_vlan(ret, &all->vlans[i], err) < 0)
			return -1;
	ret->vlans_known = req->vlans && all->n_vlans;
	for (size_t i = 0; i < all->n_addrs; i++) {
		struct kn_addr_use use = {.ip = all->addrs[i].addr.ip, .dev = all->addrs[i].dev};

		if (is_asked(req, &all->addrs[i].dev) &&
		    kn_facts_add_addr(ret, &all->addrs[i], err) < 0)
			return -1;
		for (size_t k = 0; k < req->n_ips; k++)
			if (kn_ip_eq(&req->ips[k], &use.ip) && kn_facts_add_use(ret, &use, err) < 0)
				return -1;
		use.prefix_len = all->addrs[i].addr.prefix_len;
		for (size_t k = 0; k < req->n_nets; k++)
			if (kn_cidr_overlaps(&req->nets[k], &all->addrs[i].addr) &&
			    kn_facts_add_use(ret, &use, err) < 0)
				return -1;
	}
	for (size_t i = 0; i < all->routes.n; i++)
		if (route_is_asked(req, &all->routes.v[i]) &&
		    kn_routes_add(&ret->routes, &all->routes.v[i], err) < 0)
			return -1;
	for (size_t i = 0; req->neighs && i < all->n_neighs; i++)
		if (is_asked(req, &all->neighs[i].dev) &&
		    kn_facts_add_neigh(ret, &all->neighs[i], err) < 0)
			return -1;
	ret->all_rp_filter = all->all_rp_filter;
	return fake_read_policy(all, req, ret, err);
}

/* Links and addresses are there at once; all neighbours answer but the silent one. */
static int fake_reach(struct kn_live *self, struct kn_probe *probes, size_t n, uint32_t timeout_ms,
		      struct kn_error *err)
{
	struct fake_kernel *fake = (struct fake_kernel *)self;

	(void)timeout_ms;
	(void)err;
	for (size_t i = 0; i < n; i++) {
		struct kn_probe *probe = &probes[i];
		const struct kn_link *link = fake_find(fake, &probe->dev);
		bool silent = kn_ip_eq(&probe->ip, &fake->silent) &&
			      (!kn_ifname_is_set(&fake->silent_on) ||
			       kn_ifname_eq(&probe->dev, &fake->silent_on));

		fake->asked += probe->kind == KN_PROBE_NEIGH;
		if (probe->kind == KN_PROBE_LINK)
			silent = !link || !(link->flags & RUNNING);
		probe->answer = silent ? KN_NO : KN_YES;
	}
	return 0;
}

static void fake_close(struct kn_live *self)
{
	fake_done((struct fake_kernel *)self);
}

void fake_init(struct fake_kernel *fake)
{
	*fake = (struct fake_kernel){.fail_at = SIZE_MAX, .fail_again = SIZE_MAX};
	fake->live = (struct kn_live){.snapshot = fake_snapshot,
				      .exec = fake_exec,
				      .reach = fake_reach,
				      .close = fake_close};
	fake_add_link(fake, "lo", KN_LINK_LOOPBACK);
}

void fake_done(struct fake_kernel *fake)
{
	kn_facts_done(&fake->facts);
}
