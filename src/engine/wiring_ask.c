/* What a running libvirt tells of guests, leases and networks.
 * Layer: engine, effects (reads only). */
#include <stdlib.h>
#include <string.h>

#include "codec/domxml.h"
#include "codec/netxml.h"
#include "engine/look.h"

int kn_wiring_silent(struct kn_wiring *ret, const struct kn_error *why, struct kn_error *err)
{
	if (why->kind == KN_ERR_NOMEM) {
		*err = *why;
		return -1;
	}
	ret->silence = strdup(why->message);
	return ret->silence ? 0 : kn_fail_nomem(err);
}

/* ---- networks ---- */

/* As it runs, else as it is defined. One that cannot be read is left out. */
static int take_net(const struct kn_vnet *from, struct kn_wiring *ret, struct kn_error *err)
{
	const char *xml = from->live_xml ? from->live_xml : from->xml;
	struct kn_error failure = {0};
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};

	if (kn_netxml_parse(from->name, xml, strlen(xml), &def, &failure) < 0) {
		if (failure.kind != KN_ERR_NOMEM)
			return 0;
		*err = failure;
		return -1;
	}
	if (kn_grow(&ret->nets.v, &ret->nets.cap, ret->nets.n + 1, sizeof(*ret->nets.v), err) < 0)
		return -1;
	ret->nets.v[ret->nets.n++] = (struct kn_disknet){.net = def.net,
							 .mode_known = def.mode_known,
							 .defined = from->persistent,
							 .active = from->active,
							 .autostart = from->autostart};
	def.net = (struct kn_network){0};
	return 0;
}

/* It knows what runs; its files may be a moment older, and only root may read them. */
static int take_nets(const struct kn_vnets *nets, struct kn_wiring *ret, struct kn_error *err)
{
	for (size_t i = 0; i < ret->nets.n; i++)
		kn_network_done(&ret->nets.v[i].net);
	ret->nets.n = 0;
	ret->nets_hidden = false;
	for (size_t i = 0; i < nets->n; i++)
		if (take_net(&nets->v[i], ret, err) < 0)
			return -1;
	return 0;
}

/* ---- leases ---- */

static int take_leases(const struct kn_vnets *nets, struct kn_wiring *ret, struct kn_error *err)
{
	for (size_t i = 0; i < nets->n; i++)
		for (size_t k = 0; k < nets->v[i].n_leases; k++) {
			const struct kn_lease *from = &nets->v[i].leases[k];
			struct kn_guest_lease lease = {.hostname = from->hostname,
						       .network = nets->v[i].name};
			struct kn_error ignored = {0};

			if (!from->mac || !from->ip ||
			    kn_mac_parse(from->mac, &lease.mac, &ignored) < 0 ||
			    !kn_ip_is(from->ip, &lease.ip))
				continue;
			if (kn_wiring_add_lease(ret, &lease, err) < 0)
				return -1;
		}
	kn_wiring_sort_leases(ret);
	return 0;
}

/* ---- guests ---- */

/* The name that people gave it wins over what a command line says. */
static int set_text(char **to, const char *from, bool over, struct kn_error *err)
{
	char *copy;

	if (!from || (*to && !over))
		return 0;
	copy = strdup(from);
	if (!copy)
		return kn_fail_nomem(err);
	free(*to);
	*to = copy;
	return 0;
}

static int take_nic(const struct kn_vnic *from, struct kn_wiring *ret, struct kn_error *err)
{
	struct kn_guest_nic *nic;

	if (!from->running || !kn_ifname_is_set(&from->tap))
		return 0;
	nic = kn_guests_get(&ret->guests, &from->tap);
	if (!nic)
		nic = kn_guests_add(&ret->guests, &from->tap, 0, err);
	if (!nic)
		return -1;
	if (from->has_mac) {
		nic->mac = from->mac;
		nic->has_mac = true;
	}
	if (set_text(&nic->guest, from->guest, true, err) < 0 ||
	    set_text(&nic->nic, from->alias, false, err) < 0)
		return -1;
	return set_text(&nic->model, from->model, false, err);
}

static int take_guests(const struct kn_vnets *nets, struct kn_wiring *ret, struct kn_error *err)
{
	struct kn_vnics nics = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < nets->n_doms; i++) {
		struct kn_error failure = {0};

		if (kn_domxml_nics(&nets->doms[i], &nics, &failure) < 0 &&
		    failure.kind == KN_ERR_NOMEM) {
			*err = failure;
			r = -1;
		}
	}
	for (size_t i = 0; r == 0 && i < nics.n; i++)
		r = take_nic(&nics.v[i], ret, err);
	kn_vnics_done(&nics);
	return r;
}

int kn_wiring_ask(struct kn_virt *virt, struct kn_wiring *ret, struct kn_error *err)
{
	struct kn_virt_request req = {.live_xml = true, .leases = true, .guests = true};
	struct kn_vnets nets KN_CLEANUP(kn_vnets_done) = {0};
	struct kn_error failure = {0};

	if (virt->snapshot(virt, &req, &nets, &failure) < 0)
		return kn_wiring_silent(ret, &failure, err);
	if (take_nets(&nets, ret, err) < 0 || take_leases(&nets, ret, err) < 0 ||
	    take_guests(&nets, ret, err) < 0)
		return -1;
	ret->asked = true;
	return 0;
}
