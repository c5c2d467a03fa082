/* A growing byte buffer with a sticky error: renderers write and check once at the end.
 * Layer: base, pure. */
#ifndef KVMNET_BUF_H
#define KVMNET_BUF_H

#include <stddef.h>

#include "kvmnet/error.h"

#define KN_CLEANUP(fn) __attribute__((cleanup(fn)))

struct kn_buf {
	char *data;  /* owned; NUL-terminated whenever not NULL */
	size_t len;  /* bytes, without the NUL; may contain NUL bytes */
	size_t size; /* bytes allocated */
	bool failed; /* an allocation failed: all later writes are dropped */
};

#define KN_BUF_INIT ((struct kn_buf){0})

/* Frees the content. A zeroed or already freed buffer is fine. */
void kn_buf_done(struct kn_buf *buf);

/* Appends @len bytes / a string / one byte / printf text. Errors are sticky in .failed. */
void kn_buf_put(struct kn_buf *buf, const void *data, size_t len);
void kn_buf_puts(struct kn_buf *buf, const char *str);
void kn_buf_putc(struct kn_buf *buf, char c);
void kn_buf_printf(struct kn_buf *buf, const char *fmt, ...) KN_PRINTF(2, 3);

/* Appends host data so that no control byte reaches a terminal, and nothing looks like something
 * else: C0, DEL, C1, invalid UTF-8 and marks of direction (U+202E and its like) become \xNN for
 * each byte, a backslash becomes \\. */
void kn_buf_put_escaped(struct kn_buf *buf, const char *data, size_t len);

/* Length of the valid UTF-8 sequence at @data (1..4), or 0: invalid, or longer than @left bytes.
 * @left must not be 0. Source: RFC 3629, section 4. */
size_t kn_utf8_len(const void *data, size_t left);

/* The same, or 0: not to be shown as it is, because a terminal obeys it or people are misled. */
size_t kn_utf8_shown(const void *data, size_t left);

/* The text so far, "" when empty; borrowed until the next write. */
const char *kn_buf_str(const struct kn_buf *buf);

/* Hands over the heap block (never NULL on success, NUL-terminated; *ret_len may be NULL).
 * Return: 0; -1 with KN_ERR_NOMEM when a write failed. */
int kn_buf_steal(struct kn_buf *buf, char **ret, size_t *ret_len,
		 struct kn_error *err) KN_NODISCARD;

/* Return: 0; -1 with KN_ERR_NOMEM when a write failed. */
int kn_buf_check(const struct kn_buf *buf, struct kn_error *err) KN_NODISCARD;

/* free() for KN_CLEANUP on a char *. */
void kn_freep(void *p);

/* Grows the array *@items (element @size bytes) to hold @need elements, zeroing new ones.
 * @cap is its capacity, updated. Return: 0; -1 with KN_ERR_NOMEM, nothing changed. */
int kn_grow(void *items, size_t *cap, size_t need, size_t size, struct kn_error *err) KN_NODISCARD;

#endif
