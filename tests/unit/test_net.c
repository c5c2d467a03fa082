/* Value types of net/: what each takes and refuses, hostile input included. Refused input leaves
 * the output as it was and is never printed raw. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/net.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define LONG	 "0123456789012345678901234567890123456789012345678901234567890123456789"

/* A value, and a part of the message that refuses it (NULL: it is taken). */
struct row {
	const char *str;
	const char *why;
};

/* Fails where the verdict on @row is not @refused, or the message is raw or says another reason. */
static void judge(const struct row *row, bool refused, const struct kn_error *err)
{
	if (refused != (row->why != NULL))
		fail_msg("\"%s\" is %s: %s", row->str, refused ? "refused" : "taken", err->message);
	if (!refused)
		return;
	assert_int_equal(err->kind, KN_ERR_INPUT);
	if (!strstr(err->message, row->why))
		fail_msg("\"%s\": %s (not %s)", row->str, err->message, row->why);
	for (const char *p = err->message; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void test_names_that_are_created_are_harmless_everywhere(void **state)
{
	static const char *letter = "start with a letter", *chars = "only letters",
			  *ending = "ending", *reserved = "reserved", *length = "longer than 15";
	const struct row rows[] = {
		{"br0", NULL},
		{"b", NULL},
		{"Z9", NULL},
		{"br-lan_1.20", NULL},
		{"abcdefghijklmno", NULL},
		{"lo0", NULL},
		{"all1", NULL},
		{"default0", NULL},
		{"bak", NULL},
		{"br.bakx", NULL},
		{"range", NULL},
		{"a..b", NULL},
		{"", "empty"},
		{"abcdefghijklmnop", length},
		{LONG, length},
		{"0br", letter},
		{"_br", letter},
		{"-br", letter},
		{".br", letter},
		{"..", letter},
		{".", letter},
		{"/etc", letter},
		{" br", letter},
		{"$br", letter},
		{"br 0", chars},
		{"br/0", chars},
		{"br:0", chars},
		{"br0\n", chars},
		{"br0;id", chars},
		{"br$(id)", chars},
		{"br`id`", chars},
		{"br'", chars},
		{"br\"", chars},
		{"br\\", chars},
		{"br*", chars},
		{"br%d", chars},
		{"br=1", chars},
		{"br\x1b[2J", chars},
		{"br\x7f", chars},
		{"br\xc3\xa9", chars},
		{"br\xff", chars},
		{"br#", chars},
		{"br&x", chars},
		{"br~", chars},
		{"lo", reserved},
		{"all", reserved},
		{"default", reserved},
		{"bonding_masters", reserved},
		{"bonding_master", NULL},
		{"br0.bak", ending},
		{"br0.old", ending},
		{"br0.orig", ending},
		{"br0.rpmsave", ending},
		{"br0.rpmnew", ending},
		{"br0.rpmorig", ending},
		{"br0.augnew", ending},
		{"br0.augtmp", ending},
		{"br0-range", ending},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_ifname name = {"kept"};
		struct kn_error err = {0};
		bool refused = kn_ifname_parse(rows[i].str, &name, &err) < 0;

		judge(&rows[i], refused, &err);
		assert_string_equal(name.s, refused ? "kept" : rows[i].str);
	}
}

static void test_names_found_on_the_host_are_those_a_kernel_carries(void **state)
{
	const struct row rows[] = {
		{"eth0", NULL},
		{"lo", NULL},
		{"0x", NULL},
		{"a b", NULL},
		{"a:b", NULL},
		{"\x1b[2J", NULL},
		{"\xff\xfe", NULL},
		{"...", NULL},
		{"abcdefghijklmno", NULL},
		{"", "kernel"},
		{".", "kernel"},
		{"..", "kernel"},
		{"a/b", "kernel"},
		{"/", "kernel"},
		{"abcdefghijklmnop", "kernel"},
		{"a/\x1b]0;x\x07", "kernel"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_ifname name = {"kept"};
		struct kn_error err = {0};
		bool refused = kn_ifname_from_host(rows[i].str, &name, &err) < 0;

		judge(&rows[i], refused, &err);
		assert_string_equal(name.s, refused ? "kept" : rows[i].str);
	}
}

static void test_a_mac_is_six_hex_pairs_unicast_and_not_zero(void **state)
{
	static const char *form = "six pairs";
	const struct row rows[] = {
		{"44:37:e6:4a:62:ad", NULL},
		{"44-37-E6-4A-62-AD", NULL},
		{"02:00:00:00:00:01", NULL},
		{"fe:ff:ff:ff:ff:ff", NULL},
		{"00:00:00:00:00:00", "all zero"},
		{"ff:ff:ff:ff:ff:ff", "multicast"},
		{"01:00:5e:00:00:01", "multicast"},
		{"33:33:00:00:00:01", "multicast"},
		{"", form},
		{":", form},
		{"44", form},
		{"44:37:e6:4a:62", form},
		{"44:37:e6:4a:62:a", form},
		{"44:37:e6:4a:62:ad:", form},
		{"44:37:e6:4a:62:ad:01", form},
		{"4437e64a62ad", form},
		{"4437.e64a.62ad", form},
		{"44:37-e6:4a-62:ad", form},
		{"44-37:e6:4a:62:ad", form},
		{"g4:37:e6:4a:62:ad", form},
		{"44:37:e6:4a:62:+d", form},
		{"0x:37:e6:4a:62:ad", form},
		{" 44:37:e6:4a:62:a", form},
		{"44:37:e6:4a:62:ad\n", form},
		{"44:37:e6:\x1b[:62:ad", form},
		{LONG, form},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_mac mac = {{7, 7, 7, 7, 7, 7}}, kept = mac;
		struct kn_error err = {0};
		bool refused = kn_mac_parse(rows[i].str, &mac, &err) < 0;

		judge(&rows[i], refused, &err);
		assert_int_equal(refused, kn_mac_eq(&mac, &kept));
	}
}

static void test_a_mac_is_printed_in_one_form(void **state)
{
	struct kn_mac mac, none = {{0}};
	struct kn_error err;
	char buf[KN_MAC_STRLEN];

	(void)state;
	assert_int_equal(kn_mac_parse("44-37-E6-0A-62-aD", &mac, &err), 0);
	assert_string_equal(kn_mac_fmt(&mac, buf), "44:37:e6:0a:62:ad");
	assert_true(kn_mac_is_zero(&none));
	assert_false(kn_mac_is_zero(&mac));
}

/* @canonical: how it is printed again; NULL: it is refused. */
static void test_an_address_is_what_inet_pton_takes(void **state)
{
	static const struct {
		const char *str, *canonical;
	} rows[] = {
		{"192.168.12.118", "192.168.12.118"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"fd00:12::118", "fd00:12::118"},
		{"FD00:0012:0:0:0:0:0:0118", "fd00:12::118"},
		{"::", "::"},
		{"::1", "::1"},
		{"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
		{"fe80::1", "fe80::1"},
		{"", NULL},
		{"1", NULL},
		{"1.2.3", NULL},
		{"1.2.3.4.5", NULL},
		{"1.2.3.", NULL},
		{"1.2.3.256", NULL},
		{"1.2.3.-4", NULL},
		{"1.2.3.04", NULL},
		{"010.0.0.1", NULL},
		{"0x7f.0.0.1", NULL},
		{"2130706433", NULL},
		{" 1.2.3.4", NULL},
		{"1.2.3.4 ", NULL},
		{"1.2.3.4\n", NULL},
		{"1.2.3.4/24", NULL},
		{"fe80::1%eth0", NULL},
		{"[::1]", NULL},
		{":::", NULL},
		{"1::2::3", NULL},
		{"12345::", NULL},
		{"1:2:3:4:5:6:7", NULL},
		{"1:2:3:4:5:6:7:8:9", NULL},
		{"::1.2.3", NULL},
		{"g::", NULL},
		{"localhost", NULL},
		{"\x1b[31m1.2.3.4", NULL},
		{LONG, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_ip ip = {.family = KN_FAMILY_NONE};
		struct kn_error err = {0};
		struct row row = {rows[i].str, rows[i].canonical ? NULL : "gateway \""};
		char buf[KN_IP_STRLEN];
		bool refused = kn_ip_parse(rows[i].str, "gateway", &ip, &err) < 0;

		judge(&row, refused, &err);
		assert_string_equal(kn_ip_fmt(&ip, buf), refused ? "-" : rows[i].canonical);
	}
}

static void test_addresses_are_sorted_into_their_kinds(void **state)
{
	static const struct {
		const char *str;
		bool zero, loopback, multicast, link_local, nobodys;
	} rows[] = {
		{"0.0.0.0", true, false, false, false, true},
		{"::", true, false, false, false, true},
		{"127.0.0.1", false, true, false, false, false},
		{"127.255.255.255", false, true, false, false, false},
		{"128.0.0.1", false, false, false, false, false},
		{"::1", false, true, false, false, false},
		{"::2", false, false, false, false, false},
		{"224.0.0.1", false, false, true, false, true},
		{"239.255.255.255", false, false, true, false, true},
		{"240.0.0.1", false, false, false, false, true},
		{"255.255.255.255", false, false, false, false, true},
		{"0.1.2.3", false, false, false, false, true},
		{"1.0.0.0", false, false, false, false, false},
		{"ff02::1", false, false, true, false, true},
		{"169.254.3.4", false, false, false, true, false},
		{"169.253.3.4", false, false, false, false, false},
		{"fe80::1", false, false, false, true, false},
		{"febf::1", false, false, false, true, false},
		{"fec0::1", false, false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_ip ip;

		assert_true(kn_ip_is(rows[i].str, &ip));
		assert_int_equal(kn_ip_is_zero(&ip), rows[i].zero);
		assert_int_equal(kn_ip_is_loopback(&ip), rows[i].loopback);
		assert_int_equal(kn_ip_is_multicast(&ip), rows[i].multicast);
		assert_int_equal(kn_ip_is_link_local(&ip), rows[i].link_local);
		assert_int_equal(kn_ip_is_hosts(&ip), !rows[i].nobodys);
		assert_int_equal(kn_ip_bits(&ip), 8 * kn_ip_bytes(&ip));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_are_created_are_harmless_everywhere),
		cmocka_unit_test(test_names_found_on_the_host_are_those_a_kernel_carries),
		cmocka_unit_test(test_a_mac_is_six_hex_pairs_unicast_and_not_zero),
		cmocka_unit_test(test_a_mac_is_printed_in_one_form),
		cmocka_unit_test(test_an_address_is_what_inet_pton_takes),
		cmocka_unit_test(test_addresses_are_sorted_into_their_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
