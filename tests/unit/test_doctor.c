/* The doctor's rules about what not every kernel can build (bonds, Wi-Fi, VLAN filtering), its
 * silence on a healthy host, and on what could not be read. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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

static void filter_vlans(struct scene *s, enum kn_tri no_pvid, bool on)
{
	struct kn_bridge_sys row = {.name = {"br0"}, .no_pvid = no_pvid};
	struct kn_error err = {0};

	setup(s);
	kn_opts_set(&s->bridge->opts, KN_BROPT_VLAN_FILTERING, on);
	add_addr(s, "br0", 1);
	assert_int_equal(
		kn_grow(&s->evidence.bridges.v, &s->evidence.bridges.cap, 1, sizeof(row), &err), 0);
	s->evidence.bridges.v[s->evidence.bridges.n++] = row;
}

static void test_vlan_filtering_that_cuts_the_host(void **state)
{
	struct scene s;

	(void)state;
	filter_vlans(&s, KN_YES, true);
	expect(&s, KN_CHECK_VLAN_CUT, "br0", "");
	filter_vlans(&s, KN_NO, true);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, KN_YES, false);
	expect(&s, KN_CHECK_COUNT, NULL, NULL);
	filter_vlans(&s, KN_UNSET, true);
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
		cmocka_unit_test(test_a_firewall_that_was_not_read_proves_nothing),
		cmocka_unit_test(test_rules_are_found_by_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
