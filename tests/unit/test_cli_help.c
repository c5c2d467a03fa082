/* Help fits a screen, the table of commands holds together, and what surrounds a command line
 * (SSH, colour) is read right. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "cli/help.h"
#include "cli/ini_spec.h"
#include "cli/run.h"
#include "words.h"

#define ROWS(table) (sizeof(table) / sizeof(*(table)))

/* ---- help ---- */

static void check_screen(const char *name, struct kn_buf *text, size_t max_lines)
{
	size_t lines = 0;

	for (const char *p = kn_buf_str(text); *p; lines++) {
		size_t len = strcspn(p, "\n");

		if (len > 80)
			fail_msg("%s: %zu columns: %.*s", name, len, (int)len, p);
		assert_int_equal(p[len], '\n');
		p += len + 1;
	}
	if (lines > max_lines)
		fail_msg("%s: %zu lines", name, lines);
	/* The overview has no line to spare. */
	if (!strstr(kn_buf_str(text), "Example:\n  kvmnet ") &&
	    !strstr(kn_buf_str(text), "Example: kvmnet "))
		fail_msg("%s: no example", name);
	kn_buf_done(text);
}

/* Commands that describe a whole bridge or network have more options than a screen has lines. */
static size_t most_lines(const struct kn_command *command)
{
	uint64_t bit = UINT64_C(1) << command->id;

	return bit & KN_IN_NET ? 58 : bit & KN_IN_BRIDGE ? 47 : 24;
}

static void every_help_fits_a_screen_and_has_an_example(void **state)
{
	struct kn_buf text = KN_BUF_INIT;

	(void)state;
	kn_help_top(&text);
	check_screen("kvmnet", &text, 24);
	kn_help_group("bridge", &text);
	check_screen("kvmnet bridge", &text, 24);
	kn_help_group("port", &text);
	check_screen("kvmnet port", &text, 24);
	kn_help_group("net", &text);
	check_screen("kvmnet net", &text, 24);
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		kn_help_command(c, &text);
		check_screen(c->name, &text, most_lines(c));
	}
}

/* The examples in help are command lines that this program takes. */
static void every_example_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);
		char *line = strndup(c->example + strlen("kvmnet "), strcspn(c->example, ">") - 7);
		struct kn_error err = {0};
		struct words w;
		struct kn_cli cli;

		assert_non_null(line);
		for (char *p = line; *p; p++)
			*p = *p == '\\' || *p == '\n' ? ' ' : *p;
		words_split(line, &w);
		if (kn_cli_parse(w.n, w.v, &cli, &err) < 0)
			fail_msg("%s: %s", line, err.message);
		assert_int_equal(cli.command->id, c->id);
		kn_cli_done(&cli);
		words_done(&w);
		free(line);
	}
}

/* ---- the table ---- */

static bool option_exists(const char *name, uint64_t commands)
{
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (!strcmp(kn_option_at(i)->name, name) && kn_option_at(i)->commands == commands)
			return true;
	return false;
}

static void every_bridge_and_port_option_of_the_model_can_be_given(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (!option_exists(kn_bridge_opt_info(i)->name, KN_IN_BRIDGE))
			fail_msg("--%s", kn_bridge_opt_info(i)->name);
	for (unsigned int i = 0; i < KN_PORTOPT_COUNT; i++)
		if (!option_exists(kn_port_opt_info(i)->name, KN_IN_PORT))
			fail_msg("--%s", kn_port_opt_info(i)->name);
}

static void no_command_has_two_options_of_one_name_or_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < KN_O_COUNT; i++)
		for (size_t j = 0; j < i; j++) {
			const struct kn_option *a = kn_option_at(i), *b = kn_option_at(j);

			if (!(a->commands & b->commands))
				continue;
			assert_string_not_equal(a->name, b->name);
			assert_true(!a->letter || a->letter != b->letter);
		}
}

static void every_option_is_in_every_completion_and_in_a_manual_list(void **state)
{
	struct kn_buf bash = KN_BUF_INIT, zsh = KN_BUF_INIT, fish = KN_BUF_INIT;
	struct kn_buf man = KN_BUF_INIT;

	(void)state;
	kn_completion_bash(&bash);
	kn_completion_zsh(&zsh);
	kn_completion_fish(&fish);
	for (size_t i = 0; i < KN_CMD_COUNT; i++)
		kn_man_options(kn_command_at(i), KN_SECTION_IP, &man);
	kn_man_options(NULL, KN_SECTION_CHANGE, &man);
	kn_man_options(NULL, KN_SECTION_GLOBAL, &man);
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		char word[48];

		(void)snprintf(word, sizeof(word), "--%s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&bash), word));
		assert_non_null(strstr(kn_buf_str(&zsh), word));
		(void)snprintf(word, sizeof(word), " -l %s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&fish), word));
		(void)snprintf(word, sizeof(word), "Fl -%s", kn_option_at(i)->name);
		assert_non_null(strstr(kn_buf_str(&man), word));
	}
	kn_buf_done(&bash);
	kn_buf_done(&zsh);
	kn_buf_done(&fish);
	kn_buf_done(&man);
}

/* ---- the surroundings ---- */

/* Is the word at @text, up to a blank or comma, one that is typed like that? */
static bool is_typed(const char *text)
{
	static const char words[] = " active-backup nat route open isolated bridge macvtap on off ";
	size_t len = strcspn(text, " ,.");
	char word[64];

	for (size_t i = 0; i < KN_O_COUNT; i++)
		for (const char *p = kn_option_at(i)->values;
		     *p && *p != '@' && kn_option_at(i)->section != KN_SECTION_GLOBAL;) {
			size_t n = strcspn(p, "|");

			if (n == len && !strncasecmp(p, text, len))
				return true;
			p += n + (p[n] == '|');
		}
	(void)snprintf(word, sizeof(word), " %.*s ", (int)len, text);
	return strcasestr(words, word) != NULL;
}

/* A page begins its sentences with a capital, and "Nat" is no word that can be typed; what an
 * option is called, a file does not know. */
static void descriptions_of_keys_begin_with_no_value_and_name_no_option(void **state)
{
	static const char *const kinds[] = {"host",   "ethernet", "bond",   "vlan",
					    "bridge", "nat",	  "network"};

	(void)state;
	for (size_t i = 0; i < ROWS(kinds); i++) {
		struct kn_buf text = KN_BUF_INIT;
		bool item = false;

		kn_ini_man(kinds[i], &text);
		for (char *line = strtok(text.data, "\n"); line; line = strtok(NULL, "\n")) {
			if (item && (is_typed(line) || strstr(line, "\\--")))
				fail_msg("[%s]: %s", kinds[i], line);
			item = !strncmp(line, ".It", 3);
		}
		kn_buf_done(&text);
	}
}

static void ssh_connection_is_four_fields_or_nothing(void **state)
{
	static const char *const bad[] = {"", "192.168.12.5", "192.168.12.5 5000 192.168.12.118",
					  "a 1 b 2", "192.168.12.5 5000 host 22"};
	struct kn_ip local, peer;
	char buf[KN_IP_STRLEN];

	(void)state;
	assert_true(kn_ssh_parse("192.168.12.5 50000 192.168.12.118 22", &local, &peer));
	assert_string_equal(kn_ip_fmt(&local, buf), "192.168.12.118");
	assert_string_equal(kn_ip_fmt(&peer, buf), "192.168.12.5");
	assert_true(kn_ssh_parse("fe80::5%eth0 50000 fe80::1%eth0 22", &local, &peer));
	assert_string_equal(kn_ip_fmt(&local, buf), "fe80::1");
	assert_false(kn_ssh_parse(NULL, &local, &peer));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(kn_ssh_parse(bad[i], &local, &peer));
}

static void no_color_wins_over_everything(void **state)
{
	(void)state;
	assert_true(kn_term_color(KN_COLOR_AUTO, true, NULL));
	assert_true(kn_term_color(KN_COLOR_AUTO, true, ""));
	assert_false(kn_term_color(KN_COLOR_AUTO, false, NULL));
	assert_true(kn_term_color(KN_COLOR_ALWAYS, false, NULL));
	assert_false(kn_term_color(KN_COLOR_NEVER, true, NULL));
	assert_false(kn_term_color(KN_COLOR_AUTO, true, "1"));
	assert_false(kn_term_color(KN_COLOR_ALWAYS, true, "1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_help_fits_a_screen_and_has_an_example),
		cmocka_unit_test(every_example_parses),
		cmocka_unit_test(every_bridge_and_port_option_of_the_model_can_be_given),
		cmocka_unit_test(no_command_has_two_options_of_one_name_or_letter),
		cmocka_unit_test(every_option_is_in_every_completion_and_in_a_manual_list),
		cmocka_unit_test(descriptions_of_keys_begin_with_no_value_and_name_no_option),
		cmocka_unit_test(ssh_connection_is_four_fields_or_nothing),
		cmocka_unit_test(no_color_wins_over_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
