/* The text of one record of an original: versioned, with lengths in front of bytes and a sum at
 * the end, so that a cut or damaged record is noticed and never half believed. Layer: sys, pure.
 *
 *	kvmnet-origin 1
 *	path 40
 *	/etc/sysconfig/network-scripts/ifcfg-eth0
 *	bridge br0
 *	was 123			(or "was absent")
 *	...123 bytes...
 *	written present 00112233aabbccdd
 *	sum 0123456789abcdef	(FNV-1a of all bytes before this line)
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

#define HEAD "kvmnet-origin 1\n"

void kn_origin_escape(struct kn_buf *buf, const char *path)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._-";

	for (const char *p = path; *p; p++) {
		if (strchr(plain, *p))
			kn_buf_putc(buf, *p);
		else
			kn_buf_printf(buf, "%%%02X", (unsigned char)*p);
	}
}

void kn_origin_encode(struct kn_buf *buf, const struct kn_origin *origin)
{
	size_t start = buf->len;

	kn_buf_puts(buf, HEAD);
	kn_buf_printf(buf, "path %zu\n%s\n", strlen(origin->path), origin->path);
	kn_buf_printf(buf, "bridge %s\n", origin->bridge.s);
	if (origin->was_present) {
		kn_buf_printf(buf, "was %zu\n", origin->len);
		kn_buf_put(buf, origin->data, origin->len);
		kn_buf_putc(buf, '\n');
	} else {
		kn_buf_puts(buf, "was absent\n");
	}
	kn_buf_printf(buf, "written %s %016llx\n", origin->written_present ? "present" : "absent",
		      (unsigned long long)origin->written_hash);
	if (!buf->failed)
		kn_buf_printf(buf, "sum %016llx\n",
			      (unsigned long long)kn_hash64(buf->data + start, buf->len - start));
}

struct cursor {
	const char *start, *p, *end;
};

/* Steps over @text when it comes next. */
static bool take(struct cursor *c, const char *text)
{
	size_t len = strlen(text);

	if ((size_t)(c->end - c->p) < len || memcmp(c->p, text, len) != 0)
		return false;
	c->p += len;
	return true;
}

/* The rest of the line as a string, at most @size - 1 bytes; steps over the newline. */
static bool take_word(struct cursor *c, char *buf, size_t size)
{
	const char *nl = memchr(c->p, '\n', (size_t)(c->end - c->p));

	if (!nl || (size_t)(nl - c->p) >= size || memchr(c->p, '\0', (size_t)(nl - c->p)))
		return false;
	memcpy(buf, c->p, (size_t)(nl - c->p));
	buf[nl - c->p] = '\0';
	c->p = nl + 1;
	return true;
}

/* "N\n", N bytes, "\n". */
static bool take_bytes(struct cursor *c, size_t max, char **ret, size_t *ret_len)
{
	char word[16];
	uint32_t len;

	if (!take_word(c, word, sizeof(word)) || !kn_num_is(word, (uint32_t)max, &len) ||
	    (size_t)(c->end - c->p) < (size_t)len + 1 || c->p[len] != '\n')
		return false;
	*ret = malloc((size_t)len + 1);
	if (!*ret)
		return false;
	memcpy(*ret, c->p, len);
	(*ret)[len] = '\0';
	*ret_len = len;
	c->p += len + 1;
	return true;
}

/* Exactly 16 digits, lower case: one value has one text. */
static bool take_hex(struct cursor *c, uint64_t *ret)
{
	char word[18];
	uint64_t value = 0;

	if (!take_word(c, word, sizeof(word)) || strlen(word) != 16)
		return false;
	for (const char *p = word; *p; p++) {
		static const char digits[] = "0123456789abcdef";
		const char *digit = strchr(digits, *p);

		if (!digit)
			return false;
		value = value << 4 | (uint64_t)(digit - digits);
	}
	*ret = value;
	return true;
}

/* A NUL inside would make the path another one than the bytes say. */
static bool take_path(struct cursor *c, struct kn_origin *origin)
{
	size_t len;

	return take(c, "path ") && take_bytes(c, PATH_MAX, &origin->path, &len) &&
	       strlen(origin->path) == len && origin->path[0] == '/';
}

/* "" is allowed: a record made without a bridge. */
static bool take_bridge(struct cursor *c, struct kn_origin *origin)
{
	return take(c, "bridge ") && take_word(c, origin->bridge.s, sizeof(origin->bridge.s)) &&
	       !strchr(origin->bridge.s, '/');
}

/* "absent" and an empty file are different originals. */
static bool take_was(struct cursor *c, struct kn_origin *origin)
{
	if (take(c, "was absent\n"))
		return true;
	origin->was_present = true;
	return take(c, "was ") && take_bytes(c, KN_FILE_MAX, &origin->data, &origin->len);
}

static bool take_written(struct cursor *c, struct kn_origin *origin)
{
	origin->written_present = take(c, "written present ");
	return (origin->written_present || take(c, "written absent ")) &&
	       take_hex(c, &origin->written_hash);
}

/* The sum is checked last and counts for all before it; nothing may follow. */
static bool take_sum(struct cursor *c)
{
	uint64_t sum, real = kn_hash64(c->start, (size_t)(c->p - c->start));

	return take(c, "sum ") && take_hex(c, &sum) && sum == real && c->p == c->end;
}

int kn_origin_decode(const char *data, size_t len, struct kn_origin *ret, struct kn_error *err)
{
	struct cursor c = {data, data, data + len};
	struct kn_origin origin = {0};
	const char *what = NULL;

	if (!take(&c, HEAD))
		what = "it is not a record of version 1";
	else if (!take_path(&c, &origin) || !take_bridge(&c, &origin) || !take_was(&c, &origin) ||
		 !take_written(&c, &origin))
		what = "it is cut or damaged";
	else if (!take_sum(&c))
		what = "its checksum is wrong";
	if (!what) {
		*ret = origin;
		return 0;
	}
	free(origin.path);
	free(origin.data);
	return kn_fail(err, KN_ERR_HOSTFILE, 0, "the record cannot be used: %s", what);
}
