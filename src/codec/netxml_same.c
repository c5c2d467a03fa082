/* Two definitions that mean the same become the same text.
 * Layer: codec, pure. */
#include "codec/netxml_priv.h"

#include <stdlib.h>
#include <string.h>

struct canon {
	const struct kn_xml *x;
	bool with_identity;
	struct kn_error *err;
};

static int put_element(struct canon *c, xmlNode *node, const struct kn_netxml_row *row,
		       struct kn_buf *ret);

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What libvirt adds of itself, or keeps for a running network only. */
static bool is_noise(const struct canon *c, const xmlNode *node, const struct kn_netxml_row *row)
{
	const char *first, *last;

	if (!c->with_identity &&
	    (!strcmp(row->path, "network/uuid") || !strcmp(row->path, "network/mac")))
		return true;
	if (strcmp(row->path, "network/forward/nat/port") != 0)
		return false;
	first = kn_xml_attr(node, "start");
	last = kn_xml_attr(node, "end");
	return first && last && !strcmp(first, "1024") && !strcmp(last, "65535");
}

/* A child kvmnet has no word for, as it is. */
static int put_foreign(struct canon *c, xmlNode *node, struct kn_buf *ret)
{
	return kn_xml_put(c->x, node, ret, c->err);
}

/* The children's texts, sorted by row and then by text, so that order does not count. */
static int put_children(struct canon *c, xmlNode *node, const struct kn_netxml_row *row,
			struct kn_buf *ret)
{
	struct kn_strv texts = {0};
	int r = 0;

	for (xmlNode *n = kn_xml_element(node->children, NULL); n && r == 0;
	     n = kn_xml_element(n->next, NULL)) {
		const struct kn_netxml_row *sub =
			n->ns ? NULL : kn_netxml_row(row, (const char *)n->name);
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (kn_netxml_is_mark(n) || (sub && is_noise(c, n, sub)))
			continue;
		r = sub ? put_element(c, n, sub, &text) : put_foreign(c, n, &text);
		if (r == 0 && text.len)
			r = kn_strv_add(&texts, kn_buf_str(&text), c->err);
	}
	if (texts.n)
		qsort(texts.v, texts.n, sizeof(*texts.v), by_text);
	for (size_t i = 0; i < texts.n; i++)
		kn_buf_puts(ret, texts.v[i]);
	kn_strv_done(&texts);
	return r;
}

/* " name=value" of every known attribute that says something, then of unknown ones. */
static void put_attrs(const xmlNode *node, const struct kn_netxml_row *row, struct kn_buf *ret)
{
	for (const char *p = row->attrs; *p;) {
		struct kn_buf value KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		char name[32] = "";
		size_t n = strcspn(p, " ");

		memcpy(name, p, n < sizeof(name) ? n : sizeof(name) - 1);
		p += n + (p[n] == ' ');
		if (!strcmp(name, "connections") || !strcmp(name, "."))
			continue;
		/* The first device stands as an <interface> too, or counts as one. */
		if (!strcmp(name, "dev") && kn_xml_is(node, "forward"))
			continue;
		kn_netxml_put_value(node, name, &value);
		if (value.len)
			kn_buf_printf(ret, " %s=\"%s\"", name, kn_buf_str(&value));
	}
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (a->ns || !kn_netxml_has_word(row->attrs, (const char *)a->name))
			kn_buf_printf(ret, " %s=\"%s\"", (const char *)a->name,
				      a->children && a->children->content
					      ? (const char *)a->children->content
					      : "");
}

/* A device said only as forward@dev is an <interface> of that name. */
static void put_forward_dev(xmlNode *node, struct kn_buf *ret)
{
	const char *dev = kn_xml_is(node, "forward") ? kn_xml_attr(node, "dev") : NULL;

	if (dev && !kn_xml_element(node->children, "interface"))
		kn_buf_printf(ret, "network/forward/interface dev=\"%s\"\n", dev);
}

/* Nothing for an element that says nothing. */
static int put_element(struct canon *c, xmlNode *node, const struct kn_netxml_row *row,
		       struct kn_buf *ret)
{
	struct kn_buf inner KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf attrs KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	put_attrs(node, row, &attrs);
	put_forward_dev(node, &inner);
	if (put_children(c, node, row, &inner) < 0)
		return -1;
	if (!strcmp(row->attrs, "."))
		kn_netxml_put_text(node, &text);
	if (!attrs.len && !inner.len && !text.len && strcmp(row->path, "network/forward") != 0)
		return kn_buf_check(&attrs, c->err);
	kn_buf_printf(ret, "%s%s%s%s\n%s", row->path, kn_buf_str(&attrs), text.len ? " " : "",
		      kn_buf_str(&text), kn_buf_str(&inner));
	ret->failed |= attrs.failed || inner.failed || text.failed;
	return kn_buf_check(ret, c->err);
}

int kn_netxml_canonical(const char *what, const char *data, size_t len, bool with_identity,
			struct kn_buf *ret, struct kn_error *err)
{
	struct kn_xml x;
	struct canon c = {.x = &x, .with_identity = with_identity, .err = err};
	xmlDoc *doc;
	int r;

	if (kn_xml_load(&x, err) < 0 || kn_xml_parse(&x, what, data, len, &doc, err) < 0)
		return -1;
	xmlNode *network = kn_netxml_network(&x, doc);
	if (network)
		r = put_element(&c, network, kn_netxml_row(NULL, "network"), ret);
	else
		r = kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no definition of a network", what);
	x.xmlFreeDoc(doc);
	return r;
}

int kn_netxml_tidy(const char *what, const char *data, size_t len, struct kn_buf *ret,
		   struct kn_error *err)
{
	struct kn_xml x;
	xmlDoc *doc;

	if (kn_xml_load(&x, err) < 0 || kn_xml_parse(&x, what, data, len, &doc, err) < 0)
		return -1;
	xmlNode *network = kn_netxml_network(&x, doc);
	int r = network ? kn_xml_put(&x, network, ret, err)
			: kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no definition of a network",
				  what);
	x.xmlFreeDoc(doc);
	return r;
}
