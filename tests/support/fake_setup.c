/* Filling and printing the in-memory kernel.
 * Test support. */
#include <stdlib.h>
#include <string.h>

#include "fake_priv.h"
#include "kvmnet/buf.h"

static int run(struct fake_kernel *fake, struct kn_op *op)
{
	struct kn_error err = {0};
	bool done = false;
	size_t executed = fake->executed;

	fake->executed = SIZE_MAX - 1;
	int r = fake->live.exec(&fake->live, op, 1, &done, &err);
	fake->executed = executed;
	return r;
}

int fake_add_addr(struct fake_kernel *fake, const char *dev, const char *cidr, uint32_t valid_s)
{
	struct kn_op op = {.kind = KN_OP_ADDR_ADD};
	struct kn_error err = {0};

	memcpy(op.dev.s, dev, strlen(dev));
	op.addr.dev = op.dev;
	op.addr.valid_s = op.addr.preferred_s = valid_s;
	if (kn_cidr_parse(cidr, "address", &op.addr.addr, &err) < 0)
		return -1;
	return run(fake, &op);
}

int fake_add_route(struct fake_kernel *fake, const char *dev, const char *dst, const char *via,
		   uint32_t metric)
{
	struct kn_op op = {.kind = KN_OP_ROUTE_ADD, .route = KN_ROUTE_INIT};
	struct kn_error err = {0};

	memcpy(op.dev.s, dev, strlen(dev));
	op.route.dev = op.dev;
	op.route.has_metric = metric != 0;
	op.route.metric = metric;
	if (kn_cidr_parse(dst, "destination", &op.route.dst, &err) < 0 ||
	    (via && kn_ip_parse(via, "gateway", &op.route.gateway, &err) < 0))
		return -1;
	if (!via && op.route.dst.ip.family == KN_IPV4)
		op.route.scope = 253;
	return run(fake, &op);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_line(struct kn_strv *lines, struct kn_buf *buf)
{
	struct kn_error err = {0};

	if (kn_strv_add(lines, kn_buf_str(buf), &err) < 0)
		abort();
	kn_buf_done(buf);
}

static void dump_links(const struct kn_facts *facts, struct kn_strv *lines)
{
	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *l = &facts->links[i];
		struct kn_buf buf = KN_BUF_INIT;
		char mac[KN_MAC_STRLEN];

		kn_buf_printf(&buf, "link %s flags %x mtu %u mac %s master %s group %u gen %u",
			      l->name.s, l->flags, l->mtu, kn_mac_fmt(&l->mac, mac), l->master.s,
			      l->group, l->addr_gen_mode);
		kn_buf_printf(&buf, " noipv6 %d rp %u ra %u opts", l->disable_ipv6, l->rp_filter,
			      l->accept_ra);
		for (unsigned int k = 0; k < KN_BROPT_COUNT; k++)
			kn_buf_printf(&buf, " %u", kn_opts_get(&l->opts, k, 0));
		if (l->kind == KN_LINK_BOND || l->kind == KN_LINK_VLAN)
			kn_buf_printf(&buf, " of %s id %u primary %s", l->lower.s, l->vlan_id,
				      l->primary.s);
		for (unsigned int k = 0; l->kind == KN_LINK_BOND && k < KN_BONDOPT_COUNT; k++)
			kn_buf_printf(&buf, " %u", kn_opts_get(&l->bond_opts, k, 0));
		add_line(lines, &buf);
	}
}

static bool is_primary4(const struct kn_laddr *addr)
{
	return addr->addr.ip.family == KN_IPV4 && !(addr->flags & 1); /* IFA_F_SECONDARY */
}

/* The order of IPv4 addresses is state: the first one is the source where none fits better. Source:
 * kernel net/ipv4/devinet.c, inet_select_addr(). */
static size_t nth_primary4(const struct kn_facts *facts, size_t i)
{
	size_t n = 0;

	for (size_t k = 0; k < i; k++)
		n += is_primary4(&facts->addrs[k]) &&
		     kn_ifname_eq(&facts->addrs[k].dev, &facts->addrs[i].dev);
	return n;
}

static void dump_rest(const struct kn_facts *facts, struct kn_strv *lines)
{
	char cidr[KN_CIDR_STRLEN], ip[KN_IP_STRLEN];

	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *a = &facts->addrs[i];
		struct kn_buf buf = KN_BUF_INIT;

		kn_buf_printf(&buf, "addr %s %s valid %u flags %x", kn_cidr_fmt(&a->addr, cidr),
			      a->dev.s, a->valid_s, a->flags);
		if (is_primary4(a))
			kn_buf_printf(&buf, " nth %zu", nth_primary4(facts, i));
		add_line(lines, &buf);
	}
	for (size_t i = 0; i < facts->routes.n; i++) {
		const struct kn_route *r = &facts->routes.v[i];
		struct kn_buf buf = KN_BUF_INIT;

		kn_buf_printf(&buf, "route %s", kn_cidr_fmt(&r->dst, cidr));
		kn_buf_printf(&buf, " via %s dev %s metric %u table %u proto %u scope %u",
			      r->n_legs ? "*" : kn_ip_fmt(&r->gateway, ip),
			      r->n_legs ? "*" : r->dev.s, r->metric, r->table, r->proto, r->scope);
		kn_buf_printf(&buf, " src %s onlink %d", kn_ip_fmt(&r->src, ip), r->onlink);
		if (r->nhid)
			kn_buf_printf(&buf, " nhid %u", r->nhid);
		for (size_t k = 0; k < r->n_legs; k++)
			kn_buf_printf(&buf, " leg %s %s %u", kn_ip_fmt(&r->legs[k].gateway, ip),
				      r->legs[k].dev.s, r->legs[k].hops);
		add_line(lines, &buf);
	}
}

char *fake_dump(const struct fake_kernel *fake)
{
	struct kn_strv lines = {0};
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	char *text;

	dump_links(&fake->facts, &lines);
	dump_rest(&fake->facts, &lines);
	fake_dump_policy(&fake->facts, &lines);
	qsort(lines.v, lines.n, sizeof(*lines.v), by_text);
	for (size_t i = 0; i < lines.n; i++)
		kn_buf_printf(&buf, "%s\n", lines.v[i]);
	if (kn_buf_steal(&buf, &text, NULL, &err) < 0)
		abort();
	kn_strv_done(&lines);
	return text;
}

/* Everything that a plan reads or changes; hosts' software is left out. */
void fake_copy(const struct fake_kernel *fake, struct fake_kernel *ret)
{
	const struct kn_facts *from = &fake->facts;
	struct kn_facts *to = &ret->facts;
	struct kn_error err = {0};
	int r = 0;

	*ret = *fake;
	*to = (struct kn_facts){.all_rp_filter = from->all_rp_filter};
	for (size_t i = 0; i < from->n_links; i++)
		r |= kn_facts_add_link(to, &from->links[i], &err);
	for (size_t i = 0; i < from->n_addrs; i++)
		r |= kn_facts_add_addr(to, &from->addrs[i], &err);
	for (size_t i = 0; i < from->routes.n; i++)
		r |= kn_routes_add(&to->routes, &from->routes.v[i], &err);
	for (size_t i = 0; i < from->n_nexthops; i++)
		r |= kn_facts_add_nexthop(to, &from->nexthops[i], &err);
	for (size_t i = 0; i < from->n_rules; i++)
		r |= kn_facts_add_rule(to, &from->rules[i], &err);
	if (r < 0)
		abort();
}
