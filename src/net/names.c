/* Look-ups by interface name: a table of hashes with linear probing. What it says is looked up in
 * the list, so that an entry whose element has left does no harm.
 * Layer: net, pure. */
#include "kvmnet/names.h"

#include <stdlib.h>
#include <string.h>

#define SHORT 32 /* elements: searching so many costs no more than a hash */

/* FNV-1a. Source: RFC 9923. */
static size_t hash(const struct kn_ifname *name)
{
	uint32_t h = 2166136261u;

	for (const char *p = name->s; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	return h;
}

static const struct kn_ifname *name_at(const void *list, size_t size, size_t i)
{
	return (const struct kn_ifname *)((const char *)list + i * size);
}

static void put(struct kn_name_table *table, const void *list, size_t size, size_t i)
{
	size_t slot = hash(name_at(list, size, i)) & (table->n_slots - 1);

	while (table->slots[slot])
		slot = (slot + 1) & (table->n_slots - 1);
	table->slots[slot] = (uint32_t)i + 1;
	table->n_used++;
}

void kn_name_table_done(struct kn_name_table *table)
{
	free(table->slots);
	*table = (struct kn_name_table){0};
}

void kn_name_table_add(struct kn_name_table *table, const void *list, size_t size, size_t n,
		       size_t i)
{
	if (!table->slots && n < SHORT)
		return;
	if (table->slots && table->n_used < table->n_slots / 2) {
		put(table, list, size, i);
		return;
	}
	kn_name_table_done(table);
	for (table->n_slots = SHORT; table->n_slots < 4 * n;)
		table->n_slots *= 2;
	table->slots = n < UINT32_MAX ? calloc(table->n_slots, sizeof(*table->slots)) : NULL;
	for (size_t k = 0; table->slots && k < n; k++)
		put(table, list, size, k);
}

size_t kn_name_table_find(const struct kn_name_table *table, const void *list, size_t size,
			  size_t n, const struct kn_ifname *name)
{
	if (!table->slots) {
		for (size_t i = 0; i < n; i++)
			if (kn_ifname_eq(name_at(list, size, i), name))
				return i;
		return n;
	}
	for (size_t slot = hash(name) & (table->n_slots - 1); table->slots[slot];
	     slot = (slot + 1) & (table->n_slots - 1)) {
		size_t i = table->slots[slot] - 1;

		if (i < n && kn_ifname_eq(name_at(list, size, i), name))
			return i;
	}
	return n;
}
