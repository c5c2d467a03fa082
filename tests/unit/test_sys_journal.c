/* What a change leaves in the state directory: the journal from begin to archive, a damaged one,
 * the history of the last changes. Layer: tests. */
#include "sysfault.h"

#include <time.h>

#define JOURNAL KN_STATE_DIR "/journal"
#define DONE	KN_STATE_DIR "/journal.done"
#define HISTORY KN_STATE_DIR "/history"

static const char *const texts[] = {"one\n", "two\n"};

/* One more change of one file, committed; finished or not. */
static void change_br0(struct fixture *f, bool finish)
{
	const char *now = text_of(f, BR0);
	char *before = strcmp(now, "(absent)") ? strdup(now) : NULL;
	struct kn_filechgs list = {0};
	struct kn_error err = {0};
	struct change change;

	add(&list, BR0, before, texts[before && !strcmp(before, texts[0])]);
	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	assert_int_equal(kn_tx_commit(change.tx, &err), 0);
	if (finish)
		kn_tx_finish(change.tx);
	end(&change);
	free(before);
	kn_filechgs_done(&list);
}

static struct kn_journals history(struct fixture *f, size_t want_damaged)
{
	struct kn_journals list = {0};
	struct kn_error err = {0};
	size_t damaged = 0;

	if (kn_history_list(f->root, &list, &damaged, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(damaged, want_damaged);
	return list;
}

static void test_a_change_is_journaled_from_begin_to_its_archive(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err;
	struct stat st;

	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
	assert_int_equal(stat(at(f, JOURNAL), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
	assert_int_equal(kn_tx_commit(change.tx, &err), 0);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_DONE);
	kn_tx_finish(change.tx);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	assert_int_equal(count_entries(f, HISTORY), 1);
	end(&change);
	kn_filechgs_done(&list);
}

static void test_the_journal_holds_both_sides_of_every_file(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct kn_journal journal = {0};
	struct change change;
	struct kn_error err;

	assert_int_equal(chown(at(f, ETH0), 1234, 2345), 0);
	assert_int_equal(chmod(at(f, ETH0), 0640), 0);
	assert_int_equal(setxattr(at(f, ETH0), "user.note", "mine", 4, 0), 0);
	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_journal_load(f->root, &journal, &err), 0);
	assert_int_equal(journal.number, 1);
	assert_true(journal.time_s > 0);
	assert_string_equal(journal.bridge.s, "br0");
	/* two records of originals, then the files in the order of the change */
	assert_int_equal(journal.n_files, 4);
	assert_true(journal.files[0].is_state && journal.files[1].is_state);
	assert_false(journal.files[2].before_present);
	assert_string_equal(journal.files[2].after, "DEVICE=br0\n");
	const struct kn_jfile *eth0 = &journal.files[3];
	assert_false(eth0->is_state);
	assert_string_equal(eth0->path, ETH0);
	assert_string_equal(eth0->before, list.v[1].before);
	assert_string_equal(eth0->after, list.v[1].after);
	assert_int_equal(eth0->mode, 0640);
	assert_int_equal(eth0->uid, 1234);
	assert_int_equal(eth0->gid, 2345);
	assert_int_equal(eth0->n_xattrs, 1);
	assert_string_equal(eth0->xattrs[0].name, "user.note");
	assert_string_equal(eth0->xattrs[0].value, "mine");
	kn_journal_done(&journal);
	undo(&change);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	kn_filechgs_done(&list);
}

static void test_a_change_of_the_kernel_alone_is_journaled_with_3_syncs(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs none = {0};
	struct change change = {.journal = {.has_live = true}};
	struct kn_error err;

	make_dir(f, HISTORY);
	fault.fsyncs = 0;
	assert_int_equal(kn_tx_begin(f->root, &none, false, &change.journal, &change.tx, &err), 0);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	assert_int_equal(kn_tx_commit(change.tx, &err), 0);
	assert_int_equal(fault.fsyncs, 3);
	kn_tx_finish(change.tx);
	end(&change);
	assert_int_equal(count_entries(f, HISTORY), 1);
	/* no trace of one that is undone */
	change = (struct change){.journal = {.has_live = true}};
	assert_int_equal(kn_tx_begin(f->root, &none, false, &change.journal, &change.tx, &err), 0);
	undo(&change);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	assert_int_equal(count_entries(f, HISTORY), 1);
}

static void test_an_open_journal_is_never_written_over(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change, second;
	struct kn_error err;

	assert_int_equal(begin(f, &list, &change, &err), 0);
	char *before = strdup(text_of(f, JOURNAL));
	assert_int_equal(begin(f, &list, &second, &err), -1);
	assert_int_equal(err.kind, KN_ERR_BUSY);
	assert_non_null(strstr(err.message, JOURNAL));
	assert_true(err.hint[0]);
	assert_string_equal(text_of(f, JOURNAL), before);
	/* nor was anything of the first one swept */
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	undo(&change);
	free(before);
	kn_filechgs_done(&list);
}

static void test_a_commit_that_is_not_durable_is_taken_back(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	static const char *const calls[] = {"renameat", "fsync"};
	char *before = state_of(f);

	for (size_t i = 0; i < 2; i++) {
		struct change change;
		struct kn_error err;

		assert_int_equal(begin(f, &list, &change, &err), 0);
		assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		arm(0, EIO, calls[i]);
		assert_int_equal(kn_tx_commit(change.tx, &err), -1);
		assert_false(fault.armed);
		assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
		assert_int_equal(access(at(f, DONE), F_OK), -1);
		undo(&change);
		if (i == 0) {
			free(before);
			before = state_of(f); /* now with an empty state directory */
		}
		assert_state(f, before);
	}
	free(before);
	kn_filechgs_done(&list);
}

/* Every cut, every flipped bit 0, one byte too many: believed whole, or not at all. */
static void test_every_damaged_journal_stops_with_nothing_touched(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct kn_journal journal = {0};
	struct change change;
	struct kn_error err;
	static char bad[8192];

	assert_int_equal(begin(f, &list, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	char *good = strdup(text_of(f, JOURNAL));
	assert_non_null(good);
	size_t len = strlen(good);
	assert_in_range(len, 300, sizeof(bad) - 2);
	char *before = picture(f, NS);
	for (size_t i = 0; i < len * 2 + 1; i++) {
		size_t n = i < len ? i : len;

		memcpy(bad, good, len + 1);
		if (i >= len && i < len * 2)
			bad[i - len] ^= 1;
		else if (i == len * 2)
			bad[n++] = '\n';
		put_bytes(f, JOURNAL, bad, n);
		assert_int_equal(kn_journal_load(f->root, &journal, &err), -1);
		assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
		assert_non_null(strstr(err.message, JOURNAL));
		assert_int_equal(kn_error_host(&err), KN_HOST_INCOMPLETE);
		assert_true(err.hint[0]);
		assert_int_equal(journal.n_files, 0);
	}
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
	char *after = picture(f, NS);
	assert_string_equal(after, before);
	free(before);
	free(after);
	put(f, JOURNAL, good);
	undo(&change);
	free(good);
	kn_filechgs_done(&list);
}

static void test_a_journal_that_is_no_file_is_damaged(void **state)
{
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_error err;

	make_dir(f, KN_STATE_DIR);
	assert_int_equal(mkfifo(at(f, JOURNAL), 0600), 0);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_OPEN);
	assert_int_equal(kn_journal_load(f->root, &journal, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INCOMPLETE);
	assert_non_null(strstr(err.message, "FIFO"));
}

static void test_the_last_20_changes_are_kept(void **state)
{
	struct fixture *f = *state;
	struct kn_strv names = {0};
	struct kn_error err;
	struct stat st;
	char path[PATH_MAX];
	bool exists;

	for (int i = 1; i <= 23; i++)
		change_br0(f, true);
	assert_int_equal(kn_root_list(f->root, HISTORY, &names, &exists, &err), 0);
	assert_int_equal(names.n, KN_HISTORY_KEEP);
	assert_memory_equal(names.v[0], "0004-", 5);
	assert_memory_equal(names.v[19], "0023-", 5);
	(void)snprintf(path, sizeof(path), HISTORY "/%s", names.v[19]);
	assert_int_equal(stat(at(f, path), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	kn_strv_done(&names);
	struct kn_journals list = history(f, 0);
	assert_int_equal(list.n, KN_HISTORY_KEEP);
	for (size_t i = 0; i < list.n; i++)
		assert_int_equal(list.v[i].number, 4 + i);
	kn_journals_done(&list);
}

static void test_a_change_of_the_history_is_found_by_number(void **state)
{
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_error err;

	assert_int_equal(kn_history_load(f->root, 0, &journal, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_int_equal(access(at(f, "/var"), F_OK), -1); /* looking makes nothing */
	for (int i = 0; i < 3; i++)
		change_br0(f, true);
	assert_int_equal(kn_history_load(f->root, 2, &journal, &err), 0);
	assert_int_equal(journal.number, 2);
	assert_string_equal(journal.files[journal.n_files - 1].after, "two\n");
	kn_journal_done(&journal);
	assert_int_equal(kn_history_load(f->root, 0, &journal, &err), 0);
	assert_int_equal(journal.number, 3);
	kn_journal_done(&journal);
	assert_int_equal(kn_history_load(f->root, 4, &journal, &err), -1);
	assert_int_equal(err.kind, KN_ERR_INPUT);
	assert_non_null(strstr(err.message, "4"));
	assert_true(err.hint[0]);
}

static void test_a_damaged_entry_is_counted_and_its_number_not_used_again(void **state)
{
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_error err;

	for (int i = 0; i < 2; i++)
		change_br0(f, true);
	put(f, HISTORY "/0007-20260101T000000Z", "kvmnet-journal 1\n");
	put(f, HISTORY "/notes", "somebody's own\n");
	struct kn_journals list = history(f, 1);
	assert_int_equal(list.n, 2);
	kn_journals_done(&list);
	assert_int_equal(kn_history_load(f->root, 7, &journal, &err), -1);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	change_br0(f, true);
	assert_int_equal(kn_history_load(f->root, 0, &journal, &err), 0);
	assert_int_equal(journal.number, 8);
	kn_journal_done(&journal);
}

static void test_numbers_go_on_behind_9999_and_behind_conflicts(void **state)
{
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_error err;

	make_dir(f, KN_STATE_DIR "/conflicts");
	put(f, KN_STATE_DIR "/conflicts/9998-%2Fetc%2Fx", "theirs\n");
	for (uint32_t want = 9999; want < 10003; want++) {
		change_br0(f, true);
		assert_int_equal(kn_history_load(f->root, 0, &journal, &err), 0);
		assert_int_equal(journal.number, want);
		kn_journal_done(&journal);
	}
	struct kn_journals list = history(f, 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(list.v[0].number, 9999);
	assert_int_equal(list.v[3].number, 10002);
	kn_journals_done(&list);
}

static void test_the_number_of_an_undone_change_is_not_used_again(void **state)
{
	static const struct kn_lock_note undone = {.number = 7, .command = "bridge set br0"};
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_lock *lock = NULL;
	struct kn_error err;

	assert_int_equal(kn_lock_take(f->root, 0, &lock, &err), 0);
	kn_lock_note(lock, &undone);
	kn_lock_release(lock);
	change_br0(f, true);
	assert_int_equal(kn_history_load(f->root, 0, &journal, &err), 0);
	assert_int_equal(journal.number, 8);
	kn_journal_done(&journal);
}

static void test_a_committed_change_that_was_not_archived_is_the_newest(void **state)
{
	struct fixture *f = *state;
	struct kn_journal journal = {0};
	struct kn_error err;

	change_br0(f, true);
	change_br0(f, false); /* killed right behind its commit */
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_DONE);
	struct kn_journals list = history(f, 0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.v[1].number, 2);
	kn_journals_done(&list);
	assert_int_equal(kn_history_load(f->root, 0, &journal, &err), 0);
	assert_int_equal(journal.number, 2);
	kn_journal_done(&journal);
	/* the next change archives it, or recovery */
	change_br0(f, false);
	assert_int_equal(count_entries(f, HISTORY), 2);
	kn_journal_finish(f->root);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	assert_int_equal(count_entries(f, HISTORY), 3);
	assert_int_equal(count_entries(f, NS), 1);
	/* one that cannot be read does not stand in the way for ever */
	put(f, DONE, "not a journal\n");
	kn_journal_finish(f->root);
	assert_int_equal(kn_journal_look(f->root), KN_JOURNAL_NONE);
	list = history(f, 1);
	assert_int_equal(list.n, 3);
	kn_journals_done(&list);
}

static void test_the_boot_has_an_id_and_a_clock_that_never_steps(void **state)
{
	char a[40] = "", b[40] = "";
	struct kn_error err;
	struct timespec now;

	(void)state;
	assert_int_equal(kn_boot_id(a, &err), 0);
	assert_int_equal(kn_boot_id(b, &err), 0);
	assert_int_equal(strlen(a), 36);
	assert_string_equal(a, b);
	uint64_t ms = kn_boottime_ms();
	assert_int_equal(clock_gettime(CLOCK_BOOTTIME, &now), 0);
	assert_in_range(ms, 1, (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	assert_true(kn_boottime_ms() >= ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_change_is_journaled_from_begin_to_its_archive),
		TEST(test_the_journal_holds_both_sides_of_every_file),
		TEST(test_a_change_of_the_kernel_alone_is_journaled_with_3_syncs),
		TEST(test_an_open_journal_is_never_written_over),
		TEST(test_a_commit_that_is_not_durable_is_taken_back),
		TEST(test_every_damaged_journal_stops_with_nothing_touched),
		TEST(test_a_journal_that_is_no_file_is_damaged),
		TEST(test_the_last_20_changes_are_kept),
		TEST(test_a_change_of_the_history_is_found_by_number),
		TEST(test_a_damaged_entry_is_counted_and_its_number_not_used_again),
		TEST(test_numbers_go_on_behind_9999_and_behind_conflicts),
		TEST(test_the_number_of_an_undone_change_is_not_used_again),
		TEST(test_a_committed_change_that_was_not_archived_is_the_newest),
		TEST(test_the_boot_has_an_id_and_a_clock_that_never_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
