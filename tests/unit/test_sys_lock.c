/* One writer at a time; a dead holder holds nothing. Layer: tests. */
#include "sysdir.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

/* A child that holds the lock until it is killed; returns when it holds it. */
static pid_t hold(struct fixture *f)
{
	struct kn_lock *lock = NULL;
	struct kn_error err;
	int ready[2];
	char c = 0;

	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (kn_lock_take(f->root, 0, &lock, &err) == 0 && write(ready[1], "y", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_a_second_writer_is_told_who_holds_the_lock(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;
	char word[32];
	pid_t pid = hold(f);

	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), -1);
	assert_null(lock);
	assert_int_equal(err.kind, KN_ERR_BUSY);
	(void)snprintf(word, sizeof(word), "(pid %d)", pid);
	assert_non_null(strstr(err.message, word));
	assert_non_null(strstr(err.hint, "kvmnet history"));
	end(pid);
}

static void test_a_timeout_is_waited_for_and_not_more(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;
	pid_t pid = hold(f);
	uint64_t start = now_ms();

	assert_int_equal(kn_lock_take(f->root, 150, &lock, &err), -1);
	assert_in_range(now_ms() - start, 150, 2000);
	end(pid);
}

static void test_a_killed_holder_holds_nothing(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;

	end(hold(f));
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	kn_lock_release(lock);
}

static void test_release_lets_the_next_one_in_and_keeps_the_file(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;
	struct stat a, b;

	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	assert_int_equal(stat(at(f, KN_STATE_DIR "/lock"), &a), 0);
	kn_lock_release(lock);
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	assert_int_equal(stat(at(f, KN_STATE_DIR "/lock"), &b), 0);
	kn_lock_release(lock);
	kn_lock_release(NULL);
	assert_int_equal(a.st_ino, b.st_ino);
	/* taking it writes nothing, not even a time */
	assert_int_equal(b.st_size, 0);
	assert_memory_equal(&a.st_mtim, &b.st_mtim, sizeof(a.st_mtim));
	assert_int_equal(b.st_mode & 07777, 0600);
}

static void test_the_state_directory_is_private(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;
	struct stat st;

	make_dir(f, KN_STATE_DIR);
	assert_int_equal(chmod(at(f, KN_STATE_DIR), 0755), 0);
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	kn_lock_release(lock);
	assert_int_equal(stat(at(f, KN_STATE_DIR), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_a_lock_that_is_no_file_is_refused(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err;

	make_dir(f, KN_STATE_DIR);
	assert_int_equal(mkfifo(at(f, KN_STATE_DIR "/lock"), 0600), 0);
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), -1);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	assert_int_equal(unlink(at(f, KN_STATE_DIR "/lock")), 0);
	assert_int_equal(symlink("/etc/passwd", at(f, KN_STATE_DIR "/lock")), 0);
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
}

static void test_without_privilege_the_lock_names_what_is_needed(void **state)
{
	struct fixture *f = *state;
	struct kn_lock *lock = NULL;
	struct kn_error err = {0};

	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(seteuid(65534), 0);
	int rc = kn_lock_take(f->root, 0, &lock, &err);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(rc, -1);
	assert_int_equal(err.kind, KN_ERR_PRIVILEGE);
	assert_non_null(strstr(err.hint, "root"));
}

/* What a second writer is told while a holder has left @note. */
static void refused_with(struct fixture *f, const struct kn_lock_note *note, struct kn_error *ret)
{
	struct kn_lock *first = NULL, *second = NULL;
	struct kn_error err;

	assert_int_equal(kn_lock_take(f->root, 0, &first, &err), 0);
	kn_lock_note(first, note);
	assert_int_equal(kn_lock_take(f->root, 0, &second, ret), -1);
	assert_int_equal(ret->kind, KN_ERR_BUSY);
	kn_lock_release(first);
}

static uint64_t boottime_ms(void)
{
	struct timespec now;

	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_who_is_refused_is_told_which_change_and_what_clears_it(void **state)
{
	uint64_t now = boottime_ms();
	struct kn_lock_note note = {
		.number = 42, .since_ms = now - 30000, .command = "bridge create br\0330"};
	struct kn_error err;

	refused_with(*state, &note, &err);
	assert_non_null(strstr(err.message, "change 42 (bridge create br\\x1b0)"));
	assert_non_null(strstr(err.message, "since 30 s"));
	assert_non_null(strstr(err.message, "(pid "));
	assert_non_null(strstr(err.hint, "kvmnet history"));
	note.deadline_ms = now + 90000;
	refused_with(*state, &note, &err);
	assert_non_null(strstr(err.message, "change 42 (bridge create br\\x1b0) waits for its "
					    "confirmation since 30 s"));
	assert_non_null(strstr(err.message, "undone by itself in 90 s"));
	assert_non_null(strstr(err.hint, "kvmnet confirm 42 keeps it, kvmnet cancel 42 undoes it"));
	/* past the deadline, and being undone */
	note.deadline_ms = now - 1;
	refused_with(*state, &note, &err);
	assert_non_null(strstr(err.message, "is changing this host"));
}

static void test_a_change_that_waits_for_its_word_is_not_waited_for(void **state)
{
	struct fixture *f = *state;
	struct kn_lock_note note = {
		.number = 42, .deadline_ms = boottime_ms() + 60000, .command = "bridge delete br0"};
	struct kn_lock *first = NULL, *second = NULL;
	uint64_t start = now_ms();
	struct kn_error err;

	assert_int_equal(kn_lock_take(f->root, 0, &first, &err), 0);
	kn_lock_note(first, &note);
	assert_int_equal(kn_lock_take(f->root, 30000, &second, &err), -1);
	assert_in_range(now_ms() - start, 0, 5000);
	assert_non_null(strstr(err.message, "waits for its confirmation"));
	/* once it has its word, it is */
	note.deadline_ms = 0;
	kn_lock_note(first, &note);
	start = now_ms();
	assert_int_equal(kn_lock_take(f->root, 150, &second, &err), -1);
	assert_in_range(now_ms() - start, 150, 5000);
	kn_lock_release(first);
}

static void test_a_note_ends_with_its_change(void **state)
{
	struct fixture *f = *state;
	struct kn_lock_note note = {.number = 42, .command = "bridge delete br0"};
	struct kn_lock *lock = NULL, *second = NULL;
	struct kn_error err;
	struct stat st;

	assert_int_equal(kn_lock_number(f->root), 0);
	refused_with(f, &note, &err);
	/* but for its number, which is used up */
	assert_int_equal(stat(at(f, KN_STATE_DIR "/lock"), &st), 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(kn_lock_number(f->root), 42);
	/* one that a killed holder left is wiped by the next */
	put(f, KN_STATE_DIR "/lock", "41 1 2 bridge create br0");
	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	assert_int_equal(kn_lock_take(f->root, 0, &second, &err), -1);
	assert_null(strstr(err.message, "change 41"));
	kn_lock_release(lock);
	assert_int_equal(kn_lock_number(f->root), 41);
}

static void test_a_long_or_odd_note_does_no_harm(void **state)
{
	static const char *const odd[] = {"x",
					  "1",
					  "1 2",
					  "1 2 3",
					  "-1 -2 -3 x",
					  "\n",
					  "1 2 3 \n",
					  "99999999999999 1 2 x",
					  "10000000 1 2 x"};
	struct fixture *f = *state;
	struct kn_lock_note note = {.number = 42, .command = NULL};
	struct kn_lock *lock = NULL, *second = NULL;
	char command[2000];
	struct kn_error err;

	memset(command, 'b', sizeof(command) - 1);
	command[sizeof(command) - 1] = '\0';
	note.command = command;
	refused_with(f, &note, &err);
	assert_non_null(strstr(err.message, "change 42 (bbbb"));
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
		put(f, KN_STATE_DIR "/lock", odd[i]);
		assert_int_equal(kn_lock_take(f->root, 0, &second, &err), -1);
		assert_int_equal(err.kind, KN_ERR_BUSY);
		kn_lock_release(lock);
		put(f, KN_STATE_DIR "/lock", "");
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, sysdir_setup, sysdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_second_writer_is_told_who_holds_the_lock),
		TEST(test_a_timeout_is_waited_for_and_not_more),
		TEST(test_a_killed_holder_holds_nothing),
		TEST(test_release_lets_the_next_one_in_and_keeps_the_file),
		TEST(test_the_state_directory_is_private),
		TEST(test_a_lock_that_is_no_file_is_refused),
		TEST(test_who_is_refused_is_told_which_change_and_what_clears_it),
		TEST(test_a_change_that_waits_for_its_word_is_not_waited_for),
		TEST(test_a_note_ends_with_its_change),
		TEST(test_a_long_or_odd_note_does_no_harm),
		TEST(test_without_privilege_the_lock_names_what_is_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
