/* The command line: good argv gives exactly the wanted spec, bad argv the wanted message and exit
 * code, help fits a screen, and the table holds together. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/help.h"
#include "cli/parse.h"
#include "cli/run.h"

#define ARGS_MAX 64

/* A command line as a shell user would type it; '' is an empty word. */
struct words {
	char *text;
	char *v[ARGS_MAX + 1];
	int n;
};

static void split(const char *line, struct words *w)
{
	char *rest;

	*w = (struct words){.text = strdup(line)};
	assert_non_null(w->text);
	rest = w->text;
	w->v[w->n++] = (char *)"kvmnet";
	for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
		assert_true(w->n < ARGS_MAX);
		if (*word)
			w->v[w->n++] = !strcmp(word, "''") ? (char *)"" : word;
	}
}

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
	{CREATE "--force=uplinks --force=last-route",
	 "bridge create br0 port=eth0 [] force=uplinks force=last-route"},
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

struct bad {
	const char *line, *message, *hint;
};

static const struct bad bad_rows[] = {
	/* words */
	{"bridg create br0", "unknown command \"bridg\"", "kvmnet bridge?"},
	{"bridge creat br0", "unknown command \"bridge creat\"", "kvmnet bridge create?"},
	{"bridge del br0", "unknown command \"bridge del\"", "kvmnet bridge delete?"},
	{"bridge frobnicate", "unknown command \"bridge frobnicate\"", "kvmnet bridge --help"},
	{"port ad br0 eth0", "unknown command \"port ad\"", "kvmnet port add?"},
	{"create br0", "unknown command \"create\"", "kvmnet --help"},
	{"''", "unknown command \"\"", "--help"},
	{"bridge create", "bridge create: the bridge's name is missing", "bridge create BR"},
	{"bridge show", "the bridge's name is missing", "bridge show BR"},
	{"port add br0", "port add: the port's name is missing", "port add BR IF"},
	{"port add", "the bridge's name is missing", "port add BR IF"},
	{"completion", "completion: the shell's name is missing", "SHELL"},
	{"bridge create br0 eth0", "unexpected word \"eth0\"", "--port IF"},
	{"bridge list br0", "bridge list: unexpected word \"br0\"", ""},
	{"port add br0 eth0 eth1", "unexpected word \"eth1\"", "port add BR IF"},
	{"bridge delete br0 br1", "unexpected word \"br1\"", "bridge delete BR"},
	/* options */
	{"bridge create br0 --slav eth0", "unknown option --slav", "--slave?"},
	{"bridge create br0 --gatway 1.2.3.4", "unknown option --gatway", "--gateway?"},
	{"bridge create br0 --dry", "unknown option --dry", "--dry-run?"},
	{"bridge create br0 --wibble", "unknown option --wibble", "--help lists"},
	{"bridge create br0 --gatway=1.2.3.4", "unknown option --gatway for bridge create",
	 "--gateway?"},
	{"bridge create br0 -x", "unknown option -x", ""},
	{"bridge create br0 -nx", "unknown option -x", ""},
	{"bridge create br0 --hairpin on", "unknown option --hairpin", "port add, port set"},
	{"bridge list --mtu 1500", "unknown option --mtu", "bridge create, bridge set"},
	{"bridge set br0 --port eth1", "unknown option --port for bridge set", "kvmnet port add"},
	{"--mtu 1500 bridge create br0", "unknown option --mtu", "stand behind it"},
	{"bridge create br0 --mtu", "--mtu needs a value", "--mtu N"},
	{"bridge create br0 --dhcp=yes", "--dhcp takes no value", ""},
	{"bridge create br0 --force", "--force alone does not exist", "--force=RULE"},
	{"bridge create br0 --force rule", "--force alone does not exist", "--force=RULE"},
	{"bridge create br0 --mtu 1500 --mtu 1500", "--mtu is given twice", ""},
	{CREATE "--stp on --stp on", "--stp is given twice", ""},
	/* names */
	{"bridge create ''", "it is empty", ""},
	{"bridge create br0123456789abcd", "longer than 15", ""},
	{"bridge create 0br", "does not start with a letter", ""},
	{"bridge create br/0", "only letters", ""},
	{"bridge create br%d", "only letters", ""},
	{"bridge create lo", "reserved", ""},
	{"bridge create br0.bak", "this ending", ""},
	{"bridge create br\x1b[2J", "br\\x1b[2J", ""},
	{"bridge create br0 --port $(id)", "--port: \"$(id)\"", ""},
	{"bridge create br0 --port eth0 --slave eth0", "the port is given twice", ""},
	{"bridge create br0 --port br0", "br0 cannot be its own port", ""},
	{"port add br0 br0", "br0 cannot be its own port", ""},
	{"bridge show a/b", "the kernel could not carry it", ""},
	/* addresses */
	{CREATE "--static 192.168.12.118", "the prefix length is missing", "ADDRESS/LENGTH"},
	{CREATE "--static 192.168.12.118/33", "the prefix length must be 0 to 32", ""},
	{CREATE "--static 192.168.12.118/024", "the prefix length must be", ""},
	{CREATE "--static 192.168.12.118/255.0.255.0", "the prefix length must be", ""},
	{CREATE "--static 192.168.012.118/24", "no IPv4 or IPv6 address", ""},
	{CREATE "--static 192.168.12/24", "no IPv4 or IPv6 address", ""},
	{CREATE "--static 192.168.12.0/24", "network's own address", ""},
	{CREATE "--static 192.168.12.255/24", "broadcast address", ""},
	{CREATE "--static 224.0.0.1/24", "multicast", ""},
	{CREATE "--static 127.0.0.1/8", "loopback", ""},
	{CREATE "--static 0.0.0.0/0", "no address", ""},
	{CREATE "--static ::1/128", "loopback", ""},
	{CREATE "--static fd00::1/129", "0 to 128", ""},
	{CREATE "--static fe80::1%eth0/64", "no IPv4 or IPv6 address", ""},
	{CREATE "--static ''", "--static \"\"", ""},
	{CREATE "--static 10.0.0.2/24 --static 10.0.0.2/16", "the address is given twice", ""},
	/* gateways */
	{CREATE "--gateway 10.0.0.0.1", "--gateway \"10.0.0.0.1\"", ""},
	{CREATE "--gateway 0.0.0.0", "no router can have", ""},
	{CREATE "--gateway 224.0.0.1", "no router can have", ""},
	{CREATE "--gateway 127.0.0.1", "no router can have", ""},
	{CREATE "--gateway 10.0.0.1 --gateway 10.0.0.2", "has a gateway already", "one for IPv6"},
	{CREATE "--static 10.0.0.1/24 --gateway 10.0.0.1", "bridge's own address", ""},
	{CREATE "--static fd00::2/64 --gateway 10.0.0.1", "gets no IPv4 address", "--static"},
	{CREATE "--static 10.0.0.2/24 --gateway fd00::1", "gets no IPv6 address", "--static"},
	{"bridge create br0 --gateway 10.0.0.1", "gets no IPv4 address", "--static"},
	{CREATE "--metric -1", "--metric \"-1\" is not a whole number", ""},
	{CREATE "--metric 4294967296", "is not a whole number", ""},
	/* DNS and routes */
	{CREATE "--dns dns.example", "--dns \"dns.example\"", ""},
	{CREATE "--dns 0.0.0.0", "no name server", ""},
	{CREATE "--dns 1.1.1.1 --dns 1.1.1.1", "name server is given twice", ""},
	{CREATE "--search ''", "it is empty", ""},
	{CREATE "--search a..b", "single dots", ""},
	{CREATE "--search .a", "single dots", ""},
	{CREATE "--search a.", "ends with a dot", ""},
	{CREATE "--search a;reboot", "only letters", ""},
	{CREATE "--search -a.example", "begins or ends with '-'", ""},
	{CREATE "--search a --search a", "the domain is given twice", ""},
	{CREATE "--route 10.8.0.1/16", "bits behind the prefix length", "10.8.0.0/16"},
	{CREATE "--route 10.8.0.0", "prefix length is missing", ""},
	{CREATE "--route 0.0.0.0/0,via=10.0.0.1", "this is the default route", "--gateway"},
	{CREATE "--route ::/0", "this is the default route", "--gateway"},
	{CREATE "--route 10.8.0.0/16,gw=10.0.0.9", "neither via=", ",via=192"},
	{CREATE "--route 10.8.0.0/16,", "neither via=", ""},
	{CREATE "--route 10.8.0.0/16,via=", "via \"\"", ""},
	{CREATE "--route 10.8.0.0/16,via=fd00::1", "different families", ""},
	{CREATE "--route 10.8.0.0/16,via=10.0.0.1,via=10.0.0.2", "via= is given twice", ""},
	{CREATE "--route 10.8.0.0/16,metric=1,metric=2", "metric= is given twice", ""},
	{CREATE "--route 10.8.0.0/16,metric=x", "metric \"x\"", ""},
	{CREATE "--route 224.0.0.0/4", "multicast", ""},
	{CREATE "--route 10.8.0.0/16 --route 10.8.0.0/16", "the route is given twice", ""},
	/* numbers and words */
	{CREATE "--mtu 67", "68 to 65535", ""},
	{CREATE "--mtu 65536", "68 to 65535", ""},
	{CREATE "--mtu 0x5dc", "not a whole number", ""},
	{CREATE "--mtu 1500k", "not a whole number", ""},
	{CREATE "--mtu 1279 --static fd00::2/64", "too small for the IPv6", "1280"},
	{CREATE "--zone ''", "1 to 17", ""},
	{CREATE "--zone a_zone_of_18_chars", "1 to 17", ""},
	{CREATE "--zone a;b", "1 to 17", ""},
	{CREATE "--mac 01:00:5e:00:00:01", "multicast", ""},
	{CREATE "--mac 00:00:00:00:00:00", "all zero", ""},
	{CREATE "--mac 52:54:00:aa:bb", "six pairs", ""},
	{CREATE "--mac 52:54-00:aa:bb:01", "six pairs", ""},
	{CREATE "--stp yes", "neither on nor off", ""},
	{CREATE "--stp ON", "neither on nor off", ""},
	{CREATE "--forward-delay 31", "seconds from 0 to 30", ""},
	{CREATE "--forward-delay 1.234", "seconds from 0 to 30", ""},
	{CREATE "--hello 0.5", "from 1 to 10", ""},
	{CREATE "--max-age 5", "from 6 to 40", ""},
	{CREATE "--priority 65536", "0 to 65535", ""},
	{"port add br0 eth1 --cost 0", "1 to 65535", ""},
	{"port add br0 eth1 --priority 64", "0 to 63", ""},
	{CREATE "--reader rhel7", "not one of the words", "network-scripts-7"},
	{CREATE "--force=", "--force \"\"", ""},
	{CREATE "--force=Rule", "small letters", ""},
	{"--color=sometimes bridge list", "not one of the words", "auto|always|never"},
	{"--color= bridge list", "not one of the words", "auto|always|never"},
	{"--backend netplan bridge list", "not one of the words", "auto|ifcfg"},
	{"--root= bridge list", "directory's name is empty", ""},
	{"--lock-timeout soon bridge list", "not a whole number", ""},
	/* options against each other */
	{CREATE "--no-ip --static 10.0.0.2/24", "--no-ip and --static exclude", "without any"},
	{CREATE "--no-ip --dhcp", "--no-ip and --dhcp exclude", ""},
	{CREATE "--no-ip --dhcp6", "--no-ip and --dhcp6 exclude", ""},
	{CREATE "--no-ip --slaac", "--no-ip and --slaac exclude", ""},
	{CREATE "--no-ip --gateway 10.0.0.1", "--no-ip and --gateway exclude", ""},
	{CREATE "--no-ip --metric 5", "--no-ip and --metric exclude", ""},
	{CREATE "--no-ip --dns 1.1.1.1", "--no-ip and --dns exclude", ""},
	{CREATE "--no-ip --search a", "--no-ip and --search exclude", ""},
	{CREATE "--no-ip --route 10.8.0.0/16", "--no-ip and --route exclude", ""},
	{CREATE "--no-ip --inherit", "--no-ip and --inherit exclude", ""},
	{CREATE "--inherit --static 10.0.0.2/24", "--inherit and --static exclude", "leave"},
	{CREATE "--inherit --dhcp", "--inherit and --dhcp exclude", ""},
	{CREATE "--dhcp --static 10.0.0.2/24", "--dhcp and an IPv4 --static", "disagree"},
	{CREATE "--dhcp --gateway 10.0.0.1", "--dhcp and an IPv4 --gateway", "lease"},
	{CREATE "--no-live --no-persist", "--no-live and --no-persist exclude", "nothing"},
	{"--root /x " CREATE "--no-persist", "--root and --no-persist exclude", "files"},
	{"--backend ifcfg " CREATE "--no-persist", "--backend ifcfg and --no-persist", ""},
	{CREATE "--reader nm --no-persist", "--reader and --no-persist exclude", ""},
	{CREATE "--stp on --forward-delay 1.99", "2 to 30 seconds", "leave"},
	{"bridge set br0 --stp on --forward-delay 0", "2 to 30 seconds", "leave"},
	{"bridge create br0 --inherit", "--inherit needs an uplink", "--port"},
	{"bridge create br0 --mac uplink", "--mac uplink needs an uplink", "--port"},
	{"bridge set br0", "nothing to change is named", "--help"},
	{"bridge set br0 --dry-run", "nothing to change is named", "--help"},
	{"port set br0 eth0", "nothing to change is named", "--help"},
};

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

static void good_lines_give_exactly_the_wanted_spec(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_rows); i++) {
		struct kn_buf got = KN_BUF_INIT;
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		split(good_rows[i].line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) < 0)
			fail_msg("%s: %s", good_rows[i].line, err.message);
		put_cli(&cli, &got);
		if (strcmp(kn_buf_str(&got), good_rows[i].want) != 0)
			fail_msg("%s\n gave: %s\n want: %s", good_rows[i].line, kn_buf_str(&got),
				 good_rows[i].want);
		kn_buf_done(&got);
		kn_cli_done(&cli);
		free(w.text);
	}
}

static void bad_lines_are_refused_with_exit_2_and_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		const struct bad *row = &bad_rows[i];
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		split(row->line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) == 0)
			fail_msg("accepted: %s", row->line);
		if (!strstr(err.message, row->message) || !strstr(err.hint, row->hint))
			fail_msg("%s\n message: %s\n hint: %s\n want: %s | %s", row->line,
				 err.message, err.hint, row->message, row->hint);
		if (kn_error_exit_code(&err) != 2)
			fail_msg("%s: exit %d", row->line, kn_error_exit_code(&err));
		kn_cli_done(&cli);
		free(w.text);
	}
}

static void errors_are_json_when_json_is_asked_for_anywhere(void **state)
{
	static const char *const lines[] = {"bridge create --wibble --json", "--json bridg",
					    "bridge create 0 -j"};

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		split(lines[i], &w);
		assert_int_equal(kn_cli_parse(w.n, w.v, &cli, &err), -1);
		assert_true(cli.json);
		kn_cli_done(&cli);
		free(w.text);
	}
}

static void help_and_version_win_over_missing_and_wrong_values(void **state)
{
	static const struct {
		const char *line;
		enum kn_action action;
	} rows[] = {
		{"--help", KN_ACTION_HELP},
		{"bridge -h", KN_ACTION_HELP},
		{"bridge create --help", KN_ACTION_HELP},
		{"bridge create --mtu x --help", KN_ACTION_HELP},
		{"--version", KN_ACTION_VERSION},
		{"bridge list --version", KN_ACTION_VERSION},
		{"", KN_ACTION_MISSING},
		{"bridge", KN_ACTION_MISSING},
		{"port -v", KN_ACTION_MISSING},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		split(rows[i].line, &w);
		assert_int_equal(kn_cli_parse(w.n, w.v, &cli, &err), 0);
		assert_int_equal(cli.action, rows[i].action);
		kn_cli_done(&cli);
		free(w.text);
	}
}

/* ---- help ---- */

static void check_screen(const char *name, struct kn_buf *text, size_t max_lines)
{
	size_t lines = 0;

	for (const char *p = kn_buf_str(text); *p; lines++) {
		size_t len = strcspn(p, "\n");

		if (len > 80)
			fail_msg("%s: %zu columns: %.*s", name, len, (int)len, p);
		assert_int_equal(p[len], '\n');
		p += len + 1;
	}
	if (lines > max_lines)
		fail_msg("%s: %zu lines", name, lines);
	if (!strstr(kn_buf_str(text), "Example:\n  kvmnet "))
		fail_msg("%s: no example", name);
	kn_buf_done(text);
}

static void every_help_fits_a_screen_and_has_an_example(void **state)
{
	struct kn_buf text = KN_BUF_INIT;

	(void)state;
	kn_help_top(&text);
	check_screen("kvmnet", &text, 24);
	kn_help_group("bridge", &text);
	check_screen("kvmnet bridge", &text, 24);
	kn_help_group("port", &text);
	check_screen("kvmnet port", &text, 24);
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		kn_help_command(c, &text);
		check_screen(c->name, &text, (1u << c->id) & KN_IN_BRIDGE ? 40 : 24);
	}
}

/* The examples in help are command lines that this program takes. */
static void every_example_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		char *line = strndup(c->example + strlen("kvmnet "), strcspn(c->example, ">") - 7);
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		assert_non_null(line);
		for (char *p = line; *p; p++)
			*p = *p == '\\' || *p == '\n' ? ' ' : *p;
		split(line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) < 0)
			fail_msg("%s: %s", line, err.message);
		assert_int_equal(cli.command->id, c->id);
		kn_cli_done(&cli);
		free(w.text);
		free(line);
	}
}

/* ---- the table ---- */

static bool option_exists(const char *name, unsigned int commands)
{
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (!strcmp(kn_option_at(i)->name, name) && kn_option_at(i)->commands == commands)
			return true;
	return false;
}

static void every_bridge_and_port_option_of_the_model_can_be_given(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (!option_exists(kn_bridge_opt_info(i)->name, KN_IN_BRIDGE))
			fail_msg("--%s", kn_bridge_opt_info(i)->name);
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		if (!option_exists(kn_port_opt_info(i)->name, KN_IN_PORT))
			fail_msg("--%s", kn_port_opt_info(i)->name);
}

static void no_command_has_two_options_of_one_name_or_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < KN_O_COUNT; i++)
		for (size_t j = 0; j < i; j++) {
			const struct kn_option *a = kn_option_at(i), *b = kn_option_at(j);

			if (!(a->commands & b->commands))
				continue;
			assert_string_not_equal(a->name, b->name);
			assert_true(!a->letter || a->letter != b->letter);
		}
}

static void every_option_is_in_every_completion_and_in_a_manual_list(void **state)
{
	struct kn_buf bash = KN_BUF_INIT, zsh = KN_BUF_INIT, fish = KN_BUF_INIT;
	struct kn_buf man = KN_BUF_INIT;

	(void)state;
	kn_completion_bash(&bash);
	kn_completion_zsh(&zsh);
	kn_completion_fish(&fish);
	for (size_t i = 0; i < KN_CMD_COUNT; i++)
		kn_man_options(kn_command_at(i), KN_SECTION_IP, &man);
	kn_man_options(NULL, KN_SECTION_CHANGE, &man);
	kn_man_options(NULL, KN_SECTION_GLOBAL, &man);
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		char word[48];

		(void)snprintf(word, sizeof(word), "--%s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&bash), word));
		assert_non_null(strstr(kn_buf_str(&zsh), word));
		(void)snprintf(word, sizeof(word), " -l %s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&fish), word));
		(void)snprintf(word, sizeof(word), "Fl Fl %s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&man), word));
	}
	kn_buf_done(&bash);
	kn_buf_done(&zsh);
	kn_buf_done(&fish);
	kn_buf_done(&man);
}

/* ---- the surroundings ---- */

static void ssh_connection_is_four_fields_or_nothing(void **state)
{
	static const char *const bad[] = {"", "192.168.12.5", "192.168.12.5 5000 192.168.12.118",
					  "a 1 b 2", "192.168.12.5 5000 host 22"};
	struct kn_ip local, peer;
	char buf[KN_IP_STRLEN];

	(void)state;
	assert_true(kn_ssh_parse("192.168.12.5 50000 192.168.12.118 22", &local, &peer));
	assert_string_equal(kn_ip_fmt(&local, buf), "192.168.12.118");
	assert_string_equal(kn_ip_fmt(&peer, buf), "192.168.12.5");
	assert_true(kn_ssh_parse("fe80::5%eth0 50000 fe80::1%eth0 22", &local, &peer));
	assert_string_equal(kn_ip_fmt(&local, buf), "fe80::1");
	assert_false(kn_ssh_parse(NULL, &local, &peer));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(kn_ssh_parse(bad[i], &local, &peer));
}

static void no_color_wins_over_everything(void **state)
{
	(void)state;
	assert_true(kn_term_color(KN_COLOR_AUTO, true, NULL));
	assert_true(kn_term_color(KN_COLOR_AUTO, true, ""));
	assert_false(kn_term_color(KN_COLOR_AUTO, false, NULL));
	assert_true(kn_term_color(KN_COLOR_ALWAYS, false, NULL));
	assert_false(kn_term_color(KN_COLOR_NEVER, true, NULL));
	assert_false(kn_term_color(KN_COLOR_AUTO, true, "1"));
	assert_false(kn_term_color(KN_COLOR_ALWAYS, true, "1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_lines_give_exactly_the_wanted_spec),
		cmocka_unit_test(bad_lines_are_refused_with_exit_2_and_say_why),
		cmocka_unit_test(errors_are_json_when_json_is_asked_for_anywhere),
		cmocka_unit_test(help_and_version_win_over_missing_and_wrong_values),
		cmocka_unit_test(every_help_fits_a_screen_and_has_an_example),
		cmocka_unit_test(every_example_parses),
		cmocka_unit_test(every_bridge_and_port_option_of_the_model_can_be_given),
		cmocka_unit_test(no_command_has_two_options_of_one_name_or_letter),
		cmocka_unit_test(every_option_is_in_every_completion_and_in_a_manual_list),
		cmocka_unit_test(ssh_connection_is_four_fields_or_nothing),
		cmocka_unit_test(no_color_wins_over_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
