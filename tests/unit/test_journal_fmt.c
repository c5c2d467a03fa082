/* The journal as bytes: everything comes back, nothing damaged is believed, and what is not known
 * is refused instead of forgotten. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "journal_hostile.h"
#include "journal_rows.h"
#include "sys/journal_fmt.h"
#include "sys/journal_rows.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static struct kn_buf encode(const struct kn_journal *journal)
{
	struct kn_buf buf = KN_BUF_INIT;

	kn_journal_encode(&buf, journal);
	assert_false(buf.failed);
	return buf;
}

static struct kn_journal decode(const struct kn_buf *buf)
{
	struct kn_journal journal;
	struct kn_error err = {0};

	if (kn_journal_decode(buf->data, buf->len, &journal, &err) < 0)
		fail_msg("%s\n%s", err.message, buf->data);
	return journal;
}

static void assert_refused(const char *data, size_t len, const char *why)
{
	struct kn_journal journal = {.number = 4711};
	struct kn_error err = {0};

	if (kn_journal_decode(data, len, &journal, &err) == 0)
		fail_msg("taken, but %s", why);
	assert_int_equal(err.kind, KN_ERR_HOSTFILE);
	if (!strstr(err.message, why))
		fail_msg("said \"%s\" instead of \"%s\"", err.message, why);
	assert_int_equal(journal.number, 4711);
}

static void assert_same_bytes(const char *what, const void *a, const void *b, size_t len)
{
	if (len && memcmp(a, b, len) != 0)
		fail_msg("%s came back differently", what);
}

static void assert_same_file(const struct kn_jfile *a, const struct kn_jfile *b)
{
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->before_present, b->before_present);
	assert_int_equal(a->after_present, b->after_present);
	assert_int_equal(a->before != NULL, b->before != NULL);
	assert_int_equal(a->after != NULL, b->after != NULL);
	assert_int_equal(a->before_len, b->before_len);
	assert_int_equal(a->after_len, b->after_len);
	assert_same_bytes("before", a->before, b->before, a->before_len);
	assert_same_bytes("after", a->after, b->after, a->after_len);
	assert_int_equal(a->live_only, b->live_only);
	assert_int_equal(a->is_state, b->is_state);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->n_xattrs, b->n_xattrs);
	for (size_t i = 0; i < a->n_xattrs; i++) {
		assert_string_equal(a->xattrs[i].name, b->xattrs[i].name);
		assert_int_equal(a->xattrs[i].len, b->xattrs[i].len);
		assert_memory_equal(a->xattrs[i].value, b->xattrs[i].value, a->xattrs[i].len + 1);
	}
}

#define ASSERT_SAME_ROWS(a, b, list, n)                                                            \
	do {                                                                                       \
		assert_int_equal((a)->n, (b)->n);                                                  \
		assert_same_bytes(#list, (a)->list, (b)->list, (a)->n * sizeof(*(a)->list));       \
	} while (0)

static void assert_same_journal(const struct kn_journal *a, const struct kn_journal *b)
{
	assert_int_equal(a->number, b->number);
	assert_string_equal(a->boot_id, b->boot_id);
	assert_true(a->deadline_ms == b->deadline_ms && a->time_s == b->time_s);
	assert_string_equal(a->command, b->command);
	assert_int_equal(a->verb, b->verb);
	assert_string_equal(a->bridge.s, b->bridge.s);
	assert_int_equal(a->has_live, b->has_live);
	assert_int_equal(a->reads, b->reads);
	assert_int_equal(a->n_files, b->n_files);
	for (size_t i = 0; i < a->n_files; i++)
		assert_same_file(&a->files[i], &b->files[i]);
	ASSERT_SAME_ROWS(a, b, scope.v, scope.n);
	ASSERT_SAME_ROWS(a, b, dhcp.v, dhcp.n);
	ASSERT_SAME_ROWS(a, b, live.links, live.n_links);
	ASSERT_SAME_ROWS(a, b, live.addrs, live.n_addrs);
	ASSERT_SAME_ROWS(a, b, live.routes.v, live.routes.n);
	ASSERT_SAME_ROWS(a, b, live.neighs, live.n_neighs);
	ASSERT_SAME_ROWS(a, b, live.nexthops, live.n_nexthops);
	ASSERT_SAME_ROWS(a, b, live.rules, live.n_rules);
	ASSERT_SAME_ROWS(a, b, made, n_made);
	assert_int_equal(a->uri != NULL, b->uri != NULL);
	if (a->uri)
		assert_string_equal(a->uri, b->uri);
	assert_int_equal(a->n_nets, b->n_nets);
	for (size_t i = 0; i < a->n_nets; i++) {
		const struct kn_jnet *x = &a->nets[i], *y = &b->nets[i];

		assert_string_equal(x->name, y->name);
		assert_true(x->present == y->present && x->active == y->active &&
			    x->autostart == y->autostart && x->persistent == y->persistent);
		assert_int_equal(x->xml != NULL, y->xml != NULL);
		if (x->xml)
			assert_string_equal(x->xml, y->xml);
		assert_int_equal(x->after != NULL, y->after != NULL);
		if (x->after)
			assert_string_equal(x->after, y->after);
	}
}

static void test_every_member_of_every_structure_comes_back(void **state)
{
	struct kn_journal journal = full_journal();
	struct kn_buf text = encode(&journal);
	struct kn_journal again = decode(&text);

	(void)state;
	assert_same_journal(&journal, &again);
	assert_true(again.live.live);
	struct kn_buf second = encode(&again);
	assert_int_equal(second.len, text.len);
	assert_memory_equal(second.data, text.data, text.len);
	kn_buf_done(&second);
	kn_buf_done(&text);
	kn_journal_done(&again);
	kn_journal_done(&journal);
}

static void test_an_empty_journal_comes_back_empty(void **state)
{
	struct kn_journal journal = {0};
	struct kn_buf text = encode(&journal);
	struct kn_journal again = decode(&text);

	(void)state;
	assert_memory_equal(&journal, &again, sizeof(journal));
	kn_buf_done(&text);
	kn_journal_done(&again);
}

static void test_300_random_journals_give_their_bytes_again(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 300; seed++) {
		struct kn_journal journal = random_journal(seed);
		struct kn_buf text = encode(&journal);
		struct kn_journal again = decode(&text);
		struct kn_buf second = encode(&again);

		assert_int_equal(second.len, text.len);
		assert_memory_equal(second.data, text.data, text.len);
		for (size_t i = 0; i < journal.n_files; i++)
			assert_same_bytes("before", journal.files[i].before, again.files[i].before,
					  journal.files[i].before_len);
		ASSERT_SAME_ROWS(&journal, &again, live.neighs, live.n_neighs);
		ASSERT_SAME_ROWS(&journal, &again, live.nexthops, live.n_nexthops);
		kn_buf_done(&second);
		kn_buf_done(&text);
		kn_journal_done(&again);
		kn_journal_done(&journal);
	}
}

static void test_appended_text_has_its_own_sum(void **state)
{
	struct kn_journal journal = full_journal();
	struct kn_buf text = KN_BUF_INIT;
	struct kn_journal again;
	struct kn_error err;

	(void)state;
	kn_buf_puts(&text, "before");
	kn_journal_encode(&text, &journal);
	assert_int_equal(kn_journal_decode(text.data + 6, text.len - 6, &again, &err), 0);
	kn_journal_done(&again);
	kn_journal_done(&journal);
	kn_buf_done(&text);
}

static void test_only_printable_bytes_stand_outside_of_counted_ones(void **state)
{
	struct kn_journal journal = full_journal();
	size_t n = journal.n_files;

	(void)state;
	/* files and definitions are counted bytes; all else is a line */
	journal.n_files = 0;
	journal.nets[0].xml[0] = '\0';
	struct kn_buf text = encode(&journal);
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] != '\n')
			assert_in_range(text.data[i], ' ', '~');
	assert_non_null(strstr(text.data, "scope name=%1B[2J%7F\"'\n"));
	assert_non_null(strstr(text.data, "scope name=caf%C3%A9%FF\n"));
	assert_non_null(strstr(text.data, "link name=wlan%25d index=9 kind=wlan"));
	kn_buf_done(&text);
	journal.n_files = n;
	kn_journal_done(&journal);
}

static void test_every_cut_and_every_flipped_bit_is_found(void **state)
{
	struct kn_journal journal = full_journal();
	struct kn_buf text = encode(&journal);

	(void)state;
	assert_in_range(text.len, 1000, 5000);
	for (size_t i = 0; i < text.len; i++) {
		/* a copy of exactly that length: a read beyond it is seen */
		char *cut = malloc(i + 1);
		assert_non_null(cut);
		memcpy(cut, text.data, i);
		assert_refused(cut, i, i < 15 ? "no journal" : "cut or damaged");
		free(cut);
		for (int bit = 0; bit < 8; bit++) {
			text.data[i] = (char)(text.data[i] ^ 1 << bit);
			assert_refused(text.data, text.len, i < 15 ? "no journal" : "damaged");
			text.data[i] = (char)(text.data[i] ^ 1 << bit);
		}
	}
	kn_buf_putc(&text, '\n');
	assert_refused(text.data, text.len, "cut or damaged");
	kn_buf_done(&text);
	kn_journal_done(&journal);
}

/* @text with @from replaced by @to, and a sum that is right for it. */
static struct kn_buf forged(const struct kn_buf *text, const char *from, const char *to)
{
	struct kn_buf buf = KN_BUF_INIT;
	char *where = memmem(text->data, text->len, from, strlen(from));
	size_t head = (size_t)(where - text->data);

	if (!where)
		fail_msg("there is no \"%s\" in\n%s", from, text->data);
	kn_buf_put(&buf, text->data, head);
	kn_buf_puts(&buf, to);
	kn_buf_put(&buf, where + strlen(from), text->len - KN_REC_SUM_LEN - head - strlen(from));
	kn_rec_put_sum(&buf, 0);
	return buf;
}

static void test_what_is_not_known_is_refused_even_with_a_right_sum(void **state)
{
	struct kn_journal journal = full_journal();
	struct kn_buf text = encode(&journal);

	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++) {
		struct kn_buf bad = forged(&text, hostile[i].from, hostile[i].to);

		assert_false(bad.failed);
		print_message("%s -> %s\n", hostile[i].from, hostile[i].to);
		assert_refused(bad.data, bad.len, "does not know");
		kn_buf_done(&bad);
	}
	struct kn_buf good = forged(&text, "bridge=br0 ", "bridge=br1 ");
	struct kn_journal again = decode(&good);
	assert_string_equal(again.bridge.s, "br1");
	kn_journal_done(&again);
	kn_buf_done(&good);
	kn_buf_done(&text);
	kn_journal_done(&journal);
}

static void test_the_line_that_is_not_known_is_named(void **state)
{
	struct kn_journal journal = {.files = NULL};
	struct kn_buf text = encode(&journal);
	struct kn_buf bad =
		forged(&text, "bridge-create\n", "bridge-create\nscope name=a\nlonk x=1\n");

	(void)state;
	assert_refused(bad.data, bad.len, "line 4 ");
	kn_buf_done(&bad);
	kn_buf_done(&text);
}

static void test_what_could_not_be_read_back_is_not_written(void **state)
{
	struct kn_link link = {.name = {"a/b"}};
	struct kn_route route = {.dst = {{KN_IPV4, {10}}, 8}, .n_legs = KN_ROUTE_LEGS + 1};
	struct kn_rule rule = {.raw_len = sizeof(rule.raw) + 1};
	struct kn_jfile file = {.path = (char *)"relative"};
	const struct kn_journal rows[] = {
		{.live = {.links = &link, .n_links = 1}},
		{.live = {.routes = {.v = &route, .n = 1}}},
		{.live = {.rules = &rule, .n_rules = 1}},
		{.files = &file, .n_files = 1},
		{.verb = KN_APPLY + 1},
		{.reads = 16},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_buf buf = KN_BUF_INIT;

		kn_journal_encode(&buf, &rows[i]);
		assert_true(buf.failed);
		kn_buf_done(&buf);
	}
}

/* Largest files, many routes: what a host can have is taken, what is too long is not. */
static void test_the_length_is_bounded(void **state)
{
	struct kn_journal journal = {0};
	struct kn_error err;

	(void)state;
	for (size_t i = 0; i < 130; i++) {
		struct kn_jfile *file = kn_journal_add_file(&journal, &err);

		assert_non_null(file);
		file->path = strdup("/f");
		file->before_len = 128 * 1024;
		file->before = calloc(1, file->before_len + 1);
		assert_non_null(file->path);
		assert_non_null(file->before);
		file->before_present = true;
	}
	journal.n_files = 120;
	struct kn_buf text = encode(&journal);
	kn_buf_done(&text);
	journal.n_files = 130;
	kn_journal_encode(&text, &journal);
	assert_true(text.failed);
	kn_buf_done(&text);
	journal.files[0].before_len = 1;
	journal.n_files = 120;
	text = encode(&journal);
	kn_buf_done(&text);
	journal.n_files = 130;
	kn_journal_done(&journal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_member_of_every_structure_comes_back),
		cmocka_unit_test(test_an_empty_journal_comes_back_empty),
		cmocka_unit_test(test_300_random_journals_give_their_bytes_again),
		cmocka_unit_test(test_appended_text_has_its_own_sum),
		cmocka_unit_test(test_only_printable_bytes_stand_outside_of_counted_ones),
		cmocka_unit_test(test_every_cut_and_every_flipped_bit_is_found),
		cmocka_unit_test(test_what_is_not_known_is_refused_even_with_a_right_sum),
		cmocka_unit_test(test_the_line_that_is_not_known_is_named),
		cmocka_unit_test(test_what_could_not_be_read_back_is_not_written),
		cmocka_unit_test(test_the_length_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
