/* Bonds and VLANs in the planner: the steps, what is refused, and what a second run finds. */
#include "plan_fixture.h"

#include "kvmnet/text.h"

/* A bond of eth1, which nobody uses, while eth0 keeps the host reachable. */
static void bond_eth1(struct px *px)
{
	px_create(px);
	kn_names_done(&px->spec.ports);
	px->spec.verb = KN_BOND_CREATE;
	px->spec.bridge = px_name("bond0");
	px_port(px, "eth1");
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
}

static void bond_there(struct px *px)
{
	bond_eth1(px);
	struct kn_link *bond = fake_add_link(&px->fake, "bond0", KN_LINK_BOND);

	kn_opts_set(&bond->bond_opts, KN_BONDOPT_MODE, KN_BOND_ACTIVE_BACKUP);
	kn_opts_set(&bond->bond_opts, KN_BONDOPT_MIIMON, KN_BOND_MIIMON_MS);
	px_link(px, "eth1")->master = px_name("bond0");
	px_file(px, "ifcfg-bond0",
		"DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\n"
		"BONDING_OPTS=\"miimon=100 mode=1 arp_validate=0\"\nONBOOT=yes\nBOOTPROTO=none\n"
		"NM_CONTROLLED=no\n");
	px_file(px, "ifcfg-eth1",
		"DEVICE=eth1\nONBOOT=yes\nBOOTPROTO=none\nMASTER=bond0\nSLAVE=yes\n"
		"NM_CONTROLLED=no\n");
}

static void assert_plan(struct px *px, const char *expected)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (px_plan(px) < 0)
		fail_msg("%s", px->err.message);
	for (size_t i = 0; i < px->plan.n_ops; i++) {
		if (px->plan.ops[i].kind == KN_OP_FILE)
			continue;
		kn_op_describe(&px->plan.ops[i], &text);
		kn_buf_putc(&text, '\n');
	}
	assert_string_equal(kn_buf_str(&text), expected);
	px_done(px);
}

static void test_a_port_goes_down_before_a_new_bond_has_it(void **state)
{
	struct px px;

	(void)state;
	bond_eth1(&px);
	assert_plan(&px,
		    "create bond bond0, mac 52:00:00:00:00:03, mode active-backup, miimon 100\n"
		    "take eth1 down\n"
		    "attach eth1 to bond0\n"
		    "bring bond0 up\n");
}

static void test_a_bond_that_is_as_wanted_is_left_alone(void **state)
{
	struct px px;

	(void)state;
	bond_there(&px);
	kn_opts_set(&px.spec.bond_opts, KN_BONDOPT_MODE, KN_BOND_ACTIVE_BACKUP);
	assert_int_equal(px_plan(&px), 0);
	assert_true(kn_plan_is_empty(&px.plan));
	px_done(&px);
}

static void test_only_the_option_that_differs_is_set_and_others_keep_their_place(void **state)
{
	struct px px;

	(void)state;
	bond_there(&px);
	kn_opts_set(&px.spec.bond_opts, KN_BONDOPT_MIIMON, 50);
	kn_opts_set(&px.spec.bond_opts, KN_BONDOPT_UPDELAY, 100);
	assert_int_equal(px_plan(&px), 0);
	assert_int_equal(px.plan.files.n, 1);
	assert_non_null(strstr(px.plan.files.v[0].after,
			       "\nBONDING_OPTS=\"miimon=50 mode=1 arp_validate=0 updelay=100\"\n"));
	px_done(&px);
	bond_there(&px);
	kn_opts_set(&px.spec.bond_opts, KN_BONDOPT_MIIMON, 50);
	assert_plan(&px, "set bond bond0: miimon 50 (was 100)\n");
}

static void vlan10(struct px *px)
{
	px_create(px);
	kn_names_done(&px->spec.ports);
	px->spec.verb = KN_VLAN_CREATE;
	px->spec.bridge = px_name("vlan10");
	px->spec.vlan = (struct kn_vlan){px_name("eth1"), 10};
	px->no_files = true;
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	/* The fixture asks for the bridge's ports; the engine also for what a VLAN is of. */
	px_port(px, "eth1");
}

static void test_the_link_below_a_vlan_comes_up_first(void **state)
{
	struct px px;

	(void)state;
	vlan10(&px);
	px_link(&px, "eth1")->flags = 0;
	assert_plan(&px, "create VLAN vlan10 (id 10 on eth1)\nbring eth1 up\nbring vlan10 up\n");
}

/* ---- refused ---- */

static void eth1_has_address(struct px *px)
{
	px_addr(px, "eth1", "10.9.0.1/24", FOREVER);
}

static void eth1_has_route(struct px *px)
{
	px_route(px, "eth1", "10.50.0.0/16", NULL);
}

static void eth1_has_session(struct px *px)
{
	eth1_has_address(px);
	px->ssh = "10.9.0.1";
}

static void eth1_of_br1(struct px *px)
{
	fake_add_link(&px->fake, "br1", KN_LINK_BRIDGE);
	px_link(px, "eth1")->master = px_name("br1");
}

static void eth1_of_bond9(struct px *px)
{
	fake_add_link(&px->fake, "bond9", KN_LINK_BOND);
	px_link(px, "eth1")->master = px_name("bond9");
}

static void eth1_has_vlan(struct px *px)
{
	fake_add_link(&px->fake, "eth1.7", KN_LINK_VLAN)->lower = px_name("eth1");
}

static void eth1_has_macvtap(struct px *px)
{
	struct kn_link *top = fake_add_link(&px->fake, "guest7", KN_LINK_MACVLAN);

	top->lower = px_name("eth1");
	(void)snprintf(top->kind_word, sizeof(top->kind_word), "macvtap");
}

static void another_mode(struct px *px)
{
	kn_opts_set(&px->spec.bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
}

static void eth1_gone(struct px *px)
{
	px_link(px, "eth1")->name = px_name("eth9");
}

static void too_large(struct px *px)
{
	px->spec.given |= KN_GROUP_MTU;
	px->spec.mtu = 9000;
}

static void another_vlan(struct px *px)
{
	struct kn_link *vlan = fake_add_link(&px->fake, "vlan10", KN_LINK_VLAN);

	vlan->vlan_id = 10;
	vlan->lower = px_name("eth0");
}

static const struct {
	void (*healthy)(struct px *px), (*fault)(struct px *px);
	enum kn_error_kind kind;
	const char *rule, *message, *hint;
} rows[] = {
	{bond_eth1, eth1_has_address, KN_ERR_REFUSED, "bond-port-in-use",
	 "eth1 carries the address 10.9.0.1/24,", "--no-live"},
	{bond_eth1, eth1_has_route, KN_ERR_REFUSED, "bond-port-in-use",
	 "eth1 carries the route to 10.50.0.0/16", "--no-live"},
	{bond_eth1, eth1_has_session, KN_ERR_REFUSED, "bond-port-in-use", "of this SSH session",
	 "the console"},
	{bond_eth1, eth1_of_br1, KN_ERR_REFUSED, "port-taken", "eth1 is already a port of br1",
	 "take the port out"},
	{bond_eth1, eth1_gone, KN_ERR_INPUT, "", "no interface eth1", "ip link"},
	{bond_there, another_mode, KN_ERR_REFUSED, "", "mode active-backup: to make it 802.3ad",
	 "--no-live"},
	{bond_eth1, eth1_has_vlan, KN_ERR_REFUSED, "bond-port-in-use",
	 "eth1 carries the VLAN eth1.7", "--no-live"},
	{bond_eth1, eth1_has_macvtap, KN_ERR_REFUSED, "", "guest7 (macvtap) stands on it",
	 "ip link del guest7"},
	{vlan10, eth1_of_bond9, KN_ERR_INPUT, "", "eth1 is a port of bond9", "link = bond9"},
	{vlan10, eth1_gone, KN_ERR_INPUT, "", "no interface eth1 for the VLAN vlan10", "ip link"},
	{vlan10, too_large, KN_ERR_INPUT, "", "MTU 9000: that of eth1 is 1500", "larger MTU"},
	{vlan10, another_vlan, KN_ERR_REFUSED, "", "cannot be changed into VLAN 10 of eth1",
	 "without [vlan vlan10]"},
};

static void test_what_would_cut_somebody_off_is_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct px px;

		rows[i].healthy(&px);
		if (px_plan(&px) < 0)
			fail_msg("case %zu, healthy: %s", i, px.err.message);
		px_done(&px);
		rows[i].healthy(&px);
		rows[i].fault(&px);
		if (px_plan(&px) == 0)
			fail_msg("case %zu is not refused", i);
		if (px.err.kind != rows[i].kind || strcmp(px.err.rule, rows[i].rule) != 0 ||
		    !strstr(px.err.message, rows[i].message) || !strstr(px.err.hint, rows[i].hint))
			fail_msg("case %zu: %s: %s (%s)", i, px.err.rule, px.err.message,
				 px.err.hint);
		px_done(&px);
	}
}

static void test_forced_a_port_gives_its_addresses_up(void **state)
{
	struct px px;

	(void)state;
	bond_eth1(&px);
	eth1_has_address(&px);
	assert_int_equal(kn_strv_add(&px.spec.force, "bond-port-in-use", &px.err), 0);
	assert_plan(&px,
		    "create bond bond0, mac 52:00:00:00:00:03, mode active-backup, miimon 100\n"
		    "remove address 10.9.0.1/24 from eth1\n"
		    "take eth1 down\n"
		    "attach eth1 to bond0\n"
		    "bring bond0 up\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_port_goes_down_before_a_new_bond_has_it),
		cmocka_unit_test(test_a_bond_that_is_as_wanted_is_left_alone),
		cmocka_unit_test(
			test_only_the_option_that_differs_is_set_and_others_keep_their_place),
		cmocka_unit_test(test_the_link_below_a_vlan_comes_up_first),
		cmocka_unit_test(test_what_would_cut_somebody_off_is_refused_with_the_reason),
		cmocka_unit_test(test_forced_a_port_gives_its_addresses_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
