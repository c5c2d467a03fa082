/* The words that every form of `kvmnet show` uses. Layer: cli, pure. */
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <string.h>

#include "cli/view_topo.h"

const char *kn_topo_state_word(const struct kn_topo *topo, const struct kn_topo_node *node)
{
	/* Source: kernel include/uapi/linux/if_bridge.h, BR_STATE_DISABLED = 0 and on. */
	static const char *const ports[] = {"down", "listen", "learn", "fwd", "block"};
	const struct kn_link *link = node->link;

	if (!link)
		return "absent";
	if (node->parent != KN_TOPO_TOP && topo->v[node->parent].link &&
	    topo->v[node->parent].link->kind == KN_LINK_BRIDGE &&
	    link->port_state <= BR_STATE_BLOCKING)
		return ports[link->port_state];
	return link->flags & IFF_UP && link->flags & IFF_RUNNING ? "up" : "down";
}

const char *kn_topo_kind_word(const struct kn_topo_node *node)
{
	if (!node->link)
		return node->conf && node->conf->type == KN_CONF_BRIDGE ? "bridge" : NULL;
	switch (node->link->kind) {
	case KN_LINK_BRIDGE:
		return "bridge";
	case KN_LINK_BOND:
		return "bond";
	case KN_LINK_TEAM:
		return "team";
	case KN_LINK_VLAN:
		return "vlan";
	case KN_LINK_WLAN:
		return "wlan";
	case KN_LINK_MACVLAN:
	case KN_LINK_OTHER:
		return node->link->kind_word;
	case KN_LINK_PHYSICAL:
	case KN_LINK_LOOPBACK:
	case KN_LINK_VETH:
	case KN_LINK_TUN:
		break;
	}
	return NULL;
}

const char *kn_topo_file(const struct kn_topo_node *node)
{
	const char *path = node->conf ? node->conf->path : NULL;
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}
