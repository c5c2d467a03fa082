/* What a change touches, which gateways lie behind it, and whether a host is as well after a change
 * as before. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "plan/touched.h"

#define RUNS (IFF_UP | IFF_RUNNING)

/* A create of br0 over eth0 that went well, beside br1 with its guest; tests spoil it. */
struct host {
	struct kn_plan plan;
	struct kn_names touched;
	struct kn_facts before, after;
	struct kn_probes waits;
	struct kn_error err;
};

static struct kn_ifname name_of(const char *str)
{
	struct kn_ifname name = {0};

	memcpy(name.s, str, strlen(str));
	return name;
}

static struct kn_ip ip_of(const char *str)
{
	struct kn_ip ip;

	assert_true(kn_ip_is(str, &ip));
	return ip;
}

static void add_link(struct kn_facts *facts, const char *name, int ifindex, const char *master)
{
	struct kn_link link = {.name = name_of(name),
			       .ifindex = ifindex,
			       .kind = strncmp(name, "br", 2) != 0 ? KN_LINK_PHYSICAL
								   : KN_LINK_BRIDGE,
			       .flags = RUNS,
			       .master = name_of(master)};
	struct kn_error err;

	if (*master) {
		kn_opts_set(&link.port_opts, 0, 0);
		link.port_state = BR_STATE_FORWARDING;
	}
	assert_int_equal(kn_facts_add_link(facts, &link, &err), 0);
}

static struct kn_link *link_of(struct kn_facts *facts, const char *str)
{
	struct kn_ifname name = name_of(str);

	return (struct kn_link *)kn_facts_link(facts, &name);
}

static void add_op(struct host *host, struct kn_op op)
{
	assert_int_equal(kn_plan_add_op(&host->plan, &op, &host->err), 0);
}

static void set_up(struct host *host)
{
	*host = (struct host){.plan.bridge = name_of("br0")};
	add_link(&host->before, "eth0", 2, "");
	add_link(&host->before, "br1", 3, "");
	add_link(&host->before, "vnet0", 4, "br1");
	add_link(&host->after, "eth0", 2, "br0");
	add_link(&host->after, "br1", 3, "");
	add_link(&host->after, "vnet0", 4, "br1");
	add_link(&host->after, "br0", 5, "");
	add_op(host, (struct kn_op){.kind = KN_OP_BRIDGE_ADD, .dev = name_of("br0")});
	add_op(host, (struct kn_op){.kind = KN_OP_LINK_MASTER,
				    .dev = name_of("eth0"),
				    .master.now = name_of("br0")});
}

static void tear_down(struct host *host)
{
	kn_plan_done(&host->plan);
	kn_names_done(&host->touched);
	kn_facts_done(&host->before);
	kn_facts_done(&host->after);
	kn_probes_done(&host->waits);
}

static int check(struct host *host)
{
	struct kn_health health = {&host->plan, &host->touched, &host->before, &host->after};

	kn_names_done(&host->touched);
	kn_probes_done(&host->waits);
	host->err = (struct kn_error){0};
	assert_int_equal(kn_touched_links(&host->plan, &host->before, &host->touched, &host->err),
			 0);
	return kn_health_check(&health, &host->waits, &host->err);
}

static void refused(struct host *host, const char *says)
{
	assert_int_equal(check(host), -1);
	assert_int_equal(host->err.kind, KN_ERR_UNCONFIRMED);
	if (!strstr(host->err.message, says))
		fail_msg("%s", host->err.message);
}

static void waits_for(struct host *host, enum kn_probe_kind kind, const char *dev)
{
	assert_int_equal(check(host), 0);
	assert_int_equal(host->waits.n, 1);
	assert_int_equal(host->waits.v[0].kind, kind);
	assert_string_equal(host->waits.v[0].dev.s, dev);
}

static void test_a_change_that_went_well_waits_for_nothing(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	assert_int_equal(host.touched.n, 2);
	assert_true(kn_names_has(&host.touched, &host.before.links[0].name));
	tear_down(&host);
}

static void test_a_port_that_another_bridge_lost_is_named(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	link_of(&host.after, "vnet0")->master = name_of("br0");
	refused(&host, "vnet0 was a port of br1");
	link_of(&host.after, "vnet0")->master = name_of("");
	refused(&host, "vnet0 was a port of br1");
	/* the guest stopped, and another took the name */
	link_of(&host.after, "vnet0")->ifindex = 40;
	assert_int_equal(check(&host), 0);
	tear_down(&host);
}

static void test_ports_of_a_bridge_that_is_deleted_are_not_missed(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	add_op(&host, (struct kn_op){.kind = KN_OP_LINK_DEL, .dev = name_of("br1")});
	refused(&host, "vnet0 was a port of br1");
	link_of(&host.after, "vnet0")->master = name_of("");
	assert_int_equal(check(&host), 0);
	tear_down(&host);
}

static void test_a_port_goes_to_another_bridge_before_its_old_one_ends(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	add_op(&host, (struct kn_op){.kind = KN_OP_LINK_MASTER,
				     .dev = name_of("vnet0"),
				     .master.now = name_of("br0")});
	add_op(&host, (struct kn_op){.kind = KN_OP_LINK_DEL, .dev = name_of("br1")});
	link_of(&host.after, "vnet0")->master = name_of("br0");
	assert_int_equal(check(&host), 0);
	tear_down(&host);
}

static void test_a_lost_carrier_is_waited_for_where_there_was_one(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	link_of(&host.after, "eth0")->flags = IFF_UP;
	waits_for(&host, KN_PROBE_LINK, "eth0");
	assert_int_equal(kn_health_fail(&host.waits.v[0], &host.err), -1);
	assert_non_null(strstr(host.err.message, "eth0 had a carrier before and has none now"));
	/* the switch is off all the time */
	link_of(&host.before, "eth0")->flags = IFF_UP;
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	/* somebody else's cable */
	link_of(&host.before, "eth0")->flags = RUNS;
	link_of(&host.after, "eth0")->flags = RUNS;
	link_of(&host.after, "vnet0")->flags = IFF_UP;
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	tear_down(&host);
}

static void test_the_bridge_has_to_run_when_its_port_does(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	link_of(&host.after, "br0")->flags = IFF_UP;
	waits_for(&host, KN_PROBE_LINK, "br0");
	link_of(&host.before, "eth0")->flags = link_of(&host.after, "eth0")->flags = IFF_UP;
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	tear_down(&host);
}

static void test_ports_forward_or_are_on_their_way(void **state)
{
	struct host host;

	(void)state;
	set_up(&host);
	assert_int_equal(kn_health_delay_ms(&host.after, &host.plan.bridge), 0);
	link_of(&host.after, "eth0")->port_state = BR_STATE_DISABLED;
	waits_for(&host, KN_PROBE_LINK, "eth0");
	link_of(&host.after, "eth0")->port_state = BR_STATE_BLOCKING;
	refused(&host, "port eth0 does not forward");
	kn_opts_set(&link_of(&host.after, "br0")->opts, KN_BROPT_STP, 1);
	assert_int_equal(check(&host), 0);
	link_of(&host.after, "eth0")->port_state = BR_STATE_LEARNING;
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	kn_opts_set(&link_of(&host.after, "br0")->opts, KN_BROPT_FORWARD_DELAY, 400);
	assert_int_equal(kn_health_delay_ms(&host.after, &host.plan.bridge), 2 * 4000 + 2000);
	tear_down(&host);
}

static void test_a_new_address_must_pass_duplicate_detection(void **state)
{
	struct kn_laddr addr = {.dev = name_of("br0"), .addr = {ip_of("2001:db8::5"), 64}};
	struct host host;

	(void)state;
	set_up(&host);
	addr.flags = IFA_F_DADFAILED;
	assert_int_equal(kn_facts_add_addr(&host.after, &addr, &host.err), 0);
	assert_int_equal(check(&host), 0); /* not ours */
	add_op(&host, (struct kn_op){.kind = KN_OP_ADDR_ADD, .dev = name_of("br0"), .addr = addr});
	refused(&host, "2001:db8::5 does not come up on br0");
	host.after.addrs[0].flags = IFA_F_TENTATIVE;
	waits_for(&host, KN_PROBE_ADDR, "br0");
	host.after.addrs[0].flags = 0;
	assert_int_equal(check(&host), 0);
	assert_int_equal(host.waits.n, 0);
	tear_down(&host);
}

static struct kn_route route_via(const char *dst, const char *via, const char *dev)
{
	struct kn_route route = KN_ROUTE_INIT;

	route.dst.ip = ip_of(dst);
	route.dst.prefix_len = strcmp(dst, "10.0.0.0") ? 0 : 8;
	if (*via)
		route.gateway = ip_of(via);
	route.dev = name_of(dev);
	return route;
}

static void test_gateways_are_those_of_default_routes_behind_the_links(void **state)
{
	struct kn_route legs = route_via("0.0.0.0", "", "eth0");
	struct kn_route routes[] = {
		route_via("0.0.0.0", "192.0.2.1", "eth0"),
		route_via("0.0.0.0", "192.0.2.1", "eth0"), /* a second table's */
		route_via("::", "fe80::1", "eth0"),
		route_via("0.0.0.0", "198.51.100.1", "eth1"),
		route_via("0.0.0.0", "", "ppp0"),
		route_via("10.0.0.0", "192.0.2.9", "eth0"),
		route_via("0.0.0.0", "192.0.2.66", "eth0"),
	};
	struct kn_probes found = {0}, all = {0};
	struct kn_names links = {0};
	struct kn_facts facts = {0};
	struct kn_error err;

	(void)state;
	routes[6].type = RTN_UNREACHABLE;
	legs.n_legs = 2;
	legs.legs[0] = (struct kn_leg){.gateway = ip_of("192.0.2.2"), .dev = name_of("eth0")};
	legs.legs[1] = (struct kn_leg){.gateway = ip_of("198.51.100.2"), .dev = name_of("eth1")};
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++)
		assert_int_equal(kn_routes_add(&facts.routes, &routes[i], &err), 0);
	assert_int_equal(kn_routes_add(&facts.routes, &legs, &err), 0);
	assert_int_equal(kn_names_add(&links, &legs.dev, &err), 0);
	assert_int_equal(kn_default_gateways(&facts, &links, &found, &err), 0);
	assert_int_equal(found.n, 3);
	assert_true(kn_ip_eq(&found.v[0].ip, &routes[0].gateway));
	assert_true(kn_ip_eq(&found.v[1].ip, &routes[2].gateway));
	assert_true(kn_ip_eq(&found.v[2].ip, &legs.legs[0].gateway));
	assert_int_equal(kn_default_gateways(&facts, NULL, &all, &err), 0);
	assert_int_equal(all.n, 5);
	kn_probes_done(&found);
	kn_probes_done(&all);
	kn_names_done(&links);
	kn_facts_done(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_that_went_well_waits_for_nothing),
		cmocka_unit_test(test_a_port_that_another_bridge_lost_is_named),
		cmocka_unit_test(test_ports_of_a_bridge_that_is_deleted_are_not_missed),
		cmocka_unit_test(test_a_port_goes_to_another_bridge_before_its_old_one_ends),
		cmocka_unit_test(test_a_lost_carrier_is_waited_for_where_there_was_one),
		cmocka_unit_test(test_the_bridge_has_to_run_when_its_port_does),
		cmocka_unit_test(test_ports_forward_or_are_on_their_way),
		cmocka_unit_test(test_a_new_address_must_pass_duplicate_detection),
		cmocka_unit_test(test_gateways_are_those_of_default_routes_behind_the_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
