/* Views of libvirt's networks as they are. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_NETS_H
#define KVMNET_CLI_VIEW_NETS_H

#include "cli/view.h"

struct kn_netview {
	const struct kn_state *state;
	const struct kn_findings *findings;
	const char *name; /* this network alone, or NULL */
};

/* `net list`: a table. JSON: networks[]. */
int kn_view_nets(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		 struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
/* `net show NAME`: mode, bridge, subnets, leases, guests, what is wrong. */
int kn_view_net(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
/* `net check`: what is wrong, and a line that counts it. */
int kn_view_net_check(const struct kn_netview *view, const struct kn_view_opts *opts, bool json,
		      struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* ---- view_nets_json.c ---- */

int kn_view_nets_json(const struct kn_netview *view, const struct kn_view_opts *opts,
		      struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
