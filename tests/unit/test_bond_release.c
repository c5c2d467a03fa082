/* A port that leaves its bond: another one carries first, the last one stays, and nobody else's
 * port goes with a bond. */
#include "plan_fixture.h"

#include "kvmnet/text.h"

#define PORT "ONBOOT=yes\nBOOTPROTO=none\nMASTER=bond0\nSLAVE=yes\nNM_CONTROLLED=no\n"

static void add_slave(struct px *px, const char *name, const char *file)
{
	struct kn_link *link = fake_add_link(&px->fake, name, KN_LINK_PHYSICAL);

	link->flags = 0x41;
	link->has_own_mac = true;
	link->own_mac = link->mac;
	link->master = px_name("bond0");
	px_file(px, file, PORT);
}

/* bond0 of eth1, eth2, eth3, by the order; eth1 carries and leaves. */
static void release_eth1(struct px *px)
{
	px_bare(px, KN_BOND_RELEASE);
	px->spec.bridge = px_name("bond0");
	struct kn_link *bond = fake_add_link(&px->fake, "bond0", KN_LINK_BOND);

	bond->flags = 0x41;
	bond->active = px_name("eth1");
	add_slave(px, "eth1", "ifcfg-eth1");
	add_slave(px, "eth2", "ifcfg-eth2");
	add_slave(px, "eth3", "ifcfg-eth3");
	px_file(px, "ifcfg-bond0",
		"DEVICE=bond0\nTYPE=Bond\nBONDING_MASTER=yes\n"
		"BONDING_OPTS=\"mode=1 primary=eth1 arp_validate=0\"\nONBOOT=yes\n");
	px_port(px, "eth1");
}

static void assert_steps(struct px *px, const char *expected)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (px_plan(px) < 0)
		fail_msg("%s (%s)", px->err.message, px->err.hint);
	for (size_t i = 0; i < px->plan.n_ops; i++) {
		if (px->plan.ops[i].kind == KN_OP_FILE)
			continue;
		kn_op_describe(&px->plan.ops[i], &text);
		kn_buf_putc(&text, '\n');
	}
	assert_string_equal(kn_buf_str(&text), expected);
}

static const char *written(const struct px *px, const char *path)
{
	for (size_t i = 0; i < px->plan.files.n; i++)
		if (!strcmp(px->plan.files.v[i].path, path))
			return px->plan.files.v[i].after_present ? px->plan.files.v[i].after : "";
	return NULL;
}

static void test_another_port_carries_before_the_active_one_leaves(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	assert_steps(&px, "set active port of bond0 to eth2 (was eth1)\ndetach eth1 from bond0\n");
	assert_string_equal(written(&px, DIR "ifcfg-eth1"),
			    "ONBOOT=yes\nBOOTPROTO=none\nNM_CONTROLLED=no\n");
	assert_non_null(
		strstr(written(&px, DIR "ifcfg-bond0"), "BONDING_OPTS=\"mode=1 arp_validate=0\""));
	px_done(&px);
}

static void test_the_primary_is_asked_first_and_one_without_a_cable_never(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	px_link(&px, "bond0")->primary = px_name("eth3");
	assert_steps(&px, "set active port of bond0 to eth3 (was eth1)\ndetach eth1 from bond0\n");
	px_done(&px);
	release_eth1(&px);
	px_link(&px, "eth2")->is_cut = true; /* back, but within updelay */
	assert_steps(&px, "set active port of bond0 to eth3 (was eth1)\ndetach eth1 from bond0\n");
	px_done(&px);
}

static void test_of_several_the_active_one_leaves_last(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	px_port(&px, "eth2");
	assert_steps(&px, "detach eth2 from bond0\n"
			  "set active port of bond0 to eth3 (was eth1)\n"
			  "detach eth1 from bond0\n");
	px_done(&px);
}

static void cut_the_others(struct px *px)
{
	px_link(px, "eth2")->flags = 0x1;
	px_link(px, "eth3")->is_cut = true;
}

static void test_the_last_port_with_a_carrier_stays(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	cut_the_others(&px);
	assert_int_equal(px_plan(&px), -1);
	assert_string_equal(px.err.rule, "last-uplink");
	assert_non_null(strstr(px.err.message, "eth1 is the last port of bond0 with a carrier"));
	px_done(&px);
	release_eth1(&px);
	cut_the_others(&px);
	assert_int_equal(kn_strv_add(&px.spec.force, "last-uplink", &px.err), 0);
	assert_steps(&px, "detach eth1 from bond0\n");
	px_done(&px);
}

static void test_a_port_without_a_carrier_may_be_the_last(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	cut_the_others(&px);
	px_link(&px, "eth1")->flags = 0x1;
	assert_steps(&px, "detach eth1 from bond0\n");
	px_done(&px);
}

static void test_the_same_address_on_both_is_told(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	px_link(&px, "bond0")->mac = px_link(&px, "eth1")->own_mac;
	assert_int_equal(px_plan(&px), 0);
	assert_non_null(px_note(&px, "eth1 and bond0 have the same MAC address from then on"));
	px_done(&px);
}

static void test_what_is_no_port_any_more_is_nothing_to_do(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	px_file(&px, "ifcfg-eth1", "ONBOOT=yes\n");
	px_link(&px, "eth1")->master = px_name("");
	assert_int_equal(px_plan(&px), 0);
	assert_true(kn_plan_is_empty(&px.plan));
	px_done(&px);
}

static void test_a_card_of_another_name_leaves_in_the_file_only(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	px_link(&px, "eth1")->name = px_name("enp1s0");
	px_link(&px, "bond0")->active = px_name("enp1s0");
	assert_steps(&px, "");
	assert_non_null(px_note(&px, "there is no interface eth1 now"));
	px_done(&px);
}

static void test_a_bond_is_not_removed_under_somebody_elses_port(void **state)
{
	struct px px;

	(void)state;
	release_eth1(&px);
	kn_names_done(&px.spec.ports);
	px.spec.verb = KN_LINK_DELETE;
	px_file(&px, "ifcfg-eth3", NULL);
	assert_int_equal(px_plan(&px), -1);
	assert_string_equal(px.err.rule, "foreign-ports");
	assert_non_null(strstr(px.err.message, "(eth3)"));
	px_done(&px);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_port_carries_before_the_active_one_leaves),
		cmocka_unit_test(test_the_primary_is_asked_first_and_one_without_a_cable_never),
		cmocka_unit_test(test_of_several_the_active_one_leaves_last),
		cmocka_unit_test(test_the_last_port_with_a_carrier_stays),
		cmocka_unit_test(test_a_port_without_a_carrier_may_be_the_last),
		cmocka_unit_test(test_the_same_address_on_both_is_told),
		cmocka_unit_test(test_what_is_no_port_any_more_is_nothing_to_do),
		cmocka_unit_test(test_a_card_of_another_name_leaves_in_the_file_only),
		cmocka_unit_test(test_a_bond_is_not_removed_under_somebody_elses_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
