/* An existing definition changed in place, so that what the user wrote into it stays.
 * Layer: codec, pure. The wanted network is built as a tree of its own; then the two trees are
 * walked together by the vocabulary: only where they mean different things the old one changes. */
#include "codec/netxml_priv.h"

#include <string.h>

struct merge {
	const struct kn_xml *x;
	xmlDoc *doc; /* the old document */
	bool changed;
	bool failed; /* out of memory */
};

static bool is_text(const struct kn_netxml_row *row)
{
	return !strcmp(row->attrs, ".");
}

/* Does @node have the same @words (attributes) as @other? */
static bool same_values(struct merge *m, const xmlNode *node, const xmlNode *other,
			const char *words)
{
	bool same = true;

	for (const char *p = words; *p && same;) {
		struct kn_buf a KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf b KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char name[32] = "";
		size_t n = strcspn(p, " ");

		memcpy(name, p, n < sizeof(name) ? n : sizeof(name) - 1);
		if (!strcmp(name, ".")) {
			kn_netxml_put_text(node, &a);
			kn_netxml_put_text(other, &b);
		} else {
			kn_netxml_put_value(node, name, &a);
			kn_netxml_put_value(other, name, &b);
		}
		m->failed |= a.failed || b.failed;
		same = !strcmp(kn_buf_str(&a), kn_buf_str(&b));
		p += n + (p[n] == ' ');
	}
	return same;
}

/* The sibling among @first's that stands for the same thing as @node. */
static xmlNode *counterpart(struct merge *m, xmlNode *first, const xmlNode *node,
			    const struct kn_netxml_row *row)
{
	const char *name = (const char *)node->name;

	for (xmlNode *n = kn_xml_element(first, name); n; n = kn_xml_element(n->next, name))
		if (same_values(m, n, node, row->key))
			return n;
	return NULL;
}

static void drop(struct merge *m, xmlNode *node)
{
	m->x->xmlUnlinkNode(node);
	m->x->xmlFreeNode(node);
	m->changed = true;
}

static xmlAttr *find_attr(xmlNode *node, const char *name)
{
	for (xmlAttr *a = node->properties; a; a = a->next)
		if (!a->ns && !strcmp((const char *)a->name, name))
			return a;
	return NULL;
}

/* Attributes whose meaning differs get the wanted text, or go. */
static void merge_attrs(struct merge *m, xmlNode *old, const xmlNode *want,
			const struct kn_netxml_row *row)
{
	for (const char *p = row->attrs; *p;) {
		char name[32] = "";
		size_t n = strcspn(p, " ");

		memcpy(name, p, n < sizeof(name) ? n : sizeof(name) - 1);
		p += n + (p[n] == ' ');
		/* A mask and its unit are judged with the value they belong to. */
		const char *judge = !strcmp(name, "netmask") ? "prefix"
				    : !strcmp(name, "unit")  ? "expiry"
							     : name;
		if (same_values(m, old, want, judge))
			continue;
		const char *value = kn_xml_attr(want, name);
		xmlAttr *have = find_attr(old, name);
		if (value && !m->x->xmlSetProp(old, BAD_CAST name, BAD_CAST value))
			m->failed = true;
		if (!value && have)
			m->x->xmlRemoveProp(have);
		m->changed |= value || have;
	}
}

/* Elements that mean nothing without what kvmnet says in them, whatever else they hold. */
static bool goes_whole(const struct kn_netxml_row *row)
{
	return row->key[0] || !strcmp(row->path, "network/forward") ||
	       !strcmp(row->path, "network/forward/nat") || is_text(row);
}

static const struct kn_netxml_row *row_of(const xmlNode *node, const struct kn_netxml_row *parent)
{
	if (node->type != XML_ELEMENT_NODE || node->ns)
		return NULL;
	return kn_netxml_row(parent, (const char *)node->name);
}

/* Takes out of @node what the vocabulary knows, and @node itself if nothing else is left. What was
 * empty before was the user's way to write it: it stays. */
static void strip(struct merge *m, xmlNode *node, const struct kn_netxml_row *row)
{
	bool before = m->changed;

	m->changed = false;
	if (goes_whole(row)) {
		drop(m, node);
		return;
	}
	for (xmlAttr *a = node->properties, *next; a; a = next) {
		next = a->next;
		if (a->ns || !kn_netxml_has_word(row->attrs, (const char *)a->name))
			continue;
		m->x->xmlRemoveProp(a);
		m->changed = true;
	}
	for (xmlNode *c = node->children, *next; c; c = next) {
		const struct kn_netxml_row *sub = row_of(c, row);

		next = c->next;
		if (sub)
			strip(m, c, sub);
	}
	if (m->changed && !node->properties && !kn_xml_element(node->children, NULL))
		drop(m, node);
	m->changed |= before;
}

/* Puts a copy of @want below @parent, in libvirt's order: before the first element of a later row.
 * Elements without a row are passed. */
static xmlNode *insert(struct merge *m, xmlNode *parent, xmlNode *want,
		       const struct kn_netxml_row *parent_row, const struct kn_netxml_row *row)
{
	xmlNode *copy = m->x->xmlDocCopyNode(want, m->doc, 1), *next = parent->children;
	const struct kn_netxml_row *r = NULL;

	for (; next; next = next->next)
		if ((r = row_of(next, parent_row)) && r > row)
			break;
	m->changed = true;
	if (copy && next ? m->x->xmlAddPrevSibling(next, copy) != NULL
			 : copy && m->x->xmlAddChild(parent, copy))
		return copy;
	m->failed = true;
	return NULL;
}

/* One element of the wanted tree that has a counterpart. */
static void merge_node(struct merge *m, xmlNode *old, xmlNode *want,
		       const struct kn_netxml_row *row);

/* Old children without a counterpart go, wanted ones without one come. */
static void merge_children(struct merge *m, xmlNode *old, xmlNode *want,
			   const struct kn_netxml_row *row)
{
	for (xmlNode *c = old->children, *next; c; c = next) {
		const struct kn_netxml_row *sub = row_of(c, row);

		next = c->next;
		if (sub && strcmp(sub->path, "network/metadata") != 0 &&
		    !counterpart(m, want->children, c, sub))
			strip(m, c, sub);
	}
	for (xmlNode *c = kn_xml_element(want->children, NULL); c && !m->failed;
	     c = kn_xml_element(c->next, NULL)) {
		const struct kn_netxml_row *sub = row_of(c, row);
		xmlNode *have;

		if (!sub || !strcmp(sub->path, "network/metadata"))
			continue;
		have = counterpart(m, old->children, c, sub);
		if (have)
			merge_node(m, have, c, sub);
		else
			insert(m, old, c, row, sub);
	}
}

/* Texts are exchanged whole; a UUID in other letters is the same one. */
static void merge_text(struct merge *m, xmlNode *old, xmlNode *want)
{
	xmlNode *copy;

	if (same_values(m, old, want, "."))
		return;
	copy = m->x->xmlDocCopyNode(want, m->doc, 1);
	if (!copy || !m->x->xmlAddPrevSibling(old, copy)) {
		m->failed = true;
		return;
	}
	drop(m, old);
}

static void merge_node(struct merge *m, xmlNode *old, xmlNode *want,
		       const struct kn_netxml_row *row)
{
	if (is_text(row)) {
		merge_text(m, old, want);
		return;
	}
	merge_attrs(m, old, want, row);
	merge_children(m, old, want, row);
}

/* kvmnet's own element in <metadata> is replaced; other programs' stay. */
static void merge_mark(struct merge *m, xmlNode *old, xmlNode *want)
{
	const struct kn_netxml_row *top = kn_netxml_row(NULL, "network");
	xmlNode *from = kn_xml_element(want->children, "metadata");
	xmlNode *to = kn_xml_element(old->children, "metadata");

	if (!from)
		return;
	if (!to) {
		insert(m, old, from, top, kn_netxml_row(top, "metadata"));
		return;
	}
	for (xmlNode *c = to->children, *next; c; c = next) {
		next = c->next;
		if (kn_netxml_is_mark(c))
			drop(m, c);
	}
	xmlNode *copy = m->x->xmlDocCopyNode(from->children, m->doc, 1);
	if (!copy || !m->x->xmlAddChild(to, copy))
		m->failed = true;
}

/* @doc is the old document, changed in place. */
static int merge_docs(const struct kn_xml *x, xmlDoc *doc, const struct kn_netdef *have,
		      const struct kn_network *want, bool *ret_changed, struct kn_error *err)
{
	struct merge m = {.x = x, .doc = doc};
	xmlNode *old = kn_netxml_network(x, doc), *fresh;
	xmlDoc *built;

	if (!old)
		return kn_fail(err, KN_ERR_HOSTFILE, 0, "%s: this is no definition of a network",
			       want->name.s);
	if (kn_netxml_build(x, want, &built, err) < 0)
		return -1;
	fresh = x->xmlDocGetRootElement(built);
	merge_node(&m, old, fresh, kn_netxml_row(NULL, "network"));
	bool changed = m.changed;
	/* Who asks for what is there already has not made the definition. */
	if (changed || have->net.marked)
		merge_mark(&m, old, fresh);
	x->xmlFreeDoc(built);
	if (m.failed)
		return kn_fail_nomem(err);
	*ret_changed = changed;
	return 0;
}

int kn_netxml_patch(const struct kn_netdef *have, const struct kn_network *want, struct kn_buf *ret,
		    bool *ret_changed, struct kn_error *err)
{
	struct kn_xml x;
	xmlDoc *doc;
	bool changed = false;
	int r;

	if (kn_xml_load(&x, err) < 0 ||
	    kn_xml_parse(&x, have->net.name.s, have->xml, have->len, &doc, err) < 0)
		return -1;
	r = merge_docs(&x, doc, have, want, &changed, err);
	if (r == 0)
		r = kn_xml_put(&x, kn_netxml_network(&x, doc), ret, err);
	if (r == 0)
		*ret_changed = changed;
	x.xmlFreeDoc(doc);
	return r;
}
