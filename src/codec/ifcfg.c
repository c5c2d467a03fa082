/* ifcfg text: opening, reading by key, refusing, writing out.
 * Layer: codec, pure. */
#include "codec/ifcfg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "codec/ifcfg_priv.h"

int kn_ifcfg_parse(const char *path, const char *data, size_t len, struct kn_ifcfg **ret,
		   struct kn_error *err)
{
	struct kn_ifcfg *file = calloc(1, sizeof(*file));

	if (!file)
		return kn_fail_nomem(err);
	file->path = strdup(path);
	/* Text and shadow in one block: a file costs four allocations, however many lines it has.
	 */
	if (len < SIZE_MAX / 2 - 2)
		file->text = malloc(2 * len + 2);
	if (!file->path || !file->text) {
		kn_ifcfg_free(file);
		return kn_fail_nomem(err);
	}
	if (len)
		memcpy(file->text, data, len);
	file->text[len] = '\0';
	file->len = len;
	if (ifcfg_parse_text(file, file->text + len + 1, err) < 0) {
		kn_ifcfg_free(file);
		return -1;
	}
	*ret = file;
	return 0;
}

void kn_ifcfg_free(struct kn_ifcfg *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->n; i++)
		free(file->lines[i].owned);
	free(file->lines);
	free(file->text);
	free(file->path);
	free(file);
}

/* The hash settles nearly every comparison without touching the key's memory. */
static bool is_key(const struct ifcfg_line *line, const char *key, uint32_t hash)
{
	return line->kind == IFCFG_ASSIGN && line->hash == hash && !strcmp(line->keys, key);
}

/* From the end: the last duplicate wins in every reader. */
size_t ifcfg_find(const struct kn_ifcfg *file, const char *key)
{
	uint32_t hash = ifcfg_hash(key, strlen(key));

	for (size_t i = file->n; i-- > 0;)
		if (is_key(&file->lines[i], key, hash))
			return i;
	return SIZE_MAX;
}

/* The physical line around @at, as far as it fits. Its bytes stay as they are: who prints them
 * escapes them, and the column counts in them. */
static void set_excerpt(const struct kn_ifcfg *file, const char *at, struct kn_error *err)
{
	const char *start = at, *end = at, *stop = file->text + file->len;
	size_t size = sizeof(err->excerpt);

	while (start > file->text && start[-1] != '\n')
		start--;
	while (end < stop && *end != '\n')
		end++;
	size_t full = (size_t)(end - start), len = full < size ? full : size - 4;
	/* Cut between characters, so that the excerpt stays UTF-8. */
	while (len < full && len > 0 && ((unsigned char)start[len] & 0xc0) == 0x80)
		len--;
	for (size_t i = 0; i < len; i++)
		err->excerpt[i] = start[i] ? start[i] : '?';
	if (len < full)
		memcpy(err->excerpt + len, "...", 4);
	else
		err->excerpt[len] = '\0';
}

/* @at: the culprit, in file->text; @number: the physical line it stands in. */
static int refuse(const struct kn_ifcfg *file, const char *key, const char *why, const char *at,
		  unsigned int number, struct kn_error *err)
{
	unsigned int column = 1;

	for (const char *p = at; p > file->text && p[-1] != '\n'; p--)
		column++;
	(void)kn_fail(err, KN_ERR_HOSTFILE, 0,
		      "%s cannot be read or changed safely: the programs that read this file do "
		      "not take this line alike (%s)",
		      key, why);
	if (at < file->text + file->len && *at == '\r')
		(void)kn_hint(err, "remove the carriage returns:  sed -i 's/\\r$//' FILE");
	else
		(void)kn_hint(err, "write it as plain KEY=value, one assignment per line, no shell "
				   "code");
	(void)kn_at(err, file->path, number, column);
	set_excerpt(file, at, err);
	return -1;
}

/* An odd line may span several physical ones: the culprit's own line is named. */
static int refuse_line(const struct kn_ifcfg *file, const struct ifcfg_line *line, const char *key,
		       struct kn_error *err)
{
	const char *at = line->raw + line->why_off;
	unsigned int number = line->number;

	for (const char *p = line->raw; p < at; p++)
		number += *p == '\n';
	return refuse(file, key, line->why, at, number, err);
}

/* An earlier or later plain assignment does not help: which of the two wins is what the readers
 * disagree on. */
int ifcfg_guard(const struct kn_ifcfg *file, const char *key, struct kn_error *err)
{
	if (file->poison)
		return refuse(file, key, file->poison, file->text + file->poison_off,
			      file->poison_number, err);
	if (file->n_odd == 0)
		return 0;
	for (size_t i = 0; i < file->n; i++) {
		const struct ifcfg_line *line = &file->lines[i];

		if (line->kind != IFCFG_ODD)
			continue;
		for (const char *k = line->keys; k < line->keys_end; k += strlen(k) + 1)
			if (!strcmp(k, key))
				return refuse_line(file, line, key, err);
	}
	return 0;
}

int kn_ifcfg_get(struct kn_ifcfg *file, const char *key, const char **ret, struct kn_error *err)
{
	if (ifcfg_guard(file, key, err) < 0)
		return -1;
	size_t i = ifcfg_find(file, key);
	*ret = i == SIZE_MAX || !*file->lines[i].value ? NULL : file->lines[i].value;
	return 0;
}

bool kn_ifcfg_has(const struct kn_ifcfg *file, const char *key)
{
	return ifcfg_find(file, key) != SIZE_MAX;
}

unsigned int kn_ifcfg_count(const struct kn_ifcfg *file, const char *key)
{
	uint32_t hash = ifcfg_hash(key, strlen(key));
	unsigned int count = 0;

	for (size_t i = 0; i < file->n; i++)
		count += is_key(&file->lines[i], key, hash);
	return count;
}

/* Counted in the text as it is now: lines may have been added or removed since it was parsed. */
unsigned int ifcfg_number(const struct kn_ifcfg *file, size_t index)
{
	unsigned int number = 1;

	for (size_t i = 0; i < index; i++) {
		const struct ifcfg_line *line = &file->lines[i];

		number++;
		if (line->kind == IFCFG_ODD)
			for (size_t k = 0; k < line->len; k++)
				number += line->raw[k] == '\n';
	}
	return number;
}

unsigned int kn_ifcfg_line(const struct kn_ifcfg *file, const char *key)
{
	size_t last = ifcfg_find(file, key);

	return last == SIZE_MAX ? 0 : ifcfg_number(file, last);
}

/* Is @key, found in line @last at @stop, assigned anywhere before? */
static bool seen_before(const struct kn_ifcfg *file, size_t last, const char *stop, const char *key)
{
	uint32_t hash = ifcfg_hash(key, strlen(key));

	for (size_t i = 0; i <= last; i++) {
		const struct ifcfg_line *line = &file->lines[i];

		if (line->kind == IFCFG_ASSIGN && line->hash != hash)
			continue;
		for (const char *k = line->keys; k < line->keys_end && k != stop;
		     k += strlen(k) + 1)
			if (!strcmp(k, key))
				return true;
	}
	return false;
}

/* Keys of odd lines are listed too: who moves keys must meet the refusal, not miss the key. */
int kn_ifcfg_each_key(const struct kn_ifcfg *file, int (*fn)(const char *key, void *arg), void *arg)
{
	for (size_t i = 0; i < file->n; i++) {
		const struct ifcfg_line *line = &file->lines[i];

		for (const char *k = line->keys; k < line->keys_end; k += strlen(k) + 1) {
			int r = seen_before(file, i, k, k) ? 0 : fn(k, arg);

			if (r != 0)
				return r;
		}
	}
	return 0;
}

int kn_ifcfg_check(struct kn_ifcfg *file, const char *const *keys, struct kn_error *err)
{
	for (; *keys; keys++)
		if (ifcfg_guard(file, *keys, err) < 0)
			return -1;
	return 0;
}

void kn_ifcfg_emit(const struct kn_ifcfg *file, struct kn_buf *ret)
{
	for (size_t i = 0; i < file->n; i++) {
		kn_buf_put(ret, file->lines[i].raw, file->lines[i].len);
		if (file->lines[i].nl)
			kn_buf_putc(ret, '\n');
	}
}
