/* Journals for tests: one with every member set, and random ones. Layer: tests. */
#ifndef KVMNET_TESTS_JOURNAL_ROWS_H
#define KVMNET_TESTS_JOURNAL_ROWS_H

#include "kvmnet/journal.h"

/* Every member of every structure is set, and every list has a row. Return: by kn_journal_done().
 */
struct kn_journal full_journal(void);
/* The same one again for the same seed; built from the tables of the format. */
struct kn_journal random_journal(uint32_t seed);

#endif
