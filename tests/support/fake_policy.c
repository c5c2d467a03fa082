/* Nexthop objects, routes with several next hops and policy rules of the in-memory kernel.
 * Test support. Source of the behaviour: kernel net/ipv4/nexthop.c, net/core/fib_rules.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_priv.h"
#include "kvmnet/buf.h"

#define LINK 253

static struct kn_nexthop *find_nexthop(struct fake_kernel *fake, uint32_t id)
{
	for (size_t i = 0; i < fake->facts.n_nexthops; i++)
		if (fake->facts.nexthops[i].id == id)
			return &fake->facts.nexthops[i];
	return NULL;
}

int fake_follow_nexthop(struct fake_kernel *fake, struct kn_route *route)
{
	const struct kn_nexthop *nexthop = find_nexthop(fake, route->nhid);

	if (!nexthop)
		return -1;
	route->dev = nexthop->dev;
	route->gateway = nexthop->gateway;
	return 0;
}

static void drop_nexthop(struct fake_kernel *fake, size_t i)
{
	struct kn_facts *facts = &fake->facts;

	for (size_t k = facts->routes.n; k-- > 0;)
		if (facts->routes.v[k].nhid == facts->nexthops[i].id)
			fake_remove_route(fake, k);
	memmove(&facts->nexthops[i], &facts->nexthops[i + 1],
		(facts->n_nexthops - i - 1) * sizeof(*facts->nexthops));
	facts->n_nexthops--;
}

int fake_nexthop_op(struct fake_kernel *fake, const struct kn_nexthop *now,
		    const struct kn_nexthop *before)
{
	struct kn_nexthop *have = find_nexthop(fake, now->id ? now->id : before->id);
	struct kn_error err = {0};

	if (!now->id && have)
		drop_nexthop(fake, (size_t)(have - fake->facts.nexthops));
	if (!now->id)
		return have ? 0 : -1;
	if (!before->id && (have || kn_facts_add_nexthop(&fake->facts, now, &err) < 0))
		return -1;
	int r = fake_nexthop_replace(fake, now);
	if (r < 0 && !before->id)
		drop_nexthop(fake, fake->facts.n_nexthops - 1);
	return r;
}

int fake_nexthop_replace(struct fake_kernel *fake, const struct kn_nexthop *now)
{
	const struct kn_link *link = fake_find(fake, &now->dev);
	struct kn_nexthop *have = find_nexthop(fake, now->id);
	struct kn_route probe = {.gateway = now->gateway, .dev = now->dev, .onlink = now->onlink};

	if (!have || !link || !(link->flags & FAKE_UP) || !fake_gateway_reachable(fake, &probe))
		return -1;
	*have = *now;
	for (size_t i = 0; i < fake->facts.routes.n; i++)
		if (fake->facts.routes.v[i].nhid == now->id)
			(void)fake_follow_nexthop(fake, &fake->facts.routes.v[i]);
	return 0;
}

/* A link that goes down takes its objects along, and they their routes. */
void fake_drop_nexthops(struct fake_kernel *fake, const struct kn_ifname *dev)
{
	struct kn_facts *facts = &fake->facts;

	for (size_t i = facts->n_nexthops; i-- > 0;)
		if (kn_ifname_eq(&facts->nexthops[i].dev, dev))
			drop_nexthop(fake, i);
}

static bool stands_before(const struct kn_rule *a, const struct kn_rule *b)
{
	return a->family != b->family ? a->family < b->family : a->priority <= b->priority;
}

/* Behind those of the same priority. */
int fake_rule_add(struct fake_kernel *fake, const struct kn_rule *rule)
{
	struct kn_facts *facts = &fake->facts;
	struct kn_error err = {0};
	size_t at = 0;

	if (kn_facts_add_rule(facts, rule, &err) < 0)
		return -1;
	while (at < facts->n_rules - 1 && stands_before(&facts->rules[at], rule))
		at++;
	memmove(&facts->rules[at + 1], &facts->rules[at],
		(facts->n_rules - 1 - at) * sizeof(*facts->rules));
	facts->rules[at] = *rule;
	return 0;
}

/* The first that is equal. */
int fake_rule_del(struct fake_kernel *fake, const struct kn_rule *rule)
{
	struct kn_facts *facts = &fake->facts;

	for (size_t i = 0; i < facts->n_rules; i++)
		if (kn_rule_eq(&facts->rules[i], rule)) {
			memmove(&facts->rules[i], &facts->rules[i + 1],
				(facts->n_rules - i - 1) * sizeof(*facts->rules));
			facts->n_rules--;
			return 0;
		}
	return -1;
}

static bool is_wanted_rule(const struct kn_facts *all, const struct kn_rule *rule,
			   const struct kn_live_request *req)
{
	for (size_t i = 0; i < all->n_rules; i++)
		for (size_t k = 0; k < req->n_names; k++)
			if (all->rules[i].family == rule->family &&
			    all->rules[i].priority == rule->priority &&
			    (kn_ifname_eq(&all->rules[i].iif, &req->names[k]) ||
			     kn_ifname_eq(&all->rules[i].oif, &req->names[k])))
				return true;
	return false;
}

int fake_read_policy(const struct kn_facts *all, const struct kn_live_request *req,
		     struct kn_facts *ret, struct kn_error *err)
{
	for (size_t i = 0; i < all->n_nexthops; i++)
		for (size_t k = 0; k < req->n_names; k++)
			if (kn_ifname_eq(&all->nexthops[i].dev, &req->names[k]) &&
			    kn_facts_add_nexthop(ret, &all->nexthops[i], err) < 0)
				return -1;
	for (size_t i = 0; i < all->n_rules; i++)
		if (is_wanted_rule(all, &all->rules[i], req) &&
		    kn_facts_add_rule(ret, &all->rules[i], err) < 0)
			return -1;
	return 0;
}

int fake_add_nexthop(struct fake_kernel *fake, uint32_t id, const char *dev, const char *via)
{
	struct kn_nexthop nexthop = {.id = id, .family = KN_IPV4};
	struct kn_error err = {0};

	memcpy(nexthop.dev.s, dev, strlen(dev));
	if (via && kn_ip_parse(via, "gateway", &nexthop.gateway, &err) < 0)
		return -1;
	if (via)
		nexthop.family = nexthop.gateway.family;
	if (kn_facts_add_nexthop(&fake->facts, &nexthop, &err) < 0)
		return -1;
	return fake_nexthop_replace(fake, &nexthop);
}

int fake_add_nexthop_route(struct fake_kernel *fake, const char *dst, uint32_t id)
{
	struct kn_route route = KN_ROUTE_INIT;
	struct kn_error err = {0};

	route.nhid = id;
	if (kn_cidr_parse(dst, "destination", &route.dst, &err) < 0 ||
	    fake_follow_nexthop(fake, &route) < 0)
		return -1;
	return fake_insert_route(fake, &route, false);
}

int fake_add_legs(struct fake_kernel *fake, const char *dst, const char *const (*legs)[2], size_t n)
{
	struct kn_route route = KN_ROUTE_INIT;
	struct kn_error err = {0};

	route.multipath = true;
	route.n_legs = (uint8_t)n;
	if (kn_cidr_parse(dst, "destination", &route.dst, &err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		route.legs[i].hops = (uint8_t)i;
		memcpy(route.legs[i].dev.s, legs[i][1], strlen(legs[i][1]));
		if (kn_ip_parse(legs[i][0], "gateway", &route.legs[i].gateway, &err) < 0)
			return -1;
	}
	route.dev = route.legs[0].dev;
	route.gateway = route.legs[0].gateway;
	if (!fake_gateway_reachable(fake, &route))
		return -1;
	return fake_insert_route(fake, &route, false);
}

int fake_add_rule(struct fake_kernel *fake, uint32_t priority, const char *iif, const char *oif)
{
	struct kn_rule rule = {.family = KN_IPV4, .priority = priority, .table = 77, .raw_len = 1};

	memcpy(rule.iif.s, iif, strlen(iif));
	memcpy(rule.oif.s, oif, strlen(oif));
	return fake_rule_add(fake, &rule);
}

/* Rules with their place among those of the same priority. */
void fake_dump_policy(const struct kn_facts *facts, struct kn_strv *lines)
{
	char ip[KN_IP_STRLEN], line[256];
	struct kn_error err = {0};
	size_t place = 0;

	for (size_t i = 0; i < facts->n_nexthops; i++) {
		const struct kn_nexthop *n = &facts->nexthops[i];

		(void)snprintf(line, sizeof(line), "nexthop %u via %s dev %s", n->id,
			       kn_ip_fmt(&n->gateway, ip), n->dev.s);
		if (kn_strv_add(lines, line, &err) < 0)
			abort();
	}
	for (size_t i = 0; i < facts->n_rules; i++) {
		const struct kn_rule *r = &facts->rules[i];

		place = i && r->priority == r[-1].priority ? place + 1 : 0;
		(void)snprintf(line, sizeof(line), "rule %u.%zu iif %s oif %s table %u",
			       r->priority, place, r->iif.s, r->oif.s, r->table);
		if (kn_strv_add(lines, line, &err) < 0)
			abort();
	}
}
