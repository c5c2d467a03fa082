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

static bool is_of_the_wish(const struct kn_error *error)
{
	switch (error->kind) {
	case KN_ERR_USAGE:
	case KN_ERR_INPUT:
	case KN_ERR_REFUSED:
	case KN_ERR_HOSTFILE:
	case KN_ERR_UNSUPPORTED:
		return true;
	case KN_ERR_NONE:
	case KN_ERR_SYSTEM:
	case KN_ERR_NOMEM:
	case KN_ERR_INCOMPLETE:
	case KN_ERR_UNCONFIRMED:
	case KN_ERR_BUSY:
	case KN_ERR_PRIVILEGE:
		break;
	}
	return false;
}

int kn_errors_take(struct kn_errors *list, struct kn_error *err)
{
	struct kn_error error = *err;

	if (!list || !is_of_the_wish(err))
		return -1;
	*err = (struct kn_error){0};
	return kn_errors_add(list, &error, err);
}

int kn_errors_exit_code(const struct kn_errors *list)
{
	int least = 0;

	for (size_t i = 0; i < list->n; i++) {
		int code = kn_error_exit_code(&list->v[i]);

		if (!least || code < least)
			least = code;
	}
	return least;
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
