/* bridge create: route, rule and alias files, and bridge options, exact files in and out. Layer:
 * tests. */
#include "persist_rows.h"

static void give_other_address(struct fx *fx)
{
	fx->target.ip.addrs.n = 0;
	fx->target.inherited &= ~KN_GROUP_ADDR;
	fx_addr(fx, "192.168.12.77/24");
}

static void unset_nm(struct fx *fx)
{
	fx->target.nm_controlled = KN_UNSET;
	fx->target.reader = KN_READER_NM;
}

static void give_route(struct fx *fx)
{
	fx->target.inherited &= ~KN_GROUP_ROUTES;
	fx->target.ip.routes.n = 0;
	fx_route(fx, "10.9.0.0/16", "192.168.12.9");
	fx_route(fx, "fd09::/16", "fd00:12::9");
}

static void kernel_route(struct fx *fx)
{
	fx->target.inherited = KN_GROUP_ALL;
	fx->target.groups = KN_GROUP_IP;
	fx_addr(fx, "192.168.12.118/24");
	fx_route(fx, "10.9.0.0/16", "192.168.12.9");
	fx->target.ip.routes.v[0].has_metric = true;
	fx->target.ip.routes.v[0].metric = 50;
}

static void stp_8(struct fx *fx)
{
	fx->target.reader = KN_READER_SCRIPTS_8;
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 1);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 1500);
	kn_opts_set(&fx->target.opts, KN_BROPT_AGEING, 30000);
	kn_opts_set(&fx->target.opts, KN_BROPT_NF_CALL, 0);
}

static void stp_7(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 1);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 250);
	kn_opts_set(&fx->target.opts, KN_BROPT_HELLO, 200);
}

static void stp_nm(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 1);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 1500);
	kn_opts_set(&fx->target.opts, KN_BROPT_HELLO, 200);
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 100);
	kn_opts_set(&fx->target.opts, KN_BROPT_MCAST_SNOOPING, 0);
}

static const struct row rows[] = {
	{"route, route6, rule, rule6 files and aliases move",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")},
	  {"route-eth0",
	   "# mine\n10.9.0.0/16 via 10.0.0.9 dev eth0\n10.8.0.0/16 dev eth0 table lan\n"},
	  {"route6-eth0", "fd09::/16 via fd00::9 dev eth0 metric 5\n"},
	  {"rule-eth0", "from 10.0.0.2 table 7\niif eth0 table 8"},
	  {"rule6-eth0", "oif eth0 table 9\n"},
	  {"ifcfg-eth0:1", "DEVICE=\"eth0:1\"\nIPADDR=10.0.0.3\nPREFIX=8\n"}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL)},
	  {"route-br0",
	   "# mine\n10.9.0.0/16 via 10.0.0.9 dev br0\n10.8.0.0/16 dev br0 table lan\n"},
	  {"route6-br0", "fd09::/16 via fd00::9 dev br0 metric 5\n"},
	  {"rule-br0", "from 10.0.0.2 table 7\niif br0 table 8"},
	  {"rule6-br0", "oif br0 table 9\n"},
	  {"ifcfg-br0:1", "DEVICE=\"br0:1\"\nIPADDR=10.0.0.3\nPREFIX=8\n"},
	  {"route-eth0", NULL},
	  {"ifcfg-eth0:1", NULL}}},
	{"a numbered route file moves as it is",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")},
	  {"route-eth0", "ADDRESS0=10.9.0.0\nNETMASK0=255.255.0.0\nGATEWAY0=10.0.0.9\n"}},
	 NULL,
	 {{"route-br0", "ADDRESS0=10.9.0.0\nNETMASK0=255.255.0.0\nGATEWAY0=10.0.0.9\n"},
	  {"route-eth0", NULL}}},
	{"routes given replace the uplink's",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")},
	  {"route-eth0", "10.1.0.0/16 via 10.0.0.9 dev eth0\n"}},
	 give_route,
	 {{"route-br0", "10.9.0.0/16 via 192.168.12.9 dev br0\n"},
	  {"route6-br0", "fd09::/16 via fd00:12::9 dev br0\n"},
	  {"route-eth0", NULL}}},
	{"routes of the kernel are written where there was no file",
	 {{NULL, NULL}},
	 kernel_route,
	 {{"route-br0", "10.9.0.0/16 via 192.168.12.9 dev br0 metric 50\n"}}},
	{"an onlink default route of a route file stays there",
	 {{"ifcfg-eth0", ETH0("IPADDR=203.0.113.7\nPREFIX=32\n")},
	  {"route-eth0", "default via 203.0.113.1 dev eth0 onlink\n"}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=203.0.113.7\nPREFIX=32\nIPV6INIT=no\n" TAIL)},
	  {"route-br0", "default via 203.0.113.1 dev br0 onlink\n"}}},
	{"an address given takes the aliases away",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")},
	  {"ifcfg-eth0:1", "DEVICE=eth0:1\nIPADDR=10.0.0.3\nPREFIX=8\n"}},
	 give_other_address,
	 {{"ifcfg-eth0:1", NULL}, {"ifcfg-br0:1", NULL}}},
	{"STP for RHEL 8: no DELAY, or ifup would sleep for 50 minutes",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")}},
	 stp_8,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\nSTP=yes\n"
			    "BRIDGING_OPTS=\"forward_delay=1500 ageing_time=30000 "
			    "nf_call_iptables=0 nf_call_ip6tables=0 "
			    "nf_call_arptables=0\"\nMACADDR=44:37:E6:4A:62:AD\n")}}},
	{"STP for RHEL 7: DELAY in seconds, the rest in centiseconds",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")}},
	 stp_7,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\nSTP=yes\nDELAY=2.50\n"
			    "BRIDGING_OPTS=\"hello_time=200\"\nMACADDR=44:37:E6:4A:62:AD\n")}}},
	{"STP for NetworkManager: seconds",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")}},
	 stp_nm,
	 {{"ifcfg-br0", HEAD "BOOTPROTO=none\nIPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\nSTP=yes\n"
			     "DELAY=15\nBRIDGING_OPTS=\"priority=100 hello_time=2 "
			     "multicast_snooping=0\"\nMACADDR=44:37:E6:4A:62:AD\n"}}},
};

static void create_writes_exactly_these_files(void **state)
{
	(void)state;
	check_exact_files(rows, N_ROWS(rows));
}

static void create_again_changes_nothing(void **state)
{
	(void)state;
	check_again_is_empty(rows, N_ROWS(rows));
}

static void created_files_read_as_the_target(void **state)
{
	(void)state;
	check_reads_as_target(rows, N_ROWS(rows));
}

static bool has_note(const struct fx *fx, const char *text)
{
	for (size_t i = 0; i < fx->plan.n_notes; i++)
		if (strstr(fx->plan.notes[i].text, text))
			return true;
	return false;
}

static void rule_files_are_warned_of_for_networkmanager_only(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_file(&fx, "rule-eth0", "from 10.0.0.1 table 7\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	assert_false(has_note(&fx, "ignores all route files"));
	unset_nm(&fx);
	fx_render_ok(&fx);
	assert_true(has_note(&fx, "ignores all route files"));
	fx_done(&fx);
}

static void a_range_that_a_port_cannot_carry_is_told(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_file(&fx, "ifcfg-eth0-range0", "IPADDR_START=10.0.0.1\nIPADDR_END=10.0.0.9\n");
	fx_file(&fx, "ifcfg-eth01-range0", "IPADDR_START=10.1.0.1\nIPADDR_END=10.1.0.9\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	assert_true(has_note(&fx, "ifcfg-br0-range0"));
	assert_int_equal(fx.plan.n_notes, 1);
	fx_apply(&fx);
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.n_notes, 0);
	fx_done(&fx);
}

static void a_comment_that_hides_a_key_is_told(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "# x\n#TYPE=Bond\nTYPE=Ethernet\nDEVICE=eth0 # DEVICE=\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	assert_true(has_note(&fx, "ifcfg-eth0:2: "));
	assert_int_equal(fx.plan.n_notes, 1);
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_writes_exactly_these_files),
		cmocka_unit_test(create_again_changes_nothing),
		cmocka_unit_test(created_files_read_as_the_target),
		cmocka_unit_test(rule_files_are_warned_of_for_networkmanager_only),
		cmocka_unit_test(a_range_that_a_port_cannot_carry_is_told),
		cmocka_unit_test(a_comment_that_hides_a_key_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
