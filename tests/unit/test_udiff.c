/* Unified diff: exact text, and patch(1) makes the new file out of the old one.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/udiff.h"

extern char **environ;

static void diff(const char *path, const char *old, const char *new, unsigned int context,
		 struct kn_buf *ret)
{
	struct kn_error err = {0};

	struct kn_filechg chg = {.path = (char *)path,
				 .before_present = old != NULL,
				 .after_present = new != NULL,
				 .before = (char *)old,
				 .after = (char *)new,
				 .before_len = old ? strlen(old) : 0,
				 .after_len = new ? strlen(new) : 0};

	assert_int_equal(kn_udiff(&chg, context, ret, &err), 0);
}

static void assert_diff(const char *path, const char *old, const char *new, const char *want)
{
	struct kn_buf buf = KN_BUF_INIT;

	diff(path, old, new, 3, &buf);
	assert_string_equal(kn_buf_str(&buf), want);
	kn_buf_done(&buf);
}

static void equal_texts_give_nothing(void **state)
{
	(void)state;
	assert_diff("/f", "a\n", "a\n", "");
	assert_diff("/f", "", "", "");
	assert_diff("/f", NULL, NULL, "");
}

static void a_change_is_shown_with_its_context(void **state)
{
	(void)state;
	assert_diff("/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
		    "--- /f\n+++ /f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
	assert_diff("/f", "a\n", "b\n", "--- /f\n+++ /f\n@@ -1 +1 @@\n-a\n+b\n");
}

static void distant_changes_are_separate_hunks_and_near_ones_are_one(void **state)
{
	(void)state;
	assert_diff("/f", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
		    "--- /f\n+++ /f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n"
		    "@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
	assert_diff("/f", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
		    "--- /f\n+++ /f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
}

static void new_and_removed_files_are_named_dev_null(void **state)
{
	(void)state;
	assert_diff("/f", NULL, "a\n", "--- /dev/null\n+++ /f\n@@ -0,0 +1 @@\n+a\n");
	assert_diff("/f", "a\nb\n", NULL, "--- /f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n");
	assert_diff("/f", NULL, "", "--- /dev/null\n+++ /f\n");
}

static void a_missing_final_newline_is_marked(void **state)
{
	(void)state;
	assert_diff("/f", "a", "a\n",
		    "--- /f\n+++ /f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
	assert_diff("/f", "a\nb", "A\nb",
		    "--- /f\n+++ /f\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n\\ No newline at end of file\n");
}

static void odd_file_names_are_quoted_for_patch(void **state)
{
	(void)state;
	assert_diff("/a b", "1\n", "2\n", "--- /a b\t\n+++ /a b\t\n@@ -1 +1 @@\n-1\n+2\n");
	assert_diff("/a\n\"", "1\n", "2\n",
		    "--- \"/a\\012\\\"\"\n+++ \"/a\\012\\\"\"\n@@ -1 +1 @@\n-1\n+2\n");
}

static void a_small_edit_in_a_long_text_stays_small(void **state)
{
	struct kn_buf old = KN_BUF_INIT, new = KN_BUF_INIT, buf = KN_BUF_INIT;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		kn_buf_printf(&old, "line %d\n", i);
		if (i % 500 != 7)
			kn_buf_printf(&new, "line %d\n", i);
	}
	diff("/f", kn_buf_str(&old), kn_buf_str(&new), 0, &buf);
	unsigned int minus = 0, plus = 0;
	for (const char *p = kn_buf_str(&buf); (p = strchr(p, '\n')) && p[1]; p++) {
		minus += p[1] == '-';
		plus += p[1] == '+';
	}
	assert_int_equal(minus, 10);
	assert_int_equal(plus, 1); /* the +++ line */
	kn_buf_done(&old);
	kn_buf_done(&new);
	kn_buf_done(&buf);
}

/* ---- patch round trips ---- */

static char tmp[] = "/tmp/kvmnet-udiff-XXXXXX";

static void write_file(const char *path, const char *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Runs patch -p1 in the temporary folder. Return: its exit status. */
static int run_patch(void)
{
	char *argv[] = {"patch", "-s", "-f", "-p1", "-d", tmp, "-i", "d", NULL};
	int status;
	pid_t pid;

	assert_int_equal(posix_spawnp(&pid, "patch", NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool file_is(const char *path, const struct kn_buf *want)
{
	char got[8192];
	FILE *f = fopen(path, "rb");

	if (!f)
		return false;
	size_t len = fread(got, 1, sizeof(got), f);
	fclose(f);
	return len == want->len && (!len || !memcmp(got, want->data, len));
}

static uint32_t seed = 12345;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static void put_random_line(struct kn_buf *buf)
{
	static const char *const words[] = {"",	    "a",    "b",	"A=1",	   "-- x",
					    "++ x", "\\ y", "@@ -1 @@", "caf\xe9", "\t"};

	kn_buf_puts(buf, words[rnd(10)]);
	kn_buf_putc(buf, '\n');
}

/* A text and an edited copy of it, sometimes without the final newline. */
static void make_pair(struct kn_buf *old, struct kn_buf *new)
{
	uint32_t lines = rnd(40), rate = 2 + rnd(12);

	for (uint32_t i = 0; i < lines; i++) {
		size_t start = old->len;

		put_random_line(old);
		uint32_t what = rnd(rate);
		if (what != 0)
			kn_buf_put(new, old->data + start, old->len - start);
		if (what == 1)
			put_random_line(new);
	}
	put_random_line(new);
	if (rnd(3) == 0 && old->len)
		old->len--;
	if (rnd(3) == 0)
		new->len--;
}

static void round_trip(struct kn_buf *old, struct kn_buf *new, unsigned int context)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct kn_error err = {0};
	char f[64], d[64];

	snprintf(f, sizeof(f), "%s/f", tmp);
	snprintf(d, sizeof(d), "%s/d", tmp);
	(void)unlink(f);
	if (old->len)
		write_file(f, kn_buf_str(old), old->len);
	struct kn_filechg chg = {.path = (char *)"/f",
				 .before_present = old->len > 0,
				 .after_present = new->len > 0,
				 .before = old->data,
				 .after = new->data,
				 .before_len = old->len,
				 .after_len = new->len};
	assert_int_equal(kn_udiff(&chg, context, &buf, &err), 0);
	if (buf.len) {
		write_file(d, buf.data, buf.len);
		if (run_patch() != 0)
			fail_msg("patch refuses:\n%s", buf.data);
	}
	if (new->len ? !file_is(f, new) : access(f, F_OK) == 0)
		fail_msg("patch makes another file of:\n%s", kn_buf_str(&buf));
	kn_buf_done(&buf);
}

static void patch_makes_the_new_text_of_the_old_one(void **state)
{
	(void)state;
	for (int i = 0; i < 400; i++) {
		struct kn_buf old = KN_BUF_INIT, new = KN_BUF_INIT, none = KN_BUF_INIT;

		make_pair(&old, &new);
		round_trip(&old, &new, i % 4);
		if (i % 10 == 0) {
			round_trip(&none, &new, 3);
			round_trip(&new, &none, 3);
		}
		kn_buf_done(&old);
		kn_buf_done(&new);
	}
}

static int make_tmp(void **state)
{
	(void)state;
	return mkdtemp(tmp) ? 0 : -1;
}

static int remove_tmp(void **state)
{
	static const char *const names[] = {"f", "d", "f.orig", "f.rej"};
	char path[64];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", tmp, names[i]);
		(void)unlink(path);
	}
	return rmdir(tmp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_texts_give_nothing),
		cmocka_unit_test(a_change_is_shown_with_its_context),
		cmocka_unit_test(distant_changes_are_separate_hunks_and_near_ones_are_one),
		cmocka_unit_test(new_and_removed_files_are_named_dev_null),
		cmocka_unit_test(a_missing_final_newline_is_marked),
		cmocka_unit_test(odd_file_names_are_quoted_for_patch),
		cmocka_unit_test(a_small_edit_in_a_long_text_stays_small),
		cmocka_unit_test(patch_makes_the_new_text_of_the_old_one),
	};

	return cmocka_run_group_tests(tests, make_tmp, remove_tmp);
}
