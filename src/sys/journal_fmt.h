/* The undo journal as bytes. Private to sys/. Layer: sys, pure. */
#ifndef KVMNET_SYS_JOURNAL_FMT_H
#define KVMNET_SYS_JOURNAL_FMT_H

#include "kvmnet/buf.h"
#include "kvmnet/journal.h"

/* Appends @journal as text that ends in its own sum; strings are escaped, bytes are counted. */
void kn_journal_encode(struct kn_buf *buf, const struct kn_journal *journal);
/* The reverse; decode then encode gives the same bytes.
 * Return: 0, *ret new; -1 with KN_ERR_HOSTFILE: cut short, a wrong sum, a version or a field that
 * is not known. */
int kn_journal_decode(const char *data, size_t len, struct kn_journal *ret,
		      struct kn_error *err) KN_NODISCARD;

#endif
