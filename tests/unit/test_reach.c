/* What --check takes: every form there and back, and what is refused with a hint. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/spec.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_every_form_is_read_and_printed_back(void **state)
{
	static const struct {
		const char *text;
		enum kn_reach_kind kind;
		uint16_t port;
	} rows[] = {
		{"gateway", KN_REACH_GATEWAY, 0},
		{"peer", KN_REACH_PEER, 0},
		{"ping:192.0.2.7", KN_REACH_PING, 0},
		{"ping:2001:db8::7", KN_REACH_PING, 0},
		{"ping:169.254.169.254", KN_REACH_PING, 0},
		{"tcp:192.0.2.7:1", KN_REACH_TCP, 1},
		{"tcp:[2001:db8::7]:65535", KN_REACH_TCP, 65535},
		{"tcp:[2001:db8:1:2:3:4:192.168.100.200]:22", KN_REACH_TCP, 22},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_reach reach = {0};
		struct kn_error err = {0};
		char buf[KN_REACH_STRLEN];

		if (kn_reach_parse(rows[i].text, &reach, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.message);
		assert_int_equal(reach.kind, rows[i].kind);
		assert_int_equal(reach.port, rows[i].port);
		if (i != COUNT(rows) - 1)
			assert_string_equal(kn_reach_fmt(&reach, buf), rows[i].text);
	}
}

static void test_the_longest_form_fits_its_buffer(void **state)
{
	const char *text = "tcp:[ffff:1111:2222:3333:4444:5555:6666:7777]:65535";
	struct kn_reach reach;
	struct kn_error err = {0};
	char buf[KN_REACH_STRLEN];

	(void)state;
	assert_int_equal(
		kn_reach_parse("tcp:[2001:1111:2222:3333:4444:5555:6666:7777]:65535", &reach, &err),
		0);
	assert_int_equal(strlen(kn_reach_fmt(&reach, buf)), strlen(text));
}

static void test_what_is_refused_is_said_and_changes_nothing(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "nothing can be checked that way"},
		{"Gateway", "nothing can be checked that way"},
		{"gateway:192.0.2.1", "nothing can be checked that way"},
		{"http://x", "nothing can be checked that way"},
		{"\x1b[31m", "\\x1b[31m"},
		{"ping:", "as an IP address"},
		{"ping:www.example.org", "as an IP address"},
		{"ping:192.0.2.07", "as an IP address"},
		{"ping:[2001:db8::7]", "as an IP address"},
		{"ping:fe80::1%eth0", "as an IP address"},
		{"ping:fe80::1", "not unique"},
		{"ping:0.0.0.0", "no other machine"},
		{"ping:127.0.0.1", "no other machine"},
		{"ping:::1", "no other machine"},
		{"ping:224.0.0.1", "no other machine"},
		{"ping:ff02::1", "no other machine"},
		{"tcp:", "form tcp:HOST:PORT"},
		{"tcp:192.0.2.7", "form tcp:HOST:PORT"},
		{"tcp:2001:db8::7:22", "form tcp:HOST:PORT"},
		{"tcp:[2001:db8::7]", "form tcp:HOST:PORT"},
		{"tcp::22", "as an IP address"},
		{"tcp:[]:22", "as an IP address"},
		{"tcp:[192.0.2.7]:22", "brackets are for IPv6"},
		{"tcp:www.example.org:22", "as an IP address"},
		{"tcp:[2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa]:22",
		 "as an IP address"},
		{"tcp:192.0.2.7:0", "from 1 to 65535"},
		{"tcp:192.0.2.7:65536", "from 1 to 65535"},
		{"tcp:192.0.2.7:", "from 1 to 65535"},
		{"tcp:192.0.2.7:ssh", "from 1 to 65535"},
		{"tcp:192.0.2.7:+22", "from 1 to 65535"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_reach reach = {.kind = KN_REACH_TCP, .port = 4711};
		struct kn_error err = {0};

		if (kn_reach_parse(rows[i].text, &reach, &err) == 0)
			fail_msg("%s is taken", rows[i].text);
		if (!strstr(err.message, rows[i].says))
			fail_msg("%s: %s", rows[i].text, err.message);
		assert_int_equal(err.kind, KN_ERR_INPUT);
		assert_int_equal(reach.port, 4711);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form_is_read_and_printed_back),
		cmocka_unit_test(test_the_longest_form_fits_its_buffer),
		cmocka_unit_test(test_what_is_refused_is_said_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
