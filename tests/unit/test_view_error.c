/* Error texts: what, where, what to do, and a promise only where it is kept.
 * Layer: tests. */
#include "view_fixture.h"

#include <stdio.h>

#include "cli/view.h"

static const struct kn_view_opts plain = {.utf8 = true, .width = 80, .command = "bridge create"};

static void assert_error(const struct kn_error *failure, const struct kn_view_opts *opts,
			 const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_view_error(failure, opts, &buf);
	assert_string_equal(kn_buf_str(&buf), want);
}

static struct kn_error error_in_file(const char *excerpt, unsigned int column)
{
	struct kn_error failure = {0};

	(void)kn_fail(&failure, KN_ERR_INPUT, 0, "bad value");
	(void)kn_at(&failure, "host.conf", 4, column);
	(void)snprintf(failure.excerpt, sizeof(failure.excerpt), "%s", excerpt);
	return failure;
}

static void an_error_in_a_file_shows_the_line_and_a_caret(void **state)
{
	struct kn_error failure = error_in_file("ports   = eth0", 11);

	(void)state;
	(void)kn_hint(&failure, "bridge the bond instead:  ports = bond0");
	assert_error(&failure, &plain,
		     "host.conf:4:11: error: bad value\n"
		     "    4 | ports   = eth0\n"
		     "      |           ^~~~\n"
		     "hint: bridge the bond instead:  ports = bond0\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

static void the_caret_stands_right_behind_escaped_and_wide_bytes(void **state)
{
	struct kn_error tab = error_in_file("A=\t$x y", 4);
	struct kn_error utf8 = error_in_file("n=\xc3\xa9\xc3\xa9 $x", 8);
	struct kn_error end = error_in_file("A='x", 99);

	(void)state;
	assert_error(&tab, &plain,
		     "host.conf:4:4: error: bad value\n"
		     "    4 | A=\\x09$x y\n"
		     "      |       ^~\n"
		     "kvmnet: 1 error; nothing was changed\n");
	assert_error(&utf8, &plain,
		     "host.conf:4:8: error: bad value\n"
		     "    4 | n=\xc3\xa9\xc3\xa9 $x\n"
		     "      |      ^~\n"
		     "kvmnet: 1 error; nothing was changed\n");
	assert_error(&end, &plain,
		     "host.conf:4:99: error: bad value\n"
		     "    4 | A='x\n"
		     "      |     ^\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

static void without_utf8_only_ascii_is_written(void **state)
{
	struct kn_error failure = error_in_file("n=\xc3\xa9", 3);
	struct kn_view_opts ascii = plain;

	(void)state;
	ascii.utf8 = false;
	assert_error(&failure, &ascii,
		     "host.conf:4:3: error: bad value\n"
		     "    4 | n=\\xc3\\xa9\n"
		     "      |   ^~~~~~~~\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

static void a_long_line_is_cut_to_the_terminal_around_the_caret(void **state)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char line[201];

	(void)state;
	for (unsigned int column = 1; column <= 200; column++) {
		struct kn_error failure;
		const char *at;

		memset(line, 'x', sizeof(line) - 1);
		line[sizeof(line) - 1] = '\0';
		line[column - 1] = '$';
		failure = error_in_file(line, column);
		buf.len = 0;
		kn_view_error(&failure, &plain, &buf);
		at = strchr(kn_buf_str(&buf), '\n') + 1;
		assert_true(strcspn(at, "\n") <= 80);
		const char *caret = at + strcspn(at, "\n") + 1;
		assert_int_equal(strchr(at, '$') - at, strchr(caret, '^') - caret);
		assert_true(strcspn(caret, "\n") <= 80);
	}
}

static void without_a_column_there_is_no_caret_and_without_a_line_no_excerpt(void **state)
{
	struct kn_error failure = error_in_file("A=1", 0);

	(void)state;
	assert_error(&failure, &plain,
		     "host.conf:4: error: bad value\n"
		     "    4 | A=1\n"
		     "kvmnet: 1 error; nothing was changed\n");
	failure.line = 0;
	assert_error(&failure, &plain,
		     "host.conf: error: bad value\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

static void a_host_file_is_named_with_the_root(void **state)
{
	struct kn_error failure = error_in_file("", 0);
	struct kn_view_opts rooted = plain;

	(void)state;
	rooted.root = "/tmp/tree/";
	assert_error(&failure, &rooted,
		     "host.conf:4: error: bad value\nkvmnet: 1 error; nothing was changed\n");
	(void)kn_fail(&failure, KN_ERR_HOSTFILE, 0, "bad value");
	(void)kn_at(&failure, "/etc/x", 2, 3);
	assert_error(&failure, &rooted,
		     "/tmp/tree/etc/x:2:3: error: bad value\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

static void a_refusal_names_its_rule_and_the_way_around(void **state)
{
	struct kn_error failure = {0};

	(void)state;
	(void)kn_refuse(&failure, "port-busy", "eth0 is a port of br1");
	(void)kn_hint(&failure, "kvmnet port remove br1 eth0");
	assert_error(&failure, &plain,
		     "kvmnet: error: eth0 is a port of br1\n"
		     "hint: kvmnet port remove br1 eth0\n"
		     "(rule port-busy; --force=port-busy overrides)\n"
		     "nothing was changed\n");
}

static void a_usage_error_points_to_the_commands_help(void **state)
{
	struct kn_error failure = {0};
	struct kn_view_opts bare = plain;

	(void)state;
	bare.command = NULL;
	(void)kn_fail(&failure, KN_ERR_USAGE, 0, "unknown option --prot");
	assert_error(&failure, &plain,
		     "kvmnet: error: unknown option --prot\n"
		     "hint: see kvmnet bridge create --help\n"
		     "nothing was changed\n");
	assert_error(&failure, &bare,
		     "kvmnet: error: unknown option --prot\n"
		     "hint: see kvmnet --help\n"
		     "nothing was changed\n");
	(void)kn_hint(&failure, "did you mean --port?");
	assert_error(&failure, &plain,
		     "kvmnet: error: unknown option --prot\n"
		     "hint: did you mean --port?\n"
		     "nothing was changed\n");
}

/* What the host is now, the last line of every error. */
#define UNCHANGED "nothing was changed"
#define PUT_BACK  "everything was put back: the host is as before"
#define HALF                                                                                       \
	"the host may be half old, half new; what was there before is recorded in "                \
	"/var/lib/kvmnet/journal"

static void every_error_ends_with_what_the_host_is_now(void **state)
{
	static const struct {
		enum kn_error_kind kind;
		enum kn_host_after host;
		const char *said;
	} rows[] = {
		{KN_ERR_INPUT, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_REFUSED, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_HOSTFILE, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_SYSTEM, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_SYSTEM, KN_HOST_PUT_BACK, PUT_BACK},
		{KN_ERR_SYSTEM, KN_HOST_CHANGED, "the change stands"},
		{KN_ERR_NOMEM, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_INCOMPLETE, KN_HOST_BY_KIND, HALF},
		{KN_ERR_BUSY, KN_HOST_INCOMPLETE, HALF},
		{KN_ERR_UNCONFIRMED, KN_HOST_BY_KIND, PUT_BACK},
		{KN_ERR_UNCONFIRMED, KN_HOST_UNCHANGED, UNCHANGED},
		{KN_ERR_BUSY, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_PRIVILEGE, KN_HOST_BY_KIND, UNCHANGED},
		{KN_ERR_UNSUPPORTED, KN_HOST_BY_KIND, UNCHANGED},
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct kn_error failure = {0};

		(void)kn_fail(&failure, rows[i].kind, 0, "x");
		failure.host = rows[i].host;
		(void)snprintf(want, sizeof(want), "kvmnet: error: x\n%s\n", rows[i].said);
		assert_error(&failure, &plain, want);
	}
}

static void no_error_is_no_text(void **state)
{
	struct kn_error failure = {0};

	(void)state;
	assert_error(&failure, &plain, "");
}

static void only_words_and_carets_are_coloured(void **state)
{
	struct kn_error failure = error_in_file("A=1", 3);
	struct kn_view_opts color = plain;

	(void)state;
	color.color = true;
	assert_error(&failure, &color,
		     "host.conf:4:3: \033[1;31merror:\033[0m bad value\n"
		     "    4 | A=1\n"
		     "      |   \033[32m^\033[0m\n"
		     "kvmnet: 1 error; nothing was changed\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_in_a_file_shows_the_line_and_a_caret),
		cmocka_unit_test(the_caret_stands_right_behind_escaped_and_wide_bytes),
		cmocka_unit_test(without_utf8_only_ascii_is_written),
		cmocka_unit_test(a_long_line_is_cut_to_the_terminal_around_the_caret),
		cmocka_unit_test(without_a_column_there_is_no_caret_and_without_a_line_no_excerpt),
		cmocka_unit_test(a_host_file_is_named_with_the_root),
		cmocka_unit_test(a_refusal_names_its_rule_and_the_way_around),
		cmocka_unit_test(a_usage_error_points_to_the_commands_help),
		cmocka_unit_test(every_error_ends_with_what_the_host_is_now),
		cmocka_unit_test(no_error_is_no_text),
		cmocka_unit_test(only_words_and_carets_are_coloured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
