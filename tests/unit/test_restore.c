/* Recording the kernel's state before a change, and planning the way back to it, by tables. */
#include "plan_fixture.h"

#include "plan/restore.h"

#define ALL_READS (KN_JREAD_ADDRS | KN_JREAD_ROUTES | KN_JREAD_NEIGHS | KN_JREAD_POLICY)

static void add_op(struct kn_plan *plan, struct kn_op op)
{
	struct kn_error err = {0};

	assert_int_equal(kn_plan_add_op(plan, &op, &err), 0);
}

static void assert_scope(const struct kn_plan *plan, const struct kn_facts *before,
			 const char *expected)
{
	struct kn_names scope = {0};
	struct kn_error err = {0};
	char text[128] = "";

	assert_int_equal(kn_restore_scope(plan, before, &scope, &err), 0);
	for (size_t i = 0; i < scope.n; i++) {
		assert_true(strlen(text) + KN_IFNAME_SIZE < sizeof(text));
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			       i ? " " : "", scope.v[i].s);
	}
	assert_string_equal(text, expected);
	kn_names_done(&scope);
}

static void test_the_scope_has_every_link_once_and_no_tap(void **state)
{
	struct kn_plan plan = {.bridge = px_name("br0")};
	struct kn_facts none = {0};

	(void)state;
	add_op(&plan, (struct kn_op){.kind = KN_OP_FILE});
	assert_scope(&plan, &none, "");
	add_op(&plan, (struct kn_op){.kind = KN_OP_CARRIER_ADD,
				     .dev = px_name("br0"),
				     .other = px_name("kvmnet-tap0")});
	add_op(&plan, (struct kn_op){.kind = KN_OP_LINK_MASTER,
				     .dev = px_name("eth0"),
				     .master = {px_name("br0"), px_name("br7")}});
	add_op(&plan, (struct kn_op){.kind = KN_OP_NEXTHOP,
				     .dev = px_name("br0"),
				     .nexthop = {{.id = 1, .dev = px_name("br0")},
						 {.id = 1, .dev = px_name("eth1")}}});
	add_op(&plan, (struct kn_op){.kind = KN_OP_CONF_COPY,
				     .dev = px_name("br0"),
				     .other = px_name("eth2")});
	assert_scope(&plan, &none, "br0 eth0 br7 eth1 eth2");
	kn_plan_done(&plan);
}

static void test_the_scope_has_the_ports_of_a_bridge_that_ends(void **state)
{
	struct kn_plan plan = {.bridge = px_name("br0")};
	struct fake_kernel fake;

	(void)state;
	fake_init(&fake);
	fake_add_link(&fake, "br0", KN_LINK_BRIDGE);
	fake_add_link(&fake, "vnet3", KN_LINK_TUN)->master = px_name("br0");
	fake_add_link(&fake, "vnet4", KN_LINK_TUN);
	add_op(&plan, (struct kn_op){.kind = KN_OP_LINK_DEL, .dev = px_name("br0")});
	assert_scope(&plan, &fake.facts, "br0 vnet3");
	kn_plan_done(&plan);
	fake_done(&fake);
}

/* eth0 with a bit of everything, eth1 that has nothing to do with the change. */
static void fill(struct fake_kernel *fake)
{
	struct kn_route left = KN_ROUTE_INIT;
	struct kn_error err = {0};

	fake_init(fake);
	fake_add_link(fake, "eth0", KN_LINK_PHYSICAL);
	fake_add_link(fake, "eth1", KN_LINK_PHYSICAL);
	assert_int_equal(fake_add_addr(fake, "eth0", "192.168.12.118/24", FOREVER), 0);
	assert_int_equal(fake_add_addr(fake, "eth1", "10.200.0.1/24", FOREVER), 0);
	assert_int_equal(fake_add_route(fake, "eth0", "0.0.0.0/0", "192.168.12.1", 0), 0);
	assert_int_equal(fake_add_route(fake, "eth1", "0.0.0.0/0", "10.200.0.254", 9), 0);
	assert_int_equal(fake_add_nexthop(fake, 7, "eth0", NULL), 0);
	assert_int_equal(fake_add_nexthop(fake, 8, "eth1", NULL), 0);
	assert_int_equal(fake_add_rule(fake, 5, "eth0", ""), 0);
	assert_int_equal(fake_add_rule(fake, 5, "", "lo"), 0);
	assert_int_equal(fake_add_rule(fake, 6, "eth1", ""), 0);
	left.dst.ip.family = KN_IPV6;
	left.dev = px_name("eth0");
	left.proto = KN_RTPROT_TEMPORARY;
	assert_int_equal(kn_routes_add(&fake->facts.routes, &left, &err), 0);
}

static void test_the_record_has_what_concerns_the_scope_and_nothing_else(void **state)
{
	struct kn_dhcp_client clients[2] = {0};
	struct kn_plan plan = {.bridge = px_name("br0")};
	struct kn_journal journal = {0};
	struct kn_error err = {0};
	struct fake_kernel fake;

	(void)state;
	fill(&fake);
	add_op(&plan, (struct kn_op){.kind = KN_OP_BRIDGE_ADD,
				     .dev = px_name("br0"),
				     .bridge = {.has_mac = true, .mac = {{2, 0, 0, 0, 0, 9}}}});
	add_op(&plan, (struct kn_op){.kind = KN_OP_LINK_UP, .dev = px_name("eth0")});
	clients[0].dev = px_name("eth1");
	clients[1].dev = px_name("eth0");
	fake.facts.clients = clients;
	fake.facts.n_clients = 2;
	assert_int_equal(kn_restore_record(&plan, &fake.facts, ALL_READS, &journal, &err), 0);
	fake.facts.clients = NULL;
	fake.facts.n_clients = 0;
	fake_done(&fake); /* the record is a copy */
	assert_true(journal.has_live);
	assert_int_equal(journal.reads, ALL_READS);
	assert_int_equal(journal.scope.n, 2);
	assert_int_equal(journal.live.n_links, 1);
	assert_string_equal(journal.live.links[0].name.s, "eth0");
	assert_int_equal(journal.live.n_addrs, 1);
	assert_int_equal(journal.live.routes.n, 2); /* its network and its default route */
	assert_int_equal(journal.live.n_nexthops, 1);
	assert_int_equal(journal.live.nexthops[0].id, 7);
	assert_int_equal(journal.live.n_rules, 2); /* with the one beside it */
	assert_int_equal(journal.dhcp.n, 1);
	assert_string_equal(journal.dhcp.v[0].s, "eth0");
	assert_int_equal(journal.n_made, 1);
	assert_string_equal(journal.made[0].name.s, "br0");
	assert_true(journal.made[0].has_mac);
	assert_int_equal(journal.made[0].mac.b[5], 9);
	struct kn_live_request req = kn_restore_request(&journal);
	assert_int_equal(req.n_names, 2);
	assert_true(req.ports && req.addrs && req.routes && req.neighs && req.policy);
	kn_journal_done(&journal);
	kn_plan_done(&plan);
}

static void test_a_change_of_files_alone_records_nothing_of_the_kernel(void **state)
{
	struct kn_plan plan = {.bridge = px_name("br0")};
	struct kn_journal journal = {0};
	struct kn_error err = {0};
	struct fake_kernel fake;

	(void)state;
	fill(&fake);
	add_op(&plan, (struct kn_op){.kind = KN_OP_FILE});
	assert_int_equal(kn_restore_record(&plan, &fake.facts, ALL_READS, &journal, &err), 0);
	assert_false(journal.has_live);
	assert_int_equal(journal.live.n_links, 0);
	kn_journal_done(&journal);
	kn_plan_done(&plan);
	fake_done(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_scope_has_every_link_once_and_no_tap),
		cmocka_unit_test(test_the_scope_has_the_ports_of_a_bridge_that_ends),
		cmocka_unit_test(test_the_record_has_what_concerns_the_scope_and_nothing_else),
		cmocka_unit_test(test_a_change_of_files_alone_records_nothing_of_the_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
