/* What `kvmnet show` prints. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_TOPO_H
#define KVMNET_CLI_VIEW_TOPO_H

#include "cli/view.h"
#include "plan/topology.h"

enum kn_topo_format {
	KN_TOPO_TREE,
	KN_TOPO_DOT,	 /* graphviz */
	KN_TOPO_MERMAID, /* flowchart */
};

/* A tree for people: state, MTU, addresses, what is attached; differences between files and kernel
 * below. @wiring tells what could not be looked at. */
int kn_view_topo(const struct kn_topo *topo, const struct kn_wiring *wiring,
		 const struct kn_view_opts *opts, struct kn_buf *ret,
		 struct kn_error *err) KN_NODISCARD;
/* The same as a drawing's source. */
int kn_view_topo_graph(const struct kn_topo *topo, enum kn_topo_format format, struct kn_buf *ret,
		       struct kn_error *err) KN_NODISCARD;
/* One JSON document "kvmnet.show/1": links[], notes[]. */
int kn_view_topo_json(const struct kn_topo *topo, const struct kn_wiring *wiring,
		      const struct kn_view_opts *opts, struct kn_buf *ret,
		      struct kn_error *err) KN_NODISCARD;

/* "up", "down", "absent"; of a bridge's port "fwd", "block", "listen", "learn". */
const char *kn_topo_state_word(const struct kn_topo *topo, const struct kn_topo_node *node);
/* "bridge", "vlan", ...; NULL: a NIC or tap, which needs no word. */
const char *kn_topo_kind_word(const struct kn_topo_node *node);
/* The name of the node's file without its directory, or NULL; borrowed. */
const char *kn_topo_file(const struct kn_topo_node *node);
/* The lines of the two columns that may have several; each is a row's further line. */
int kn_topo_addr_lines(const struct kn_topo *topo, const struct kn_topo_node *node,
		       struct kn_strv *lines, struct kn_error *err) KN_NODISCARD;
int kn_topo_what_lines(const struct kn_topo_node *node, const struct kn_view_opts *opts,
		       struct kn_strv *lines, struct kn_error *err) KN_NODISCARD;

#endif
