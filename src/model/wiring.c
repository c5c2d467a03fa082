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

struct kn_guest_nic *kn_guests_get(struct kn_guests *guests, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < guests->n; i++)
		if (kn_ifname_eq(&guests->v[i].dev, dev))
			return &guests->v[i];
	return NULL;
}

static void lease_done(struct kn_guest_lease *lease)
{
	free(lease->hostname);
	free(lease->network);
}

void kn_wiring_done(struct kn_wiring *wiring)
{
	kn_guests_done(&wiring->guests);
	for (size_t i = 0; i < wiring->nets.n; i++)
		kn_network_done(&wiring->nets.v[i].net);
	free(wiring->nets.v);
	kn_vnics_done(&wiring->vnics);
	for (size_t i = 0; i < wiring->leases.n; i++)
		lease_done(&wiring->leases.v[i]);
	free(wiring->leases.v);
	free(wiring->silence);
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

int kn_wiring_add_lease(struct kn_wiring *wiring, const struct kn_guest_lease *lease,
			struct kn_error *err)
{
	struct kn_guest_lease copy = *lease;

	copy.hostname = lease->hostname ? strdup(lease->hostname) : NULL;
	copy.network = strdup(lease->network);
	if (!copy.network || (lease->hostname && !copy.hostname)) {
		lease_done(&copy);
		return kn_fail_nomem(err);
	}
	if (kn_grow(&wiring->leases.v, &wiring->leases.cap, wiring->leases.n + 1, sizeof(copy),
		    err) < 0) {
		lease_done(&copy);
		return -1;
	}
	wiring->leases.v[wiring->leases.n++] = copy;
	return 0;
}

static int by_mac(const void *a, const void *b)
{
	const struct kn_guest_lease *one = a, *two = b;
	int r = memcmp(&one->mac, &two->mac, sizeof(one->mac));

	if (r == 0 && one->ip.family != two->ip.family)
		return one->ip.family == KN_IPV4 ? -1 : 1;
	return r ? r : memcmp(one->ip.b, two->ip.b, sizeof(one->ip.b));
}

void kn_wiring_sort_leases(struct kn_wiring *wiring)
{
	if (wiring->leases.n)
		qsort(wiring->leases.v, wiring->leases.n, sizeof(*wiring->leases.v), by_mac);
}

const struct kn_guest_lease *kn_wiring_leases_of(const struct kn_wiring *wiring,
						 const struct kn_mac *mac, size_t *ret_n)
{
	size_t lo = 0, hi = wiring->leases.n, n = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(&wiring->leases.v[mid].mac, mac, sizeof(*mac)) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < wiring->leases.n && kn_mac_eq(&wiring->leases.v[lo + n].mac, mac))
		n++;
	*ret_n = n;
	return n ? &wiring->leases.v[lo] : NULL;
}
