/* `kvmnet show` as JSON. Layer: cli, pure.
 * Fields and codes are an interface: they are never renamed or translated. */
#include "cli/view_json.h"
#include "cli/view_topo.h"
#include "cli/view_unread.h"

static void put_addrs(struct kn_json *json, const struct kn_topo_node *node)
{
	char text[KN_CIDR_STRLEN];

	kn_json_array(json, "addresses");
	for (size_t i = 0; i < node->n_addrs; i++)
		kn_json_str(json, NULL, kn_cidr_fmt(&node->addrs[i]->addr, text));
	kn_json_end(json);
}

/* null: no default route leaves here; "": one without a gateway. */
static void put_gateway(struct kn_json *json, const char *key, const struct kn_route *route)
{
	char text[KN_IP_STRLEN];

	if (!route)
		kn_json_null(json, key);
	else
		kn_json_str(json, key,
			    route->gateway.family == KN_FAMILY_NONE
				    ? ""
				    : kn_ip_fmt(&route->gateway, text));
}

static void put_lease(struct kn_json *json, const struct kn_guest_lease *lease)
{
	char ip[KN_IP_STRLEN], mac[KN_MAC_STRLEN];

	kn_json_object(json, NULL);
	kn_json_str(json, "ip", kn_ip_fmt(&lease->ip, ip));
	kn_json_str(json, "mac", kn_mac_fmt(&lease->mac, mac));
	kn_json_str(json, "hostname", lease->hostname);
	kn_json_str(json, "network", lease->network);
	kn_json_end(json);
}

static void put_leases(struct kn_json *json, const struct kn_guest_lease *leases, size_t n)
{
	kn_json_array(json, "leases");
	for (size_t i = 0; i < n; i++)
		put_lease(json, &leases[i]);
	kn_json_end(json);
}

static void put_guest(struct kn_json *json, const struct kn_topo_node *node)
{
	const struct kn_guest_nic *nic = node->guest;
	char mac[KN_MAC_STRLEN];

	if (!nic) {
		kn_json_null(json, "guest");
		return;
	}
	kn_json_object(json, "guest");
	kn_json_str(json, "name", nic->guest);
	if (nic->pid)
		kn_json_int(json, "pid", nic->pid);
	else
		kn_json_null(json, "pid");
	kn_json_str(json, "nic", nic->nic);
	kn_json_str(json, "model", nic->model);
	kn_json_str(json, "mac", nic->has_mac ? kn_mac_fmt(&nic->mac, mac) : NULL);
	put_leases(json, node->leases, node->n_leases);
	kn_json_end(json);
}

static void put_net(struct kn_json *json, const struct kn_disknet *net)
{
	if (!net) {
		kn_json_null(json, "network");
		return;
	}
	kn_json_object(json, "network");
	kn_json_str(json, "name", net->net.name.s);
	kn_json_str(json, "mode", kn_netmode_word(net->net.mode));
	kn_json_bool(json, "active", net->active);
	kn_json_end(json);
}

static void put_diffs(struct kn_json *json, const struct kn_diffs *diffs)
{
	kn_json_array(json, "differences");
	for (size_t i = 0; i < diffs->n; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "what", kn_diff_word(&diffs->v[i]));
		kn_json_str(json, "interface", diffs->v[i].dev.s);
		kn_json_str(json, "file", diffs->v[i].file);
		kn_json_str(json, "kernel", diffs->v[i].kernel);
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_link(struct kn_json *json, const struct kn_link *link)
{
	char mac[KN_MAC_STRLEN];

	if (!link) {
		kn_json_null(json, "mtu");
		kn_json_null(json, "mac");
		return;
	}
	kn_json_int(json, "mtu", link->mtu);
	kn_json_str(json, "mac", link->has_mac ? kn_mac_fmt(&link->mac, mac) : NULL);
	if (link->vlan_id)
		kn_json_int(json, "vlan", link->vlan_id);
	if (kn_ifname_is_set(&link->lower))
		kn_json_str(json, "lower", link->lower.s);
	if (link->speed_mbit)
		kn_json_int(json, "speed_mbit", link->speed_mbit);
}

static void put_node(struct kn_json *json, const struct kn_topo *topo,
		     const struct kn_topo_node *node)
{
	const char *kind = kn_topo_kind_word(node);

	kn_json_object(json, NULL);
	kn_json_str(json, "name", node->name.s);
	kn_json_str(json, "kind", kind ? kind : node->link ? node->link->kind_word : NULL);
	kn_json_str(json, "master",
		    node->parent == KN_TOPO_TOP ? NULL : topo->v[node->parent].name.s);
	kn_json_str(json, "state", kn_topo_state_word(topo, node));
	kn_json_bool(json, "uplink", node->uplink);
	put_link(json, node->link);
	put_addrs(json, node);
	put_gateway(json, "gateway4", node->route4);
	put_gateway(json, "gateway6", node->route6);
	put_net(json, node->net);
	put_guest(json, node);
	kn_json_str(json, "file",
		    node->conf	   ? node->conf->path
		    : node->unread ? node->unread->file
				   : NULL);
	kn_json_bool(json, "file_read", node->unread == NULL);
	put_diffs(json, &node->diffs);
	kn_json_end(json);
}

int kn_view_topo_json(const struct kn_topo *topo, const struct kn_wiring *wiring,
		      const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_bool(json, "guests_hidden", wiring->guests.hidden);
	kn_json_bool(json, "networks_hidden", wiring->nets_hidden);
	kn_json_str(json, "libvirt", wiring->asked ? "asked" : wiring->silence ? "silent" : "none");
	put_leases(json, wiring->leases.v, wiring->leases.n);
	kn_json_array(json, "links");
	for (size_t i = 0; i < topo->n; i++)
		put_node(json, topo, &topo->v[i]);
	kn_json_end(json);
	kn_view_json_unread(json, topo->unread);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}
