/* INI files: what is read, what is refused and with which words; iniparser sees the same.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "codec/ini.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

#define B "[bridge br0]\n"

static struct kn_error err;

static void read_file(const char *text, size_t len, struct kn_ini *ini, struct kn_errors *faults)
{
	err = (struct kn_error){0};
	if (kn_ini_add(ini, "host.conf", text, len, faults, &err) < 0)
		fail_msg("%s", err.message);
}

struct bad {
	const char *text;
	size_t len; /* 0 = strlen() */
	unsigned int line, column;
	const char *message;
};

static const struct bad bad_rows[] = {
	/* bytes */
	{"\xef\xbb\xbf" B, 0, 1, 1, "the file begins with a byte order mark"},
	{B "ports = e\0h0\n", 26, 2, 10, "there is a NUL byte"},
	{B "ports = eth\x01\n", 0, 2, 12, "there is a control character"},
	{B "ports = eth\x7f\n", 0, 2, 12, "there is a control character"},
	{B "ports = eth\v0\n", 0, 2, 12, "there is a control character"},
	{B "ports = eth\f0\n", 0, 2, 12, "there is a control character"},
	{B "ports = eth\x1b[2J\n", 0, 2, 12, "there is a control character"},
	{B "ports = eth0\rgateway = 1.1.1.1\n", 0, 2, 13,
	 "there is a carriage return inside the line"},
	{B "ports = eth0\r", 0, 2, 13, "there is a carriage return inside the line"},
	{B "zone = caf\xe9\n", 0, 2, 11, "this is no valid UTF-8"},
	{B "zone = \xc0\xaf\n", 0, 2, 8, "this is no valid UTF-8"},
	{B "zone = \xed\xa0\x80\n", 0, 2, 8, "this is no valid UTF-8"},
	{B "zone = \xf4\x90\x80\x80\n", 0, 2, 8, "this is no valid UTF-8"},
	{B "zone = \xe2\x82\n", 0, 2, 8, "this is no valid UTF-8"},
	{"# \xff\n", 0, 1, 3, "this is no valid UTF-8"},
	{"\xff\xfe[\0b\0", 6, 1, 1, "this is no valid UTF-8"},
	/* joined lines */
	{B "dns = 1.1.1.1 \\\n 9.9.9.9\n", 0, 2, 15,
	 "the line ends in a backslash, which would join it with the next"},
	{B "dns = 1.1.1.1 \\  \n", 0, 2, 15,
	 "the line ends in a backslash, which would join it with the next"},
	{"# comment \\\n" B, 0, 1, 11,
	 "the line ends in a backslash, which would join it with the next"},
	{B "dns = 1.1.1.1 # x \\\n", 0, 2, 19,
	 "the line ends in a backslash, which would join it with the next"},
	{"[bridge br0] \\\n", 0, 1, 14,
	 "the line ends in a backslash, which would join it with the next"},
	/* sections */
	{"[bridge br0\n", 0, 1, 1, "the section has no closing bracket"},
	{"[\n", 0, 1, 1, "the section has no closing bracket"},
	{"[]\n", 0, 1, 1, "the section has no name"},
	{"[  ]\n", 0, 1, 1, "the section has no name"},
	{"[bridge br0] x\n", 0, 1, 14,
	 "nothing may stand behind the section's name, not even a comment"},
	{"[bridge br0] # x\n", 0, 1, 14,
	 "nothing may stand behind the section's name, not even a comment"},
	{"[bridge br0] ; x\n", 0, 1, 14,
	 "nothing may stand behind the section's name, not even a comment"},
	{"[bridge br0]]\n", 0, 1, 13,
	 "nothing may stand behind the section's name, not even a comment"},
	{"[bridge br0] ports = eth0\n", 0, 1, 14,
	 "nothing may stand behind the section's name, not even a comment"},
	{"[[bridge br0]\n", 0, 1, 2, "this character cannot stand in a section's name"},
	{"[bridge:br0]\n", 0, 1, 8, "this character cannot stand in a section's name"},
	{"[bridge br/0]\n", 0, 1, 11, "this character cannot stand in a section's name"},
	{"[bridge \"br0\"]\n", 0, 1, 9, "this character cannot stand in a section's name"},
	{"[bridge b\xc3\xa9]\n", 0, 1, 10, "this character cannot stand in a section's name"},
	{"[br#0]\n", 0, 1, 4, "this character cannot stand in a section's name"},
	{B "[bridge br0]\n", 0, 2, 2, "this section is there already (host.conf:1)"},
	{B "[bridge  br0]\n", 0, 2, 2, "this section is there already (host.conf:1)"},
	{B "[ bridge br0 ]\n", 0, 2, 3, "this section is there already (host.conf:1)"},
	{B "[bridge BR0]\n", 0, 2, 2,
	 "[bridge br0] at host.conf:1 differs from this section only in case"},
	{B "[Bridge br0]\n", 0, 2, 2,
	 "[bridge br0] at host.conf:1 differs from this section only in case"},
	{"[bridge aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", 0, 1, 2,
	 "the section's name is longer than 64 bytes"},
	/* keys */
	{"ports = eth0\n", 0, 1, 1, "the key stands before the first section"},
	{B "ports\n", 0, 2, 1, "this is neither a key nor a section"},
	{B "ports eth0\n", 0, 2, 1, "this is neither a key nor a section"},
	{B "ports: eth0\n", 0, 2, 6, "this character cannot stand in a key"},
	{B "Ports = eth0\n", 0, 2, 1, "this character cannot stand in a key"},
	{B "porTs = eth0\n", 0, 2, 4, "this character cannot stand in a key"},
	{B "p\xc3\xb6rts = eth0\n", 0, 2, 2, "this character cannot stand in a key"},
	{B "= eth0\n", 0, 2, 1, "this is neither a key nor a section"},
	{B "  == eth0\n", 0, 2, 3, "this is neither a key nor a section"},
	{B "ports += eth1\n", 0, 2, 1, "this is neither a key nor a section"},
	{B "ports =\n", 0, 2, 1, "the key has no value"},
	{B "ports =   \n", 0, 2, 1, "the key has no value"},
	{B "ports = # eth0\n", 0, 2, 1, "the key has no value"},
	{B "ports =; eth0\n", 0, 2, 1, "the key has no value"},
	{B "ports = eth0\nports = eth1\n", 0, 3, 1, "the key ports is there already, in line 2"},
	{B "ports = eth0\nmtu = 1500\nports = eth0\n", 0, 4, 1,
	 "the key ports is there already, in line 2"},
	{B "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n", 0, 2, 1,
	 "the key is longer than 64 bytes"},
	/* values */
	{B "zone = \"a\"\n", 0, 2, 8, "quotes cannot stand in a value"},
	{B "zone = a'b\n", 0, 2, 9, "quotes cannot stand in a value"},
	{B "zone = ''\n", 0, 2, 8, "quotes cannot stand in a value"},
	{B "zone = \"a # b\"\n", 0, 2, 8, "quotes cannot stand in a value"},
	{B "zone = a#b\n", 0, 2, 9, "'#' and ';' cannot stand in a value"},
	{B "zone = a;b\n", 0, 2, 9, "'#' and ';' cannot stand in a value"},
	{B "dns = 1.1.1.1;9.9.9.9\n", 0, 2, 14, "'#' and ';' cannot stand in a value"},
	{"/dev/zero\n", 0, 1, 1, "this character cannot stand in a key"},
	{"<xml/>\n", 0, 1, 1, "this character cannot stand in a key"},
	{"{\"bridge\": 1}\n", 0, 1, 1, "this character cannot stand in a key"},
	{"bridge:\n  ports: eth0\n", 0, 1, 7, "this character cannot stand in a key"},
};

static void every_hazard_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rows); i++) {
		const struct bad *row = &bad_rows[i];
		struct kn_errors faults = {0};
		struct kn_ini ini = {0};

		read_file(row->text, row->len ? row->len : strlen(row->text), &ini, &faults);
		if (!faults.n)
			fail_msg("row %zu is accepted: %s", i, row->text);
		const struct kn_error *e = &faults.v[0];
		if (strcmp(e->message, row->message) != 0 || e->line != row->line ||
		    e->column != row->column || strcmp(e->file, "host.conf") != 0)
			fail_msg("row %zu (%s): %s:%u:%u: %s", i, row->text, e->file, e->line,
				 e->column, e->message);
		assert_int_equal(e->kind, KN_ERR_INPUT);
		kn_errors_done(&faults);
		kn_ini_done(&ini);
	}
}

static const char all_at_once[] = "[bridge br0]\n"
				  "ports eth0\n"
				  "mtu = 1500\n"
				  "mtu = 1500\n"
				  "[bridge]] \n"
				  "not = looked-at twice\n"
				  "[bridge BR0]\n"
				  "dns =\n";

static void all_faults_are_told_in_one_run(void **state)
{
	static const unsigned int lines[] = {2, 4, 5, 7, 8};
	struct kn_errors faults = {0};
	struct kn_ini ini = {0};

	(void)state;
	read_file(all_at_once, sizeof(all_at_once) - 1, &ini, &faults);
	assert_int_equal(faults.n, ROWS(lines));
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_int_equal(faults.v[i].line, lines[i]);
	assert_string_equal(faults.v[0].excerpt, "ports eth0");
	assert_string_equal(faults.v[0].hint, "write it as key = value");
	kn_errors_done(&faults);
	kn_ini_done(&ini);
}

static void a_flood_of_faults_ends(void **state)
{
	struct kn_errors faults = {0};
	struct kn_buf text = KN_BUF_INIT;
	struct kn_ini ini = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		kn_buf_puts(&text, "wrong\n");
	read_file(kn_buf_str(&text), text.len, &ini, &faults);
	assert_int_equal(faults.n, KN_INI_FAULTS_MAX);
	kn_buf_done(&text);
	kn_errors_done(&faults);
	kn_ini_done(&ini);
}

static void a_line_may_have_1000_bytes_and_no_more(void **state)
{
	(void)state;
	for (size_t n = 1000; n <= 1001; n++) {
		struct kn_errors faults = {0};
		struct kn_buf text = KN_BUF_INIT;
		struct kn_ini ini = {0};

		kn_buf_puts(&text, B "search = ");
		for (size_t i = 9; i < n; i++)
			kn_buf_putc(&text, 'a');
		read_file(kn_buf_str(&text), text.len, &ini, &faults);
		assert_int_equal(faults.n, n > 1000);
		if (faults.n)
			assert_string_equal(faults.v[0].message,
					    "the line is longer than 1000 bytes");
		else
			assert_int_equal(strlen(ini.v[0].keys[0].value), 991);
		kn_buf_done(&text);
		kn_errors_done(&faults);
		kn_ini_done(&ini);
	}
}

static const char good[] = "# of web01\r\n"
			   "\r\n"
			   "  [ bridge   Br0 ]  \r\n"
			   "\tports\t=\teth0, eth1\t; both\r\n"
			   "ipv4=192.168.12.118/24\r\n"
			   "zone = caf\xc3\xa9 # \"quoted\"\r\n"
			   "metric = 0100\r\n"
			   "stp = yes\r\n"
			   "mac = 52:54:00:AA:BB:01\r\n"
			   "host.web_0-1 = a=b\r\n"
			   "[host]";

static void values_and_names_are_kept_as_written(void **state)
{
	static const char *const rows[][2] = {
		{"ports", "eth0, eth1"}, {"ipv4", "192.168.12.118/24"},
		{"zone", "caf\xc3\xa9"}, {"metric", "0100"},
		{"stp", "yes"},		 {"mac", "52:54:00:AA:BB:01"},
		{"host.web_0-1", "a=b"},
	};
	struct kn_errors faults = {0};
	struct kn_ini ini = {0};

	(void)state;
	read_file(good, sizeof(good) - 1, &ini, &faults);
	if (faults.n)
		fail_msg("%u: %s", faults.v[0].line, faults.v[0].message);
	assert_int_equal(ini.n, 2);
	assert_string_equal(ini.v[0].kind, "bridge");
	assert_string_equal(ini.v[0].name, "Br0");
	assert_string_equal(ini.v[1].kind, "host");
	assert_string_equal(ini.v[1].name, "");
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(kn_ini_get(&ini.v[0], rows[i][0])->value, rows[i][1]);
	assert_null(kn_ini_get(&ini.v[0], "gateway"));
	assert_int_equal(ini.v[0].keys[0].line, 4);
	assert_int_equal(ini.v[0].keys[0].column, 2);
	assert_int_equal(ini.v[0].keys[0].value_column, 10);
	kn_errors_done(&faults);
	kn_ini_done(&ini);
}

static void a_section_stands_once_over_all_files(void **state)
{
	static const char second[] = "[host]\n[bridge br1]\n[bridge br0]\n";
	struct kn_errors faults = {0};
	struct kn_ini ini = {0};

	(void)state;
	read_file(B, strlen(B), &ini, &faults);
	assert_int_equal(kn_ini_add(&ini, "b.conf", second, sizeof(second) - 1, &faults, &err), 0);
	assert_int_equal(faults.n, 1);
	assert_string_equal(faults.v[0].file, "b.conf");
	assert_int_equal(faults.v[0].line, 3);
	assert_string_equal(faults.v[0].message, "this section is there already (host.conf:1)");
	kn_errors_done(&faults);
	kn_ini_done(&ini);
}

static void a_fault_of_a_value_points_at_it(void **state)
{
	static const char text[] = "[bridge br0]\r\nmtu = big\r\n";
	struct kn_errors faults = {0};
	struct kn_error why = {0};
	struct kn_ini ini = {0};

	(void)state;
	read_file(text, sizeof(text) - 1, &ini, &faults);
	kn_fail(&why, KN_ERR_INPUT, 0, "no number");
	assert_int_equal(kn_ini_fault(&ini, &ini.v[0], &ini.v[0].keys[0], &why, &faults, &err), 0);
	assert_int_equal(kn_ini_fault(&ini, &ini.v[0], NULL, &why, &faults, &err), 0);
	assert_int_equal(faults.v[0].line, 2);
	assert_int_equal(faults.v[0].column, 7);
	assert_string_equal(faults.v[0].excerpt, "mtu = big");
	assert_int_equal(faults.v[1].line, 1);
	assert_int_equal(faults.v[1].column, 2);
	assert_string_equal(faults.v[1].excerpt, "[bridge br0]");
	kn_errors_done(&faults);
	kn_ini_done(&ini);
}

static void nothing_and_comments_are_a_file_without_sections(void **state)
{
	static const char *const texts[] = {"", "\n", "# only\n; this\n\n", "\r\n \t\n"};

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct kn_errors faults = {0};
		struct kn_ini ini = {0};

		read_file(texts[i], strlen(texts[i]), &ini, &faults);
		assert_int_equal(faults.n, 0);
		assert_int_equal(ini.n, 0);
		kn_ini_done(&ini);
	}
}

/* iniparser gets a long text a piece at a time: no key is lost where two meet. */
static void a_file_of_many_sections_is_whole(void **state)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_errors faults = {0};
	struct kn_ini ini = {0};
	char want[20];

	(void)state;
	kn_buf_puts(&text, "# a comment\n\n");
	for (unsigned int i = 0; i < 300; i++)
		kn_buf_printf(&text, "  [bridge b%u] \n; so\nmtu = %u\n\tipv4=none # so\n", i,
			      1000 + i);
	read_file(kn_buf_str(&text), strlen(kn_buf_str(&text)), &ini, &faults);
	assert_int_equal(faults.n, 0);
	assert_int_equal(ini.n, 300);
	for (unsigned int i = 0; i < 300; i++) {
		(void)snprintf(want, sizeof(want), "%u", 1000 + i);
		assert_string_equal(kn_ini_get(&ini.v[i], "mtu")->value, want);
		assert_string_equal(kn_ini_get(&ini.v[i], "ipv4")->value, "none");
	}
	kn_ini_done(&ini);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_hazard_is_told_with_its_place),
		cmocka_unit_test(all_faults_are_told_in_one_run),
		cmocka_unit_test(a_flood_of_faults_ends),
		cmocka_unit_test(a_line_may_have_1000_bytes_and_no_more),
		cmocka_unit_test(values_and_names_are_kept_as_written),
		cmocka_unit_test(a_section_stands_once_over_all_files),
		cmocka_unit_test(a_fault_of_a_value_points_at_it),
		cmocka_unit_test(nothing_and_comments_are_a_file_without_sections),
		cmocka_unit_test(a_file_of_many_sections_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
