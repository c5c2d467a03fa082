/* The undo journal as bytes. Private to sys/. Layer: sys, pure. */
#ifndef KVMNET_SYS_JOURNAL_FMT_H
#define KVMNET_SYS_JOURNAL_FMT_H

#include "kvmnet/buf.h"
#include "kvmnet/journal.h"

/* Bytes of the longest one. That of a host with 20 routes and two files has about 8,000. */
#define KN_JOURNAL_MAX (16u * 1024 * 1024)

/* Appends @journal as text that ends in its own sum; strings are escaped, bytes are counted.
 * Linear. Fails @buf also for a journal that kn_journal_decode() would refuse (too long, a value
 * outside its type). */
void kn_journal_encode(struct kn_buf *buf, const struct kn_journal *journal);
/* The reverse; decode then encode gives the same bytes.
 * Return: 0, *ret new; -1 with KN_ERR_HOSTFILE: cut short, a wrong sum, a version or a field that
 * is not known. */
int kn_journal_decode(const char *data, size_t len, struct kn_journal *ret,
		      struct kn_error *err) KN_NODISCARD;

#endif
