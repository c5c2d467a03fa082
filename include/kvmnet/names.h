/* Look-ups by interface name in lists that grow: what a host with thousands of links needs.
 * Layer: net, pure. */
#ifndef KVMNET_NAMES_H
#define KVMNET_NAMES_H

#include "kvmnet/net.h"

/* Beside a list whose elements begin with their name. Nothing is kept of short lists, and without
 * memory for it look-ups search the list: what is found never depends on the table. Elements may
 * leave at the list's end; where others move up, kn_name_table_done() starts it anew. */
struct kn_name_table {
	uint32_t *slots; /* owned: index + 1; 0 = free; NULL = none yet */
	size_t n_slots;	 /* a power of two */
	size_t n_used;
};

/* Element @i of @list, @n elements of @size bytes, was put there. */
void kn_name_table_add(struct kn_name_table *table, const void *list, size_t size, size_t n,
		       size_t i);
/* @n: elements of @list. Return: the index of the first called @name; @n = none. */
size_t kn_name_table_find(const struct kn_name_table *table, const void *list, size_t size,
			  size_t n, const struct kn_ifname *name);
void kn_name_table_done(struct kn_name_table *table);

#endif
