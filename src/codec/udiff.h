/* Unified diff of two byte buffers, in the form patch(1) applies.
 * Layer: codec, pure. Source: POSIX diff -u output format; Myers, "An O(ND) Difference Algorithm".
 */
#ifndef KVMNET_CODEC_UDIFF_H
#define KVMNET_CODEC_UDIFF_H

#include "kvmnet/buf.h"
#include "kvmnet/plan.h"

/* Appends the diff of one file with @context lines of context (3 is usual). An absent side is named
 * /dev/null. Same bytes: appends nothing. A missing final newline is marked as diff(1) does. Bytes
 * are written as they are (escape for terminals later). Return: 0; -1 with KN_ERR_NOMEM. */
int kn_udiff(const struct kn_filechg *chg, unsigned int context, struct kn_buf *ret,
	     struct kn_error *err) KN_NODISCARD;

#endif
