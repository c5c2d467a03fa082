/* Inside of the network XML codec: the tree between its files. Layer: codec, pure. */
#ifndef KVMNET_CODEC_NETXML_PRIV_H
#define KVMNET_CODEC_NETXML_PRIV_H

#include "codec/netxml.h"
#include "codec/xml.h"

/* Makes the tree of @net. Return: 0, new (xmlFreeDoc); -1 with KN_ERR_NOMEM. */
int kn_netxml_build(const struct kn_xml *x, const struct kn_network *net, xmlDoc **ret,
		    struct kn_error *err) KN_NODISCARD;

/* Fills *ret from <network>. Return: 0; -1 with KN_ERR_HOSTFILE, KN_ERR_NOMEM. */
int kn_netxml_read(const char *what, xmlNode *network, struct kn_netdef *ret,
		   struct kn_error *err) KN_NODISCARD;

/* The <network> of a definition or of a status file, or NULL. */
xmlNode *kn_netxml_network(const struct kn_xml *x, xmlDoc *doc);

/* ---- the vocabulary (netxml_vocab.c) ---- */

/* One kind of element that kvmnet writes. */
struct kn_netxml_row {
	const char *path;  /* "network/ip/dhcp" */
	const char *attrs; /* words: the attributes it may have */
	const char *key;   /* words: those that tell it from its siblings; "." = its text */
};

/* The row of the element @name below the element of row @parent (NULL: the top). Rows stand in
 * libvirt's order. Return: static, NULL when kvmnet has no word for it. */
const struct kn_netxml_row *kn_netxml_row(const struct kn_netxml_row *parent, const char *name);
/* Does the list of words hold @word? */
bool kn_netxml_has_word(const char *words, const char *word);
/* True for kvmnet's own element in <metadata>. */
bool kn_netxml_is_mark(const xmlNode *node);

/* Appends the value of attribute @name of @node in the form in which equal values are equal text
 * (MAC and UUID in small letters, netmask as length, numbers as they are). */
void kn_netxml_put_value(const xmlNode *node, const char *name, struct kn_buf *ret);
/* The same for the text of an element. */
void kn_netxml_put_text(const xmlNode *node, struct kn_buf *ret);

#endif
