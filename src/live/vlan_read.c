/* The VLANs that bridges have on their ports and on themselves.
 * Layer: live, effects (reads). Source: kernel net/bridge/br_netlink.c, br_fill_ifvlaninfo(). */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>

#include "live/nl.h"

struct sink {
	struct kn_facts *facts;
	struct kn_link_map map;
	uint16_t begin; /* of the row that is open, 0 = none */
};

static int add_row(struct sink *sink, const struct kn_ifname *dev,
		   const struct bridge_vlan_info *info, struct kn_error *err)
{
	struct kn_port_vlan row = {.dev = *dev, .first = info->vid, .last = info->vid};

	if (info->flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) {
		sink->begin = info->vid;
		return 0;
	}
	if ((info->flags & BRIDGE_VLAN_INFO_RANGE_END) && sink->begin)
		row.first = sink->begin;
	sink->begin = 0;
	row.pvid = info->flags & BRIDGE_VLAN_INFO_PVID;
	row.untagged = info->flags & BRIDGE_VLAN_INFO_UNTAGGED;
	return kn_facts_add_vlan(sink->facts, &row, err);
}

/* A card's driver may answer, too, for the switch inside: it lists no VLANs. */
static int on_port(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	struct nlattr *tb[IFLA_AF_SPEC + 1], *attr;
	const struct ifinfomsg *info = nlmsg_data(hdr);
	struct sink *sink = arg;
	int left;

	if (hdr->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (nlmsg_parse(hdr, sizeof(*info), tb, IFLA_AF_SPEC, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a port's description is cut short");
	const struct kn_link *link = kn_link_by_index(&sink->map, info->ifi_index);
	if (!link || !tb[IFLA_AF_SPEC])
		return 0;
	sink->begin = 0;
	nla_for_each_nested(attr, tb[IFLA_AF_SPEC], left)
	{
		if (nla_type(attr) == IFLA_BRIDGE_VLAN_INFO &&
		    nla_len(attr) >= (int)sizeof(struct bridge_vlan_info) &&
		    add_row(sink, &link->name, nla_data(attr), err) < 0)
			return -1;
	}
	return 0;
}

static bool any_filters(const struct kn_facts *facts)
{
	for (size_t i = 0; i < facts->n_links; i++)
		if (kn_opts_get(&facts->links[i].opts, KN_BROPT_VLAN_FILTERING, 0))
			return true;
	return false;
}

/* The kernel has no other way to ask for one bridge alone before 5.6. */
int kn_read_port_vlans(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err)
{
	struct ifinfomsg info = {.ifi_family = AF_BRIDGE};
	struct sink sink = {.facts = facts, .map = {.facts = facts}};
	struct kn_req req;

	if (!any_filters(facts))
		return 0;
	kn_req_init(&req, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
	kn_req_u32(&req, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
	req.on_msg = on_port;
	req.arg = &sink;
	int rc = kn_nl_dump(nl, &req, &facts->n_vlans, "VLANs of ports", err);
	kn_req_done(&req);
	facts->vlans_known = rc == 0;
	return rc;
}
