/* Sections of an exported file, read again before they are printed. Layer: cli, pure.
 * What a host has may have names and values that no file can say: such a section is told in a
 * comment, and never lost in silence. */
#include "cli/export_doc.h"

#include <stdlib.h>
#include <string.h>

#include "kvmnet/network.h"

void kn_doc_done(struct kn_doc *doc)
{
	for (size_t i = 0; i < doc->n; i++) {
		free(doc->v[i].kind);
		free(doc->v[i].name);
		kn_buf_done(&doc->v[i].keys);
		kn_buf_done(&doc->v[i].remarks);
		kn_buf_done(&doc->v[i].why);
	}
	free(doc->v);
	*doc = (struct kn_doc){0};
}

static bool is_refused(const struct kn_piece *piece)
{
	return piece->why.len > 0;
}

bool kn_doc_is_refused(const struct kn_doc *doc)
{
	return is_refused(&doc->v[doc->n - 1]);
}

/* Messages have escaped what they name: a backslash is not doubled, but no line ends here. */
static void put_message(struct kn_buf *ret, const char *text)
{
	size_t len = strlen(text), n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = kn_utf8_shown(text + i, len - i);
		if (n)
			kn_buf_put(ret, text + i, n);
		else
			kn_buf_printf(ret, "\\x%02x", (unsigned char)text[i]);
	}
}

void kn_doc_refuse(struct kn_doc *doc, size_t i, const char *why)
{
	struct kn_piece *piece = &doc->v[i];

	if (!is_refused(piece))
		put_message(&piece->why, why);
}

/* Names of libvirt's networks may have more in them than links' names. */
static int check_name(const char *kind, const char *name, struct kn_error *why)
{
	bool net = !strcmp(kind, "nat") || !strcmp(kind, "network");
	struct kn_netname netname;
	struct kn_ifname ifname;

	return net ? kn_netname_parse(name, &netname, why) : kn_ifname_parse(name, &ifname, why);
}

int kn_doc_begin(struct kn_doc *doc, const char *kind, const char *name, struct kn_error *err)
{
	struct kn_error why = {0};

	if (kn_grow(&doc->v, &doc->cap, doc->n + 1, sizeof(*doc->v), err) < 0)
		return -1;
	struct kn_piece *piece = &doc->v[doc->n++];
	*piece = (struct kn_piece){.kind = strdup(kind), .name = strdup(name)};
	if (!piece->kind || !piece->name)
		return kn_fail_nomem(err);
	if (check_name(kind, name, &why) < 0)
		kn_doc_refuse(doc, doc->n - 1, why.message);
	return 0;
}

static bool can_stand(const char *value)
{
	size_t len = strlen(value), n;

	for (size_t i = 0; i < len; i += n) {
		n = kn_utf8_shown(value + i, len - i);
		if (!n)
			return false;
	}
	return true;
}

/* Keys align, as people write them. */
void kn_doc_key(struct kn_doc *doc, const char *key, const char *value)
{
	struct kn_piece *piece = &doc->v[doc->n - 1];
	struct kn_buf why KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (can_stand(value)) {
		kn_buf_printf(&piece->keys, "%-15s%s= %s\n", key, strlen(key) > 15 ? " " : "",
			      value);
		return;
	}
	kn_buf_printf(&why, "its %s has characters that cannot stand in a line of a file", key);
	doc->failed |= why.failed;
	kn_doc_refuse(doc, doc->n - 1, kn_buf_str(&why));
}

void kn_doc_comment(struct kn_doc *doc, const char *text)
{
	struct kn_buf *keys = &doc->v[doc->n - 1].keys;

	kn_buf_puts(keys, "# ");
	kn_buf_put_escaped(keys, text, strlen(text));
	kn_buf_putc(keys, '\n');
}

void kn_doc_remark(struct kn_doc *doc, size_t i, const char *text)
{
	kn_buf_puts(&doc->v[i].remarks, "# ");
	put_message(&doc->v[i].remarks, text);
	kn_buf_putc(&doc->v[i].remarks, '\n');
}

/* ---- the text ---- */

static unsigned int lines_of(const struct kn_buf *buf, size_t from)
{
	unsigned int n = 0;

	for (size_t i = from; i < buf->len; i++)
		n += buf->data[i] == '\n';
	return n;
}

static void put_refused(const struct kn_piece *piece, struct kn_buf *ret)
{
	kn_buf_printf(ret, "\n# %s ", strcmp(piece->kind, "nat") != 0 ? piece->kind : "network");
	kn_buf_put_escaped(ret, piece->name, strlen(piece->name));
	kn_buf_puts(ret, " is not in this file, and is kept as it is:\n# ");
	kn_buf_put(ret, kn_buf_str(&piece->why), piece->why.len);
	kn_buf_putc(ret, '\n');
}

static void put_section(const struct kn_piece *piece, struct kn_buf *ret)
{
	kn_buf_printf(ret, "[%s %s]\n", piece->kind, piece->name);
	kn_buf_put(ret, kn_buf_str(&piece->keys), piece->keys.len);
}

static int put(struct kn_doc *doc, struct kn_buf *ret, unsigned int *line, struct kn_error *err)
{
	bool any = false;

	for (size_t i = 0; i < doc->n; i++) {
		struct kn_piece *piece = &doc->v[i];
		size_t from = ret->len;

		piece->line = 0;
		if (is_refused(piece)) {
			put_refused(piece, ret);
		} else {
			any = true;
			kn_buf_putc(ret, '\n');
			kn_buf_put(ret, kn_buf_str(&piece->remarks), piece->remarks.len);
			piece->line = *line + lines_of(ret, from);
			put_section(piece, ret);
		}
		*line += lines_of(ret, from);
		doc->failed |= piece->keys.failed || piece->remarks.failed || piece->why.failed;
	}
	if (!any)
		kn_buf_puts(ret, "\n# There is nothing that a section could say.\n[host]\n");
	return doc->failed ? kn_fail_nomem(err) : kn_buf_check(ret, err);
}

int kn_doc_put(struct kn_doc *doc, struct kn_buf *ret, struct kn_error *err)
{
	unsigned int line = 1 + lines_of(ret, 0);

	return put(doc, ret, &line, err);
}

size_t kn_doc_at(const struct kn_doc *doc, unsigned int line)
{
	size_t found = doc->n;

	for (size_t i = 0; i < doc->n; i++)
		if (doc->v[i].line && doc->v[i].line <= line)
			found = i;
	return found;
}

/* ---- read again ---- */

void kn_copy_done(struct kn_copy *copy)
{
	kn_parts_done(&copy->parts);
	kn_errors_done(&copy->faults);
	kn_ini_done(&copy->ini);
}

/* What the host has is written down also where it takes --force to make it anew. */
static int check_copy(struct kn_copy *copy, struct kn_error *err)
{
	char overlap[] = "subnet-overlap", route[] = "default-route-outranked";
	char *rules[] = {overlap, route};
	struct kn_spec how = {.force = {.v = rules, .n = 2}};

	copy->parts.how = &how;
	int r = kn_parts_check(&copy->parts, err);
	copy->parts.how = NULL;
	return r;
}

static int read_copy(const struct kn_buf *text, struct kn_copy *ret, struct kn_error *err)
{
	ret->parts.ini = &ret->ini;
	ret->parts.faults = &ret->faults;
	if (kn_ini_add(&ret->ini, "-", kn_buf_str(text), text->len, &ret->faults, err) < 0 ||
	    kn_parts_read(&ret->parts, err) < 0)
		return -1;
	return check_copy(ret, err);
}

int kn_doc_read_last(const struct kn_doc *doc, struct kn_copy *ret, struct kn_error *err)
{
	const struct kn_piece *piece = &doc->v[doc->n - 1];
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_section(piece, &text);
	if (kn_buf_check(&piece->keys, err) < 0 || kn_buf_check(&text, err) < 0)
		return -1;
	return read_copy(&text, ret, err);
}

/* Every round refuses at least one section. */
int kn_doc_settle(struct kn_doc *doc, struct kn_error *err)
{
	for (size_t round = 0; round <= doc->n; round++) {
		struct kn_copy copy KN_CLEANUP(kn_copy_done) = {0};
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_doc_put(doc, &text, err) < 0 || read_copy(&text, &copy, err) < 0)
			return -1;
		for (size_t i = 0; i < copy.faults.n; i++) {
			size_t at = kn_doc_at(doc, copy.faults.v[i].line);

			if (at < doc->n)
				kn_doc_refuse(doc, at, copy.faults.v[i].message);
		}
		if (!copy.faults.n)
			return 0;
	}
	return 0;
}
