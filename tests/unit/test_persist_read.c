/* What ifcfg and route files say, by the readers' own rules. Layer: tests. */
#include "persist_fixture.h"

enum host {
	RHEL7,
	RHEL8,
	NM,
};

struct row {
	const char *title;
	enum host host;
	const char *file; /* of eth0 */
	const char *want; /* as tell() says it */
};

static void put_ip(struct kn_buf *out, const char *what, const struct kn_ip *ip)
{
	char buf[KN_IP_STRLEN];

	if (ip->family)
		kn_buf_printf(out, " %s=%s", what, kn_ip_fmt(ip, buf));
}

/* A conf in one line: only what is set. */
static void tell(const struct kn_conf *conf, struct kn_buf *out)
{
	static const char *const types[] = {"?", "ethernet", "bridge", "bond", "vlan", "other"};
	char buf[KN_CIDR_STRLEN];

	kn_buf_puts(out, types[conf->type]);
	kn_buf_puts(out, conf->ip.dhcp4 ? " dhcp4" : "");
	kn_buf_puts(out, conf->ip.dhcp6 ? " dhcp6" : "");
	kn_buf_puts(out, conf->ip.slaac ? " slaac" : "");
	for (size_t i = 0; i < conf->ip.addrs.n; i++)
		kn_buf_printf(out, " %s", kn_cidr_fmt(&conf->ip.addrs.v[i], buf));
	put_ip(out, "gw4", &conf->ip.gateway4);
	put_ip(out, "gw6", &conf->ip.gateway6);
	kn_buf_puts(out, conf->ip.no_defroute ? " no-defroute" : "");
	if (conf->ip.has_metric)
		kn_buf_printf(out, " metric=%u", conf->ip.metric);
	for (size_t i = 0; i < conf->ip.dns.n; i++)
		put_ip(out, "dns", &conf->ip.dns.v[i]);
	for (size_t i = 0; i < conf->ip.search.n; i++)
		kn_buf_printf(out, " search=%s", conf->ip.search.v[i]);
	if (conf->groups & KN_GROUP_MTU)
		kn_buf_printf(out, " mtu=%u", conf->mtu);
	if (conf->groups & KN_GROUP_ZONE)
		kn_buf_printf(out, " zone=%s", conf->zone);
	if (conf->bridge.s[0])
		kn_buf_printf(out, " bridge=%s", conf->bridge.s);
	if (conf->master.s[0])
		kn_buf_printf(out, " master=%s", conf->master.s);
	if (conf->type == KN_CONF_BOND)
		kn_buf_printf(out, " mode=%d", conf->bond_mode);
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(&conf->opts, i))
			kn_buf_printf(out, " %s=%u", kn_bridge_opt_info(i)->name,
				      conf->opts.val[i]);
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		if (kn_opts_has(&conf->port_opts, i))
			kn_buf_printf(out, " port-%s=%u", kn_port_opt_info(i)->name,
				      conf->port_opts.val[i]);
}

static struct kn_host host_of(enum host host)
{
	return (struct kn_host){.has_scripts = host != NM,
				.scripts_seconds = host == RHEL7,
				.scripts_enabled = host != NM,
				.has_nm_plugin = host == NM,
				.nm_enabled = host == NM};
}

static const struct row rows[] = {
	{"recipe static", RHEL7, STATIC_ETH0,
	 "ethernet 192.168.12.118/24 gw4=192.168.12.1 dns=180.76.76.76 dns=114.114.114.114"},
	{"recipe dhcp", RHEL7, DHCP_ETH0, "ethernet dhcp4"},
	{"PREFIX wins over NETMASK", RHEL7, "IPADDR=10.0.0.1\nPREFIX=8\nNETMASK=255.255.0.0\n",
	 "? 10.0.0.1/8"},
	{"no mask: the class on RHEL 7", RHEL7, "IPADDR=172.16.0.1\n", "? 172.16.0.1/16"},
	{"no mask: 32 on RHEL 8", RHEL8, "IPADDR=172.16.0.1\n", "? 172.16.0.1/32"},
	{"a mask with holes is none", RHEL8, "IPADDR=10.0.0.1\nNETMASK=255.0.255.0\n",
	 "? 10.0.0.1/32"},
	{"IPADDR, 0 and 1 are each optional", RHEL7, "IPADDR1=10.1.0.1\nPREFIX1=16\n",
	 "? 10.1.0.1/16"},
	{"unnumbered, 0, 1, 2 are all taken", RHEL7,
	 "IPADDR=10.0.0.1\nPREFIX=8\nIPADDR0=10.0.0.2\nPREFIX0=9\nIPADDR1=10.0.0.3\nPREFIX1=10\n"
	 "IPADDR2=10.0.0.4\nPREFIX2=11\n",
	 "? 10.0.0.1/8 10.0.0.2/9 10.0.0.3/10 10.0.0.4/11"},
	{"from 2 on a gap ends the list", RHEL7,
	 "IPADDR=10.0.0.1\nPREFIX=8\nIPADDR3=10.0.0.3\nPREFIX3=8\n", "? 10.0.0.1/8"},
	{"an address with a slash is dropped", RHEL7, "IPADDR=10.0.0.1/8\n", "?"},
	{"GATEWAYn counts", RHEL7, "IPADDR0=10.0.0.2\nPREFIX0=8\nGATEWAY0=10.0.0.1\n",
	 "? 10.0.0.2/8 gw4=10.0.0.1"},
	{"a gateway next to dhcp is not read", RHEL7, "BOOTPROTO=dhcp\nGATEWAY=10.0.0.1\n",
	 "? dhcp4"},
	{"network-scripts drop addresses next to dhcp", RHEL7,
	 "BOOTPROTO=dhcp\nIPADDR=10.0.0.1\nPREFIX=8\n", "? dhcp4"},
	{"NetworkManager takes both", NM, "BOOTPROTO=dhcp\nIPADDR=10.0.0.1\nPREFIX=8\n",
	 "? dhcp4 10.0.0.1/8"},
	{"DEFROUTE=no", RHEL7, "IPADDR=10.0.0.2\nPREFIX=8\nGATEWAY=10.0.0.1\nDEFROUTE=no\n",
	 "? 10.0.0.2/8 gw4=10.0.0.1 no-defroute"},
	{"network-scripts read METRIC first", RHEL7, "METRIC=5\nIPV4_ROUTE_METRIC=6\n",
	 "? metric=5"},
	{"NetworkManager reads IPV4_ROUTE_METRIC first", NM, "METRIC=5\nIPV4_ROUTE_METRIC=6\n",
	 "? metric=6"},
	{"DNS ends at a gap", RHEL7, "DNS1=1.1.1.1\nDNS3=3.3.3.3\n", "? dns=1.1.1.1"},
	{"DOMAIN is a list", RHEL7, "DOMAIN=\"a.org b.org\"\n", "? search=a.org search=b.org"},
	{"IPv6 static", RHEL7,
	 "IPV6INIT=yes\nIPV6_AUTOCONF=no\nIPV6ADDR=fd00::1/64\n"
	 "IPV6ADDR_SECONDARIES=\"fd00::2/64 fd00::3\"\nIPV6_DEFAULTGW=fd00::9\n",
	 "? fd00::1/64 fd00::2/64 fd00::3/64 gw6=fd00::9"},
	{"autoconf is on when IPv6 is", RHEL7, "IPV6INIT=yes\n", "? slaac"},
	{"DHCPV6C", RHEL7, "IPV6INIT=yes\nIPV6_AUTOCONF=no\nDHCPV6C=yes\n", "? dhcp6"},
	{"IPV6INIT=no silences the rest", RHEL7, "IPV6INIT=no\nIPV6ADDR=fd00::1/64\n", "?"},
	{"without IPV6INIT network-scripts take IPV6ADDR", RHEL8,
	 "IPV6_AUTOCONF=no\nIPV6ADDR=fd00::1/64\n", "? fd00::1/64"},
	{"without IPV6INIT NetworkManager ignores it", NM,
	 "IPV6_AUTOCONF=no\nIPV6ADDR=fd00::1/64\n", "?"},
	{"a zone index of the gateway is the interface", RHEL7,
	 "IPV6INIT=yes\nIPV6_DEFAULTGW=fe80::1%eth0\n", "? slaac gw6=fe80::1"},
	{"MTU and ZONE", RHEL7, "MTU=9000\nZONE=dmz\n", "? mtu=9000 zone=dmz"},
	{"a bridge port", RHEL7, "TYPE=Ethernet\nBRIDGE=br0\nBRIDGING_OPTS=\"path_cost=10 x=y\"\n",
	 "ethernet bridge=br0 port-cost=10"},
	{"a bond port", RHEL7, "SLAVE=yes\nMASTER=bond0\n", "? master=bond0"},
	{"a bond by its options", RHEL7, "BONDING_OPTS=\"miimon=100 mode=802.3ad\"\n",
	 "bond mode=4"},
	{"a bond's mode as a number", RHEL7, "TYPE=Bond\nBONDING_OPTS=mode=6\n", "bond mode=6"},
	{"a vlan", RHEL7, "VLAN=yes\n", "vlan"},
	{"DELAY is in seconds on RHEL 7", RHEL7, "TYPE=Bridge\nSTP=on\nDELAY=2.5\n",
	 "bridge stp=1 forward-delay=250"},
	{"DELAY is in centiseconds on RHEL 8", RHEL8, "TYPE=Bridge\nSTP=on\nDELAY=250\n",
	 "bridge stp=1 forward-delay=250"},
	{"BRIDGING_OPTS wins over DELAY for scripts", RHEL8,
	 "TYPE=Bridge\nSTP=on\nDELAY=250\nBRIDGING_OPTS=forward_delay=1500\n",
	 "bridge stp=1 forward-delay=1500"},
	{"NetworkManager does not know forward_delay", NM,
	 "TYPE=Bridge\nSTP=yes\nDELAY=4\nBRIDGING_OPTS=forward_delay=15\n",
	 "bridge stp=1 forward-delay=400"},
	{"DELAY is in seconds for NetworkManager", NM, "TYPE=Bridge\nSTP=yes\nDELAY=4\n",
	 "bridge stp=1 forward-delay=400"},
	{"BRIDGING_OPTS are centiseconds for scripts", RHEL7,
	 "TYPE=Bridge\nBRIDGING_OPTS=\"hello_time=300 nf_call_iptables=0 multicast_snooping=0\"\n",
	 "bridge hello=300 mcast-snooping=0 nf-call=0"},
	{"BRIDGING_OPTS are seconds for NetworkManager", NM,
	 "TYPE=Bridge\nBRIDGING_OPTS=\"hello_time=3 ageing_time=300\"\n",
	 "bridge ageing=30000 hello=300"},
	{"PRIO and AGEING are known to scripts", RHEL7, "TYPE=Bridge\nPRIO=5\nAGEING=20\n",
	 "bridge priority=5 ageing=2000"},
	{"lower case is a bridge too", RHEL7, "TYPE=bridge\n", "bridge"},
};

static void a_file_says_what_its_readers_hear(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(rows) / sizeof(*rows); r++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct fx fx = {.host = host_of(rows[r].host)};
		struct kn_confs confs = {0};

		print_message("%s\n", rows[r].title);
		fx_file(&fx, "ifcfg-eth0", rows[r].file);
		const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
		assert_non_null(conf);
		tell(conf, &text);
		assert_string_equal(kn_buf_str(&text), rows[r].want);
		kn_confs_done(&confs);
		fx_done(&fx);
	}
}

static void link_keys_are_told(void **state)
{
	struct fx fx = {0};
	struct kn_confs confs = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0",
		"HWADDR=44:37:E6:4A:62:AD\nMACADDR=44:37:E6:4A:62:AE\nUUID=1-2-3\nONBOOT=no\n"
		"NM_CONTROLLED=yes\n");
	const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
	assert_true(conf->has_hwaddr && conf->hwaddr.b[5] == 0xad);
	assert_true(conf->has_mac && conf->mac.b[5] == 0xae);
	assert_string_equal(conf->uuid, "1-2-3");
	assert_string_equal(conf->path, DIR "ifcfg-eth0");
	assert_int_equal(conf->onboot, KN_NO);
	assert_int_equal(conf->nm_controlled, KN_YES);
	kn_confs_done(&confs);
	fx_done(&fx);
}

/* ---- which file is whose ---- */

static void device_names_the_interface_else_the_suffix(void **state)
{
	struct fx fx = {0};
	struct kn_confs confs = {0};

	(void)state;
	fx_file(&fx, "ifcfg-lan", "DEVICE=eth0\n");
	fx_file(&fx, "ifcfg-eth1", "BOOTPROTO=dhcp\n");
	fx_file(&fx, "ifcfg-Wired connection 1", "HWADDR=44:37:E6:4A:62:AD\n");
	fx_file(&fx, "ifcfg-eth0-range0", "IPADDR_START=10.0.0.1\n");
	fx_file(&fx, "ifcfg-eth1.bak", "DEVICE=eth9\n");
	fx_file(&fx, "/etc/resolv.conf", "nameserver 1.1.1.1\n");
	const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
	assert_string_equal(conf->path, DIR "ifcfg-lan");
	assert_int_equal(confs.n, 2);
	kn_confs_done(&confs);
	fx_done(&fx);
}

static void a_file_that_cannot_be_understood_is_passed_over(void **state)
{
	struct fx fx = {0};
	struct kn_confs confs = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nIPADDR=`hostname`\n");
	fx_file(&fx, "ifcfg-eth1", "DEVICE=eth1\n");
	assert_null(fx_read(&fx, &confs, "eth0"));
	assert_int_equal(confs.n, 1);
	kn_confs_done(&confs);
	fx_done(&fx);
}

static void addresses_of_aliases_belong_to_their_interface(void **state)
{
	struct fx fx = {0};
	struct kn_confs confs = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "IPADDR=10.0.0.1\nPREFIX=8\n");
	fx_file(&fx, "ifcfg-eth0:1", "DEVICE=eth0:1\nIPADDR=10.0.0.2\nPREFIX=8\n");
	fx_file(&fx, "ifcfg-eth01", "DEVICE=eth01\nIPADDR=10.0.0.3\nPREFIX=8\n");
	const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
	assert_int_equal(confs.n, 2);
	assert_int_equal(conf->ip.addrs.n, 2);
	assert_int_equal(conf->ip.addrs.v[1].ip.b[3], 2);
	kn_confs_done(&confs);
	fx_done(&fx);
}

static void only_files_that_readers_load_are_ours(void **state)
{
	static const struct {
		const char *name;
		bool ours;
	} names[] = {{"ifcfg-eth0", true},     {"ifcfg-eth0:1", true},	 {"route-eth0", true},
		     {"route6-eth0", true},    {"rule-eth0", true},	 {"rule6-eth0", true},
		     {"ifcfg-eth0.old", true}, {"ifcfg-eth0~", false},	 {"ifcfg-eth0.bak", false},
		     {"ifcfg-", false},	       {"keys-eth0", false},	 {"ifup-eth", false},
		     {".kvmnet-n1~", false},   {"ifcfg-x.rpmnew", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(kn_backend_ifcfg.is_ours(names[i].name), names[i].ours);
}

/* ---- routes ---- */

static const struct {
	const char *title, *name, *text, *want;
} route_rows[] = {
	{"lines", "route-eth0",
	 "# c\n10.0.0.0/8 via 192.168.0.1 dev eth0\n10.1.2.3 dev eth0 metric 7\n\n"
	 "10.2.0.0/255.255.0.0 via 192.168.0.2 src 192.168.0.9 table 100 onlink\n",
	 "10.0.0.0/8 via 192.168.0.1 metric 0 table 254;10.1.2.3/32 via - metric 7 table 254;"
	 "10.2.0.0/16 via 192.168.0.2 metric 0 table 100;"},
	{"numbered", "route-eth0",
	 "ADDRESS0=10.0.0.0\nNETMASK0=255.0.0.0\nGATEWAY0=192.168.0.1\n"
	 "ADDRESS1=10.1.2.3\nGATEWAY1=192.168.0.2\nMETRIC1=9\n"
	 "ADDRESS3=10.9.9.9\n",
	 "10.0.0.0/8 via 192.168.0.1 metric 0 table 254;"
	 "10.1.2.3/32 via 192.168.0.2 metric 9 table 254;"},
	{"one numbered line makes the file numbered", "route-eth0",
	 "10.0.0.0/8 via 192.168.0.1\n ADDRESS5=1.2.3.4\n", ""},
	{"what kvmnet cannot carry is left out", "route-eth0",
	 "blackhole 10.0.0.0/8\n10.1.0.0/16 via 192.168.0.1 mtu 1400\n10.2.0.0/16 dev\n"
	 "10.3.0.0/16 via 192.168.0.1 table lan\nfd00::/8 via fd00::1\n",
	 ""},
	{"IPv6", "route6-eth0", "fd09::/16 via fd00::1 dev eth0 metric 3\n10.0.0.0/8 dev eth0\n",
	 "fd09::/16 via fd00::1 metric 3 table 254;"},
	{"no newline at the end", "route-eth0", "10.0.0.0/8 dev eth0",
	 "10.0.0.0/8 via - metric 0 table 254;"},
};

static void route_files_are_read_in_both_forms(void **state)
{
	(void)state;
	for (size_t r = 0; r < sizeof(route_rows) / sizeof(*route_rows); r++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct fx fx = {0};
		struct kn_confs confs = {0};

		print_message("%s\n", route_rows[r].title);
		fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\n");
		fx_file(&fx, route_rows[r].name, route_rows[r].text);
		const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
		for (size_t i = 0; i < conf->ip.routes.n; i++) {
			const struct kn_route *route = &conf->ip.routes.v[i];
			char dst[KN_CIDR_STRLEN], via[KN_IP_STRLEN];

			kn_buf_printf(&text, "%s via %s metric %u table %u;",
				      kn_cidr_fmt(&route->dst, dst),
				      kn_ip_fmt(&route->gateway, via), route->metric, route->table);
			assert_true(kn_ifname_is(&route->dev, "eth0"));
		}
		assert_string_equal(kn_buf_str(&text), route_rows[r].want);
		kn_confs_done(&confs);
		fx_done(&fx);
	}
}

static void a_default_route_of_a_route_file_is_the_gateway(void **state)
{
	struct fx fx = {0};
	struct kn_confs confs = {0};

	(void)state;
	fx_file(&fx, "ifcfg-eth0", "DEVICE=eth0\nIPADDR=203.0.113.7\nPREFIX=32\n");
	fx_file(&fx, "route-eth0", "default via 203.0.113.1 dev eth0 metric 5 onlink\n");
	const struct kn_conf *conf = fx_read(&fx, &confs, "eth0");
	assert_int_equal(conf->ip.gateway4.b[3], 1);
	assert_true(conf->ip.onlink4 && conf->ip.has_metric && conf->ip.metric == 5);
	assert_int_equal(conf->ip.routes.n, 0);
	assert_int_equal(conf->groups, KN_GROUP_ADDR | KN_GROUP_GATEWAY);
	kn_confs_done(&confs);
	fx_done(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_says_what_its_readers_hear),
		cmocka_unit_test(link_keys_are_told),
		cmocka_unit_test(device_names_the_interface_else_the_suffix),
		cmocka_unit_test(a_file_that_cannot_be_understood_is_passed_over),
		cmocka_unit_test(addresses_of_aliases_belong_to_their_interface),
		cmocka_unit_test(only_files_that_readers_load_are_ours),
		cmocka_unit_test(route_files_are_read_in_both_forms),
		cmocka_unit_test(a_default_route_of_a_route_file_is_the_gateway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
