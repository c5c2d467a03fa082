/* What the codec says and writes against the programs that read the files: bash, dash, initscripts'
 * eval lines, augeas, and a model of NetworkManager's reader.
 * Layer: tests. Hostile values try to make a file called "canary". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codec/ifcfg.h"
#include "nm_shvar.h"

#define N_VALUES 2400
#ifndef SEED
#define SEED 2024
#endif
#define N_EVAL	 200
#define N_AUGEAS 60
#ifndef N_SOUP
#define N_SOUP 2500
#endif

extern char **environ;

static char top[] = "/tmp/kvmnet-readers-XXXXXX";
static uint32_t seed = SEED;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % n;
}

static void write_file(const char *name, unsigned int i, const char *data, size_t len)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s%u", top, name, i);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Runs argv in the temporary folder; what it prints. Owned by the caller. */
static char *run(char *const argv[])
{
	posix_spawn_file_actions_t fa;
	char path[128], *text = calloc(1, 65536);
	int status;
	pid_t pid;

	assert_non_null(text);
	snprintf(path, sizeof(path), "%s/out", top);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&fa, 2, "/dev/null", O_WRONLY, 0);
	assert_int_equal(posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ), 0);
	posix_spawn_file_actions_destroy(&fa);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	text[fread(text, 1, 65535, f)] = '\0';
	fclose(f);
	return text;
}

static char *run_shell(const char *shell, const char *script, unsigned int first, unsigned int n)
{
	char a[16], b[16];
	char *argv[] = {(char *)shell, "-c", (char *)script, "x", top, a, b, NULL};

	snprintf(a, sizeof(a), "%u", first);
	snprintf(b, sizeof(b), "%u", first + n);
	return run(argv);
}

/* $1 folder, $2 first, $3 end. f* are the files, e* hold the value of NAME. */
static const char source_script[] = "cd \"$1\" || exit 9; i=$2; end=$3\n"
				    "while [ $i -lt $end ]; do\n"
				    "	NAME=unset DEVICE=unset\n"
				    "	. ./f$i\n"
				    "	IFS= read -r want < ./e$i\n"
				    "	if [ \"$NAME\" != \"$want\" ] || [ \"$DEVICE\" != eth0 ]\n"
				    "	then echo \"bad $i\"; fi\n"
				    "	i=$((i + 1))\n"
				    "done\n"
				    "if [ -e canary ]; then echo canary; fi; echo done\n";

/* As initscripts' "network" does for every file, before it sources any. */
static const char eval_script[] =
	"cd \"$1\" || exit 9; i=$2; end=$3\n"
	"while [ $i -lt $end ]; do\n"
	"	unset DEVICE TYPE SLAVE NM_CONTROLLED; NAME=kept\n"
	"	eval $(LC_ALL=C grep -F \"DEVICE=\" f$i)\n"
	"	eval $(LC_ALL=C grep -F \"TYPE=\" f$i)\n"
	"	eval $(LC_ALL=C grep -F \"SLAVE=\" f$i)\n"
	"	eval $(LC_ALL=C grep -F \"NM_CONTROLLED=\" f$i)\n"
	"	[ \"$DEVICE$TYPE$SLAVE$NM_CONTROLLED$NAME\" = eth0Ethernetyesnokept ] ||\n"
	"		echo \"bad $i $DEVICE $TYPE $SLAVE $NM_CONTROLLED $NAME\"\n"
	"	i=$((i + 1))\n"
	"done\n"
	"if [ -e canary ]; then echo canary; fi; echo done\n";

/* Every file in a subshell of its own; e* hold pairs of lines, key and value. */
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

/* ---- values ---- */

static const char *const hostile[] = {
	"$(: >canary)",
	"`: >canary`",
	"\"; : >canary; \"",
	"'; : >canary; '",
	"x\n: >canary",
	"x\nDEVICE=$(: >canary)",
	"DEVICE=$(: >canary)",
	"$'\\n: >canary'",
	"\\",
	"\\\\",
	"a\\",
	"'",
	"\"",
	"'\"'\"'",
	"\\'",
	"\\~",
	"~",
	"~root",
	"a:~",
	"#x",
	"a #b",
	" a",
	"a ",
	"  ",
	"*",
	"?[a-z]{b,c}",
	"!x",
	"!!",
	"$X",
	"${X}",
	"$((1))",
	"$",
	"a$",
	"a;: >canary",
	"a|: >canary",
	"a&: >canary",
	">canary",
	"a >canary",
	"<canary",
	"(a)",
	"()",
	"-n",
	"-e",
	"=",
	"a=b",
	"System eth0",
	"B\xc3\xbcro \xe4\xb8\xbb",
	"\xff",
	"\xc0\xaf",
	"a\tb",
	"a\rb",
	"a\033b",
	"\x7f",
	"\xc2\x9b",
	"mode=1 miimon=100",
	"a TYPE=x",
	"xSLAVE=yes",
	"NM_CONTROLLED=no",
	"if",
	"export A=1",
	"$'a'",
	"$\"a\"",
	"192.0.2.1",
	"2001:db8::1/64",
	"",
};

#define N_HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void random_value(struct kn_buf *buf)
{
	static const char odd[] = "$`\"'\\ #;&|<>(){}[]*?!~:=%-^@,./+aB0_";
	uint32_t len = rnd(12);

	for (uint32_t i = 0; i < len; i++) {
		if (rnd(12) == 0)
			kn_buf_puts(buf, hostile[rnd(N_HOSTILE)]);
		else if (rnd(40) == 0)
			kn_buf_putc(buf, (char)(1 + rnd(255)));
		else
			kn_buf_putc(buf, odd[rnd(sizeof(odd) - 1)]);
	}
}

static bool may_be_refused(const char *value)
{
	for (size_t i = 0, n, len = strlen(value); i < len; i += n) {
		n = kn_utf8_len(value + i, len - i);
		unsigned char c = (unsigned char)value[i];
		if (n == 0 || c < 0x20 || c == 0x7f)
			return true;
		if (c == 0xc2 && (unsigned char)value[i + 1] < 0xa0)
			return true;
	}
	return strstr(value, "DEVICE=") || strstr(value, "TYPE=") || strstr(value, "SLAVE=") ||
	       strstr(value, "NM_CONTROLLED=");
}

#define REST "TYPE=Ethernet\nSLAVE=yes\nNM_CONTROLLED=no\n"

static const char *const templates[] = {
	"DEVICE=eth0\n" REST,
	"DEVICE=\"eth0\" # NIC\nNAME=\"System eth0\" # a comment\n" REST,
	"DEVICE=eth0\n  NAME='System eth0'\n" REST,
	"DEVICE=eth0\nNAME=eth0\t# a comment\n" REST,
	"DEVICE=eth0\nNAME=one\n" REST "NAME=two",
	"DEVICE=eth0\nNAME= # none\n" REST,
};

/* Sets NAME and leaves file and value on disk as number @i. Return: false when refused. */
static bool write_value(unsigned int i, const char *value)
{
	const char *text = templates[rnd(6)];
	struct kn_buf out = KN_BUF_INIT;
	struct kn_error err = {0};
	struct kn_ifcfg *file;
	char *nm = NULL;

	assert_int_equal(kn_ifcfg_parse("f", text, strlen(text), &file, &err), 0);
	if (kn_ifcfg_set(file, "NAME", value, NULL, &err) < 0) {
		assert_int_equal(err.kind, KN_ERR_INPUT);
		if (!may_be_refused(value))
			fail_msg("refused: <%s>: %s", value, err.message);
		kn_ifcfg_free(file);
		return false;
	}
	assert_false(may_be_refused(value));
	kn_ifcfg_emit(file, &out);
	kn_ifcfg_free(file);
	if (!nm_shvar_get(out.data, "NAME", &nm) || strcmp(nm, value) != 0)
		fail_msg("NetworkManager reads <%s> of <%s>", nm ? nm : "nothing", out.data);
	free(nm);
	write_file("f", i, out.data, out.len);
	out.len = 0;
	kn_buf_printf(&out, "%s\n", value);
	write_file("e", i, out.data, out.len);
	kn_buf_done(&out);
	return true;
}

static void assert_done(char *out)
{
	assert_string_equal(out, "done\n");
	free(out);
}

static void written_values_read_the_same_in_bash_dash_and_initscripts(void **state)
{
	unsigned int n = 0, refused = 0;

	(void)state;
	for (unsigned int i = 0; n < N_VALUES; i++) {
		struct kn_buf value = KN_BUF_INIT;

		if (i < N_HOSTILE)
			kn_buf_puts(&value, hostile[i]);
		else
			random_value(&value);
		if (write_value(n, kn_buf_str(&value)))
			n++;
		else
			refused++;
		kn_buf_done(&value);
	}
	assert_true(refused > 100);
	assert_done(run_shell("bash", source_script, 0, N_VALUES));
	assert_done(run_shell("dash", source_script, 0, N_VALUES));
	assert_done(run_shell("bash", eval_script, 0, N_EVAL));
}

static void the_check_sees_a_wrong_value_and_an_executed_one(void **state)
{
	static const char bad[] = "DEVICE=eth0\nNAME=\"$(: >canary)\"\n";
	static const char newline[] = "DEVICE='eth0'\nTYPE=Ethernet\nSLAVE=yes\nNM_CONTROLLED=no\n"
				      "DHCP_HOSTNAME='x\nDEVICE=$(: >canary)eth1'\n";
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/canary", top);
	write_file("f", 90000, bad, sizeof(bad) - 1);
	write_file("e", 90000, "$(: >canary)\n", 13);
	char *out = run_shell("bash", source_script, 90000, 1);
	assert_string_equal(out, "bad 90000\ncanary\ndone\n");
	free(out);
	assert_int_equal(unlink(path), 0);
	out = run_shell("dash", source_script, 90000, 1);
	assert_string_equal(out, "bad 90000\ncanary\ndone\n");
	free(out);
	assert_int_equal(unlink(path), 0);
	write_file("f", 90001, newline, sizeof(newline) - 1);
	out = run_shell("bash", eval_script, 90001, 1);
	assert_non_null(strstr(out, "bad 90001"));
	free(out);
	(void)unlink(path);
}

/* ---- augeas ---- */

static void augeas_reads_written_values(void **state)
{
	struct kn_buf commands = KN_BUF_INIT, want = KN_BUF_INIT;
	char *argv[] = {"augtool", "-r", top, "-A", "-t", "Shellvars.lns incl /g*",
			"-f",	   NULL, NULL};
	char path[128];

	(void)state;
	for (unsigned int i = 0, n = 0; n < N_AUGEAS; i++) {
		struct kn_buf value = KN_BUF_INIT, out = KN_BUF_INIT;
		struct kn_error err = {0};
		struct kn_ifcfg *file;

		if (i < N_HOSTILE)
			kn_buf_puts(&value, hostile[i]);
		else
			random_value(&value);
		assert_int_equal(kn_ifcfg_parse("f", "", 0, &file, &err), 0);
		if (value.len && kn_ifcfg_set(file, "NAME", value.data, NULL, &err) == 0) {
			kn_ifcfg_emit(file, &out);
			write_file("g", n, out.data, out.len);
			kn_buf_printf(&commands, "get /files/g%u/NAME\n", n);
			/* The lens keeps the quotes; a value of its own begins behind NAME=. */
			kn_buf_printf(&want, "/files/g%u/NAME = %s", n++, out.data + 5);
		}
		kn_ifcfg_free(file);
		kn_buf_done(&value);
		kn_buf_done(&out);
	}
	kn_buf_puts(&commands, "match /augeas//error\n");
	kn_buf_puts(&want, "  (no matches)\n");
	write_file("commands", 0, commands.data, commands.len);
	snprintf(path, sizeof(path), "%s/commands0", top);
	argv[7] = path;
	char *got = run(argv);
	assert_string_equal(got, kn_buf_str(&want));
	free(got);
	kn_buf_done(&commands);
	kn_buf_done(&want);
}

/* ---- what the codec does not refuse, bash and NetworkManager read as it says ---- */

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
	write_file("f", i, text, len);
	write_file("e", i, kn_buf_str(&x.lines), x.lines.len);
	kn_buf_done(&x.lines);
	return x.keys > 0;
}

static void assert_compared(unsigned int first, unsigned int n)
{
	char *out = run_shell("bash", compare_script, first, n);
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
	uint32_t len = 3 + rnd(16);

	kn_buf_puts(buf, rnd(2) ? "A=0\nB=1\n" : "");
	for (uint32_t i = 0; i < len; i++)
		kn_buf_puts(buf, words[rnd(sizeof(words) / sizeof(words[0]))]);
	kn_buf_puts(buf, rnd(3) ? "\nC=3\n" : "");
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

static int make_top(void **state)
{
	(void)state;
	return mkdtemp(top) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int remove_top(void **state)
{
	(void)state;
	return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_values_read_the_same_in_bash_dash_and_initscripts),
		cmocka_unit_test(the_check_sees_a_wrong_value_and_an_executed_one),
		cmocka_unit_test(augeas_reads_written_values),
		cmocka_unit_test(corpus_values_are_what_bash_and_networkmanager_read),
		cmocka_unit_test(
			random_shell_text_is_refused_or_read_as_bash_and_networkmanager_do),
	};

	return cmocka_run_group_tests(tests, make_top, remove_top);
}
