/* Growing byte buffer with a sticky error, and the array growth helper.
 * Layer: base, pure. */
#include "kvmnet/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void kn_buf_done(struct kn_buf *buf)
{
	free(buf->data);
	*buf = KN_BUF_INIT;
}

static bool reserve(struct kn_buf *buf, size_t extra)
{
	if (buf->failed)
		return false;
	if (extra >= SIZE_MAX / 2 - buf->len) {
		buf->failed = true;
		return false;
	}
	size_t need = buf->len + extra + 1;
	if (need <= buf->size)
		return true;
	size_t size = buf->size ? buf->size : 64;
	while (size < need)
		size *= 2;
	char *data = realloc(buf->data, size);
	if (!data) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->size = size;
	return true;
}

void kn_buf_put(struct kn_buf *buf, const void *data, size_t len)
{
	if (!reserve(buf, len))
		return;
	if (len)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
}

void kn_buf_puts(struct kn_buf *buf, const char *str)
{
	kn_buf_put(buf, str, strlen(str));
}

void kn_buf_putc(struct kn_buf *buf, char c)
{
	kn_buf_put(buf, &c, 1);
}

void kn_buf_printf(struct kn_buf *buf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		buf->failed = true;
		return;
	}
	if (!reserve(buf, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(buf->data + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

size_t kn_utf8_len(const void *data, size_t left)
{
	const unsigned char *s = data;

	if (s[0] < 0x80)
		return 1;
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || left < n)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* Marks that change in which direction, or on which line, what follows is shown: two different
 * texts look the same. Source: Unicode 15, chapter 23.2 (line and paragraph separator, marks,
 * embeddings, overrides, isolates). */
static bool is_order(const unsigned char *s, size_t n)
{
	if (n == 2)
		return s[0] == 0xd8 && s[1] == 0x9c; /* U+061C */
	if (n != 3 || s[0] != 0xe2)
		return false;
	if (s[1] == 0x80) /* U+200E, U+200F, U+2028 to U+202E */
		return s[2] == 0x8e || s[2] == 0x8f || (s[2] >= 0xa8 && s[2] <= 0xae);
	return s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9; /* U+2066 to U+2069 */
}

size_t kn_utf8_shown(const void *data, size_t left)
{
	const unsigned char *s = data;
	size_t n = kn_utf8_len(s, left);

	if (s[0] < 0x20 || s[0] == 0x7f || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0))
		return 0;
	return is_order(s, n) ? 0 : n;
}

void kn_buf_put_escaped(struct kn_buf *buf, const char *data, size_t len)
{
	const unsigned char *s = (const unsigned char *)data;

	for (size_t i = 0; i < len;) {
		size_t n = kn_utf8_shown(s + i, len - i);

		if (s[i] == '\\')
			kn_buf_puts(buf, "\\\\");
		else if (n)
			kn_buf_put(buf, s + i, n);
		else
			kn_buf_printf(buf, "\\x%02x", s[i]);
		i += n ? n : 1;
	}
}

const char *kn_buf_str(const struct kn_buf *buf)
{
	return buf->data ? buf->data : "";
}

int kn_buf_check(const struct kn_buf *buf, struct kn_error *err)
{
	return buf->failed ? kn_fail_nomem(err) : 0;
}

int kn_buf_steal(struct kn_buf *buf, char **ret, size_t *ret_len, struct kn_error *err)
{
	kn_buf_put(buf, "", 0);
	if (kn_buf_check(buf, err) < 0)
		return -1;
	*ret = buf->data;
	if (ret_len)
		*ret_len = buf->len;
	*buf = KN_BUF_INIT;
	return 0;
}

void kn_freep(void *p)
{
	free(*(void **)p);
}

int kn_grow(void *items, size_t *cap, size_t need, size_t size, struct kn_error *err)
{
	void **slot = items;

	if (need <= *cap)
		return 0;
	size_t cap_new = *cap ? *cap * 2 : 4;
	if (cap_new < need)
		cap_new = need;
	void *grown = reallocarray(*slot, cap_new, size);
	if (!grown)
		return kn_fail_nomem(err);
	memset((char *)grown + *cap * size, 0, (cap_new - *cap) * size);
	*slot = grown;
	*cap = cap_new;
	return 0;
}
