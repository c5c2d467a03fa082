/* A list of errors: checks that tell everything they found, not only the first. Layer: base. */
#include <stdlib.h>

#include "kvmnet/buf.h"

int kn_errors_add(struct kn_errors *list, const struct kn_error *error, struct kn_error *err)
{
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	list->v[list->n++] = *error;
	return 0;
}

void kn_errors_done(struct kn_errors *list)
{
	free(list->v);
	*list = (struct kn_errors){0};
}
