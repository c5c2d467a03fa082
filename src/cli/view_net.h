/* Views of networks as text for libvirt and its users. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_NET_H
#define KVMNET_CLI_VIEW_NET_H

#include "cli/view.h"
#include "kvmnet/network.h"

/* net xml --json: name, mode, xml, notes[]. @plan: for its notes. */
int kn_view_net_xml(const struct kn_network *net, const char *xml, const struct kn_plan *plan,
		    const struct kn_view_opts *opts, struct kn_buf *ret,
		    struct kn_error *err) KN_NODISCARD;

/* What connects a guest. */
struct kn_snippet {
	const struct kn_network *net;
	bool mode_known;       /* .net->mode means something */
	bool direct;	       /* the bridge or device itself, without a network of libvirt */
	const char *portgroup; /* or NULL */
};

/* net snippet: the interface's XML, a command for a guest that exists, an option for a new one. */
int kn_view_snippet(const struct kn_snippet *snippet, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
