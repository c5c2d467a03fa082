/* bridge set and port add, remove, set: only what was asked for changes. Layer: tests. */
#include "persist_fixture.h"

#define BR0                                                                                        \
	"DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=8\n"         \
	"GATEWAY=10.0.0.254\nDEFROUTE=yes\nDNS1=1.1.1.1\nIPV6INIT=no\nSTP=no\nDELAY=0\n"
#define PORT "DEVICE=eth0\nBOOTPROTO=none\nBRIDGE=br0\n"

struct row {
	const char *title;
	enum kn_verb verb;
	const char *br0, *eth0, *route;
	void (*setup)(struct fx *fx);
	const char *want_br0, *want_eth0, *want_route;
};

static void set_dns(struct fx *fx)
{
	fx_dns(fx, "9.9.9.9");
}

static void set_two_dns(struct fx *fx)
{
	set_dns(fx);
	fx_dns(fx, "8.8.8.8");
}

static void set_two_addrs(struct fx *fx)
{
	fx_addr(fx, "10.0.0.2/16");
	fx_addr(fx, "10.9.0.1/24");
}

static void set_addrs6(struct fx *fx)
{
	fx_addr(fx, "fd00::9/64");
	fx_addr(fx, "fd00::8/64");
}

static void set_dhcp(struct fx *fx)
{
	fx->target.groups = KN_GROUP_ADDR;
	fx->target.ip.dhcp4 = true;
}

static void set_no_gateway(struct fx *fx)
{
	fx_addr(fx, "10.0.0.1/8");
	fx->target.groups = KN_GROUP_GATEWAY;
}

static void set_delay(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 400);
}

static void set_no_dns(struct fx *fx)
{
	fx->target.groups = KN_GROUP_DNS;
}

static void set_addr(struct fx *fx)
{
	fx_addr(fx, "10.0.0.2/16");
}

static void set_gateway_far(struct fx *fx)
{
	fx_addr(fx, "10.0.0.1/8");
	fx_gateway(fx, "192.0.2.1");
	fx->target.ip.onlink4 = true;
	fx->target.groups = KN_GROUP_GATEWAY;
}

static void set_gateway(struct fx *fx)
{
	fx_addr(fx, "10.0.0.1/8");
	fx_gateway(fx, "10.0.0.253");
	fx->target.groups = KN_GROUP_GATEWAY;
}

static void set_routes(struct fx *fx)
{
	fx_addr(fx, "10.0.0.1/8");
	fx_route(fx, "10.7.0.0/16", "10.0.0.7");
	fx->target.groups = KN_GROUP_ROUTES;
}

static void set_no_routes(struct fx *fx)
{
	fx->target.groups = KN_GROUP_ROUTES;
}

static void set_mtu(struct fx *fx)
{
	fx->target.groups = KN_GROUP_MTU;
	fx->target.mtu = 9000;
}

static void set_zone(struct fx *fx)
{
	fx->target.groups = KN_GROUP_ZONE;
	fx->target.zone = strdup("dmz");
}

static void set_mac(struct fx *fx)
{
	fx->target.has_mac = true;
	fx->target.mac = (struct kn_mac){{2, 0, 0, 0, 0, 0xab}};
}

static void set_stp(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 1);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 1500);
}

static void set_stp_8(struct fx *fx)
{
	set_stp(fx);
	fx->target.reader = KN_READER_SCRIPTS_8;
}

static void set_no_stp_8(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_STP, 0);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 0);
	fx->target.reader = KN_READER_SCRIPTS_8;
}

static void set_priority(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 7);
}

static void set_opts(struct fx *fx)
{
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 7);
	kn_opts_set(&fx->target.opts, KN_BROPT_VLAN_FILTERING, 1);
}

static void set_nm_priority(struct fx *fx)
{
	fx->target.reader = KN_READER_NM;
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 7);
}

static void port(struct fx *fx)
{
	fx_port(fx, "eth0");
}

static void port_cost(struct fx *fx)
{
	port(fx);
	kn_opts_set(&fx->target.port_opts, KN_PORTOPT_COST, 10);
	kn_opts_set(&fx->target.port_opts, KN_PORTOPT_HAIRPIN, 0);
}

static void port_nm(struct fx *fx)
{
	port_cost(fx);
	fx->target.nm_controlled = KN_UNSET;
	fx->target.reader = KN_READER_NM;
}

static void port_8(struct fx *fx)
{
	port(fx);
	fx->target.reader = KN_READER_SCRIPTS_8;
	kn_opts_set(&fx->target.port_opts, KN_PORTOPT_ISOLATED, 1);
	kn_opts_set(&fx->target.port_opts, KN_PORTOPT_LEARNING, 0);
}

static const struct row rows[] = {
	{"dns", KN_BRIDGE_SET, BR0, PORT, NULL, set_dns,
	 "DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=8\n"
	 "GATEWAY=10.0.0.254\nDEFROUTE=yes\nDNS1=9.9.9.9\nIPV6INIT=no\nSTP=no\nDELAY=0\n",
	 PORT, NULL},
	{"dhcp leaves no gateway behind", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY=10.0.0.254\n"
	 "IPV6INIT=no\n",
	 PORT, NULL, set_dhcp, "TYPE=Bridge\nBOOTPROTO=dhcp\nIPV6INIT=no\n", PORT, NULL},
	{"no gateway, no DEFROUTE", KN_BRIDGE_SET,
	 "TYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY=10.0.0.254\nDEFROUTE=yes\n", PORT, NULL,
	 set_no_gateway, "TYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\n", PORT, NULL},
	{"a delay stands behind STP", KN_BRIDGE_SET, "STP=no\nTYPE=Bridge\nIPV6INIT=no\n", PORT,
	 NULL, set_delay, "STP=no\nDELAY=4\nTYPE=Bridge\nIPV6INIT=no\n", PORT, NULL},
	{"a second name server behind the first", KN_BRIDGE_SET,
	 "TYPE=Bridge\nIPADDR=10.0.0.1\nDNS1='1.1.1.1' # a\nDNS3=3.3.3.3\n# end\n", PORT, NULL,
	 set_two_dns, "TYPE=Bridge\nIPADDR=10.0.0.1\nDNS1='9.9.9.9' # a\nDNS2=8.8.8.8\n# end\n",
	 PORT, NULL},
	{"an address keeps its line, its quotes and its comment", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR='10.0.0.1' # main\nPREFIX=\"8\"\nIPV6INIT=no\n"
	 "STP=no\n",
	 PORT, NULL, set_addr,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR='10.0.0.2' # main\nPREFIX=\"16\"\nIPV6INIT=no\n"
	 "STP=no\n",
	 PORT, NULL},
	{"a mask stays a mask", KN_BRIDGE_SET,
	 "NETMASK=255.0.0.0\nTYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1\nIPV6INIT=no\n", PORT,
	 NULL, set_addr,
	 "NETMASK=255.255.0.0\nTYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.2\nIPV6INIT=no\n", PORT,
	 NULL},
	{"a mask and a prefix both follow", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1\nNETMASK=255.0.0.0\nPREFIX=8\n"
	 "IPV6INIT=no\n",
	 PORT, NULL, set_addr,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.2\nNETMASK=255.255.0.0\nPREFIX=16\n"
	 "IPV6INIT=no\n",
	 PORT, NULL},
	{"two addresses: the numbers in use first, the next number then", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR0=10.0.0.1\nPREFIX0=8\n# more\nIPV6INIT=no\n", PORT,
	 NULL, set_two_addrs,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR0=10.0.0.2\nPREFIX0=16\nIPADDR1=10.9.0.1\n"
	 "PREFIX1=24\n# more\nIPV6INIT=no\n",
	 PORT, NULL},
	{"a number behind a gap does not come alive", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=8\nIPADDR1=10.0.0.9\nPREFIX1=8\n"
	 "IPADDR2=10.0.0.8\nIPADDR01=1.2.3.4\nNETMASK7=255.0.0.0\nIPV6INIT=no\n",
	 PORT, NULL, set_two_addrs,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.2\nPREFIX=16\nIPADDR1=10.9.0.1\nPREFIX1=24\n"
	 "IPV6INIT=no\n",
	 PORT, NULL},
	{"an address that no reader took is replaced in its place", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.1/8\nIPV6INIT=no\n", PORT, NULL, set_addr,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.2\nPREFIX=16\nIPV6INIT=no\n", PORT, NULL},
	{"a numbered gateway is said plainly in its place", KN_BRIDGE_SET,
	 "TYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY0=10.0.0.254\nDNS1=1.1.1.1\n", PORT, NULL,
	 set_gateway,
	 "TYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY=10.0.0.253\nDEFROUTE=yes\n"
	 "DNS1=1.1.1.1\n",
	 PORT, NULL},
	{"IPv6 addresses keep their lines", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPV6ADDR_SECONDARIES=\"fd00::2/64\"\nIPV6INIT=yes\n"
	 "IPV6_AUTOCONF=no\nIPV6ADDR=fd00::1/64\nSTP=no\n",
	 PORT, NULL, set_addrs6,
	 "TYPE=Bridge\nBOOTPROTO=none\nIPV6ADDR_SECONDARIES=\"fd00::8/64\"\nIPV6INIT=yes\n"
	 "IPV6_AUTOCONF=no\nIPV6ADDR=fd00::9/64\nSTP=no\n",
	 PORT, NULL},
	{"no dns", KN_BRIDGE_SET, BR0 "DOMAIN=a.org\n", PORT, NULL, set_no_dns,
	 "DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\nBOOTPROTO=none\nIPADDR=10.0.0.1\nPREFIX=8\n"
	 "GATEWAY=10.0.0.254\nDEFROUTE=yes\nIPV6INIT=no\nSTP=no\nDELAY=0\n",
	 PORT, NULL},
	{"address", KN_BRIDGE_SET, "DEVICE=br0\nTYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\n# end\n",
	 PORT, NULL, set_addr,
	 "DEVICE=br0\nTYPE=Bridge\nBOOTPROTO=none\nIPADDR=10.0.0.2\nPREFIX=16\nIPV6INIT=no\n# "
	 "end\n",
	 PORT, NULL},
	{"gateway", KN_BRIDGE_SET, "DEVICE=br0\nTYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\n", PORT,
	 "default via 192.0.2.1 dev br0 onlink\n10.1.0.0/16 dev br0\n", set_gateway,
	 "DEVICE=br0\nTYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY=10.0.0.253\nDEFROUTE=yes\n",
	 PORT, "10.1.0.0/16 dev br0\n"},
	{"gateway outside", KN_BRIDGE_SET,
	 "DEVICE=br0\nTYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\nGATEWAY=10.0.0.254\n", PORT, NULL,
	 set_gateway_far, "DEVICE=br0\nTYPE=Bridge\nIPADDR=10.0.0.1\nPREFIX=8\n", PORT,
	 "default via 192.0.2.1 dev br0 onlink\n"},
	{"routes", KN_BRIDGE_SET, BR0, PORT,
	 "# a\n10.1.0.0/16 dev br0\nblackhole 10.9.0.0/16\ndefault via 10.0.0.3 dev br0\n",
	 set_routes, BR0, PORT,
	 "# a\nblackhole 10.9.0.0/16\ndefault via 10.0.0.3 dev br0\n10.7.0.0/16 via 10.0.0.7 dev "
	 "br0\n"},
	{"routes of the numbered form", KN_BRIDGE_SET, BR0, PORT,
	 "ADDRESS0=10.1.0.0\nNETMASK0=255.255.0.0\nGATEWAY0=10.0.0.7\n", set_routes, BR0, PORT,
	 "10.7.0.0/16 via 10.0.0.7 dev br0\n"},
	{"routes to a file without final newline", KN_BRIDGE_SET, BR0, PORT,
	 "blackhole 10.9.0.0/16", set_routes, BR0, PORT,
	 "blackhole 10.9.0.0/16\n10.7.0.0/16 via 10.0.0.7 dev br0\n"},
	{"no routes", KN_BRIDGE_SET, BR0, PORT, "10.1.0.0/16 dev br0\n", set_no_routes, BR0, PORT,
	 NULL},
	{"mtu, on the port too", KN_BRIDGE_SET, BR0, PORT, NULL, set_mtu, BR0 "MTU=9000\n",
	 PORT "MTU=9000\n", NULL},
	{"zone", KN_BRIDGE_SET, BR0, PORT, NULL, set_zone, BR0 "ZONE=dmz\n", PORT, NULL},
	{"mac", KN_BRIDGE_SET, BR0 "MACADDR=02:00:00:00:00:01\n", PORT, NULL, set_mac,
	 BR0 "MACADDR=02:00:00:00:00:AB\n", PORT, NULL},
	{"the same mac in lower case", KN_BRIDGE_SET, BR0 "MACADDR=02:00:00:00:00:ab\n", PORT, NULL,
	 set_mac, BR0 "MACADDR=02:00:00:00:00:ab\n", PORT, NULL},
	{"stp", KN_BRIDGE_SET, "TYPE=Bridge\nSTP=no # off\nDELAY=0\n", PORT, NULL, set_stp,
	 "TYPE=Bridge\nSTP=yes # off\nDELAY=15\n", PORT, NULL},
	{"stp on RHEL 8: the delay is a word", KN_BRIDGE_SET,
	 "TYPE=Bridge\nSTP=no # off\nDELAY=0\nMTU=1500\n", PORT, NULL, set_stp_8,
	 "TYPE=Bridge\nSTP=yes # off\nBRIDGING_OPTS=\"forward_delay=1500\"\nMTU=1500\n", PORT,
	 NULL},
	{"stp on RHEL 8: a DELAY that would make ifup sleep becomes a word", KN_BRIDGE_SET,
	 "TYPE=Bridge\nSTP=yes\nDELAY=1500\n", PORT, NULL, set_stp_8,
	 "TYPE=Bridge\nSTP=yes\nBRIDGING_OPTS=\"forward_delay=1500\"\n", PORT, NULL},
	{"stp on RHEL 8: a word of the admin's is changed in its place", KN_BRIDGE_SET,
	 "TYPE=Bridge\nSTP=yes\nBRIDGING_OPTS='forward_delay=400 hash_max=8'\n", PORT, NULL,
	 set_stp_8, "TYPE=Bridge\nSTP=yes\nBRIDGING_OPTS='forward_delay=1500 hash_max=8'\n", PORT,
	 NULL},
	{"stp off on RHEL 8: DELAY says it again", KN_BRIDGE_SET,
	 "TYPE=Bridge\nSTP=yes\nBRIDGING_OPTS=\"forward_delay=1500\"\n", PORT, NULL, set_no_stp_8,
	 "TYPE=Bridge\nSTP=no\nDELAY=0\n", PORT, NULL},
	{"a priority leaves the delay alone", KN_BRIDGE_SET, "TYPE=Bridge\nSTP=yes\nDELAY=15\n",
	 PORT, NULL, set_priority, "TYPE=Bridge\nSTP=yes\nDELAY=15\nBRIDGING_OPTS=\"priority=7\"\n",
	 PORT, NULL},
	{"options keep the words of others", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBRIDGING_OPTS='hash_max=8  priority=3 x'\n", PORT, NULL, set_opts,
	 "TYPE=Bridge\nBRIDGING_OPTS='hash_max=8 priority=7 x vlan_filtering=1'\n", PORT, NULL},
	{"options that are right stay as they are", KN_BRIDGE_SET,
	 "TYPE=Bridge\nBRIDGING_OPTS=\" vlan_filtering=1   priority=7\"\n", PORT, NULL, set_opts,
	 "TYPE=Bridge\nBRIDGING_OPTS=\" vlan_filtering=1   priority=7\"\n", PORT, NULL},
	{"STP that is on lets NetworkManager have a priority", KN_BRIDGE_SET,
	 "TYPE=Bridge\nSTP=yes\n", PORT, NULL, set_nm_priority,
	 "TYPE=Bridge\nSTP=yes\nBRIDGING_OPTS=\"priority=7\"\n", PORT, NULL},
	{"port add", KN_PORT_ADD, BR0, STATIC_ETH0, NULL, port, BR0, PORT_ETH0, NULL},
	{"port add with options", KN_PORT_ADD, BR0, STATIC_ETH0, NULL, port_cost, BR0,
	 PORT_ETH0 "BRIDGING_OPTS=\"path_cost=10 hairpin_mode=0\"\n", NULL},
	{"port add of one without a file", KN_PORT_ADD, BR0, NULL, NULL, port, BR0,
	 "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\nNM_CONTROLLED=no\n",
	 NULL},
	{"port set", KN_PORT_SET, BR0, PORT "# end\n", NULL, port_cost, BR0,
	 PORT "BRIDGING_OPTS=\"path_cost=10 hairpin_mode=0\"\n# end\n", NULL},
	{"port set for NetworkManager", KN_PORT_SET, BR0, PORT, NULL, port_nm, BR0,
	 PORT "BRIDGING_OPTS=\"path_cost=10 hairpin_mode=no\"\n", NULL},
	{"port set of isolated and learning on RHEL 8", KN_PORT_SET, BR0, PORT, NULL, port_8, BR0,
	 PORT "BRIDGING_OPTS=\"isolated=1 learning=0\"\n", NULL},
	{"port remove without a record", KN_PORT_REMOVE, BR0,
	 PORT "BRIDGING_OPTS=path_cost=1\nNM_CONTROLLED=no\n", NULL, port, BR0,
	 "DEVICE=eth0\nBOOTPROTO=none\nNM_CONTROLLED=no\n", NULL},
	{"port remove of one without a file", KN_PORT_REMOVE, BR0, NULL, NULL, port, BR0, NULL,
	 NULL},
};

static void load(struct fx *fx, const struct row *row)
{
	fx_file(fx, "ifcfg-br0", row->br0);
	if (row->eth0)
		fx_file(fx, "ifcfg-eth0", row->eth0);
	if (row->route)
		fx_file(fx, "route-br0", row->route);
	fx_target(fx, row->verb);
	row->setup(fx);
}

static void a_change_writes_only_what_was_asked_for(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		fx_apply(&fx);
		fx_expect(&fx, "ifcfg-br0", rows[r].want_br0);
		fx_expect(&fx, "ifcfg-eth0", rows[r].want_eth0);
		fx_expect(&fx, "route-br0", rows[r].want_route);
		fx_render_ok(&fx);
		assert_int_equal(fx.plan.files.n, 0);
		fx_done(&fx);
	}
}

static void port_remove_gives_the_original_back(void **state)
{
	static const char other[] =
		"DEVICE=eth0\nBOOTPROTO=none # own\nIPADDR=192.0.2.5\nPREFIX=24\n";
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-br0", BR0);
	fx_file(&fx, "ifcfg-eth0", other);
	fx_target(&fx, KN_PORT_ADD);
	port(&fx);
	fx_render_ok(&fx);
	assert_true(fx.plan.files.v[0].keep_origin);
	fx_apply(&fx);
	fx.target.verb = KN_PORT_REMOVE;
	fx_render_ok(&fx);
	assert_true(fx.plan.files.v[0].drop_origin);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", other);
	fx_done(&fx);
}

/* The bridge keeps the addresses it inherited: the host must not have them twice. */
static void port_remove_does_not_give_addresses_twice(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_target(&fx, KN_PORT_REMOVE);
	port(&fx);
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.n_notes, 1);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0",
		  "DEVICE=\"eth0\"\nNAME=\"System eth0\"\nHWADDR=44:37:E6:4A:62:AD\n"
		  "NM_CONTROLLED=\"no\"\nONBOOT=\"yes\"\nTYPE=Ethernet\nBOOTPROTO=none\n");
	fx_done(&fx);
}

static void port_remove_after_an_edit_only_detaches(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-br0", BR0);
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=dhcp\n");
	fx_target(&fx, KN_PORT_ADD);
	port(&fx);
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_file(&fx, "ifcfg-eth0", PORT "# edited\n");
	fx.target.verb = KN_PORT_REMOVE;
	fx_render_ok(&fx);
	fx_apply(&fx);
	fx_expect(&fx, "ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=none\n# edited\n");
	fx_done(&fx);
}

static void what_no_file_carries_is_refused(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_target(&fx, KN_BRIDGE_SET);
	set_dns(&fx);
	fx_render_fails(&fx, KN_ERR_HOSTFILE);
	fx_target(&fx, KN_PORT_SET);
	port_cost(&fx);
	fx_render_fails(&fx, KN_ERR_HOSTFILE);
	fx_file(&fx, "ifcfg-eth0", PORT);
	fx_target(&fx, KN_PORT_SET);
	port_8(&fx);
	fx.target.reader = KN_READER_SCRIPTS_7;
	fx_render_fails(&fx, KN_ERR_UNSUPPORTED);
	assert_non_null(strstr(fx.err.hint, "--no-persist"));
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_writes_only_what_was_asked_for),
		cmocka_unit_test(port_remove_gives_the_original_back),
		cmocka_unit_test(port_remove_does_not_give_addresses_twice),
		cmocka_unit_test(port_remove_after_an_edit_only_detaches),
		cmocka_unit_test(what_no_file_carries_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
