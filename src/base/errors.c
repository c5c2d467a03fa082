/* A list of errors: checks that tell everything they found, not only the first. Layer: base. */
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

int kn_errors_add(struct kn_errors *list, const struct kn_error *error, struct kn_error *err)
{
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	list->v[list->n++] = *error;
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct kn_error *x = a, *y = b;
	int file = strcmp(x->file, y->file);

	if (file || x->line != y->line)
		return file ? file : x->line < y->line ? -1 : 1;
	return (x->column > y->column) - (x->column < y->column);
}

void kn_errors_sort(struct kn_errors *list)
{
	if (list->n)
		qsort(list->v, list->n, sizeof(*list->v), by_place);
}

void kn_errors_done(struct kn_errors *list)
{
	free(list->v);
	*list = (struct kn_errors){0};
}
