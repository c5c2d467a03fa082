/* plan/net_left: what a libvirtd that died left of a network that does not run. It goes where it is
 * certainly nobody's, and stays where it may be somebody's. Layer: tests. */
#include "plan_net_fixture.h"

#include "plan/restore.h"

#define BRIDGE_INDEX 7
#define LEFT_PID     4711

static struct kn_link *add_link(struct fixture *f, const char *name, enum kn_link_kind kind)
{
	struct kn_link link = {.kind = kind, .bond_mode = -1};

	assert_int_equal(kn_ifname_parse(name, &link.name, &f->err), 0);
	assert_int_equal(kn_facts_add_link(&f->facts, &link, &f->err), 0);
	return &f->facts.links[f->facts.n_links - 1];
}

/* The network does not run, and its bridge and its dnsmasq are there. */
static void daemon_died(struct fixture *f)
{
	struct kn_link *bridge = add_link(f, "virbr0", KN_LINK_BRIDGE);

	bridge->ifindex = BRIDGE_INDEX;
	bridge->has_mac = true;
	assert_int_equal(kn_mac_parse("52:54:00:11:22:33", &bridge->mac, &f->err), 0);
	has_addr(f, "virbr0", "192.168.122.1/24");
	has_addr(f, "virbr0", "fe80::5054:ff:fe11:2233/64");
	has_net(f, "lab", LAB, false)->left_pid = LEFT_PID;
}

static void it_goes_before_the_network_starts(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	plans(f, "left-over-dnsmasq left-over-del net-start");
	assert_int_equal(f->plan.ops[0].net.pid, LEFT_PID);
	assert_string_equal(f->plan.ops[1].dev.s, "virbr0");
	assert_int_equal(f->plan.ops[1].left.ifindex, BRIDGE_INDEX);
}

static void a_dnsmasq_alone_goes_too(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->facts.n_links = 0;
	plans(f, "left-over-dnsmasq net-start");
}

static void it_goes_with_the_network(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->spec.verb = KN_NET_DELETE;
	plans(f, "left-over-dnsmasq left-over-del net-autostart net-undefine");
}

static void the_bridge_of_a_running_network_is_its_own(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->nets.v[0].active = true;
	plans(f, "");
}

static void a_bridge_that_starts_nothing_is_not_touched(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->spec.no_start = true;
	plans(f, "");
}

static void cannot_start(struct fixture *f, const char *why)
{
	assert_int_equal(plan(f), -1);
	assert_int_equal(f->err.kind, KN_ERR_HOSTFILE);
	if (!strstr(f->err.message, why))
		fail_msg("\"%s\" lacks \"%s\"", f->err.message, why);
}

/* @why: part of the message. Removing the network leaves the bridge, with a note. */
static void is_kept(struct fixture *f, const char *why)
{
	cannot_start(f, why);
	assert_non_null(strstr(f->err.hint, "kill 4711; ip link del virbr0"));
	f->spec.verb = KN_NET_DELETE;
	plans(f, "net-autostart net-undefine");
	assert_int_equal(f->plan.n_notes, 1);
	assert_non_null(strstr(f->plan.notes[0].text, why));
}

static void another_mac_address_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->facts.links[0].mac.b[5]++;
	is_kept(f, "its MAC address 52:54:00:11:22:34 is not the network's");
}

static void a_bridge_with_a_port_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	add_link(f, "vnet0", KN_LINK_TUN)->master = f->facts.links[0].name;
	add_link(f, "vnet1", KN_LINK_TUN)->master = f->facts.links[0].name;
	is_kept(f, "vnet0, vnet1 are on it");
}

static void a_bridge_under_a_vlan_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	add_link(f, "lan5", KN_LINK_VLAN)->lower_index = BRIDGE_INDEX;
	is_kept(f, "lan5 is on it");
}

static void a_bridge_with_an_address_of_somebodys_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	has_addr(f, "virbr0", "10.9.0.1/24");
	is_kept(f, "it has the address 10.9.0.1/24");
}

static void a_bridge_of_the_hosts_files_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	has_file(f, "/etc/sysconfig/network-scripts/ifcfg-virbr0",
		 "DEVICE=virbr0\nTYPE=Bridge\nONBOOT=yes\n");
	is_kept(f, "the host's files configure it");
}

static void a_bridge_of_a_running_network_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	has_net(f, "other",
		"<network><name>other</name><forward mode='bridge'/><bridge name='virbr0'/>"
		"</network>",
		true);
	is_kept(f, "network other uses it");
}

static void what_is_no_bridge_is_kept(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->facts.links[0].kind = KN_LINK_OTHER;
	is_kept(f, "it is no bridge");
}

static void the_tap_of_older_daemons_is_named(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	add_link(f, "virbr0-nic", KN_LINK_TUN)->master = f->facts.links[0].name;
	cannot_start(f, "virbr0-nic is on it");
	assert_non_null(strstr(f->err.hint, "ip link del virbr0; ip link del virbr0-nic"));
}

/* ---- the way back, and what is remembered ---- */

static void back_is(struct fixture *f, bool present, bool active, const char *wanted)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_plan back KN_CLEANUP(kn_plan_done) = {0};
	struct kn_jnet row = {.name = (char *)"lab",
			      .xml = present ? (char *)LAB : NULL,
			      .present = present,
			      .active = active,
			      .autostart = present,
			      .persistent = present};
	struct kn_journal then = {.nets = &row, .n_nets = 1};
	struct kn_inputs in = {.facts = &f->facts, .nets = &f->nets, .confs = &f->confs};

	assert_int_equal(kn_plan_net_restore(&then, &in, &back, &f->err), 0);
	for (size_t i = 0; i < back.n_ops; i++)
		kn_buf_printf(&text, "%s%s", i ? " " : "", kn_op_info(back.ops[i].kind)->word);
	assert_string_equal(kn_buf_str(&text), wanted);
}

static void the_way_back_starts_a_network_over_it(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	back_is(f, true, true, "left-over-dnsmasq left-over-del net-start");
	back_is(f, true, false, "left-over-dnsmasq left-over-del");
}

static void the_way_back_removes_a_network_with_it(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	back_is(f, false, false, "left-over-dnsmasq left-over-del net-autostart net-undefine");
}

static void the_way_back_finds_it_under_another_definition(void **state)
{
	struct fixture *f = *state;
	char *other;

	daemon_died(f);
	other = strdup(LAB);
	assert_non_null(other);
	memcpy(strstr(other, "virbr0"), "virbr9", 6);
	free(f->nets.v[0].xml);
	f->nets.v[0].xml = other;
	f->nets.v[0].left_pid = 0;
	back_is(f, true, true, "net-redefine left-over-del net-start");
}

static void nothing_is_known_where_the_kernel_was_not_read(void **state)
{
	struct fixture *f = *state;

	daemon_died(f);
	f->facts.live = false;
	back_is(f, true, true, "net-start");
}

static void no_way_back_leads_to_it(void **state)
{
	struct fixture *f = *state;
	struct kn_names scope KN_CLEANUP(kn_names_done) = {0};
	struct kn_op inverse;

	daemon_died(f);
	plans(f, "left-over-dnsmasq left-over-del net-start");
	assert_false(kn_op_inverse(&f->plan.ops[0], &inverse));
	assert_false(kn_op_inverse(&f->plan.ops[1], &inverse));
	assert_int_equal(kn_restore_scope(&f->plan, &f->facts, &scope, &f->err), 0);
	assert_int_equal(scope.n, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_goes_before_the_network_starts),
		T(a_dnsmasq_alone_goes_too),
		T(it_goes_with_the_network),
		T(the_bridge_of_a_running_network_is_its_own),
		T(a_bridge_that_starts_nothing_is_not_touched),
		T(another_mac_address_is_kept),
		T(a_bridge_with_a_port_is_kept),
		T(a_bridge_under_a_vlan_is_kept),
		T(a_bridge_with_an_address_of_somebodys_is_kept),
		T(a_bridge_of_the_hosts_files_is_kept),
		T(a_bridge_of_a_running_network_is_kept),
		T(what_is_no_bridge_is_kept),
		T(the_tap_of_older_daemons_is_named),
		T(the_way_back_starts_a_network_over_it),
		T(the_way_back_removes_a_network_with_it),
		T(the_way_back_finds_it_under_another_definition),
		T(nothing_is_known_where_the_kernel_was_not_read),
		T(no_way_back_leads_to_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
