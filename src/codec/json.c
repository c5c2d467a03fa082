/* JSON writer over json-c; the only file that includes it.
 * Layer: codec, pure. */
#include "codec/json.h"

#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16 };

struct kn_json {
	struct json_object *stack[DEPTH_MAX]; /* [0] owned; the others belong to their parents */
	unsigned int depth;		      /* index of the current one */
	bool failed;
};

/* The top is always an object: a document can grow fields without breaking its readers. */
int kn_json_new(struct kn_json **ret, struct kn_error *err)
{
	struct kn_json *json = calloc(1, sizeof(*json));

	if (!json)
		return kn_fail_nomem(err);
	json->stack[0] = json_object_new_object();
	if (!json->stack[0]) {
		free(json);
		return kn_fail_nomem(err);
	}
	*ret = json;
	return 0;
}

/* Members belong to their parents, so the top frees all of them. */
void kn_json_free(struct kn_json *json)
{
	if (!json)
		return;
	json_object_put(json->stack[0]);
	free(json);
}

void kn_json_freep(struct kn_json **json)
{
	kn_json_free(*json);
}

/* Takes @child (NULL is JSON's null for json-c). Return: true when it is in the document. */
static bool attach(struct kn_json *json, const char *key, struct json_object *child)
{
	struct json_object *top = json->stack[json->depth];
	int rc;

	if (json->failed)
		rc = -1;
	else if (json_object_is_type(top, json_type_array))
		rc = json_object_array_add(top, child);
	else
		rc = json_object_object_add(top, key, child);
	if (rc != 0) {
		json->failed = true;
		json_object_put(child);
	}
	return rc == 0;
}

/* As attach(), where NULL means that json-c ran out of memory. */
static bool attach_new(struct kn_json *json, const char *key, struct json_object *child)
{
	if (!child) {
		json->failed = true;
		return false;
	}
	return attach(json, key, child);
}

/* The depth is bounded, so a writer's mistake ends as an error and not in foreign memory. */
static void open_member(struct kn_json *json, const char *key, struct json_object *child)
{
	if (json->depth + 1 >= DEPTH_MAX)
		json->failed = true;
	if (attach_new(json, key, child))
		json->stack[++json->depth] = child;
}

void kn_json_object(struct kn_json *json, const char *key)
{
	open_member(json, key, json_object_new_object());
}

void kn_json_array(struct kn_json *json, const char *key)
{
	open_member(json, key, json_object_new_array());
}

/* The top stays open: one end too many must not reach below the stack. */
void kn_json_end(struct kn_json *json)
{
	if (json->depth > 0)
		json->depth--;
}

/* json-c writes bytes as they are: a parser would refuse the whole document for one bad byte. */
static void put_valid_utf8(struct kn_buf *buf, const char *data, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = kn_utf8_len(data + i, len - i);

		if (n == 0)
			kn_buf_puts(buf, "\xef\xbf\xbd");
		else
			kn_buf_put(buf, data + i, n);
		i += n ? n : 1;
	}
}

/* Replaced, not refused: a file that is not UTF-8 is a reason to show it, not to fail. */
void kn_json_bytes(struct kn_json *json, const char *key, const char *data, size_t len)
{
	struct kn_buf valid KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_valid_utf8(&valid, data, len);
	if (valid.failed || valid.len > INT_MAX) {
		json->failed = true;
		return;
	}
	attach_new(json, key, json_object_new_string_len(kn_buf_str(&valid), (int)valid.len));
}

void kn_json_str(struct kn_json *json, const char *key, const char *str)
{
	if (!str)
		kn_json_null(json, key);
	else
		kn_json_bytes(json, key, str, strlen(str));
}

void kn_json_int(struct kn_json *json, const char *key, int64_t value)
{
	attach_new(json, key, json_object_new_int64(value));
}

void kn_json_bool(struct kn_json *json, const char *key, bool value)
{
	attach_new(json, key, json_object_new_boolean(value));
}

/* json-c's null is a NULL pointer, which elsewhere means out of memory. */
void kn_json_null(struct kn_json *json, const char *key)
{
	attach(json, key, NULL);
}

void kn_json_seconds(struct kn_json *json, const char *key, uint32_t centiseconds)
{
	char text[16];

	if (centiseconds % 100 == 0) {
		kn_json_int(json, key, centiseconds / 100);
		return;
	}
	/* The text is given, as json-c would write 0.2 with all of its 17 digits. */
	(void)snprintf(text, sizeof(text), "%u.%02u", centiseconds / 100, centiseconds % 100);
	attach_new(json, key, json_object_new_double_s(centiseconds / 100.0, text));
}

/* DEL and C1 stand only inside strings here, and json-c escapes only C0. */
static void put_terminal_safe(struct kn_buf *ret, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	for (; *s; s++) {
		if (*s == 0x7f)
			kn_buf_puts(ret, "\\u007f");
		else if (*s == 0xc2 && s[1] < 0xa0)
			kn_buf_printf(ret, "\\u%04x", *++s);
		else
			kn_buf_putc(ret, (char)*s);
	}
}

/* The text belongs to the document, so it is copied before anything is freed. */
int kn_json_finish(struct kn_json *json, struct kn_buf *ret, struct kn_error *err)
{
	const char *text = NULL;

	if (!json->failed)
		text = json_object_to_json_string_ext(
			json->stack[0], JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		return kn_fail_nomem(err);
	put_terminal_safe(ret, text);
	kn_buf_putc(ret, '\n');
	return kn_buf_check(ret, err);
}
