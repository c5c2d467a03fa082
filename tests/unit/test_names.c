/* Look-ups by name find what a search of the whole list finds, however the list came to be.
 * Layer: tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kvmnet/names.h"

#define MOST 500

struct item {
	struct kn_ifname name;
	int payload;
};

struct list {
	struct item v[MOST];
	size_t n;
	struct kn_name_table table;
};

static struct kn_ifname nth(unsigned int i)
{
	struct kn_ifname ret = {0};

	(void)snprintf(ret.s, sizeof(ret.s), "br%u", i);
	return ret;
}

static void append(struct list *list, unsigned int i)
{
	list->v[list->n++].name = nth(i);
	kn_name_table_add(&list->table, list->v, sizeof(list->v[0]), list->n, list->n - 1);
}

static size_t find(const struct list *list, const struct kn_ifname *name)
{
	return kn_name_table_find(&list->table, list->v, sizeof(list->v[0]), list->n, name);
}

/* The answer that counts. */
static size_t search(const struct list *list, const struct kn_ifname *name)
{
	size_t i = 0;

	while (i < list->n && !kn_ifname_eq(&list->v[i].name, name))
		i++;
	return i;
}

static void agree(const struct list *list, unsigned int names)
{
	for (unsigned int i = 0; i < names; i++) {
		struct kn_ifname name = nth(i);

		if (find(list, &name) != search(list, &name))
			fail_msg("%s of %zu: %zu, not %zu", name.s, list->n, find(list, &name),
				 search(list, &name));
	}
}

static void test_short_and_long_lists_are_searched_alike(void **state)
{
	struct list list = {0};

	(void)state;
	agree(&list, 3);
	for (unsigned int i = 0; i < MOST; i++) {
		append(&list, i);
		if (i < 70 || i % 97 == 0)
			agree(&list, i + 5);
	}
	agree(&list, MOST + 5);
	assert_non_null(list.table.slots);
	kn_name_table_done(&list.table);
	agree(&list, MOST + 5);
}

static void test_of_a_name_that_is_there_twice_the_first_is_found(void **state)
{
	struct list list = {0};

	(void)state;
	for (unsigned int i = 0; i < MOST; i++)
		append(&list, i % 150);
	agree(&list, 160);
	kn_name_table_done(&list.table);
}

/* As the cache of indexes does it: the last one fills the gap; and a list may be cut at its end. */
static void test_names_that_left_are_not_found(void **state)
{
	struct list list = {0};
	unsigned int next = 0;

	(void)state;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		if (list.n < 40 || (list.n < MOST && rand() % 3)) {
			append(&list, next++ % 700);
			continue;
		}
		if (rand() % 2) {
			list.n -= (size_t)rand() % 3;
			continue;
		}
		size_t gap = (size_t)rand() % list.n;
		struct kn_ifname gone = list.v[gap].name;
		if (search(&list, &gone) != gap)
			continue;
		list.v[gap] = list.v[--list.n];
		kn_name_table_add(&list.table, list.v, sizeof(list.v[0]), list.n, gap);
		for (unsigned int i = 0; i < 700; i++) {
			struct kn_ifname name = nth(i);

			assert_int_equal(find(&list, &name) < list.n,
					 search(&list, &name) < list.n);
		}
	}
	kn_name_table_done(&list.table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short_and_long_lists_are_searched_alike),
		cmocka_unit_test(test_of_a_name_that_is_there_twice_the_first_is_found),
		cmocka_unit_test(test_names_that_left_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
