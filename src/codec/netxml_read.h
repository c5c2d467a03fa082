/* Inside of the reader of network XML: values out of attributes, with errors that name the line.
 * Layer: codec, pure. */
#ifndef KVMNET_CODEC_NETXML_READ_H
#define KVMNET_CODEC_NETXML_READ_H

#include "codec/netxml_priv.h"
#include "kvmnet/num.h"

struct kn_netxml_reader {
	const char *what; /* the document's name in messages */
	struct kn_netdef *def;
	struct kn_error *err;
};

typedef int kn_netxml_reader_fn(struct kn_netxml_reader *r, xmlNode *node);

/* Calls @take for every child element of that name. Return: 0; -1 from the first that fails. */
int kn_netxml_each(struct kn_netxml_reader *r, xmlNode *parent, const char *name,
		   kn_netxml_reader_fn *take) KN_NODISCARD;

/* Records: attribute @attr of @node (NULL: the element) is wrong because @why. Return: -1. */
int kn_netxml_bad(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		  const char *why);
/* Puts the place of @node in front of an error about a value of it. Return: -1. */
int kn_netxml_wrap(struct kn_netxml_reader *r, const xmlNode *node);

/* Each: a missing attribute leaves *ret as it is. Return: 0; -1 with the error. */
int kn_netxml_get_ip(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		     struct kn_ip *ret) KN_NODISCARD;
int kn_netxml_get_num(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		      bool *ret_has, uint32_t *ret) KN_NODISCARD;
/* *ret: new, free it; what was there is replaced. */
int kn_netxml_get_str(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		      char **ret) KN_NODISCARD;
/* @words: "yes no" or "on off", true first. *ret_has (may be NULL): it was there. */
int kn_netxml_get_bool(struct kn_netxml_reader *r, const xmlNode *node, const char *attr,
		       const char *words, bool *ret_has, bool *ret) KN_NODISCARD;

/* name to domain. */
int kn_netxml_read_head(struct kn_netxml_reader *r, xmlNode *network) KN_NODISCARD;
int kn_netxml_read_dns(struct kn_netxml_reader *r, xmlNode *network) KN_NODISCARD;

#endif
