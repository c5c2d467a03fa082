/* What was asked for, what is there and defaults make the network: twice is once, nothing of the
 * user's goes, and subnets avoid what is taken. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/parse.h"
#include "codec/netxml.h"
#include "plan/netresolve.h"
#include "words.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

static struct kn_error err;

/* A host, and what the last run said of it. */
struct scene {
	struct kn_takens taken;
	struct kn_names links;
	struct kn_netdef have;
	bool has_have;
	struct kn_buf xml; /* the network after the last run */
	bool changed;
	char note[256];
};

static void take(struct scene *s, const char *cidr, const char *dev)
{
	struct kn_ifname name = {{0}};
	struct kn_cidr net;

	(void)snprintf(name.s, sizeof(name.s), "%s", dev);
	assert_int_equal(kn_cidr_parse(cidr, "net", &net, &err), 0);
	assert_int_equal(kn_takens_add(&s->taken, &net, &name, &err, "the address of %s", dev), 0);
}

static void become(struct scene *s)
{
	kn_netdef_done(&s->have);
	assert_int_equal(kn_netxml_parse("n", kn_buf_str(&s->xml), s->xml.len, &s->have, &err), 0);
	s->has_have = true;
}

/* `net create LINE` on the scene; the result is its definition from then on. */
static int run(struct scene *s, const char *line)
{
	struct kn_network net = {0};
	struct kn_plan plan = {0};
	struct kn_buf xml = KN_BUF_INIT;
	struct words w;
	struct kn_cli cli;

	words_split(line, &w);
	int r = kn_cli_parse(w.n, w.v, &cli, &err);
	struct kn_netinputs in = {.want = &cli.net,
				  .have = s->has_have ? &s->have : NULL,
				  .taken = &s->taken,
				  .links = &s->links,
				  .seed = 7};
	if (r == 0)
		r = kn_network_resolve(&in, &net, &plan, &err);
	s->changed = true;
	if (r == 0 && s->has_have)
		r = kn_netxml_patch(&s->have, &net, &xml, &s->changed, &err);
	else if (r == 0)
		r = kn_netxml_emit(&net, &xml, &err);
	(void)snprintf(s->note, sizeof(s->note), "%s", plan.n_notes ? plan.notes[0].text : "");
	if (r == 0) {
		kn_buf_done(&s->xml);
		s->xml = xml;
		become(s);
	}
	kn_network_done(&net);
	kn_plan_done(&plan);
	kn_cli_done(&cli);
	words_done(&w);
	return r;
}

static void must(struct scene *s, const char *line)
{
	if (run(s, line) < 0)
		fail_msg("%s: %s", line, err.message);
}

static void has(const struct scene *s, const char *text)
{
	if (!strstr(kn_buf_str(&s->xml), text))
		fail_msg("no %s in:\n%s", text, kn_buf_str(&s->xml));
}

static void lacks(const struct scene *s, const char *text)
{
	if (strstr(kn_buf_str(&s->xml), text))
		fail_msg("%s in:\n%s", text, kn_buf_str(&s->xml));
}

static void done(struct scene *s)
{
	kn_takens_done(&s->taken);
	kn_names_done(&s->links);
	kn_netdef_done(&s->have);
	kn_buf_done(&s->xml);
}

static void there_is(struct scene *s, const char *xml)
{
	kn_buf_done(&s->xml);
	kn_buf_puts(&s->xml, xml);
	become(s);
}

/* ---- subnets ---- */

static void the_first_free_subnet_is_taken_and_what_was_avoided_is_said(void **state)
{
	static const struct {
		const char *taken, *chosen;
	} rows[] = {
		{"10.0.0.0/24", "192.168.122.1"},	{"192.168.122.0/24", "192.168.123.1"},
		{"192.168.122.77/32", "192.168.123.1"}, {"192.168.0.0/16", "10.66.0.1"},
		{"192.168.120.0/21", "192.168.128.1"},	{"192.168.122.128/25", "192.168.123.1"},
		{"192.168.121.0/24", "192.168.122.1"},	{"0.0.0.0/0", "192.168.122.1"},
		{"192.0.0.0/4", "10.66.0.1"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct scene s = {0};

		take(&s, rows[i].taken, "eth0");
		must(&s, "net xml default --nat");
		has(&s, rows[i].chosen);
		assert_int_equal(strstr(s.note, "eth0") != NULL,
				 strcmp(rows[i].chosen, "192.168.122.1") != 0);
		done(&s);
	}
}

static void with_everything_taken_the_option_is_named(void **state)
{
	struct scene s = {0};

	(void)state;
	take(&s, "192.168.0.0/16", "eth0");
	take(&s, "10.0.0.0/8", "eth1");
	assert_int_equal(run(&s, "net xml n --nat"), -1);
	assert_int_equal(kn_error_exit_code(&err), 3);
	assert_non_null(strstr(err.hint, "--subnet"));
	done(&s);
}

static void a_range_fills_the_larger_side_within_a_16(void **state)
{
	static const char *const rows[][3] = {
		{"10.9.0.1/24", "10.9.0.2", "10.9.0.254"},
		{"10.9.0.254/24", "10.9.0.1", "10.9.0.253"},
		{"10.9.0.100/24", "10.9.0.101", "10.9.0.254"},
		{"10.9.0.1/30", "10.9.0.2", "10.9.0.2"},
		{"10.9.7.9/8", "10.9.7.10", "10.9.255.254"},
		{"10.9.255.254/8", "10.9.0.1", "10.9.255.253"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct kn_net_range range;
		struct kn_cidr cidr;
		char text[KN_IP_STRLEN];

		assert_int_equal(kn_cidr_parse(rows[i][0], "x", &cidr, &err), 0);
		assert_true(kn_subnet_range(&cidr, &range));
		assert_string_equal(kn_ip_fmt(&range.first, text), rows[i][1]);
		assert_string_equal(kn_ip_fmt(&range.last, text), rows[i][2]);
	}
}

static void an_ipv6_prefix_is_made_up_once_and_the_same_for_the_same_host(void **state)
{
	struct kn_takens none = {0};
	struct kn_cidr a, b, c;

	(void)state;
	assert_int_equal(kn_subnet_choose6(&none, 7, "lab", &a, &err), 0);
	assert_int_equal(kn_subnet_choose6(&none, 7, "lab", &b, &err), 0);
	assert_int_equal(kn_subnet_choose6(&none, 8, "lab", &c, &err), 0);
	assert_true(kn_cidr_eq(&a, &b));
	assert_false(kn_cidr_overlaps(&a, &c));
	assert_int_equal(a.ip.b[0], 0xfd);
	assert_int_equal(kn_takens_add(&none, &a, NULL, &err, "x"), 0);
	assert_int_equal(kn_subnet_choose6(&none, 7, "lab", &b, &err), 0);
	assert_false(kn_cidr_overlaps(&a, &b));
	kn_takens_done(&none);
}

static void the_bridge_gets_the_first_free_name(void **state)
{
	struct kn_ifname virbr0 = {"virbr0"};
	struct scene s = {0};

	(void)state;
	assert_int_equal(kn_names_add(&s.links, &virbr0, &err), 0);
	must(&s, "net xml default --nat");
	has(&s, "name=\"virbr1\"");
	assert_non_null(strstr(s.note, "virbr1"));
	done(&s);
}

/* ---- what is there already ---- */

static void the_same_again_changes_nothing(void **state)
{
	static const char *const lines[] = {
		"net xml n --nat",
		"net xml n --nat --ipv6 auto --lease 600",
		"net xml n --isolated --subnet none --mtu 9000",
		"net xml n --bridge br0 --portgroup a,vlan=7",
		"net xml n --macvtap eth0",
		"net xml n --route --dev eth0 --domain a.b --forwarder 1.1.1.1 --txt a=b",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		struct scene s = {0};

		must(&s, lines[i]);
		/* What it took then is not free now. */
		take(&s, "192.168.122.0/24", "virbr0");
		must(&s, lines[i]);
		if (s.changed)
			fail_msg("%s changes it again:\n%s", lines[i], kn_buf_str(&s.xml));
		done(&s);
	}
}

static const char users[] =
	"<network><name>n</name><uuid>5d5b6a1e-2f6c-4b1a-9d3c-1f2e3d4c5b6a</uuid>"
	"<forward mode='nat'><nat><port start='1024' end='65535'/></nat></forward>"
	"<bridge name='virbr5' stp='on' delay='0'/><mac address='52:54:00:00:00:05'/>"
	"<mtu size='1400'/><ip address='10.5.0.1' prefix='24'><dhcp>"
	"<range start='10.5.0.50' end='10.5.0.60'/>"
	"<host mac='52:54:00:00:00:06' ip='10.5.0.6'/></dhcp></ip></network>";

static void defaults_leave_a_users_definition_alone(void **state)
{
	struct scene s = {0};

	(void)state;
	there_is(&s, users);
	must(&s, "net xml n --nat");
	assert_false(s.changed);
	done(&s);
}

static void identity_and_bridge_are_carried_over_whatever_changes(void **state)
{
	struct scene s = {0};

	(void)state;
	there_is(&s, users);
	must(&s, "net xml n --route --mtu 9000 --dhcp 10.5.0.70-10.5.0.80 --host "
		 "52:54:00:00:00:07,10.5.0.7");
	assert_true(s.changed);
	has(&s, "5d5b6a1e-2f6c");
	has(&s, "virbr5");
	has(&s, "52:54:00:00:00:05");
	has(&s, "10.5.0.1\"");
	has(&s, "10.5.0.70");
	has(&s, "9000");
	lacks(&s, "10.5.0.50");
	lacks(&s, "<nat");
	done(&s);
}

static void what_was_asked_for_once_goes_when_it_is_not_any_more(void **state)
{
	struct scene s = {0};

	(void)state;
	there_is(&s, users);
	must(&s, "net xml n --nat --domain lab.example --dhcp 10.5.0.70-10.5.0.80");
	has(&s, "lab.example");
	must(&s, "net xml n --nat");
	lacks(&s, "lab.example");
	lacks(&s, "10.5.0.70");
	has(&s, "start=\"10.5.0.2\"");
	has(&s, "1400");	      /* the user's */
	has(&s, "52:54:00:00:00:06"); /* the user's */
	must(&s, "net xml n --nat");
	assert_false(s.changed);
	done(&s);
}

static void another_mode_keeps_only_what_it_can_have(void **state)
{
	struct scene s = {0};

	(void)state;
	there_is(&s, users);
	must(&s, "net xml n --bridge br0");
	has(&s, "mode=\"bridge\"");
	has(&s, "name=\"br0\"");
	has(&s, "5d5b6a1e-2f6c");
	lacks(&s, "<ip");
	lacks(&s, "<mac ");
	lacks(&s, "mtu");
	must(&s, "net xml n --isolated");
	lacks(&s, "<forward");
	has(&s, "virbr0");
	done(&s);
}

static void a_kept_host_outside_a_new_subnet_is_named(void **state)
{
	struct scene s = {0};

	(void)state;
	there_is(&s, users);
	assert_int_equal(run(&s, "net xml n --nat --subnet 10.6.0.1/24"), -1);
	assert_non_null(strstr(err.message, "--host 52:54:00:00:00:06,10.5.0.6"));
	done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_free_subnet_is_taken_and_what_was_avoided_is_said),
		cmocka_unit_test(with_everything_taken_the_option_is_named),
		cmocka_unit_test(a_range_fills_the_larger_side_within_a_16),
		cmocka_unit_test(an_ipv6_prefix_is_made_up_once_and_the_same_for_the_same_host),
		cmocka_unit_test(the_bridge_gets_the_first_free_name),
		cmocka_unit_test(the_same_again_changes_nothing),
		cmocka_unit_test(defaults_leave_a_users_definition_alone),
		cmocka_unit_test(identity_and_bridge_are_carried_over_whatever_changes),
		cmocka_unit_test(what_was_asked_for_once_goes_when_it_is_not_any_more),
		cmocka_unit_test(another_mode_keeps_only_what_it_can_have),
		cmocka_unit_test(a_kept_host_outside_a_new_subnet_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
