/* A real dhclient moved between interfaces against a real dnsmasq. Each test runs one scenario of
 * tests/support/dhcp_client.sh in namespaces of its own; the script calls this program back with
 * words ("move eth0 br0") to have the module's functions executed inside them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/sys.h"

#ifndef KVMNET_SOURCE_DIR
#define KVMNET_SOURCE_DIR "."
#endif

extern char **environ;

/* ---- called back by the script ---- */

static int report(const struct kn_error *err)
{
	(void)printf("%s: %s\n", kn_error_kind_word(err->kind), err->message);
	if (err->hint[0])
		(void)printf("hint: %s\n", err->hint);
	return kn_error_exit_code(err);
}

static void print_client(const struct kn_dhcp_client *c)
{
	(void)printf("%s pid=%d program=%s exe=%s lease=%s pidfile=%s argv=", c->dev.s, c->pid,
		     c->program, c->exe, c->lease_file ? c->lease_file : "-",
		     c->pid_file ? c->pid_file : "-");
	for (size_t i = 0; i < c->argv.n; i++)
		(void)printf("%s%s", i ? " " : "", c->argv.v[i]);
	(void)printf("\n");
}

static int find(const struct kn_ifname *names, size_t n, struct kn_facts *ret, struct kn_error *err)
{
	struct kn_names list KN_CLEANUP(kn_names_done) = {0};

	for (size_t i = 0; i < n; i++)
		if (kn_names_add(&list, &names[i], err) < 0)
			return -1;
	return kn_dhcp_find(&list, ret, err);
}

static int run_exec(const struct kn_op *op, const struct kn_ifname *client_of, struct kn_error *err)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
	struct kn_root *root;
	int r;

	if (kn_root_open(NULL, &root, err) < 0)
		return -1;
	r = find(client_of, 1, &facts, err);
	if (r == 0)
		r = kn_dhcp_exec(root, op, kn_facts_client(&facts, client_of), err);
	kn_root_close(root);
	return r;
}

static int driver(int argc, char **argv)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
	struct kn_ifname names[2] = {0};
	struct kn_error err = {0};
	struct kn_op op = {0};
	int r = 0;

	for (int i = 0; i < 2 && i + 2 < argc; i++)
		if (kn_ifname_from_host(argv[i + 2], &names[i], &err) < 0)
			return report(&err);
	op.dev = names[0];
	if (strcmp(argv[1], "find") == 0) {
		r = find(names, (size_t)argc - 2, &facts, &err);
		for (size_t i = 0; r == 0 && i < facts.n_clients; i++)
			print_client(&facts.clients[i]);
	} else if (strcmp(argv[1], "move") == 0) {
		op = (struct kn_op){.kind = KN_OP_DHCP_MOVE, .other = names[0], .dev = names[1]};
		r = run_exec(&op, &names[0], &err);
	} else {
		op.kind = strcmp(argv[1], "start") == 0 ? KN_OP_DHCP_START : KN_OP_DHCP_STOP;
		r = run_exec(&op, &names[0], &err);
	}
	return r < 0 ? report(&err) : 0;
}

/* ---- the tests ---- */

static void scenario(const char *name)
{
	char self[4096] = "", script[] = KVMNET_SOURCE_DIR "/tests/support/dhcp_client.sh";
	char bash[] = "bash", word[64];
	char *const argv[] = {bash, script, self, word, NULL};
	int status = -1;
	pid_t pid;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	(void)snprintf(word, sizeof(word), "%s", name);
	assert_int_equal(posix_spawn(&pid, "/bin/bash", NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void moved_client_keeps_its_address_and_renews_and_comes_back(void **state)
{
	(void)state;
	scenario("move");
}

static void client_of_several_interfaces_is_found_and_refused(void **state)
{
	(void)state;
	scenario("several");
}

static void failed_move_leaves_the_old_client_running(void **state)
{
	(void)state;
	scenario("failed");
}

static void silent_server_does_not_cost_the_address(void **state)
{
	(void)state;
	scenario("silent");
}

static void started_client_gets_an_address_that_outlives_it(void **state)
{
	(void)state;
	scenario("start_stop");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moved_client_keeps_its_address_and_renews_and_comes_back),
		cmocka_unit_test(client_of_several_interfaces_is_found_and_refused),
		cmocka_unit_test(failed_move_leaves_the_old_client_running),
		cmocka_unit_test(silent_server_does_not_cost_the_address),
		cmocka_unit_test(started_client_gets_an_address_that_outlives_it),
	};

	if (argc > 2)
		return driver(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
