/* JSON documents: a writer that cannot make an unbalanced or invalid one.
 * Layer: codec, pure. Hides json-c, so that its rules (what it does with invalid UTF-8, slashes,
 * out of memory) are dealt with in one place. */
#ifndef KVMNET_CODEC_JSON_H
#define KVMNET_CODEC_JSON_H

#include <stdint.h>

#include "kvmnet/buf.h"

struct kn_json; /* opaque: one document being written; its errors are sticky */

/* Starts a document whose top is an object. Return: 0, new; -1 with KN_ERR_NOMEM. */
int kn_json_new(struct kn_json **ret, struct kn_error *err) KN_NODISCARD;
void kn_json_free(struct kn_json *json);
void kn_json_freep(struct kn_json **json); /* for KN_CLEANUP */

/* Opens a member and makes it the current one, until kn_json_end().
 * @key: the member's name, ASCII, borrowed; NULL inside an array. At most 15 levels. */
void kn_json_object(struct kn_json *json, const char *key);
void kn_json_array(struct kn_json *json, const char *key);
void kn_json_end(struct kn_json *json);

/* Adds a value to the current object or array. Every byte of a string that is no valid UTF-8
 * becomes U+FFFD; NUL bytes are kept. NULL strings become null. */
void kn_json_str(struct kn_json *json, const char *key, const char *str);
void kn_json_bytes(struct kn_json *json, const char *key, const char *data, size_t len);
void kn_json_int(struct kn_json *json, const char *key, int64_t value);
void kn_json_bool(struct kn_json *json, const char *key, bool value);
void kn_json_null(struct kn_json *json, const char *key);
/* Centiseconds as a number of seconds: 1500 is written 15, 150 is written 1.50. */
void kn_json_seconds(struct kn_json *json, const char *key, uint32_t centiseconds);

/* Appends the document to @ret: two spaces of indentation, slashes as they are, control characters
 * as \u00NN (also DEL and C1, which a terminal would obey), one newline at the end.
 * Return: 0; -1 with KN_ERR_NOMEM when anything before failed, @ret untouched. */
int kn_json_finish(struct kn_json *json, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
