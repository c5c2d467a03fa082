/* Loading libxml2, and reading and writing documents with it.
 * Layer: codec, pure (no file is read but the library itself). */
#include "codec/xml.h"

#include <dlfcn.h>
#include <string.h>

struct entry {
	const char *name;
	size_t at;
};

static const struct entry entries[] = {
#define ENTRY(name) {#name, offsetof(struct kn_xml, name)},
	KN_XML_FUNCTIONS(ENTRY)
#undef ENTRY
};

static int load_failed(struct kn_error *err)
{
	const char *why = dlerror();

	kn_fail(err, KN_ERR_UNSUPPORTED, 0, "libxml2 cannot be loaded: %s",
		why ? why : "it lacks a function");
	return kn_hint(err, "install the package libxml2 (its file is libxml2.so.2)");
}

/* Kept in the process (NODELETE): its caches would be lost memory otherwise. */
int kn_xml_load(struct kn_xml *ret, struct kn_error *err)
{
	void *lib = dlopen("libxml2.so.2", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	struct kn_xml x;

	if (!lib)
		return load_failed(err);
	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries); i++) {
		void *function = dlsym(lib, entries[i].name);

		if (!function) {
			load_failed(err);
			dlclose(lib);
			return -1;
		}
		/* POSIX: a pointer to a function and one to data have the same form. */
		memcpy((char *)&x + entries[i].at, &function, sizeof(function));
	}
	dlclose(lib);
	*ret = x;
	return 0;
}

/* Line and column, from 1, of byte @at. */
static int fail_at(const char *what, const char *data, size_t at, const char *why,
		   struct kn_error *err)
{
	unsigned int line = 1, column = 1;

	for (size_t i = 0; i < at; i++) {
		column = data[i] == '\n' ? 1 : column + 1;
		line += data[i] == '\n';
	}
	kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no usable XML: %s", what, why);
	return kn_at(err, what, line, column);
}

/* Checked on the bytes, so that no other encoding can hide a DOCTYPE from the search. */
static int check_bytes(const char *what, const char *data, size_t len, struct kn_error *err)
{
	static const char doctype[] = "<!DOCTYPE";

	if (len > KN_XML_MAX)
		return kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no usable XML: it has over 1 MiB",
			       what);
	for (size_t i = 0, n; i < len; i += n) {
		n = data[i] ? kn_utf8_len(data + i, len - i) : 0;
		if (n == 0)
			return fail_at(what, data, i, "a byte in it is no UTF-8 text", err);
		if (data[i] == '<' && len - i >= sizeof(doctype) - 1 &&
		    !memcmp(data + i, doctype, sizeof(doctype) - 1))
			return fail_at(what, data, i, "it has a DOCTYPE, which libvirt's do not",
				       err);
	}
	return 0;
}

/* What the parser says, in one line. */
static int parse_failed(const char *what, const xmlError *e, struct kn_error *err)
{
	struct kn_buf why KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!e || e->code == XML_ERR_NO_MEMORY)
		return kn_fail_nomem(err);
	if (e->message)
		kn_buf_put_escaped(&why, e->message, strcspn(e->message, "\n"));
	kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no usable XML: %.200s", what, kn_buf_str(&why));
	return kn_at(err, what, e->line > 0 ? (unsigned int)e->line : 0,
		     e->int2 > 0 ? (unsigned int)e->int2 : 0);
}

int kn_xml_parse(const struct kn_xml *x, const char *what, const char *data, size_t len,
		 xmlDoc **ret, struct kn_error *err)
{
	int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
		      XML_PARSE_NOBLANKS | XML_PARSE_NOCDATA;

	if (check_bytes(what, data, len, err) < 0)
		return -1;
	xmlParserCtxt *ctxt = x->xmlNewParserCtxt();
	if (!ctxt)
		return kn_fail_nomem(err);
	/* The encoding is given: what the document says of itself does not matter. */
	xmlDoc *doc = x->xmlCtxtReadMemory(ctxt, data, (int)len, NULL, "UTF-8", options);
	int r = 0;
	if (!doc || !ctxt->wellFormed)
		r = parse_failed(what, x->xmlCtxtGetLastError(ctxt), err);
	else if (doc->intSubset || !x->xmlDocGetRootElement(doc))
		r = kn_fail(err, KN_ERR_HOSTFILE, 0, "%s is no usable XML: it has no element",
			    what);
	x->xmlFreeParserCtxt(ctxt);
	if (r < 0) {
		x->xmlFreeDoc(doc);
		return -1;
	}
	*ret = doc;
	return 0;
}

int kn_xml_put(const struct kn_xml *x, xmlNode *node, struct kn_buf *ret, struct kn_error *err)
{
	xmlBuffer *buffer = x->xmlBufferCreate();
	xmlSaveCtxt *save = NULL;
	int r = -1;

	if (buffer)
		save = x->xmlSaveToBuffer(buffer, "UTF-8", XML_SAVE_FORMAT | XML_SAVE_NO_DECL);
	if (save) {
		r = x->xmlSaveTree(save, node) < 0 ? -1 : 0;
		r = x->xmlSaveClose(save) < 0 ? -1 : r;
	}
	int len = r < 0 ? 0 : x->xmlBufferLength(buffer);
	if (len > 0) {
		kn_buf_put(ret, x->xmlBufferContent(buffer), (size_t)len);
		kn_buf_putc(ret, '\n');
	}
	if (buffer)
		x->xmlBufferFree(buffer);
	return len > 0 ? kn_buf_check(ret, err) : kn_fail_nomem(err);
}

/* Without a DTD an attribute's value is one text node at most. */
const char *kn_xml_attr(const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node->properties; a; a = a->next) {
		if (a->ns || strcmp((const char *)a->name, name) != 0)
			continue;
		if (a->children && a->children->content)
			return (const char *)a->children->content;
		return "";
	}
	return NULL;
}

void kn_xml_text(const xmlNode *node, struct kn_buf *ret)
{
	for (const xmlNode *t = node->children; t; t = t->next)
		if ((t->type == XML_TEXT_NODE || t->type == XML_CDATA_SECTION_NODE) && t->content)
			kn_buf_puts(ret, (const char *)t->content);
}

bool kn_xml_is(const xmlNode *node, const char *name)
{
	return node->type == XML_ELEMENT_NODE && !node->ns &&
	       !strcmp((const char *)node->name, name);
}

xmlNode *kn_xml_element(xmlNode *node, const char *name)
{
	for (; node; node = node->next)
		if (name ? kn_xml_is(node, name) : node->type == XML_ELEMENT_NODE)
			return node;
	return NULL;
}
