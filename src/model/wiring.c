/* Guests' NICs and libvirt's networks: lists and look-ups.
 * Layer: model, pure. */
#include "kvmnet/wiring.h"

#include <stdlib.h>
#include <string.h>

void kn_guests_done(struct kn_guests *guests)
{
	for (size_t i = 0; i < guests->n; i++) {
		free(guests->v[i].guest);
		free(guests->v[i].nic);
		free(guests->v[i].model);
	}
	free(guests->v);
	*guests = (struct kn_guests){0};
}

struct kn_guest_nic *kn_guests_add(struct kn_guests *guests, const struct kn_ifname *dev, int pid,
				   struct kn_error *err)
{
	if (kn_grow(&guests->v, &guests->cap, guests->n + 1, sizeof(*guests->v), err) < 0)
		return NULL;
	struct kn_guest_nic *nic = &guests->v[guests->n++];

	*nic = (struct kn_guest_nic){.dev = *dev, .pid = pid};
	return nic;
}

void kn_wiring_done(struct kn_wiring *wiring)
{
	kn_guests_done(&wiring->guests);
	for (size_t i = 0; i < wiring->nets.n; i++)
		kn_network_done(&wiring->nets.v[i].net);
	free(wiring->nets.v);
	kn_vnics_done(&wiring->vnics);
	*wiring = (struct kn_wiring){0};
}

/* Two definitions may name the same bridge as long as only one of them runs. */
const struct kn_disknet *kn_wiring_net_of(const struct kn_wiring *wiring,
					  const struct kn_ifname *bridge)
{
	const struct kn_disknet *found = NULL;

	for (size_t i = 0; i < wiring->nets.n; i++) {
		const struct kn_disknet *net = &wiring->nets.v[i];

		if (net->mode_known && kn_netmode_has_bridge(net->net.mode) &&
		    kn_ifname_eq(&net->net.bridge, bridge) &&
		    (!found || (net->active && !found->active)))
			found = net;
	}
	return found;
}

const struct kn_disknet *kn_wiring_net(const struct kn_wiring *wiring, const char *name)
{
	for (size_t i = 0; i < wiring->nets.n; i++)
		if (strcmp(wiring->nets.v[i].net.name.s, name) == 0)
			return &wiring->nets.v[i];
	return NULL;
}
