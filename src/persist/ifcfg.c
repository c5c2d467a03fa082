/* The ifcfg backend: its table and the verbs.
 * Layer: persist, pure. */
#include "persist/ifcfg.h"

#include <stdlib.h>

#include "persist/ifb.h"
#include "persist/resolv.h"

/* The uplink's text as it is before the change. *ret NULL when it has no file. */
static int open_uplink(const struct kn_ifb *ifb, struct kn_ifcfg **ret, struct kn_error *err)
{
	const struct kn_file *file;

	*ret = NULL;
	if (!kn_ifname_is_set(&ifb->target->uplink))
		return 0;
	if (kn_ifb_find(ifb->tree, &ifb->target->uplink, &file, err) < 0)
		return -1;
	if (!file)
		return 0;
	if (kn_ifcfg_parse(file->path, file->data, file->len, ret, err) < 0)
		return -1;
	if (kn_ifb_check_dialect(*ret, file->path, err) < 0 ||
	    kn_ifb_check_values(*ret, file->path, ifb->target, err) < 0) {
		kn_ifcfg_free(*ret);
		return -1;
	}
	return 0;
}

/* Bridge's files first: a reader that looks in between finds the address at least once. */
static int render_create(const struct kn_ifb *ifb, struct kn_error *err)
{
	const struct kn_names *ports = &ifb->target->ports;
	struct kn_ifcfg *uplink;

	if (open_uplink(ifb, &uplink, err) < 0)
		return -1;
	int rc = kn_ifb_render_bridge(ifb, uplink, err);
	kn_ifcfg_free(uplink);
	if (rc == 0)
		rc = kn_ifb_render_extra(ifb, err);
	for (size_t i = 0; rc == 0 && i < ports->n; i++)
		rc = kn_ifb_render_port(ifb, &ports->v[i], err);
	return rc < 0 ? -1 : kn_ifb_render_moved(ifb, err);
}

/* Ports are independent of each other; the first failure ends it, nothing is on disk. */
static int each_port(const struct kn_ifb *ifb,
		     int (*fn)(const struct kn_ifb *ifb, const struct kn_ifname *name,
			       struct kn_error *err),
		     struct kn_error *err)
{
	for (size_t i = 0; i < ifb->target->ports.n; i++)
		if (fn(ifb, &ifb->target->ports.v[i], err) < 0)
			return -1;
	return 0;
}

/* A bond's or VLAN's file before those of the ports, which name it. */
static int render_link(const struct kn_ifb *ifb, struct kn_error *err)
{
	if (kn_ifb_render_bridge(ifb, NULL, err) < 0)
		return -1;
	if (ifb->target->groups & KN_GROUP_IP && kn_ifb_render_routes(ifb, err) < 0)
		return -1;
	return each_port(ifb, kn_ifb_render_port, err);
}

/* One verb, one function; the planner has decided everything else. */
static int render(const struct kn_target *target, const struct kn_tree *tree,
		  const struct kn_origins *origins, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_ifb ifb = {target, tree, origins, plan};

	switch (target->verb) {
	case KN_BRIDGE_CREATE:
		return render_create(&ifb, err);
	case KN_BRIDGE_SET:
		return kn_ifb_render_set(&ifb, err);
	case KN_BRIDGE_DELETE:
	case KN_LINK_DELETE:
		return kn_ifb_render_delete(&ifb, err);
	case KN_PORT_ADD:
		return each_port(&ifb, kn_ifb_render_port, err);
	case KN_PORT_REMOVE:
		return each_port(&ifb, kn_ifb_render_port_remove, err);
	case KN_BOND_RELEASE:
		return each_port(&ifb, kn_ifb_render_port_remove, err) < 0
			       ? -1
			       : kn_ifb_render_primary(&ifb, err);
	case KN_PORT_SET:
		return each_port(&ifb, kn_ifb_render_port_set, err);
	case KN_BOND_CREATE:
	case KN_VLAN_CREATE:
		return render_link(&ifb, err);
	case KN_NET_CREATE:
	case KN_NET_DELETE:
	case KN_NET_HOST_ADD:
	case KN_NET_HOST_REMOVE:
	case KN_APPLY:
		break;
	}
	return 0;
}

const struct kn_backend kn_backend_ifcfg = {
	.name = "ifcfg",
	.dir = KN_IFB_DIR,
	.is_ours = kn_ifb_is_ours,
	.read = kn_ifb_read,
	.render = render,
	.render_dns = kn_resolv_render,
	.restore_dns = kn_resolv_restore,
};
