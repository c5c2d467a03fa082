/* What the codec writes, read by the programs that will: bash, dash, initscripts' eval lines,
 * augeas, and a model of NetworkManager's reader. Layer: tests. Hostile values try to make a file
 * called "canary". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/ifcfg.h"
#include "nm_shvar.h"
#include "readers.h"

#define N_VALUES 2400
#define N_EVAL	 200
#define N_AUGEAS 60

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
	uint32_t len = readers_rnd(12);

	for (uint32_t i = 0; i < len; i++) {
		if (readers_rnd(12) == 0)
			kn_buf_puts(buf, hostile[readers_rnd(N_HOSTILE)]);
		else if (readers_rnd(40) == 0)
			kn_buf_putc(buf, (char)(1 + readers_rnd(255)));
		else
			kn_buf_putc(buf, odd[readers_rnd(sizeof(odd) - 1)]);
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
	const char *text = templates[readers_rnd(6)];
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
	readers_write("f", i, out.data, out.len);
	out.len = 0;
	kn_buf_printf(&out, "%s\n", value);
	readers_write("e", i, out.data, out.len);
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
	assert_done(readers_shell("bash", source_script, 0, N_VALUES));
	assert_done(readers_shell("dash", source_script, 0, N_VALUES));
	assert_done(readers_shell("bash", eval_script, 0, N_EVAL));
}

static void the_check_sees_a_wrong_value_and_an_executed_one(void **state)
{
	static const char bad[] = "DEVICE=eth0\nNAME=\"$(: >canary)\"\n";
	static const char newline[] = "DEVICE='eth0'\nTYPE=Ethernet\nSLAVE=yes\nNM_CONTROLLED=no\n"
				      "DHCP_HOSTNAME='x\nDEVICE=$(: >canary)eth1'\n";
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/canary", readers_top);
	readers_write("f", 90000, bad, sizeof(bad) - 1);
	readers_write("e", 90000, "$(: >canary)\n", 13);
	char *out = readers_shell("bash", source_script, 90000, 1);
	assert_string_equal(out, "bad 90000\ncanary\ndone\n");
	free(out);
	assert_int_equal(unlink(path), 0);
	out = readers_shell("dash", source_script, 90000, 1);
	assert_string_equal(out, "bad 90000\ncanary\ndone\n");
	free(out);
	assert_int_equal(unlink(path), 0);
	readers_write("f", 90001, newline, sizeof(newline) - 1);
	out = readers_shell("bash", eval_script, 90001, 1);
	assert_non_null(strstr(out, "bad 90001"));
	free(out);
	(void)unlink(path);
}

/* ---- augeas ---- */

static void augeas_reads_written_values(void **state)
{
	struct kn_buf commands = KN_BUF_INIT, want = KN_BUF_INIT;
	char *argv[] = {"augtool", "-r", readers_top, "-A", "-t", "Shellvars.lns incl /g*",
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
			readers_write("g", n, out.data, out.len);
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
	readers_write("commands", 0, commands.data, commands.len);
	snprintf(path, sizeof(path), "%s/commands0", readers_top);
	argv[7] = path;
	char *got = readers_run(argv);
	assert_string_equal(got, kn_buf_str(&want));
	free(got);
	kn_buf_done(&commands);
	kn_buf_done(&want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_values_read_the_same_in_bash_dash_and_initscripts),
		cmocka_unit_test(the_check_sees_a_wrong_value_and_an_executed_one),
		cmocka_unit_test(augeas_reads_written_values),
	};

	return cmocka_run_group_tests(tests, readers_setup, readers_teardown);
}
