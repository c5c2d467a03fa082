/* A change of files: all new or all old, nothing else touched, at every failure. Layer: tests. */
#include "sysfault.h"

static void test_a_change_replaces_and_leaves_nothing_behind(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = all_sorts(f);
	char target[64] = "";

	run(f, &list);
	assert_string_equal(text_of(f, BR0), "DEVICE=br0\n");
	assert_string_equal(text_of(f, ETH0), "DEVICE=eth0\nBRIDGE=br0\n");
	assert_string_equal(text_of(f, NS "/route-eth0"), "(absent)");
	/* the link stays, the real file is new */
	assert_true(readlink(at(f, NS "/rule-eth0"), target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "../../elsewhere/real");
	assert_string_equal(text_of(f, "/etc/elsewhere/real"), "new\n");
	assert_int_equal(count_entries(f, NS), 3);
	assert_int_equal(count_entries(f, "/etc/elsewhere"), 1);
	assert_int_equal(count_entries(f, KN_STATE_DIR "/history"), 1);
	kn_filechgs_done(&list);
}

static void test_a_plan_without_changes_writes_nothing(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = {0};
	struct stat before, after;

	assert_int_equal(stat(at(f, NS), &before), 0);
	run(f, &list);
	assert_int_equal(stat(at(f, NS), &after), 0);
	assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof(before.st_mtim));
	assert_int_not_equal(access(at(f, "/var"), F_OK), 0);
	assert_int_equal(fault.fsyncs, 0);
}

/* Journal 2, new files 2, new records of originals 2, the directory of the files, the commit. */
static void test_two_files_need_8_syncs(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f), again = {0};

	/* the first change of a host's life makes the state directory and the history, too */
	make_dir(f, "/var/lib");
	run(f, &list);
	assert_int_equal(fault.fsyncs, 8 + 2);
	fault.fsyncs = 0;
	add(&again, BR0, list.v[0].after, "1\n");
	add(&again, ETH0, list.v[1].after, "2\n");
	run(f, &again);
	assert_int_equal(fault.fsyncs, 8); /* a ninth needs a reason, a lost one as well */
	kn_filechgs_done(&list);
	kn_filechgs_done(&again);
}

static struct kn_filechgs many_files(void)
{
	struct kn_filechgs list = {0};
	char path[64];

	for (int i = 0; i < 100; i++) {
		(void)snprintf(path, sizeof(path), NS "/ifcfg-kb%d", i);
		add(&list, path, NULL, "DEVICE=kb\n");
	}
	return list;
}

/* Not two for each file: journal 2, the directory of the files, the commit; and first of all the
 * state directory and the history. */
static void test_many_files_are_synced_at_once(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = many_files();

	make_dir(f, "/var/lib");
	run(f, &list);
	assert_int_equal(fault.fsyncs, 4 + 2);
	assert_int_equal(fault.syncfs, 1);
	assert_string_equal(text_of(f, NS "/ifcfg-kb99"), "DEVICE=kb\n");
	kn_filechgs_done(&list);
}

static void test_many_files_that_cannot_be_synced_are_not_put_in_place(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = many_files();
	struct change change = {0};
	struct kn_error err = {0};

	fault.only = "syncfs";
	fault.code = EIO;
	fault.left = 0;
	fault.armed = true;
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_string_equal(text_of(f, NS "/ifcfg-kb0"), "(absent)");
	assert_int_equal(count_entries(f, NS), 0);
	kn_filechgs_done(&list);
}

static void test_a_file_is_replaced_not_edited(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct stat before, after;

	assert_int_equal(link(at(f, ETH0), at(f, "/etc/second")), 0);
	assert_int_equal(stat(at(f, ETH0), &before), 0);
	run(f, &list);
	assert_int_equal(stat(at(f, ETH0), &after), 0);
	assert_int_not_equal(before.st_ino, after.st_ino);
	/* another hard link keeps the old bytes */
	assert_string_equal(text_of(f, "/etc/second"), "DEVICE=eth0\nIPADDR=192.0.2.1\n");
	kn_filechgs_done(&list);
}

static void test_undo_after_apply_gives_the_very_same_files(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = all_sorts(f);
	struct change change;
	struct kn_error err;
	char *before = state_of(f);

	for (int i = 0; i < 2; i++) {
		assert_int_equal(begin(f, &list, &change, &err), 0);
		if (i)
			assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		undo(&change);
		assert_state(f, before);
	}
	free(before);
	kn_filechgs_done(&list);
}

static void test_every_failure_of_begin_leaves_the_old_state(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = all_sorts(f);
	struct change change;
	struct kn_error err;
	char *before = state_of(f);
	int k = 0;

	assert_int_equal(setxattr(at(f, ETH0), "user.note", "x", 1, 0), 0);
	for (;; k++) {
		arm(k, ENOSPC, NULL);
		if (begin(f, &list, &change, &err) == 0)
			break;
		assert_int_equal(err.kind, KN_ERR_SYSTEM);
		assert_non_null(strstr(err.message, "No space left"));
		assert_non_null(strstr(err.hint, "free some space"));
		assert_state(f, before);
		assert_in_range(k, 0, 200);
	}
	assert_in_range(k, 15, 200);
	fault.armed = false;
	undo(&change);
	assert_state(f, before);
	free(before);
	kn_filechgs_done(&list);
}

static void test_every_failure_of_apply_is_undone(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = all_sorts(f);
	struct change change;
	struct kn_error err;
	char *before = state_of(f);
	int k = 0;

	for (bool done = false; !done; k++) {
		assert_int_equal(begin(f, &list, &change, &err), 0);
		arm(k, EIO, NULL);
		done = kn_tx_apply(change.tx, &err) == 0;
		assert_true(done || err.kind == KN_ERR_SYSTEM);
		fault.armed = false;
		undo(&change);
		assert_state(f, before);
		assert_in_range(k, 0, 50);
	}
	/* four records and three files renamed, one unlinked, two directories synced */
	assert_int_equal(k, 4 + 3 + 1 + 2 + 1);
	free(before);
	kn_filechgs_done(&list);
}

/* Lets call @k of those that rename fail while @list is applied. Return: did it fail? */
static bool rename_fails(struct fixture *f, const struct kn_filechgs *list, int k)
{
	struct change change;
	struct kn_error err;

	assert_int_equal(begin(f, list, &change, &err), 0);
	arm(k, EIO, NULL);
	bool failed = kn_tx_apply(change.tx, &err) < 0;
	fault.armed = false;
	if (failed) {
		undo(&change);
		return true;
	}
	assert_int_equal(kn_tx_commit(change.tx, &err), 0);
	kn_tx_finish(change.tx);
	end(&change);
	return false;
}

static void test_records_of_originals_are_undone_with_the_files(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f), again = {0};
	int k = 0;

	for (; rename_fails(f, &list, k); k++) {
		assert_string_equal(text_of(f, ETH0), list.v[1].before);
		assert_string_equal(text_of(f, BR0), "(absent)");
		assert_int_equal(count_origins(f), 0);
		assert_in_range(k, 0, 50);
	}
	assert_int_equal(k, 2 + 2 + 1); /* two records, two files, their directory */
	/* now with records that an earlier change has made */
	char *before = state_of(f);
	add(&again, BR0, list.v[0].after, "1\n");
	add(&again, ETH0, list.v[1].after, "2\n");
	for (k = 0; rename_fails(f, &again, k); k++)
		assert_state(f, before);
	assert_int_equal(k, 2 + 2 + 1);
	assert_int_equal(count_origins(f), 2);
	free(before);
	kn_filechgs_done(&list);
	kn_filechgs_done(&again);
}

static void test_temporary_files_of_a_dead_process_go_with_the_next_change(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);

	put(f, NS "/.kvmnet-o1~", "old\n");
	put(f, NS "/.kvmnet-n12~", "new\n");
	put(f, NS "/.kvmnet-notes~", "somebody's own\n");
	put(f, NS "/.kvmnet-o1", "somebody's own\n");
	run(f, &list);
	assert_string_equal(text_of(f, NS "/.kvmnet-o1~"), "(absent)");
	assert_string_equal(text_of(f, NS "/.kvmnet-n12~"), "(absent)");
	assert_string_equal(text_of(f, NS "/.kvmnet-notes~"), "somebody's own\n");
	assert_string_equal(text_of(f, NS "/.kvmnet-o1"), "somebody's own\n");
	kn_filechgs_done(&list);
}

static void test_where_links_are_refused_a_copy_serves(void **state)
{
	struct fixture *f = *state;
	static const int codes[] = {EPERM, EXDEV, EMLINK};

	struct kn_filechgs list = all_sorts(f);
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct change change;
		struct kn_error err;
		struct stat before, after;

		fault.links_refused = codes[i];
		assert_int_equal(chmod(at(f, ETH0), 0604), 0);
		assert_int_equal(stat(at(f, ETH0), &before), 0);
		assert_int_equal(begin(f, &list, &change, &err), 0);
		assert_int_equal(access(at(f, NS "/.kvmnet-r5~"), F_OK), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		/* no new block is needed to go back */
		arm(0, ENOSPC, "write");
		undo(&change);
		assert_true(fault.armed);
		fault.armed = false;
		assert_string_equal(text_of(f, ETH0), "DEVICE=eth0\nIPADDR=192.0.2.1\n");
		assert_string_equal(text_of(f, NS "/route-eth0"), "gone\n");
		assert_string_equal(text_of(f, BR0), "(absent)");
		assert_int_equal(stat(at(f, ETH0), &after), 0);
		assert_int_equal(after.st_mode, before.st_mode);
		assert_memory_equal(&after.st_mtim, &before.st_mtim, sizeof(after.st_mtim));
		assert_int_equal(count_entries(f, NS), 3);
	}
	kn_filechgs_done(&list);
}

static void test_a_target_that_changed_stops_the_change(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err;

	put(f, ETH0, "edited before begin\n");
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_int_equal(err.kind, KN_ERR_SYSTEM);
	assert_non_null(strstr(err.message, "changed underneath"));
	put(f, ETH0, list.v[1].before);
	put(f, BR0, "somebody else's\n");
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_non_null(strstr(err.message, "changed underneath"));
	assert_int_equal(unlink(at(f, BR0)), 0);

	for (int i = 0; i < 3; i++) {
		assert_int_equal(begin(f, &list, &change, &err), 0);
		if (i == 0)
			put(f, ETH0, "edited between\n");
		else if (i == 1)
			put(f, BR0, "made between\n");
		else
			assert_int_equal(chmod(at(f, ETH0), 0600), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), -1);
		assert_non_null(strstr(err.message, "changed underneath"));
		undo(&change);
		assert_string_equal(text_of(f, i == 1 ? BR0 : ETH0), i == 0   ? "edited between\n"
								     : i == 1 ? "made between\n"
									      : list.v[1].before);
		(void)unlink(at(f, BR0));
		put(f, ETH0, list.v[1].before);
		assert_int_equal(count_entries(f, NS), 1);
	}
	kn_filechgs_done(&list);
}

static void test_an_old_version_written_through_another_link_is_mended(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err;

	assert_int_equal(link(at(f, ETH0), at(f, "/etc/second")), 0);
	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	put(f, "/etc/second", "written in place\n");
	undo(&change);
	assert_string_equal(text_of(f, ETH0), list.v[1].before);
	assert_int_equal(count_entries(f, NS), 1);
	kn_filechgs_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_replaces_and_leaves_nothing_behind),
		TEST(test_a_plan_without_changes_writes_nothing),
		TEST(test_two_files_need_8_syncs),
		TEST(test_many_files_are_synced_at_once),
		TEST(test_many_files_that_cannot_be_synced_are_not_put_in_place),
		TEST(test_a_file_is_replaced_not_edited),
		TEST(test_undo_after_apply_gives_the_very_same_files),
		TEST(test_every_failure_of_begin_leaves_the_old_state),
		TEST(test_every_failure_of_apply_is_undone),
		TEST(test_records_of_originals_are_undone_with_the_files),
		TEST(test_temporary_files_of_a_dead_process_go_with_the_next_change),
		TEST(test_where_links_are_refused_a_copy_serves),
		TEST(test_a_target_that_changed_stops_the_change),
		TEST(test_an_old_version_written_through_another_link_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
