/* Fixed leases of a network, one at a time. Layer: plan, pure. */
#include <stdlib.h>
#include <string.h>

#include "plan/net_ctx.h"

static bool same_client(const struct kn_net_host *a, const struct kn_net_host *b)
{
	if (a->ip.family != b->ip.family)
		return false;
	if (a->has_mac && b->has_mac)
		return kn_mac_eq(&a->mac, &b->mac);
	if (a->duid && b->duid)
		return !strcmp(a->duid, b->duid);
	return false;
}

static void drop_host(struct kn_network *net, size_t i)
{
	free(net->hosts.v[i].duid);
	free(net->hosts.v[i].name);
	net->hosts.n--;
	for (; i < net->hosts.n; i++)
		net->hosts.v[i] = net->hosts.v[i + 1];
	if (net->hosts.n == 0)
		net->has &= ~KN_NET_HAS(HOSTS);
}

static bool same_host(const struct kn_net_host *a, const struct kn_net_host *b)
{
	bool names = a->name && b->name ? !strcmp(a->name, b->name) : a->name == b->name;

	return same_client(a, b) && kn_ip_eq(&a->ip, &b->ip) && names;
}

/* The same client's old entry of that family goes: it moves to the new address. */
static int add_host(struct kn_netctx *c, struct kn_network *net, const struct kn_net_host *host)
{
	struct kn_net_host copy = *host;

	for (size_t i = net->hosts.n; i-- > 0;) {
		if (same_host(&net->hosts.v[i], host))
			return 0;
		if (same_client(&net->hosts.v[i], host))
			drop_host(net, i);
	}
	if (kn_grow(&net->hosts.v, &net->hosts.cap, net->hosts.n + 1, sizeof(copy), c->err) < 0)
		return -1;
	copy.duid = host->duid ? strdup(host->duid) : NULL;
	copy.name = host->name ? strdup(host->name) : NULL;
	net->hosts.v[net->hosts.n++] = copy;
	net->has |= KN_NET_HAS(HOSTS);
	if ((host->duid && !copy.duid) || (host->name && !copy.name))
		return kn_fail_nomem(c->err);
	return 0;
}

static int other_address(struct kn_netctx *c, const struct kn_net_host *row,
			 const struct kn_net_host *host)
{
	char has[KN_IP_STRLEN], said[KN_IP_STRLEN], mac[KN_MAC_STRLEN];

	kn_fail(c->err, KN_ERR_INPUT, 0, "network %s gives %s to %s, not %s", c->want->name.s,
		kn_ip_fmt(&row->ip, has), kn_mac_fmt(&host->mac, mac), kn_ip_fmt(&host->ip, said));
	return kn_hint(c->err, "kvmnet net show %s lists the fixed leases", c->want->name.s);
}

/* By MAC; the address is only a check of what is meant. */
static int remove_host(struct kn_netctx *c, struct kn_network *net, const struct kn_net_host *host)
{
	char mac[KN_MAC_STRLEN];

	for (size_t i = net->hosts.n; i-- > 0;) {
		const struct kn_net_host *row = &net->hosts.v[i];

		if (!row->has_mac || !kn_mac_eq(&row->mac, &host->mac))
			continue;
		if (host->ip.family != KN_FAMILY_NONE && !kn_ip_eq(&row->ip, &host->ip))
			return other_address(c, row, host);
		drop_host(net, i);
		return 0;
	}
	return kn_plan_note(c->plan, KN_NOTE_INFO, c->err, "network %s has no fixed lease for %s",
			    c->want->name.s, kn_mac_fmt(&host->mac, mac));
}

int kn_net_edit_hosts(struct kn_netctx *c, struct kn_network *net)
{
	for (size_t i = 0; i < c->want->hosts.n; i++) {
		const struct kn_net_host *host = &c->want->hosts.v[i];
		bool add = c->in->spec->verb == KN_NET_HOST_ADD;

		if (add ? add_host(c, net, host) < 0 : remove_host(c, net, host) < 0)
			return -1;
	}
	return 0;
}
