/* Definitions as libvirt dumps them, as users edit them and as attackers write them: read right,
 * changed without loss, or refused with the line. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/netxml.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

static struct kn_error err;

/* As `virsh net-dumpxml --inactive default` of libvirt 9.0 prints it, and what users add. */
static const char users_own[] =
	"<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>\n"
	"  <name>default</name>\n"
	"  <uuid>5D5B6A1E-2F6C-4B1A-9D3C-1F2E3D4C5B6A</uuid>\n"
	"  <metadata><other:x xmlns:other='http://example.org/x'>kept</other:x></metadata>\n"
	"  <forward mode='nat'>\n"
	"    <nat>\n"
	"      <port start='1024' end='65535'/>\n"
	"    </nat>\n"
	"  </forward>\n"
	"  <bridge name='virbr0' stp='on' delay='0' macTableManager='kernel'/>\n"
	"  <mac address='52:54:00:AB:CD:EF'/>\n"
	"  <dns forwardPlainNames='no'>\n"
	"    <host ip='192.168.122.1'><hostname>gw</hostname></host>\n"
	"  </dns>\n"
	"  <bandwidth><inbound average='1000'/></bandwidth>\n"
	"  <ip address='192.168.122.1' prefix='24' localPtr='yes'>\n"
	"    <tftp root='/srv/tftp'/>\n"
	"    <dhcp>\n"
	"      <range start='192.168.122.2' end='192.168.122.254'>\n"
	"        <lease expiry='2' unit='hours'/>\n"
	"      </range>\n"
	"      <bootp file='pxelinux.0'/>\n"
	"    </dhcp>\n"
	"  </ip>\n"
	"  <!-- a remark -->\n"
	"  <dnsmasq:options><dnsmasq:option value='log-queries'/></dnsmasq:options>\n"
	"</network>\n";

static void parse(const char *text, struct kn_netdef *ret)
{
	*ret = (struct kn_netdef){0};
	if (kn_netxml_parse("n.xml", text, strlen(text), ret, &err) < 0)
		fail_msg("%s", err.message);
}

static void what_is_known_is_read_and_what_is_not_is_named(void **state)
{
	static const char *const others[] = {
		"bridge@macTableManager",
		"dns@forwardPlainNames",
		"bandwidth",
		"ip@localPtr",
		"ip/tftp",
		"ip/dhcp/bootp",
		"metadata/x",
		"options",
	};
	char text[KN_UUID_STRLEN];
	struct kn_netdef def;

	(void)state;
	parse(users_own, &def);
	assert_true(def.mode_known);
	assert_int_equal(def.net.mode, KN_NETMODE_NAT);
	assert_string_equal(def.net.name.s, "default");
	assert_string_equal(kn_uuid_fmt(&def.net.uuid, text),
			    "5d5b6a1e-2f6c-4b1a-9d3c-1f2e3d4c5b6a");
	assert_int_equal(def.net.subnets.v[0].prefix_len, 24);
	assert_int_equal(def.net.ranges.v[0].lease_s, 7200);
	assert_int_equal(def.net.dns_hosts.n, 1);
	assert_true(def.net.stp);
	assert_false(def.net.marked);
	for (size_t i = 0; i < ROWS(others); i++)
		if (!kn_strv_has(&def.others, others[i]))
			fail_msg("%s is not named", others[i]);
	assert_int_equal(def.others.n, ROWS(others));
	kn_netdef_done(&def);
}

static void a_definition_that_says_it_already_is_not_touched(void **state)
{
	struct kn_buf out = KN_BUF_INIT, tidy = KN_BUF_INIT;
	struct kn_netdef def;
	bool changed = true;

	(void)state;
	parse(users_own, &def);
	assert_int_equal(kn_netxml_patch(&def, &def.net, &out, &changed, &err), 0);
	assert_false(changed);
	assert_int_equal(kn_netxml_tidy("n", users_own, strlen(users_own), &tidy, &err), 0);
	assert_string_equal(kn_buf_str(&out), kn_buf_str(&tidy));
	kn_netdef_done(&def);
	kn_buf_done(&out);
	kn_buf_done(&tidy);
}

/* The user's own elements, other programs' metadata, remarks: all there after a change. */
static void a_change_keeps_what_it_does_not_know(void **state)
{
	static const char *const kept[] = {
		"macTableManager=\"kernel\"",
		"forwardPlainNames=\"no\"",
		"<inbound average=\"1000\"/>",
		"localPtr=\"yes\"",
		"<tftp root=\"/srv/tftp\"/>",
		"<bootp file=\"pxelinux.0\"/>",
		">kept</other:x>",
		"<!-- a remark -->",
		"value=\"log-queries\"",
		"prefix=\"24\"",
		"unit=\"hours\"",
		"52:54:00:AB:CD:EF",
		"5D5B6A1E-",
		"urn:kvmnet:network:1",
		"<mtu size=\"9000\"/>",
	};
	struct kn_buf out = KN_BUF_INIT;
	struct kn_netdef def, again;
	bool changed = false;

	(void)state;
	parse(users_own, &def);
	def.net.mtu = 9000;
	def.net.has |= KN_NET_HAS(MTU);
	def.net.marked = true;
	def.net.managed = KN_NET_HAS(MTU);
	assert_int_equal(kn_netxml_patch(&def, &def.net, &out, &changed, &err), 0);
	assert_true(changed);
	for (size_t i = 0; i < ROWS(kept); i++)
		if (!strstr(kn_buf_str(&out), kept[i]))
			fail_msg("%s is gone:\n%s", kept[i], kn_buf_str(&out));
	/* In libvirt's order: behind the bridge, before the MAC. */
	assert_true(strstr(kn_buf_str(&out), "<bridge") < strstr(kn_buf_str(&out), "<mtu"));
	assert_true(strstr(kn_buf_str(&out), "<mtu") < strstr(kn_buf_str(&out), "<mac "));
	parse(kn_buf_str(&out), &again);
	assert_int_equal(again.net.managed, KN_NET_HAS(MTU));
	assert_int_equal(kn_network_diff(&def.net, &again.net), 0);
	kn_netdef_done(&def);
	kn_netdef_done(&again);
	kn_buf_done(&out);
}

static void what_is_taken_away_goes_and_nothing_else(void **state)
{
	struct kn_buf out = KN_BUF_INIT;
	struct kn_network want = {0};
	struct kn_netdef def;
	bool changed;

	(void)state;
	parse(users_own, &def);
	assert_int_equal(
		kn_network_copy(&want, &def.net, KN_NET_ALL & ~KN_NET_HAS(DNS_HOSTS), &err), 0);
	want.mode = def.net.mode;
	want.name = def.net.name;
	assert_int_equal(kn_netxml_patch(&def, &want, &out, &changed, &err), 0);
	assert_null(strstr(kn_buf_str(&out), "hostname"));
	assert_non_null(strstr(kn_buf_str(&out), "<dns forwardPlainNames=\"no\"/>"));
	kn_network_done(&want);
	kn_netdef_done(&def);
	kn_buf_done(&out);
}

static void texts_that_mean_the_same_are_the_same_in_canonical_form(void **state)
{
	static const char *const pairs[][2] = {
		{"<network><name>a</name><forward/></network>",
		 "<network connections='2'><forward mode=\"nat\"><nat><port start='1024' "
		 "end='65535'/></nat></forward><!-- x --><name>a</name></network>"},
		{"<network><name>a</name><forward dev='e' mode='nat'/></network>",
		 "<network><name>a</name><forward mode='nat' dev='e'><interface dev='e'/></forward>"
		 "</network>"},
		{"<network><name>a</name><ip address='10.0.0.1' netmask='255.0.0.0'/></network>",
		 "<network><name>a</name><uuid>5d5b6a1e-2f6c-4b1a-9d3c-1f2e3d4c5b6a</uuid>"
		 "<mac address='52:54:00:00:00:01'/>"
		 "<ip family='ipv4' prefix='8' address='10.0.0.1'><dhcp/></ip><dns/></network>"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(pairs); i++) {
		struct kn_buf a = KN_BUF_INIT, b = KN_BUF_INIT;

		assert_int_equal(
			kn_netxml_canonical("a", pairs[i][0], strlen(pairs[i][0]), false, &a, &err),
			0);
		assert_int_equal(
			kn_netxml_canonical("b", pairs[i][1], strlen(pairs[i][1]), false, &b, &err),
			0);
		assert_string_equal(kn_buf_str(&a), kn_buf_str(&b));
		kn_buf_done(&a);
		kn_buf_done(&b);
	}
}

static void hostile_or_broken_documents_are_refused_with_the_line(void **state)
{
	static const struct {
		const char *text, *message;
		unsigned int line;
	} rows[] = {
		{"", "n.xml is no usable XML", 1},
		{"hello", "n.xml is no usable XML", 1},
		{"<network>\n<name>a</name>", "n.xml is no usable XML", 2},
		{"<network>\n<name>a</nam>\n</network>", "n.xml is no usable XML", 2},
		{"<network>\n<name>\xff</name></network>", "no UTF-8", 2},
		{"<network>\n<name>\xc0\xaf</name></network>", "no UTF-8", 2},
		{"\xfe\xff", "no UTF-8", 1},
		{"<!DOCTYPE a [<!ENTITY b 'c'>]>\n<network/>", "DOCTYPE", 1},
		{"<?xml version='1.0'?>\n<!DOCTYPE n SYSTEM 'file:///etc/passwd'>\n<network/>",
		 "DOCTYPE", 2},
		{"<network>\n<name>&lol9;</name></network>", "n.xml is no usable XML", 2},
		{"<domain/>", "no definition of a network", 1},
		{"<network/>", "it has no name", 1},
		{"<network><name>a/b</name></network>", "no usable network name", 1},
		{"<network><name>a</name>\n<uuid>x</uuid></network>", "no usable UUID", 1},
		{"<network><name>a</name>\n<ip address='10.0.0.300'/></network>",
		 "<ip address=\"10.0.0.300\">: this is no IPv4", 2},
		{"<network><name>a</name>\n<ip netmask='255.0.0.0'/></network>", "no address", 2},
		{"<network><name>a</name><ip address='10.0.0.1' prefix='33'/></network>",
		 "prefix=\"33\"", 1},
		{"<network><name>a</name><ip address='10.0.0.1' netmask='255.0.255.0'/></network>",
		 "netmask=\"255.0.255.0\"", 1},
		{"<network><name>a</name><bridge name='a/b'/></network>", "<bridge>", 1},
		{"<network><name>a</name><bridge stp='maybe'/></network>", "stp=\"maybe\"", 1},
		{"<network><name>a</name><mac address='x'/></network>", "<mac>", 1},
		{"<network><name>a</name><mtu size='-1'/></network>", "size=\"-1\"", 1},
		{"<network><name>a</name><ip address='10.0.0.1'><dhcp><range start='10.0.0.2' "
		 "end='fd00::1'/></dhcp></ip></network>",
		 "<range>: it needs start and end, of one family", 1},
		{"<network><name>a</name><ip address='10.0.0.1'><dhcp><range start='10.0.0.2' "
		 "end='10.0.0.3'><lease expiry='1' unit='days'/></range></dhcp></ip></network>",
		 "unit=\"days\"", 1},
		{"<network><name>a</name><vlan><tag id='4096'/></vlan></network>", "id=\"4096\"",
		 1},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct kn_netdef def = {0};

		if (kn_netxml_parse("n.xml", rows[i].text, strlen(rows[i].text), &def, &err) == 0)
			fail_msg("accepted: %s", rows[i].text);
		if (err.kind != KN_ERR_HOSTFILE || !strstr(err.message, rows[i].message))
			fail_msg("%s: says \"%s\"", rows[i].text, err.message);
		assert_int_equal(err.line, rows[i].line);
		kn_netdef_done(&def);
	}
}

/* 2000 levels, a name of a megabyte, more than a megabyte, a NUL: all bounded. */
static void size_and_depth_are_bounded(void **state)
{
	struct kn_buf deep = KN_BUF_INIT, name = KN_BUF_INIT;
	struct kn_netdef def = {0};

	(void)state;
	for (int i = 0; i < 2000; i++)
		kn_buf_puts(&deep, "<network>");
	assert_int_equal(kn_netxml_parse("n", kn_buf_str(&deep), deep.len, &def, &err), -1);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	kn_buf_puts(&name, "<network><name>");
	for (int i = 0; i < 1024 * 1000; i++)
		kn_buf_putc(&name, 'a');
	kn_buf_puts(&name, "</name></network>");
	assert_int_equal(kn_netxml_parse("n", kn_buf_str(&name), name.len, &def, &err), -1);
	assert_non_null(strstr(err.message, "no usable network name"));
	for (int i = 0; i < 1024 * 100; i++)
		kn_buf_putc(&name, ' ');
	assert_int_equal(kn_netxml_parse("n", kn_buf_str(&name), name.len, &def, &err), -1);
	assert_non_null(strstr(err.message, "over 1 MiB"));
	assert_int_equal(kn_netxml_parse("n", "<network>\0</network>", 20, &def, &err), -1);
	kn_buf_done(&deep);
	kn_buf_done(&name);
	kn_netdef_done(&def);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_read_and_what_is_not_is_named),
		cmocka_unit_test(a_definition_that_says_it_already_is_not_touched),
		cmocka_unit_test(a_change_keeps_what_it_does_not_know),
		cmocka_unit_test(what_is_taken_away_goes_and_nothing_else),
		cmocka_unit_test(texts_that_mean_the_same_are_the_same_in_canonical_form),
		cmocka_unit_test(hostile_or_broken_documents_are_refused_with_the_line),
		cmocka_unit_test(size_and_depth_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
