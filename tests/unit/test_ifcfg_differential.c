/* What the codec does not refuse, bash and a model of NetworkManager's reader take as it says: over
 * the corpus and over random shell text. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg.h"
#include "nm_shvar.h"
#include "readers.h"

#define N_SOUP 1500

/* Every file in a subshell of its own; the trap keeps bash from replacing that subshell by the
 * file's last command; e* hold pairs of lines, key and value. */
static const char compare_script[] =
	"mkdir -p \"$1/w\" && cd \"$1/w\" || exit 9; i=$2; end=$3\n"
	"PATH=/nonexistent\n"
	"check() { while IFS= read -r k && IFS= read -r v; do\n"
	"	[ \"${!k-}\" = \"$v\" ] || echo \"bad $1 $k\"; done < ../e$1; echo ok; }\n"
	"unset A B C D\n"
	"while [ $i -lt $end ]; do\n"
	"	( trap : USR1; . ../f$i >/dev/null 2>&1; check $i )\n"
	"	i=$((i + 1))\n"
	"done\n";

struct expect {
	struct kn_ifcfg *file;
	const char *text;
	struct kn_buf lines;
	unsigned int keys;
};

static int expect_key(const char *key, void *arg)
{
	struct expect *x = arg;
	struct kn_error err = {0};
	const char *value;
	char *nm;

	if (kn_ifcfg_get(x->file, key, &value, &err) < 0)
		return 0;
	/* Where bash starts a shell with a value for it, "not set" cannot be told. */
	if (!value)
		value = "";
	if (!nm_shvar_get(x->text, key, &nm) || strcmp(nm ? nm : "", value) != 0)
		fail_msg("%s is <%s>, NetworkManager reads <%s> of:\n%s", key, value,
			 nm ? nm : "nothing", x->text);
	free(nm);
	x->keys++;
	if (!strchr(value, '\n'))
		kn_buf_printf(&x->lines, "%s\n%s\n", key, value);
	return 0;
}

/* Leaves @text as file @i for compare_script. Return: false when nothing can be compared. */
static bool prepare(unsigned int i, const char *text, size_t len, bool listed)
{
	static const char *const soup_keys[] = {"A", "B", "C", "D"};
	struct expect x = {.text = text};
	struct kn_error err = {0};

	assert_int_equal(kn_ifcfg_parse("f", text, len, &x.file, &err), 0);
	if (listed)
		(void)kn_ifcfg_each_key(x.file, expect_key, &x);
	else
		for (size_t k = 0; k < 4; k++)
			(void)expect_key(soup_keys[k], &x);
	kn_ifcfg_free(x.file);
	readers_write("f", i, text, len);
	readers_write("e", i, kn_buf_str(&x.lines), x.lines.len);
	kn_buf_done(&x.lines);
	return x.keys > 0;
}

static void assert_compared(unsigned int first, unsigned int n)
{
	char *out = readers_shell("bash", compare_script, first, n);
	unsigned int ok = 0;

	if (strstr(out, "bad"))
		fail_msg("%.300s", strstr(out, "bad"));
	for (const char *p = out; (p = strstr(p, "ok\n")); p += 3)
		ok++;
	assert_int_equal(ok, n);
	free(out);
}

static void corpus_values_are_what_bash_and_networkmanager_read(void **state)
{
	static char data[65536];
	DIR *dir = opendir(KVMNET_SOURCE_DIR "/tests/corpus/ifcfg");
	unsigned int n = 0;
	char path[4096];

	(void)state;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		snprintf(path, sizeof(path), KVMNET_SOURCE_DIR "/tests/corpus/ifcfg/%s", e->d_name);
		FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (!f)
			continue;
		size_t len = fread(data, 1, sizeof(data) - 1, f);
		fclose(f);
		data[len] = '\0';
		n += prepare(10000 + n, data, len, true);
	}
	closedir(dir);
	assert_true(n > 100);
	assert_compared(10000, n);
}

static void the_comparison_sees_a_difference(void **state)
{
	(void)state;
	readers_write("f", 15000, "A=$B\n", 5);
	readers_write("e", 15000, "A\n$B\n", 5);
	readers_write("f", 15001, "A=1\nexit\n", 9);
	readers_write("e", 15001, "A\n1\n", 4);
	char *out = readers_shell("bash", compare_script, 15000, 2);
	assert_string_equal(out, "bad 15000 A\nok\n");
	free(out);
}

static void random_shell_text(struct kn_buf *buf)
{
	static const char *const words[] = {
		"A=",	    "B=",    "C=",	  "D=",	    "\nA=",	 "\nB=",  "\nC=", "\n",
		"\n",	    "\n ",   " ",	  " ",	    "\t",	 "\"",	  "\"",	  "'",
		"'",	    "\\",    "\\\n",	  "$",	    "`",	 "(",	  ")",	  "{",
		"}",	    "[",     "]",	  "$(",	    "${",	 "${A",	  ":=",	  ";",
		"&",	    "&&",    "|",	  "<",	    ">",	 "#",	  " #",	  "~",
		":",	    "x",     "1",	  "a b",    "\r",	 "\r\n",  "$'",	  "\\x41",
		"\\n",	    "\\'",   "export ",	  "unset ", "readonly ", "read ", "if ",  "true",
		"[ ",	    "[[ ",   "/dev/null", "$A",	    "$B",	 "+=",	  "=",	  "!",
		"\xc3\xbc", "\xff",  "\\~",	  "$\"",    "A",	 "B",	  "fi",	  "eval ",
		"\f",	    "#\\\n", "2>",	  "<<",	    "*",	 "=(",	  "()",	  "\v"};
	uint32_t len = 3 + readers_rnd(16);

	kn_buf_puts(buf, readers_rnd(2) ? "A=0\nB=1\n" : "");
	for (uint32_t i = 0; i < len; i++)
		kn_buf_puts(buf, words[readers_rnd(sizeof(words) / sizeof(words[0]))]);
	kn_buf_puts(buf, readers_rnd(3) ? "\nC=3\n" : "");
}

static void random_shell_text_is_refused_or_read_as_bash_and_networkmanager_do(void **state)
{
	unsigned int n = 0, tried = 0;

	(void)state;
	for (; n < N_SOUP; tried++) {
		struct kn_buf text = KN_BUF_INIT;

		random_shell_text(&text);
		n += prepare(20000 + n, kn_buf_str(&text), text.len, false);
		kn_buf_done(&text);
	}
	assert_true(tried > N_SOUP);
	assert_compared(20000, N_SOUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus_values_are_what_bash_and_networkmanager_read),
		cmocka_unit_test(the_comparison_sees_a_difference),
		cmocka_unit_test(
			random_shell_text_is_refused_or_read_as_bash_and_networkmanager_do),
	};

	return cmocka_run_group_tests(tests, readers_setup, readers_teardown);
}
