/* Bad command lines are refused with exit 2, the reason and a hint. Layer: tests. */
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

#define CREATE "bridge create br0 --port eth0 "

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
	{CREATE "--confirm 0", "--confirm", ""},
	{CREATE "--confirm 86401", "--confirm", ""},
	{CREATE "--confirm 2m", "--confirm", ""},
	{CREATE "--no-wait --no-guard", "--no-wait and --no-guard exclude each other",
	 "it is the guardian that waits in this process's place"},
	{CREATE "--confirm 60 --no-guard", "--confirm and --no-guard exclude each other",
	 "guardian"},
	{CREATE "--confirm 60 --no-live", "--confirm and --no-live exclude each other",
	 "cut nobody off"},
	{"--root /x bridge delete br0 --confirm 60", "--confirm and --root exclude each other",
	 "running host"},
	{"confirm --root /x", "confirm is about this host", ""},
	{"--root /x cancel 42", "cancel is about this host", ""},
	{"confirm 1 2", "confirm: unexpected word \"2\"", "confirm [TX]"},
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
	{CREATE "--static 192.168.12.118/024", "the prefix length begins with 0", ""},
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
	{CREATE "--dns 0.1.2.3", "no name server", ""},
	{CREATE "--dns ::", "no name server", ""},
	{CREATE "--dns 224.0.0.251", "no name server", ""},
	{CREATE "--dns ff02::fb", "no name server", ""},
	{CREATE "--dns 240.0.0.1", "no name server", ""},
	{CREATE "--dns 255.255.255.255", "no name server", ""},
	{CREATE "--gateway 255.255.255.255", "no router", ""},
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
	{CREATE "--force=Rule", "no safety rule", "kvmnet(8) lists"},
	{CREATE "--force=second-uplnk", "no safety rule", "did you mean second-uplink?"},
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

static void bad_lines_are_refused_with_exit_2_and_say_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		const struct bad *row = &bad_rows[i];
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		words_split(row->line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) == 0)
			fail_msg("accepted: %s", row->line);
		if (!strstr(err.message, row->message) || !strstr(err.hint, row->hint))
			fail_msg("%s\n message: %s\n hint: %s\n want: %s | %s", row->line,
				 err.message, err.hint, row->message, row->hint);
		if (!err.hint[0])
			fail_msg("%s: no hint", row->line);
		if (kn_error_exit_code(&err) != 2)
			fail_msg("%s: exit %d", row->line, kn_error_exit_code(&err));
		kn_cli_done(&cli);
		words_done(&w);
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

		words_split(lines[i], &w);
		assert_int_equal(kn_cli_parse(w.n, w.v, &cli, &err), -1);
		assert_true(cli.json);
		kn_cli_done(&cli);
		words_done(&w);
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

		words_split(rows[i].line, &w);
		assert_int_equal(kn_cli_parse(w.n, w.v, &cli, &err), 0);
		assert_int_equal(cli.action, rows[i].action);
		kn_cli_done(&cli);
		words_done(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines_are_refused_with_exit_2_and_say_why),
		cmocka_unit_test(errors_are_json_when_json_is_asked_for_anywhere),
		cmocka_unit_test(help_and_version_win_over_missing_and_wrong_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
