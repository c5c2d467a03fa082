/* libvirt's networks as one JSON document, the same for net list, show and check.
 * Layer: cli, pure. Fields are an interface: they are never renamed. */
#include <string.h>

#include "cli/view_json.h"
#include "cli/view_nets.h"
#include "codec/netxml.h"

static void put_leases(struct kn_json *json, const struct kn_vnet *net)
{
	kn_json_array(json, "leases");
	for (size_t i = 0; i < net->n_leases; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "mac", net->leases[i].mac);
		kn_json_str(json, "ip", net->leases[i].ip);
		kn_json_str(json, "hostname", net->leases[i].hostname);
		kn_json_int(json, "expires", net->leases[i].expires_s);
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_guests(struct kn_json *json, const struct kn_state *state,
		       const struct kn_vnet *net)
{
	char mac[KN_MAC_STRLEN];

	kn_json_array(json, "guests");
	for (size_t i = 0; i < state->nics.n; i++) {
		const struct kn_vnic *nic = &state->nics.v[i];

		if (!nic->network || strcmp(nic->network, net->name) != 0)
			continue;
		kn_json_object(json, NULL);
		kn_json_str(json, "name", nic->guest);
		kn_json_bool(json, "running", nic->running);
		kn_json_str(json, "mac", nic->has_mac ? kn_mac_fmt(&nic->mac, mac) : NULL);
		kn_view_json_word(json, "device", nic->tap.s);
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_subnets(struct kn_json *json, const struct kn_network *def)
{
	char cidr[KN_CIDR_STRLEN], first[KN_IP_STRLEN], last[KN_IP_STRLEN];

	kn_json_array(json, "subnets");
	for (size_t i = 0; i < def->subnets.n; i++)
		kn_json_str(json, NULL, kn_cidr_fmt(&def->subnets.v[i], cidr));
	kn_json_end(json);
	kn_json_array(json, "dhcp");
	for (size_t i = 0; i < def->ranges.n; i++) {
		kn_json_object(json, NULL);
		kn_json_str(json, "first", kn_ip_fmt(&def->ranges.v[i].first, first));
		kn_json_str(json, "last", kn_ip_fmt(&def->ranges.v[i].last, last));
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_problems(struct kn_json *json, const struct kn_netview *view, const char *name)
{
	kn_json_array(json, "problems");
	for (size_t i = 0; i < view->findings->n; i++) {
		const struct kn_finding *f = &view->findings->v[i];

		if (strcmp(f->network, name) != 0)
			continue;
		kn_json_object(json, NULL);
		kn_json_str(json, "level", f->is_error ? "error" : "warning");
		kn_json_str(json, "text", f->text);
		kn_json_str(json, "fix", f->fix);
		kn_json_end(json);
	}
	kn_json_end(json);
}

static void put_net(struct kn_json *json, const struct kn_netview *view, const struct kn_vnet *net)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error unreadable = {0};
	bool readable =
		kn_netxml_parse(net->name, net->xml, strlen(net->xml), &def, &unreadable) == 0;

	kn_json_object(json, NULL);
	kn_json_str(json, "name", net->name);
	kn_json_str(json, "mode",
		    readable && def.mode_known ? kn_netmode_word(def.net.mode) : NULL);
	kn_json_bool(json, "active", net->active);
	kn_json_bool(json, "persistent", net->persistent);
	kn_json_bool(json, "autostart", net->autostart);
	kn_view_json_word(json, "bridge", def.net.bridge.s);
	put_subnets(json, &def.net);
	put_leases(json, net);
	put_guests(json, view->state, net);
	put_problems(json, view, net->name);
	kn_json_str(json, "xml", net->xml);
	kn_json_end(json);
}

int kn_view_nets_json(const struct kn_netview *view, const struct kn_view_opts *opts,
		      struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;
	const struct kn_vnets *nets = &view->state->nets;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_json_bool(json, "from_files", nets->offline);
	kn_json_array(json, "networks");
	for (size_t i = 0; i < nets->n; i++)
		if (!view->name || !strcmp(view->name, nets->v[i].name))
			put_net(json, view, &nets->v[i]);
	kn_json_end(json);
	kn_view_json_errors(json, NULL);
	return kn_json_finish(json, ret, err);
}
