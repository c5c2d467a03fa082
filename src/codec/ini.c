/* An INI file from bytes: scanned, then read by iniparser, which must see the same.
 * Layer: codec, pure on buffers; iniparser reads files only, so the bytes go through a nameless
 * one.
 */
#include "codec/ini.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Debian has a folder for it, RHEL has not. */
#if __has_include(<iniparser/iniparser.h>)
#include <iniparser/iniparser.h>
#else
#include <iniparser.h>
#endif

static void section_done(struct kn_ini_section *section)
{
	for (size_t i = 0; i < section->n_keys; i++) {
		free(section->keys[i].name);
		free(section->keys[i].value);
	}
	free(section->keys);
	free(section->kind);
	free(section->name);
	free(section->title);
	free(section->path);
}

void kn_ini_done(struct kn_ini *ini)
{
	for (size_t i = 0; i < ini->n; i++)
		section_done(&ini->v[i]);
	for (size_t i = 0; i < ini->n_texts; i++) {
		free(ini->texts[i].path);
		free(ini->texts[i].data);
	}
	free(ini->v);
	free(ini->texts);
	*ini = (struct kn_ini){0};
}

const struct kn_ini_key *kn_ini_get(const struct kn_ini_section *section, const char *name)
{
	for (size_t i = 0; i < section->n_keys; i++)
		if (!strcmp(section->keys[i].name, name))
			return &section->keys[i];
	return NULL;
}

/* ---- iniparser ---- */

/* Sections given to iniparser at a time: for every key it goes through all that it has. */
#define PIECE 64

/* The bytes as a file without a name: RHEL 7's first kernels and its C library have no
 * memfd_create(). Return: to be closed; NULL with *err. */
static FILE *as_file(const char *path, const char *data, size_t len, struct kn_error *err)
{
	int fd = -1;
	FILE *file = NULL;

#ifdef SYS_memfd_create
	fd = (int)syscall(SYS_memfd_create, "kvmnet-ini", 1u /* MFD_CLOEXEC, linux/memfd.h */);
#endif
	file = fd < 0 ? tmpfile() : fdopen(fd, "w");
	if (!file && fd >= 0)
		(void)close(fd);
	if (file && fwrite(data, 1, len, file) == len && fflush(file) == 0)
		return file;
	kn_fail(err, KN_ERR_SYSTEM, errno, "cannot hold %s in memory", path);
	if (file)
		(void)fclose(file);
	return NULL;
}

/* Its loader takes a path. The scan has left nothing that it would complain about. */
static dictionary *parse(const char *path, const char *data, size_t len, struct kn_error *err)
{
	FILE *file = as_file(path, data, len, err);
	dictionary *dict;
	char name[40];

	if (!file)
		return NULL;
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", fileno(file));
	dict = iniparser_load(name);
	(void)fclose(file);
	if (!dict)
		kn_fail(err, KN_ERR_SYSTEM, 0, "iniparser cannot read %s", path);
	return dict;
}

/* The value of one key is iniparser's. That it sees what the scan saw is a rule of the program, not
 * of the file: a difference means that one of the two is wrong, and nothing may be built on it. */
static int take_value(const dictionary *dict, const struct kn_ini_section *section,
		      struct kn_ini_key *key, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *value;

	/* it lower-cases what it stores and what it is asked for */
	kn_buf_printf(&name, "%s:%s", section->title, key->name);
	if (kn_buf_check(&name, err) < 0)
		return -1;
	value = iniparser_getstring(dict, kn_buf_str(&name), NULL);
	if (!value || strcmp(value, key->value) != 0) {
		kn_fail(err, KN_ERR_INPUT, 0, "the value of %s is read differently by two readers",
			key->name);
		return kn_at(err, section->path, key->line, key->value_column);
	}
	char *copy = strdup(value);
	if (!copy)
		return kn_fail_nomem(err);
	free(key->value);
	key->value = copy;
	return 0;
}

/* Sections @first up to @end, which stand in these bytes. */
static int take_piece(struct kn_ini *ini, size_t first, size_t end, const char *data, size_t len,
		      struct kn_error *err)
{
	const char *path = ini->texts[ini->n_texts - 1].path;
	dictionary *dict = parse(path, data, len, err);
	size_t n = end - first;
	int r = dict ? 0 : -1;

	for (size_t i = first; r == 0 && i < end; i++) {
		n += ini->v[i].n_keys;
		for (size_t k = 0; r == 0 && k < ini->v[i].n_keys; k++)
			r = take_value(dict, &ini->v[i], &ini->v[i].keys[k], err);
	}
	/* its table has a row for every section and for every key */
	if (r == 0 && (size_t)dict->n != n)
		r = kn_fail(err, KN_ERR_INPUT, 0,
			    "%s: two readers see a different number of keys in it", path);
	if (dict)
		iniparser_freedict(dict);
	return r;
}

/* Of the last text, whose sections begin at @first. */
static int take_values(struct kn_ini *ini, size_t first, struct kn_error *err)
{
	const struct kn_ini_text *text = &ini->texts[ini->n_texts - 1];
	size_t from = 0;
	int r = 0;

	do {
		size_t end = ini->n - first > PIECE ? first + PIECE : ini->n;
		size_t to = end < ini->n ? ini->v[end].at : text->len;

		r = take_piece(ini, first, end, text->data + from, to - from, err);
		first = end;
		from = to;
	} while (r == 0 && first < ini->n);
	return r;
}

/* ---- files ---- */

static int add_text(struct kn_ini *ini, const char *path, const char *data, size_t len,
		    struct kn_error *err)
{
	if (kn_grow(&ini->texts, &ini->cap_texts, ini->n_texts + 1, sizeof(*ini->texts), err) < 0)
		return -1;
	struct kn_ini_text *text = &ini->texts[ini->n_texts++];
	text->path = strdup(path);
	text->data = malloc(len + 1);
	if (!text->path || !text->data)
		return kn_fail_nomem(err);
	memcpy(text->data, data, len);
	text->data[len] = '\0';
	text->len = len;
	return 0;
}

int kn_ini_add(struct kn_ini *ini, const char *path, const char *data, size_t len,
	       struct kn_errors *faults, struct kn_error *err)
{
	size_t first = ini->n, known = faults->n;

	if (add_text(ini, path, data, len, err) < 0 ||
	    kn_ini_scan(ini, ini->n_texts - 1, faults, err) < 0)
		return -1;
	if (faults->n > known)
		return 0;
	return take_values(ini, first, err);
}

/* Line @number of @text into @ret. */
static void copy_line(const struct kn_ini_text *text, unsigned int number, char *ret, size_t size)
{
	const char *p = text->data, *end = p + text->len;
	size_t len = 0;

	/* There may be NUL bytes in it. */
	for (unsigned int i = 1; i < number && p < end; i++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));

		p = nl ? nl + 1 : end;
	}
	if (number == 1 && end - p >= 3 && !memcmp(p, KN_INI_BOM, 3))
		p += 3;
	while (p + len < end && len + 1 < size && p[len] && !strchr("\r\n", p[len]))
		len++;
	memcpy(ret, p, len);
	ret[len] = '\0';
}

int kn_ini_fault(const struct kn_ini *ini, const struct kn_ini_section *section,
		 const struct kn_ini_key *key, const struct kn_error *fault,
		 struct kn_errors *faults, struct kn_error *err)
{
	struct kn_error error = *fault;
	unsigned int line = key ? key->line : section->line;

	kn_at(&error, section->path, line, key ? key->value_column : section->column);
	for (size_t i = 0; i < ini->n_texts; i++)
		if (!strcmp(ini->texts[i].path, section->path))
			copy_line(&ini->texts[i], line, error.excerpt, sizeof(error.excerpt));
	return kn_errors_add(faults, &error, err);
}
