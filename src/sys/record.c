/* Records of ours: words, counted bytes and the sum. A record that was cut or changed by a single
 * byte is never believed: FNV-1a maps different bytes at one place to different sums.
 * Layer: sys, pure. */
#include "sys/record.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/conf.h"
#include "kvmnet/num.h"

bool kn_rec_take(struct kn_rec *rec, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(rec->end - rec->p) < len || memcmp(rec->p, text, len) != 0)
		return false;
	rec->p += len;
	return true;
}

bool kn_rec_take_line(struct kn_rec *rec, char *buf, size_t size)
{
	size_t left = (size_t)(rec->end - rec->p);
	/* No longer look than the line may be: the whole stays linear. */
	const char *nl = left ? memchr(rec->p, '\n', left < size ? left : size) : NULL;

	/* A NUL inside would hide the rest of the line from whoever reads the string. */
	if (!nl || memchr(rec->p, '\0', (size_t)(nl - rec->p)))
		return false;
	memcpy(buf, rec->p, (size_t)(nl - rec->p));
	buf[nl - rec->p] = '\0';
	rec->p = nl + 1;
	return true;
}

void kn_rec_put_bytes(struct kn_buf *buf, const char *word, const char *data, size_t len)
{
	if (!data) {
		kn_buf_printf(buf, "%s absent\n", word);
		return;
	}
	kn_buf_printf(buf, "%s %zu\n", word, len);
	kn_buf_put(buf, data, len);
	kn_buf_putc(buf, '\n');
}

bool kn_rec_take_bytes(struct kn_rec *rec, const char *word, size_t max, char **ret,
		       size_t *ret_len)
{
	char number[16];
	uint32_t len;

	if (!kn_rec_take(rec, word) || !kn_rec_take(rec, " ") ||
	    !kn_rec_take_line(rec, number, sizeof(number)))
		return false;
	if (!strcmp(number, "absent")) {
		*ret = NULL;
		*ret_len = 0;
		return true;
	}
	/* The newline behind the bytes is asked for before they are copied: a length that is not
	 * theirs costs no memory. */
	if (max > UINT32_MAX || !kn_num_is(number, (uint32_t)max, &len) ||
	    (size_t)(rec->end - rec->p) < (size_t)len + 1 || rec->p[len] != '\n')
		return false;
	char *copy = malloc((size_t)len + 1);
	if (!copy) {
		rec->nomem = true;
		return false;
	}
	memcpy(copy, rec->p, len);
	copy[len] = '\0';
	*ret = copy;
	*ret_len = len;
	rec->p += len + 1;
	return true;
}

/* Exactly 16 digits, lower case: one value has one text. */
bool kn_rec_take_hash(struct kn_rec *rec, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	char word[18];
	uint64_t value = 0;

	if (!kn_rec_take_line(rec, word, sizeof(word)) || strlen(word) != 16)
		return false;
	for (const char *p = word; *p; p++) {
		const char *digit = strchr(digits, *p);

		if (!digit)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*ret = value;
	return true;
}

/* From @start, not from the buffer's beginning: a record may be appended to something. */
void kn_rec_put_sum(struct kn_buf *buf, size_t start)
{
	if (!buf->failed)
		kn_buf_printf(buf, "sum %016llx\n",
			      (unsigned long long)kn_hash64(buf->data + start, buf->len - start));
}

/* It counts for everything before it; what may follow is the caller's to ask. */
bool kn_rec_take_sum(struct kn_rec *rec)
{
	uint64_t sum, real = kn_hash64(rec->start, (size_t)(rec->p - rec->start));

	return kn_rec_take(rec, "sum ") && kn_rec_take_hash(rec, &sum) && sum == real;
}
