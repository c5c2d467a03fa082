/* libvirt's own schema applied to a document.
 * Layer: codec. The one place where libxml2 opens files: the schema includes others beside it. */
#include "codec/xml.h"

#include <stdio.h>
#include <string.h>

#include "codec/netxml.h"

/* The first complaint; RelaxNG's later ones are consequences of it. */
static void first_complaint(void *arg, const char *fmt, ...) KN_PRINTF(2, 3);

static void first_complaint(void *arg, const char *fmt, ...)
{
	char text[256];
	struct kn_buf *ret = arg;
	va_list ap;

	if (ret->len)
		return;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		kn_buf_put_escaped(ret, text, strcspn(text, "\n"));
}

/* Return: 1 the document fits, 0 it does not, -1 out of memory. */
static int apply(const struct kn_xml *x, xmlRelaxNG *schema, xmlDoc *doc, struct kn_buf *why)
{
	xmlRelaxNGValidCtxt *valid = x->xmlRelaxNGNewValidCtxt(schema);
	int r;

	if (!valid)
		return -1;
	x->xmlRelaxNGSetValidErrors(valid, first_complaint, first_complaint, why);
	r = x->xmlRelaxNGValidateDoc(valid, doc);
	x->xmlRelaxNGFreeValidCtxt(valid);
	return r < 0 ? -1 : r == 0;
}

static void say_nothing(void *arg, xmlError *error)
{
	(void)arg;
	(void)error;
}

/* A schema that is missing or that libxml2 cannot read decides nothing. Its XML parser asks only
 * the handler of the whole process, or else prints. */
static xmlRelaxNG *load(const struct kn_xml *x, const char *path)
{
	struct kn_buf ignored KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	xmlRelaxNGParserCtxt *ctxt = x->xmlRelaxNGNewParserCtxt(path);
	xmlRelaxNG *schema = NULL;

	if (!ctxt)
		return NULL;
	x->xmlRelaxNGSetParserErrors(ctxt, first_complaint, first_complaint, &ignored);
	x->xmlSetStructuredErrorFunc(NULL, say_nothing);
	schema = x->xmlRelaxNGParse(ctxt);
	x->xmlSetStructuredErrorFunc(NULL, NULL);
	x->xmlRelaxNGFreeParserCtxt(ctxt);
	return schema;
}

int kn_netxml_validate(const char *data, size_t len, const char *schema, bool *ret_applied,
		       struct kn_error *err)
{
	struct kn_buf why KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_xml x;
	xmlDoc *doc;

	if (kn_xml_load(&x, err) < 0 || kn_xml_parse(&x, "the document", data, len, &doc, err) < 0)
		return -1;
	xmlRelaxNG *rng = load(&x, schema);
	int fits = rng ? apply(&x, rng, doc, &why) : 1;
	x.xmlRelaxNGFree(rng);
	x.xmlFreeDoc(doc);
	if (fits < 0)
		return kn_fail_nomem(err);
	if (!fits)
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "the definition does not fit libvirt's schema %s: %s", schema,
			       why.len ? kn_buf_str(&why) : "no reason is given");
	*ret_applied = rng != NULL;
	return 0;
}
