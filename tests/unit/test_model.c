/* model/: files as values, records of originals, lists, the plan and the table of operations with
 * its inverses. Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/buf.h"
#include "kvmnet/plan.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

static void set(struct kn_tree *tree, const char *path, const char *data)
{
	struct kn_error err;

	assert_int_equal(kn_tree_set(tree, path, data, data ? strlen(data) : 0, &err), 0);
}

static void test_a_tree_is_sorted_and_keeps_the_last_word_on_a_path(void **state)
{
	static const char *const paths[] = {"/m", "/a", "/z", "/b", "/a/b", "/y", "/0", "/mm"};
	struct kn_tree tree = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++)
		set(&tree, paths[i], "old");
	for (size_t i = 0; i < COUNT(paths); i++)
		set(&tree, paths[i], paths[i]);
	assert_int_equal(tree.n, COUNT(paths));
	for (size_t i = 0; i < tree.n; i++) {
		if (i)
			assert_true(strcmp(tree.v[i - 1].path, tree.v[i].path) < 0);
		assert_string_equal(kn_tree_get(&tree, paths[i])->data, paths[i]);
		assert_int_equal(kn_tree_get(&tree, paths[i])->len, strlen(paths[i]));
	}
	assert_null(kn_tree_get(&tree, "/c"));
	kn_tree_done(&tree);
	assert_int_equal(tree.n, 0);
}

static void test_an_absent_file_is_no_file_and_an_empty_one_is(void **state)
{
	struct kn_tree tree = {0};

	(void)state;
	set(&tree, "/empty", "");
	set(&tree, "/gone", "here");
	set(&tree, "/gone", NULL);
	set(&tree, "/never", NULL);
	assert_non_null(kn_tree_get(&tree, "/empty"));
	assert_string_equal(kn_tree_get(&tree, "/empty")->data, "");
	assert_null(kn_tree_get(&tree, "/gone"));
	assert_null(kn_tree_get(&tree, "/never"));
	assert_int_equal(tree.n, 3);
	set(&tree, "/gone", "again");
	assert_string_equal(kn_tree_get(&tree, "/gone")->data, "again");
	kn_tree_done(&tree);
}

static void test_a_file_keeps_its_nul_bytes(void **state)
{
	struct kn_tree tree = {0};
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_tree_set(&tree, "/x", "a\0b", 3, &err), 0);
	assert_int_equal(kn_tree_get(&tree, "/x")->len, 3);
	assert_memory_equal(kn_tree_get(&tree, "/x")->data, "a\0b", 4);
	kn_tree_done(&tree);
}

/* Source: draft-eastlake-fnv, test vectors of FNV-1a, 64 bit. */
static void test_the_hash_is_fnv1a(void **state)
{
	(void)state;
	assert_true(kn_hash64("", 0) == 0xcbf29ce484222325u);
	assert_true(kn_hash64("a", 1) == 0xaf63dc4c8601ec8cu);
	assert_true(kn_hash64("foobar", 6) == 0x85944171f73967e8u);
}

static void test_an_origin_is_found_by_its_path_alone(void **state)
{
	struct kn_origins origins = {0};
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_grow(&origins.v, &origins.cap, 2, sizeof(*origins.v), &err), 0);
	origins.n = 2;
	origins.v[0].path = strdup("/a");
	origins.v[1].path = strdup("/ab");
	origins.v[1].data = strdup("old");
	assert_ptr_equal(kn_origins_get(&origins, "/ab"), &origins.v[1]);
	assert_ptr_equal(kn_origins_get(&origins, "/a"), &origins.v[0]);
	assert_null(kn_origins_get(&origins, "/abc"));
	kn_origins_done(&origins);
	assert_null(kn_origins_get(&origins, "/a"));
}

/* What a file was and is to be, and whether that is a change. */
static void test_only_a_difference_is_a_change(void **state)
{
	static const struct {
		const char *before, *after; /* NULL: absent */
		bool change;
	} rows[] = {
		{NULL, NULL, false}, {"", "", false},	{"x", "x", false}, {NULL, "", true},
		{"", NULL, true},    {"x", NULL, true}, {NULL, "x", true}, {"x", "y", true},
		{"x", "xx", true},   {"xx", "x", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kn_file before = {.present = rows[i].before != NULL,
					 .data = (char *)rows[i].before,
					 .len = rows[i].before ? strlen(rows[i].before) : 0};
		struct kn_filechgs list = {0};
		struct kn_error err;
		const char *after = rows[i].after;

		assert_int_equal(kn_filechgs_add(&list, "/f", &before, after,
						 after ? strlen(after) : 0, &err),
				 0);
		assert_int_equal(list.n, rows[i].change);
		if (list.n) {
			assert_int_equal(list.v[0].before_present, before.present);
			assert_int_equal(list.v[0].after_present, after != NULL);
			assert_true(!after || !strcmp(list.v[0].after, after));
			assert_true(!before.present || !strcmp(list.v[0].before, before.data));
		}
		kn_filechgs_done(&list);
	}
}

static void test_a_file_that_nobody_looked_at_counts_as_absent(void **state)
{
	struct kn_filechgs list = {0};
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_filechgs_add(&list, "/f", NULL, NULL, 0, &err), 0);
	assert_int_equal(list.n, 0);
	assert_int_equal(kn_filechgs_add(&list, "/f", NULL, "x", 1, &err), 0);
	assert_false(list.v[0].before_present);
	kn_filechgs_done(&list);
}

/* An operation whose every byte is different, so that nothing that gets lost goes unseen. */
static struct kn_op patterned(enum kn_op_kind kind)
{
	struct kn_op op;
	unsigned char *bytes = (unsigned char *)&op;

	for (size_t i = 0; i < sizeof(op); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256 + 1);
	op.kind = kind;
	/* the one kind whose inverse looks at a truth value, which is no pattern */
	if (kind == KN_OP_NET_AUTOSTART) {
		op.net.on = true;
		op.net.was_on = false;
	}
	return op;
}

static void test_the_inverse_of_the_inverse_is_the_operation(void **state)
{
	size_t pairs = 0;

	(void)state;
	for (enum kn_op_kind kind = KN_OP_NONE + 1; kind < KN_OP_COUNT; kind++) {
		struct kn_op op = patterned(kind), inverse, again;

		if (!kn_op_inverse(&op, &inverse) || !kn_op_inverse(&inverse, &again))
			continue;
		pairs++;
		/* what was put in front is taken away, and would come back at the end; what is
		 * only kept in mind comes back, and goes by deletion */
		if (kind == KN_OP_ROUTE_PREPEND || kind == KN_OP_NEIGH_KEEP)
			again.kind = kind;
		if (memcmp(&op, &again, sizeof(op)) != 0)
			fail_msg("%s twice undone is %s", kn_op_info(kind)->word,
				 kn_op_info(again.kind)->word);
	}
	assert_true(pairs > 20);
}

static void test_the_inverse_is_the_tables_and_by_the_same_hand(void **state)
{
	(void)state;
	for (enum kn_op_kind kind = KN_OP_NONE + 1; kind < KN_OP_COUNT; kind++) {
		const struct kn_op_info *info = kn_op_info(kind);
		struct kn_op op = patterned(kind), inverse = {.kind = KN_OP_NONE};

		assert_int_equal(kn_op_inverse(&op, &inverse), info->inverse != KN_OP_NONE);
		assert_int_equal(inverse.kind, info->inverse);
		if (info->inverse)
			assert_int_equal(kn_op_info(info->inverse)->participant, info->participant);
	}
}

/* A row that is its own inverse has to swap something, or undo would do it again. */
static void test_what_is_its_own_inverse_swaps_now_and_before(void **state)
{
	size_t found = 0;

	(void)state;
	for (enum kn_op_kind kind = KN_OP_NONE + 1; kind < KN_OP_COUNT; kind++) {
		struct kn_op op = patterned(kind), inverse;

		/* a file's both sides stand in the list that the operation points into */
		if (kn_op_info(kind)->inverse != kind || kind == KN_OP_FILE)
			continue;
		found++;
		assert_true(kn_op_inverse(&op, &inverse));
		if (!memcmp(&op, &inverse, sizeof(op)))
			fail_msg("%s undone is the same again", kn_op_info(kind)->word);
	}
	assert_true(found > 8);
}

static void test_every_operation_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (enum kn_op_kind a = KN_OP_NONE + 1; a < KN_OP_COUNT; a++) {
		const char *word = kn_op_info(a)->word;

		assert_true(word[0] &&
			    strspn(word, "abcdefghijklmnopqrstuvwxyz-6v") == strlen(word));
		for (enum kn_op_kind b = a + 1; b < KN_OP_COUNT; b++)
			assert_string_not_equal(word, kn_op_info(b)->word);
	}
}

static void test_a_plan_is_empty_without_operations_whatever_its_notes(void **state)
{
	struct kn_plan plan = {0};
	struct kn_op op = {.kind = KN_OP_LINK_UP};
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_plan_note(&plan, KN_NOTE_WARNING, &err, "%d of %s", 2, "x"), 0);
	assert_true(kn_plan_is_empty(&plan));
	assert_string_equal(plan.notes[0].text, "2 of x");
	for (int i = 0; i < 20; i++)
		assert_int_equal(kn_plan_add_op(&plan, &op, &err), 0);
	assert_false(kn_plan_is_empty(&plan));
	assert_int_equal(plan.n_ops, 20);
	assert_int_equal(plan.ops[19].kind, KN_OP_LINK_UP);
	kn_plan_done(&plan);
	assert_true(kn_plan_is_empty(&plan));
}

/* Every group by itself: only its own fields come over, and twice is once. */
static void test_groups_are_copied_as_a_whole_and_alone(void **state)
{
	static const unsigned int groups[] = {KN_GROUP_ADDR, KN_GROUP_GATEWAY, KN_GROUP_DNS,
					      KN_GROUP_ROUTES, KN_GROUP_IP};
	struct kn_ipconf src = {
		.dhcp4 = true, .no_defroute = true, .has_metric = true, .metric = 5};
	struct kn_route route = KN_ROUTE_INIT;
	struct kn_cidr cidr;
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_cidr_parse("10.0.0.1/8", "a", &cidr, &err), 0);
	assert_true(kn_ip_is("10.0.0.2", &src.gateway4));
	assert_int_equal(kn_cidrs_add(&src.addrs, &cidr, &err), 0);
	assert_int_equal(kn_ips_add(&src.dns, &src.gateway4, &err), 0);
	assert_int_equal(kn_strv_add(&src.search, "lab", &err), 0);
	assert_int_equal(kn_routes_add(&src.routes, &route, &err), 0);
	for (size_t i = 0; i < COUNT(groups); i++) {
		struct kn_ipconf dst = {0};

		for (int twice = 0; twice < 2; twice++)
			assert_int_equal(kn_ipconf_copy(&dst, &src, groups[i], &err), 0);
		bool addr = groups[i] & KN_GROUP_ADDR, gateway = groups[i] & KN_GROUP_GATEWAY;
		assert_int_equal(dst.dhcp4, addr);
		assert_int_equal(dst.addrs.n, addr);
		assert_int_equal(kn_ipconf_has_no_addr(&dst), !addr);
		assert_int_equal(dst.gateway4.family != KN_FAMILY_NONE, gateway);
		assert_int_equal(dst.metric, gateway ? 5 : 0);
		assert_int_equal(dst.has_metric && dst.no_defroute, gateway);
		assert_int_equal(dst.dns.n, (groups[i] & KN_GROUP_DNS) != 0);
		assert_int_equal(kn_strv_has(&dst.search, "lab"), dst.dns.n);
		assert_int_equal(dst.routes.n, (groups[i] & KN_GROUP_ROUTES) != 0);
		kn_ipconf_done(&dst);
	}
	kn_ipconf_done(&src);
}

static void test_routes_are_the_same_by_what_the_kernel_tells_them_apart(void **state)
{
	struct kn_route a = KN_ROUTE_INIT, b;
	struct kn_error err;

	(void)state;
	assert_int_equal(kn_cidr_parse("10.0.0.0/8", "a", &a.dst, &err), 0);
	assert_true(kn_ip_is("10.9.9.9", &a.gateway));
	b = a;
	b.dev = (struct kn_ifname){"br0"};
	b.has_metric = true; /* no metric is metric 0 */
	assert_true(kn_route_same(&a, &b));
	assert_false(kn_route_is_default(&a));
	b.metric = 1;
	assert_false(kn_route_same(&a, &b));
	b = a;
	b.table = 100;
	assert_false(kn_route_same(&a, &b));
	b = a;
	b.dst.prefix_len = 0;
	assert_true(kn_route_is_default(&b));
	assert_false(kn_route_same(&a, &b));
	b = a;
	b.gateway.family = KN_FAMILY_NONE;
	assert_false(kn_route_same(&a, &b));
}

static void test_a_rule_is_forced_by_its_full_name(void **state)
{
	struct kn_spec spec = {0};
	struct kn_error err;

	(void)state;
	assert_false(kn_spec_forces(&spec, "port-taken"));
	assert_int_equal(kn_strv_add(&spec.force, "port-take", &err), 0);
	assert_int_equal(kn_strv_add(&spec.force, "port-taken-x", &err), 0);
	assert_false(kn_spec_forces(&spec, "port-taken"));
	assert_int_equal(kn_strv_add(&spec.force, "port-taken", &err), 0);
	assert_true(kn_spec_forces(&spec, "port-taken"));
	kn_spec_done(&spec);
	assert_int_equal(spec.force.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tree_is_sorted_and_keeps_the_last_word_on_a_path),
		cmocka_unit_test(test_an_absent_file_is_no_file_and_an_empty_one_is),
		cmocka_unit_test(test_a_file_keeps_its_nul_bytes),
		cmocka_unit_test(test_the_hash_is_fnv1a),
		cmocka_unit_test(test_an_origin_is_found_by_its_path_alone),
		cmocka_unit_test(test_only_a_difference_is_a_change),
		cmocka_unit_test(test_a_file_that_nobody_looked_at_counts_as_absent),
		cmocka_unit_test(test_the_inverse_of_the_inverse_is_the_operation),
		cmocka_unit_test(test_the_inverse_is_the_tables_and_by_the_same_hand),
		cmocka_unit_test(test_what_is_its_own_inverse_swaps_now_and_before),
		cmocka_unit_test(test_every_operation_has_a_word_of_its_own),
		cmocka_unit_test(test_a_plan_is_empty_without_operations_whatever_its_notes),
		cmocka_unit_test(test_groups_are_copied_as_a_whole_and_alone),
		cmocka_unit_test(test_routes_are_the_same_by_what_the_kernel_tells_them_apart),
		cmocka_unit_test(test_a_rule_is_forced_by_its_full_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
