/* Differences of bonds and VLANs between files and kernel: found where there is one, told once, and
 * silent where the kernel makes something else of the same words. Layer: tests. */
#include "stack_fixture.h"

static void equal_sides_have_no_difference(void **state)
{
	static const char *const names[] = {"bond0", "vlan10", "eth1", "nothing"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct kn_state host = stack_state();

		assert_diffs_of(&host, names[i], "");
	}
}

static void a_bridge_is_compared_as_a_bridge(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	link_of(&host, "br0")->flags = 0;
	assert_diffs_of(&host, "br0", "state: file up, kernel down\n");
}

static void a_kernel_that_was_not_read_is_not_compared(void **state)
{
	struct kn_state host = stack_state();

	(void)state;
	host.facts.live = false;
	link_of(&host, "bond0")->mtu = 9000;
	assert_diffs_of(&host, "bond0", "");
}

static void a_link_that_is_missing_or_another_is_one_difference(void **state)
{
	struct kn_state bond = stack_state(), vlan = stack_state(), by_hand = stack_state(),
			other = stack_state();

	(void)state;
	link_of(&bond, "bond0")->name = name_of("gone0");
	assert_diffs_of(&bond, "bond0", "bond bond0: in the file, not in the kernel\n");
	link_of(&vlan, "vlan10")->name = name_of("gone0");
	assert_diffs_of(&vlan, "vlan10", "vlan vlan10: in the file, not in the kernel\n");
	link_of(&by_hand, "vlan10")->name = name_of("gone0");
	conf_of(&by_hand, "vlan10")->onboot = KN_NO;
	assert_diffs_of(&by_hand, "vlan10", "");
	link_of(&other, "bond0")->kind = KN_LINK_PHYSICAL;
	assert_diffs_of(&other, "bond0", "bond bond0: file bond, kernel no bond\n");
}

static void a_bonds_values_are_compared(void **state)
{
	struct kn_state host = stack_state();
	struct kn_conf *conf = conf_of(&host, "bond0");
	struct kn_link *link = link_of(&host, "bond0");

	(void)state;
	conf->has_mac = true;
	conf->mac = mac_of("52:54:00:00:00:01");
	link->flags = 0;
	link->mtu = 9000;
	link->primary = name_of("eth2");
	set_opt(&link->bond_opts, KN_BONDOPT_MIIMON, 50);
	set_opt(&conf->bond_opts, KN_BONDOPT_UPDELAY, 200);
	set_opt(&conf->bond_opts, KN_BONDOPT_DOWNDELAY, 300);
	set_opt(&conf->bond_opts, KN_BONDOPT_XMIT_HASH_POLICY, 1);
	assert_diffs_of(&host, "bond0",
			"miimon: file 100, kernel 50\n"
			"updelay: file 200, kernel 0\n"
			"downdelay: file 300, kernel 0\n"
			"xmit-hash-policy: file layer3+4, kernel layer2\n"
			"primary: file eth1, kernel eth2\n"
			"mac: file 52:54:00:00:00:01, kernel 44:37:e6:4a:62:ad\n"
			"state: file up, kernel down\n"
			"mtu: file 1500, kernel 9000\n");
}

static void the_mode_and_the_lacp_rate_are_compared(void **state)
{
	struct kn_state mode = stack_state(), rate = stack_state();

	(void)state;
	set_opt(&link_of(&mode, "bond0")->bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
	assert_diffs_of(&mode, "bond0", "mode: file active-backup, kernel 802.3ad\n");
	set_opt(&conf_of(&rate, "bond0")->bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
	set_opt(&link_of(&rate, "bond0")->bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
	set_opt(&conf_of(&rate, "bond0")->bond_opts, KN_BONDOPT_LACP_RATE, 1);
	assert_diffs_of(&rate, "bond0", "lacp-rate: file fast, kernel slow\n");
}

/* Delays are cut to steps of miimon; lacp_rate and primary are refused in modes without them. */
static void what_the_kernel_makes_of_a_bonds_words_is_no_difference(void **state)
{
	struct kn_state host = stack_state();
	struct kn_opts *file = &conf_of(&host, "bond0")->bond_opts;
	struct kn_link *link = link_of(&host, "bond0");

	(void)state;
	set_opt(file, KN_BONDOPT_MODE, KN_BOND_XOR);
	set_opt(&link->bond_opts, KN_BONDOPT_MODE, KN_BOND_XOR);
	set_opt(file, KN_BONDOPT_UPDELAY, 250);
	set_opt(&link->bond_opts, KN_BONDOPT_UPDELAY, 200);
	set_opt(file, KN_BONDOPT_LACP_RATE, 1);
	link->primary = (struct kn_ifname){{0}};
	assert_diffs_of(&host, "bond0", "");
}

static void a_bonds_ports_are_compared_both_ways(void **state)
{
	struct kn_state host = stack_state();

	(void)state;
	link_of(&host, "eth2")->master = (struct kn_ifname){{0}};
	link_of(&host, "eth1")->flags = 0;
	add_link(&host, "eth3", KN_LINK_PHYSICAL, "bond0");
	add_addr(&host, "10.9.0.7/24", "eth1");
	assert_diffs_of(&host, "bond0",
			"state of eth1: file up, kernel down\n"
			"port eth2: in the file, not in the kernel\n"
			"port eth3: in the kernel, not in the file\n"
			"address 10.9.0.7/24 on eth1: in the kernel, not in the file\n");
}

static void addresses_are_compared(void **state)
{
	struct kn_state bond = stack_state(), vlan = stack_state();

	(void)state;
	add_addr(&bond, "10.9.0.2/24", "bond0");
	assert_diffs_of(&bond, "bond0", "address 10.9.0.2/24: in the kernel, not in the file\n");
	vlan.facts.n_addrs--;
	assert_diffs_of(&vlan, "vlan10", "address 10.10.0.1/24: in the file, not in the kernel\n");
}

static void a_vlans_values_are_compared(void **state)
{
	struct kn_state host = stack_state();
	struct kn_conf *conf = conf_of(&host, "vlan10");
	struct kn_link *link = link_of(&host, "vlan10");

	(void)state;
	conf->groups |= KN_GROUP_MTU;
	conf->mtu = 1400;
	link->lower = name_of("eth7");
	link->vlan_id = 11;
	link->flags = 0;
	assert_diffs_of(&host, "vlan10",
			"link: file bond0, kernel eth7\n"
			"id: file 10, kernel 11\n"
			"state: file up, kernel down\n"
			"mtu: file 1400, kernel 1500\n");
}

/* The link below is in another namespace, or the file says it in a way that is not read here. */
static void a_vlan_whose_sides_cannot_be_told_is_not_compared(void **state)
{
	struct kn_state elsewhere = stack_state(), unread = stack_state();

	(void)state;
	link_of(&elsewhere, "vlan10")->lower = (struct kn_ifname){{0}};
	assert_diffs_of(&elsewhere, "vlan10", "");
	conf_of(&unread, "vlan10")->vlan = (struct kn_vlan){0};
	assert_diffs_of(&unread, "vlan10", "");
}

static void what_is_a_bridges_port_is_told_with_the_bridge(void **state)
{
	struct kn_state host = stack_state();

	(void)state;
	conf_of(&host, "bond0")->bridge = name_of("br0");
	link_of(&host, "bond0")->master = name_of("br0");
	link_of(&host, "bond0")->flags = 0;
	link_of(&host, "bond0")->mtu = 9000;
	set_opt(&link_of(&host, "bond0")->bond_opts, KN_BONDOPT_MIIMON, 50);
	assert_diffs_of(&host, "bond0", "miimon: file 100, kernel 50\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_sides_have_no_difference),
		cmocka_unit_test(a_bridge_is_compared_as_a_bridge),
		cmocka_unit_test(a_kernel_that_was_not_read_is_not_compared),
		cmocka_unit_test(a_link_that_is_missing_or_another_is_one_difference),
		cmocka_unit_test(a_bonds_values_are_compared),
		cmocka_unit_test(the_mode_and_the_lacp_rate_are_compared),
		cmocka_unit_test(what_the_kernel_makes_of_a_bonds_words_is_no_difference),
		cmocka_unit_test(a_bonds_ports_are_compared_both_ways),
		cmocka_unit_test(addresses_are_compared),
		cmocka_unit_test(a_vlans_values_are_compared),
		cmocka_unit_test(a_vlan_whose_sides_cannot_be_told_is_not_compared),
		cmocka_unit_test(what_is_a_bridges_port_is_told_with_the_bridge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
