/* The safety rules: each refuses what it is for, with its name, the reason and a way out; says
 * nothing on a healthy host; and becomes a warning with --force=RULE. Layer: tests. */
#include "plan_fixture.h"

/* ---- healthy hosts with a command that goes through ---- */

static void create_static(struct px *px)
{
	px_create(px);
	px_static(px, "192.168.12.200/24");
	px_gateway(px, "192.168.12.1");
}

static void create_files_only(struct px *px)
{
	create_static(px);
	px->no_live = true;
	px_file(px, "ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\n");
}

static void create_over_bond(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	fake_add_link(&px->fake, "bond0", KN_LINK_BOND)->bond_mode = 1;
	px_port(px, "bond0");
}

static void create_over_bond_file(struct px *px)
{
	px_bare(px, KN_BRIDGE_CREATE);
	px->no_live = true;
	px_port(px, "bond0");
	px_file(px, "ifcfg-bond0",
		"DEVICE=bond0\nTYPE=Bond\nBOOTPROTO=none\nBONDING_OPTS=\"mode=active-backup\"\n");
}

static void create_with_timers(struct px *px)
{
	px_create(px);
	kn_opts_set(&px->spec.opts, KN_BROPT_AGEING, 5000);
}

static void create_rhel7(struct px *px)
{
	px_create(px);
	px->host.scripts_seconds = true;
}

static void create_ipv6(struct px *px)
{
	px_create(px);
	px_static(px, "fd00:12::118/64");
	px_gateway(px, "fd00:12::1");
}

/* --no-ip, while eth1 keeps the host reachable. */
static void create_without_ip(struct px *px)
{
	px_create(px);
	px->spec.no_ip = true;
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	px_addr(px, "eth1", "10.2.0.1/24", FOREVER);
	px_route(px, "eth1", "0.0.0.0/0", "10.2.0.254");
}

static void delete_bridge(struct px *px)
{
	px_bridged(px, KN_BRIDGE_DELETE);
}

static void remove_one_of_two(struct px *px)
{
	px_bridged(px, KN_PORT_REMOVE);
	px_port(px, "eth0");
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL)->master = px_name("br0");
}

static void add_veth(struct px *px)
{
	px_bridged(px, KN_PORT_ADD);
	px_port(px, "veth1");
	fake_add_link(&px->fake, "veth1", KN_LINK_VETH);
}

/* ---- what goes wrong on them ---- */

static void address_on_eth1(struct px *px)
{
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	px_addr(px, "eth1", "192.168.12.200/24", FOREVER);
}

static void address_in_eth1_file(struct px *px)
{
	px_file(px, "ifcfg-eth1",
		"DEVICE=eth1\nBOOTPROTO=none\nIPADDR=192.168.12.200\nPREFIX=24\n");
}

static void bond_mode_5(struct px *px)
{
	px_link(px, "bond0")->bond_mode = 5;
}

static void bond_mode_6(struct px *px)
{
	px_link(px, "bond0")->bond_mode = 6;
}

static void bond_mode_in_file(struct px *px)
{
	px_file(px, "ifcfg-bond0",
		"DEVICE=bond0\nTYPE=Bond\nBOOTPROTO=none\nBONDING_OPTS=\"mode=balance-alb\"\n");
}

static void guest_runs(struct px *px)
{
	fake_add_link(&px->fake, "vnet0", KN_LINK_TUN)->master = px_name("br0");
}

static void gateway_elsewhere(struct px *px)
{
	px_gateway(px, "172.16.0.1");
}

static void gateway6_elsewhere(struct px *px)
{
	px_gateway(px, "fd00:99::1");
}

static void no_other_default(struct px *px)
{
	struct kn_routes *routes = &px->fake.facts.routes;

	for (size_t i = 0; i < routes->n; i++)
		if (kn_ifname_is(&routes->v[i].dev, "eth1") && kn_route_is_default(&routes->v[i]))
			routes->v[i] = routes->v[--routes->n];
}

static void default_of_ipv6(struct px *px)
{
	px_addr(px, "eth0", "fd00:12::118/64", FOREVER);
	px_route(px, "eth0", "::/0", "fd00:12::1");
}

/* port add has no --gateway that a hint could name. */
static void default_over_port(struct px *px)
{
	struct kn_routes *routes = &px->fake.facts.routes;

	for (size_t i = 0; i < routes->n; i++)
		if (kn_route_is_default(&routes->v[i]))
			routes->v[i] = routes->v[--routes->n];
	px_route(px, "veth1", "0.0.0.0/0", NULL);
}

static void other_uplink_gone(struct px *px)
{
	px_link(px, "eth1")->master = (struct kn_ifname){0};
}

static void run_by_nm(struct px *px)
{
	px->owner = (struct kn_if_owner){px_name("eth0"), KN_OWNER_NM};
}

static void run_by_networkd(struct px *px)
{
	px->owner = (struct kn_if_owner){px_name("eth0"), KN_OWNER_NETWORKD};
}

static void named_like_a_script(struct px *px)
{
	px->spec.bridge = px_name("ippp7");
}

static void address_on_port(struct px *px)
{
	px_addr(px, "veth1", "10.9.0.1/24", FOREVER);
}

static void port_is_bridge(struct px *px)
{
	px_link(px, "veth1")->kind = KN_LINK_BRIDGE;
}

static void port_is_bridge_in_file(struct px *px)
{
	px_file(px, "ifcfg-eth0", "DEVICE=eth0\nTYPE=Bridge\nBOOTPROTO=none\n");
}

static void port_is_lo(struct px *px)
{
	kn_names_done(&px->spec.ports);
	px_port(px, "lo");
	px->spec.ip.gateway4.family = KN_FAMILY_NONE; /* eth0 keeps its own */
	px->no_files = true;
}

static void port_is_wlan(struct px *px)
{
	px_link(px, "veth1")->kind = KN_LINK_WLAN;
}

static void port_of_br1(struct px *px)
{
	fake_add_link(&px->fake, "br1", KN_LINK_BRIDGE);
	px_link(px, "veth1")->master = px_name("br1");
}

static void port_of_br1_in_file(struct px *px)
{
	px_file(px, "ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\nBRIDGE=br1\n");
}

static void port_of_bond_in_file(struct px *px)
{
	px_file(px, "ifcfg-eth0",
		"DEVICE=eth0\nTYPE=Ethernet\nBOOTPROTO=none\nMASTER=bond0\nSLAVE=yes\n");
}

static void nothing_installed(struct px *px)
{
	px->host = (struct kn_host){0};
}

static void second_nic(struct px *px)
{
	fake_add_link(&px->fake, "eth1", KN_LINK_PHYSICAL);
	px_port(px, "eth1");
}

static void logged_in_by_ssh(struct px *px)
{
	px->ssh = "192.168.12.118";
}

static void both_installed(struct px *px)
{
	px->host = (struct kn_host){.has_scripts = true, .has_nm_plugin = true};
}

static struct kn_route *last_route(struct px *px)
{
	return &px->fake.facts.routes.v[px->fake.facts.routes.n - 1];
}

static void too_many_next_hops(struct px *px)
{
	px_route(px, "eth0", "10.50.0.0/16", "192.168.12.7");
	last_route(px)->multipath = true;
}

static void source_network(struct px *px)
{
	px_route(px, "eth0", "10.50.0.0/16", "192.168.12.7");
	last_route(px)->odd = true;
}

static void gateway_on_an_object(struct px *px)
{
	px_route(px, "eth0", "10.50.0.1/32", NULL);
	last_route(px)->nhid = 12;
	px_route(px, "eth0", "10.51.0.0/16", "10.50.0.1");
}

static const struct row {
	const char *rule;
	void (*healthy)(struct px *px);
	void (*fault)(struct px *px);
	const char *message; /* a part of it */
	const char *hint;    /* a part of it */
} rows[] = {
	{"address-in-use", create_static, address_on_eth1, "192.168.12.200 is already an address",
	 "choose another address"},
	{"address-in-use", create_files_only, address_in_eth1_file, "eth1 (" DIR "ifcfg-eth1)",
	 "choose another address"},
	{"bond-mode", create_over_bond, bond_mode_5, "bond0 is a bond in mode 5", "mode 1 or 4"},
	{"bond-mode", create_over_bond, bond_mode_6, "bond0 is a bond in mode 6", "mode 1 or 4"},
	{"bond-mode", create_over_bond_file, bond_mode_in_file, "mode 6", "mode 1 or 4"},
	{"foreign-ports", delete_bridge, guest_runs, "(vnet0)", "stop the guests"},
	{"gateway-outside", create_static, gateway_elsewhere, "172.16.0.1 lies outside the first",
	 "--route GATEWAY/32"},
	{"gateway-outside", create_ipv6, gateway6_elsewhere, "fd00:99::1 lies outside the network",
	 "a gateway of that network"},
	{"last-default-route", create_without_ip, no_other_default, "last IPv4 default route",
	 "--gateway"},
	{"last-default-route", create_without_ip, default_of_ipv6, "last IPv6 default route",
	 "IPv6 gateway"},
	{"last-default-route", add_veth, default_over_port, "last IPv4 default route",
	 "over another link"},
	{"last-uplink", remove_one_of_two, other_uplink_gone, "br0 carries the host's addresses",
	 "kvmnet bridge delete"},
	{"links-on-top", delete_bridge, px_vlan_on_bridge, "br0.10 sits on br0",
	 "remove them first"},
	{"managed-uplink", create_static, run_by_nm, "eth0 is run by NetworkManager",
	 "nmcli device set"},
	{"managed-uplink", create_static, run_by_networkd, "eth0 is run by systemd-networkd",
	 "--no-live"},
	{"name-reserved", create_rhel7, named_like_a_script, "ifup-ippp", "br0"},
	{"port-has-address", add_veth, address_on_port, "veth1 carries the address 10.9.0.1/24",
	 "kvmnet bridge create"},
	{"port-is-bridge", add_veth, port_is_bridge, "veth1 is a bridge itself", "under it"},
	{"port-is-bridge", create_files_only, port_is_bridge_in_file, "eth0 is a bridge itself",
	 "under it"},
	{"port-is-loopback", create_static, port_is_lo, "lo is the loopback interface",
	 "a network card"},
	{"port-is-wlan", add_veth, port_is_wlan, "veth1 is a Wi-Fi station", "NAT"},
	{"port-taken", add_veth, port_of_br1, "veth1 is already a port of br1",
	 "take the port out"},
	{"port-taken", create_files_only, port_of_br1_in_file, "eth0 is already a port of br1",
	 "take the port out"},
	{"port-taken", create_files_only, port_of_bond_in_file, "eth0 is already a port of bond0",
	 "bridge that device"},
	{"reader-unknown", create_with_timers, nothing_installed, "disagree on the unit",
	 "--reader nm"},
	{"second-uplink", create_static, second_nic, "eth0 and eth1", "--stp on"},
	{"ssh-address", create_static, logged_in_by_ssh, "192.168.12.9 to 192.168.12.118",
	 "second --static"},
	{"two-managers", create_static, both_installed, "both installed", "--reader"},
	{"unmovable-route", create_static, too_many_next_hops,
	 "10.50.0.0/16 has more than 8 next hops", "by hand"},
	{"unmovable-route", create_static, source_network, "10.50.0.0/16 has a source network",
	 "by hand"},
	{"unmovable-route", create_static, gateway_on_an_object,
	 "10.50.0.1 is reached through a nexthop object", "without a nexthop object"},
};

#define N_ROWS (sizeof(rows) / sizeof(*rows))
static const char *const rules[] = {
#define KN_RULE(name, what) name,
#include "kvmnet/rules.def"
#undef KN_RULE
};

/* They have theirs in the other files test_plan_*.c. */
#define ELSEWHERE                                                                                  \
	"bridge-has-users running-guests subnet-overlap bond-port-in-use vlan-taken "              \
	"default-route-outranked"

static void test_every_rule_has_a_case_here(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		size_t found = strstr(ELSEWHERE, rules[i]) != NULL;
		for (size_t k = 0; k < N_ROWS; k++)
			found += !strcmp(rows[k].rule, rules[i]);
		if (!found)
			fail_msg("rule %s is tested nowhere", rules[i]);
	}
}

static void test_every_case_is_about_a_rule(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ROWS; k++) {
		size_t found = 0;

		for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
			found += !strcmp(rows[k].rule, rules[i]);
		if (found != 1)
			fail_msg("%s is no rule", rows[k].rule);
	}
}

static void test_a_rule_refuses_with_its_name_the_reason_and_a_hint(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ROWS; k++) {
		struct px px;

		rows[k].healthy(&px);
		rows[k].fault(&px);
		if (px_plan(&px) == 0)
			fail_msg("case %zu: %s does not refuse", k, rows[k].rule);
		if (px.err.kind != KN_ERR_REFUSED || strcmp(px.err.rule, rows[k].rule) != 0 ||
		    !strstr(px.err.message, rows[k].message) || !strstr(px.err.hint, rows[k].hint))
			fail_msg("case %zu, %s: %s: %s (%s)", k, rows[k].rule, px.err.rule,
				 px.err.message, px.err.hint);
		assert_int_equal(kn_error_exit_code(&px.err), 3);
		assert_true(kn_plan_is_empty(&px.plan));
		px_done(&px);
	}
}

static void test_a_healthy_host_hears_nothing_of_the_rule(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ROWS; k++) {
		struct px px;

		rows[k].healthy(&px);
		if (px_plan(&px) < 0)
			fail_msg("case %zu, %s: refused: %s", k, rows[k].rule, px.err.message);
		assert_false(kn_plan_is_empty(&px.plan));
		assert_null(px_note(&px, "overridden"));
		assert_null(px_note(&px, rows[k].message));
		px_done(&px);
	}
}

static void test_force_turns_the_refusal_into_a_warning(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ROWS; k++) {
		char told[64];
		struct px px;

		rows[k].healthy(&px);
		rows[k].fault(&px);
		assert_int_equal(kn_strv_add(&px.spec.force, rows[k].rule, &px.err), 0);
		if (px_plan(&px) < 0)
			fail_msg("case %zu, %s: %s", k, rows[k].rule, px.err.message);
		const struct kn_note *note = px_note(&px, rows[k].message);
		(void)snprintf(told, sizeof(told), "(rule %s, overridden)", rows[k].rule);
		if (!note || note->level != KN_NOTE_WARNING || !strstr(note->text, told))
			fail_msg("case %zu: nothing warns of %s", k, rows[k].rule);
		px_done(&px);
	}
}

static void test_forcing_another_rule_does_not_help(void **state)
{
	(void)state;
	for (size_t k = 0; k < N_ROWS; k++) {
		struct px px;

		rows[k].healthy(&px);
		rows[k].fault(&px);
		for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
			if (strcmp(rules[i], rows[k].rule) != 0)
				assert_int_equal(kn_strv_add(&px.spec.force, rules[i], &px.err), 0);
		assert_int_equal(px_plan(&px), -1);
		assert_string_equal(px.err.rule, rows[k].rule);
		px_done(&px);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_has_a_case_here),
		cmocka_unit_test(test_every_case_is_about_a_rule),
		cmocka_unit_test(test_a_rule_refuses_with_its_name_the_reason_and_a_hint),
		cmocka_unit_test(test_a_healthy_host_hears_nothing_of_the_rule),
		cmocka_unit_test(test_force_turns_the_refusal_into_a_warning),
		cmocka_unit_test(test_forcing_another_rule_does_not_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
