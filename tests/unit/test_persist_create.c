/* bridge create: the exact files that come out of the exact files that went in. Layer: tests. */
#include "persist_fixture.h"

#define FILES_MAX 8

struct pair {
	const char *name, *text; /* text NULL: absent */
};

struct row {
	const char *title;
	struct pair in[FILES_MAX];
	void (*setup)(struct fx *fx); /* after inheriting; NULL = nothing given */
	struct pair out[FILES_MAX];   /* all files that matter */
};

#define HEAD "DEVICE=br0\nTYPE=Bridge\nONBOOT=yes\n"
#define STATIC_BR0                                                                                 \
	HEAD "BOOTPROTO=none\nNM_CONTROLLED=no\nIPADDR=192.168.12.118\nPREFIX=24\n"                \
	     "GATEWAY=192.168.12.1\nDEFROUTE=yes\nDNS1=180.76.76.76\nDNS2=114.114.114.114\n"       \
	     "IPV6INIT=no\nSTP=no\nDELAY=0\nMACADDR=44:37:E6:4A:62:AD\n"
#define TAIL	   "STP=no\nDELAY=0\nMACADDR=44:37:E6:4A:62:AD\n"
#define ETH0(keys) "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nNM_CONTROLLED=no\n" keys
#define PORT(keys) "DEVICE=eth0\nONBOOT=yes\nBOOTPROTO=none\nBRIDGE=br0\nNM_CONTROLLED=no\n" keys
#define BR0(keys)  HEAD "BOOTPROTO=none\nNM_CONTROLLED=no\n" keys

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
	{"STP for RHEL 8: centiseconds",
	 {{"ifcfg-eth0", ETH0("IPADDR=10.0.0.2\nPREFIX=8\n")}},
	 stp_8,
	 {{"ifcfg-br0",
	   BR0("IPADDR=10.0.0.2\nPREFIX=8\nIPV6INIT=no\nSTP=yes\nDELAY=1500\n"
	       "BRIDGING_OPTS=\"ageing_time=30000 nf_call_iptables=0 nf_call_ip6tables=0 "
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
	{"a bridge written by hand keeps its spelling and what was not asked for",
	 {{"ifcfg-br0", "# mine\nNAME=lan\nDEVICE=br0\nTYPE=Bridge\nONBOOT=on\nBOOTPROTO=static\n"
			"IPADDR0=192.168.12.118\nNETMASK0=255.255.255.0\nGATEWAY0=192.168.12.1\n"
			"DEFROUTE=true\nDNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=off\n"
			"STP=on\nDELAY=20\nMACADDR=44:37:e6:4a:62:ad\nNM_CONTROLLED=no\n"},
	  {"ifcfg-eth0", STATIC_ETH0}},
	 no_opts,
	 {{"ifcfg-br0", "# mine\nNAME=lan\nDEVICE=br0\nTYPE=Bridge\nONBOOT=on\nBOOTPROTO=static\n"
			"IPADDR0=192.168.12.118\nNETMASK0=255.255.255.0\nGATEWAY0=192.168.12.1\n"
			"DEFROUTE=true\nDNS1=180.76.76.76\nDNS2=114.114.114.114\nIPV6INIT=off\n"
			"STP=on\nDELAY=20\nMACADDR=44:37:e6:4a:62:ad\nNM_CONTROLLED=no\n"},
	  {"ifcfg-eth0", PORT_ETH0}}},
};

static void load(struct fx *fx, const struct row *row)
{
	for (size_t i = 0; i < FILES_MAX && row->in[i].name; i++)
		fx_file(fx, row->in[i].name, row->in[i].text);
	fx_create(fx);
	fx_inherit(fx, "eth0");
	fx->target.groups |= KN_GROUP_IP;
	if (row->setup)
		row->setup(fx);
}

static void create_writes_exactly_these_files(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		fx_apply(&fx);
		for (size_t i = 0; i < FILES_MAX && rows[r].out[i].name; i++)
			fx_expect(&fx, rows[r].out[i].name, rows[r].out[i].text);
		fx_done(&fx);
	}
}

static void create_again_changes_nothing(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct fx fx = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		assert_true(fx.plan.files.n > 0);
		fx_apply(&fx);
		fx_render_ok(&fx);
		for (size_t i = 0; i < fx.plan.files.n; i++)
			print_message("%s\n%s", fx.plan.files.v[i].path, fx.plan.files.v[i].after);
		assert_int_equal(fx.plan.files.n, 0);
		fx_done(&fx);
	}
}

/* What was written means what was wanted, for the reader it was written for. */
static void created_files_read_as_the_target(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct fx fx = {0};
		struct kn_confs confs = {0};

		print_message("%s\n", rows[r].title);
		load(&fx, &rows[r]);
		fx_render_ok(&fx);
		fx_apply(&fx);
		fx.host.has_scripts = fx.target.reader != KN_READER_NM;
		fx.host.has_nm_plugin = !fx.host.has_scripts;
		fx.host.scripts_seconds = fx.target.reader == KN_READER_SCRIPTS_7;
		const struct kn_conf *conf = fx_read(&fx, &confs, "br0");
		const struct kn_ipconf *want = &fx.target.ip, *have = &conf->ip;
		struct kn_opts diff = kn_opts_diff(&fx.target.opts, &conf->opts);

		assert_non_null(conf);
		assert_int_equal(conf->type, KN_CONF_BRIDGE);
		assert_int_equal(have->dhcp4, want->dhcp4);
		assert_int_equal(have->dhcp6, want->dhcp6);
		assert_int_equal(have->slaac, want->slaac);
		assert_int_equal(have->addrs.n, want->addrs.n);
		for (size_t i = 0; i < want->addrs.n; i++)
			assert_true(kn_cidr_eq(&have->addrs.v[i], &want->addrs.v[i]));
		assert_true(kn_ip_eq(&have->gateway4, &want->gateway4));
		assert_true(kn_ip_eq(&have->gateway6, &want->gateway6));
		assert_int_equal(have->onlink4, want->onlink4);
		assert_int_equal(have->no_defroute, want->no_defroute);
		assert_int_equal(have->dns.n, want->dns.n);
		assert_int_equal(have->search.n, want->search.n);
		assert_int_equal(have->routes.n, want->routes.n);
		assert_int_equal(have->has_metric, want->has_metric);
		assert_int_equal(conf->has_mac, fx.target.has_mac);
		assert_int_equal(diff.has, 0);
		assert_int_equal(conf->mtu, fx.target.mtu);
		assert_int_equal(conf->nm_controlled, fx.target.nm_controlled);
		kn_confs_done(&confs);
		fx_done(&fx);
	}
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

/* ---- refusals ---- */

struct refusal {
	const char *title;
	struct pair in[3];
	void (*setup)(struct fx *fx);
	enum kn_error_kind kind;
	const char *rule, *says;
};

static void nm_nf_call(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_NF_CALL, 0);
}

static void nm_priority(struct fx *fx)
{
	unset_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_PRIORITY, 1);
}

static void nm_half_seconds(struct fx *fx)
{
	stp_nm(fx);
	kn_opts_set(&fx->target.opts, KN_BROPT_FORWARD_DELAY, 250);
}

static void both_ways(struct fx *fx)
{
	give_dhcp(fx);
	fx_addr(fx, "10.0.0.1/8");
}

static void long_name(struct fx *fx)
{
	fx->target.bridge = fx_name("br0123456789012");
}

static const struct refusal refusals[] = {
	{"a file of something else",
	 {{"ifcfg-br0", "DEVICE=br0\nTYPE=Ethernet\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_REFUSED,
	 "file-taken",
	 "no bridge"},
	{"a file of another device under the bridge's name",
	 {{"ifcfg-br0", "DEVICE=eth7\n"}, {"ifcfg-eth0", STATIC_ETH0}},
	 NULL,
	 KN_ERR_REFUSED,
	 "file-taken",
	 "ifcfg-br0"},
	{"a file of another device under the port's name",
	 {{"ifcfg-eth0", "DEVICE=eth7\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 "ifcfg-eth0"},
	{"two files for one device",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"ifcfg-lan", "DEVICE=eth0\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "ifcfg-lan"},
	{"SUSE's dialect",
	 {{"ifcfg-eth0", "BOOTPROTO='static'\nSTARTMODE='auto'\nIPADDR='10.0.0.1/8'\n"}},
	 NULL,
	 KN_ERR_HOSTFILE,
	 "",
	 "SUSE"},
	{"a value by substitution",
	 {{"ifcfg-eth0", "DEVICE=eth0\nIPADDR=$(hostname -i)\n"}},
	 give_static,
	 KN_ERR_HOSTFILE,
	 "",
	 ""},
	{"nf-call for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_nf_call,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "nf-call"},
	{"priority without STP for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_priority,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "STP"},
	{"parts of seconds for NetworkManager",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 nm_half_seconds,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "whole seconds"},
	{"dhcp and a static address for network-scripts",
	 {{"ifcfg-eth0", STATIC_ETH0}},
	 both_ways,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "DHCP"},
	{"an alias name that would be too long",
	 {{"ifcfg-eth0", STATIC_ETH0}, {"ifcfg-eth0:1", "DEVICE=eth0:1\nIPADDR=192.168.12.9\n"}},
	 long_name,
	 KN_ERR_UNSUPPORTED,
	 "",
	 "15 characters"},
};

static void what_cannot_be_done_right_is_refused(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(refusals) / sizeof(*refusals); r++) {
		const struct refusal *row = &refusals[r];
		struct fx fx = {0};

		print_message("%s\n", row->title);
		for (size_t i = 0; i < 3 && row->in[i].name; i++)
			fx_file(&fx, row->in[i].name, row->in[i].text);
		fx_create(&fx);
		fx.target.groups = KN_GROUP_IP;
		if (row->setup)
			row->setup(&fx);
		fx_render_fails(&fx, row->kind);
		assert_string_equal(fx.err.rule, row->rule);
		assert_non_null(strstr(fx.err.message, row->says));
		fx_done(&fx);
	}
}

/* ---- notes ---- */

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

static void a_long_wait_of_ifup_is_told(void **state)
{
	struct fx fx = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", STATIC_ETH0);
	fx_create(&fx);
	fx_inherit(&fx, "eth0");
	fx_render_ok(&fx);
	assert_int_equal(fx.plan.n_notes, 0);
	stp_8(&fx);
	fx_render_ok(&fx);
	assert_true(has_note(&fx, "3007"));
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(create_writes_exactly_these_files),
		cmocka_unit_test(create_again_changes_nothing),
		cmocka_unit_test(created_files_read_as_the_target),
		cmocka_unit_test(the_bridges_files_come_first_and_all_are_recorded),
		cmocka_unit_test(what_cannot_be_done_right_is_refused),
		cmocka_unit_test(rule_files_are_warned_of_for_networkmanager_only),
		cmocka_unit_test(a_long_wait_of_ifup_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
