/* The tables of everything that a journal holds: a member that is added to one of these structures
 * is one more row. Private to journal_fmt.c and its test. Layer: sys, pure. */
#ifndef KVMNET_SYS_JOURNAL_ROWS_H
#define KVMNET_SYS_JOURNAL_ROWS_H

#include "kvmnet/journal.h"
#include "sys/record.h"

/* One list of struct kn_journal, in the order in which the lists are written. */
struct kn_jlist {
	const char *word;		   /* what each line of it begins with */
	const struct kn_rec_field *fields; /* the first one is never unset */
	size_t n_fields, size;		   /* of one item */
	size_t items, n, cap;		   /* where the list is in struct kn_journal */
	/* What follows the line of one item, or NULL. */
	void (*put_more)(struct kn_buf *buf, const void *item);
	bool (*take_more)(struct kn_rec *rec, void *item);
};

extern const struct kn_jlist kn_journal_lists[];
extern const size_t kn_journal_n_lists;

/* The journal's own members; its line begins with "change". */
extern const struct kn_rec_field kn_journal_fields[];
extern const size_t kn_journal_n_fields;

/* Makes room for one more item in a list that is being read. Return: the item; NULL, .nomem set. */
void *kn_journal_add(struct kn_rec *rec, void *items, size_t *n, size_t *cap, size_t size);

#endif
