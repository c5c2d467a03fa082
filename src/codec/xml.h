/* libxml2, loaded when the first document is made or read.
 * Layer: codec, pure. Linking it would cost every other command 1.2 ms and 2.7 MB at its start, so
 * that its functions are reached through this table; only codec/ includes this header. */
#ifndef KVMNET_CODEC_XML_H
#define KVMNET_CODEC_XML_H

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlsave.h>

#include "kvmnet/buf.h"

#define KN_XML_FUNCTIONS(X)                                                                        \
	X(xmlNewParserCtxt)                                                                        \
	X(xmlFreeParserCtxt)                                                                       \
	X(xmlCtxtReadMemory)                                                                       \
	X(xmlCtxtGetLastError)                                                                     \
	X(xmlNewDoc)                                                                               \
	X(xmlFreeDoc)                                                                              \
	X(xmlNewDocNode)                                                                           \
	X(xmlDocSetRootElement)                                                                    \
	X(xmlDocGetRootElement)                                                                    \
	X(xmlNewTextChild)                                                                         \
	X(xmlNewProp)                                                                              \
	X(xmlSetProp)                                                                              \
	X(xmlRemoveProp)                                                                           \
	X(xmlNewNs)                                                                                \
	X(xmlSetNs)                                                                                \
	X(xmlAddChild)                                                                             \
	X(xmlAddPrevSibling)                                                                       \
	X(xmlUnlinkNode)                                                                           \
	X(xmlFreeNode)                                                                             \
	X(xmlDocCopyNode)                                                                          \
	X(xmlBufferCreate)                                                                         \
	X(xmlBufferFree)                                                                           \
	X(xmlBufferContent)                                                                        \
	X(xmlBufferLength)                                                                         \
	X(xmlSaveToBuffer)                                                                         \
	X(xmlSaveTree)                                                                             \
	X(xmlSaveClose)                                                                            \
	X(xmlRelaxNGNewParserCtxt)                                                                 \
	X(xmlRelaxNGFreeParserCtxt)                                                                \
	X(xmlRelaxNGSetParserErrors)                                                               \
	X(xmlRelaxNGParse)                                                                         \
	X(xmlRelaxNGFree)                                                                          \
	X(xmlRelaxNGNewValidCtxt)                                                                  \
	X(xmlRelaxNGFreeValidCtxt)                                                                 \
	X(xmlRelaxNGSetValidErrors)                                                                \
	X(xmlSetStructuredErrorFunc)                                                               \
	X(xmlRelaxNGValidateDoc)

struct kn_xml {
#define KN_XML_MEMBER(name) __typeof__(name) *name;
	KN_XML_FUNCTIONS(KN_XML_MEMBER)
#undef KN_XML_MEMBER
};

/* Loads libxml2 and looks its functions up; a second call costs a few microseconds. It stays in the
 * process, as it keeps tables of its own. Return: 0; -1 with KN_ERR_UNSUPPORTED. */
int kn_xml_load(struct kn_xml *ret, struct kn_error *err) KN_NODISCARD;

/* The largest document that is read. Real ones have a few kilobytes. */
#define KN_XML_MAX (1024 * 1024)

/* Parses hostile bytes: UTF-8 only, no DOCTYPE, no entity but the five of XML, nothing fetched,
 * nothing printed, at most KN_XML_MAX bytes and 256 levels. @what names the document in messages
 * ("networks/default.xml"). Return: 0, new (xmlFreeDoc); -1 with KN_ERR_HOSTFILE (line and column
 * set), KN_ERR_NOMEM. */
int kn_xml_parse(const struct kn_xml *x, const char *what, const char *data, size_t len,
		 xmlDoc **ret, struct kn_error *err) KN_NODISCARD;

/* Appends @node as indented text, with a newline at the end. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_xml_put(const struct kn_xml *x, xmlNode *node, struct kn_buf *ret,
	       struct kn_error *err) KN_NODISCARD;

/* The value of an attribute without a namespace; borrowed, NULL when there is none. */
const char *kn_xml_attr(const xmlNode *node, const char *name);
/* Appends all text directly below @node. */
void kn_xml_text(const xmlNode *node, struct kn_buf *ret);
/* The first element called @name (NULL: any) from @node on, among its siblings; no namespace. */
xmlNode *kn_xml_element(xmlNode *node, const char *name);
/* True when @node is an element of that name, in no namespace. */
bool kn_xml_is(const xmlNode *node, const char *name);

#endif
