/* libvirt's network XML: from a network to text, back, and into an existing document.
 * Layer: codec, pure. Source: https://libvirt.org/formatnetwork.html; the order of elements is that
 * of libvirt's own dumps (src/conf/network_conf.c, virNetworkDefFormatBuf). */
#ifndef KVMNET_CODEC_NETXML_H
#define KVMNET_CODEC_NETXML_H

#include "kvmnet/network.h"
#include "kvmnet/plan.h"

/* What tells in a definition that kvmnet wrote it, and for which groups it was asked. A name only:
 * nothing is ever fetched from it. */
#define KN_NETXML_NS "urn:kvmnet:network:1"

/* Appends a new document: groups in .has, and the mark if .marked. Subnets still to be chosen must
 * have been. Return: 0; -1 with KN_ERR_NOMEM, KN_ERR_UNSUPPORTED (no libxml2). */
int kn_netxml_emit(const struct kn_network *net, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;

/* Reads a definition, or the status file of a running network (<networkstatus>), which may be
 * hostile. @what names it in messages. Values that libvirt would not take are errors; what kvmnet
 * has no word for goes into ->others. *ret must be zeroed; free it in both cases.
 * Return: 0; -1 with KN_ERR_HOSTFILE (line set where known), KN_ERR_NOMEM, KN_ERR_UNSUPPORTED. */
int kn_netxml_parse(const char *what, const char *data, size_t len, struct kn_netdef *ret,
		    struct kn_error *err) KN_NODISCARD;

/* Appends the document of @have, changed so that it says @want in every group: what @want has not
 * is taken away, what the vocabulary does not know stays where it is, an element that says it
 * already is not touched. *ret_changed: it differs from before in more than
 * the mark. A definition without a mark that says all of it gets none. Return: 0; -1
 * with KN_ERR_NOMEM, KN_ERR_HOSTFILE. */
int kn_netxml_patch(const struct kn_netdef *have, const struct kn_network *want, struct kn_buf *ret,
		    bool *ret_changed, struct kn_error *err) KN_NODISCARD;

/* Appends a form in which two documents that mean the same are the same text: known elements in
 * libvirt's order, attributes sorted, masks as lengths, leases in seconds, MACs and UUIDs in small
 * letters, without what libvirt adds of itself (nat ports 1024-65535, the device's <interface>
 * beside forward@dev, connection counts) and comments. @with_identity: false leaves uuid and mac
 * out, which libvirt makes up where they are missing. */
int kn_netxml_canonical(const char *what, const char *data, size_t len, bool with_identity,
			struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* The document as this codec would write it (indentation, quotes), for diffs. */
int kn_netxml_tidy(const char *what, const char *data, size_t len, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;

/* Applies libvirt's schema, the RelaxNG file at @schema, which libxml2 reads with what it includes.
 * *ret_applied = false: there is no such file, or it cannot be used.
 * Return: 0; -1 with KN_ERR_INPUT and the schema's complaint. */
int kn_netxml_validate(const char *data, size_t len, const char *schema, bool *ret_applied,
		       struct kn_error *err) KN_NODISCARD;

/* Compares chg->before with chg->after, both set, and adds to chg->updates what a running network
 * can take over, element by element, what goes before what comes. Words that change nothing (title,
 * metadata) are no difference. *ret_restart: there are others, which need stop and start.
 * Return: 0; -1 with KN_ERR_NOMEM, KN_ERR_HOSTFILE, KN_ERR_UNSUPPORTED. */
int kn_netxml_live(struct kn_netchg *chg, bool *ret_restart, struct kn_error *err) KN_NODISCARD;

/* Appends the <interface> element by which a guest uses @net: type network, or with @direct the
 * bridge or device itself. @portgroup may be NULL. */
int kn_netxml_interface(const struct kn_network *net, const char *portgroup, bool direct,
			struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
