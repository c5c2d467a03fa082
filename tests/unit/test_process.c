/* A child that does not end is not waited for longer than its deadline. Layer: tests. */
#include "sysdir.h"

#include <signal.h>
#include <sys/wait.h>

#include "sys/journal.h"
#include "sys/priv.h"

/* A child that ends with @status, or with -1 never. */
static pid_t child(int status)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)signal(SIGTERM, SIG_IGN);
		while (status < 0)
			pause();
		_exit(status);
	}
	return pid;
}

static void test_a_child_that_ends_is_waited_for(void **state)
{
	(void)state;
	int status = kn_process_reap(child(3), kn_monotonic_ms() + 30000);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void test_one_that_does_not_is_killed_at_the_deadline(void **state)
{
	int64_t begun = kn_monotonic_ms();

	(void)state;
	int status = kn_process_reap(child(-1), begun + 100);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	assert_in_range(kn_monotonic_ms() - begun, 100, 10000);
	/* one in the past: at once */
	status = kn_process_reap(child(-1), 0);
	assert_true(WIFSIGNALED(status));
}

static void test_one_that_somebody_else_has_waited_for_is_no_wait(void **state)
{
	pid_t pid = child(0);

	(void)state;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(kn_process_reap(pid, kn_monotonic_ms() + 30000), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_child_that_ends_is_waited_for),
		cmocka_unit_test(test_one_that_does_not_is_killed_at_the_deadline),
		cmocka_unit_test(test_one_that_somebody_else_has_waited_for_is_no_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
