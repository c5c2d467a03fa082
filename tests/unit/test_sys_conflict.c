/* What somebody else writes into a file while a change of it is under way is never lost: it is kept
 * and named, or it stays. Layer: tests. */
#include "syskill.h"

#define CONFLICTS KN_STATE_DIR "/conflicts"
#define ETH0_COPY CONFLICTS "/0001-%2Fetc%2Fsysconfig%2Fnetwork-scripts%2Fifcfg-eth0"
#define BR0_COPY  CONFLICTS "/0001-%2Fetc%2Fsysconfig%2Fnetwork-scripts%2Fifcfg-br0"

/* A change of @scene whose process died right before its commit. */
static void leave_open(struct scene *scene)
{
	struct kn_error err = {0};
	struct change change;

	assert_int_equal(begin(scene->f, &scene->list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	end(&change);
}

static void recovered(struct scene *scene, struct kn_strv *conflicts)
{
	struct kn_error err = {0};

	if (recover(scene->f, conflicts, &err) < 0)
		fail_msg("%s", err.message);
	assert_clean(scene->f);
	char *now = faces(scene->f);
	assert_string_equal(now, scene->old);
	free(now);
}

static void test_an_edit_of_a_replaced_file_is_kept_and_named(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};
	struct stat st;

	(void)state;
	leave_open(&scene);
	put(scene.f, ETH0, "theirs\n");
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 1);
	assert_string_equal(conflicts.v[0], ETH0_COPY);
	assert_string_equal(text_of(scene.f, ETH0_COPY), "theirs\n");
	assert_int_equal(stat(at(scene.f, ETH0_COPY), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	kn_strv_done(&conflicts);
	scene_done(&scene);
}

static void test_an_edit_of_a_new_file_is_kept_before_the_file_goes(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};

	(void)state;
	leave_open(&scene);
	put(scene.f, BR0, "DEVICE=br0\n# theirs\n");
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 1);
	assert_string_equal(conflicts.v[0], BR0_COPY);
	assert_string_equal(text_of(scene.f, BR0_COPY), "DEVICE=br0\n# theirs\n");
	kn_strv_done(&conflicts);
	scene_done(&scene);
}

static void test_a_file_made_anew_where_one_was_removed_is_kept(void **state)
{
	struct scene scene = scene_new(like_delete);
	struct kn_strv conflicts = {0};

	(void)state;
	leave_open(&scene);
	assert_string_equal(text_of(scene.f, BR0), "(absent)");
	put(scene.f, BR0, "theirs\n");
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 1);
	kn_strv_done(&conflicts);
	scene_done(&scene);
}

static void test_what_somebody_removed_or_put_back_is_no_conflict(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};

		leave_open(&scene);
		assert_int_equal(unlink(at(scene.f, ETH0)), 0);
		if (i)
			put(scene.f, ETH0, scene.list.v[1].before);
		recovered(&scene, &conflicts); /* with owner, mode and label */
		assert_int_equal(conflicts.n, 0);
		scene_done(&scene);
	}
}

/* Anything that cannot be copied is left where it is: nothing is lost, and it is named. */
static void test_an_edit_that_cannot_be_kept_stays_and_is_named(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};

	(void)state;
	leave_open(&scene);
	put(scene.f, ETH0, "theirs\n");
	put(scene.f, CONFLICTS, "no directory\n");
	assert_int_equal(recover(scene.f, &conflicts, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
	assert_non_null(strstr(err.message, ETH0));
	assert_null(strstr(err.message, BR0));
	assert_true(err.hint[0]);
	assert_int_equal(conflicts.n, 0);
	assert_string_equal(text_of(scene.f, ETH0), "theirs\n");
	assert_string_equal(text_of(scene.f, BR0), "(absent)");
	/* with the cause gone the next try is complete */
	assert_int_equal(kn_journal_look(scene.f->root), KN_JOURNAL_OPEN);
	assert_int_equal(unlink(at(scene.f, CONFLICTS)), 0);
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 1);
	kn_strv_done(&conflicts);
	scene_done(&scene);
}

static void test_a_full_disk_loses_no_edit(void **state)
{
	static const char *const calls[] = {"write", "fsync", "mkdirat", "renameat2"};

	(void)state;
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};
		struct kn_error err = {0};

		leave_open(&scene);
		put(scene.f, ETH0, "theirs\n");
		arm(0, ENOSPC, calls[i]);
		assert_int_equal(recover(scene.f, &conflicts, &err), -1);
		assert_false(fault.armed);
		assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
		assert_string_equal(text_of(scene.f, ETH0), "theirs\n");
		recovered(&scene, &conflicts);
		assert_int_equal(conflicts.n, 1);
		assert_string_equal(text_of(scene.f, ETH0_COPY), "theirs\n");
		assert_int_equal(count_entries(scene.f, CONFLICTS), 1);
		kn_strv_done(&conflicts);
		scene_done(&scene);
	}
}

static void test_what_is_no_file_any_more_stays_and_is_named(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};

	(void)state;
	leave_open(&scene);
	assert_int_equal(unlink(at(scene.f, ETH0)), 0);
	assert_int_equal(mkfifo(at(scene.f, ETH0), 0600), 0);
	assert_int_equal(recover(scene.f, &conflicts, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
	assert_non_null(strstr(err.message, "FIFO"));
	assert_int_equal(unlink(at(scene.f, ETH0)), 0);
	recovered(&scene, &conflicts);
	scene_done(&scene);
}

/* The copy of an undo that was killed serves the next one; another edit gets a name of its own. */
static void test_two_edits_are_two_copies_and_one_edit_is_one(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};

	(void)state;
	leave_open(&scene);
	make_dir(scene.f, CONFLICTS);
	put(scene.f, ETH0_COPY, "theirs\n");
	put(scene.f, ETH0, "theirs\n");
	assert_int_equal(link(at(scene.f, KN_STATE_DIR "/journal"), at(scene.f, "/etc/kept")), 0);
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 1);
	kn_strv_done(&conflicts);
	assert_int_equal(rename(at(scene.f, "/etc/kept"), at(scene.f, KN_STATE_DIR "/journal")), 0);
	put(scene.f, ETH0, "theirs again\n");
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 2);
	assert_string_equal(text_of(scene.f, ETH0_COPY), "theirs\n");
	assert_string_equal(text_of(scene.f, ETH0_COPY ".2"), "theirs again\n");
	kn_strv_done(&conflicts);
	scene_done(&scene);
}

/* The recovery that ends it tells, also when the copy was made by one that was killed. */
static void test_an_edit_is_named_wherever_recovery_is_killed(void **state)
{
	bool more = true;
	long n = 0;

	(void)state;
	while (more) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};

		leave_open(&scene);
		put(scene.f, ETH0, "theirs\n");
		put(scene.f, BR0, "theirs, too\n");
		more = killed(scene.f, NULL, ++n);
		bool told = kn_journal_look(scene.f->root) == KN_JOURNAL_NONE;
		recovered(&scene, &conflicts);
		assert_int_equal(conflicts.n, told ? 0 : 2);
		assert_string_equal(text_of(scene.f, ETH0_COPY), "theirs\n");
		assert_string_equal(text_of(scene.f, BR0_COPY), "theirs, too\n");
		assert_int_equal(count_entries(scene.f, CONFLICTS), 2);
		kn_strv_done(&conflicts);
		scene_done(&scene);
		assert_in_range(n, 1, 200);
	}
	assert_in_range(n, 15, 200);
}

/* Their bytes are in the file, in a copy, or, behind the commit, in the file again. */
static void test_an_edit_after_a_kill_at_any_call_is_never_lost(void **state)
{
	bool more = true;

	(void)state;
	for (long n = 1; more; n++) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};
		struct kn_error err = {0};

		more = killed(scene.f, &scene.list, n);
		bool open = kn_journal_look(scene.f->root) == KN_JOURNAL_OPEN;
		/* a new file: the old one may be linked to what undo needs */
		assert_int_equal(unlink(at(scene.f, ETH0)), 0);
		put(scene.f, ETH0, "theirs\n");
		assert_int_equal(recover(scene.f, &conflicts, &err), 0);
		assert_int_equal(conflicts.n, open);
		assert_string_equal(text_of(scene.f, open ? ETH0_COPY : ETH0), "theirs\n");
		if (open)
			assert_string_equal(text_of(scene.f, ETH0), scene.list.v[1].before);
		assert_clean(scene.f);
		kn_strv_done(&conflicts);
		scene_done(&scene);
	}
}

/* In place: then the kept old version has their bytes as well. */
static void test_an_edit_through_another_hard_link_is_kept_too(void **state)
{
	(void)state;
	for (int placed = 0; placed < 2; placed++) {
		struct scene scene = scene_new(like_create);
		struct kn_strv conflicts = {0};
		struct kn_error err = {0};
		struct change change;

		assert_int_equal(link(at(scene.f, ETH0), at(scene.f, "/etc/second")), 0);
		assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
		if (placed)
			assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		end(&change);
		put(scene.f, "/etc/second", "theirs\n");
		recovered(&scene, &conflicts);
		assert_int_equal(conflicts.n, !placed);
		assert_string_equal(text_of(scene.f, "/etc/second"), "theirs\n");
		kn_strv_done(&conflicts);
		scene_done(&scene);
	}
}

/* Of a file that was not replaced yet nothing has to be put back, not even its mode. */
static void test_a_mode_changed_before_the_file_was_replaced_stays(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};
	struct change change;
	struct stat before, after;

	(void)state;
	assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
	end(&change);
	assert_int_equal(chmod(at(scene.f, ETH0), 0600), 0);
	assert_int_equal(stat(at(scene.f, ETH0), &before), 0);
	assert_int_equal(recover(scene.f, &conflicts, &err), 0);
	assert_int_equal(stat(at(scene.f, ETH0), &after), 0);
	assert_int_equal(after.st_mode & 07777, 0600);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_clean(scene.f);
	scene_done(&scene);
}

/* A process that knows what it has replaced leaves the rest alone. */
static void test_a_file_that_was_not_replaced_yet_is_nobodys_conflict(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_error err = {0};
	struct change change;

	(void)state;
	assert_int_equal(begin(scene.f, &scene.list, &change, &err), 0);
	put(scene.f, BR0, "theirs\n");
	assert_int_equal(kn_tx_apply(change.tx, &err), -1);
	undo(&change);
	assert_string_equal(text_of(scene.f, BR0), "theirs\n");
	assert_int_equal(count_entries(scene.f, CONFLICTS), 0);
	assert_clean(scene.f);
	scene_done(&scene);
}

static void test_a_later_change_does_not_take_over_the_copies_of_one_undone(void **state)
{
	struct scene scene = scene_new(like_create);
	struct kn_strv conflicts = {0};

	(void)state;
	leave_open(&scene);
	put(scene.f, ETH0, "theirs\n");
	recovered(&scene, &conflicts);
	kn_strv_done(&conflicts);
	leave_open(&scene);
	recovered(&scene, &conflicts);
	assert_int_equal(conflicts.n, 0);
	scene_done(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_edit_of_a_replaced_file_is_kept_and_named),
		cmocka_unit_test(test_an_edit_of_a_new_file_is_kept_before_the_file_goes),
		cmocka_unit_test(test_a_file_made_anew_where_one_was_removed_is_kept),
		cmocka_unit_test(test_what_somebody_removed_or_put_back_is_no_conflict),
		cmocka_unit_test(test_an_edit_that_cannot_be_kept_stays_and_is_named),
		cmocka_unit_test(test_a_full_disk_loses_no_edit),
		cmocka_unit_test(test_what_is_no_file_any_more_stays_and_is_named),
		cmocka_unit_test(test_two_edits_are_two_copies_and_one_edit_is_one),
		cmocka_unit_test(test_an_edit_is_named_wherever_recovery_is_killed),
		cmocka_unit_test(test_an_edit_after_a_kill_at_any_call_is_never_lost),
		cmocka_unit_test(test_an_edit_through_another_hard_link_is_kept_too),
		cmocka_unit_test(test_a_mode_changed_before_the_file_was_replaced_stays),
		cmocka_unit_test(test_a_file_that_was_not_replaced_yet_is_nobodys_conflict),
		cmocka_unit_test(test_a_later_change_does_not_take_over_the_copies_of_one_undone),
	};

	return cmocka_run_group_tests(tests, own_tmp, NULL);
}
