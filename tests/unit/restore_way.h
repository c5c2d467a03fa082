/* What the tests of the way back share: a record and a present from literals, and the steps between
 * them as text. */
#ifndef RESTORE_WAY_H
#define RESTORE_WAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/buf.h"
#include "kvmnet/text.h"
#include "plan/restore.h"

#define READS	(KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY)
#define FOREVER UINT32_MAX
#define UP	0x1u
#define RUNNING 0x40u
#define FINITE	0u /* no IFA_F_PERMANENT */
#define LASTING 0x80u

/* A record and what is there now; both begin with eth0, up, free. */
struct way {
	struct kn_journal then;
	struct kn_facts now;
	struct kn_plan plan;
	struct kn_error err;
};

static inline struct kn_ifname name(const char *str)
{
	struct kn_ifname ret = {0};

	memcpy(ret.s, str, strlen(str));
	return ret;
}

static inline struct kn_link *link(struct way *way, struct kn_facts *facts, const char *str)
{
	struct kn_link row = {.name = name(str),
			      .ifindex = (int)facts->n_links + 2,
			      .kind = strncmp(str, "br", 2) ? KN_LINK_PHYSICAL : KN_LINK_BRIDGE,
			      .flags = UP | RUNNING,
			      .mtu = 1500,
			      .has_mac = true,
			      .mac_set = true,
			      .mac = {{2, 0, 0, 0, 0, 1}},
			      .bond_mode = -1};

	assert_int_equal(kn_facts_add_link(facts, &row, &way->err), 0);
	if (!kn_names_has(&way->then.scope, &row.name))
		assert_int_equal(kn_names_add(&way->then.scope, &row.name, &way->err), 0);
	return &facts->links[facts->n_links - 1];
}

/* Only behind the last call may the rows be changed: they move. */
static inline void both(struct way *way, const char *str)
{
	link(way, &way->then.live, str);
	link(way, &way->now, str);
}

static inline void way_init(struct way *way)
{
	*way = (struct way){.then = {.has_live = true, .reads = READS, .bridge = name("br0")}};
	both(way, "eth0");
}

static inline struct kn_laddr *addr(struct way *way, struct kn_facts *facts, const char *dev,
				    const char *cidr)
{
	struct kn_laddr row = {
		.dev = name(dev), .flags = LASTING, .valid_s = FOREVER, .preferred_s = FOREVER};

	assert_int_equal(kn_cidr_parse(cidr, "a", &row.addr, &way->err), 0);
	assert_int_equal(kn_facts_add_addr(facts, &row, &way->err), 0);
	return &facts->addrs[facts->n_addrs - 1];
}

static inline struct kn_route *route(struct way *way, struct kn_facts *facts, const char *dev,
				     const char *dst, const char *via)
{
	struct kn_route row = KN_ROUTE_INIT;

	row.dev = name(dev);
	assert_int_equal(kn_cidr_parse(dst, "dst", &row.dst, &way->err), 0);
	if (via)
		assert_true(kn_ip_is(via, &row.gateway));
	row.metric = row.dst.ip.family == KN_IPV6 ? 1024 : 0;
	row.has_metric = row.metric != 0;
	assert_int_equal(kn_routes_add(&facts->routes, &row, &way->err), 0);
	return &facts->routes.v[facts->routes.n - 1];
}

static inline void rule(struct way *way, struct kn_facts *facts, const char *iif, uint32_t table)
{
	struct kn_rule row = {.family = KN_IPV4,
			      .priority = 9,
			      .table = table,
			      .iif = name(iif),
			      .raw_len = 1,
			      .raw = {(uint8_t)table}};

	assert_int_equal(kn_facts_add_rule(facts, &row, &way->err), 0);
}

static inline struct kn_neigh *neigh(struct way *way, struct kn_facts *facts, const char *dev,
				     const char *ip, uint16_t state)
{
	struct kn_neigh row = {
		.dev = name(dev), .has_mac = true, .mac = {{2, 0, 0, 0, 0, 7}}, .state = state};

	assert_true(kn_ip_is(ip, &row.dst));
	assert_int_equal(kn_facts_add_neigh(facts, &row, &way->err), 0);
	return &facts->neighs[facts->n_neighs - 1];
}

static inline void made(struct way *way, const char *str, uint8_t last_of_mac)
{
	struct kn_jlink *row = kn_journal_add_made(&way->then, &way->err);

	assert_non_null(row);
	*row = (struct kn_jlink){name(str), true, {{2, 0, 0, 0, 0, last_of_mac}}};
}

/* Plans, compares the steps' texts (one a line), releases. */
static inline void assert_steps(struct way *way, const char *expected)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)!kn_plan_restore(&way->then, &way->now, &way->plan, &way->err);
	for (size_t i = 0; i < way->plan.n_ops; i++) {
		kn_op_describe(&way->plan.ops[i], &text);
		kn_buf_putc(&text, '\n');
	}
	assert_string_equal(kn_buf_str(&text), expected);
	kn_plan_done(&way->plan);
	kn_journal_done(&way->then);
	kn_facts_done(&way->now);
}

#endif
