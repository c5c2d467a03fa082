/* The undo journal as text: lines of "word=value", bytes behind their length, a sum at the end.
 * What is unset is not written. Layer: sys, pure.
 *
 *	kvmnet-journal 1
 *	change number=7 verb=bridge-create bridge=br0 command=kvmnet%20bridge%20create%20br0 ...
 *	file path=/etc/sysconfig/network-scripts/ifcfg-eth0 mode=33188
 *	before 123		(or "before absent")
 *	...123 bytes...
 *	after 98
 *	...
 *	xattr name=security.selinux
 *	value 33
 *	...
 *	scope name=eth0
 *	dhcp name=eth0
 *	link name=eth0 index=2 kind=physical ...
 *	addr, route (and its legs), neigh, nexthop, rule, made, net ...
 *	sum 0123456789abcdef	(FNV-1a of all bytes before this line)
 */
#include "sys/journal_fmt.h"

#include <string.h>

#include "sys/journal_rows.h"

#define NAME_LINE "kvmnet-journal "
#define HEAD	  NAME_LINE "1\n"

static const void *at(const struct kn_journal *journal, size_t offset)
{
	return (const char *)journal + offset;
}

static void put_list(struct kn_buf *buf, const struct kn_jlist *list,
		     const struct kn_journal *journal)
{
	const char *item;
	size_t n;

	memcpy(&item, at(journal, list->items), sizeof(item));
	memcpy(&n, at(journal, list->n), sizeof(n));
	for (; n > 0; n--, item += list->size) {
		kn_buf_puts(buf, list->word);
		kn_rec_put_fields(buf, list->fields, list->n_fields, item);
		kn_buf_putc(buf, '\n');
		if (list->put_more)
			list->put_more(buf, item);
	}
}

/* A journal that could not be read back would leave a host that nobody can put right: found here,
 * before anything was done. */
static bool is_readable(const char *data, size_t len)
{
	struct kn_journal again;
	struct kn_error dropped;

	if (kn_journal_decode(data, len, &again, &dropped) < 0)
		return false;
	kn_journal_done(&again);
	return true;
}

void kn_journal_encode(struct kn_buf *buf, const struct kn_journal *journal)
{
	size_t start = buf->len;

	kn_buf_puts(buf, HEAD "change");
	kn_rec_put_fields(buf, kn_journal_fields, kn_journal_n_fields, journal);
	kn_buf_putc(buf, '\n');
	for (size_t i = 0; i < kn_journal_n_lists; i++)
		put_list(buf, &kn_journal_lists[i], journal);
	kn_rec_put_sum(buf, start);
	if (!buf->failed && !is_readable(buf->data + start, buf->len - start))
		buf->failed = true;
}

/* The first member is what the item is called by: a link without a name is none. */
static bool take_item(struct kn_rec *rec, const struct kn_jlist *list, void *item)
{
	return kn_rec_take_fields(rec, list->fields, list->n_fields, item) &&
	       !kn_rec_is_unset(&list->fields[0], item) && kn_rec_take(rec, "\n") &&
	       (!list->take_more || list->take_more(rec, item));
}

/* Is @word, and not a longer one, what the line begins with? */
static bool take_word(struct kn_rec *rec, const char *word)
{
	const char *before = rec->p;

	if (kn_rec_take(rec, word) && rec->p < rec->end && *rec->p == ' ')
		return true;
	rec->p = before;
	return false;
}

static bool take_list(struct kn_rec *rec, const struct kn_jlist *list, struct kn_journal *journal)
{
	char *base = (char *)journal;
	size_t *n = (size_t *)(void *)(base + list->n), *cap = (size_t *)(void *)(base + list->cap);

	while (take_word(rec, list->word)) {
		void *item = kn_journal_add(rec, base + list->items, n, cap, list->size);

		if (!item || !take_item(rec, list, item))
			return false;
	}
	return true;
}

static bool take_journal(struct kn_rec *rec, struct kn_journal *journal)
{
	if (!kn_rec_take(rec, HEAD "change") ||
	    !kn_rec_take_fields(rec, kn_journal_fields, kn_journal_n_fields, journal) ||
	    !kn_rec_take(rec, "\n"))
		return false;
	for (size_t i = 0; i < kn_journal_n_lists; i++)
		if (!take_list(rec, &kn_journal_lists[i], journal))
			return false;
	journal->live.live = journal->has_live;
	return rec->p == rec->end;
}

/* The sum alone, which is good for every version: is this what was written? */
static bool is_whole(const char *data, size_t len)
{
	struct kn_rec rec = {.start = data, .p = data + len - KN_REC_SUM_LEN, .end = data + len};

	return kn_rec_take_sum(&rec) && rec.p == rec.end;
}

/* Counted only when something is wrong. */
static unsigned int line_of(const struct kn_rec *rec)
{
	unsigned int line = 1;

	for (const char *p = rec->start; p < rec->p; p++)
		line += *p == '\n';
	return line;
}

int kn_journal_decode(const char *data, size_t len, struct kn_journal *ret, struct kn_error *err)
{
	struct kn_rec rec = {.start = data, .p = data, .end = data + len};
	struct kn_journal journal = {0};

	if (!kn_rec_take(&rec, NAME_LINE))
		return kn_fail(err, KN_ERR_HOSTFILE, 0, "it is no journal of kvmnet");
	if (len > KN_JOURNAL_MAX)
		return kn_fail(err, KN_ERR_HOSTFILE, 0, "it has more than %u bytes",
			       KN_JOURNAL_MAX);
	if (len < sizeof(HEAD) - 1 + KN_REC_SUM_LEN || !is_whole(data, len))
		return kn_fail(err, KN_ERR_HOSTFILE, 0,
			       "it is cut or damaged: its checksum is wrong");
	rec.end -= KN_REC_SUM_LEN;
	rec.p = data;
	if (take_journal(&rec, &journal)) {
		*ret = journal;
		return 0;
	}
	kn_journal_done(&journal);
	if (rec.nomem)
		return kn_fail_nomem(err);
	kn_fail(err, KN_ERR_HOSTFILE, 0,
		"it is whole, but line %u says something that this version of kvmnet (%s) does not "
		"know",
		line_of(&rec), KVMNET_VERSION);
	return kn_hint(err, "use the version that wrote it");
}
