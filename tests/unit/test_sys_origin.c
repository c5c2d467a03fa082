/* The records of originals: made once, moved on along an unbroken chain, gone with the bridge,
 * never half believed. Layer: tests. */
#include "sysfault.h"

#include "sys/priv.h"

static struct kn_origins load(struct fixture *f)
{
	struct kn_origins origins = {0};
	struct kn_error err = {0};

	if (kn_origins_load(f->root, &origins, &err) < 0)
		fail_msg("%s", err.message);
	return origins;
}

/* One change of one file, committed. */
static void change(struct fixture *f, const char *path, const char *after, int flag)
{
	struct kn_filechgs list = {0};
	char *before = strdup(text_of(f, path));

	assert_non_null(before);
	add(&list, path, strcmp(before, "(absent)") ? before : NULL, after);
	list.v[0].keep_origin = flag == 'k';
	list.v[0].drop_origin = flag == 'd';
	run(f, &list);
	free(before);
	kn_filechgs_done(&list);
}

static bool is_trusted(struct fixture *f, const char *path)
{
	struct kn_origins origins = load(f);
	const struct kn_origin *record = kn_origins_get(&origins, path);
	const char *now = text_of(f, path);
	bool present = strcmp(now, "(absent)") != 0;

	assert_non_null(record);
	bool ok = record->written_present == present &&
		  record->written_hash == kn_hash64(now, present ? strlen(now) : 0);
	kn_origins_done(&origins);
	return ok;
}

static void assert_original(struct fixture *f, const char *path, const char *text)
{
	struct kn_origins origins = load(f);
	const struct kn_origin *record = kn_origins_get(&origins, path);

	assert_non_null(record);
	assert_string_equal(record->bridge.s, "br0");
	assert_int_equal(record->was_present, text != NULL);
	if (text) {
		assert_int_equal(record->len, strlen(text));
		assert_string_equal(record->data, text);
	} else {
		assert_null(record->data);
	}
	kn_origins_done(&origins);
}

static void test_a_missing_store_is_empty(void **state)
{
	struct kn_origins origins = load(*state);

	assert_int_equal(origins.n, 0);
}

static void test_the_first_change_records_the_original(void **state)
{
	struct fixture *f = *state;

	put(f, ETH0, "original\n");
	change(f, ETH0, "ours 1\n", 'k');
	change(f, BR0, "bridge\n", 'k');
	assert_original(f, ETH0, "original\n");
	assert_original(f, BR0, NULL);
	assert_true(is_trusted(f, ETH0));
	assert_true(is_trusted(f, BR0));
	/* later changes move the hash on and keep the original, asked to or not */
	change(f, ETH0, "ours 2\n", 'k');
	assert_true(is_trusted(f, ETH0));
	change(f, ETH0, "ours 3\n", 0);
	assert_true(is_trusted(f, ETH0));
	change(f, ETH0, NULL, 0);
	assert_true(is_trusted(f, ETH0));
	change(f, ETH0, "ours 4\n", 0);
	assert_true(is_trusted(f, ETH0));
	assert_original(f, ETH0, "original\n");
}

static void test_a_change_that_keeps_no_origin_records_nothing(void **state)
{
	struct fixture *f = *state;

	change(f, BR0, "bridge\n", 0);
	assert_int_equal(count_origins(f), 0);
}

static void test_an_edit_in_between_ends_the_trust(void **state)
{
	struct fixture *f = *state;

	put(f, ETH0, "original\n");
	change(f, ETH0, "ours 1\n", 'k');
	put(f, ETH0, "ours 1\ntheirs\n");
	assert_false(is_trusted(f, ETH0));
	change(f, ETH0, "ours 2\ntheirs\n", 'k');
	assert_false(is_trusted(f, ETH0));
	change(f, ETH0, "ours 3\ntheirs\n", 0);
	assert_false(is_trusted(f, ETH0));
	assert_original(f, ETH0, "original\n");
	/* only with their edit gone, byte for byte, the original is the right thing again */
	change(f, ETH0, "ours 1\n", 0);
	assert_true(is_trusted(f, ETH0));
}

static void test_drop_forgets_the_record(void **state)
{
	struct fixture *f = *state;

	put(f, ETH0, "original\n");
	change(f, ETH0, "ours\n", 'k');
	change(f, ETH0, "original\n", 'd');
	assert_int_equal(count_origins(f), 0);
	change(f, ETH0, "again\n", 'd'); /* none there: fine */
	put(f, ETH0, "another original\n");
	change(f, ETH0, "ours\n", 'k');
	assert_original(f, ETH0, "another original\n");
}

static void test_undo_leaves_no_trace_in_the_store(void **state)
{
	struct fixture *f = *state;
	struct kn_filechgs list = two_files(f);
	struct change change;
	struct kn_error err;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(begin(f, &list, &change, &err), 0);
		if (i)
			assert_int_equal(kn_tx_apply(change.tx, &err), 0);
		/* Before the files change: whoever dies then loses no original. */
		struct kn_origins origins = load(f);
		assert_int_equal(origins.n, i ? 2 : 0);
		kn_origins_done(&origins);
		undo(&change);
		assert_int_equal(count_origins(f), 0);
		assert_int_equal(count_entries(f, KN_STATE_DIR "/history"), 0);
	}
	/* nor does a change that is dropped change a record that is there */
	run(f, &list);
	struct kn_filechgs drop = {0};
	add(&drop, ETH0, list.v[1].after, list.v[1].before);
	drop.v[0].drop_origin = true;
	assert_int_equal(begin(f, &drop, &change, &err), 0);
	assert_int_equal(kn_tx_apply(change.tx, &err), 0);
	undo(&change);
	assert_int_equal(count_origins(f), 2);
	assert_true(is_trusted(f, ETH0));
	kn_filechgs_done(&list);
	kn_filechgs_done(&drop);
}

#define RECORD KN_STATE_DIR "/origin-%2Fetc%2Fsysconfig%2Fnetwork-scripts%2Fifcfg-eth0"

static void test_every_damaged_record_is_an_error_that_names_it(void **state)
{
	struct fixture *f = *state;
	struct kn_origins origins = {0};
	struct kn_error err;
	char bad[1024];

	put(f, ETH0, "original\n");
	change(f, ETH0, "ours\n", 'k');
	char *good = strdup(text_of(f, RECORD));
	assert_non_null(good);
	size_t len = strlen(good);
	assert_in_range(len, 100, sizeof(bad) - 2);
	for (size_t i = 0; i < len * 2 + 1; i++) {
		/* every cut, every flipped bit 0, one byte too many */
		size_t n = i < len ? i : len;
		memcpy(bad, good, len + 1);
		if (i >= len && i < len * 2)
			bad[i - len] ^= 1;
		else if (i == len * 2)
			bad[n++] = '\n';
		put_bytes(f, RECORD, bad, n);
		assert_int_equal(kn_origins_load(f->root, &origins, &err), -1);
		assert_int_equal(err.kind, KN_ERR_HOSTFILE);
		assert_non_null(strstr(err.message, "%2Fifcfg-eth0"));
		assert_true(err.hint[0]);
		assert_int_equal(origins.n, 0);
	}
	/* a change of that file stops as well, before anything is done */
	struct kn_filechgs list = {0};
	struct change change;
	add(&list, ETH0, "ours\n", "more\n");
	assert_int_equal(begin(f, &list, &change, &err), -1);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	assert_int_equal(count_entries(f, NS), 1);
	kn_filechgs_done(&list);
	put(f, RECORD, good);
	assert_original(f, ETH0, "original\n");
	/* a good record under another file's name */
	assert_int_equal(rename(at(f, RECORD), at(f, KN_STATE_DIR "/origin-%2Fetc%2Fpasswd")), 0);
	assert_int_equal(kn_origins_load(f->root, &origins, &err), -1);
	assert_non_null(strstr(err.message, "another file"));
	free(good);
}

static void test_any_bytes_and_any_path_survive_the_record(void **state)
{
	struct kn_origin in = {.path = (char *)"/etc/a b%\x01\xff-_.Z",
			       .bridge = {"br0.1"},
			       .was_present = true,
			       .data = (char *)"a\0b\nsum 0\n\xff",
			       .len = 11,
			       .written_hash = UINT64_MAX};
	struct kn_buf text = KN_BUF_INIT, name = KN_BUF_INIT;
	struct kn_origins out = {0};
	struct kn_error err;

	(void)state;
	kn_origin_escape(&name, in.path);
	assert_string_equal(kn_buf_str(&name), "%2Fetc%2Fa%20b%25%01%FF-_.Z");
	kn_origin_encode(&text, &in);
	assert_int_equal(kn_grow(&out.v, &out.cap, 1, sizeof(*out.v), &err), 0);
	assert_int_equal(kn_origin_decode(text.data, text.len, &out.v[0], &err), 0);
	out.n = 1;
	assert_string_equal(out.v[0].path, in.path);
	assert_string_equal(out.v[0].bridge.s, "br0.1");
	assert_int_equal(out.v[0].len, in.len);
	assert_memory_equal(out.v[0].data, in.data, in.len);
	assert_true(out.v[0].written_hash == UINT64_MAX);
	assert_false(out.v[0].written_present);
	kn_origins_done(&out);
	kn_buf_done(&text);
	kn_buf_done(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_missing_store_is_empty),
		TEST(test_the_first_change_records_the_original),
		TEST(test_a_change_that_keeps_no_origin_records_nothing),
		TEST(test_an_edit_in_between_ends_the_trust),
		TEST(test_drop_forgets_the_record),
		TEST(test_undo_leaves_no_trace_in_the_store),
		TEST(test_every_damaged_record_is_an_error_that_names_it),
		TEST(test_any_bytes_and_any_path_survive_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
