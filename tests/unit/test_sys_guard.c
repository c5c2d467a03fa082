/* The guardian and its line: who may decide, what decides nothing, and that whoever asks is told
 * the end. The state directory is one of a mount namespace of this process. Layer: tests. */
#include "sysdir.h"

#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "sys/journal.h"
#include "sys/guard.h"
#include "sys/guard_priv.h"

#define NUMBER	 42
#define LONG_S	 60 /* a deadline that no test reaches */
#define SOON_S	 10 /* in which everything but a deadline has to happen */
#define SHORT_MS 300

/* What the guardian does after the verdict: the engine's and the command line's part. */
static void guard_to_the_end(struct kn_guard *guard, uint64_t deadline_ms)
{
	enum kn_verdict verdict;
	struct kn_error err = {0};
	sigset_t old;

	kn_signals_hold(&old);
	if (kn_guard_arm(guard, NUMBER, deadline_ms, &err) < 0 ||
	    kn_guard_wait(guard, &verdict, &err) < 0)
		_exit(99);
	if (verdict != KN_VERDICT_KEEP)
		kn_guard_fail(guard, verdict, &err);
	kn_guard_answer(guard, verdict == KN_VERDICT_KEEP ? NULL : &err);
	kn_guard_free(guard);
	_exit(verdict == KN_VERDICT_KEEP ? 0 : kn_error_exit_code(&err) + 10 * (int)verdict);
}

/* The next news but timeouts. */
static struct kn_view_news next(struct kn_viewer *viewer)
{
	struct kn_view_news news = {0};

	kn_viewer_next(viewer, -1, SOON_S * 1000, &news);
	assert_int_not_equal(news.event, KN_VIEW_TIMEOUT);
	return news;
}

/* A change that is pending for @ms. */
static struct kn_viewer *pend(uint64_t ms)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;
	struct kn_error err = {0};

	assert_int_equal(kn_guard_start(&guard, &viewer, &err), 0);
	if (guard)
		guard_to_the_end(guard, kn_boottime_ms() + ms);
	struct kn_view_news news = next(viewer);
	assert_int_equal(news.event, KN_VIEW_PENDING);
	assert_int_equal(news.number, NUMBER);
	assert_in_range(news.deadline_ms, kn_boottime_ms(), kn_boottime_ms() + ms);
	return viewer;
}

/* The guardian's exit status, once it has settled and ended. */
static int end_of(struct kn_viewer *viewer)
{
	struct kn_view_news news = next(viewer);

	if (news.event == KN_VIEW_SETTLED)
		news = next(viewer);
	assert_int_equal(news.event, KN_VIEW_FINISHED);
	kn_viewer_free(viewer);
	return WIFEXITED(news.status) ? WEXITSTATUS(news.status) : -WTERMSIG(news.status);
}

static int undone_by(enum kn_verdict verdict)
{
	return 6 + 10 * (int)verdict;
}

static void test_the_terminal_decides(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);

	(void)state;
	kn_viewer_say(viewer, KN_VERDICT_KEEP);
	assert_int_equal(end_of(viewer), 0);
	viewer = pend(LONG_S * 1000);
	kn_viewer_say(viewer, KN_VERDICT_CANCEL);
	assert_int_equal(end_of(viewer), undone_by(KN_VERDICT_CANCEL));
}

static void test_another_session_decides_and_is_told_the_end(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);
	struct kn_error err = {0};
	uint32_t number = 0;

	(void)state;
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, NUMBER, &number, NULL, &err), 0);
	assert_int_equal(number, NUMBER);
	assert_int_equal(end_of(viewer), 0);
	viewer = pend(LONG_S * 1000);
	/* 0: whichever it is */
	assert_int_equal(kn_guard_ask(KN_VERDICT_CANCEL, 0, &number, NULL, &err), 0);
	assert_int_equal(end_of(viewer), undone_by(KN_VERDICT_CANCEL));
	assert_int_not_equal(access(KN_GUARD_SOCKET, F_OK), 0);
}

static void test_another_number_decides_nothing(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);
	struct kn_error err = {0};
	uint32_t number = 0;

	(void)state;
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, NUMBER + 1, &number, NULL, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_non_null(strstr(err.message, "42"));
	assert_non_null(strstr(err.hint, "kvmnet confirm 42"));
	assert_int_equal(number, 0);
	kn_viewer_say(viewer, KN_VERDICT_KEEP);
	assert_int_equal(end_of(viewer), 0);
}

static void test_the_deadline_decides_against_the_change_and_in_time(void **state)
{
	uint64_t deadline = kn_boottime_ms() + SHORT_MS;
	struct kn_viewer *viewer = pend(SHORT_MS);

	(void)state;
	assert_int_equal(end_of(viewer), undone_by(KN_VERDICT_EXPIRED));
	/* SAFETY's promise is two seconds for the whole way back; nothing is undone here. */
	assert_in_range(kn_boottime_ms(), deadline, deadline + 2000);
}

static int connect_only(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = KN_GUARD_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void test_silent_and_babbling_clients_delay_nothing(void **state)
{
	static const char *const babble[] = {
		"",	   "keep",    "keep ",		 "keep x",  "keep 42 now",
		"KEEP 42", "keep -1", "keep 4294967296", "undo 42", "\n"};
	struct kn_viewer *viewer = pend(SHORT_MS * 3);
	int fds[KN_GUARD_CLIENTS + 4];

	(void)state;
	for (size_t i = 0; i < sizeof(babble) / sizeof(*babble); i++) {
		int fd = connect_only();

		(void)send(fd, babble[i], strlen(babble[i]), MSG_NOSIGNAL);
		close(fd);
	}
	/* more than there is room for */
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i] = connect_only();
	assert_int_equal(end_of(viewer), undone_by(KN_VERDICT_EXPIRED));
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		close(fds[i]);
}

static void test_a_crowd_does_not_keep_the_admin_out(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);
	struct kn_error err = {0};
	int fds[KN_GUARD_CLIENTS + 4];
	uint32_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		fds[i] = connect_only();
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, NUMBER, &number, NULL, &err), 0);
	assert_int_equal(end_of(viewer), 0);
	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		close(fds[i]);
}

static void test_the_terminals_end_decides_nothing(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);
	struct kn_error err = {0};
	uint32_t number;

	(void)state;
	/* its socket closes as if the process had been killed */
	kn_viewer_free(viewer);
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, NUMBER, &number, NULL, &err), 0);
	int status;
	assert_true(wait(&status) > 0);
	assert_int_equal(status, 0);
}

static void test_the_guardian_is_out_of_the_session_and_deaf_to_its_end(void **state)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(kn_guard_start(&guard, &viewer, &err), 0);
	if (guard) {
		bool out = getsid(0) == getpid() && raise(SIGHUP) == 0;
		_exit(out ? 7 : 1);
	}
	assert_int_equal(end_of(viewer), 7);
}

static void test_a_signal_is_handed_on_and_interrupts_the_wait(void **state)
{
	struct kn_viewer *viewer = pend(LONG_S * 1000);

	(void)state;
	/* A hangup is not: it stays with the viewer. */
	assert_int_equal(raise(SIGHUP), 0);
	assert_int_equal(raise(SIGTERM), 0);
	struct kn_view_news news = next(viewer);
	assert_int_equal(news.event, KN_VIEW_SETTLED);
	assert_int_equal(kn_viewer_signal(viewer), SIGTERM);
	assert_int_equal(end_of(viewer), undone_by(KN_VERDICT_INTERRUPTED));
}

static void test_a_killed_guardian_is_noticed_and_nobody_listens(void **state)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;
	struct kn_error err = {.kind = KN_ERR_SYSTEM};
	uint32_t number = 0;

	(void)state;
	assert_int_equal(kn_guard_start(&guard, &viewer, &err), 0);
	if (guard) {
		if (kn_guard_arm(guard, NUMBER, kn_boottime_ms() + 1000, &err) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(end_of(viewer), -SIGKILL);
	assert_int_equal(access(KN_GUARD_SOCKET, F_OK), 0);
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, 0, &number, NULL, &err), -1);
	assert_int_equal(err.kind, KN_ERR_NONE);
	/* what it left is in nobody's way */
	viewer = pend(LONG_S * 1000);
	kn_viewer_say(viewer, KN_VERDICT_KEEP);
	assert_int_equal(end_of(viewer), 0);
}

static void test_who_asks_a_guardian_that_is_killed_is_told_that_nobody_answers(void **state)
{
	struct kn_viewer *viewer = NULL;
	struct kn_guard *guard = NULL;
	struct kn_error err = {.kind = KN_ERR_SYSTEM};
	enum kn_verdict verdict;
	uint32_t number;

	(void)state;
	assert_int_equal(kn_guard_start(&guard, &viewer, &err), 0);
	if (guard) {
		if (kn_guard_arm(guard, NUMBER, kn_boottime_ms() + 60000, &err) == 0 &&
		    kn_guard_wait(guard, &verdict, &err) == 0)
			(void)raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(next(viewer).event, KN_VIEW_PENDING);
	assert_int_equal(kn_guard_ask(KN_VERDICT_KEEP, 0, &number, NULL, &err), -1);
	assert_int_equal(err.kind, KN_ERR_NONE);
	assert_int_equal(end_of(viewer), -SIGKILL);
}

/* A line that is closed with these two asking. */
static void close_with(const struct kn_error *failure, struct kn_error *ret_keep,
		       struct kn_error *ret_cancel)
{
	struct kn_guard *guard = kn_guard_new(-1);
	struct kn_error err = {0};
	struct kn_error *errs[] = {ret_keep, ret_cancel};
	int results[2][2];
	pid_t pids[2];

	assert_non_null(guard);
	guard->number = NUMBER;
	assert_int_equal(kn_line_bind(guard, &err), 0);
	assert_int_equal(listen(guard->listen_fd, 4), 0);
	for (size_t i = 0; i < 2; i++) {
		enum kn_verdict ignored;

		assert_int_equal(pipe(results[i]), 0);
		pids[i] = fork();
		if (pids[i] == 0) {
			uint32_t number;
			struct kn_error told = {0};

			if (kn_guard_ask(i ? KN_VERDICT_CANCEL : KN_VERDICT_KEEP, 0, &number, NULL,
					 &told) == 0)
				told = (struct kn_error){0};
			_exit(write(results[i][1], &told, sizeof(told)) != sizeof(told));
		}
		/* until the request is in */
		while (!guard->clients[i].asked) {
			kn_line_accept(guard);
			if (guard->clients[i].fd >= 0)
				(void)kn_line_hear(guard, i, &ignored);
		}
	}
	kn_line_close(guard, failure);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(read(results[i][0], errs[i], sizeof(**errs)), sizeof(**errs));
		assert_int_equal(waitpid(pids[i], NULL, 0), pids[i]);
		close(results[i][0]);
		close(results[i][1]);
	}
	kn_guard_free(guard);
}

static void test_each_is_told_about_what_was_asked_for(void **state)
{
	struct kn_error keep, cancel, failure = {0};

	(void)state;
	close_with(NULL, &keep, &cancel);
	assert_int_equal(keep.kind, KN_ERR_NONE);
	assert_int_equal(cancel.kind, KN_ERR_INPUT);
	assert_non_null(strstr(cancel.hint, "kvmnet rollback 42"));

	kn_fail(&failure, KN_ERR_UNCONFIRMED, 0, "nobody confirmed");
	kn_hint(&failure, "again");
	close_with(&failure, &keep, &cancel);
	assert_int_equal(keep.kind, KN_ERR_UNCONFIRMED);
	assert_string_equal(keep.message, "nobody confirmed");
	assert_string_equal(keep.hint, "again");
	assert_int_equal(cancel.kind, KN_ERR_NONE);

	kn_fail(&failure, KN_ERR_INCOMPLETE, 0, "ifcfg-eth0 is left");
	close_with(&failure, &keep, &cancel);
	assert_int_equal(keep.kind, KN_ERR_INCOMPLETE);
	assert_int_equal(cancel.kind, KN_ERR_INCOMPLETE);
	assert_string_equal(cancel.message, "ifcfg-eth0 is left");
}

static void test_a_socket_that_cannot_be_made_is_told_before_the_change(void **state)
{
	struct kn_guard *guard = kn_guard_new(-1);
	struct kn_error err = {0};

	(void)state;
	assert_int_equal(mkdir(KN_GUARD_SOCKET, 0700), 0);
	assert_int_equal(kn_guard_arm(guard, 1, 1, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_non_null(strstr(err.message, KN_GUARD_SOCKET));
	assert_int_equal(rmdir(KN_GUARD_SOCKET), 0);
	kn_guard_free(guard);
}

static int own_state(void **state)
{
	(void)state;
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	assert_int_equal(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	assert_int_equal(mount("tmpfs", "/var/lib", "tmpfs", 0, NULL), 0);
	assert_int_equal(mkdir(KN_STATE_DIR, 0700), 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_terminal_decides),
		cmocka_unit_test(test_another_session_decides_and_is_told_the_end),
		cmocka_unit_test(test_another_number_decides_nothing),
		cmocka_unit_test(test_the_deadline_decides_against_the_change_and_in_time),
		cmocka_unit_test(test_silent_and_babbling_clients_delay_nothing),
		cmocka_unit_test(test_a_crowd_does_not_keep_the_admin_out),
		cmocka_unit_test(test_the_terminals_end_decides_nothing),
		cmocka_unit_test(test_the_guardian_is_out_of_the_session_and_deaf_to_its_end),
		cmocka_unit_test(test_a_signal_is_handed_on_and_interrupts_the_wait),
		cmocka_unit_test(test_a_killed_guardian_is_noticed_and_nobody_listens),
		cmocka_unit_test(
			test_who_asks_a_guardian_that_is_killed_is_told_that_nobody_answers),
		cmocka_unit_test(test_each_is_told_about_what_was_asked_for),
		cmocka_unit_test(test_a_socket_that_cannot_be_made_is_told_before_the_change),
	};

	return cmocka_run_group_tests(tests, own_state, NULL);
}
