/* Rule default-route-outranked: a new default route does not come before another link's without a
 * word; one that moves from its own port does, and one where none was. Layer: tests. */
#include "plan_fixture.h"

/* bridge create br0 --port eth0 --static --gateway, of a network of its own; no default route yet
 */
static void first_way(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	px_port(px, "eth0");
	px_static(px, "10.5.0.2/24");
	px_gateway(px, "10.5.0.1");
}

static void first_way6(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	px_port(px, "eth0");
	px_static(px, "fd00:5::2/64");
	px_gateway(px, "fd00:5::1");
}

static void in_files_only(struct px *px)
{
	first_way(px);
	px->no_live = true;
	px_file(px, "ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\n");
}

static void by_nm_files_only(struct px *px)
{
	in_files_only(px);
	px->host = (struct kn_host){.has_nm_plugin = true, .nm_enabled = true};
}

static void set_gateway(struct px *px)
{
	px_bridged(px, KN_BRIDGE_SET);
	px_file(px, "ifcfg-br0",
		"DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\nIPADDR=192.168.12.118\n"
		"PREFIX=24\nSTP=no\nDELAY=0\n");
	px->fake.facts.routes.n = 0;
	px_gateway(px, "192.168.12.1");
}

static void nothing(struct px *px)
{
	(void)px;
}

static void way_over_eth1(struct px *px)
{
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	px_addr(px, "eth1", "172.16.0.2/24", FOREVER);
	px_route(px, "eth1", "0.0.0.0/0", "172.16.0.1");
}

static void way6_over_eth1(struct px *px)
{
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	px_addr(px, "eth1", "fd00:12::118/64", FOREVER);
	assert_int_equal(fake_add_route(&px->fake, "eth1", "::/0", "fd00:12::1", 1024), 0);
}

static void way_of_larger_metric(struct px *px)
{
	way_over_eth1(px);
	px->fake.facts.routes.v[px->fake.facts.routes.n - 1].metric = 50;
}

static void own_metric_is_larger(struct px *px)
{
	way_over_eth1(px);
	px->spec.ip.has_metric = true;
	px->spec.ip.metric = 1;
}

/* eth0 has the better one already. */
static void own_port_is_first(struct px *px)
{
	way_of_larger_metric(px);
	px_addr(px, "eth0", "10.5.0.2/24", FOREVER);
	px_route(px, "eth0", "0.0.0.0/0", "10.5.0.1");
}

static void way_of_a_table(struct px *px)
{
	way_over_eth1(px);
	px->fake.facts.routes.v[px->fake.facts.routes.n - 1].table = 100;
}

static void gateway_in_eth1_file(struct px *px)
{
	px_file(px, "ifcfg-eth1",
		"DEVICE=eth1\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=172.16.0.2\nPREFIX=24\n"
		"GATEWAY=172.16.0.1\n");
}

static void behind_in_eth1_file(struct px *px)
{
	px_file(px, "ifcfg-eth1",
		"DEVICE=eth1\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=172.16.0.2\nPREFIX=24\n"
		"GATEWAY=172.16.0.1\nDEFROUTE=no\n");
}

static const struct row {
	void (*command)(struct px *px);
	void (*host)(struct px *px);
	const char *message; /* a part of it; NULL = it goes through */
	const char *hint;    /* a part of it */
} rows[] = {
	{first_way, nothing, NULL, NULL},
	{first_way6, nothing, NULL, NULL},
	{first_way, way_over_eth1,
	 "br0 (via 10.5.0.1) would come before that by eth1 via 172.16.0.1",
	 "leave the gateway out, or keep it behind the other one with --metric 100"},
	{first_way, way_of_larger_metric, "by eth1 via 172.16.0.1", "--metric 150"},
	{first_way6, way6_over_eth1, "by eth1 via fd00:12::1", "--metric 1124"},
	{set_gateway, way_over_eth1, "br0 (via 192.168.12.1) would come before", "--metric 100"},
	{first_way, own_metric_is_larger, NULL, NULL},
	{first_way, own_port_is_first, NULL, NULL},
	{first_way, way_of_a_table, NULL, NULL},
	{first_way6, way_over_eth1, NULL, NULL},
	{in_files_only, gateway_in_eth1_file, "by eth1 via 172.16.0.1", "--metric 100"},
	{in_files_only, behind_in_eth1_file, NULL, NULL},
	/* NetworkManager ranks bridges behind cards. */
	{by_nm_files_only, gateway_in_eth1_file, NULL, NULL},
};

static void test_the_route_that_is_used_stays_the_one_that_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct px px;

		rows[i].command(&px);
		rows[i].host(&px);
		int r = px_plan(&px);
		if (!rows[i].message) {
			if (r < 0)
				fail_msg("row %zu: %s", i, px.err.message);
		} else if (r == 0 || strcmp(px.err.rule, "default-route-outranked") != 0 ||
			   !strstr(px.err.message, rows[i].message) ||
			   !strstr(px.err.hint, rows[i].hint)) {
			fail_msg("row %zu: %s (%s)", i, px.err.message, px.err.hint);
		}
		px_done(&px);
	}
}

static void force(struct px *px, const char *rule)
{
	assert_int_equal(kn_strv_add(&px->spec.force, rule, &px->err), 0);
}

/* From 10.99.0.9, which only the default route by eth1 leads to. */
static void session_over_eth1(struct px *px)
{
	first_way(px);
	way_over_eth1(px);
	force(px, "default-route-outranked");
	px->ssh = "172.16.0.2";
}

static void test_forced_it_asks_what_becomes_of_the_session(void **state)
{
	struct px px;

	(void)state;
	session_over_eth1(&px);
	assert_int_equal(px_plan(&px), -1);
	assert_string_equal(px.err.rule, "ssh-address");
	assert_non_null(strstr(px.err.message, "answered by the default route of eth1"));
	assert_non_null(strstr(px.err.hint, "--confirm SEC"));
	px_done(&px);

	session_over_eth1(&px);
	px.spec.confirm_s = 60;
	assert_int_equal(px_plan(&px), 0);
	assert_int_equal(px.plan.confirm_s, 60);
	assert_non_null(px_note(&px, "kvmnet confirm within 60 s"));
	assert_non_null(px_note(&px, "(rule default-route-outranked, overridden)"));
	px_done(&px);

	session_over_eth1(&px);
	force(&px, "ssh-address");
	px.spec.can_ask = true;
	assert_int_equal(px_plan(&px), 0);
	assert_int_equal(px.plan.confirm_s, 120);
	px_done(&px);
}

/* The file of eth1 tells that the peer is of its own network. */
static void test_a_session_of_a_network_beside_is_not_at_stake(void **state)
{
	struct px px;

	(void)state;
	session_over_eth1(&px);
	px_file(&px, "ifcfg-eth1", "DEVICE=eth1\nBOOTPROTO=none\nIPADDR=192.168.12.2\nPREFIX=24\n");
	assert_int_equal(px_plan(&px), 0);
	px_done(&px);
}

static void test_what_the_next_boot_changes_is_told(void **state)
{
	struct px px;

	(void)state;
	first_way(&px);
	gateway_in_eth1_file(&px);
	assert_int_equal(px_plan(&px), 0);
	assert_non_null(px_note(&px, "at the next boot the default route is that by br0, not that "
				     "by eth1 (via 172.16.0.1)"));
	px_done(&px);
	px_bare(&px, KN_BRIDGE_CREATE);
	px_port(&px, "eth0");
	way_over_eth1(&px);
	px.spec.ip.dhcp4 = true;
	px.spec.given |= KN_GROUP_ADDR;
	assert_int_equal(px_plan(&px), 0);
	assert_non_null(px_note(&px, "a lease on br0 may bring a default route"));
	px_done(&px);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_route_that_is_used_stays_the_one_that_is_used),
		cmocka_unit_test(test_forced_it_asks_what_becomes_of_the_session),
		cmocka_unit_test(test_a_session_of_a_network_beside_is_not_at_stake),
		cmocka_unit_test(test_what_the_next_boot_changes_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
