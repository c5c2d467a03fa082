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

#include "sys/priv.h"
#include "sys/record.h"

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
	kn_rec_put_bytes(buf, "path", origin->path, strlen(origin->path));
	kn_buf_printf(buf, "bridge %s\n", origin->bridge.s);
	kn_rec_put_bytes(buf, "was", origin->was_present ? origin->data : NULL, origin->len);
	kn_buf_printf(buf, "written %s %016llx\n", origin->written_present ? "present" : "absent",
		      (unsigned long long)origin->written_hash);
	kn_rec_put_sum(buf, start);
}

/* A NUL inside would make the path another one than the bytes say. */
static bool take_path(struct kn_rec *rec, struct kn_origin *origin)
{
	size_t len;

	return kn_rec_take_bytes(rec, "path", PATH_MAX, &origin->path, &len) && origin->path &&
	       strlen(origin->path) == len && origin->path[0] == '/';
}

/* "" is allowed: a record made without a bridge. */
static bool take_bridge(struct kn_rec *rec, struct kn_origin *origin)
{
	return kn_rec_take(rec, "bridge ") &&
	       kn_rec_take_line(rec, origin->bridge.s, sizeof(origin->bridge.s)) &&
	       !strchr(origin->bridge.s, '/');
}

/* "absent" and an empty file are different originals. */
static bool take_was(struct kn_rec *rec, struct kn_origin *origin)
{
	bool ok = kn_rec_take_bytes(rec, "was", KN_FILE_MAX, &origin->data, &origin->len);

	origin->was_present = origin->data != NULL;
	return ok;
}

static bool take_written(struct kn_rec *rec, struct kn_origin *origin)
{
	origin->written_present = kn_rec_take(rec, "written present ");
	return (origin->written_present || kn_rec_take(rec, "written absent ")) &&
	       kn_rec_take_hash(rec, &origin->written_hash);
}

int kn_origin_decode(const char *data, size_t len, struct kn_origin *ret, struct kn_error *err)
{
	struct kn_rec rec = {.start = data, .p = data, .end = data + len};
	struct kn_origin origin = {0};
	const char *what = NULL;

	if (!kn_rec_take(&rec, HEAD))
		what = "it is not a record of version 1";
	else if (!take_path(&rec, &origin) || !take_bridge(&rec, &origin) ||
		 !take_was(&rec, &origin) || !take_written(&rec, &origin))
		what = "it is cut or damaged";
	else if (!kn_rec_take_sum(&rec) || rec.p != rec.end)
		what = "its checksum is wrong";
	if (!what) {
		*ret = origin;
		return 0;
	}
	free(origin.path);
	free(origin.data);
	if (rec.nomem)
		return kn_fail_nomem(err);
	return kn_fail(err, KN_ERR_HOSTFILE, 0, "the record cannot be used: %s", what);
}
