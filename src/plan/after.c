/* What an operation leaves of the facts: a plan of several parts is made on what those before
 * leave. Source of the kernel's own part in it: net/ipv4/devinet.c, fib_frontend.c,
 * net/ipv6/addrconf.c. Layer: plan, pure. */
#include "plan/after.h"

#include <stdlib.h>
#include <string.h>

#include "plan/ctx.h"

/* ---- a copy to work on ---- */

/* Return: @n elements of @size, new; NULL with *err. */
static void *copy_of(const void *v, size_t n, size_t size, struct kn_error *err)
{
	void *copy = calloc(n + 1, size);

	if (!copy)
		kn_fail_nomem(err);
	else if (n)
		memcpy(copy, v, n * size);
	return copy;
}

#define COPY(list, count, cap)                                                                     \
	do {                                                                                       \
		ret->list = copy_of(facts->list, facts->count, sizeof(*facts->list), err);         \
		ret->cap = facts->count + 1;                                                       \
		fine &= ret->list != NULL;                                                         \
	} while (0)

int kn_facts_copy(const struct kn_facts *facts, struct kn_facts *ret, struct kn_error *err)
{
	bool fine = true;

	*ret = *facts;
	COPY(links, n_links, cap_links);
	COPY(addrs, n_addrs, cap_addrs);
	COPY(routes.v, routes.n, routes.cap);
	COPY(neighs, n_neighs, cap_neighs);
	COPY(nexthops, n_nexthops, cap_nexthops);
	COPY(rules, n_rules, cap_rules);
	COPY(uses, n_uses, cap_uses);
	COPY(clients, n_clients, cap_clients);
	if (fine)
		return 0;
	kn_facts_copy_done(ret);
	return -1;
}

void kn_facts_copy_done(struct kn_facts *copy)
{
	free(copy->links);
	free(copy->addrs);
	free(copy->routes.v);
	free(copy->neighs);
	free(copy->nexthops);
	free(copy->rules);
	free(copy->uses);
	free(copy->clients);
	*copy = (struct kn_facts){0};
}

/* ---- lists ---- */

/* Removes element @i of a list of *n. */
static void take_out(void *v, size_t *n, size_t i, size_t size)
{
	char *at = (char *)v + i * size;

	memmove(at, at + size, (*n - i - 1) * size);
	(*n)--;
}

static struct kn_link *find_link(struct kn_facts *facts, const struct kn_ifname *name)
{
	return (struct kn_link *)kn_facts_link(facts, name);
}

static bool same_route(const struct kn_route *a, const struct kn_route *b)
{
	return kn_ifname_eq(&a->dev, &b->dev) && kn_route_same(a, b);
}

static void drop_route(struct kn_facts *facts, const struct kn_route *route)
{
	for (size_t i = 0; i < facts->routes.n; i++)
		if (same_route(&facts->routes.v[i], route)) {
			take_out(facts->routes.v, &facts->routes.n, i, sizeof(*route));
			return;
		}
}

static int add_route(struct kn_facts *facts, const struct kn_route *route, bool first,
		     struct kn_error *err)
{
	struct kn_routes *routes = &facts->routes;

	if (kn_routes_add(routes, route, err) < 0)
		return -1;
	if (first) {
		memmove(routes->v + 1, routes->v, (routes->n - 1) * sizeof(*route));
		routes->v[0] = *route;
	}
	return 0;
}

static void drop_routes(struct kn_facts *facts, const struct kn_ifname *dev, bool v6_only)
{
	for (size_t i = facts->routes.n; i-- > 0;)
		if (kn_ifname_eq(&facts->routes.v[i].dev, dev) &&
		    (!v6_only || facts->routes.v[i].dst.ip.family == KN_IPV6))
			take_out(facts->routes.v, &facts->routes.n, i, sizeof(*facts->routes.v));
}

static void drop_addrs(struct kn_facts *facts, const struct kn_ifname *dev, bool v6_only)
{
	for (size_t i = facts->n_addrs; i-- > 0;)
		if (kn_ifname_eq(&facts->addrs[i].dev, dev) &&
		    (!v6_only || facts->addrs[i].addr.ip.family == KN_IPV6))
			take_out(facts->addrs, &facts->n_addrs, i, sizeof(*facts->addrs));
}

static void drop_neighs(struct kn_facts *facts, const struct kn_ifname *dev,
			const struct kn_ip *dst)
{
	for (size_t i = facts->n_neighs; i-- > 0;)
		if (kn_ifname_eq(&facts->neighs[i].dev, dev) &&
		    (!dst || kn_ip_eq(&facts->neighs[i].dst, dst)))
			take_out(facts->neighs, &facts->n_neighs, i, sizeof(*facts->neighs));
}

static void drop_uses(struct kn_facts *facts, const struct kn_ifname *dev, const struct kn_ip *ip)
{
	for (size_t i = facts->n_uses; i-- > 0;)
		if (kn_ifname_eq(&facts->uses[i].dev, dev) &&
		    (!ip || kn_ip_eq(&facts->uses[i].ip, ip)))
			take_out(facts->uses, &facts->n_uses, i, sizeof(*facts->uses));
}

/* ---- addresses ---- */

/* The route that the kernel makes for an address. */
static struct kn_route connected(const struct kn_laddr *addr)
{
	struct kn_route route = KN_ROUTE_INIT;

	route.dst = kn_cidr_network(&addr->addr);
	route.dev = addr->dev;
	route.proto = KN_RTPROT_KERNEL;
	route.scope = addr->addr.ip.family == KN_IPV4 ? KN_RT_SCOPE_LINK : 0;
	if (addr->addr.ip.family == KN_IPV4) {
		route.src = addr->addr.ip;
	} else {
		route.has_metric = true;
		route.metric = 256; /* IP6_RT_PRIO_ADDRCONF */
	}
	return route;
}

static bool has_route(const struct kn_facts *facts, const struct kn_route *route)
{
	for (size_t i = 0; i < facts->routes.n; i++)
		if (same_route(&facts->routes.v[i], route))
			return true;
	return false;
}

/* An address that is wanted is looked for on every link: it is on this one now. */
static int add_use(struct kn_facts *facts, const struct kn_laddr *addr, struct kn_error *err)
{
	struct kn_addr_use use = {.ip = addr->addr.ip, .dev = addr->dev};

	for (size_t i = 0; i < facts->n_uses; i++)
		if (kn_ip_eq(&facts->uses[i].ip, &addr->addr.ip))
			return kn_facts_add_use(facts, &use, err);
	return 0;
}

static int addr_add(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	struct kn_laddr addr = op->addr;
	struct kn_route route;

	addr.dev = op->dev;
	route = connected(&addr);
	if (kn_facts_add_addr(facts, &addr, err) < 0 || add_use(facts, &addr, err) < 0)
		return -1;
	if ((addr.flags & (KN_IFA_F_NOPREFIXROUTE | KN_IFA_F_SECONDARY)) ||
	    addr.addr.prefix_len == kn_ip_bits(&addr.addr.ip) ||
	    !kn_link_is_up(kn_facts_link(facts, &addr.dev)) || has_route(facts, &route))
		return 0;
	return add_route(facts, &route, false, err);
}

static void addr_del(struct kn_facts *facts, const struct kn_op *op)
{
	const struct kn_cidr *gone = &op->addr.addr;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ifname_eq(&facts->addrs[i].dev, &op->dev) &&
		    kn_cidr_eq(&facts->addrs[i].addr, gone)) {
			take_out(facts->addrs, &facts->n_addrs, i, sizeof(*facts->addrs));
			break;
		}
	drop_uses(facts, &op->dev, &gone->ip);
	for (size_t i = facts->routes.n; i-- > 0;) {
		const struct kn_route *route = &facts->routes.v[i];

		if (kn_ifname_eq(&route->dev, &op->dev) && route->proto == KN_RTPROT_KERNEL &&
		    kn_ip_eq(&route->src, &gone->ip))
			take_out(facts->routes.v, &facts->routes.n, i, sizeof(*route));
	}
}

/* ---- links ---- */

static void link_del(struct kn_facts *facts, const struct kn_ifname *name)
{
	const struct kn_link *found = find_link(facts, name);
	struct kn_link gone = found ? *found : (struct kn_link){0};

	drop_addrs(facts, name, false);
	drop_routes(facts, name, false);
	drop_neighs(facts, name, NULL);
	drop_uses(facts, name, NULL);
	for (size_t i = facts->n_links; i-- > 0;) {
		struct kn_link *link = &facts->links[i];

		if (kn_ifname_eq(&link->master, name)) {
			if (gone.kind == KN_LINK_BOND)
				kn_after_release(link, &gone);
			link->master = (struct kn_ifname){0};
			link->master_index = 0;
		}
		if (kn_ifname_eq(&link->name, name))
			take_out(facts->links, &facts->n_links, i, sizeof(*link));
	}
}

static void set_up(struct kn_facts *facts, struct kn_link *link, bool up)
{
	if (up) {
		link->flags |= KN_IFF_UP;
		return;
	}
	link->flags &= ~KN_IFF_UP;
	drop_routes(facts, &link->name, false);
	drop_addrs(facts, &link->name, true);
}

static void set_master(struct kn_facts *facts, struct kn_link *link, const struct kn_ifname *to)
{
	const struct kn_link *master = kn_facts_link(facts, to);
	struct kn_link *old = find_link(facts, &link->master);

	if (old && old->kind == KN_LINK_BOND)
		kn_after_release(link, old);
	link->master = *to;
	link->master_index = master ? master->ifindex : 0;
}

static void set_ipv6(struct kn_facts *facts, struct kn_link *link, bool off)
{
	link->disable_ipv6 = off;
	if (!off)
		return;
	drop_addrs(facts, &link->name, true);
	drop_routes(facts, &link->name, true);
}

/* Operations on a link that is there; the others leave it alone. */
static void change_link(struct kn_facts *facts, const struct kn_op *op, struct kn_link *link)
{
	switch ((int)op->kind) {
	case KN_OP_LINK_UP:
	case KN_OP_LINK_DOWN:
		set_up(facts, link, op->kind == KN_OP_LINK_UP);
		break;
	case KN_OP_LINK_MTU:
		link->mtu = op->num.now;
		break;
	case KN_OP_LINK_MAC:
		link->mac = op->mac.now;
		break;
	case KN_OP_LINK_GROUP:
		link->group = op->num.now;
		break;
	case KN_OP_LINK_MASTER:
		set_master(facts, link, &op->master.now);
		break;
	case KN_OP_ADDR_GEN:
		link->addr_gen_mode = (uint8_t)op->num.now;
		break;
	case KN_OP_RP_FILTER:
		link->rp_filter = op->num.now;
		break;
	case KN_OP_PROMOTE:
		link->promote = op->num.now;
		break;
	case KN_OP_ACCEPT_RA:
		link->accept_ra = op->num.now;
		break;
	case KN_OP_DISABLE_IPV6:
		set_ipv6(facts, link, op->num.now);
		break;
	case KN_OP_BRIDGE_OPTS:
		kn_opts_merge(&link->opts, &op->opts.now);
		break;
	case KN_OP_BOND_OPTS:
		kn_opts_merge(&link->bond_opts, &op->opts.now);
		break;
	case KN_OP_BOND_PRIMARY:
		link->primary = op->master.now;
		break;
	case KN_OP_BOND_ACTIVE:
		link->active = op->master.now;
		break;
	case KN_OP_PORT_OPTS:
		kn_opts_merge(&link->port_opts, &op->opts.now);
		break;
	}
}

/* ---- the rest ---- */

/* Routes follow the object that they name. */
static void set_nexthop(struct kn_facts *facts, const struct kn_op *op)
{
	const struct kn_nexthop *now = &op->nexthop.now;

	if (!now->id || !op->nexthop.before.id)
		return;
	for (size_t i = 0; i < facts->n_nexthops; i++)
		if (facts->nexthops[i].id == now->id)
			facts->nexthops[i] = *now;
	for (size_t i = 0; i < facts->routes.n; i++) {
		struct kn_route *route = &facts->routes.v[i];

		if (route->nhid != now->id)
			continue;
		route->dev = now->dev;
		route->gateway = now->gateway;
	}
}

static void drop_rule(struct kn_facts *facts, const struct kn_rule *rule)
{
	for (size_t i = 0; i < facts->n_rules; i++)
		if (kn_rule_eq(&facts->rules[i], rule)) {
			take_out(facts->rules, &facts->n_rules, i, sizeof(*rule));
			return;
		}
}

static int neigh_add(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	struct kn_neigh neigh = op->neigh;

	neigh.dev = op->dev;
	drop_neighs(facts, &neigh.dev, &neigh.dst);
	return kn_facts_add_neigh(facts, &neigh, err);
}

static void move_client(struct kn_facts *facts, const struct kn_op *op)
{
	for (size_t i = facts->n_clients; i-- > 0;) {
		if (op->kind == KN_OP_DHCP_MOVE && kn_ifname_eq(&facts->clients[i].dev, &op->other))
			facts->clients[i].dev = op->dev;
		else if (op->kind == KN_OP_DHCP_STOP &&
			 kn_ifname_eq(&facts->clients[i].dev, &op->dev))
			take_out(facts->clients, &facts->n_clients, i, sizeof(*facts->clients));
	}
}

int kn_facts_after(struct kn_facts *facts, const struct kn_op *op, struct kn_error *err)
{
	struct kn_link *link = find_link(facts, &op->dev);

	switch ((int)op->kind) {
	case KN_OP_BRIDGE_ADD:
	case KN_OP_BOND_ADD:
	case KN_OP_VLAN_ADD:
		return kn_after_link_add(facts, op, err);
	case KN_OP_LINK_DEL:
	case KN_OP_BOND_DEL:
	case KN_OP_VLAN_DEL:
		link_del(facts, &op->dev);
		return 0;
	case KN_OP_ADDR_ADD:
		return addr_add(facts, op, err);
	case KN_OP_ADDR_DEL:
		addr_del(facts, op);
		return 0;
	case KN_OP_ROUTE_ADD:
	case KN_OP_ROUTE_PREPEND:
		return add_route(facts, &op->route, op->kind == KN_OP_ROUTE_PREPEND, err);
	case KN_OP_ROUTE_DEL:
		drop_route(facts, &op->route);
		return 0;
	case KN_OP_ROUTE_DEV:
		drop_route(facts, &op->reroute.before);
		return add_route(facts, &op->reroute.now, false, err);
	case KN_OP_NEXTHOP:
		set_nexthop(facts, op);
		return 0;
	case KN_OP_RULE_ADD:
		return kn_facts_add_rule(facts, &op->rule, err);
	case KN_OP_RULE_DEL:
		drop_rule(facts, &op->rule);
		return 0;
	case KN_OP_NEIGH_ADD:
		return neigh_add(facts, op, err);
	case KN_OP_NEIGH_DEL:
		drop_neighs(facts, &op->dev, &op->neigh.dst);
		return 0;
	case KN_OP_DHCP_MOVE:
	case KN_OP_DHCP_STOP:
		move_client(facts, op);
		return 0;
	}
	if (link)
		change_link(facts, op, link);
	return 0;
}
