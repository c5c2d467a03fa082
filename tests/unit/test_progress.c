/* The line that tells how far a change has come: what it says, when it is drawn, that it goes.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

#define BEGUN 1000
#define LATE  (BEGUN + KN_PROGRESS_AFTER_MS)

/* What is written at @now_ms has to be @want. */
static void assert_next(struct kn_progress_line *line, int64_t now_ms, enum kn_progress_part part,
			size_t done, size_t total, const char *want)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_progress_line_next(line, now_ms, part, done, total, &buf);
	assert_string_equal(kn_buf_str(&buf), want);
}

static void a_change_that_is_over_at_once_shows_nothing(void **state)
{
	struct kn_progress_line line = {.begun_ms = BEGUN};

	(void)state;
	assert_next(&line, BEGUN, KN_PROGRESS_FILES, 1, 2, "");
	assert_next(&line, LATE - 1, KN_PROGRESS_STEPS, 1, 2, "");
	assert_next(&line, LATE - 1, KN_PROGRESS_CHECK, 0, 0, "");
	assert_next(&line, LATE, KN_PROGRESS_END, 0, 0, "");
}

static void a_long_one_tells_what_it_is_at(void **state)
{
	struct kn_progress_line line = {.begun_ms = BEGUN};

	(void)state;
	assert_next(&line, LATE, KN_PROGRESS_FILES, 312, 1000, "\rapplying: 312 of 1,000 files");
	assert_next(&line, LATE + 1, KN_PROGRESS_STEPS, 4200, 1012000,
		    "\rapplying: 4,200 of 1,012,000 live steps");
	assert_next(&line, LATE + 2, KN_PROGRESS_CHECK, 0, 0,
		    "\rapplying: checking the result          ");
	assert_next(&line, LATE + 3, KN_PROGRESS_UNDO, 0, 0, "\rputting everything back      ");
}

static void it_is_drawn_ten_times_a_second_at_most(void **state)
{
	struct kn_progress_line line = {.begun_ms = BEGUN};

	(void)state;
	assert_next(&line, LATE, KN_PROGRESS_FILES, 1, 9, "\rapplying: 1 of 9 files");
	assert_next(&line, LATE + KN_PROGRESS_EVERY_MS - 1, KN_PROGRESS_FILES, 2, 9, "");
	assert_next(&line, LATE + KN_PROGRESS_EVERY_MS, KN_PROGRESS_FILES, 3, 9,
		    "\rapplying: 3 of 9 files");
	assert_next(&line, LATE + KN_PROGRESS_EVERY_MS + 1, KN_PROGRESS_FILES, 4, 9, "");
}

/* As many blanks as there were columns, between two returns. */
static void at_the_end_it_goes_and_none_comes_after_it(void **state)
{
	struct kn_progress_line line = {.begun_ms = BEGUN};

	(void)state;
	assert_next(&line, LATE, KN_PROGRESS_FILES, 1, 9, "\rapplying: 1 of 9 files");
	assert_next(&line, LATE + 1, KN_PROGRESS_END, 0, 0, "\r                      \r");
	assert_next(&line, LATE + 5000, KN_PROGRESS_UNDO, 0, 0, "");
	assert_next(&line, LATE + 9000, KN_PROGRESS_END, 0, 0, "");
}

static void it_fits_a_terminal_whatever_it_counts(void **state)
{
	struct kn_progress_line line = {.begun_ms = BEGUN};
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)state;
	kn_progress_line_next(&line, LATE, KN_PROGRESS_STEPS, SIZE_MAX, SIZE_MAX, &buf);
	assert_in_range(line.len, 1, 79);
	assert_int_equal(line.len, strlen(kn_buf_str(&buf)) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_that_is_over_at_once_shows_nothing),
		cmocka_unit_test(a_long_one_tells_what_it_is_at),
		cmocka_unit_test(it_is_drawn_ten_times_a_second_at_most),
		cmocka_unit_test(at_the_end_it_goes_and_none_comes_after_it),
		cmocka_unit_test(it_fits_a_terminal_whatever_it_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
