/* base/: numbers, buffers, escaping, errors and their exit codes. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "kvmnet/buf.h"
#include "kvmnet/num.h"

/* AddressSanitizer's malloc fails like malloc, instead of ending the test of what then happens. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void test_a_number_is_digits_and_nothing_else(void **state)
{
	static const struct {
		const char *str;
		uint32_t max;
		bool ok;
		uint32_t value;
	} rows[] = {
		{"0", 0, true, 0},
		{"7", 7, true, 7},
		{"1500", 65535, true, 1500},
		{"4294967295", UINT32_MAX, true, UINT32_MAX},
		{"8", 7, false, 0},
		{"1", 0, false, 0},
		{"4294967296", UINT32_MAX, false, 0},
		{"18446744073709551616", UINT32_MAX, false, 0},
		{"99999999999999999999999999999999", UINT32_MAX, false, 0},
		{"", 9, false, 0},
		{"00", 9, false, 0},
		{"01", 9, false, 0},
		{"-1", 9, false, 0},
		{"+1", 9, false, 0},
		{" 1", 9, false, 0},
		{"1 ", 9, false, 0},
		{"1\n", 9, false, 0},
		{"1.0", 99, false, 0},
		{"1e1", 99, false, 0},
		{"0x1", 99, false, 0},
		{"1k", 99, false, 0},
		{"\xd9\xa1", 99, false, 0}, /* ARABIC-INDIC DIGIT ONE */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t value = 4711;

		if (kn_num_is(rows[i].str, rows[i].max, &value) != rows[i].ok)
			fail_msg("\"%s\" up to %u", rows[i].str, rows[i].max);
		assert_int_equal(value, rows[i].ok ? rows[i].value : 4711);
	}
}

static void test_a_number_of_64_bits_never_wraps(void **state)
{
	static const struct {
		const char *str;
		uint64_t max;
		bool ok;
		uint64_t value;
	} rows[] = {
		{"0", 0, true, 0},
		{"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
		{"18446744073709551615", UINT64_MAX - 1, false, 0},
		{"18446744073709551614", UINT64_MAX - 1, true, UINT64_MAX - 1},
		{"18446744073709551616", UINT64_MAX, false, 0},
		{"18446744073709551620", UINT64_MAX, false, 0},
		{"184467440737095516150", UINT64_MAX, false, 0},
		{"27670116110564327424", UINT64_MAX, false, 0}, /* 1.5 times around */
		{"9", 8, false, 0},
		{"10", 9, false, 0},
		{"01", UINT64_MAX, false, 0},
		{"-1", UINT64_MAX, false, 0},
		{"", UINT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 4711;

		assert_int_equal(kn_num64_is(rows[i].str, rows[i].max, &value), rows[i].ok);
		assert_true(value == (rows[i].ok ? rows[i].value : 4711));
	}
}

static void test_a_number_out_of_range_is_told_with_its_range(void **state)
{
	struct kn_error err = {0};
	uint32_t value = 4711;

	(void)state;
	assert_int_equal(kn_num_parse("68", "mtu", 68, 65535, &value, &err), 0);
	assert_int_equal(value, 68);
	assert_int_equal(kn_num_parse("67", "mtu", 68, 65535, &value, &err), -1);
	assert_string_equal(err.message, "mtu \"67\" is not a whole number from 68 to 65535");
	assert_int_equal(kn_num_parse("6\x1b[0m", "mtu", 68, 65535, &value, &err), -1);
	assert_non_null(strstr(err.message, "\"6\\x1b[0m\""));
	assert_int_equal(value, 68);
}

static void test_host_bytes_reach_no_terminal_raw(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"plain text", "plain text"},
		{"back\\slash", "back\\\\slash"},
		{"\x1b[2J", "\\x1b[2J"},
		{"a\tb\nc\r", "a\\x09b\\x0ac\\x0d"},
		{"\x7f", "\\x7f"},
		{"caf\xc3\xa9", "caf\xc3\xa9"},
		{"\xe2\x82\xac\xf0\x9f\x98\x80", "\xe2\x82\xac\xf0\x9f\x98\x80"},
		{"\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b"
		 "2J"}, /* C1: CSI */
		{"\xc2\xa0", "\xc2\xa0"},
		{"a\xe2\x80\xae"
		 "b",
		 "a\\xe2\\x80\\xae"
		 "b"}, /* U+202E, right to left */
		{"\xe2\x80\xaa\xe2\x80\xab", "\\xe2\\x80\\xaa\\xe2\\x80\\xab"},
		{"\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
		{"\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f\\xd8\\x9c"},
		{"\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9"}, /* lines */
		{"\xe2\x80\x90\xe2\x81\xa5\xd8\x9b",
		 "\xe2\x80\x90\xe2\x81\xa5\xd8\x9b"}, /* neighbours */
		{"\xff\xfe", "\\xff\\xfe"},
		{"\xc3", "\\xc3"},
		{"\xc0\xaf", "\\xc0\\xaf"},	     /* overlong slash */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xe2\x82", "\\xe2\\x82"},
	};
	static const char nul[] = {'a', '\0', 'b'};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_buf buf = KN_BUF_INIT;

		kn_buf_put_escaped(&buf, rows[i].in, strlen(rows[i].in));
		assert_string_equal(kn_buf_str(&buf), rows[i].out);
		kn_buf_done(&buf);
	}
	struct kn_buf buf = KN_BUF_INIT;
	kn_buf_put_escaped(&buf, nul, sizeof(nul));
	assert_string_equal(kn_buf_str(&buf), "a\\x00b");
	kn_buf_done(&buf);
}

static void test_a_buffer_grows_and_hands_over_everything(void **state)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	size_t len = 0;
	char *text = NULL;

	(void)state;
	assert_string_equal(kn_buf_str(&buf), "");
	for (int i = 0; i < 1000; i++) {
		kn_buf_puts(&buf, "ab");
		kn_buf_putc(&buf, 'c');
		kn_buf_printf(&buf, "%d", i % 10);
	}
	kn_buf_put(&buf, "x\0y", 3);
	assert_int_equal(kn_buf_check(&buf, &err), 0);
	assert_int_equal(kn_buf_steal(&buf, &text, &len, &err), 0);
	assert_int_equal(len, 4003);
	assert_memory_equal(text, "abc0abc1", 8);
	assert_memory_equal(text + 4000, "x\0y", 4);
	assert_null(buf.data);
	free(text);
}

static void test_an_empty_buffer_is_handed_over_as_an_empty_string(void **state)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	char *text = NULL;

	(void)state;
	assert_int_equal(kn_buf_steal(&buf, &text, NULL, &err), 0);
	assert_string_equal(text, "");
	free(text);
	kn_buf_done(&buf);
	kn_buf_done(&buf);
}

static void test_a_failed_write_is_remembered(void **state)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	char *text = NULL;

	(void)state;
	kn_buf_puts(&buf, "kept");
	kn_buf_put(&buf, "", SIZE_MAX / 2);
	assert_true(buf.failed);
	kn_buf_puts(&buf, "dropped");
	assert_string_equal(kn_buf_str(&buf), "kept");
	assert_int_equal(kn_buf_check(&buf, &err), -1);
	assert_int_equal(err.kind, KN_ERR_NOMEM);
	assert_int_equal(kn_buf_steal(&buf, &text, NULL, &err), -1);
	assert_null(text);
	kn_buf_done(&buf);
}

static void test_a_grown_array_is_zeroed_and_impossible_sizes_fail(void **state)
{
	struct kn_error err = {0};
	uint64_t *items = NULL;
	size_t cap = 0;

	(void)state;
	assert_int_equal(kn_grow(&items, &cap, 3, sizeof(*items), &err), 0);
	assert_true(cap >= 3);
	items[0] = 17;
	assert_int_equal(kn_grow(&items, &cap, 100, sizeof(*items), &err), 0);
	assert_true(cap >= 100 && items[0] == 17);
	for (size_t i = 1; i < cap; i++)
		assert_int_equal(items[i], 0);
	size_t before = cap;
	assert_int_equal(kn_grow(&items, &cap, SIZE_MAX / 4, sizeof(*items), &err), -1);
	assert_int_equal(err.kind, KN_ERR_NOMEM);
	assert_int_equal(cap, before);
	free(items);
}

static void test_every_kind_of_error_has_its_exit_code_and_word(void **state)
{
	static const struct {
		enum kn_error_kind kind;
		int code;
		const char *word;
	} rows[] = {
		{KN_ERR_NONE, 0, "none"},
		{KN_ERR_USAGE, 2, "usage"},
		{KN_ERR_INPUT, 2, "input"},
		{KN_ERR_REFUSED, 3, "refused"},
		{KN_ERR_HOSTFILE, 3, "host-file"},
		{KN_ERR_SYSTEM, 4, "system"},
		{KN_ERR_NOMEM, 4, "no-memory"},
		{KN_ERR_INCOMPLETE, 5, "incomplete"},
		{KN_ERR_UNCONFIRMED, 6, "unconfirmed"},
		{KN_ERR_BUSY, 7, "busy"},
		{KN_ERR_PRIVILEGE, 8, "privilege"},
		{KN_ERR_UNSUPPORTED, 8, "unsupported"},
	};

	(void)state;
	assert_int_equal(COUNT(rows), KN_ERR_UNSUPPORTED + 1);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_error err = {.kind = rows[i].kind};

		assert_int_equal(rows[i].kind, i);
		assert_int_equal(kn_error_exit_code(&err), rows[i].code);
		assert_string_equal(kn_error_kind_word(rows[i].kind), rows[i].word);
	}
}

static void test_an_error_carries_what_where_why_and_what_to_do(void **state)
{
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_fail(&err, KN_ERR_SYSTEM, ENOENT, "open %s", "/x"), -1);
	assert_string_equal(err.message, "open /x: No such file or directory");
	assert_int_equal(err.sys_errno, ENOENT);
	assert_int_equal(kn_wrap(&err, "reading %s", "br0"), -1);
	assert_string_equal(err.message, "reading br0: open /x: No such file or directory");
	assert_int_equal(kn_at(&err, "/x", 12, 3), -1);
	assert_int_equal(kn_hint(&err, "make %s", "it"), -1);
	assert_string_equal(err.file, "/x");
	assert_int_equal(err.line, 12);
	assert_int_equal(err.column, 3);
	assert_string_equal(err.hint, "make it");
	/* the next error forgets the one before */
	assert_int_equal(kn_refuse(&err, "port-taken", "no"), -1);
	assert_string_equal(err.rule, "port-taken");
	assert_int_equal(err.kind, KN_ERR_REFUSED);
	assert_int_equal(err.line + err.sys_errno, 0);
	assert_string_equal(err.file, "");
	assert_string_equal(err.hint, "");
	assert_int_equal(kn_fail_nomem(&err), -1);
	assert_string_equal(err.rule, "");
	assert_string_equal(err.message, "out of memory");
}

static bool ends_with_dots(const char *text, size_t size)
{
	return strlen(text) == size - 1 && !strcmp(text + size - 4, "...");
}

static void test_texts_that_do_not_fit_say_that_they_are_cut(void **state)
{
	struct kn_error err = {0};
	char text[2000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(kn_fail(&err, KN_ERR_SYSTEM, ENOENT, "%s", text), -1);
	assert_true(ends_with_dots(err.message, sizeof(err.message)));
	assert_int_equal(kn_wrap(&err, "context"), -1);
	assert_true(ends_with_dots(err.message, sizeof(err.message)));
	assert_memory_equal(err.message, "context: xxx", 12);
	assert_int_equal(kn_hint(&err, "%s", text), -1);
	assert_true(ends_with_dots(err.hint, sizeof(err.hint)));
	assert_int_equal(kn_at(&err, text, 0, 0), -1);
	assert_true(ends_with_dots(err.file, sizeof(err.file)));
	/* no length of message makes the errno's text or the context run over */
	for (size_t n = sizeof(err.message) - 40; n < sizeof(err.message) + 40; n++) {
		text[n] = '\0';
		assert_int_equal(kn_fail(&err, KN_ERR_SYSTEM, ENOENT, "%s", text), -1);
		assert_true(strlen(err.message) < sizeof(err.message));
		assert_int_equal(kn_wrap(&err, "%s", text), -1);
		assert_true(strlen(err.message) < sizeof(err.message));
		text[n] = 'x';
	}
	assert_int_equal(kn_refuse(&err, text, "no"), -1);
	assert_int_equal(strlen(err.rule), sizeof(err.rule) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_number_is_digits_and_nothing_else),
		cmocka_unit_test(test_a_number_of_64_bits_never_wraps),
		cmocka_unit_test(test_a_number_out_of_range_is_told_with_its_range),
		cmocka_unit_test(test_host_bytes_reach_no_terminal_raw),
		cmocka_unit_test(test_a_buffer_grows_and_hands_over_everything),
		cmocka_unit_test(test_an_empty_buffer_is_handed_over_as_an_empty_string),
		cmocka_unit_test(test_a_failed_write_is_remembered),
		cmocka_unit_test(test_a_grown_array_is_zeroed_and_impossible_sizes_fail),
		cmocka_unit_test(test_every_kind_of_error_has_its_exit_code_and_word),
		cmocka_unit_test(test_an_error_carries_what_where_why_and_what_to_do),
		cmocka_unit_test(test_texts_that_do_not_fit_say_that_they_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
