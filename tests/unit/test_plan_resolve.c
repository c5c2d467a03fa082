/* Inheriting: what a new bridge gets, per group and per family, from the command line, the uplink's
 * file or the kernel. Layer: tests. */
#include "resolve_words.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define A4	 " static=192.168.12.118/24"
#define A6	 " static=fd00:12::118/64"
#define G4	 " gw=192.168.12.1"
#define G6	 " gw=fd00:12::1"
#define NS	 " dns=10.0.0.1 search=lab"
#define RT	 " route=10.77.0.0/16,192.168.12.254"
#define MZ	 " mtu=9000 zone=public"

struct row {
	const char *given, *want;
};

/* Against FULL_ETH0: what is not given stays. */
static const struct row from_file[] = {
	{"", A4 A6 G4 G6 NS RT MZ},
	{"static=10.5.0.2/16", " static=10.5.0.2/16" A6 G4 G6 NS RT MZ},
	{"static=10.5.0.2/16 gw=10.5.0.1", " static=10.5.0.2/16" A6 " gw=10.5.0.1" G6 NS RT MZ},
	{"static=fd01::2/64", A4 " static=fd01::2/64" G4 G6 NS RT MZ},
	{"static=fd01::2/64 gw=fd01::1", A4 " static=fd01::2/64" G4 " gw=fd01::1" NS RT MZ},
	{"static=10.5.0.2/16 static=fd01::2/64",
	 " static=10.5.0.2/16 static=fd01::2/64" G4 G6 NS RT MZ},
	{"static=10.5.0.2/16 static=10.5.0.3/16",
	 " static=10.5.0.2/16 static=10.5.0.3/16" A6 G4 G6 NS RT MZ},
	{"dhcp", " dhcp" A6 G6 NS RT MZ},
	{"dhcp6", " dhcp6" A4 G4 NS RT MZ},
	{"slaac", " slaac" A4 G4 NS RT MZ},
	{"dhcp slaac", " dhcp slaac" NS RT MZ},
	{"slaac static=fd01::2/64", " slaac" A4 " static=fd01::2/64" G4 NS RT MZ},
	{"gw=192.168.12.2", A4 A6 " gw=192.168.12.2" G6 NS RT MZ},
	{"gw=fd00:12::2", A4 A6 G4 " gw=fd00:12::2" NS RT MZ},
	{"dns=9.9.9.9", A4 A6 G4 G6 " dns=9.9.9.9" RT MZ},
	{"route=10.88.0.0/16", A4 A6 G4 G6 NS " route=10.88.0.0/16,192.168.12.99" MZ},
	{"mtu=1400", A4 A6 G4 G6 NS RT " mtu=1400 zone=public"},
	{"zone=dmz", A4 A6 G4 G6 NS RT " mtu=9000 zone=dmz"},
	{"no-ip", MZ},
	{"no-ip mtu=1400", " mtu=1400 zone=public"},
};

static void test_a_group_that_is_not_given_comes_from_the_uplinks_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(from_file); i++) {
		struct px px;

		px_create(&px);
		px_file(&px, "ifcfg-eth0", FULL_ETH0);
		px_file(&px, "route-eth0", FULL_ROUTES);
		give(&px, from_file[i].given);
		resolves_to(&px, from_file[i].given, from_file[i].want);
		assert_string_equal(px.target.uplink.s, "eth0");
		assert_int_equal(px.target.inherited & px.spec.given, 0);
		px_done(&px);
	}
}

static void test_what_the_file_says_counts_without_the_kernel_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(from_file); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		px_port(&px, "eth0");
		px.no_live = true;
		px_file(&px, "ifcfg-eth0", FULL_ETH0);
		px_file(&px, "route-eth0", FULL_ROUTES);
		give(&px, from_file[i].given);
		resolves_to(&px, from_file[i].given, from_file[i].want);
		px_done(&px);
	}
}

/* The kernel of px_create() with more on it, and no file. */
static void test_without_a_file_the_kernel_is_inherited(void **state)
{
	static const struct row rows[] = {
		{"", A4 A6 G4 G6 RT " mtu=9000"},
		{"static=10.5.0.2/16", " static=10.5.0.2/16" A6 G4 G6 RT " mtu=9000"},
		{"dhcp", " dhcp" A6 G6 RT " mtu=9000"},
		{"slaac", " slaac" A4 G4 RT " mtu=9000"},
		{"dns=9.9.9.9", A4 A6 G4 G6 " dns=9.9.9.9" RT " mtu=9000"},
		{"no-ip", " mtu=9000"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_create(&px);
		px_link(&px, "eth0")->mtu = 9000;
		px_addr(&px, "eth0", "fe80::1/64", FOREVER);
		px_addr(&px, "eth0", "fd00:12::118/64", FOREVER);
		px_route(&px, "eth0", "::/0", "fd00:12::1");
		px_route(&px, "eth0", "10.77.0.0/16", "192.168.12.254");
		give(&px, rows[i].given);
		resolves_to(&px, rows[i].given, rows[i].want);
		px_done(&px);
	}
}

static void test_lifetimes_in_the_kernel_mean_a_method_not_an_address(void **state)
{
	struct px px;

	(void)state;
	px_bare(&px, KN_BRIDGE_CREATE);
	px_port(&px, "eth0");
	px_addr(&px, "eth0", "192.168.12.55/24", 3600);
	px_addr(&px, "eth0", "fd00:12::abcd/64", 3600);
	px_route(&px, "eth0", "0.0.0.0/0", "192.168.12.1");
	resolves_to(&px, "lease in the kernel", " dhcp slaac");
	px_done(&px);
}

static void test_settings_for_no_default_route_are_inherited_until_a_gateway_is_given(void **state)
{
	static const struct row rows[] = {
		{"", " static=10.0.0.5/24 gw=10.0.0.1 metric=7 no-defroute"},
		{"static=10.0.0.6/24", " static=10.0.0.6/24 gw=10.0.0.1 metric=7 no-defroute"},
		{"gw=10.0.0.2", " static=10.0.0.5/24 gw=10.0.0.2 metric=7"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		px_port(&px, "eth0");
		px_file(&px, "ifcfg-eth0",
			"DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\nIPADDR=10.0.0.5\nPREFIX=24\n"
			"GATEWAY=10.0.0.1\nMETRIC=7\nDEFROUTE=no\n");
		give(&px, rows[i].given);
		resolves_to(&px, rows[i].given, rows[i].want);
		px_done(&px);
	}
}

static void test_a_lease_that_ends_leaves_its_gateway_and_a_word_about_dns(void **state)
{
	static const struct {
		const char *given, *want;
		bool warns;
	} rows[] = {
		{"", " dhcp", false},
		{"static=192.168.12.5/24", " static=192.168.12.5/24" G4, true},
		{"static=192.168.12.5/24 dns=9.9.9.9", " static=192.168.12.5/24" G4 " dns=9.9.9.9",
		 false},
		{"static=192.168.12.5/24 gw=192.168.12.7",
		 " static=192.168.12.5/24 gw=192.168.12.7", true},
		{"static=fd00::5/64", " dhcp static=fd00::5/64", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		px_port(&px, "eth0");
		px_file(&px, "ifcfg-eth0", DHCP_ETH0);
		px_addr(&px, "eth0", "192.168.12.55/24", 3600);
		px_route(&px, "eth0", "0.0.0.0/0", "192.168.12.1");
		give(&px, rows[i].given);
		resolves_to(&px, rows[i].given, rows[i].want);
		assert_int_equal(px_note(&px, "--dns") != NULL, rows[i].warns);
		px_done(&px);
	}
}

/* Half-done: the bridge's file is there, the uplink's has no addresses any more. */
static void test_a_repeated_create_inherits_from_the_bridges_own_file(void **state)
{
	struct px px;

	(void)state;
	px_create(&px);
	px_file(&px, "ifcfg-eth0", PORT_ETH0);
	px_file(&px, "ifcfg-br0", BRIDGE_BR0);
	resolves_to(&px, "create again", A4 G4);
	px_done(&px);
	/* files not yet: a bridge's file beside an uplink that still has its own */
	px_create(&px);
	px_file(&px, "ifcfg-eth0", FULL_ETH0);
	px_file(&px, "ifcfg-br0", "DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\n");
	resolves_to(&px, "create again", A4 A6 G4 G6 NS MZ);
	px_done(&px);
}

static void test_the_port_with_the_default_route_is_the_uplink(void **state)
{
	static const struct {
		const char *ports[2], *uplink;
		bool route_on_veth;
	} rows[] = {
		{{"veth1", "eth0"}, "eth0", false},
		{{"eth0", "veth1"}, "eth0", false},
		{{"eth0", "veth1"}, "veth1", true},
		{{"veth1", "veth2"}, "veth1", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		fake_add_link(&px.fake, "veth1", KN_LINK_VETH);
		fake_add_link(&px.fake, "veth2", KN_LINK_VETH);
		if (rows[i].route_on_veth)
			px_route(&px, "veth1", "0.0.0.0/0", NULL);
		px_port(&px, rows[i].ports[0]);
		px_port(&px, rows[i].ports[1]);
		resolves_to(&px, rows[i].uplink, NULL);
		assert_string_equal(px.target.uplink.s, rows[i].uplink);
		px_done(&px);
	}
}

static void test_a_bridge_without_ports_inherits_nothing_and_has_no_address(void **state)
{
	static const struct row rows[] = {
		{"", ""},
		{"static=10.5.0.1/24", " static=10.5.0.1/24"},
		{"dhcp", " dhcp"},
		{"mtu=1400", " mtu=1400"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_bare(&px, KN_BRIDGE_CREATE);
		px_file(&px, "ifcfg-eth0", FULL_ETH0);
		give(&px, rows[i].given);
		resolves_to(&px, rows[i].given, rows[i].want);
		assert_false(kn_ifname_is_set(&px.target.uplink));
		px_done(&px);
	}
}

static void test_set_changes_the_given_groups_only(void **state)
{
	static const struct {
		const char *given;
		unsigned int groups;
	} rows[] = {
		{"", 0},
		{"gw=192.168.12.2", KN_GROUP_GATEWAY},
		{"static=192.168.12.5/24", KN_GROUP_ADDR},
		{"dns=9.9.9.9", KN_GROUP_DNS},
		{"mtu=1400", KN_GROUP_MTU},
		{"zone=dmz mtu=1400", KN_GROUP_MTU | KN_GROUP_ZONE},
		{"no-ip", KN_GROUP_IP},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct px px;

		px_bridged(&px, KN_BRIDGE_SET);
		give(&px, rows[i].given);
		resolves_to(&px, rows[i].given, NULL);
		assert_int_equal(px.target.groups, rows[i].groups);
		assert_int_equal(px.target.inherited, 0);
		px_done(&px);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_group_that_is_not_given_comes_from_the_uplinks_file),
		cmocka_unit_test(test_what_the_file_says_counts_without_the_kernel_too),
		cmocka_unit_test(test_without_a_file_the_kernel_is_inherited),
		cmocka_unit_test(test_lifetimes_in_the_kernel_mean_a_method_not_an_address),
		cmocka_unit_test(
			test_settings_for_no_default_route_are_inherited_until_a_gateway_is_given),
		cmocka_unit_test(test_a_lease_that_ends_leaves_its_gateway_and_a_word_about_dns),
		cmocka_unit_test(test_a_repeated_create_inherits_from_the_bridges_own_file),
		cmocka_unit_test(test_the_port_with_the_default_route_is_the_uplink),
		cmocka_unit_test(test_a_bridge_without_ports_inherits_nothing_and_has_no_address),
		cmocka_unit_test(test_set_changes_the_given_groups_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
