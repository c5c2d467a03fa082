/* Requests about bonds and VLANs.
 * Layer: live, pure (builds messages). */
#include <linux/if_link.h>

#include "live/nl.h"

static void start(struct kn_req *req, int flags, int ifindex)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = ifindex};

	kn_req_init(req, RTM_NEWLINK, NLM_F_ACK | flags, &info, sizeof(info));
}

/* IFLA_LINKINFO with the kind; the caller fills IFLA_INFO_DATA and ends both. */
static struct nlattr *begin_info(struct kn_req *req, const char *kind, struct nlattr **ret_data)
{
	struct nlattr *info = kn_req_nest(req, IFLA_LINKINFO);

	kn_req_str(req, IFLA_INFO_KIND, kind);
	*ret_data = kn_req_nest(req, IFLA_INFO_DATA);
	return info;
}

static void put_bond_info(struct kn_req *req, const struct kn_opts *opts)
{
	struct nlattr *data, *info = begin_info(req, "bond", &data);

	kn_bond_opts_put(req, opts);
	kn_req_end(req, data);
	kn_req_end(req, info);
}

/* All in one message: the mode can be set only before the first port, and what is on top (a bridge)
 * looks at the address at once. */
void kn_req_bond_add(struct kn_req *req, const struct kn_op *op)
{
	start(req, NLM_F_CREATE | NLM_F_EXCL, 0);
	kn_req_str(req, IFLA_IFNAME, op->dev.s);
	if (op->bridge.has_mac)
		kn_req_put(req, IFLA_ADDRESS, op->bridge.mac.b, sizeof(op->bridge.mac.b));
	if (op->bridge.mtu)
		kn_req_u32(req, IFLA_MTU, op->bridge.mtu);
	put_bond_info(req, &op->bridge.opts);
}

void kn_req_bond_opts(struct kn_req *req, int ifindex, const struct kn_opts *opts)
{
	start(req, 0, ifindex);
	put_bond_info(req, opts);
}

void kn_req_bond_port(struct kn_req *req, int ifindex, int attr, int port)
{
	struct nlattr *data, *info;

	start(req, 0, ifindex);
	info = begin_info(req, "bond", &data);
	kn_req_u32(req, attr, (uint32_t)port);
	kn_req_end(req, data);
	kn_req_end(req, info);
}

/* Without a protocol it is 802.1Q. Source: kernel net/8021q/vlan_netlink.c, vlan_newlink(). */
void kn_req_vlan_add(struct kn_req *req, int below, const struct kn_op *op)
{
	struct nlattr *data, *info;

	start(req, NLM_F_CREATE | NLM_F_EXCL, 0);
	kn_req_str(req, IFLA_IFNAME, op->dev.s);
	kn_req_u32(req, IFLA_LINK, (uint32_t)below);
	if (op->vlan.mtu)
		kn_req_u32(req, IFLA_MTU, op->vlan.mtu);
	info = begin_info(req, "vlan", &data);
	kn_req_uint(req, IFLA_VLAN_ID, op->vlan.of.id, 2);
	kn_req_end(req, data);
	kn_req_end(req, info);
}
