/* Changing ifcfg text: one line at a time, every other byte stays.
 * Layer: codec, pure. */
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg_priv.h"

static int refuse_value(const struct kn_ifcfg *file, const char *key, const char *value,
			const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, value, strnlen(value, 80));
	(void)kn_fail(err, KN_ERR_INPUT, 0, "%s=\"%s\" cannot be written to %s: %s", key,
		      kn_buf_str(&shown), file->path, why);
	return kn_hint(err, "give a value without control characters or shell assignments");
}

/* The texts an edited line consists of, in one block: raw, key and value, each with a NUL. */
static int own_line(struct ifcfg_line *line, const struct kn_buf *raw, const char *key,
		    const char *value, struct kn_error *err)
{
	struct kn_buf all = KN_BUF_INIT;
	char *block;

	kn_buf_put(&all, raw->data, raw->len);
	kn_buf_putc(&all, '\0');
	kn_buf_put(&all, key, strlen(key) + 1);
	kn_buf_put(&all, value, strlen(value) + 1);
	all.failed |= raw->failed;
	if (kn_buf_steal(&all, &block, NULL, err) < 0) {
		kn_buf_done(&all);
		return -1;
	}
	free(line->owned);
	line->owned = block;
	line->raw = block;
	line->len = raw->len;
	line->keys = block + raw->len + 1;
	line->keys_end = line->keys + strlen(line->keys) + 1;
	line->value = line->keys_end;
	return 0;
}

/* Puts @value where the old one stood. The new style is read off what was written, because the old
 * one may not have been possible for this value. */
static int edit_line(struct ifcfg_line *line, const char *value, struct kn_error *err)
{
	struct kn_buf raw KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put(&raw, line->raw, line->val_off);
	ifcfg_put_value(&raw, value, line->quote);
	size_t val_end = raw.len;
	enum ifcfg_quote quote = IFCFG_BARE;
	if (!raw.failed && val_end > line->val_off && raw.data[line->val_off] == '"')
		quote = IFCFG_DOUBLE;
	if (!raw.failed && val_end > line->val_off && raw.data[line->val_off] == '\'')
		quote = IFCFG_SINGLE;
	kn_buf_put(&raw, line->raw + line->val_end, line->len - line->val_end);
	if (own_line(line, &raw, line->keys, value, err) < 0)
		return -1;
	line->val_end = val_end;
	line->quote = quote;
	return 0;
}

/* Is there a comment, of its own or behind a value, that contains what initscripts grep for? */
static bool hides(const struct ifcfg_line *line, const char *needle)
{
	const char *hash = line->len ? memchr(line->raw, '#', line->len) : NULL;

	return hash && memmem(hash, line->len - (size_t)(hash - line->raw), needle, strlen(needle));
}

unsigned int kn_ifcfg_hidden_by(const struct kn_ifcfg *file, const char *key)
{
	const char *needle = ifcfg_eval_needle(key);
	size_t last = ifcfg_find(file, key);

	for (size_t i = 0; needle && last != SIZE_MAX && i < last; i++)
		if (hides(&file->lines[i], needle))
			return ifcfg_number(file, i);
	return 0;
}

/* Where a new line for @key goes. Only plain assignments are anchors: behind an odd line the new
 * one could become part of it. */
static size_t place(const struct kn_ifcfg *file, const char *key, const char *after)
{
	const char *needle = ifcfg_eval_needle(key);
	size_t pos = after ? ifcfg_find(file, after) : SIZE_MAX;

	if (pos == SIZE_MAX) {
		pos = file->n;
		while (pos > 0 && file->lines[pos - 1].kind != IFCFG_ASSIGN)
			pos--;
		pos = pos > 0 ? pos : file->n;
	} else {
		pos++;
	}
	/* initscripts join all lines that grep found: a comment with TYPE= hides what follows. */
	for (size_t i = 0; needle && i < pos; i++)
		if (hides(&file->lines[i], needle))
			return i;
	return pos;
}

static int add_line(struct kn_ifcfg *file, const char *key, const char *value, size_t pos,
		    struct kn_error *err)
{
	struct kn_buf raw KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct ifcfg_line line = {.kind = IFCFG_ASSIGN, .nl = true};

	kn_buf_printf(&raw, "%s=", key);
	line.val_off = raw.len;
	ifcfg_put_value(&raw, value, IFCFG_BARE);
	line.val_end = raw.len;
	line.quote = ifcfg_is_bare(value) ? IFCFG_BARE : IFCFG_DOUBLE;
	line.hash = ifcfg_hash(key, strlen(key));
	if (kn_grow(&file->lines, &file->cap, file->n + 1, sizeof(line), err) < 0 ||
	    own_line(&line, &raw, key, value, err) < 0)
		return -1;
	/* A file without a final newline stays one. */
	if (pos > 0 && !file->lines[pos - 1].nl) {
		file->lines[pos - 1].nl = true;
		line.nl = false;
	}
	memmove(file->lines + pos + 1, file->lines + pos, (file->n - pos) * sizeof(line));
	file->lines[pos] = line;
	file->n++;
	return 0;
}

int kn_ifcfg_set(struct kn_ifcfg *file, const char *key, const char *value, const char *after,
		 struct kn_error *err)
{
	if (ifcfg_guard(file, key, err) < 0)
		return -1;
	/* First, so that a value which is there already is never a reason to fail. */
	size_t i = ifcfg_find(file, key);
	if (i != SIZE_MAX && !strcmp(file->lines[i].value, value))
		return 0;
	if (!ifcfg_is_name(key, strlen(key)) || ifcfg_is_reserved(key))
		return refuse_value(file, key, value, "no reader takes this key from a file", err);
	const char *why = ifcfg_unwritable(key, value);
	if (why)
		return refuse_value(file, key, value, why, err);
	if (i != SIZE_MAX)
		return edit_line(&file->lines[i], value, err);
	return add_line(file, key, value, place(file, key, after), err);
}

int kn_ifcfg_unset(struct kn_ifcfg *file, const char *key, struct kn_error *err)
{
	uint32_t hash = ifcfg_hash(key, strlen(key));
	size_t kept = 0;

	if (ifcfg_guard(file, key, err) < 0)
		return -1;
	/* With or without a final newline is a property of the file, not of its last line. */
	bool nl = file->n == 0 || file->lines[file->n - 1].nl;
	for (size_t i = 0; i < file->n; i++) {
		struct ifcfg_line *line = &file->lines[i];

		if (line->kind == IFCFG_ASSIGN && line->hash == hash && !strcmp(line->keys, key))
			free(line->owned);
		else
			file->lines[kept++] = *line;
	}
	file->n = kept;
	if (kept > 0)
		file->lines[kept - 1].nl = nl;
	return 0;
}
