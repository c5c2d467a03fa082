/* plan/net_host: networks against what stands on the host's cards, and against its files.
 * Layer: tests. */
#include "plan_net_fixture.h"

static void macvtap_over_eth0(struct fixture *f)
{
	struct kn_ifname eth0;

	f->want.mode = KN_NETMODE_MACVTAP;
	f->want.auto4 = false;
	assert_int_equal(kn_ifname_parse("eth0", &eth0, &f->err), 0);
	assert_int_equal(kn_names_add(&f->want.devs, &eth0, &f->err), 0);
	f->want.has |= KN_NET_HAS(DEVS);
}

static void has_link(struct fixture *f, const char *name, const char *word, const char *master)
{
	struct kn_link link = {.kind = KN_LINK_OTHER};

	assert_int_equal(kn_ifname_parse(name, &link.name, &f->err), 0);
	if (master)
		assert_int_equal(kn_ifname_parse(master, &link.master, &f->err), 0);
	(void)snprintf(link.kind_word, sizeof(link.kind_word), "%s", word);
	assert_int_equal(kn_facts_add_link(&f->facts, &link, &f->err), 0);
}

static void no_macvtap_stands_on_a_port(void **state)
{
	struct fixture *f = *state;

	macvtap_over_eth0(f);
	has_link(f, "eth0", "", "br0");
	has_link(f, "br0", "bridge", NULL);
	refuses(f, NULL, "eth0 is a port of br0, so that no macvtap can stand on it");
	(void)snprintf(f->facts.links[1].kind_word, sizeof(f->facts.links[1].kind_word), "vrf");
	plans(f, "net-define net-start net-autostart");
}

static void nor_below_a_root_by_the_files(void **state)
{
	struct fixture *f = *state;

	f->facts.live = false;
	f->nets.offline = true;
	macvtap_over_eth0(f);
	plans(f, "net-define net-autostart");
	has_file(f, "/etc/sysconfig/network-scripts/ifcfg-eth0",
		 "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\n");
	refuses(f, NULL, "eth0 is a port of br0");
}

static void below_a_root_the_files_tell_what_is_no_bridge(void **state)
{
	struct fixture *f = *state;

	f->facts.live = false;
	f->nets.offline = true;
	f->want.mode = KN_NETMODE_BRIDGE;
	f->want.auto4 = false;
	assert_int_equal(kn_ifname_parse("eth0.20", &f->want.bridge, &f->err), 0);
	f->want.has |= KN_NET_HAS(BRIDGE);
	plans(f, "net-define net-autostart");
	has_file(f, "/etc/sysconfig/network-scripts/ifcfg-eth0.20",
		 "DEVICE=eth0.20\nVLAN=yes\nONBOOT=yes\nBOOTPROTO=none\n");
	refuses(f, NULL, "eth0.20 is no bridge, says /etc/sysconfig/network-scripts/ifcfg-eth0.20");
}

static void a_name_that_a_file_has_is_taken(void **state)
{
	struct fixture *f = *state;

	has_file(f, "/etc/sysconfig/network-scripts/ifcfg-virbr0",
		 "DEVICE=virbr0\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=none\n");
	plans(f, "net-define net-start net-autostart");
	assert_non_null(strstr(f->plan.nets.v[0].after, "virbr1"));
	assert_int_equal(kn_ifname_parse("virbr0", &f->want.bridge, &f->err), 0);
	f->want.has |= KN_NET_HAS(BRIDGE);
	refuses(f, NULL, "cannot make a bridge virbr0");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_macvtap_stands_on_a_port),
		T(nor_below_a_root_by_the_files),
		T(below_a_root_the_files_tell_what_is_no_bridge),
		T(a_name_that_a_file_has_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
