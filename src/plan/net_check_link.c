/* The bridge that libvirt made for a network that runs, against what it was to be.
 * Layer: plan, pure. */
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "codec/netxml.h"
#include "plan/net_ctx.h"

struct bridge {
	const struct kn_inputs *in;
	const char *network;
	const struct kn_network *def;
	const struct kn_link *link;
	struct kn_findings *ret;
	struct kn_error *err;
};

static int differs(struct bridge *b, const char *what, const char *want, const char *have)
{
	char text[192];

	(void)snprintf(text, sizeof(text), "bridge %s: %s is %s, and was to be %s", b->link->name.s,
		       what, have, want);
	return kn_findings_add(b->ret, true, b->network, text,
			       "stop and start the network: virsh net-destroy, virsh net-start",
			       b->err);
}

static int differs_num(struct bridge *b, const char *what, uint32_t want, uint32_t have)
{
	char texts[2][16];

	(void)snprintf(texts[0], sizeof(texts[0]), "%u", want);
	(void)snprintf(texts[1], sizeof(texts[1]), "%u", have);
	return differs(b, what, texts[0], texts[1]);
}

static int check_mac(struct bridge *b)
{
	char want[KN_MAC_STRLEN], have[KN_MAC_STRLEN];

	if (!(b->def->has & KN_NET_HAS(MAC)) || !b->link->has_mac ||
	    kn_mac_eq(&b->def->mac, &b->link->mac))
		return 0;
	return differs(b, "the MAC address", kn_mac_fmt(&b->def->mac, want),
		       kn_mac_fmt(&b->link->mac, have));
}

/* With spanning tree on the kernel takes no delay below 2 s. Source: kernel br_stp_if.c,
 * br_stp_start(): BR_MIN_FORWARD_DELAY. */
static int check_stp(struct bridge *b)
{
	const struct kn_opts *have = &b->link->opts;
	uint32_t want = b->def->delay_s < 2 ? 2 : b->def->delay_s;
	bool on = kn_opts_get(have, KN_BROPT_STP, 0) != 0;
	uint32_t delay_cs = kn_opts_get(have, KN_BROPT_FORWARD_DELAY, 0);

	if (!(b->def->has & KN_NET_HAS(STP)) || !kn_opts_has(have, KN_BROPT_STP))
		return 0;
	if (on != b->def->stp)
		return differs(b, "STP", b->def->stp ? "on" : "off", on ? "on" : "off");
	if (!on || !(b->def->has & KN_NET_HAS(DELAY)) || delay_cs == want * 100)
		return 0;
	return differs_num(b, "the forward delay in seconds", want, delay_cs / 100);
}

static bool has_route(const struct bridge *b, const struct kn_net_route *want)
{
	const struct kn_routes *routes = &b->in->facts->routes;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (route->table == RT_TABLE_MAIN && kn_cidr_eq(&route->dst, &want->dst) &&
		    kn_ip_eq(&route->gateway, &want->gateway) &&
		    kn_ifname_eq(&route->dev, &b->link->name))
			return true;
	}
	return false;
}

static int check_routes(struct bridge *b)
{
	char dst[KN_CIDR_STRLEN], via[KN_IP_STRLEN], text[192];

	for (size_t i = 0; i < b->def->routes.n; i++) {
		const struct kn_net_route *route = &b->def->routes.v[i];

		if (has_route(b, route))
			continue;
		(void)snprintf(text, sizeof(text), "the route to %s via %s is gone",
			       kn_cidr_fmt(&route->dst, dst), kn_ip_fmt(&route->gateway, via));
		if (kn_findings_add(
			    b->ret, true, b->network, text,
			    "stop and start the network: virsh net-destroy, virsh net-start",
			    b->err) < 0)
			return -1;
	}
	return 0;
}

int kn_net_check_link(const struct kn_inputs *in, const struct kn_vnet *net,
		      const struct kn_link *link, struct kn_findings *ret, struct kn_error *err)
{
	/* A definition that was changed since is told by itself. */
	const char *xml = net->live_xml ? net->live_xml : net->xml;
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error unreadable = {0};
	struct bridge b = {in, net->name, &def.net, link, ret, err};

	if (kn_netxml_parse(net->name, xml, strlen(xml), &def, &unreadable) < 0)
		return unreadable.kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
	if (check_mac(&b) < 0 || check_stp(&b) < 0 || check_routes(&b) < 0)
		return -1;
	if (!(def.net.has & KN_NET_HAS(MTU)) || def.net.mtu == link->mtu)
		return 0;
	return differs_num(&b, "the MTU", def.net.mtu, link->mtu);
}
