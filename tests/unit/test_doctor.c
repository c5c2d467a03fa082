/* The doctor's rules about what not every kernel can build (bonds, Wi-Fi, VLAN filtering), its
 * silence on a healthy host, and on what could not be read. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if.h>

#include "plan/doctor.h"

/* br0 with one port, which a test makes ill. */
struct scene {
	struct kn_facts facts;
	struct kn_confs confs;
	struct kn_evidence evidence;
	struct kn_link *bridge, *port;
};

static void setup(struct scene *s)
{
	struct kn_error err = {0};
	struct kn_link bridge = {.name = {"br0"},
				 .ifindex = 2,
				 .kind = KN_LINK_BRIDGE,
				 .flags = IFF_UP | IFF_RUNNING,
				 .mtu = 1500,
				 .mac = {{2, 0, 0, 0, 0, 1}},
				 .has_mac = true,
				 .mac_set = true};
	struct kn_link port = {.name = {"eth0"},
			       .ifindex = 3,
			       .kind = KN_LINK_PHYSICAL,
			       .flags = IFF_UP | IFF_RUNNING,
			       .mtu = 1500,
			       .mac = {{2, 0, 0, 0, 0, 1}},
			       .has_mac = true,
			       .master = {"br0"},
			       .master_index = 2,
			       .port_state = 3,
			       .bond_mode = -1};

	*s = (struct scene){.facts.live = true};
	assert_int_equal(kn_facts_add_link(&s->facts, &bridge, &err), 0);
	assert_int_equal(kn_facts_add_link(&s->facts, &port, &err), 0);
	s->bridge = &s->facts.links[0];
	s->port = &s->facts.links[1];
	s->evidence.facts = &s->facts;
	s->evidence.confs = &s->confs;
}

static void add_addr(struct scene *s, const char *dev, uint8_t last)
{
	struct kn_laddr addr = {.addr = {{KN_IPV4, {10, 0, 0, last}}, 24}};
	struct kn_error err = {0};

	memcpy(addr.dev.s, dev, strlen(dev));
	assert_int_equal(kn_facts_add_addr(&s->facts, &addr, &err), 0);
}

/* Exactly this is found; KN_CHECK_COUNT = nothing. */
static void expect(struct scene *s, enum kn_check_id id, const char *object, const char *detail)
{
	struct kn_symptoms found = {0};
	struct kn_error err = {0};

	assert_int_equal(kn_doctor_judge(&s->evidence, NULL, &found, &err), 0);
	if (id == KN_CHECK_COUNT && found.n)
		fail_msg("KN%u %s", kn_check_at(found.v[0].id)->number, found.v[0].object);
	if (id != KN_CHECK_COUNT) {
		assert_int_equal(found.n, 1);
		assert_int_equal(kn_check_at(found.v[0].id)->number, kn_check_at(id)->number);
		assert_string_equal(found.v[0].object, object);
		assert_string_equal(found.v[0].detail, detail);
	}
	kn_symptoms_done(&found);
	kn_facts_done(&s->facts);
	free(s->evidence.bridges.v);
}

static void test_a_healthy_host_is_left_alone(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	add_addr(&s, "br0", 1);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
}

static void test_a_bond_that_rewrites_macs(void **state)
{
	(void)state;
	for (int mode = 0; mode <= 6; mode++) {
		struct scene s;
		char text[2] = {(char)('0' + mode)};

		setup(&s);
		s.port->kind = KN_LINK_BOND;
		s.port->bond_mode = mode;
		expect(&s, mode >= 5 ? KN_CHECK_BOND_MODE : KN_CHECK_COUNT, "eth0", text);
	}
}

static void test_wifi_under_a_bridge(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	s.port->kind = KN_LINK_WLAN;
	expect(&s, KN_CHECK_WLAN_PORT, "eth0", "br0");
}

/* "br0 1 pu, eth0 10-20": what a bridge that filters has where; p = pvid, u = untagged. */
static void filter_vlans(struct scene *s, const char *table)
{
	struct kn_error err = {0};

	setup(s);
	kn_opts_set(&s->bridge->opts, KN_BROPT_VLAN_FILTERING, 1);
	s->facts.vlans_known = true;
	for (const char *p = table; *p; p += strspn(p, ", ")) {
		struct kn_port_vlan row = {0};
		unsigned int first, last;
		int n = 0;

		assert_int_equal(sscanf(p, "%15s %u%n", row.dev.s, &first, &n), 2);
		p += n;
		last = first;
		if (*p == '-')
			assert_int_equal(sscanf(p, "-%u%n", &last, &n), 1);
		p += *p == '-' ? n : 0;
		row.first = (uint16_t)first;
		row.last = (uint16_t)last;
		for (p += *p == ' '; *p == 'p' || *p == 'u'; p++)
			*(*p == 'p' ? &row.pvid : &row.untagged) = true;
		assert_int_equal(kn_facts_add_vlan(&s->facts, &row, &err), 0);
	}
}

static void add_default(struct scene *s, const char *dev)
{
	struct kn_route route = KN_ROUTE_INIT;
	struct kn_error err = {0};

	memcpy(route.dev.s, dev, strlen(dev));
	route.dst.ip.family = KN_IPV4;
	assert_int_equal(kn_routes_add(&s->facts.routes, &route, &err), 0);
}

/* br0.20, or eth0.20 on the port */
static void add_vlan(struct scene *s, bool on_port)
{
	struct kn_link vlan = {.name = {"br0.20"},
			       .ifindex = 9,
			       .kind = KN_LINK_VLAN,
			       .flags = IFF_UP | IFF_RUNNING,
			       .mtu = 1500,
			       .vlan_id = 20,
			       .lower = {"br0"},
			       .lower_index = 2,
			       .bond_mode = -1};
	struct kn_error err = {0};

	if (on_port) {
		memcpy(vlan.name.s, "eth0.20", sizeof("eth0.20"));
		memcpy(vlan.lower.s, "eth0", sizeof("eth0"));
		vlan.lower_index = 3;
	}
	assert_int_equal(kn_facts_add_link(&s->facts, &vlan, &err), 0);
	s->bridge = &s->facts.links[0];
	s->port = &s->facts.links[1];
}

static void test_vlan_filtering_that_cuts_the_host(void **state)
{
	static const struct {
		const char *dev, *table, *found; /* the address; the VLANs; NULL = all is well */
	} rows[] = {
		{"br0", "br0 1 pu, eth0 1 pu", NULL},
		{"br0", "br0 10 pu, eth0 1 pu, eth0 5-20", NULL},
		{"br0", "", "its own address is in no VLAN"},
		{"br0", "eth0 1 pu, eth1 1 pu", "its own address is in no VLAN"},
		{"br0", "br0 1 u, eth0 1 pu", "its own address is in no VLAN"},
		{"br0", "br0 1 p, eth0 1 pu", "its own address is in no VLAN"},
		{"br0", "br0 10 pu, eth0 1 pu, eth0 11-20",
		 "VLAN 10, that of its own address, is on none of its uplinks (eth0)"},
		{"br0.20", "br0 20, eth0 20", NULL},
		{"br0.20", "br0 2-30, eth0 20", NULL},
		{"br0.20", "br0 1 pu, eth0 20", "VLAN 20 of br0.20 is not one of its own"},
		{"br0.20", "br0 20 pu, eth0 20", "VLAN 20 of br0.20 comes to it without a tag"},
		{"br0.20", "br0 20, eth0 1 pu",
		 "VLAN 20, that of br0.20, is on none of its uplinks (eth0)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct scene s;

		filter_vlans(&s, rows[i].table);
		if (rows[i].dev[3])
			add_vlan(&s, false);
		add_addr(&s, rows[i].dev, 1);
		add_default(&s, rows[i].dev);
		if (rows[i].found)
			expect(&s, KN_CHECK_VLAN_CUT, "br0", rows[i].found);
		else
			expect(&s, KN_CHECK_COUNT, NULL, NULL);
	}
}

/* No address, no filter, no default route over the cable, no knowledge. */
static void test_vlan_filtering_that_cuts_nobody(void **state)
{
	struct scene s;

	(void)state;
	filter_vlans(&s, "");
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, "");
	add_addr(&s, "br0", 1);
	kn_opts_set(&s.bridge->opts, KN_BROPT_VLAN_FILTERING, 0);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, "br0 10 pu, eth0 1 pu");
	add_addr(&s, "br0", 1);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, "");
	add_addr(&s, "br0", 1);
	s.facts.vlans_known = false;
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, "br0 1 pu, eth0 1 pu");
	add_vlan(&s, false);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
}

/* Taken from a VLAN of the bridge, or from guests whom the bridge passes it on to; from nobody
 * else. */
static void test_a_ports_vlan_that_takes_the_bridges(void **state)
{
	static const char found[] = "20 from its port eth0: eth0.20 takes them";
	struct scene s;

	(void)state;
	setup(&s);
	add_vlan(&s, true);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	setup(&s);
	add_vlan(&s, true);
	add_vlan(&s, false);
	expect(&s, KN_CHECK_VLAN_TAKEN, "br0", found);
	filter_vlans(&s, "eth0 1 pu, eth0 10-30");
	add_vlan(&s, true);
	expect(&s, KN_CHECK_VLAN_TAKEN, "br0", found);
	filter_vlans(&s, "eth0 20 pu, eth0 21-30");
	add_vlan(&s, true);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, "eth0 10-30");
	add_vlan(&s, true);
	kn_opts_set(&s.bridge->opts, KN_BROPT_VLAN_FILTERING, 0);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
}

static void test_a_firewall_that_was_not_read_proves_nothing(void **state)
{
	char drops[] = "chain f {\n type filter hook forward priority 0; policy drop;\n}\n";
	struct scene s;

	(void)state;
	setup(&s);
	s.evidence.nf_call4 = KN_YES;
	s.evidence.nft = drops;
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	setup(&s);
	s.evidence.nf_call4 = KN_YES;
	s.evidence.nft = drops;
	s.evidence.firewall_known = true;
	expect(&s, KN_CHECK_NF_CALL, "br0", "bridge-nf-call-iptables = 1");
}

static void test_every_rule_says_what_it_has_to_see(void **state)
{
	(void)state;
	for (size_t i = 0; i < KN_CHECK_COUNT; i++)
		if (!kn_check_needs((enum kn_check_id)i))
			fail_msg("KN%u needs nothing", kn_check_at(i)->number);
}

static void test_a_change_that_is_being_made_is_no_fault(void **state)
{
	struct scene s;

	(void)state;
	setup(&s);
	s.evidence.change = KN_CHANGE_MADE;
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	setup(&s);
	s.evidence.change = KN_CHANGE_PENDING;
	s.evidence.change_number = 12;
	s.evidence.change_left_s = 57;
	expect(&s, KN_CHECK_PENDING, "12", "in 57 s");
	setup(&s);
	s.evidence.change = KN_CHANGE_DEAD;
	s.evidence.change_number = 12;
	expect(&s, KN_CHECK_UNFINISHED, "change 12", "");
}

static void test_rules_are_found_by_number(void **state)
{
	(void)state;
	assert_int_equal(kn_check_find("KN103")->number, 103);
	assert_int_equal(kn_check_find("kn103")->number, 103);
	assert_int_equal(kn_check_find("103")->number, 103);
	assert_null(kn_check_find("KN1030"));
	assert_null(kn_check_find("KN"));
	assert_null(kn_check_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_healthy_host_is_left_alone),
		cmocka_unit_test(test_a_bond_that_rewrites_macs),
		cmocka_unit_test(test_wifi_under_a_bridge),
		cmocka_unit_test(test_vlan_filtering_that_cuts_the_host),
		cmocka_unit_test(test_vlan_filtering_that_cuts_nobody),
		cmocka_unit_test(test_a_ports_vlan_that_takes_the_bridges),
		cmocka_unit_test(test_a_firewall_that_was_not_read_proves_nothing),
		cmocka_unit_test(test_every_rule_says_what_it_has_to_see),
		cmocka_unit_test(test_a_change_that_is_being_made_is_no_fault),
		cmocka_unit_test(test_rules_are_found_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
