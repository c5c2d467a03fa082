/* plan/net*: from a wanted network and what libvirt has to operations; the rules that protect
 * guests and the host; the way back. Layer: tests. */
#include "plan_net_fixture.h"

static void a_new_network_is_defined_started_and_set_to_start(void **state)
{
	plans(*state, "net-define net-start net-autostart");
}

static void the_words_no_start_and_no_autostart_leave_that_out(void **state)
{
	struct fixture *f = *state;

	f->spec.no_start = f->spec.no_autostart = true;
	plans(f, "net-define");
}

static void below_a_root_nothing_is_started(void **state)
{
	struct fixture *f = *state;

	f->nets.offline = true;
	f->facts.live = false;
	plans(f, "net-define net-autostart");
}

static void a_network_that_is_as_wanted_is_left_alone(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	plans(f, "");
}

static void a_stopped_network_is_started(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, false)->autostart = false;
	plans(f, "net-start net-autostart");
}

static void uuid_mac_and_bridge_name_stay(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, false);
	f->want.mtu = 1400;
	f->want.has |= KN_NET_HAS(MTU);
	plans(f, "net-redefine net-start");
	assert_non_null(strstr(f->plan.nets.v[0].after, "d7d3a4a4-6f3f-4f3e-9d4e-1f6c6f2b0c0a"));
	assert_non_null(strstr(f->plan.nets.v[0].after, "52:54:00:11:22:33"));
	assert_non_null(strstr(f->plan.nets.v[0].after, "virbr0"));
}

static void a_fixed_lease_changes_while_the_network_runs(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	has_guest(f, "lab", "vnet0");
	host(f, "52:54:00:aa:bb:01", "192.168.122.10");
	plans(f, "net-update net-redefine");
	assert_int_equal(f->plan.ops[0].net.section, KN_NETSEC_DHCP_HOST);
	assert_null(f->plan.ops[0].net.before);
	assert_non_null(strstr(f->plan.ops[0].net.now, "192.168.122.10"));
}

static void another_range_changes_while_the_network_runs(void **state)
{
	struct fixture *f = *state;
	struct kn_net_range range = {0};

	has_net(f, "lab", LAB, true);
	assert_int_equal(kn_ip_parse("192.168.122.50", "a", &range.first, &f->err), 0);
	assert_int_equal(kn_ip_parse("192.168.122.99", "a", &range.last, &f->err), 0);
	f->want.ranges.v = calloc(1, sizeof(range));
	f->want.ranges.v[0] = range;
	f->want.ranges.n = f->want.ranges.cap = 1;
	f->want.has |= KN_NET_HAS(DHCP);
	plans(f, "net-update net-update net-redefine");
	/* what goes comes first: the ranges overlap */
	assert_null(f->plan.ops[0].net.now);
	assert_null(f->plan.ops[1].net.before);
}

static void a_restart_is_refused_while_guests_run(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	has_guest(f, "lab", "vnet0");
	f->want.mtu = 1400;
	f->want.has |= KN_NET_HAS(MTU);
	refuses(f, "running-guests", "(web01)");
}

static void a_forced_restart_puts_the_taps_back(void **state)
{
	struct fixture *f = *state;
	const struct kn_op *last;

	has_net(f, "lab", LAB, true);
	has_guest(f, "lab", "vnet0");
	f->want.mtu = 1400;
	f->want.has |= KN_NET_HAS(MTU);
	assert_int_equal(kn_strv_add(&f->spec.force, "running-guests", &f->err), 0);
	plans(f, "link-master net-stop net-redefine net-start link-master");
	last = &f->plan.ops[f->plan.n_ops - 1];
	assert_string_equal(last->dev.s, "vnet0");
	assert_string_equal(last->master.now.s, "virbr0");
	assert_string_equal(f->plan.ops[0].master.before.s, "virbr0");
}

static void a_stopped_guest_does_not_keep_a_network_from_restarting(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	has_guest(f, "lab", NULL);
	f->want.mtu = 1400;
	f->want.has |= KN_NET_HAS(MTU);
	plans(f, "net-stop net-redefine net-start");
}

static void deleting_stops_and_undefines(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	f->spec.verb = KN_NET_DELETE;
	plans(f, "net-stop net-autostart net-undefine");
	assert_string_equal(f->plan.ops[2].net.before, LAB);
}

static void deleting_is_refused_while_guests_run(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, true);
	has_guest(f, "lab", "vnet0");
	f->spec.verb = KN_NET_DELETE;
	refuses(f, "running-guests", "network lab has running guests (web01)");
}

static void deleting_what_is_not_there_is_nothing_to_do(void **state)
{
	struct fixture *f = *state;

	f->spec.verb = KN_NET_DELETE;
	plans(f, "");
	assert_int_equal(f->plan.n_notes, 1);
}

static void a_taken_subnet_is_refused(void **state)
{
	static const struct {
		const char *dev, *addr, *wanted, *part;
	} rows[] = {
		{"eth0", "192.168.12.118/24", "192.168.12.1/24", "the address of eth0"},
		{"eth0", "10.0.0.5/8", "10.77.0.1/24", "10.0.0.0/8"},
		{"eth0", "192.168.130.5/32", "192.168.130.1/24", "192.168.130.5/32"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture *f;

		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		has_addr(f, rows[i].dev, rows[i].addr);
		subnet(f, rows[i].wanted);
		refuses(f, "subnet-overlap", rows[i].part);
	}
}

static void another_networks_subnet_is_refused_although_it_does_not_run(void **state)
{
	struct fixture *f = *state;

	has_net(f, "other",
		"<network><name>other</name><bridge name='virbr0'/>"
		"<ip address='192.168.122.1' netmask='255.255.255.0'/></network>",
		false);
	subnet(f, "192.168.122.65/26");
	refuses(f, "subnet-overlap", "the libvirt network other");
}

#define SCRIPTS "/etc/sysconfig/network-scripts/"

/* What is down now comes back at the next boot, and then two links have the subnet. */
static void what_only_files_take_is_refused(void **state)
{
	static const char br9[] = SCRIPTS "ifcfg-br9";
	static const struct {
		const char *path, *text, *part;
	} rows[] = {
		{br9, "DEVICE=br9\nTYPE=Bridge\nIPADDR=10.9.0.5\nPREFIX=16\n",
		 "overlaps 10.9.0.0/16, the address of br9 in its file"},
		{SCRIPTS "route-br9", "10.9.3.0/24 via 192.168.7.1 dev br9\n",
		 "overlaps 10.9.3.0/24, a route by br9 in its file"},
		{SCRIPTS "route-br9",
		 "ADDRESS0=10.9.3.128\nNETMASK0=255.255.255.128\nGATEWAY0=192.168.7.1\n",
		 "overlaps 10.9.3.128/25, a route by br9 in its file"},
		{"/etc/resolv.conf", "nameserver 10.9.3.7\n",
		 "10.9.3.7/32, the name server 10.9.3.7"},
		{br9, "DEVICE=br9\nTYPE=Bridge\nDNS1=10.9.3.8\n", "a name server of br9"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct fixture *f;

		teardown(state);
		assert_int_equal(setup(state), 0);
		f = *state;
		has_file(f, br9, "DEVICE=br9\nTYPE=Bridge\n");
		has_file(f, rows[i].path, rows[i].text);
		subnet(f, "10.9.3.1/24");
		refuses(f, "subnet-overlap", rows[i].part);
	}
}

static void what_files_take_is_not_chosen(void **state)
{
	struct fixture *f = *state;

	has_file(f, SCRIPTS "ifcfg-br9", "DEVICE=br9\nIPADDR=192.168.122.9\nPREFIX=24\n");
	plans(f, "net-define net-start net-autostart");
	assert_non_null(strstr(f->plan.nets.v[0].after, "192.168.123.1"));
}

/* The host asks the network's own dnsmasq for its guests' names. */
static void the_networks_own_name_server_is_no_overlap(void **state)
{
	struct fixture *f = *state;

	has_net(f, "lab", LAB, false);
	has_file(f, "/etc/resolv.conf", "nameserver 192.168.122.1\nnameserver 127.0.0.1\n");
	subnet(f, "192.168.122.1/24");
	plans(f, "net-start");
}

static void a_forced_overlap_is_a_warning(void **state)
{
	struct fixture *f = *state;

	has_addr(f, "eth0", "192.168.12.118/24");
	subnet(f, "192.168.12.1/24");
	assert_int_equal(kn_strv_add(&f->spec.force, "subnet-overlap", &f->err), 0);
	plans(f, "net-define net-start net-autostart");
	assert_int_equal(f->plan.notes[0].level, KN_NOTE_WARNING);
}

static void a_bridge_that_does_not_exist_is_refused(void **state)
{
	struct fixture *f = *state;

	f->want.mode = KN_NETMODE_BRIDGE;
	f->want.auto4 = false;
	assert_int_equal(kn_ifname_parse("br7", &f->want.bridge, &f->err), 0);
	f->want.has |= KN_NET_HAS(BRIDGE);
	refuses(f, NULL, "there is no bridge br7");
}

static void a_device_that_does_not_exist_is_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_ifname eth7;

	f->want.mode = KN_NETMODE_MACVTAP;
	f->want.auto4 = false;
	assert_int_equal(kn_ifname_parse("eth7", &eth7, &f->err), 0);
	assert_int_equal(kn_names_add(&f->want.devs, &eth7, &f->err), 0);
	f->want.has |= KN_NET_HAS(DEVS);
	refuses(f, NULL, "there is no device eth7");
}

static void who_uses_a_bridge_is_named(void **state)
{
	struct fixture *f = *state;
	struct kn_strv users = {0};
	struct kn_ifname br0;

	assert_int_equal(kn_ifname_parse("br0", &br0, &f->err), 0);
	has_net(f, "lan", LAN, false);
	has_net(f, "lab", LAB, true);
	has_guest(f, NULL, NULL);
	f->nics.v[0].bridge = br0;
	assert_int_equal(kn_net_users_of(&f->nets, &f->nics, &br0, &users, &f->err), 0);
	assert_int_equal(users.n, 2);
	assert_string_equal(users.v[0], "network lan");
	assert_string_equal(users.v[1], "guest web01");
	kn_strv_done(&users);
}

/* ---- the way back ---- */

/* What has to be done to get from the networks of @now to those recorded from @f's plan. */
static void goes_back(struct fixture *f, const struct kn_vnets *now, const char *wanted)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_plan back KN_CLEANUP(kn_plan_done) = {0};
	struct kn_journal journal = {0};
	struct kn_inputs in = {.facts = &f->facts, .nets = now};

	assert_int_equal(kn_net_record(&f->plan, &journal, &f->err), 0);
	assert_int_equal(kn_plan_net_restore(&journal, &in, &back, &f->err), 0);
	for (size_t i = 0; i < back.n_ops; i++)
		kn_buf_printf(&text, "%s%s", i ? " " : "", kn_op_info(back.ops[i].kind)->word);
	assert_string_equal(kn_buf_str(&text), wanted);
	kn_journal_done(&journal);
}

static void what_a_change_made_goes_again(void **state)
{
	struct fixture *f = *state;

	plans(f, "net-define net-start net-autostart");
	goes_back(f, &f->nets, "");
	has_net(f, "lab", LAB, true);
	goes_back(f, &f->nets, "net-stop net-autostart net-undefine");
}

static void a_deleted_network_comes_back_running_and_set_to_start(void **state)
{
	struct fixture *f = *state;
	struct kn_vnets none = {0};

	has_net(f, "lab", LAB, true);
	f->spec.verb = KN_NET_DELETE;
	plans(f, "net-stop net-autostart net-undefine");
	goes_back(f, &none, "net-define net-start net-autostart");
	goes_back(f, &f->nets, "");
}

static void guests_stay_when_a_lease_goes_back(void **state)
{
	struct fixture *f = *state;
	char *changed;

	has_net(f, "lab", LAB, true);
	host(f, "52:54:00:aa:bb:01", "192.168.122.10");
	plans(f, "net-update net-redefine");
	changed = strdup(f->plan.nets.v[0].after);
	free(f->nets.v[0].xml);
	f->nets.v[0].xml = changed;
	goes_back(f, &f->nets, "net-update net-redefine");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_new_network_is_defined_started_and_set_to_start),
		T(the_words_no_start_and_no_autostart_leave_that_out),
		T(below_a_root_nothing_is_started),
		T(a_network_that_is_as_wanted_is_left_alone),
		T(a_stopped_network_is_started),
		T(uuid_mac_and_bridge_name_stay),
		T(a_fixed_lease_changes_while_the_network_runs),
		T(another_range_changes_while_the_network_runs),
		T(a_restart_is_refused_while_guests_run),
		T(a_forced_restart_puts_the_taps_back),
		T(a_stopped_guest_does_not_keep_a_network_from_restarting),
		T(deleting_stops_and_undefines),
		T(deleting_is_refused_while_guests_run),
		T(deleting_what_is_not_there_is_nothing_to_do),
		T(a_taken_subnet_is_refused),
		T(another_networks_subnet_is_refused_although_it_does_not_run),
		T(what_only_files_take_is_refused),
		T(what_files_take_is_not_chosen),
		T(the_networks_own_name_server_is_no_overlap),
		T(a_forced_overlap_is_a_warning),
		T(a_bridge_that_does_not_exist_is_refused),
		T(a_device_that_does_not_exist_is_refused),
		T(who_uses_a_bridge_is_named),
		T(what_a_change_made_goes_again),
		T(a_deleted_network_comes_back_running_and_set_to_start),
		T(guests_stay_when_a_lease_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
