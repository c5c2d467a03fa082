/* Killed anywhere, files are all old or all new after one recovery: in the change, in the recovery,
 * with and without hard links. Layer: tests. */
#include "syskill.h"

#define MAX_CALLS 400

static const struct {
	const char *name;
	change_fn *make;
} changes[] = {
	{"create", like_create}, {"set", like_set}, {"delete", like_delete}, {"sorts", all_sorts}};
#define N_CHANGES (sizeof(changes) / sizeof(*changes))

/* What the change makes of the host. New. */
static char *faces_after(change_fn *make)
{
	struct scene scene = scene_new(make);

	run(scene.f, &scene.list);
	char *new = faces(scene.f);
	assert_string_not_equal(new, scene.old);
	scene_done(&scene);
	return new;
}

static void recovered(struct fixture *f)
{
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};

	if (recover(f, &conflicts, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(conflicts.n, 0);
	assert_clean(f);
}

/* Old, unless the kill came behind the commit. Return: new? */
static bool all_old_or_all_new(const struct scene *scene, const char *new, const char *when, long n)
{
	char *now = faces(scene->f);
	bool is_new = !strcmp(now, new);

	if (!is_new && strcmp(now, scene->old) != 0)
		fail_msg("%s %ld: neither old nor new:\n%s\nold:\n%s", when, n, now, scene->old);
	free(now);
	return is_new;
}

/* Kills change @c at every call. Return: how many there are. */
static long kill_everywhere(size_t c, int links_refused)
{
	char *new = faces_after(changes[c].make);
	bool more = true, was_new = false;
	long n = 0;

	while (more) {
		struct scene scene = scene_new(changes[c].make);

		fault.links_refused = links_refused;
		more = killed(scene.f, &scene.list, ++n);
		bool open = kn_journal_look(scene.f->root) == KN_JOURNAL_OPEN;
		recovered(scene.f);
		bool is_new = all_old_or_all_new(&scene, new, changes[c].name, n);
		/* the journal decides, and the commit is a point of no return */
		assert_false(open && is_new);
		assert_false(was_new && !is_new);
		was_new = is_new;
		recovered(scene.f); /* again: nothing to do */
		assert_int_equal(all_old_or_all_new(&scene, new, changes[c].name, n), is_new);
		scene_done(&scene);
		assert_in_range(n, 1, MAX_CALLS);
	}
	assert_true(was_new);
	free(new);
	return n - 1;
}

static void test_killed_at_any_call_the_files_are_all_old_or_all_new(void **state)
{
	long points = 0;

	(void)state;
	for (size_t c = 0; c < N_CHANGES; c++)
		points += kill_everywhere(c, 0);
	/* journal 4, commit 2, per file at least 3, four changes */
	assert_in_range(points, 100, 1000);
}

static void test_so_they_are_where_links_are_refused(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_CHANGES; c++)
		assert_in_range(kill_everywhere(c, EPERM), 25, MAX_CALLS);
}

/* Kills change @c at call @n, then its recovery at every call. Return: how many there are. */
static long kill_recovery(size_t c, long n, bool *ret_more)
{
	long m = 0;

	for (bool more = true; more;) {
		struct scene scene = scene_new(changes[c].make);

		*ret_more = killed(scene.f, &scene.list, n);
		bool open = kn_journal_look(scene.f->root) == KN_JOURNAL_OPEN;
		more = killed(scene.f, NULL, ++m);
		recovered(scene.f);
		char *now = faces(scene.f);
		if (open)
			assert_string_equal(now, scene.old);
		free(now);
		scene_done(&scene);
		assert_in_range(m, 1, MAX_CALLS);
	}
	return m - 1;
}

static void test_recovery_may_be_killed_at_any_call_too(void **state)
{
	long points = 0;

	(void)state;
	for (size_t c = 0; c < N_CHANGES; c++) {
		bool more = true;

		for (long n = 1; more; n++)
			points += kill_recovery(c, n, &more);
	}
	assert_in_range(points, 500, 100000);
}

/* Whatever was lost of the kept old version, the journal's copy is enough. */
static void test_the_journal_alone_gives_everything_back(void **state)
{
	static const char *const dirs[] = {NS, "/etc/elsewhere", KN_STATE_DIR};

	(void)state;
	for (size_t c = 0; c < N_CHANGES; c++) {
		struct scene scene = scene_new(changes[c].make);
		struct kn_error err = {0};
		struct change change;

		assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		end(&change);
		for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
			kn_tx_sweep_left(scene.f->root, dirs[i]);
		recovered(scene.f);
		char *now = faces(scene.f);
		assert_string_equal(now, scene.old);
		free(now);
		scene_done(&scene);
	}
}

/* A half-written copy, or one with too little metadata, is not what gets the name. */
static void test_a_copy_that_is_not_whole_is_written_again(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_error err = {0};
	struct change change;

	(void)state;
	assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	size_t eth0 = change.journal.n_files - 1;
	end(&change);
	for (int i = 0; i < 2; i++) {
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), NS "/.kvmnet-%c%zu~", i ? 'r' : 'o', eth0);
		(void)unlink(at(scene.f, path));
		/* the right bytes, but anybody's mode */
		put(scene.f, path, i ? scene.list.v[1].before : "DEVICE=et");
	}
	recovered(scene.f);
	char *now = faces(scene.f);
	assert_string_equal(now, scene.old);
	free(now);
	scene_done(&scene);
}

/* Directory of the state elsewhere: a link(2) between them would be EXDEV. */
static void test_the_state_may_lie_on_another_file_system(void **state)
{
	struct scene scene = {0};
	struct kn_error err = {0};
	struct change change;

	(void)state;
	assert_int_equal(setup((void **)&scene.f), 0);
	make_dir(scene.f, KN_STATE_DIR);
	assert_int_equal(mount("tmpfs", at(scene.f, KN_STATE_DIR), "tmpfs", 0, NULL), 0);
	scene.list = like_delete(scene.f);
	scene.old = faces(scene.f);
	assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	end(&change);
	recovered(scene.f);
	char *now = faces(scene.f);
	assert_string_equal(now, scene.old);
	free(now);
	run(scene.f, &scene.list);
	assert_clean(scene.f);
	assert_int_equal(umount(at(scene.f, KN_STATE_DIR)), 0);
	scene_done(&scene);
}

/* Not even of a disk that is full since: what undo needs was there before the first rename. */
static void test_undo_writes_nothing_where_the_old_version_was_kept(void **state)
{
	static const int refused[] = {0, EPERM};

	(void)state;
	for (size_t i = 0; i < N_CHANGES * 2; i++) {
		struct scene scene = scene_new(changes[i / 2].make);
		struct kn_error err = {0};
		struct change change;

		fault.links_refused = refused[i % 2];
		assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		end(&change);
		arm(0, ENOSPC, "write");
		recovered(scene.f);
		assert_true(fault.armed);
		char *now = faces(scene.f);
		assert_string_equal(now, scene.old);
		free(now);
		scene_done(&scene);
	}
}

/* The directory of the files and that of the records, then the end of the journal. Also when all is
 * old already: the recovery that did it may have been killed before it could sync. */
static void test_recovery_syncs_every_directory_before_it_ends_the_journal(void **state)
{
	(void)state;
	for (int again = 0; again < 2; again++) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};
		struct kn_error err = {0};
		struct change change;

		assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		if (again)
			assert_int_equal(kn_tx_undo(change.tx, &conflicts, &err), 0);
		end(&change);
		fault.fsyncs = 0;
		recovered(scene.f);
		assert_int_equal(fault.fsyncs, 2 + 1);
		scene_done(&scene);
	}
}

/* A failure is named, the rest put back, and the journal stays for the next try. */
static void test_every_failure_of_undo_can_be_tried_again(void **state)
{
	(void)state;
	for (size_t c = 0; c < N_CHANGES; c++) {
		bool failed = true;

		for (int k = 0; failed; k++) {
			struct scene scene = scene_new(changes[c].make);
			struct kn_strv conflicts = {0};
			struct kn_error err = {0};
			struct change change;

			assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
			assert_int_equal(kn_tx_apply(change.tx, &err), 0);
			arm(k, EIO, NULL);
			failed = kn_tx_undo(change.tx, &conflicts, &err) < 0;
			if (failed) {
				assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
				assert_true(err.hint[0]);
				assert_int_equal(kn_journal_look(scene.f->root), KN_JOURNAL_OPEN);
			}
			fault.armed = false;
			end(&change);
			recovered(scene.f);
			char *now = faces(scene.f);
			assert_string_equal(now, scene.old);
			free(now);
			scene_done(&scene);
			assert_in_range(k, 0, 50);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_killed_at_any_call_the_files_are_all_old_or_all_new),
		cmocka_unit_test(test_so_they_are_where_links_are_refused),
		cmocka_unit_test(test_recovery_may_be_killed_at_any_call_too),
		cmocka_unit_test(test_the_journal_alone_gives_everything_back),
		cmocka_unit_test(test_a_copy_that_is_not_whole_is_written_again),
		cmocka_unit_test(test_the_state_may_lie_on_another_file_system),
		cmocka_unit_test(test_undo_writes_nothing_where_the_old_version_was_kept),
		cmocka_unit_test(test_recovery_syncs_every_directory_before_it_ends_the_journal),
		cmocka_unit_test(test_every_failure_of_undo_can_be_tried_again),
	};

	return cmocka_run_group_tests(tests, own_tmp, NULL);
}
