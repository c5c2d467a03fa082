/* Every key of [bond] and [vlan] is compared: for each, one difference is planted in the kernel,
 * and told by its name. Those of [bridge] and [ethernet]: tests/netns/compare.sh. Layer: tests. */
#include "stack_fixture.h"

#include "cli/ini_spec.h"

/* ---- what somebody changes behind kvmnet's back; @dev: bond0 or vlan10 ---- */

static void ports(struct kn_state *host, const char *dev)
{
	(void)dev;
	link_of(host, "eth2")->master = (struct kn_ifname){{0}};
}

static void opt(struct kn_state *host, enum kn_bond_opt id, uint32_t value)
{
	set_opt(&link_of(host, "bond0")->bond_opts, id, value);
}

static void mode(struct kn_state *host, const char *dev)
{
	(void)dev;
	opt(host, KN_BONDOPT_MODE, KN_BOND_TLB);
}

static void miimon(struct kn_state *host, const char *dev)
{
	(void)dev;
	opt(host, KN_BONDOPT_MIIMON, 50);
}

static void updelay(struct kn_state *host, const char *dev)
{
	(void)dev;
	opt(host, KN_BONDOPT_UPDELAY, 200);
}

static void downdelay(struct kn_state *host, const char *dev)
{
	(void)dev;
	opt(host, KN_BONDOPT_DOWNDELAY, 200);
}

static void both_8023ad(struct kn_state *host)
{
	opt(host, KN_BONDOPT_MODE, KN_BOND_8023AD);
	set_opt(&conf_of(host, "bond0")->bond_opts, KN_BONDOPT_MODE, KN_BOND_8023AD);
	conf_of(host, "bond0")->primary = (struct kn_ifname){{0}};
	link_of(host, "bond0")->primary = (struct kn_ifname){{0}};
}

static void lacp_rate(struct kn_state *host, const char *dev)
{
	(void)dev;
	both_8023ad(host);
	opt(host, KN_BONDOPT_LACP_RATE, 1);
}

static void hash_policy(struct kn_state *host, const char *dev)
{
	(void)dev;
	both_8023ad(host);
	opt(host, KN_BONDOPT_XMIT_HASH_POLICY, 1);
}

static void primary(struct kn_state *host, const char *dev)
{
	(void)dev;
	link_of(host, "bond0")->primary = name_of("eth2");
}

static void mac(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->has_mac = true;
	conf_of(host, dev)->mac = mac_of("52:54:00:00:00:01");
}

static void mtu(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->groups |= KN_GROUP_MTU;
	conf_of(host, dev)->mtu = 1500;
	link_of(host, dev)->mtu = 9000;
}

static void link_below(struct kn_state *host, const char *dev)
{
	link_of(host, dev)->lower = name_of("eth7");
}

static void id(struct kn_state *host, const char *dev)
{
	link_of(host, dev)->vlan_id = 11;
}

static void ipv4(struct kn_state *host, const char *dev)
{
	add_addr(host, "10.3.3.3/24", dev);
}

static void ipv6(struct kn_state *host, const char *dev)
{
	struct kn_cidr addr = cidr_of("fd00:7::1/64");

	OK(kn_cidrs_add(&conf_of(host, dev)->ip.addrs, &addr, &err));
}

static void dhcp(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->ip.dhcp4 = true;
	host->facts.n_addrs = 0;
	kn_cidrs_done(&conf_of(host, dev)->ip.addrs);
	conf_of(host, dev)->ip.addrs = (struct kn_cidrs){0};
}

static void dhcp6(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->ip.dhcp6 = true;
}

static void slaac(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->ip.slaac = true;
	link_of(host, dev)->accept_ra = 0;
}

static void gateway(struct kn_state *host, const char *dev)
{
	conf_of(host, dev)->ip.gateway4 = ip_of("10.9.0.254");
}

static void metric(struct kn_state *host, const char *dev)
{
	struct kn_route route = route_of("default", "10.9.0.254", dev);

	gateway(host, dev);
	conf_of(host, dev)->ip.has_metric = true;
	conf_of(host, dev)->ip.metric = 50;
	route.has_metric = true;
	route.metric = 70;
	add_route(host, &route);
}

static void dns(struct kn_state *host, const char *dev)
{
	struct kn_ip ip = ip_of("10.9.0.53");

	OK(kn_ips_add(&conf_of(host, dev)->ip.dns, &ip, &err));
	host->facts.resolv = strdup("nameserver 9.9.9.9\n");
}

static void search(struct kn_state *host, const char *dev)
{
	OK(kn_strv_add(&conf_of(host, dev)->ip.search, "lab.example", &err));
	host->facts.resolv = strdup("");
}

static void route(struct kn_state *host, const char *dev)
{
	struct kn_route route = route_of("10.8.0.0/16", "10.9.0.9", dev);

	add_route(host, &route);
}

static void zone(struct kn_state *host, const char *dev)
{
	struct kn_fwzone zones[] = {{.name = "public"}};

	conf_of(host, dev)->groups |= KN_GROUP_ZONE;
	conf_of(host, dev)->zone = strdup("trusted");
	host->facts.zones = calloc(1, sizeof(*zones));
	assert_non_null(host->facts.zones);
	host->facts.zones[0] = zones[0];
	host->facts.n_zones = 1;
}

/* ---- the table ---- */

static const struct row {
	const char *section, *key; /* section NULL: of both */
	void (*plant)(struct kn_state *host, const char *dev);
	const char *want;
} rows[] = {
	{"bond", "ports", ports, "port eth2: in the file, not in the kernel\n"},
	{"bond", "mode", mode, "mode: file active-backup, kernel balance-tlb\n"},
	{"bond", "miimon", miimon, "miimon: file 100, kernel 50\n"},
	{"bond", "updelay", updelay, "updelay: file 0, kernel 200\n"},
	{"bond", "downdelay", downdelay, "downdelay: file 0, kernel 200\n"},
	{"bond", "lacp-rate", lacp_rate, "lacp-rate: file slow, kernel fast\n"},
	{"bond", "xmit-hash-policy", hash_policy,
	 "xmit-hash-policy: file layer2, kernel layer3+4\n"},
	{"bond", "primary", primary, "primary: file eth1, kernel eth2\n"},
	{"bond", "mac", mac, "mac: file 52:54:00:00:00:01, kernel 44:37:e6:4a:62:ad\n"},
	{"vlan", "link", link_below, "link: file bond0, kernel eth7\n"},
	{"vlan", "id", id, "id: file 10, kernel 11\n"},
	{NULL, "mtu", mtu, "mtu: file 1500, kernel 9000\n"},
	{NULL, "ipv4", ipv4, "address 10.3.3.3/24: in the kernel, not in the file\n"},
	{NULL, "ipv4", dhcp, "address by dhcp: in the file, not in the kernel\n"},
	{NULL, "ipv6", ipv6, "address fd00:7::1/64: in the file, not in the kernel\n"},
	{NULL, "ipv6", dhcp6, "address by dhcp (IPv6): in the file, not in the kernel\n"},
	{NULL, "ipv6", slaac, "slaac: file on, kernel off\n"},
	{NULL, "gateway", gateway, "gateway: file 10.9.0.254, kernel none\n"},
	{NULL, "metric", metric,
	 "gateway: file 10.9.0.254 metric 50, kernel 10.9.0.254 metric 70\n"},
	{NULL, "dns", dns, "dns: file 10.9.0.53, resolv.conf 9.9.9.9\n"},
	{NULL, "search", search, "search: file lab.example, resolv.conf none\n"},
	{NULL, "route", route, "route 10.8.0.0/16 via 10.9.0.9: in the kernel, not in the file\n"},
	{NULL, "zone", zone, "zone: file trusted, firewalld public\n"},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static bool is_of(const struct row *row, const char *section)
{
	return !row->section || !strcmp(row->section, section);
}

static void each_planted_difference_is_told_and_nothing_else(void **state)
{
	static const char *const sections[][2] = {{"bond", "bond0"}, {"vlan", "vlan10"}};

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < ROWS; i++) {
			struct kn_state host = stack_state();

			if (is_of(&rows[i], sections[k][0])) {
				print_message("%s: %s\n", sections[k][0], rows[i].key);
				rows[i].plant(&host, sections[k][1]);
				assert_diffs_of(&host, sections[k][1], rows[i].want);
			} else {
				state_done(&host);
			}
		}
}

/* The manual page's list of keys is made by the same function. */
static void every_key_has_its_row(void **state)
{
	static const char *const sections[] = {"bond", "vlan"};
	static const char lead[] = "\n.It Cm ";

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		size_t keys = 0;

		kn_ini_man(sections[k], &text);
		for (const char *p = kn_buf_str(&text); (p = strstr(p, lead)); keys++) {
			bool found = false;

			p += sizeof(lead) - 1;
			for (size_t i = 0; i < ROWS; i++)
				found |= is_of(&rows[i], sections[k]) &&
					 strlen(rows[i].key) == strcspn(p, " \n") &&
					 !strncmp(rows[i].key, p, strlen(rows[i].key));
			if (!found)
				fail_msg("[%s] %.*s has no row", sections[k], (int)strcspn(p, "\n"),
					 p);
		}
		assert_true(keys > 10);
	}
}

/* Whose files and kernel lack the other's is known; whose zones nobody tells is not. */
static void zones_that_nobody_tells_are_hidden(void **state)
{
	struct kn_state host = stack_state();

	(void)state;
	assert_false(kn_zones_are_hidden(&host.confs, &host.facts));
	zone(&host, "bond0");
	assert_false(kn_zones_are_hidden(&host.confs, &host.facts));
	host.facts.n_zones = 0;
	assert_true(kn_zones_are_hidden(&host.confs, &host.facts));
	conf_of(&host, "bond0")->bridge = name_of("br0"); /* a port's counts for nothing */
	assert_false(kn_zones_are_hidden(&host.confs, &host.facts));
	conf_of(&host, "bond0")->bridge = (struct kn_ifname){{0}};
	assert_diffs_of(&host, "bond0", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_planted_difference_is_told_and_nothing_else),
		cmocka_unit_test(every_key_has_its_row),
		cmocka_unit_test(zones_that_nobody_tells_are_hidden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
