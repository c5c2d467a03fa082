/* Bridge and port options: every row's range, forms and way back to text. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/opts.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static const struct kn_opt_info *row(unsigned int i)
{
	return i < KN_BROPT_COUNT ? kn_bridge_opt_info(i) : kn_port_opt_info(i - KN_BROPT_COUNT);
}

#define ROWS (KN_BROPT_COUNT + KN_PORTOPT_COUNT)

static void test_every_option_takes_the_ends_of_its_range_and_prints_them_back(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ROWS; i++) {
		const uint32_t ends[] = {row(i)->min, row(i)->max};

		for (size_t k = 0; k < COUNT(ends); k++) {
			struct kn_error err = {0};
			uint32_t value = 4711;
			char text[16];

			kn_opt_fmt(row(i), ends[k], text);
			if (kn_opt_parse(row(i), text, &value, &err) < 0)
				fail_msg("%s: %s", row(i)->name, err.message);
			assert_int_equal(value, ends[k]);
		}
	}
}

static void test_no_option_takes_a_value_outside_of_its_range(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ROWS; i++) {
		const struct kn_opt_info *info = row(i);
		struct kn_error err = {0};
		uint32_t value = 4711;
		char text[16];

		if (info->kind == KN_OPT_BOOL)
			continue;
		kn_opt_fmt(info, info->max + 1, text);
		assert_int_equal(kn_opt_parse(info, text, &value, &err), -1);
		assert_non_null(strstr(err.message, info->name));
		assert_non_null(strstr(err.message, " to "));
		if (info->min) {
			kn_opt_fmt(info, info->min - 1, text);
			assert_int_equal(kn_opt_parse(info, text, &value, &err), -1);
		}
		assert_int_equal(value, 4711);
	}
}

static void test_no_option_takes_hostile_words(void **state)
{
	static const char *const words[] = {"",
					    " ",
					    "on ",
					    "ON",
					    "yes",
					    "true",
					    "-1",
					    "+1",
					    "1,5",
					    "1.",
					    ".5",
					    "1.234",
					    "1e3",
					    "0x1f",
					    "01",
					    "1s",
					    "nan",
					    "4294967296",
					    "99999999999999999999",
					    "1\n",
					    "\x1b[1m",
					    "1.5.0",
					    "1.-5",
					    "1.+5",
					    "1. 5"};

	(void)state;
	for (unsigned int i = 0; i < ROWS; i++)
		for (size_t k = 0; k < COUNT(words); k++) {
			struct kn_error err = {0};
			uint32_t value = 4711;

			if (kn_opt_parse(row(i), words[k], &value, &err) == 0)
				fail_msg("%s takes \"%s\"", row(i)->name, words[k]);
			assert_int_equal(err.kind, KN_ERR_INPUT);
			assert_null(strchr(err.message, '\x1b'));
			assert_int_equal(value, 4711);
		}
}

static void test_switches_are_on_or_off(void **state)
{
	const struct kn_opt_info *stp = kn_bridge_opt_info(KN_BROPT_STP);
	struct kn_error err = {0};
	uint32_t value = 4711;
	char text[16];

	(void)state;
	assert_int_equal(kn_opt_parse(stp, "on", &value, &err), 0);
	assert_int_equal(value, 1);
	assert_int_equal(kn_opt_parse(stp, "off", &value, &err), 0);
	assert_int_equal(value, 0);
	assert_string_equal(kn_opt_fmt(stp, 7, text), "on");
	assert_int_equal(kn_opt_parse(stp, "1", &value, &err), -1);
	assert_string_equal(err.message, "stp \"1\" is neither on nor off");
}

static void test_timers_are_seconds_outside_and_centiseconds_inside(void **state)
{
	static const struct {
		const char *text;
		uint32_t cs;
		const char *back;
	} rows[] = {
		{"0", 0, "0"},	       {"15", 1500, "15"},    {"1.5", 150, "1.50"},
		{"1.50", 150, "1.50"}, {"1.05", 105, "1.05"}, {"29.99", 2999, "29.99"},
		{"30", 3000, "30"},    {"0.01", 1, "0.01"},
	};
	const struct kn_opt_info *delay = kn_bridge_opt_info(KN_BROPT_FORWARD_DELAY);

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_error err = {0};
		uint32_t value = 4711;
		char text[16];

		assert_int_equal(kn_opt_parse(delay, rows[i].text, &value, &err), 0);
		assert_int_equal(value, rows[i].cs);
		assert_string_equal(kn_opt_fmt(delay, value, text), rows[i].back);
	}
}

/* As the kernel's documentation numbers them. */
static void test_a_word_of_a_bond_can_be_its_number(void **state)
{
	static const struct {
		enum kn_bond_opt id;
		const char *number, *word;
	} cases[] = {{KN_BONDOPT_MODE, "0", "balance-rr"},
		     {KN_BONDOPT_MODE, "1", "active-backup"},
		     {KN_BONDOPT_MODE, "4", "802.3ad"},
		     {KN_BONDOPT_MODE, "6", "balance-alb"},
		     {KN_BONDOPT_LACP_RATE, "1", "fast"},
		     {KN_BONDOPT_XMIT_HASH_POLICY, "2", "layer2+3"}};
	static const char *const bad[] = {"", "7", "9", "-1", "01", "10", "1 ", "/", ":", "active"};
	struct kn_error err = {0};
	uint32_t value = 4711;
	char text[16];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct kn_opt_info *info = kn_bond_opt_info(cases[i].id);

		assert_int_equal(kn_opt_parse(info, cases[i].number, &value, &err), 0);
		assert_string_equal(kn_opt_fmt(info, value, text), cases[i].word);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(
			kn_opt_parse(kn_bond_opt_info(KN_BONDOPT_MODE), bad[i], &value, &err), -1);
}

static void test_zero_and_not_given_are_different(void **state)
{
	struct kn_opts opts = {0};

	(void)state;
	assert_false(kn_opts_has(&opts, KN_BROPT_STP));
	assert_int_equal(kn_opts_get(&opts, KN_BROPT_STP, 9), 9);
	kn_opts_set(&opts, KN_BROPT_STP, 0);
	assert_true(kn_opts_has(&opts, KN_BROPT_STP));
	assert_int_equal(kn_opts_get(&opts, KN_BROPT_STP, 9), 0);
	for (unsigned int i = 1; i < KN_OPTS_MAX; i++)
		assert_false(kn_opts_has(&opts, i));
}

/* For each option: wanted or not, there or not, same or not. */
static void test_the_difference_is_what_is_wanted_and_not_there(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KN_OPTS_MAX; i++) {
		struct kn_opts none = {0}, one = {0}, two = {0};

		kn_opts_set(&one, i, 1);
		kn_opts_set(&two, i, 2);
		assert_int_equal(kn_opts_diff(&none, &one).has, 0);
		assert_int_equal(kn_opts_diff(&one, &one).has, 0);
		assert_int_equal(kn_opts_diff(&one, &none).has, 1u << i);
		struct kn_opts diff = kn_opts_diff(&two, &one);
		assert_int_equal(diff.has, 1u << i);
		assert_int_equal(diff.val[i], 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_every_option_takes_the_ends_of_its_range_and_prints_them_back),
		cmocka_unit_test(test_no_option_takes_a_value_outside_of_its_range),
		cmocka_unit_test(test_no_option_takes_hostile_words),
		cmocka_unit_test(test_switches_are_on_or_off),
		cmocka_unit_test(test_timers_are_seconds_outside_and_centiseconds_inside),
		cmocka_unit_test(test_a_word_of_a_bond_can_be_its_number),
		cmocka_unit_test(test_zero_and_not_given_are_different),
		cmocka_unit_test(test_the_difference_is_what_is_wanted_and_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
