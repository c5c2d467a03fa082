/* DHCP clients' words, file names and lease files as values; and what the adapted script hands
 * on. No process is looked for here: tests/netns/test_dhcp_client.c does that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sys/dhcp.h"

static const struct kn_ifname eth0 = {"eth0"}, br0 = {"br0"}, eth1 = {"eth1"};

/* Words separated by one blank. */
static struct kn_strv words(const char *line)
{
	struct kn_strv list = {0};
	struct kn_error err;
	char word[128];

	for (const char *p = line; *p;) {
		size_t len = strcspn(p, " ");

		assert_true(len < sizeof(word));
		memcpy(word, p, len);
		word[len] = '\0';
		assert_int_equal(kn_strv_add(&list, word, &err), 0);
		p += len + (p[len] == ' ');
	}
	return list;
}

static char *joined(const struct kn_strv *list)
{
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error err;
	char *ret = NULL;

	for (size_t i = 0; i < list->n; i++)
		kn_buf_printf(&buf, "%s%s", i ? " " : "", list->v[i]);
	assert_int_equal(kn_buf_steal(&buf, &ret, NULL, &err), 0);
	return ret;
}

/* ---- reading ---- */

static void values_of_options_are_no_interfaces(void **state)
{
	struct kn_strv argv KN_CLEANUP(kn_strv_done) = words(
		"/sbin/dhclient -4 -v -i -pf /run/eth1.pid -lf /l/eth0 -df eth1 -H eth1 eth0");
	struct kn_dhclient_args args;

	(void)state;
	kn_dhclient_parse(&argv, &args);
	assert_int_equal(args.n_ifs, 1);
	assert_string_equal(args.pid, "/run/eth1.pid");
	assert_string_equal(args.lease, "/l/eth0");
	assert_true(kn_dhclient_names(&argv, "eth0"));
	assert_false(kn_dhclient_names(&argv, "eth1"));
	assert_false(args.ipv6 || args.foreground || args.one_off);
}

static void command_line_cut_after_an_option_is_read_to_its_end(void **state)
{
	struct kn_strv argv KN_CLEANUP(kn_strv_done) = words("dhclient eth0 -lf");
	struct kn_dhclient_args args;

	(void)state;
	kn_dhclient_parse(&argv, &args);
	assert_int_equal(args.n_ifs, 1);
	assert_null(args.lease);
	assert_false(kn_dhclient_names(&argv, "-lf"));
}

static void flags_tell_family_foreground_and_release(void **state)
{
	static const struct {
		const char *line;
		bool ipv6, foreground, one_off;
	} rows[] = {
		{"dhclient -6 eth0", true, false, false},
		{"dhclient -P eth0", true, false, false},
		{"dhclient -d eth0", false, true, false},
		{"dhclient -r eth0", false, false, true},
		{"dhclient -x eth0", false, false, true},
		{"dhclient -e -6 eth0", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kn_strv argv KN_CLEANUP(kn_strv_done) = words(rows[i].line);
		struct kn_dhclient_args args;

		kn_dhclient_parse(&argv, &args);
		assert_int_equal(args.ipv6, rows[i].ipv6);
		assert_int_equal(args.foreground, rows[i].foreground);
		assert_int_equal(args.one_off, rows[i].one_off);
	}
}

static void other_clients_are_known_by_any_form_of_the_name(void **state)
{
	static const char *const lines[] = {"dhcpcd eth0", "udhcpc -i eth0", "udhcpc -ieth0",
					    "busybox udhcpc --interface=eth0"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct kn_strv argv KN_CLEANUP(kn_strv_done) = words(lines[i]);

		assert_true(kn_dhcp_other_names(&argv, "eth0"));
		assert_false(kn_dhcp_other_names(&argv, "eth"));
	}
}

/* ---- file names ---- */

static void assert_renamed(const char *path, const char *expected)
{
	char *got KN_CLEANUP(kn_freep) = NULL;
	struct kn_error err;

	assert_int_equal(kn_dhcp_path_rename(path, &eth0, &br0, &got, &err), 0);
	if (expected)
		assert_string_equal(got, expected);
	else
		assert_null(got);
}

static void file_names_keep_their_pattern(void **state)
{
	(void)state;
	assert_renamed("/var/lib/dhclient/dhclient-eth0.leases",
		       "/var/lib/dhclient/dhclient-br0.leases");
	assert_renamed("/var/lib/dhclient/dhclient--eth0.lease",
		       "/var/lib/dhclient/dhclient--br0.lease");
	assert_renamed("/run/dhclient.eth0.pid", "/run/dhclient.br0.pid");
	assert_renamed("eth0", "br0");
}

static void name_is_replaced_as_a_word_of_the_last_component_only(void **state)
{
	(void)state;
	assert_renamed("/var/lib/dhcp/dhclient.leases", NULL);
	assert_renamed("/var/lib/eth0/dhclient.leases", NULL);
	assert_renamed("/run/dhclient.eth01.pid", NULL);
	assert_renamed("/run/xeth0.pid", NULL);
	assert_renamed("/run/eth0/eth00-eth0.pid", "/run/eth0/eth00-br0.pid");
}

static void default_names_are_the_distributions(void **state)
{
	struct kn_dhcp_paths paths = {0};
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_dhcp_paths_default(true, false, &br0, &paths, &err), 0);
	assert_string_equal(paths.lease, "/var/lib/dhclient/dhclient--br0.lease");
	assert_string_equal(paths.pid, "/var/run/dhclient-br0.pid");
	kn_dhcp_paths_done(&paths);
	assert_int_equal(kn_dhcp_paths_default(false, true, &br0, &paths, &err), 0);
	assert_string_equal(paths.lease, "/var/lib/dhcp/dhclient6.br0.leases");
	assert_string_equal(paths.pid, "/run/dhclient6.br0.pid");
	kn_dhcp_paths_done(&paths);
}

/* ---- leases ---- */

static const char lease[] = "default-duid \"\\000\\001eth0\";\n"
			    "lease {\n"
			    "  interface \"eth0\";\n"
			    "  fixed-address 10.0.0.5;\n"
			    "  option domain-name \"interface eth0\";\n"
			    "}\n"
			    "lease {\n"
			    "  interface \"br0\";\n"
			    "}\n"
			    "lease { \n\tinterface \"eth01\";\n}";

static void lease_changes_its_interface_and_nothing_else(void **state)
{
	static const char expected[] = "default-duid \"\\000\\001eth0\";\n"
				       "lease {\n"
				       "  interface \"br0\";\n"
				       "  fixed-address 10.0.0.5;\n"
				       "  option domain-name \"interface eth0\";\n"
				       "}\n"
				       "lease {\n"
				       "  interface \"eth0\";\n"
				       "}\n"
				       "lease { \n\tinterface \"eth01\";\n}";
	struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)state;
	kn_dhcp_lease_rename(lease, strlen(lease), &eth0, &br0, &buf);
	assert_string_equal(kn_buf_str(&buf), expected);
}

static void lease_moved_there_and_back_is_the_same_bytes(void **state)
{
	struct kn_buf there KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf back KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	(void)state;
	kn_dhcp_lease_rename(lease, strlen(lease), &eth0, &br0, &there);
	kn_dhcp_lease_rename(there.data, there.len, &br0, &eth0, &back);
	assert_string_equal(kn_buf_str(&back), lease);
}

/* Read at every length: nothing beyond the end is looked at (the sanitizers see it). */
static void lease_cut_anywhere_stays_as_long_as_it_is(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(lease); len++) {
		struct kn_buf buf KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char *copy = malloc(len ? len : 1);

		assert_non_null(copy);
		memcpy(copy, lease, len);
		kn_dhcp_lease_rename(copy, len, &eth0, &eth1, &buf);
		assert_int_equal(buf.len, len); /* both names have four letters */
		free(copy);
	}
}

/* ---- the new command line ---- */

static void assert_built(const char *old, const struct kn_dhcp_start *start, const char *expected)
{
	struct kn_strv argv KN_CLEANUP(kn_strv_done) = words(old);
	struct kn_strv built KN_CLEANUP(kn_strv_done) = {0};
	char *line KN_CLEANUP(kn_freep) = NULL;
	struct kn_error err;

	assert_int_equal(kn_dhclient_build(&argv, start, &built, &err), 0);
	line = joined(&built);
	assert_string_equal(line, expected);
}

static void moved_client_keeps_its_words_but_files_interface_and_giving_up(void **state)
{
	const struct kn_dhcp_start to_br0 = {&br0, "/l/br0", "/p/br0", KN_DHCP_SCRIPT};

	(void)state;
	assert_built("/sbin/dhclient -H host -1 -q -cf /c/eth0 -lf /l/eth0 -pf /p/eth0 eth0",
		     &to_br0,
		     "/sbin/dhclient -H host -q -cf /c/eth0 -nw -lf /l/br0 -pf /p/br0 "
		     "-e keep_old_ip=yes -sf " KN_DHCP_SCRIPT " br0");
}

static void script_of_the_admin_is_kept_behind_ours(void **state)
{
	const struct kn_dhcp_start to_br0 = {&br0, "/l", "/p", KN_DHCP_SCRIPT};

	(void)state;
	assert_built("dhclient -sf /my/script eth0", &to_br0,
		     "dhclient -nw -lf /l -pf /p -e keep_old_ip=yes -sf " KN_DHCP_SCRIPT
		     " -e KVMNET_SCRIPT=/my/script br0");
}

static void moving_again_does_not_pile_up_words(void **state)
{
	const struct kn_dhcp_start to_eth0 = {&eth0, "/l", "/p", KN_DHCP_SCRIPT};
	const char *line =
		"dhclient -e A=b -nw -lf /l -pf /p -e keep_old_ip=yes -sf " KN_DHCP_SCRIPT
		" -e KVMNET_SCRIPT=/my/script eth0";

	(void)state;
	assert_built(line, &to_eth0, line);
}

static void without_ours_the_admins_script_comes_back(void **state)
{
	const struct kn_dhcp_start to_eth0 = {&eth0, "/l", NULL, NULL};

	(void)state;
	assert_built("dhclient -sf " KN_DHCP_SCRIPT " -e KVMNET_SCRIPT=/my/script br0", &to_eth0,
		     "dhclient -nw -lf /l -e keep_old_ip=yes -sf /my/script eth0");
	assert_built("dhclient -sf " KN_DHCP_SCRIPT_CONFINED " br0", &to_eth0,
		     "dhclient -nw -lf /l -e keep_old_ip=yes eth0");
}

static void plain_start_uses_the_distributions_script(void **state)
{
	const struct kn_dhcp_start fresh = {&br0, "/l", "/p", NULL};

	(void)state;
	assert_built("/sbin/dhclient", &fresh, "/sbin/dhclient -nw -lf /l -pf /p br0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_options_are_no_interfaces),
		cmocka_unit_test(command_line_cut_after_an_option_is_read_to_its_end),
		cmocka_unit_test(flags_tell_family_foreground_and_release),
		cmocka_unit_test(other_clients_are_known_by_any_form_of_the_name),
		cmocka_unit_test(file_names_keep_their_pattern),
		cmocka_unit_test(name_is_replaced_as_a_word_of_the_last_component_only),
		cmocka_unit_test(default_names_are_the_distributions),
		cmocka_unit_test(lease_changes_its_interface_and_nothing_else),
		cmocka_unit_test(lease_moved_there_and_back_is_the_same_bytes),
		cmocka_unit_test(lease_cut_anywhere_stays_as_long_as_it_is),
		cmocka_unit_test(moved_client_keeps_its_words_but_files_interface_and_giving_up),
		cmocka_unit_test(script_of_the_admin_is_kept_behind_ours),
		cmocka_unit_test(moving_again_does_not_pile_up_words),
		cmocka_unit_test(without_ours_the_admins_script_comes_back),
		cmocka_unit_test(plain_start_uses_the_distributions_script),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
