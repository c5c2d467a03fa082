/* bridge delete: the originals byte for byte, or the keys one by one. Layer: tests. */
#include "persist_fixture.h"

#define ROUTES "# mine\n10.9.0.0/16 via 192.168.12.9 dev eth0\n"
#define ALIAS  "DEVICE=eth0:1\nIPADDR=192.168.12.119\nPREFIX=24\n"

/* The host before kvmnet. */
static void before(struct fx *fx, const char *eth0)
{
	if (eth0)
		fx_file(fx, "ifcfg-eth0", eth0);
	fx_file(fx, "route-eth0", ROUTES);
	fx_file(fx, "rule-eth0", "iif eth0 table 7\n");
	fx_file(fx, "ifcfg-eth0:1", ALIAS);
	fx_file(fx, "ifcfg-lo", "DEVICE=lo\n");
}

static void create(struct fx *fx)
{
	fx_create(fx);
	fx_inherit(fx, "eth0");
	fx->target.groups |= KN_GROUP_IP;
	fx_render_ok(fx);
	fx_apply(fx);
	assert_non_null(fx_text(fx, "ifcfg-br0"));
}

static void delete_it(struct fx *fx)
{
	fx_target(fx, KN_BRIDGE_DELETE);
	fx_port(fx, "eth0");
	fx->target.uplink = fx_name("eth0");
	fx_render_ok(fx);
	fx_apply(fx);
}

static void assert_no_bridge_left(const struct fx *fx)
{
	static const char *const names[] = {"ifcfg-br0", "route-br0", "rule-br0", "ifcfg-br0:1"};

	for (size_t i = 0; i < 4; i++)
		fx_expect(fx, names[i], NULL);
	fx_expect(fx, "ifcfg-lo", "DEVICE=lo\n");
}

static void delete_gives_back_every_byte(void **state)
{
	static const char *const files[] = {STATIC_ETH0, DHCP_ETH0,
					    "# x\n\nIPADDR='10.0.0.1' # y\nPREFIX=8\nFOO=bar"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct fx fx = {0};

		before(&fx, files[i]);
		create(&fx);
		delete_it(&fx);
		fx_expect(&fx, "ifcfg-eth0", files[i]);
		fx_expect(&fx, "route-eth0", ROUTES);
		fx_expect(&fx, "rule-eth0", "iif eth0 table 7\n");
		fx_expect(&fx, "ifcfg-eth0:1", ALIAS);
		assert_no_bridge_left(&fx);
		for (size_t k = 0; k < fx.plan.files.n; k++)
			assert_true(fx.plan.files.v[k].drop_origin);
		fx_done(&fx);
	}
}

static void ports_come_first_the_bridge_last(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, STATIC_ETH0);
	create(&fx);
	delete_it(&fx);
	assert_string_equal(fx.plan.files.v[0].path, DIR "ifcfg-eth0");
	assert_string_equal(fx.plan.files.v[fx.plan.files.n - 1].path, DIR "ifcfg-br0");
	fx_done(&fx);
}

static void a_port_file_that_kvmnet_made_disappears(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_create(&fx);
	fx.target.groups = KN_GROUP_IP;
	fx_addr(&fx, "10.0.0.1/8");
	fx_render_ok(&fx);
	fx_apply(&fx);
	assert_non_null(fx_text(&fx, "ifcfg-eth0"));
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0", NULL);
	fx_expect(&fx, "ifcfg-br0", NULL);
	fx_done(&fx);
}

static void without_a_record_keys_and_files_move_back(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, STATIC_ETH0);
	create(&fx);
	kn_origins_done(&fx.origins);
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0",
		  "DEVICE=\"eth0\"\nNAME=\"System eth0\"\nHWADDR=44:37:E6:4A:62:AD\n"
		  "NM_CONTROLLED=\"no\"\nONBOOT=\"yes\"\nTYPE=Ethernet\nBOOTPROTO=none\n"
		  "IPADDR=192.168.12.118\nPREFIX=24\nGATEWAY=192.168.12.1\nDEFROUTE=yes\n"
		  "DNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=no\n");
	fx_expect(&fx, "route-eth0", ROUTES);
	fx_expect(&fx, "rule-eth0", "iif eth0 table 7\n");
	fx_expect(&fx, "ifcfg-eth0:1", ALIAS);
	assert_no_bridge_left(&fx);
	assert_true(fx.plan.n_notes > 0);
	fx_done(&fx);
}

static void after_an_edit_of_the_port_its_edit_stays_and_keys_move_back(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, DHCP_ETH0);
	create(&fx);
	fx_file(&fx, "ifcfg-eth0", PORT_ETH0 "ETHTOOL_OPTS=\"wol g\"\n");
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0",
		  "DEVICE=\"eth0\"\nNAME=\"System eth0\"\nHWADDR=44:37:E6:4A:62:AD\n"
		  "NM_CONTROLLED=\"no\"\nONBOOT=\"yes\"\nTYPE=Ethernet\nBOOTPROTO=dhcp\n"
		  "IPV6INIT=no\nETHTOOL_OPTS=\"wol g\"\n");
	fx_expect(&fx, "route-eth0", ROUTES);
	assert_no_bridge_left(&fx);
	fx_done(&fx);
}

static void after_an_edit_of_route_br0_its_text_moves_back(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, STATIC_ETH0);
	create(&fx);
	fx_file(&fx, "route-br0", "10.7.0.0/16 via 192.168.12.7 dev br0\n");
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_expect(&fx, "route-eth0", "10.7.0.0/16 via 192.168.12.7 dev eth0\n");
	fx_expect(&fx, "rule-eth0", "iif eth0 table 7\n");
	assert_no_bridge_left(&fx);
	fx_done(&fx);
}

static void a_route_file_made_anew_meanwhile_is_left_alone(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, STATIC_ETH0);
	create(&fx);
	fx_file(&fx, "route-eth0", "10.7.0.0/16 dev eth0\n");
	delete_it(&fx);
	fx_expect(&fx, "route-eth0", "10.7.0.0/16 dev eth0\n");
	assert_no_bridge_left(&fx);
	fx_done(&fx);
}

static void routes_given_to_the_bridge_go_with_it(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx.target.inherited &= ~KN_GROUP_ROUTES;
	fx_route(&fx, "10.9.0.0/16", "192.168.12.9");
	fx_render_ok(&fx);
	fx_apply(&fx);
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_expect(&fx, "route-eth0", NULL);
	fx_expect(&fx, "route-br0", NULL);
	fx_done(&fx);
}

/* kvmnet's own later changes are no edits of others. */
static void a_change_by_set_does_not_cost_the_original(void **state)
{
	struct fx fx = {0};

	(void)state;
	before(&fx, STATIC_ETH0);
	create(&fx);
	fx_target(&fx, KN_BRIDGE_SET);
	fx.target.groups = KN_GROUP_MTU;
	fx.target.mtu = 9000;
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.files.n, 2);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", PORT_ETH0 "MTU=9000\n");
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_done(&fx);
}

static void a_record_that_names_the_bridge_is_not_given_back(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nONBOOT=no\nBRIDGE=br0\nNM_CONTROLLED=no\n");
	create(&fx);
	assert_int_equal(fx.plan.files.n, 2);
	assert_false(fx.plan.files.v[1].keep_origin);
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0",
		  "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nIPV6INIT=no\nNM_CONTROLLED=no\n");
	fx_done(&fx);
}

static void names_of_the_bridge_in_values_become_the_ports(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-br0",
		"DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\nGATEWAYDEV=br0\nIPV6INIT=yes\n"
		"IPV6_DEFAULTGW=fe80::1%br0\nSTP=no\n");
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=none\nBRIDGE=br0\n");
	delete_it(&fx);
	fx_expect(&fx, "ifcfg-eth0",
		  "DEVICE=eth0\nBOOTPROTO=none\nGATEWAYDEV=eth0\nIPV6INIT=yes\n"
		  "IPV6_DEFAULTGW=fe80::1%eth0\n");
	fx_done(&fx);
}

static void other_ports_are_only_detached(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-br0", "DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1\n");
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nBRIDGE=br0\n");
	fx_file(&fx, "ifcfg-eth1", "DEVICE=eth1\nBRIDGE=br0\nBRIDGING_OPTS=path_cost=5\n# x\n");
	fx_target(&fx, KN_BRIDGE_DELETE);
	fx_port(&fx, "eth0");
	fx_port(&fx, "eth1");
	fx.target.uplink = fx_name("eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=none\nIPADDR=10.0.0.1\n");
	fx_expect(&fx, "ifcfg-eth1", "DEVICE=eth1\n# x\n");
	fx_expect(&fx, "ifcfg-br0", NULL);
	fx_done(&fx);
}

/* Otherwise the host would be left without any address. */
static void a_port_file_that_was_removed_comes_back(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_file(&fx, "ifcfg-eth0", NULL);
	fx_target(&fx, KN_BRIDGE_DELETE);
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.n_notes, 1);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_expect(&fx, "ifcfg-br0", NULL);
	fx_done(&fx);
}

static void routes_given_by_set_go_with_the_bridge(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_target(&fx, KN_BRIDGE_SET);
	fx_route(&fx, "10.9.0.0/16", "192.168.12.9");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_target(&fx, KN_BRIDGE_DELETE);
	fx_port(&fx, "eth0");
	fx.target.uplink = fx_name("eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_expect(&fx, "route-br0", NULL);
	fx_expect(&fx, "route-eth0", NULL);
	fx_done(&fx);
}

/* A route-br0 left from other days does not cost the port's file its original. */
static void a_port_gets_its_route_file_back_beside_one_of_the_bridge(void **state)
{
	static const char numbered[] =
		"ADDRESS0=10.1.0.0\nNETMASK0=255.255.0.0\nGATEWAY0=1.1.1.1\n";
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_file(&fx, "route-eth0", numbered);
	fx_file(&fx, "route-br0", "10.7.0.0/16 dev br0\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_target(&fx, KN_BRIDGE_DELETE);
	fx_port(&fx, "eth0");
	fx.target.uplink = fx_name("eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_expect(&fx, "route-eth0", numbered);
	fx_expect(&fx, "route-br0", NULL);
	fx_done(&fx);
}

/* The default route became GATEWAY=, so that route-br0 had no reason to change. */
static void a_route_file_of_others_does_not_replace_the_ports(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nIPADDR=10.0.0.2\nPREFIX=8\n");
	fx_file(&fx, "route-eth0", "default via 10.0.0.1 dev eth0");
	fx_file(&fx, "route-br0", "10.7.0.0/16 dev br0\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_target(&fx, KN_BRIDGE_DELETE);
	fx_port(&fx, "eth0");
	fx.target.uplink = fx_name("eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_expect(&fx, "route-eth0", "default via 10.0.0.1 dev eth0\n10.7.0.0/16 dev eth0\n");
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_route_file_of_others_does_not_replace_the_ports),
		cmocka_unit_test(routes_given_by_set_go_with_the_bridge),
		cmocka_unit_test(a_port_gets_its_route_file_back_beside_one_of_the_bridge),
		cmocka_unit_test(a_port_file_that_was_removed_comes_back),
		cmocka_unit_test(delete_gives_back_every_byte),
		cmocka_unit_test(ports_come_first_the_bridge_last),
		cmocka_unit_test(a_port_file_that_kvmnet_made_disappears),
		cmocka_unit_test(without_a_record_keys_and_files_move_back),
		cmocka_unit_test(after_an_edit_of_the_port_its_edit_stays_and_keys_move_back),
		cmocka_unit_test(after_an_edit_of_route_br0_its_text_moves_back),
		cmocka_unit_test(a_route_file_made_anew_meanwhile_is_left_alone),
		cmocka_unit_test(routes_given_to_the_bridge_go_with_it),
		cmocka_unit_test(a_change_by_set_does_not_cost_the_original),
		cmocka_unit_test(a_record_that_names_the_bridge_is_not_given_back),
		cmocka_unit_test(names_of_the_bridge_in_values_become_the_ports),
		cmocka_unit_test(other_ports_are_only_detached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
