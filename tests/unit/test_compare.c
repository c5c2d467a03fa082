/* Differences between files and kernel: found where there is one, silent about what the kernel,
 * DHCP and guests add by themselves. Layer: tests. */
#include "view_fixture.h"

#include "plan/compare.h"

/* The differences of br0, one a line. Takes @state. */
static void assert_diffs(struct kn_state *state, const char *want)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifname br0 = name_of("br0");
	struct kn_diffs diffs = {0};

	OK(kn_compare_bridge(&state->confs, &state->facts, &br0, &diffs, &err));
	for (size_t i = 0; i < diffs.n; i++) {
		kn_diff_describe(&diffs.v[i], &br0, &text);
		kn_buf_putc(&text, '\n');
	}
	assert_string_equal(kn_buf_str(&text), want);
	kn_diffs_done(&diffs);
	state_done(state);
}

static void equal_sides_have_no_difference(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	assert_diffs(&host, "");
}

static void a_kernel_that_was_not_read_is_not_compared(void **state)
{
	struct kn_state host = {0};

	(void)state;
	classic_files(&host);
	assert_diffs(&host, "");
}

static void a_bridge_of_one_side_is_one_difference(void **state)
{
	struct kn_state files = {.facts.live = true}, kernel = {0}, other = {0};

	(void)state;
	classic_files(&files);
	assert_diffs(&files, "bridge br0: in the file, not in the kernel\n");
	classic_kernel(&kernel);
	assert_diffs(&kernel, "bridge br0: in the kernel, not in the file\n");
	classic_files(&other);
	other.facts.live = true;
	add_link(&other, "br0", KN_LINK_PHYSICAL, NULL);
	assert_diffs(&other, "bridge br0: file bridge, kernel no bridge\n");
}

static void a_file_of_another_type_is_no_bridges_file(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	conf_of(&host, "br0")->type = KN_CONF_ETHERNET;
	assert_diffs(&host, "bridge br0: in the kernel, not in the file\n");
}

static void link_values_are_compared(void **state)
{
	struct kn_state host = classic_state();
	struct kn_conf *conf = conf_of(&host, "br0");
	struct kn_link *link = link_of(&host, "br0");

	(void)state;
	conf->groups |= KN_GROUP_MTU;
	conf->mtu = 9000;
	link->flags = 0;
	link->mac = mac_of("52:54:00:00:00:01");
	kn_opts_set(&link->opts, KN_BROPT_STP, 1);
	kn_opts_set(&conf->opts, KN_BROPT_FORWARD_DELAY, 1500);
	assert_diffs(&host, "state: file up, kernel down\n"
			    "mac: file 44:37:e6:4a:62:ad, kernel 52:54:00:00:00:01\n"
			    "mtu: file 9000, kernel 1500\n"
			    "stp: file off, kernel on\n"
			    "forward-delay: file 15, kernel 0\n");
}

static void a_mac_that_is_not_pinned_is_a_difference(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	link_of(&host, "br0")->mac_set = false;
	assert_diffs(&host, "mac: file 44:37:e6:4a:62:ad, kernel 44:37:e6:4a:62:ad (not pinned)\n");
}

static void what_the_file_does_not_set_is_not_compared(void **state)
{
	struct kn_state host = classic_state();
	struct kn_conf *conf = conf_of(&host, "br0");
	struct kn_link *link = link_of(&host, "br0");

	(void)state;
	conf->has_mac = false;
	conf->opts.has = 0;
	conf->onboot = KN_NO;
	link->mac_set = false;
	link->mtu = 9000;
	link->flags = 0;
	assert_diffs(&host, "");
}

static void ports_are_compared_but_guests_taps_belong_to_no_file(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	link_of(&host, "eth0")->master = (struct kn_ifname){0};
	add_link(&host, "eth1", KN_LINK_PHYSICAL, "br0");
	add_link(&host, "eth2", KN_LINK_PHYSICAL, "br1");
	add_conf(&host, "eth2", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth2")->bridge = name_of("br0");
	add_conf(&host, "eth3", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth3")->bridge = name_of("br0");
	add_link(&host, "veth1", KN_LINK_VETH, "br0");
	assert_diffs(&host, "port eth0: in the file, not in the kernel\n"
			    "port eth2: file port, kernel port of br1\n"
			    "port eth3: file port, kernel no such link\n"
			    "port eth1: in the kernel, not in the file\n");
}

static void addresses_are_compared_also_those_left_on_a_port(void **state)
{
	struct kn_state host = classic_state();
	struct kn_cidr extra = cidr_of("10.0.0.1/8");

	(void)state;
	OK(kn_cidrs_add(&conf_of(&host, "br0")->ip.addrs, &extra, &err));
	add_addr(&host, "10.1.1.1/16", "br0");
	add_addr(&host, "192.168.12.118/24", "eth0");
	add_addr(&host, "fe80::1/64", "br0");
	add_addr(&host, "10.9.9.9/24", "br1");
	assert_diffs(&host, "address 10.0.0.1/8: in the file, not in the kernel\n"
			    "address 10.1.1.1/16: in the kernel, not in the file\n"
			    "address 192.168.12.118/24 on eth0: in the kernel, not in the file\n");
}

static void addresses_by_dhcp_and_advertisements_are_expected(void **state)
{
	struct kn_state host = classic_state();
	struct kn_conf *conf = conf_of(&host, "br0");

	(void)state;
	kn_cidrs_done(&conf->ip.addrs);
	conf->ip.gateway4 = (struct kn_ip){0};
	conf->ip.dhcp4 = true;
	conf->ip.slaac = true;
	link_of(&host, "br0")->accept_ra = 1;
	add_addr(&host, "2001:db8::5/64", "br0");
	assert_diffs(&host, "");
}

static void advertisements_that_the_kernel_does_not_take_are_a_difference(void **state)
{
	struct kn_state host = classic_state(), off = classic_state(), nm = classic_state();

	(void)state;
	conf_of(&host, "br0")->ip.slaac = true;
	link_of(&host, "br0")->accept_ra = 0;
	assert_diffs(&host, "slaac: file on, kernel off\n");
	conf_of(&nm, "br0")->ip.slaac = true;
	link_of(&nm, "br0")->accept_ra = 0;
	nm.facts.host.nm_running = true;
	assert_diffs(&nm, "");
	conf_of(&off, "br0")->ip.slaac = true;
	link_of(&off, "br0")->accept_ra = 1;
	link_of(&off, "br0")->disable_ipv6 = true;
	assert_diffs(&off, "slaac: file on, kernel IPv6 is off\n");
}

static void ports_own_values_are_compared(void **state)
{
	struct kn_state host = classic_state(), same = classic_state();
	struct kn_conf *conf = conf_of(&host, "eth0");

	(void)state;
	conf->groups |= KN_GROUP_MTU;
	conf->mtu = 9000;
	link_of(&host, "eth0")->flags = 0;
	kn_opts_set(&conf->port_opts, KN_PORTOPT_HAIRPIN, 1);
	kn_opts_set(&conf->port_opts, KN_PORTOPT_COST, 10);
	kn_opts_set(&link_of(&host, "eth0")->port_opts, KN_PORTOPT_COST, 100);
	assert_diffs(&host, "state of eth0: file up, kernel down\n"
			    "mtu of eth0: file 9000, kernel 1500\n"
			    "hairpin of eth0: file on, kernel off\n"
			    "cost of eth0: file 10, kernel 100\n");
	conf = conf_of(&same, "eth0");
	conf->groups |= KN_GROUP_MTU;
	conf->mtu = 1500;
	kn_opts_set(&conf->port_opts, KN_PORTOPT_LEARNING, 1);
	conf->onboot = KN_NO;
	link_of(&same, "eth0")->flags = 0;
	assert_diffs(&same, "");
}

/* br0's file has 180.76.76.76 and 114.114.114.114. */
static void name_servers_are_compared_with_resolv_conf(void **state)
{
#define BOTH "nameserver 180.76.76.76\nnameserver 114.114.114.114\n"
	static const struct {
		const char *resolv, *want;
	} rows[] = {
		{BOTH, ""},
		{"search a.example\nnameserver 9.9.9.9\n" BOTH, ""},
		{"nameserver 180.76.76.76 \r\nnameserver\t114.114.114.114", ""},
		/* The resolver heeds neither. */
		{"nameserver 180.76.76.76\r\n\tnameserver 114.114.114.114\n",
		 "dns: file 180.76.76.76 114.114.114.114, resolv.conf none\n"},
		{"", "dns: file 180.76.76.76 114.114.114.114, resolv.conf none\n"},
		{"# nameserver 180.76.76.76\nnameserver 114.114.114.114\n",
		 "dns: file 180.76.76.76 114.114.114.114, resolv.conf 114.114.114.114\n"},
		{"nameserver 114.114.114.114\nnameserver 180.76.76.76\n",
		 "dns: file 180.76.76.76 114.114.114.114, resolv.conf 114.114.114.114 "
		 "180.76.76.76\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kn_state host = classic_state();

		host.facts.resolv = strdup(rows[i].resolv);
		assert_diffs(&host, rows[i].want);
	}
}

static void search_domains_are_compared_with_resolv_conf(void **state)
{
	struct kn_state host = classic_state(), same = classic_state();

	(void)state;
	OK(kn_strv_add(&conf_of(&host, "br0")->ip.search, "lab.example", &err));
	host.facts.resolv = strdup("search a.example\n" BOTH "domain b.example\n");
	assert_diffs(&host, "search: file lab.example, resolv.conf b.example\n");
	OK(kn_strv_add(&conf_of(&same, "br0")->ip.search, "lab.example", &err));
	same.facts.resolv = strdup(BOTH "search a.example lab.example\n");
	assert_diffs(&same, "");
}

static void name_servers_that_no_reader_writes_are_not_compared(void **state)
{
	struct kn_ip other = ip_of("10.1.0.53");

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct kn_state host = classic_state();
		struct kn_conf *conf = conf_of(&host, "br0");

		host.facts.resolv = strdup("nameserver 10.1.0.53\n");
		conf->no_peerdns = i == 0;
		conf->ip.dhcp4 = i == 1;
		conf->onboot = i == 2 ? KN_NO : KN_YES;
		/* eth1 came up later */
		if (i == 3)
			OK(kn_ips_add(
				&add_conf(&host, "eth1", KN_CONF_ETHERNET, SCRIPTS "ifcfg-eth1")
					 ->ip.dns,
				&other, &err));
		assert_diffs(&host, "");
	}
}

static void an_advertised_address_is_none_of_the_files_business(void **state)
{
	struct kn_state host = classic_state(), fixed = classic_state();

	(void)state;
	add_addr(&host, "2001:db8::5/64", "br0");
	host.facts.addrs[1].flags = 0;
	assert_diffs(&host, "");
	add_addr(&fixed, "2001:db8::5/64", "br0");
	assert_diffs(&fixed, "address 2001:db8::5/64: in the kernel, not in the file\n");
}

static void dhcp_without_a_lease_is_a_difference(void **state)
{
	struct kn_state host = classic_state();
	struct kn_conf *conf = conf_of(&host, "br0");

	(void)state;
	kn_cidrs_done(&conf->ip.addrs);
	conf->ip.gateway4 = (struct kn_ip){0};
	conf->ip.dhcp4 = true;
	host.facts.n_addrs = 0;
	host.facts.routes.n = 0;
	assert_diffs(&host, "address by dhcp: in the file, not in the kernel\n");
}

static void gateways_are_compared_with_their_metric(void **state)
{
	struct kn_state host = classic_state(), none = classic_state(), metric = classic_state();
	struct kn_route six = route_of("default", "2001:db8::1", "br0");

	(void)state;
	host.facts.routes.v[0].gateway = ip_of("192.168.12.254");
	add_route(&host, &six);
	assert_diffs(&host, "gateway: file 192.168.12.1, kernel 192.168.12.254\n"
			    "gateway: file none, kernel 2001:db8::1\n");
	none.facts.routes.n = 0;
	assert_diffs(&none, "gateway: file 192.168.12.1, kernel none\n");
	conf_of(&metric, "br0")->ip.has_metric = true;
	conf_of(&metric, "br0")->ip.metric = 100;
	assert_diffs(&metric, "gateway: file 192.168.12.1 metric 100, kernel 192.168.12.1\n");
}

static void a_default_route_that_files_exclude_is_a_difference(void **state)
{
	struct kn_state host = classic_state();

	(void)state;
	conf_of(&host, "br0")->ip.no_defroute = true;
	assert_diffs(&host, "gateway: file none, kernel 192.168.12.1\n");
}

static void routes_are_compared_without_those_the_kernel_makes(void **state)
{
	struct kn_state host = classic_state();
	struct kn_route wanted = route_of("10.0.0.0/8", "192.168.12.2", "br0");
	struct kn_route there = route_of("172.16.0.0/12", "192.168.12.3", "br0");
	struct kn_route advertised = route_of("default", "fe80::1", "br0");
	struct kn_route other_dev = route_of("10.2.0.0/16", NULL, "br1");
	struct kn_route same = route_of("10.3.0.0/16", "192.168.12.2", "br0");

	(void)state;
	advertised.proto = 9;
	OK(kn_routes_add(&conf_of(&host, "br0")->ip.routes, &wanted, &err));
	OK(kn_routes_add(&conf_of(&host, "br0")->ip.routes, &same, &err));
	same.has_metric = true;
	same.metric = 1024;
	add_route(&host, &same);
	add_route(&host, &there);
	add_route(&host, &advertised);
	add_route(&host, &other_dev);
	assert_diffs(&host,
		     "route 10.0.0.0/8 via 192.168.12.2: in the file, not in the kernel\n"
		     "route 172.16.0.0/12 via 192.168.12.3: in the kernel, not in the file\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_sides_have_no_difference),
		cmocka_unit_test(a_kernel_that_was_not_read_is_not_compared),
		cmocka_unit_test(a_bridge_of_one_side_is_one_difference),
		cmocka_unit_test(a_file_of_another_type_is_no_bridges_file),
		cmocka_unit_test(link_values_are_compared),
		cmocka_unit_test(a_mac_that_is_not_pinned_is_a_difference),
		cmocka_unit_test(what_the_file_does_not_set_is_not_compared),
		cmocka_unit_test(ports_are_compared_but_guests_taps_belong_to_no_file),
		cmocka_unit_test(addresses_are_compared_also_those_left_on_a_port),
		cmocka_unit_test(addresses_by_dhcp_and_advertisements_are_expected),
		cmocka_unit_test(advertisements_that_the_kernel_does_not_take_are_a_difference),
		cmocka_unit_test(ports_own_values_are_compared),
		cmocka_unit_test(name_servers_are_compared_with_resolv_conf),
		cmocka_unit_test(search_domains_are_compared_with_resolv_conf),
		cmocka_unit_test(name_servers_that_no_reader_writes_are_not_compared),
		cmocka_unit_test(an_advertised_address_is_none_of_the_files_business),
		cmocka_unit_test(dhcp_without_a_lease_is_a_difference),
		cmocka_unit_test(gateways_are_compared_with_their_metric),
		cmocka_unit_test(a_default_route_that_files_exclude_is_a_difference),
		cmocka_unit_test(routes_are_compared_without_those_the_kernel_makes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
