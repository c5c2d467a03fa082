/* What the bridge views gather before they write text or JSON. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_ROWS_H
#define KVMNET_CLI_VIEW_ROWS_H

#include "cli/view.h"
#include "plan/compare.h"

/* One bridge; all pointers borrowed from the state, except the differences. */
struct kn_bridge_row {
	struct kn_ifname name;
	const struct kn_link *link; /* the kernel's bridge, or NULL */
	const struct kn_conf *conf; /* the files' bridge, or NULL */
	struct kn_names ports;	    /* owned: the kernel's, then those only files know */
	struct kn_diffs diffs;	    /* owned */
};

struct kn_bridge_rows {
	struct kn_bridge_row *v; /* owned */
	size_t n, cap;
};

void kn_bridge_row_done(struct kn_bridge_row *row);
void kn_bridge_rows_done(struct kn_bridge_rows *rows);

/* Gathers one bridge. *ret must be zeroed (then kn_bridge_row_done()). Return: 0; -1 with
 * KN_ERR_INPUT when there is no such bridge, or KN_ERR_NOMEM. */
int kn_bridge_row_init(const struct kn_state *state, const struct kn_ifname *name,
		       struct kn_bridge_row *ret, struct kn_error *err) KN_NODISCARD;
/* Gathers every bridge of the kernel, in its order, then those only the files have. */
int kn_bridge_rows_init(const struct kn_state *state, struct kn_bridge_rows *ret,
			struct kn_error *err) KN_NODISCARD;

/* "up", "no carrier", "down"; "absent" (only in the files); "-" when no kernel was read. */
const char *kn_bridge_state_word(const struct kn_bridge_row *row, const struct kn_state *state);
/* "forwarding", ...; "not attached" for a link that only the files have here as a port; "absent"
 * where there is no such link. */
const char *kn_port_state_word(const struct kn_bridge_row *row, const struct kn_state *state,
			       const struct kn_ifname *port);

/* The kernel's value where there is one, else the files'. */
bool kn_bridge_mac(const struct kn_bridge_row *row, struct kn_mac *ret, bool *ret_pinned);
bool kn_bridge_mtu(const struct kn_bridge_row *row, uint32_t *ret);
const struct kn_opts *kn_bridge_opts(const struct kn_bridge_row *row);
/* The port's options: the kernel's, else the files', else NULL. */
const struct kn_opts *kn_port_opts(const struct kn_state *state, const struct kn_ifname *port);

/* The JSON documents (view_bridge_json.c). */
int kn_view_bridges_json(const struct kn_state *state, const struct kn_bridge_rows *rows,
			 const struct kn_view_opts *opts, struct kn_buf *ret,
			 struct kn_error *err) KN_NODISCARD;
int kn_view_bridge_json(const struct kn_state *state, const struct kn_bridge_row *row,
			const struct kn_view_opts *opts, struct kn_buf *ret,
			struct kn_error *err) KN_NODISCARD;

#endif
