/* Look-ups by interface name: a sorted list of references.
 * Layer: plan, pure. */
#include "plan/name_index.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct kn_name_entry *x = a, *y = b;
	int r = strcmp(x->name->s, y->name->s);

	return r ? r : (x->i > y->i) - (x->i < y->i);
}

int kn_name_index_make(struct kn_name_index *ret, const void *list, size_t n, size_t size,
		       size_t offset, struct kn_error *err)
{
	struct kn_name_entry *v = calloc(n ? n : 1, sizeof(*v));

	if (!v)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < n; i++)
		v[i] = (struct kn_name_entry){
			(const struct kn_ifname *)((const char *)list + i * size + offset), i};
	qsort(v, n, sizeof(*v), compare);
	*ret = (struct kn_name_index){v, n};
	return 0;
}

void kn_name_index_done(struct kn_name_index *index)
{
	free(index->v);
	*index = (struct kn_name_index){0};
}

const struct kn_name_entry *kn_name_index_get(const struct kn_name_index *index,
					      const struct kn_ifname *name, size_t *ret_n)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(index->v[mid].name->s, name->s) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*ret_n = 0;
	while (low + *ret_n < index->n && kn_ifname_eq(index->v[low + *ret_n].name, name))
		++*ret_n;
	return index->v + low;
}
