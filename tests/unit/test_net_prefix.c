/* Addresses with a prefix length: strict forms, the rules for a host's own address, and prefix
 * arithmetic. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/net.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define LONG	 "1.2.3.4/000000000000000000000000000000000000000000000000000000000000000000000000"

/* What comes out, printed; or, with .why, the reason of the refusal. */
struct row {
	const char *str, *out, *why;
};

static struct kn_cidr cidr(const char *str)
{
	struct kn_error err;
	struct kn_cidr ret = {0};

	assert_int_equal(kn_cidr_parse(str, "prefix", &ret, &err), 0);
	return ret;
}

static void check(const struct row *row, int r, const struct kn_cidr *have,
		  const struct kn_error *err)
{
	char buf[KN_CIDR_STRLEN];

	if ((r < 0) != (row->why != NULL))
		fail_msg("\"%s\" is %s: %s", row->str, r < 0 ? "refused" : "taken", err->message);
	if (r == 0) {
		assert_string_equal(kn_cidr_fmt(have, buf), row->out);
		return;
	}
	assert_int_equal(err->kind, KN_ERR_INPUT);
	if (!strstr(err->message, row->why) || strncmp(err->message, "value \"", 7) != 0)
		fail_msg("\"%s\": %s (not %s)", row->str, err->message, row->why);
	assert_null(strchr(err->message, '\x1b'));
	/* the output of a refused value is untouched */
	assert_int_equal(have->ip.family, KN_FAMILY_NONE);
}

static void test_a_prefix_has_an_address_and_a_length_or_mask(void **state)
{
	static const char *missing = "missing", *addr = "no IPv4 or IPv6 address",
			  *len4 = "0 to 32", *len6 = "0 to 128";
	const struct row rows[] = {
		{"192.168.12.118/24", "192.168.12.118/24", NULL},
		{"192.168.12.118/255.255.255.0", "192.168.12.118/24", NULL},
		{"10.0.0.1/255.255.255.255", "10.0.0.1/32", NULL},
		{"10.0.0.1/0.0.0.0", "10.0.0.1/0", NULL},
		{"0.0.0.0/0", "0.0.0.0/0", NULL},
		{"10.0.0.1/32", "10.0.0.1/32", NULL},
		{"fd00:12::118/64", "fd00:12::118/64", NULL},
		{"::/0", "::/0", NULL},
		{"fd00::1/128", "fd00::1/128", NULL},
		{"192.168.12.118", NULL, missing},
		{"fd00::1", NULL, missing},
		{"", NULL, missing},
		{"/24", NULL, addr},
		{"/", NULL, addr},
		{"1.2.3/24", NULL, addr},
		{"1.2.3.4.5/24", NULL, addr},
		{"host/24", NULL, addr},
		{"\x1b[2J/24", NULL, addr},
		{"1.2.3.4/", NULL, len4},
		{"1.2.3.4/33", NULL, len4},
		{"1.2.3.4/-1", NULL, len4},
		{"1.2.3.4/+24", NULL, len4},
		{"1.2.3.4/024", NULL, "begins with 0"},
		{"1.2.3.4/24 ", NULL, len4},
		{"1.2.3.4/ 24", NULL, len4},
		{"1.2.3.4/24/24", NULL, len4},
		{"1.2.3.4/0x18", NULL, len4},
		{"1.2.3.4/4294967320", NULL, len4},
		{"1.2.3.4/255.0.255.0", NULL, len4},
		{"1.2.3.4/0.0.0.255", NULL, len4},
		{"1.2.3.4/ffff::", NULL, len4},
		{"fd00::1/129", NULL, len6},
		{"fd00::1/ffff::", NULL, len6},
		{"fd00::1/255.255.255.0", NULL, len6},
		{LONG, NULL, "no address with a prefix length"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_cidr have = {0};
		struct kn_error err = {0};

		check(&rows[i], kn_cidr_parse(rows[i].str, "value", &have, &err), &have, &err);
	}
}

static void test_a_host_can_carry_only_a_host_address(void **state)
{
	static const char *none = "no address", *loop = "loopback", *multi = "multicast",
			  *reserved = "240.0.0.0/4", *all = "everything", *net = "network's own",
			  *bcast = "broadcast";
	const struct row rows[] = {
		{"192.168.12.118/24", "192.168.12.118/24", NULL},
		{"192.168.12.1/24", "192.168.12.1/24", NULL},
		{"192.168.12.254/24", "192.168.12.254/24", NULL},
		{"10.0.1.0/16", "10.0.1.0/16", NULL},
		{"10.0.0.255/16", "10.0.0.255/16", NULL},
		{"10.0.0.0/31", "10.0.0.0/31", NULL},
		{"10.0.0.1/31", "10.0.0.1/31", NULL},
		{"10.0.0.0/32", "10.0.0.0/32", NULL},
		{"10.0.0.1/30", "10.0.0.1/30", NULL},
		{"10.0.0.2/30", "10.0.0.2/30", NULL},
		{"169.254.1.1/16", "169.254.1.1/16", NULL},
		{"239.1.1.1/24", NULL, multi},
		{"223.255.255.1/24", "223.255.255.1/24", NULL},
		{"fd00::1/64", "fd00::1/64", NULL},
		{"fd00::/127", "fd00::/127", NULL},
		{"fd00::/128", "fd00::/128", NULL},
		{"fd00::ffff:ffff:ffff:ffff/64", "fd00::ffff:ffff:ffff:ffff/64", NULL},
		{"fe80::1/64", "fe80::1/64", NULL},
		{"10.0.0.0/30", NULL, net},
		{"10.0.0.3/30", NULL, bcast},
		{"192.168.12.0/24", NULL, net},
		{"192.168.12.255/24", NULL, bcast},
		{"10.255.255.255/8", NULL, bcast},
		{"fd00::/64", NULL, net},
		{"fd00::/126", NULL, net},
		{"192.168.12.118/0", NULL, all},
		{"fd00::1/0", NULL, all},
		{"0.0.0.0/24", NULL, none},
		{"0.1.2.3/8", NULL, none},
		{"::/64", NULL, none},
		{"127.0.0.1/8", NULL, loop},
		{"::1/128", NULL, loop},
		{"224.0.0.5/24", NULL, multi},
		{"ff02::1/64", NULL, multi},
		{"240.0.0.1/8", NULL, reserved},
		{"255.255.255.255/32", NULL, reserved},
		{"192.168.12.118", NULL, "missing"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_cidr have = {0};
		struct kn_error err = {0};

		check(&rows[i], kn_cidr_parse_host(rows[i].str, "value", &have, &err), &have, &err);
	}
}

static void test_a_destination_has_no_host_bits(void **state)
{
	static const char *bits = "bits behind the prefix length";
	const struct row rows[] = {
		{"10.77.0.0/16", "10.77.0.0/16", NULL},
		{"10.77.0.0/255.255.0.0", "10.77.0.0/16", NULL},
		{"0.0.0.0/0", "0.0.0.0/0", NULL},
		{"10.1.2.3/32", "10.1.2.3/32", NULL},
		{"2001:db8::/32", "2001:db8::/32", NULL},
		{"::/0", "::/0", NULL},
		{"10.77.0.1/16", NULL, bits},
		{"10.77.128.0/16", NULL, bits},
		{"128.0.0.0/0", NULL, bits},
		{"2001:db8::1/32", NULL, bits},
		{"10.77.0.0", NULL, "missing"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_cidr have = {0};
		struct kn_error err = {0};

		check(&rows[i], kn_cidr_parse_net(rows[i].str, "value", &have, &err), &have, &err);
		if (rows[i].why == bits)
			assert_non_null(strstr(err.hint, "the network is"));
	}
}

static void test_network_and_broadcast_are_the_ends_of_a_prefix(void **state)
{
	static const struct {
		const char *str, *network, *broadcast;
	} rows[] = {
		{"192.168.12.118/24", "192.168.12.0/24", "192.168.12.255"},
		{"192.168.12.118/25", "192.168.12.0/25", "192.168.12.127"},
		{"192.168.12.118/32", "192.168.12.118/32", "192.168.12.118"},
		{"192.168.12.118/0", "0.0.0.0/0", "255.255.255.255"},
		{"10.99.3.4/13", "10.96.0.0/13", "10.103.255.255"},
		{"fd00:12::118/64", "fd00:12::/64", "fd00:12::ffff:ffff:ffff:ffff"},
		{"fd00:12::118/121", "fd00:12::100/121", "fd00:12::17f"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_cidr have = cidr(rows[i].str), net = kn_cidr_network(&have);
		struct kn_ip end = kn_cidr_broadcast(&have);
		char buf[KN_CIDR_STRLEN];

		assert_string_equal(kn_cidr_fmt(&net, buf), rows[i].network);
		assert_string_equal(kn_ip_fmt(&end, buf), rows[i].broadcast);
		assert_true(kn_cidr_has(&have, &net.ip) && kn_cidr_has(&have, &end));
		assert_true(kn_cidr_eq(&have, &have));
	}
}

static void test_overlap_is_mutual_and_stays_in_its_family(void **state)
{
	static const struct {
		const char *a, *b;
		bool overlap;
	} rows[] = {
		{"10.0.0.0/8", "10.1.2.3/32", true},	 {"10.0.0.1/24", "10.0.0.200/25", true},
		{"10.0.0.1/25", "10.0.0.200/25", false}, {"0.0.0.0/0", "192.168.1.1/24", true},
		{"0.0.0.0/0", "fd00::1/64", false},	 {"::/0", "10.0.0.1/8", false},
		{"fd00::/16", "fd00:1::/32", true},	 {"fd00::/16", "fd01::/16", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_cidr a = cidr(rows[i].a), b = cidr(rows[i].b);

		assert_int_equal(kn_cidr_overlaps(&a, &b), rows[i].overlap);
		assert_int_equal(kn_cidr_overlaps(&b, &a), rows[i].overlap);
	}
}

static void test_a_netmask_is_ones_and_then_zeros(void **state)
{
	static const struct {
		const char *mask;
		int len; /* -1: no mask */
	} rows[] = {
		{"0.0.0.0", 0},		 {"128.0.0.0", 1},	  {"255.255.255.0", 24},
		{"255.255.255.254", 31}, {"255.255.255.255", 32}, {"ffff:ffff::", 32},
		{"0.0.0.1", -1},	 {"255.0.255.0", -1},	  {"254.255.255.255", -1},
		{"ffff::1", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_ip mask;
		uint8_t len = 77;

		assert_true(kn_ip_is(rows[i].mask, &mask));
		assert_int_equal(kn_netmask_to_prefix(&mask, &len), rows[i].len >= 0);
		assert_int_equal(len, rows[i].len < 0 ? 77 : rows[i].len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_prefix_has_an_address_and_a_length_or_mask),
		cmocka_unit_test(test_a_host_can_carry_only_a_host_address),
		cmocka_unit_test(test_a_destination_has_no_host_bits),
		cmocka_unit_test(test_network_and_broadcast_are_the_ends_of_a_prefix),
		cmocka_unit_test(test_overlap_is_mutual_and_stays_in_its_family),
		cmocka_unit_test(test_a_netmask_is_ones_and_then_zeros),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
