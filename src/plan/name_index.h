/* Look-ups by interface name in lists of thousands. Layer: plan, pure. */
#ifndef KVMNET_PLAN_NAME_INDEX_H
#define KVMNET_PLAN_NAME_INDEX_H

#include "kvmnet/net.h"

struct kn_name_entry {
	const struct kn_ifname *name; /* borrowed */
	size_t i;		      /* in the list */
};

/* The list's elements sorted by name; those of one name keep their order. */
struct kn_name_index {
	struct kn_name_entry *v; /* owned */
	size_t n;
};

/* @list: @n elements of @size bytes, whose name lies @offset bytes in; borrowed as long as the
 * index lives. Return: 0, *ret new; -1 with KN_ERR_NOMEM. */
int kn_name_index_make(struct kn_name_index *ret, const void *list, size_t n, size_t size,
		       size_t offset, struct kn_error *err) KN_NODISCARD;
void kn_name_index_done(struct kn_name_index *index);
/* Those called @name. *ret_n: how many. Return: the first, borrowed. */
const struct kn_name_entry *kn_name_index_get(const struct kn_name_index *index,
					      const struct kn_ifname *name, size_t *ret_n);

#endif
