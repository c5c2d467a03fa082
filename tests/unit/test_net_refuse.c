/* Networks that cannot work are refused with the option, the value and the reason; most of them
 * libvirt defines without a word. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/parse.h"
#include "plan/netresolve.h"
#include "words.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))
#define X	    "net xml n "
#define NAT	    X "--nat --subnet 10.9.0.1/24 "
#define SIX	    X "--isolated --subnet none --ipv6 fd00:9::1/64 "
#define MAC1	    "52:54:00:aa:bb:01"
#define LONG64	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct bad {
	const char *line, *message, *hint;
};

static const struct bad bad_rows[] = {
	/* the name */
	{"net xml", "net xml: the network's name is missing", "net xml NAME"},
	{"net xml '' --nat", "\"\" is no usable network name: it is empty", ""},
	{"net xml a\tb --nat", "\"a\\x09b\" is no usable network name", ""},
	{"net xml a/b --nat", "\"a/b\" is no usable network name", ""},
	{"net xml a..b --nat", "two dots in a row", ""},
	{"net xml .. --nat", "does not start with", ""},
	{"net xml --nat -- -a", "\"-a\" is no usable network name", ""},
	{"net xml " LONG64 "a --nat", "longer than 64 characters", ""},
	{"net xml <b> --nat", "\"<b>\" is no usable network name", ""},
	{"net xml a&b --nat", "\"a&b\" is no usable network name", ""},
	{"net xml $(id) --nat", "\"$(id)\" is no usable network name", ""},
	{"net xml a\x1b[2J --nat", "\"a\\x1b[2J\" is no usable", ""},
	{"net xml \xff --nat", "\"\\xff\" is no usable", ""},
	/* the mode */
	{"net xml n", "the network's mode is missing", "--nat"},
	{X "--nat --route", "--nat and --route exclude each other", "one mode"},
	{X "--isolated --bridge br0", "--isolated and --bridge exclude each other", "one mode"},
	{X "--macvtap eth0 --open", "--macvtap and --open exclude each other", ""},
	{X "--bridge br0 --bridge br1", "--bridge is given twice", ""},
	{X "--bridge", "--bridge needs a value", ""},
	{X "--bridge br0123456789abcd", "--bridge: \"br0123456789abcd\"", ""},
	{X "--bridge br/0", "only letters", ""},
	{X "--bridge lo", "the name is reserved", ""},
	{X "--macvtap ''", "--macvtap: \"\" is no usable interface name", ""},
	{X "--macvtap eth0 --macvtap eth0", "the device is given twice", ""},
	{X "--macvtap eth0 --macvtap-mode fast", "\"fast\": this is no macvtap mode", "vepa"},
	{X "--nat --macvtap-mode vepa", "--macvtap-mode needs --macvtap", ""},
	{X "--nat --openvswitch", "--openvswitch needs --bridge", ""},
	{X "--macvtap eth0 --dev eth1", "--macvtap and --dev exclude each other", ""},
	{X "--bridge br0 --bridge-name br1", "--bridge and --bridge-name exclude", ""},
	{X "--bridge-name br1 --bridge br0", "--bridge and --bridge-name exclude", ""},
	{X "--nat --bridge-name virbr01234567890", "longer than 15", ""},
	{X "--nat --dev eth0 --dev eth1", "--dev is given twice", ""},
	{X "--nat --hairpin on", "unknown option --hairpin", ""},
	/* what the mode does not have */
	{X "--bridge br0 --subnet 10.9.0.1/24", "--subnet does not go with --bridge", ""},
	{X "--bridge br0 --dhcp none", "--dhcp does not go with --bridge", ""},
	{X "--bridge br0 --mtu 1400", "--mtu does not go with --bridge", ""},
	{X "--bridge br0 --mac " MAC1, "--mac does not go with --bridge", ""},
	{X "--bridge br0 --stp on", "--stp does not go with --bridge", ""},
	{X "--bridge br0 --forward-delay 4", "--forward-delay does not go with --bridge", ""},
	{X "--bridge br0 --zone lab", "--zone does not go with --bridge", ""},
	{X "--bridge br0 --domain a.b", "--domain does not go with --bridge", ""},
	{X "--bridge br0 --forwarder 1.1.1.1", "--forwarder does not go with --bridge", ""},
	{X "--bridge br0 --dev eth0", "--dev does not go with --bridge", ""},
	{X "--macvtap eth0 --isolate-guests", "--isolate-guests does not go with --macvtap", ""},
	{X "--macvtap eth0 --subnet 10.9.0.1/24", "--subnet does not go with --macvtap", ""},
	{X "--macvtap eth0 --host " MAC1 ",10.9.0.5", "--host does not go with --macvtap", ""},
	{X "--open --dev eth0", "--dev does not go with --open: libvirt adds no rule", ""},
	{X "--isolated --dev eth0", "--dev does not go with --isolated", ""},
	{X "--route --nat-ports 1-2", "--nat-ports needs --nat", ""},
	{X "--route --nat-ipv6 on", "--nat-ipv6 needs --nat", ""},
	{X "--nat --subnet none", "needs a subnet", "--subnet"},
	{X "--route --subnet none", "needs a subnet", "--subnet"},
	{X "--nat --subnet none --ipv6 auto", "NAT for IPv6 has to be asked for", "--nat-ipv6 on"},
	/* subnets */
	{X "--nat --subnet 10.9.0.1", "the prefix length is missing", "ADDRESS/LENGTH"},
	{X "--nat --subnet 10.9.0.1/33", "the prefix length must be 0 to 32", ""},
	{X "--nat --subnet 10.9.0.1/255.0.255.0", "the prefix length must be", ""},
	{X "--nat --subnet 10.9.0.256/24", "no IPv4 or IPv6 address", ""},
	{X "--nat --subnet 10.9.0/24", "no IPv4 or IPv6 address", ""},
	{X "--nat --subnet 010.9.0.1/24", "no IPv4 or IPv6 address", ""},
	{X "--nat --subnet 10.9.0.0/24", "network's own address", ""},
	{X "--nat --subnet 10.9.0.255/24", "broadcast address", ""},
	{X "--nat --subnet 127.0.0.1/8", "a loopback address", ""},
	{X "--nat --subnet 224.0.0.1/24", "a multicast address", ""},
	{X "--nat --subnet 169.254.1.1/24", "link-local", ""},
	{X "--nat --subnet 240.0.0.1/24", "reserved range", ""},
	{X "--nat --subnet 10.9.0.1/31", "leaves no address for a guest", ""},
	{X "--nat --subnet 10.9.0.1/32", "leaves no address for a guest", ""},
	{X "--nat --subnet 10.9.0.1/7", "no network is that large", ""},
	{X "--nat --subnet fd00::1/64", "the other family", "--ipv6"},
	{X "--nat --ipv6 10.9.0.1/24", "the other family", "--subnet"},
	{X "--nat --ipv6 fe80::1/64", "link-local", ""},
	{X "--nat --ipv6 ff02::1/64", "a multicast address", ""},
	{X "--nat --ipv6 fd00::1/127", "leaves no address for a guest", ""},
	{X "--nat --ipv6 fd00::/64", "network's own address", ""},
	{X "--nat --ipv6 fd00::1/129", "the prefix length must be 0 to 128", ""},
	{X "--nat --subnet auto --subnet 10.9.0.1/24", "exclude each other", "once"},
	{X "--nat --subnet 10.9.0.1/24 --subnet none", "exclude each other", "once"},
	{X "--nat --ipv6 auto --ipv6 auto", "exclude each other", ""},
	{NAT "--subnet 10.9.0.129/25", "--subnet 10.9.0.129/25: it overlaps another", ""},
	/* DHCP */
	{NAT "--dhcp 10.9.0.2", "--dhcp \"10.9.0.2\": this is no range", "192.168.130.100-"},
	{NAT "--dhcp 10.9.0.2-300", "this is no range of addresses", ""},
	{NAT "--dhcp -", "this is no range of addresses", ""},
	{NAT "--dhcp 10.9.0.9-10.9.0.2", "it ends before it begins", ""},
	{NAT "--dhcp 10.9.0.9-fd00::1", "different families", ""},
	{NAT "--dhcp 10.8.0.9-10.8.0.20", "outside every subnet", "--subnet"},
	{NAT "--dhcp 10.9.0.200-10.9.1.20", "lie in different subnets", ""},
	{NAT "--dhcp 10.9.0.0-10.9.0.9", "the subnet's own address", ""},
	{NAT "--dhcp 10.9.0.1-10.9.0.9", "the guests' gateway", ""},
	{NAT "--dhcp 10.9.0.2-10.9.0.255", "broadcast address", ""},
	{X "--nat --subnet 10.9.0.7/24 --dhcp 10.9.0.2-10.9.0.9", "own address lies inside it", ""},
	{NAT "--dhcp 10.9.0.2-10.9.0.9 --dhcp 10.9.0.9-10.9.0.12", "overlaps another range", ""},
	{NAT "--dhcp none --dhcp 10.9.0.2-10.9.0.9", "exclude each other", ""},
	{NAT "--dhcp 10.9.0.2-10.9.0.9 --dhcp none", "exclude each other", ""},
	{X "--nat --subnet 10.0.0.1/8 --dhcp 10.9.255.2-10.10.0.9", "across a /16 boundary", ""},
	{X "--nat --dhcp 10.9.0.2-10.9.0.9", "outside every subnet", "give the subnet"},
	{X "--nat --subnet 10.9.0.1/24 --subnet 10.8.0.1/24 --dhcp 10.9.0.2-10.9.0.9 "
	   "--dhcp 10.8.0.2-10.8.0.9",
	 "only one subnet of a family can have DHCP", "second network"},
	{X "--isolated --ipv6 fd00::1/56 --dhcp fd00::5-fd00::9", "/64 or longer", ""},
	{SIX "--dhcp fd00:9::5-fd00:9::1:9", "across a /16 boundary (IPv6: /112)", ""},
	{NAT "--lease 119", "--lease \"119\" is not a whole number from 120", "infinite"},
	{NAT "--dhcp none --lease 600", "this network lends none", "--dhcp FIRST-LAST"},
	{X "--isolated --subnet none --lease 600", "this network lends none", "leave --lease out"},
	{X "--bridge br0 --lease 600", "--lease does not go with --bridge", ""},
	{NAT "--lease 0", "--lease \"0\"", "infinite"},
	{NAT "--lease 1h", "--lease \"1h\"", "seconds"},
	{NAT "--lease forever", "--lease \"forever\"", "infinite"},
	/* fixed hosts */
	{NAT "--host " MAC1, "--host: the address is missing", "web01"},
	{NAT "--host " MAC1 ",10.9.0.300", "no IPv4 or IPv6 address", ""},
	{NAT "--host 52:54:00:aa:bb,10.9.0.5", "\"52:54:00:aa:bb\" is no usable MAC", ""},
	{NAT "--host 53:54:00:aa:bb:01,10.9.0.5", "it is a multicast address", ""},
	{NAT "--host 00:00:00:00:00:00,10.9.0.5", "it is all zero", ""},
	{NAT "--host " MAC1 ",10.8.0.5", "--host " MAC1 ",10.8.0.5: this is outside", "--subnet"},
	{NAT "--host " MAC1 ",10.9.0.1", "the guests' gateway", ""},
	{NAT "--host " MAC1 ",10.9.0.0", "the subnet's own address", ""},
	{NAT "--host " MAC1 ",10.9.0.255", "broadcast address", ""},
	{NAT "--host " MAC1 ",10.9.0.5 --host " MAC1 ",10.9.0.6", "has this MAC", ""},
	{NAT "--host " MAC1 ",10.9.0.5 --host 52:54:00:aa:bb:02,10.9.0.5", "has this address", ""},
	{NAT "--host " MAC1 ",10.9.0.5,a --host 52:54:00:aa:bb:02,10.9.0.6,A", "has this name", ""},
	{NAT "--host " MAC1 ",10.9.0.5,a_b", "only letters, digits, '-'", ""},
	{NAT "--host " MAC1 ",10.9.0.5,a,b", "only letters", ""},
	{NAT "--host web01,10.9.0.5,web02", "two names are given", ""},
	{NAT "--mac " MAC1 " --host " MAC1 ",10.9.0.5", "this MAC is the network's own", ""},
	{SIX "--host " MAC1 ",fd00:9::5", "known by DUID or name, not by MAC", ""},
	{SIX "--host 0:3:zz,fd00:9::5", "is no usable MAC address", ""},
	/* routes */
	{NAT "--static-route 10.8.0.0/16", "the guest it goes through is missing", "via="},
	{NAT "--static-route 10.8.0.1/16,via=10.9.0.9", "bits behind the prefix", "10.8.0.0/16"},
	{NAT "--static-route 10.8.0.0/16,via=10.7.0.9", "its gateway is outside every subnet", ""},
	{NAT "--static-route 10.8.0.0/16,via=10.9.0.1", "no guest can have the gateway's", ""},
	{NAT "--static-route 10.8.0.0/16,via=fd00::1", "different families", ""},
	{NAT "--static-route 0.0.0.0/0,via=10.9.0.9", "cut the host off", ""},
	{NAT "--static-route 10.9.0.128/25,via=10.9.0.9", "overlaps a subnet of the network", ""},
	{NAT "--static-route 10.8.0.0/16,via=10.9.0.9,metric=0", "metric \"0\"", ""},
	{NAT "--static-route 10.8.0.0/16,dev=eth0", "neither via=ADDRESS nor metric=N", ""},
	{NAT "--static-route 10.8.0.0/16,via=10.9.0.9 --static-route 10.8.0.0/16,via=10.9.0.8",
	 "another route has the same destination", ""},
	/* NAT, bridge */
	{NAT "--nat-ports 9-1", "the smaller one first", ""},
	{NAT "--nat-ports 0-9", "ports go from 1", ""},
	{NAT "--nat-ports 1-65536", "no range of ports", "20000-29999"},
	{NAT "--nat-ports 80", "no range of ports", ""},
	{NAT "--nat-ipv6 on", "no IPv6 subnet", "--ipv6 auto"},
	{NAT "--nat-ipv6 maybe", "neither on nor off", ""},
	{NAT "--mtu 67", "--mtu \"67\"", ""},
	{NAT "--mtu 65536", "--mtu \"65536\"", ""},
	{NAT "--ipv6 auto --mtu 1279", "IPv6 needs at least 1280", ""},
	{NAT "--forward-delay 31", "--forward-delay \"31\"", ""},
	{NAT "--stp on --forward-delay 1", "with --stp on it is 2 to 30 seconds, or 0", ""},
	{NAT "--stp yes", "neither on nor off", ""},
	{NAT "--zone a\tb", "a zone has 1 to 17", ""},
	{NAT "--mac 53:54:00:00:00:01", "a multicast address", ""},
	{NAT "--uuid 1234", "\"1234\" is no usable UUID", ""},
	{NAT "--uuid 00000000-0000-0000-0000-000000000000", "is no usable UUID", ""},
	/* VLANs, port groups */
	{NAT "--vlan 10", "--vlan does not go with --nat", ""},
	{X "--bridge br0 --vlan 0", "VLAN \"0\" is not a whole number from 1 to 4094", ""},
	{X "--bridge br0 --vlan 4095", "VLAN \"4095\"", ""},
	{X "--bridge br0 --vlan 10,10", "VLAN 10 is given twice", ""},
	{X "--bridge br0 --vlan 10,native=10,native=11", "one native VLAN at most", ""},
	{X "--macvtap eth0 --vlan 10", "passthrough", ""},
	{NAT "--portgroup a,vlan=10", "VLANs need --bridge", ""},
	{NAT "--portgroup a --portgroup a", "the name is given twice", ""},
	{NAT "--portgroup a,default --portgroup b,default", "another port group is the default",
	 ""},
	{NAT "--portgroup ''", "a port group's name", ""},
	{NAT "--portgroup a\tb", "a port group's name", ""},
	{NAT "--portgroup a,colour=red", "\"colour=red\" is none of default", ""},
	/* DNS */
	{NAT "--domain ''", "--domain \"\": it is empty", ""},
	{NAT "--domain a_b", "only letters", ""},
	{NAT "--domain a..b", "single dots", ""},
	{NAT "--domain .", "single dots", ""},
	{NAT "--domain " LONG64, "longer than 63", ""},
	{NAT "--domain-local", "--domain-local needs --domain", ""},
	{NAT "--forwarder 10.9.0.1", "it would ask itself", ""},
	{NAT "--forwarder a.b,c", "no IPv4 or IPv6 address", ""},
	{NAT "--forwarder 1.1.1.1 --forwarder 1.1.1.1", "given twice", ""},
	{NAT "--no-dns --forwarder 1.1.1.1", "--no-dns and --forwarder exclude each other", ""},
	{NAT "--forwarder 255.255.255.255", "no name server can have this address", ""},
	{NAT "--forwarder lab.example,0.0.0.0", "no name server can have this address", ""},
	{NAT "--forwarder ff02::1", "no name server can have this address", ""},
	{NAT "--no-dns --txt a=b", "--no-dns and --txt exclude each other", ""},
	{X "--isolated --subnet none --dns-host 10.9.0.5,a", "has no name server", ""},
	{NAT "--dns-host 10.9.0.5", "--dns-host 10.9.0.5: it has no name", ""},
	{NAT "--dns-host a,b", "no IPv4 or IPv6 address", ""},
	{NAT "--dns-host 10.9.0.5,a_b", "only letters", ""},
	{NAT "--dns-host 10.9.0.5,a --dns-host 10.9.0.5,b", "the address is given twice", ""},
	{NAT "--txt a", "the text is missing", "NAME=TEXT"},
	{NAT "--txt =b", "--txt : it is empty", ""},
	{NAT "--txt a=x\"y", "no quote or control character", ""},
	{NAT "--txt a=\xff", "it is not UTF-8", ""},
	{NAT "--srv ldap", "the protocol is missing", "ldap/tcp"},
	{NAT "--srv ldap/icmp", "the protocol is tcp or udp", ""},
	{NAT "--srv ldap/tcp,port=389", "need a target", ""},
	{NAT "--srv ldap/tcp,target=a.b,port=65536", "port \"65536\"", ""},
	{NAT "--srv ldap/tcp,target=a.b,port=0", "the port is 1 to 65535", ""},
	{NAT "--srv ldap/tcp,colour=red", "\"colour=red\" is none of", ""},
	/* texts */
	{NAT "--title ''", "--title \"\": it is empty", ""},
	{NAT "--title a\x01", "a control character", ""},
	{NAT "--title \xff", "it is not UTF-8", ""},
	{NAT "--title \xef\xbf\xbf", "that XML does not have", ""},
	/* versions */
	{NAT "--target-version nine", "\"nine\" is no version of libvirt", "9.0.0"},
	{NAT "--target-version 9.0.0.1", "is no version of libvirt", ""},
	{NAT "--target-version ''", "is no version of libvirt", ""},
	{NAT "--target-version 9.6 --title a",
	 "--title needs libvirt 9.7.0; this is for libvirt 9.6.0", "--target-version"},
	{NAT "--target-version 9.6 --description a", "--description needs libvirt 9.7.0", ""},
	{NAT "--target-version 6.4 --ipv6 auto --nat-ipv6 on", "--nat-ipv6 needs libvirt 6.5.0",
	 ""},
	{NAT "--target-version 6.2 --lease 600", "--lease needs libvirt 6.3.0", ""},
	{NAT "--target-version 6.0 --isolate-guests", "--isolate-guests needs libvirt 6.1.0", ""},
	{NAT "--target-version 5.0 --zone lab", "--zone needs libvirt 5.1.0", ""},
	{NAT "--target-version 3.0 --mtu 1400", "--mtu needs libvirt 3.1.0", ""},
	{X "--open --target-version 2.1", "--open needs libvirt 2.2.0", ""},
	{NAT "--target-version 2.1 --no-dns", "--no-dns needs libvirt 2.2.0", ""},
	{X "--bridge br0 --vlan 10 --target-version 10.10",
	 "a VLAN on a Linux bridge needs libvirt 11", ""},
	{X "--bridge br0 --portgroup a,vlan=10 --target-version 9.0", "needs libvirt 11", ""},
};

/* Parsed, and where that is well, made into a network. Return: 0; -1 with *err. */
static int make(const char *line, struct kn_error *err)
{
	struct kn_takens taken = {0};
	struct kn_names links = {0};
	struct kn_network net = {0};
	struct kn_plan plan = {0};
	struct words w;
	struct kn_cli cli;

	words_split(line, &w);
	int r = kn_cli_parse(w.n, w.v, &cli, err);
	struct kn_netinputs in = {
		.want = &cli.net, .taken = &taken, .links = &links, .target = cli.target};
	if (r == 0)
		r = kn_network_resolve(&in, &net, &plan, err);
	kn_network_done(&net);
	kn_plan_done(&plan);
	kn_cli_done(&cli);
	words_done(&w);
	return r;
}

static void what_cannot_work_is_refused_with_option_value_and_reason(void **state)
{
	size_t wrong = 0;

	(void)state;
	assert_true(ROWS(bad_rows) >= 100);
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		const struct bad *row = &bad_rows[i];
		struct kn_error err = {0};

		if (make(row->line, &err) == 0)
			print_error("accepted: %s\n", row->line), wrong++;
		if (!strstr(err.message, row->message))
			print_error("%s: says \"%s\", not \"%s\"\n", row->line, err.message,
				    row->message),
				wrong++;
		if (!strstr(err.hint, row->hint))
			print_error("%s: hints \"%s\", not \"%s\"\n", row->line, err.hint,
				    row->hint),
				wrong++;
		int code = kn_error_exit_code(&err);
		if (code != 2 && code != 8)
			print_error("%s: exit status %d\n", row->line, code), wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* The neighbours of what is refused are fine. */
static void what_can_work_is_taken(void **state)
{
	static const char *const lines[] = {
		"net xml default --nat",
		"net xml a.b+c_d-1 --isolated --subnet none",
		X "--nat --subnet 10.9.0.1/30",
		X "--nat --subnet 10.0.0.1/8",
		X "--nat --subnet none --ipv6 auto --nat-ipv6 on",
		X "--nat --subnet 10.9.0.254/24 --dhcp 10.9.0.1-10.9.0.253",
		NAT "--dhcp 10.9.0.2-10.9.0.9 --dhcp 10.9.0.10-10.9.0.12 --lease 120",
		NAT "--dhcp none --host web01,10.9.0.5",
		NAT "--lease infinite --stp on --forward-delay 2 --mtu 68",
		NAT "--stp on --forward-delay 0", /* as libvirt has it of itself */
		NAT "--host 52-54-00-AA-BB-01,10.9.0.254,web01",
		SIX "--host 00:03:00:01:52:54:00:aa:bb:01,fd00:9::5 --host db01,fd00:9::6",
		SIX "--dhcp fd00:9::10-fd00:9::ffff --mtu 1280",
		NAT "--static-route 10.8.0.0/16,via=10.9.0.9,metric=1 --nat-ports 1-65535",
		X "--bridge br0 --vlan 10,20,native=10 --target-version 11.0",
		X "--bridge br0 --openvswitch --portgroup a,vlan=4094 --target-version 1.2.6",
		X "--macvtap eth0 --macvtap eth1 --macvtap-mode passthrough --vlan 10",
		X "--open --target-version 2.2",
		NAT "--forwarder corp.example --forwarder corp.example,1.1.1.1 --domain a.b",
		NAT "--txt a=b",
	};
	struct kn_error err = {0};

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++)
		if (make(lines[i], &err) < 0)
			fail_msg("%s: %s", lines[i], err.message);
}

/* Nothing of a megabyte gets into a message, a definition or a crash. */
static void values_of_a_megabyte_are_refused(void **state)
{
	static const char *const options[] = {
		"--bridge",	 "--macvtap",	     "--subnet", "--ipv6",	   "--dhcp",
		"--lease",	 "--host",	     "--zone",	 "--domain",	   "--txt",
		"--forwarder",	 "--dns-host",	     "--srv",	 "--title",	   "--vlan",
		"--portgroup",	 "--description",    "--uuid",	 "--static-route", "--nat-ports",
		"--bridge-name", "--target-version", "--dev",
	};
	char *big = malloc(1024 * 1024 + 1);

	(void)state;
	assert_non_null(big);
	memset(big, 'a', 1024 * 1024);
	big[1024 * 1024] = '\0';
	for (size_t i = 0; i < ROWS(options); i++) {
		char *argv[] = {"kvmnet", "net", "xml", "n", (char *)options[i], big, NULL};
		struct kn_error err = {0};
		struct kn_cli cli;

		if (kn_cli_parse(6, argv, &cli, &err) == 0)
			fail_msg("%s takes a megabyte", options[i]);
		assert_int_equal(kn_error_exit_code(&err), 2);
		kn_cli_done(&cli);
	}
	char *argv[] = {"kvmnet", "net", "xml", big, "--nat", NULL};
	struct kn_error err = {0};
	struct kn_cli cli;
	assert_int_equal(kn_cli_parse(5, argv, &cli, &err), -1);
	kn_cli_done(&cli);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_work_is_refused_with_option_value_and_reason),
		cmocka_unit_test(what_can_work_is_taken),
		cmocka_unit_test(values_of_a_megabyte_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
