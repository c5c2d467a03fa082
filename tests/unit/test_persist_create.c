/* bridge create: addresses and keys, exact files in and out. Layer: tests. */
#include "persist_rows.h"

static void clear_ip(struct fx *fx)
{
	kn_ipconf_done(&fx->target.ip);
}

static void give_static(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
	fx_addr(fx, "192.168.12.118/24");
	fx_gateway(fx, "192.168.12.1");
	fx_dns(fx, "180.76.76.76");
	fx_dns(fx, "114.114.114.114");
}

static void give_other_address(struct fx *fx)
{
	fx->target.ip.addrs.n = 0;
	fx->target.inherited &= ~KN_GROUP_ADDR;
	fx_addr(fx, "192.168.12.77/24");
}

static void no_ip(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
}

static void no_groups(struct fx *fx)
{
	no_ip(fx);
	fx->target.groups = 0;
}

static void unset_nm(struct fx *fx)
{
	fx->target.nm_controlled = KN_UNSET;
	fx->target.reader = KN_READER_NM;
}

static void give_dhcp(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
	fx->target.ip.dhcp4 = true;
}

static void give_two_stacks(struct fx *fx)
{
	give_static(fx);
	fx_addr(fx, "10.0.0.5/8");
	fx_addr(fx, "fd00:12::118/64");
	fx_addr(fx, "fd00:13::1/48");
	fx_addr(fx, "fd00:14::1/48");
	fx_gateway(fx, "fd00:12::1");
	fx_search(fx, "example.org");
	fx_search(fx, "example.net");
	fx->target.ip.has_metric = true;
	fx->target.ip.metric = 100;
	fx->target.groups |= KN_GROUP_MTU | KN_GROUP_ZONE;
	fx->target.mtu = 9000;
	fx->target.zone = strdup("public");
}

static void give_slaac_dhcp6(struct fx *fx)
{
	give_static(fx);
	fx->target.ip.slaac = true;
	fx->target.ip.dhcp6 = true;
	fx_gateway(fx, "fe80::1");
}

static void give_far_gateway(struct fx *fx)
{
	clear_ip(fx);
	fx->target.inherited &= ~KN_GROUP_IP;
	fx_addr(fx, "203.0.113.7/32");
	fx_route(fx, "203.0.113.1/32", NULL);
	fx_gateway(fx, "203.0.113.1");
	fx->target.ip.onlink4 = true;
}

static void no_uplink(struct fx *fx)
{
	kn_names_done(&fx->target.ports);
	fx->target.uplink = (struct kn_ifname){0};
	fx->target.has_mac = false;
}

static void second_port(struct fx *fx)
{
	fx_port(fx, "eth1");
}

static void no_opts(struct fx *fx)
{
	fx->target.opts = (struct kn_opts){0};
}

static const struct row rows[] = {
	{"recipe, static: all inherited",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 {{"ifcfg-br0", STATIC_BR0}, {"ifcfg-eth0", PORT_ETH0}}},
	{"recipe, static: given on the command line",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 give_static,
	 {{"ifcfg-br0", STATIC_BR0}, {"ifcfg-eth0", PORT_ETH0}}},
	{"recipe, dhcp",
	 {{"ifcfg-eth0", DHCP_ETH0}},
	 NULL,
	 {{"ifcfg-br0", HEAD "BOOTPROTO=dhcp\nNM_CONTROLLED=no\nIPV6INIT=no\n" TAIL},
	  {"ifcfg-eth0", PORT_ETH0}}},
	{"a static uplink turned to dhcp",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 give_dhcp,
	 {{"ifcfg-br0", HEAD "BOOTPROTO=dhcp\nNM_CONTROLLED=no\nIPV6INIT=no\n" TAIL},
	  {"ifcfg-eth0", PORT_ETH0}}},
	{"an address given keeps gateway and dns",
	 {{"ifcfg-eth0", ETH0("IPADDR=192.168.12.118\nPREFIX=24\nGATEWAY=192.168.12.1\n"
			      "DNS1=1.1.1.1\n")}},
	 give_other_address,
	 {{"ifcfg-br0", BR0("IPADDR=192.168.12.77\nPREFIX=24\nGATEWAY=192.168.12.1\n"
			    "DEFROUTE=yes\nDNS1=1.1.1.1\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", PORT("")}}},
	{"no file: a small one is made",
	 {{NULL, NULL}},
	 give_static,
	 {{"ifcfg-br0", STATIC_BR0},
	  {"ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\n"
			 "NM_CONTROLLED=no\n"}}},
	{"comments, order, quotes, blank lines and unknown keys stay",
	 {{"ifcfg-eth0", "# the uplink\nNAME='my eth0'\n\nBOOTPROTO=\"static\" # by hand\n"
			 "  MYKEY=x\nDEVICE=eth0\nIPADDR=192.168.12.118\nPREFIX=24\nONBOOT=no\n"
			 "NM_CONTROLLED=no\nUUID=1-2\nETHTOOL_OPTS=\"wol g\"\n# end"}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=192.168.12.118\nPREFIX=24\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", "# the uplink\nNAME='my eth0'\n\nBOOTPROTO=\"none\" # by hand\n"
			 "BRIDGE=br0\n  MYKEY=x\nDEVICE=eth0\nONBOOT=yes\nNM_CONTROLLED=no\n"
			 "UUID=1-2\nETHTOOL_OPTS=\"wol g\"\n# end"}}},
	{"NM_CONTROLLED on none",
	 {{"ifcfg-eth0", DHCP_ETH0}},
	 unset_nm,
	 {{"ifcfg-br0", HEAD "BOOTPROTO=dhcp\nIPV6INIT=no\n" TAIL},
	  {"ifcfg-eth0", "DEVICE=\"eth0\"\nNAME=\"System eth0\"\nHWADDR=44:37:E6:4A:62:AD\n"
			 "ONBOOT=\"yes\"\nTYPE=Ethernet\nBOOTPROTO=none\nBRIDGE=br0\n"}}},
	{"NETWORK and BROADCAST vanish",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nNETWORK=10.0.0.0\n"
			      "BROADCAST=10.255.255.255\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", PORT("")}}},
	{"two stacks, several addresses, metric, search, mtu, zone",
	 {{NULL, NULL}},
	 give_two_stacks,
	 {{"ifcfg-br0",
	   BR0("IPADDR=192.168.12.118\nPREFIX=24\nIPADDR1=10.0.0.5\nPREFIX1=8\n"
	       "GATEWAY=192.168.12.1\nDEFROUTE=yes\nMETRIC=100\nIPV4_ROUTE_METRIC=100\n"
	       "DNS1=180.76.76.76\nDNS2=114.114.114.114\nDOMAIN=\"example.org example.net\"\n"
	       "IPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=fd00:12::118/64\n"
	       "IPV6ADDR_SECONDARIES=\"fd00:13::1/48 fd00:14::1/48\"\n"
	       "IPV6_DEFAULTGW=fd00:12::1\n" TAIL "MTU=9000\nZONE=public\n")},
	  {"ifcfg-eth0", "DEVICE=eth0\nTYPE=Ethernet\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\n"
			 "NM_CONTROLLED=no\nMTU=9000\n"}}},
	{"slaac, dhcp6, link-local gateway",
	 {{NULL, NULL}},
	 give_slaac_dhcp6,
	 {{"ifcfg-br0",
	   BR0("IPADDR=192.168.12.118\nPREFIX=24\nGATEWAY=192.168.12.1\nDEFROUTE=yes\n"
	       "DNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n"
	       "DHCPV6C=yes\nIPV6_DEFAULTGW=fe80::1%br0\n" TAIL)}}},
	{"a gateway outside the first network goes to route-br0",
	 {{NULL, NULL}},
	 give_far_gateway,
	 {{"ifcfg-br0", BR0("IPADDR=203.0.113.7\nPREFIX=32\nIPV6INIT=no\n" TAIL)},
	  {"route-br0", "203.0.113.1/32 dev br0\ndefault via 203.0.113.1 dev br0 onlink\n"}}},
	{"IPv6 keys move as they are",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n"
			      "IPV6_PRIVACY=no\nIPV6_ADDR_GEN_MODE=eui64\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n" TAIL
			    "IPV6_PRIVACY=no\nIPV6_ADDR_GEN_MODE=eui64\n")},
	  {"ifcfg-eth0", PORT("")}}},
	{"IPv6 stays with an IPv4 address given",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=yes\nIPV6_PRIVACY=no\n")}},
	 give_other_address,
	 {{"ifcfg-br0",
	   BR0("IPADDR=192.168.12.77\nPREFIX=24\nIPV6INIT=yes\nIPV6_AUTOCONF=yes\n" TAIL
	       "IPV6_PRIVACY=no\n")},
	  {"ifcfg-eth0", PORT("")}}},
	{"a dhcp identity and PEERDNS go along, LINKDELAY too",
	 {{"ifcfg-eth0", "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=dhcp\nNM_CONTROLLED=no\n"
			 "DHCP_HOSTNAME=host1\nDHCP_CLIENT_ID=\"a b\"\nPEERDNS=no\nLINKDELAY=5\n"
			 "PERSISTENT_DHCLIENT=yes\n"}},
	 NULL,
	 {{"ifcfg-br0",
	   HEAD "BOOTPROTO=dhcp\nNM_CONTROLLED=no\nIPV6INIT=no\n" TAIL
		"DHCP_HOSTNAME=host1\nDHCP_CLIENT_ID=\"a b\"\nPEERDNS=no\nLINKDELAY=5\n"
		"PERSISTENT_DHCLIENT=yes\n"},
	  {"ifcfg-eth0", PORT("")}}},
	{"LINKDELAY stays without dhcp",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nLINKDELAY=5\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", PORT("LINKDELAY=5\n")}}},
	{"GATEWAYDEV names the bridge",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nGATEWAY=10.0.0.1\nGATEWAYDEV=eth0\n"
			      "SRCADDR=10.0.0.2\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nGATEWAY=10.0.0.1\nDEFROUTE=yes\n"
			    "IPV6INIT=no\n" TAIL "GATEWAYDEV=br0\nSRCADDR=10.0.0.2\n")},
	  {"ifcfg-eth0", PORT("")}}},
	{"DEFROUTE=no is kept",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nGATEWAY=10.0.0.1\nDEFROUTE=no\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nGATEWAY=10.0.0.1\nDEFROUTE=no\n"
			    "IPV6INIT=no\n" TAIL)}}},
	{"a zone moves, an mtu is on both",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nMTU=9000\nZONE=dmz\n")}},
	 NULL,
	 {{"ifcfg-br0",
	   BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL "MTU=9000\nZONE=dmz\n")},
	  {"ifcfg-eth0", PORT("MTU=9000\n")}}},
	{"the port's own MACADDR stays on it too",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\nMACADDR=44:37:e6:4a:62:ad\n")}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", PORT("MACADDR=44:37:e6:4a:62:ad\n")}}},
	{"no IP at all",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"route-eth0", "10.9.0.0/16 via 192.168.12.9 dev eth0\n"}},
	 no_ip,
	 {{"ifcfg-br0", BR0("IPV6INIT=no\n" TAIL)},
	  {"ifcfg-eth0", PORT_ETH0},
	  {"route-eth0", NULL},
	  {"route-br0", NULL}}},
	{"no group at all is no IP",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 no_groups,
	 {{"ifcfg-br0", BR0("IPV6INIT=no\n" TAIL)}, {"ifcfg-eth0", PORT_ETH0}}},
	{"no port: no MAC either",
	 {{NULL, NULL}},
	 no_uplink,
	 {{"ifcfg-br0", BR0("IPV6INIT=no\nSTP=no\nDELAY=0\n")}, {"ifcfg-eth0", NULL}}},
	{"a second port loses its addresses, its other files stay",
	 {{"ifcfg-eth0", STATIC_ETH0},
	  {"ifcfg-eth1", "DEVICE=eth1\nBOOTPROTO=dhcp\nONBOOT=no\nNM_CONTROLLED=no\n"},
	  {"route-eth1", "10.1.0.0/16 dev eth1\n"}},
	 second_port,
	 {{"ifcfg-br0", STATIC_BR0},
	  {"ifcfg-eth0", PORT_ETH0},
	  {"ifcfg-eth1", "DEVICE=eth1\nBOOTPROTO=none\nBRIDGE=br0\nONBOOT=yes\nNM_CONTROLLED=no\n"},
	  {"route-eth1", "10.1.0.0/16 dev eth1\n"}}},
	{"the uplink's file may have another name than the device",
	 {{"ifcfg-Uplink", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")},
	  {"route-Uplink", "10.9.0.0/16 via 10.0.0.9\n"}},
	 NULL,
	 {{"ifcfg-br0", BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\n" TAIL)},
	  {"ifcfg-Uplink", PORT("")},
	  {"route-br0", "10.9.0.0/16 via 10.0.0.9\n"},
	  {"route-Uplink", NULL},
	  {"ifcfg-eth0", NULL}}},
	{"a file without DEVICE gets one",
	 {{"ifcfg-eth0", "BOOTPROTO=dhcp\nONBOOT=yes\nNM_CONTROLLED=no\n"}},
	 NULL,
	 {{"ifcfg-eth0",
	   "BOOTPROTO=none\nBRIDGE=br0\nONBOOT=yes\nNM_CONTROLLED=no\nDEVICE=eth0\n"}}},
	{"a half-done change: the bridge's file is there",
	 {{"ifcfg-br0", STATIC_BR0}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 {{"ifcfg-br0", STATIC_BR0}, {"ifcfg-eth0", PORT_ETH0}}},
	{"a bridge written by hand keeps its spelling, but a gateway that all readers take",
	 {{"ifcfg-br0", "# mine\nNAME=lan\nDEVICE=br0\nTYPE=Bridge\nONBOOT=on\nBOOTPROTO=static\n"
			"IPADDR0=192.168.12.118\nNETMASK0=255.255.255.0\nGATEWAY0=192.168.12.1\n"
			"DEFROUTE=true\nDNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=off\n"
			"STP=on\nDELAY=20\nMACADDR=44:37:e6:4a:62:ad\nNM_CONTROLLED=no\n"},
	  {"ifcfg-eth0", STATIC_ETH0}},
	 no_opts,
	 {{"ifcfg-br0", "# mine\nNAME=lan\nDEVICE=br0\nTYPE=Bridge\nONBOOT=on\nBOOTPROTO=static\n"
			"IPADDR0=192.168.12.118\nNETMASK0=255.255.255.0\nGATEWAY=192.168.12.1\n"
			"DEFROUTE=true\nDNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=off\n"
			"STP=on\nDELAY=20\nMACADDR=44:37:e6:4a:62:ad\nNM_CONTROLLED=no\n"},
	  {"ifcfg-eth0", PORT_ETH0}}},
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

/* Bridge first, so that a reader in between finds the address at least once; what moved goes last.
 */
static void the_bridges_files_come_first_and_all_are_recorded(void **state)
{
	static const char *const order[] = {"ifcfg-br0", "route-br0", "ifcfg-eth0", "route-eth0"};
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_file(&fx, "route-eth0", "10.0.0.0/8 via 192.168.12.9\n");
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.files.n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(fx.plan.files.v[i].path + strlen(DIR), order[i]);
		assert_true(fx.plan.files.v[i].keep_origin);
	}
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_writes_exactly_these_files),
		cmocka_unit_test(create_again_changes_nothing),
		cmocka_unit_test(created_files_read_as_the_target),
		cmocka_unit_test(the_bridges_files_come_first_and_all_are_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
