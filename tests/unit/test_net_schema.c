/* What kvmnet writes fits libvirt's own schemas: networks of every mode, and the interfaces by
 * which guests use them. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "cli/parse.h"
#include "codec/netxml.h"
#include "plan/netresolve.h"
#include "words.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))
#define SCHEMAS	    "/usr/share/libvirt/schemas/"
#define X	    "net xml n --target-version 9.0 "

static struct kn_error err;

/* Fills *ret from a command line. */
static void make(const char *line, struct kn_network *ret)
{
	struct kn_takens taken = {0};
	struct kn_names links = {0};
	struct kn_plan plan = {0};
	struct words w;
	struct kn_cli cli;

	words_split(line, &w);
	*ret = (struct kn_network){0};
	if (kn_cli_parse(w.n, w.v, &cli, &err) < 0)
		fail_msg("%s: %s", line, err.message);
	struct kn_netinputs in = {
		.want = &cli.net, .taken = &taken, .links = &links, .target = cli.target};
	if (kn_network_resolve(&in, ret, &plan, &err) < 0)
		fail_msg("%s: %s", line, err.message);
	kn_plan_done(&plan);
	kn_cli_done(&cli);
	words_done(&w);
}

static void need_schemas(void)
{
	if (access(SCHEMAS "network.rng", R_OK) < 0)
		skip();
}

static const char *const lines[] = {
	X "--nat",
	X "--nat --dev eth0 --nat-ports 2000-3000 --ipv6 auto --nat-ipv6 on",
	X "--route --subnet 10.1.0.1/16 --static-route 10.8.0.0/16,via=10.1.0.9,metric=3 "
	  "--ipv6 fd00:1::1/64 --static-route fd00:8::/64,via=fd00:1::9",
	X "--open --domain lab.example --domain-local --zone lab --mtu 9000 --stp on",
	X "--isolated --isolate-guests --subnet none",
	X "--isolated --no-dns --mac 52:54:00:00:00:01 --bridge-name virbr7",
	X "--nat --subnet 10.9.0.1/24 --host 52:54:00:aa:bb:01,10.9.0.5,web01 --host db,10.9.0.6 "
	  "--lease 3600 --dhcp 10.9.0.9-10.9.0.19 --dhcp 10.9.0.29-10.9.0.39",
	X "--isolated --ipv6 fd00:1::1/64 --dhcp fd00:1::10-fd00:1::ff "
	  "--host 00:03:00:01:52:54:00:aa:bb:01,fd00:1::5,a --host b,fd00:1::6 --lease infinite",
	X "--nat --forwarder 9.9.9.9 --forwarder corp.example --forwarder corp.example,10.0.0.53 "
	  "--dns-host 192.168.122.1,a,b --txt a=<b>&c --srv ldap/tcp "
	  "--srv x/udp,target=a.b,port=1,priority=2,weight=3,domain=c.d",
	X "--bridge br0 --portgroup a,default --portgroup b --isolate-guests",
	X "--bridge br0 --openvswitch --vlan 7 --portgroup a,vlan=1,vlan=2,native=3",
	X "--macvtap eth0",
	X "--macvtap eth0 --macvtap eth1 --macvtap-mode passthrough --vlan 7",
	X "--macvtap eth0 --macvtap-mode vepa",
	X "--macvtap eth0 --macvtap-mode private --uuid 5d5b6a1e-2f6c-4b1a-9d3c-1f2e3d4c5b6a",
};

static void every_network_fits_libvirts_schema(void **state)
{
	(void)state;
	need_schemas();
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct kn_buf xml = KN_BUF_INIT;
		struct kn_network net;
		bool applied = false;

		make(lines[i], &net);
		assert_int_equal(kn_netxml_emit(&net, &xml, &err), 0);
		if (kn_netxml_validate(kn_buf_str(&xml), xml.len, SCHEMAS "network.rng", &applied,
				       &err) < 0)
			fail_msg("%s: %s\n%s", lines[i], err.message, kn_buf_str(&xml));
		assert_true(applied);
		kn_network_done(&net);
		kn_buf_done(&xml);
	}
}

static void the_schema_finds_what_does_not_fit(void **state)
{
	static const char bad[] = "<network><name>a</name><ip address='10.0.0.300'/></network>";
	bool applied = true;

	(void)state;
	need_schemas();
	assert_int_equal(
		kn_netxml_validate(bad, strlen(bad), SCHEMAS "network.rng", &applied, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_non_null(strstr(err.message, "libvirt's schema"));
}

static void a_schema_that_is_missing_or_broken_decides_nothing(void **state)
{
	static const char text[] = "<network/>";
	bool applied = true;

	(void)state;
	assert_int_equal(kn_netxml_validate(text, strlen(text), "/nonexistent.rng", &applied, &err),
			 0);
	assert_false(applied);
	applied = true;
	assert_int_equal(kn_netxml_validate(text, strlen(text), KVMNET_SOURCE_DIR "/README.md",
					    &applied, &err),
			 0);
	assert_false(applied);
}

/* libvirt's domain schema, entered at <interface>. */
static void write_interface_schema(char *path)
{
	static const char text[] = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'>\n"
				   "<start><ref name='interface'/></start>\n"
				   "<include href='" SCHEMAS "domaincommon.rng'/>\n"
				   "</grammar>\n";
	int fd = mkstemps(path, 4);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void every_interface_fits_libvirts_schema_of_guests(void **state)
{
	static const struct {
		const char *line, *portgroup;
		bool direct;
	} rows[] = {
		{X "--nat", NULL, false},
		{X "--bridge br0", "office", false},
		{X "--bridge br0", NULL, true},
		{X "--bridge br0 --openvswitch", NULL, true},
		{X "--macvtap eth0", NULL, true},
		{X "--macvtap eth0 --macvtap-mode private", NULL, true},
	};
	char path[] = "/var/tmp/interface.XXXXXX.rng";

	(void)state;
	need_schemas();
	write_interface_schema(path);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct kn_buf xml = KN_BUF_INIT;
		struct kn_network net;
		bool applied = false;

		make(rows[i].line, &net);
		assert_int_equal(
			kn_netxml_interface(&net, rows[i].portgroup, rows[i].direct, &xml, &err),
			0);
		if (kn_netxml_validate(kn_buf_str(&xml), xml.len, path, &applied, &err) < 0)
			fail_msg("%s: %s\n%s", rows[i].line, err.message, kn_buf_str(&xml));
		assert_true(applied);
		kn_network_done(&net);
		kn_buf_done(&xml);
	}
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_network_fits_libvirts_schema),
		cmocka_unit_test(the_schema_finds_what_does_not_fit),
		cmocka_unit_test(a_schema_that_is_missing_or_broken_decides_nothing),
		cmocka_unit_test(every_interface_fits_libvirts_schema_of_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
