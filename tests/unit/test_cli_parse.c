/* Good command lines give exactly the wanted spec; the spec is compared as one line of text.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/parse.h"
#include "words.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

/* ---- a spec as one line of text ---- */

static void put_ip(const char *name, const struct kn_ip *ip, struct kn_buf *ret)
{
	char buf[KN_IP_STRLEN];

	if (ip->family != KN_FAMILY_NONE)
		kn_buf_printf(ret, " %s=%s", name, kn_ip_fmt(ip, buf));
}

static void put_routes(const struct kn_routes *routes, struct kn_buf *ret)
{
	char buf[KN_CIDR_STRLEN], gw[KN_IP_STRLEN];

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *r = &routes->v[i];

		kn_buf_printf(ret, " route=%s", kn_cidr_fmt(&r->dst, buf));
		if (r->gateway.family != KN_FAMILY_NONE)
			kn_buf_printf(ret, ",via=%s", kn_ip_fmt(&r->gateway, gw));
		if (r->has_metric)
			kn_buf_printf(ret, ",metric=%u", r->metric);
	}
}

static void put_ipconf(const struct kn_ipconf *ip, struct kn_buf *ret)
{
	char buf[KN_CIDR_STRLEN];

	kn_buf_printf(ret, "%s%s%s", ip->dhcp4 ? " dhcp" : "", ip->dhcp6 ? " dhcp6" : "",
		      ip->slaac ? " slaac" : "");
	for (size_t i = 0; i < ip->addrs.n; i++)
		kn_buf_printf(ret, " addr=%s", kn_cidr_fmt(&ip->addrs.v[i], buf));
	put_ip("gw4", &ip->gateway4, ret);
	put_ip("gw6", &ip->gateway6, ret);
	if (ip->has_metric)
		kn_buf_printf(ret, " metric=%u", ip->metric);
	for (size_t i = 0; i < ip->dns.n; i++)
		put_ip("dns", &ip->dns.v[i], ret);
	for (size_t i = 0; i < ip->search.n; i++)
		kn_buf_printf(ret, " search=%s", ip->search.v[i]);
	put_routes(&ip->routes, ret);
}

static void put_opts(const struct kn_opts *opts, bool port, struct kn_buf *ret)
{
	unsigned int n = port ? KN_PORTOPT_COUNT : KN_BROPT_COUNT;

	for (unsigned int i = 0; i < n; i++)
		if (kn_opts_has(opts, i))
			kn_buf_printf(ret, " %s=%u",
				      port ? kn_port_opt_info(i)->name
					   : kn_bridge_opt_info(i)->name,
				      opts->val[i]);
}

static void put_groups(unsigned int given, struct kn_buf *ret)
{
	static const char *const names[] = {"A", "G", "D", "R", "M", "Z"};

	kn_buf_puts(ret, " [");
	for (unsigned int i = 0; i < 6; i++)
		if (given >> i & 1)
			kn_buf_puts(ret, names[i]);
	kn_buf_puts(ret, "]");
}

static void put_rest(const struct kn_cli *cli, struct kn_buf *ret)
{
	const struct kn_spec *spec = &cli->spec;
	char mac[KN_MAC_STRLEN];

	if (spec->given & KN_GROUP_MTU)
		kn_buf_printf(ret, " mtu=%u", spec->mtu);
	if (spec->zone)
		kn_buf_printf(ret, " zone=%s", spec->zone);
	if (spec->mac_mode != KN_MAC_DEFAULT)
		kn_buf_printf(ret, " mac=%s",
			      spec->mac_mode == KN_MAC_UPLINK ? "uplink"
							      : kn_mac_fmt(&spec->mac, mac));
	put_opts(&spec->opts, false, ret);
	put_opts(&spec->port_opts, true, ret);
	if (spec->reader != KN_READER_AUTO)
		kn_buf_printf(ret, " reader=%s", kn_reader_word(spec->reader));
	for (size_t i = 0; i < spec->force.n; i++)
		kn_buf_printf(ret, " force=%s", spec->force.v[i]);
	kn_buf_printf(ret, "%s%s%s%s", spec->no_ip ? " no-ip" : "", spec->no_live ? " no-live" : "",
		      spec->no_persist ? " no-persist" : "", spec->backend_given ? " backend" : "");
}

static void put_cli(const struct kn_cli *cli, struct kn_buf *ret)
{
	const struct kn_spec *spec = &cli->spec;

	kn_command_put_name(cli->command, ret);
	if (kn_ifname_is_set(&spec->bridge))
		kn_buf_printf(ret, " %s", spec->bridge.s);
	for (size_t i = 0; i < spec->ports.n; i++)
		kn_buf_printf(ret, " port=%s", spec->ports.v[i].s);
	put_groups(spec->given, ret);
	put_ipconf(&spec->ip, ret);
	put_rest(cli, ret);
	for (size_t i = 0; i < cli->n_words; i++)
		kn_buf_printf(ret, " word=%s", cli->words[i]);
	kn_buf_printf(ret, "%s%s%s%s%s%s", cli->json ? " json" : "", cli->quiet ? " quiet" : "",
		      cli->verbose ? " verbose" : "", cli->dry_run ? " dry" : "",
		      cli->exit_code ? " exit-code" : "", cli->yes ? " yes" : "");
	if (spec->confirm_s)
		kn_buf_printf(ret, " confirm=%u", spec->confirm_s);
	kn_buf_printf(ret, "%s%s", cli->no_guard ? " no-guard" : "",
		      cli->no_wait ? " no-wait" : "");
	if (cli->root)
		kn_buf_printf(ret, " root=%s", cli->root);
	if (cli->color != KN_COLOR_AUTO)
		kn_buf_printf(ret, " color=%d", cli->color);
	if (cli->lock_timeout_ms != KN_LOCK_TIMEOUT_S * 1000)
		kn_buf_printf(ret, " lock=%u", cli->lock_timeout_ms);
}

/* ---- tables ---- */

struct good {
	const char *line, *want;
};

#define CREATE "bridge create br0 --port eth0 "

static const struct good good_rows[] = {
	/* words and option places */
	{"bridge create br0", "bridge create br0 []"},
	{"bridge create br0 --slave eth0", "bridge create br0 port=eth0 []"},
	{"bridge create --slave eth0 br0", "bridge create br0 port=eth0 []"},
	{"bridge create br0 --port=eth0 --slave eth1", "bridge create br0 port=eth0 port=eth1 []"},
	{"-j bridge create br0", "bridge create br0 [] json"},
	{"bridge -j create br0", "bridge create br0 [] json"},
	{"bridge create -j br0", "bridge create br0 [] json"},
	{"bridge create br0 --json", "bridge create br0 [] json"},
	{"bridge create -- br0", "bridge create br0 []"},
	{"-- bridge create br0", "bridge create br0 []"},
	{"bridge create br0 -nqy", "bridge create br0 [] quiet dry yes"},
	{"-v bridge list", "bridge list [] verbose"},
	{"bridge list", "bridge list []"},
	{"bridge show br0", "bridge show br0 []"},
	{"bridge show br%d", "bridge show br%d []"},
	{"bridge show 9lives", "bridge show 9lives []"},
	{"bridge delete br0 -n", "bridge delete br0 [] dry"},
	{"bridge delete br-lan.7_x", "bridge delete br-lan.7_x []"},
	{"completion bash", "completion [] word=bash"},
	{"help bridge create", "help [] word=bridge word=create"},
	{"_man bridge set", "_man [] word=bridge word=set"},
	/* the recipe's two variants */
	{"bridge create br0 --slave eth0 --static 192.168.12.118/24 --gateway 192.168.12.1 "
	 "--dns 180.76.76.76 --dns 114.114.114.114 --dry-run",
	 "bridge create br0 port=eth0 [AGD] addr=192.168.12.118/24 gw4=192.168.12.1 "
	 "dns=180.76.76.76 dns=114.114.114.114 dry"},
	{CREATE "--dhcp", "bridge create br0 port=eth0 [A] dhcp"},
	/* addresses */
	{CREATE "--static 10.0.0.2/255.255.255.0",
	 "bridge create br0 port=eth0 [A] addr=10.0.0.2/24"},
	{CREATE "--static 10.0.0.2/24 --static fd00::2/64",
	 "bridge create br0 port=eth0 [A] addr=10.0.0.2/24 addr=fd00::2/64"},
	{CREATE "--static 10.0.0.0/31", "bridge create br0 port=eth0 [A] addr=10.0.0.0/31"},
	{CREATE "--static 10.0.0.9/32", "bridge create br0 port=eth0 [A] addr=10.0.0.9/32"},
	{CREATE "--dhcp --static fd00::2/64",
	 "bridge create br0 port=eth0 [A] dhcp addr=fd00::2/64"},
	{CREATE "--dhcp --dhcp6 --slaac", "bridge create br0 port=eth0 [A] dhcp dhcp6 slaac"},
	{CREATE "--inherit", "bridge create br0 port=eth0 []"},
	{CREATE "--inherit --dns 1.1.1.1", "bridge create br0 port=eth0 [D] dns=1.1.1.1"},
	{CREATE "--no-ip", "bridge create br0 port=eth0 [] no-ip"},
	{CREATE "--no-ip --mtu 9000", "bridge create br0 port=eth0 [M] mtu=9000 no-ip"},
	/* gateways, metric, DNS, routes */
	{CREATE "--gateway 10.0.0.1", "bridge create br0 port=eth0 [G] gw4=10.0.0.1"},
	{CREATE "--gateway 10.0.0.1 --gateway fe80::1",
	 "bridge create br0 port=eth0 [G] gw4=10.0.0.1 gw6=fe80::1"},
	{CREATE "--slaac --gateway fe80::1", "bridge create br0 port=eth0 [AG] slaac gw6=fe80::1"},
	{CREATE "--metric 0", "bridge create br0 port=eth0 [G] metric=0"},
	{CREATE "--metric 4294967295", "bridge create br0 port=eth0 [G] metric=4294967295"},
	{CREATE "--dns 127.0.0.53 --search a.example --search b_1.example",
	 "bridge create br0 port=eth0 [D] dns=127.0.0.53 search=a.example search=b_1.example"},
	{CREATE "--route 10.8.0.0/16", "bridge create br0 port=eth0 [R] route=10.8.0.0/16"},
	{CREATE "--route 10.8.0.0/16,via=10.0.0.9,metric=50",
	 "bridge create br0 port=eth0 [R] route=10.8.0.0/16,via=10.0.0.9,metric=50"},
	{CREATE "--route 10.8.0.0/16,metric=5 --route 10.8.0.0/16,metric=6",
	 "bridge create br0 port=eth0 [R] route=10.8.0.0/16,metric=5 route=10.8.0.0/16,metric=6"},
	{CREATE "--route fd01::/48,metric=0,via=fd00::9",
	 "bridge create br0 port=eth0 [R] route=fd01::/48,via=fd00::9,metric=0"},
	/* the rest of the bridge */
	{CREATE "--mtu 68", "bridge create br0 port=eth0 [M] mtu=68"},
	{CREATE "--zone public-2", "bridge create br0 port=eth0 [Z] zone=public-2"},
	{CREATE "--mac uplink", "bridge create br0 port=eth0 [] mac=uplink"},
	{CREATE "--mac 52-54-00-AA-BB-01", "bridge create br0 port=eth0 [] mac=52:54:00:aa:bb:01"},
	{CREATE "--stp on", "bridge create br0 port=eth0 [] stp=1"},
	{CREATE "--stp on --forward-delay 2.5",
	 "bridge create br0 port=eth0 [] stp=1 forward-delay=250"},
	{CREATE "--stp off --forward-delay 0",
	 "bridge create br0 port=eth0 [] stp=0 forward-delay=0"},
	{CREATE "--priority 65535 --ageing 0 --hello 1 --max-age 40",
	 "bridge create br0 port=eth0 [] priority=65535 ageing=0 hello=100 max-age=4000"},
	{CREATE "--mcast-snooping off --vlan-filtering on --nf-call off",
	 "bridge create br0 port=eth0 [] mcast-snooping=0 vlan-filtering=1 nf-call=0"},
	/* how the change is made */
	{CREATE "--no-live --exit-code --yes",
	 "bridge create br0 port=eth0 [] no-live exit-code yes"},
	{CREATE "--no-persist", "bridge create br0 port=eth0 [] no-persist"},
	{CREATE "--confirm 1", "bridge create br0 port=eth0 [] confirm=1"},
	{"port remove br0 eth0 --confirm=86400", "port remove br0 port=eth0 [] confirm=86400"},
	{"bridge delete br0 --no-guard", "bridge delete br0 [] no-guard"},
	{"bridge delete br0 --no-wait", "bridge delete br0 [] no-wait"},
	{"confirm", "confirm []"},
	{"confirm 42", "confirm [] word=42"},
	{"cancel 42", "cancel [] word=42"},
	{CREATE "--force=second-uplink --force=last-uplink",
	 "bridge create br0 port=eth0 [] force=second-uplink force=last-uplink"},
	{CREATE "--reader nm", "bridge create br0 port=eth0 [] reader=nm"},
	{CREATE "--reader network-scripts-7",
	 "bridge create br0 port=eth0 [] reader=network-scripts-7"},
	{"--root /srv/x bridge create br0", "bridge create br0 [] no-live root=/srv/x"},
	{"bridge list --root=/srv/x", "bridge list [] no-live root=/srv/x"},
	{"--backend ifcfg bridge create br0", "bridge create br0 [] backend"},
	{"--backend auto bridge create br0", "bridge create br0 []"},
	{"--backend ifcfg --backend auto bridge create br0", "bridge create br0 []"},
	{"--color=always --color never bridge list", "bridge list [] color=2"},
	{"--lock-timeout 0 bridge create br0", "bridge create br0 [] lock=0"},
	{"bridge create br0 --lock-timeout 3", "bridge create br0 [] lock=3000"},
	/* set, port */
	{"bridge set br0 --mtu 9000", "bridge set br0 [M] mtu=9000"},
	{"bridge set br0 --no-ip", "bridge set br0 [] no-ip"},
	{"bridge set br0 --mac uplink", "bridge set br0 [] mac=uplink"},
	{"bridge set br0 --gateway 10.0.0.1", "bridge set br0 [G] gw4=10.0.0.1"},
	{"bridge set br0 --forward-delay 0", "bridge set br0 [] forward-delay=0"},
	{"port add br0 eth1", "port add br0 port=eth1 []"},
	{"port add br0 eth1 --isolated on --cost 1 --priority 63",
	 "port add br0 port=eth1 [] isolated=1 cost=1 priority=63"},
	{"port remove br0 eth1 --dry-run", "port remove br0 port=eth1 [] dry"},
	{"port set --hairpin on br0 eth1 --learning off",
	 "port set br0 port=eth1 [] hairpin=1 learning=0"},
};

static void good_lines_give_exactly_the_wanted_spec(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_rows); i++) {
		struct kn_buf got = KN_BUF_INIT;
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		words_split(good_rows[i].line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) < 0)
			fail_msg("%s: %s", good_rows[i].line, err.message);
		put_cli(&cli, &got);
		if (strcmp(kn_buf_str(&got), good_rows[i].want) != 0)
			fail_msg("%s\n gave: %s\n want: %s", good_rows[i].line, kn_buf_str(&got),
				 good_rows[i].want);
		kn_buf_done(&got);
		kn_cli_done(&cli);
		words_done(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_give_exactly_the_wanted_spec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
