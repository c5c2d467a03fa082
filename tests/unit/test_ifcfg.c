/* The ifcfg codec: lossless, edits one line, refuses what the readers take differently.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg.h"

static struct kn_ifcfg *parse_n(const char *text, size_t len)
{
	struct kn_error err = {0};
	struct kn_ifcfg *file = NULL;

	assert_int_equal(kn_ifcfg_parse("ifcfg-x", text, len, &file, &err), 0);
	return file;
}

static struct kn_ifcfg *parse(const char *text)
{
	return parse_n(text, strlen(text));
}

static void assert_text(const struct kn_ifcfg *file, const char *want)
{
	struct kn_buf buf = KN_BUF_INIT;

	kn_ifcfg_emit(file, &buf);
	assert_string_equal(kn_buf_str(&buf), want);
	kn_buf_done(&buf);
}

static void assert_value(const char *text, const char *key, const char *want)
{
	struct kn_ifcfg *file = parse(text);
	struct kn_error err = {0};
	const char *value = NULL;

	if (kn_ifcfg_get(file, key, &value, &err) < 0)
		fail_msg("%s in <%s>: %s", key, text, err.message);
	assert_true(kn_ifcfg_has(file, key));
	if (*want)
		assert_string_equal(value, want);
	else
		assert_null(value);
	kn_ifcfg_free(file);
}

/* @key is refused at @line:@column, naming the file; emitting still gives the same bytes. */
static void assert_refused(const char *text, const char *key, unsigned int line,
			   unsigned int column)
{
	struct kn_ifcfg *file = parse(text);
	struct kn_error err = {0};
	const char *value = "untouched";
	const char *const keys[] = {key, NULL};

	if (kn_ifcfg_get(file, key, &value, &err) == 0)
		fail_msg("%s is not refused in <%s>", key, text);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	assert_string_equal(err.file, "ifcfg-x");
	assert_int_equal(err.line, line);
	assert_int_equal(err.column, column);
	assert_string_equal(value, "untouched");
	assert_int_equal(kn_ifcfg_set(file, key, "1", NULL, &err), -1);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	assert_int_equal(kn_ifcfg_unset(file, key, &err), -1);
	assert_int_equal(kn_ifcfg_check(file, keys, &err), -1);
	assert_text(file, text);
	kn_ifcfg_free(file);
}

static void assert_set(const char *before, const char *key, const char *value, const char *after)
{
	struct kn_ifcfg *file = parse(before);
	struct kn_error err = {0};
	const char *got = NULL;

	if (kn_ifcfg_set(file, key, value, NULL, &err) < 0)
		fail_msg("set %s=%s: %s", key, value, err.message);
	assert_text(file, after);
	assert_int_equal(kn_ifcfg_get(file, key, &got, &err), 0);
	assert_string_equal(got ? got : "", value);
	kn_ifcfg_free(file);
}

static void assert_unset(const char *before, const char *key, const char *after)
{
	struct kn_ifcfg *file = parse(before);
	struct kn_error err = {0};

	assert_int_equal(kn_ifcfg_unset(file, key, &err), 0);
	assert_false(kn_ifcfg_has(file, key));
	assert_text(file, after);
	kn_ifcfg_free(file);
}

static void values_are_unquoted_where_readers_agree(void **state)
{
	(void)state;
	assert_value("A=b\n", "A", "b");
	assert_value("A=b", "A", "b");
	assert_value("  \tA=b \n", "A", "b");
	assert_value("A=\n", "A", "");
	assert_value("A= # none\n", "A", "");
	assert_value("A=#x\n", "A", "#x");
	assert_value("A=b#x\n", "A", "b#x");
	assert_value("A=b # x\n", "A", "b");
	assert_value("A=\"b c\"\t# x\n", "A", "b c");
	assert_value("A='b \"c\\'\n", "A", "b \"c\\");
	assert_value("A=a\"b\"'c'\\ d$'\\te'\n", "A", "abc d\te");
	assert_value("A=\"\\$x \\`y\\` \\\\ \\\" \\n\"\n", "A", "$x `y` \\ \" \\n");
	assert_value("A=$'\\x41\\102\\'\\e'\n", "A", "AB'\033");
	assert_value("A=x~y\n", "A", "x~y");
	assert_value("A=\"~\"\n", "A", "~");
	assert_value("A=b=c{d,e}*?[f]!^%\n", "A", "b=c{d,e}*?[f]!^%");
	assert_value("A=B\xc3\xbcro\n", "A", "B\xc3\xbcro");
	assert_value("A=1\nA=2 # last\n", "A", "2");
	assert_value("a_1=x\n", "a_1", "x");
}

static void lines_only_the_shell_understands_refuse_their_key(void **state)
{
	(void)state;
	assert_refused("B=1\r\n", "B", 1, 4);
	assert_refused("# c\nB=1 \r\n", "B", 2, 5);
	assert_refused("export B=1\n", "B", 1, 1);
	assert_refused("A=1;B=2\n", "A", 1, 4);
	assert_refused("A=1;B=2\n", "B", 1, 4);
	assert_refused("A=1 B=2\n", "B", 1, 5);
	assert_refused("A=1;\n", "A", 1, 4);
	assert_refused("A=one two\n", "A", 1, 7);
	assert_refused("A= one\n", "A", 1, 4);
	assert_refused("A = one\n", "A", 1, 1);
	assert_refused("A=1\\\n2\n", "A", 1, 4);
	assert_refused("A=\"x\ny\"\n", "A", 1, 3);
	assert_refused("A='x\nIPADDR=1\n'\n", "IPADDR", 1, 3);
	assert_refused("A=$X\n", "A", 1, 3);
	assert_refused("A=\"a$X\"\n", "A", 1, 5);
	assert_refused("A=$(id)\n", "A", 1, 3);
	assert_refused("A=`id`\n", "A", 1, 3);
	assert_refused("A=\"`id`\"\n", "A", 1, 4);
	assert_refused("A=~\n", "A", 1, 3);
	assert_refused("A=b:~c\n", "A", 1, 5);
	assert_refused("A=$\"b\"\n", "A", 1, 3);
	assert_refused("A=\"it\\'s\"\n", "A", 1, 6);
	assert_refused("A=$'\\u00e9'\n", "A", 1, 5);
	assert_refused("A=$'\\0'\n", "A", 1, 5);
	assert_refused("A=\xff\n", "A", 1, 3);
	assert_refused("A=\001\n", "A", 1, 3);
	assert_refused("A+=1\n", "A", 1, 1);
	assert_refused("A[0]=1\n", "A", 1, 1);
	assert_refused("A=(1 2)\n", "A", 1, 3);
	assert_refused("A=1 & B=2\n", "A", 1, 5);
	assert_refused("A=1 | cat\n", "A", 1, 5);
	assert_refused("A=1 > /dev/null\n", "A", 1, 5);
	assert_refused("X=${A:=1}\n", "A", 1, 3);
	assert_refused("[ -n x ] && A=1\n", "A", 1, 1);
	assert_refused("unset A\n", "A", 1, 1);
	assert_refused("B=1 &&\nA=1\n", "A", 1, 5);
	assert_refused("B=1 |\nA=1\n", "A", 1, 5);
}

static void lines_that_do_not_matter_are_no_obstacle(void **state)
{
	(void)state;
	assert_value("export B=1\r\nA=2\n", "A", "2");
	assert_value("B=one two\nA=2\n", "A", "2");
	assert_value("ETHTOOL_OPTS=\"-s ${A} autoneg off\"\nA=2\n", "A", "2");
	assert_value("B=\"x\ny\"\nA=2\n", "A", "2");
	assert_value("B=$(grep 'x y' \"/etc/z\")\nA=2\n", "A", "2");
	assert_value("# don't \xff `\\\nA=2\n", "A", "2");
	assert_value("\r\nnot a line\nA=2\n", "A", "2");
	assert_value("B=x\\\nC=1\nA=2\n", "A", "2");
}

static void constructs_that_could_assign_anything_refuse_every_key(void **state)
{
	static const char *const lines[] = {
		". /etc/sysconfig/network",
		"source x",
		"eval B=1",
		"if true; then",
		"B=\"open",
		"B='open",
		"B=$(open",
		"B=${open",
		"B=`open",
		"cat <<EOF",
		"f() {",
		"( B=1 )",
		"[[ -n x ]] && true",
		"B=$((A=1))",
		"B=${!X}",
		"B=x \"$CMD\"",
		"B=x eval C=1",
		"exit",
		"B=1;;",
		"B=)",
		"; B=1",
		"export $X=1",
		"export \"A\"=1",
		"export {A,B}=1",
		"A\\\nB=1",
		"B=1 2>/dev/null eval C=1",
		"declare B=1",
		"set -a",
		"B=1 >",
		"B=${X:-'}",
		"UID=1",
		"A=1 UID=1",
		"A=\"1",
		"readonly B",
		": >2>1",
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct kn_error err = {0};

		snprintf(text, sizeof(text), "ONBOOT=yes\n%s\nIPADDR=192.0.2.1\n", lines[i]);
		struct kn_ifcfg *file = parse(text);
		const char *value;
		if (kn_ifcfg_get(file, "UNRELATED", &value, &err) == 0)
			fail_msg("not refused: <%s>", lines[i]);
		assert_int_equal(err.kind, KN_ERR_HOSTFILE);
		assert_int_equal(err.line, 2);
		assert_text(file, text);
		kn_ifcfg_free(file);
	}
}

static void a_nul_byte_or_byte_order_mark_refuses_every_key(void **state)
{
	static const char nul[] = "A=1\nB=\0\nC=1\n";
	struct kn_error err = {0};
	struct kn_buf buf = KN_BUF_INIT;
	const char *value;
	struct kn_ifcfg *file = parse_n(nul, sizeof(nul) - 1);

	(void)state;
	assert_int_equal(kn_ifcfg_get(file, "A", &value, &err), -1);
	assert_int_equal(err.line, 2);
	assert_int_equal(err.column, 3);
	kn_ifcfg_emit(file, &buf);
	assert_int_equal(buf.len, sizeof(nul) - 1);
	assert_memory_equal(buf.data, nul, buf.len);
	kn_buf_done(&buf);
	kn_ifcfg_free(file);
	assert_refused("\xef\xbb\xbf# x\nA=1\n", "A", 1, 1);
	assert_refused("A=1\nB=\\", "A", 2, 3);
}

static void the_refusal_keeps_the_bytes_of_the_line(void **state)
{
	struct kn_ifcfg *file = parse("A=1\nB=\033[31m$X\nC=1\n");
	struct kn_error err = {0};
	const char *value;

	(void)state;
	assert_int_equal(kn_ifcfg_get(file, "B", &value, &err), -1);
	assert_string_equal(err.excerpt, "B=\x1b[31m$X"); /* the printer escapes it */
	assert_non_null(strstr(err.message, "B cannot"));
	assert_true(err.hint[0]);
	kn_ifcfg_free(file);
}

static void a_long_excerpt_is_cut_and_stays_utf8(void **state)
{
	char text[700] = "A=";
	struct kn_error err = {0};
	const char *value;

	(void)state;
	for (size_t i = 2; i < 600; i += 2)
		memcpy(text + i, "\xc3\xbc", 3);
	memcpy(text + 600, "$X\n", 4);
	struct kn_ifcfg *file = parse(text);
	assert_int_equal(kn_ifcfg_get(file, "A", &value, &err), -1);
	size_t len = strlen(err.excerpt);
	assert_true(len < sizeof(err.excerpt) && len > 240);
	assert_string_equal(err.excerpt + len - 3, "...");
	assert_int_equal((unsigned char)err.excerpt[len - 4], 0xbc);
	kn_ifcfg_free(file);
}

static void an_edit_keeps_line_indentation_style_and_comment(void **state)
{
	(void)state;
	assert_set("# x\n  A=b # c\nB=1\n", "A", "d", "# x\n  A=d # c\nB=1\n");
	assert_set("A=\"b\"\n", "A", "d", "A=\"d\"\n");
	assert_set("A='b'\t# c\n", "A", "d e", "A='d e'\t# c\n");
	assert_set("A='b'\n", "A", "it's", "A=\"it's\"\n");
	assert_set("A=b\n", "A", "d e", "A=\"d e\"\n");
	assert_set("A=\"b\"'c'\n", "A", "d", "A=d\n");
	assert_set("A=b # c\n", "A", "", "A= # c\n");
	assert_set("A=\"b\"\n", "A", "", "A=\"\"\n");
	assert_set("A= # c\n", "A", "x", "A=x # c\n");
	assert_set("A=b", "A", "c", "A=c");
	assert_set("A=b\n", "A", "$x `y` \\ \"q\"", "A=\"\\$x \\`y\\` \\\\ \\\"q\\\"\"\n");
	assert_set("A=1\nB=\nA=2\n", "A", "3", "A=1\nB=\nA=3\n");
}

static void an_equal_value_changes_no_byte(void **state)
{
	(void)state;
	assert_set("A='b'\"c\"\\d\n", "A", "bcd", "A='b'\"c\"\\d\n");
	assert_set("TYPE=\"Bridge\"\n", "TYPE", "Bridge", "TYPE=\"Bridge\"\n");
}

static void a_new_key_goes_behind_the_named_or_last_assignment(void **state)
{
	struct kn_error err = {0};
	struct kn_ifcfg *file = parse("A=1\n# a\nB=2\n\n# end\n");

	(void)state;
	assert_int_equal(kn_ifcfg_set(file, "C", "3", "A", &err), 0);
	assert_int_equal(kn_ifcfg_set(file, "D", "4", "NOT_THERE", &err), 0);
	assert_int_equal(kn_ifcfg_set(file, "E", "5", NULL, &err), 0);
	assert_text(file, "A=1\nC=3\n# a\nB=2\nD=4\nE=5\n\n# end\n");
	assert_int_equal(kn_ifcfg_line(file, "E"), 6);
	kn_ifcfg_free(file);
	assert_set("", "A", "1", "A=1\n");
	assert_set("# only\n", "A", "1", "# only\nA=1\n");
}

static void a_missing_final_newline_stays_missing(void **state)
{
	(void)state;
	assert_set("A=1", "B", "2", "A=1\nB=2");
	assert_set("# c", "B", "2", "# c\nB=2");
	assert_unset("A=1\nB=2", "B", "A=1");
	assert_unset("A=1\nB=2", "A", "B=2");
}

static void a_key_that_initscripts_grep_for_stands_before_comments_that_hide_it(void **state)
{
	(void)state;
	assert_set("A=1\n#TYPE=Ethernet\nB=1\n", "TYPE", "Bridge",
		   "A=1\nTYPE=Bridge\n#TYPE=Ethernet\nB=1\n");
	assert_set("#IPADDR=1\nB=1\n", "IPADDR", "2", "#IPADDR=1\nB=1\nIPADDR=2\n");
}

static void unset_removes_every_duplicate_with_its_line(void **state)
{
	(void)state;
	assert_unset("A=1 # x\nB=2\n A=\"3\"\n", "A", "B=2\n");
	assert_unset("A=1\n", "A", "");
	assert_unset("A=1\n", "Z", "A=1\n");
}

static void unsafe_values_are_refused(void **state)
{
	static const char *const values[] = {
		"a\nb",	    "a\rb",	"\t",	   "\x7f",	"\xff",
		"\xc2\x85", "DEVICE=x", "xTYPE=y", "a SLAVE=b", "NM_CONTROLLED=no"};
	struct kn_error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct kn_ifcfg *file = parse("A=1\nNAME=x\n");

		assert_false(kn_ifcfg_can_write(values[i]));
		assert_int_equal(kn_ifcfg_set(file, "NAME", values[i], NULL, &err), -1);
		assert_int_equal(err.kind, KN_ERR_INPUT);
		assert_text(file, "A=1\nNAME=x\n");
		kn_ifcfg_free(file);
	}
	assert_true(kn_ifcfg_can_write("System eth0 \xc3\xbc $(x) 'q'"));
	assert_true(kn_ifcfg_can_write(""));
}

static void keys_that_initscripts_evaluate_take_one_plain_word_only(void **state)
{
	struct kn_ifcfg *file = parse("");
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_ifcfg_set(file, "DEVICE", "a b", NULL, &err), -1);
	assert_int_equal(kn_ifcfg_set(file, "DEVICETYPE", "*", NULL, &err), -1);
	assert_int_equal(kn_ifcfg_set(file, "DEVICE", "eth0.5", NULL, &err), 0);
	assert_int_equal(kn_ifcfg_set(file, "UID", "5", NULL, &err), -1);
	assert_int_equal(kn_ifcfg_set(file, "1A", "5", NULL, &err), -1);
	assert_int_equal(kn_ifcfg_set(file, "", "5", NULL, &err), -1);
	assert_text(file, "DEVICE=eth0.5\n");
	kn_ifcfg_free(file);
}

static int collect(const char *key, void *arg)
{
	kn_buf_printf(arg, "%s ", key);
	return strcmp(key, "STOP") == 0 ? 7 : 0;
}

static void every_assigned_key_is_listed_once_in_order(void **state)
{
	struct kn_ifcfg *file = parse("B=1\n#C=1\nA=1\nB=2\nexport D=1\nE=$(x)\nSTOP=\nF=1\n");
	struct kn_buf buf = KN_BUF_INIT;

	(void)state;
	assert_int_equal(kn_ifcfg_each_key(file, collect, &buf), 7);
	/* export counts as a name of its own: every name in such a line may be one. */
	assert_string_equal(kn_buf_str(&buf), "B A export D E STOP ");
	kn_buf_done(&buf);
	kn_ifcfg_free(file);
}

static void duplicates_are_counted_and_the_last_one_has_the_line(void **state)
{
	struct kn_ifcfg *file = parse("A=1\nB=\"x\ny\"\n A=2\n# A=3\n");

	(void)state;
	assert_int_equal(kn_ifcfg_count(file, "A"), 2);
	assert_int_equal(kn_ifcfg_line(file, "A"), 4);
	assert_int_equal(kn_ifcfg_line(file, "Z"), 0);
	assert_int_equal(kn_ifcfg_count(file, "Z"), 0);
	kn_ifcfg_free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_unquoted_where_readers_agree),
		cmocka_unit_test(lines_only_the_shell_understands_refuse_their_key),
		cmocka_unit_test(lines_that_do_not_matter_are_no_obstacle),
		cmocka_unit_test(constructs_that_could_assign_anything_refuse_every_key),
		cmocka_unit_test(a_nul_byte_or_byte_order_mark_refuses_every_key),
		cmocka_unit_test(the_refusal_keeps_the_bytes_of_the_line),
		cmocka_unit_test(a_long_excerpt_is_cut_and_stays_utf8),
		cmocka_unit_test(an_edit_keeps_line_indentation_style_and_comment),
		cmocka_unit_test(an_equal_value_changes_no_byte),
		cmocka_unit_test(a_new_key_goes_behind_the_named_or_last_assignment),
		cmocka_unit_test(a_missing_final_newline_stays_missing),
		cmocka_unit_test(
			a_key_that_initscripts_grep_for_stands_before_comments_that_hide_it),
		cmocka_unit_test(unset_removes_every_duplicate_with_its_line),
		cmocka_unit_test(unsafe_values_are_refused),
		cmocka_unit_test(keys_that_initscripts_evaluate_take_one_plain_word_only),
		cmocka_unit_test(every_assigned_key_is_listed_once_in_order),
		cmocka_unit_test(duplicates_are_counted_and_the_last_one_has_the_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
