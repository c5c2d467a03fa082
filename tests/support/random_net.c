/* Random networks from a seed. Layer: tests. */
#include "random_net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUSH(list)                                                                                 \
	(must(kn_grow(&(list).v, &(list).cap, (list).n + 1, sizeof(*(list).v), &err)),             \
	 &(list).v[(list).n++])

static struct kn_error err;

static void must(int r)
{
	if (r < 0)
		abort();
}

/* Numbers below @n. Source of the constants: Numerical Recipes, "quick and dirty" generators. */
static uint32_t below(uint32_t *state, uint32_t n)
{
	uint32_t high = *state = *state * 1664525u + 1013904223u;

	*state = *state * 1664525u + 1013904223u;
	return ((high >> 16 << 16) | *state >> 16) % n;
}

static char *text(uint32_t *s)
{
	static const char *const words[] = {
		"lab.example",		"a&b", "<x>", "\"q\" 'q'", "web01", "5 > 4",
		"\xc3\xa4\xe2\x82\xac", "a  b"};
	char *str = strdup(words[below(s, sizeof(words) / sizeof(*words))]);

	must(str ? 0 : -1);
	return str;
}

static struct kn_ip ip4(uint32_t *s, uint8_t subnet)
{
	return (struct kn_ip){KN_IPV4, {10, 66, subnet, (uint8_t)(2 + below(s, 250))}};
}

static struct kn_ip ip6(uint32_t *s, uint8_t subnet)
{
	return (struct kn_ip){
		KN_IPV6, {0xfd, 0, 0, 0, 0, 0, 0, subnet, [15] = (uint8_t)(2 + below(s, 250))}};
}

static struct kn_mac mac(uint32_t *s)
{
	return (struct kn_mac){{0x52, 0x54, 0, (uint8_t)below(s, 256), (uint8_t)below(s, 256), 7}};
}

static void set_name(struct kn_ifname *ret, uint32_t number)
{
	(void)snprintf(ret->s, sizeof(ret->s), "dev%u", number);
}

static void vlan(uint32_t *s, struct kn_net_vlan *ret)
{
	for (uint32_t i = 0, n = 1 + below(s, 3); i < n; i++)
		*PUSH(ret->tags) = (struct kn_net_tag){10 + i, below(s, 3)};
	ret->trunk = ret->tags.n > 1;
}

static void subnets(uint32_t *s, struct kn_network *net)
{
	for (uint8_t i = 0, n = (uint8_t)(1 + below(s, 3)); i < n; i++) {
		bool six = below(s, 2);
		struct kn_net_range *r = PUSH(net->ranges);
		struct kn_net_host *h = PUSH(net->hosts);
		struct kn_cidr cidr = {six ? ip6(s, i) : ip4(s, i), six ? 64 : 24};

		must(kn_cidrs_add(&net->subnets, &cidr, &err));
		r->first = six ? ip6(s, i) : ip4(s, i);
		r->last = six ? ip6(s, i) : ip4(s, i);
		r->has_lease = below(s, 2);
		r->lease_s = r->has_lease ? below(s, 4) * 1800 : 0;
		h->ip = six ? ip6(s, i) : ip4(s, i);
		h->has_mac = !six;
		if (!six)
			h->mac = mac(s);
		h->duid = six ? strdup("0:3:0:1:52:54:0:1:2:3") : NULL;
		h->name = below(s, 2) ? text(s) : NULL;
		h->has_lease = below(s, 3) == 0;
		h->lease_s = h->has_lease ? 7200 : 0;
	}
	net->has |= KN_NET_HAS(SUBNETS) | KN_NET_HAS(DHCP) | KN_NET_HAS(HOSTS);
}

static void dns(uint32_t *s, struct kn_network *net)
{
	struct kn_net_forwarder *f = PUSH(net->forwarders);
	struct kn_net_dnshost *host = PUSH(net->dns_hosts);
	struct kn_net_txt *txt = PUSH(net->txts);
	struct kn_net_srv *srv = PUSH(net->srvs);
	static const char *const names[] = {"a&a", "b", "c"};

	f->ip = ip4(s, 200);
	f->domain = below(s, 2) ? text(s) : NULL;
	host->ip = ip6(s, 9);
	for (uint32_t i = 0, n = 1 + below(s, 3); i < n; i++)
		must(kn_strv_add(&host->names, names[i], &err));
	*txt = (struct kn_net_txt){text(s), text(s)};
	*srv = (struct kn_net_srv){.service = text(s), .protocol = strdup("tcp")};
	srv->domain = below(s, 2) ? text(s) : NULL;
	srv->target = below(s, 2) ? text(s) : NULL;
	srv->has_port = srv->target != NULL;
	srv->port = srv->has_port ? 389 : 0;
	srv->has_priority = srv->has_weight = below(s, 2);
	srv->priority = srv->weight = srv->has_weight ? below(s, 9) : 0;
	net->dns_off = below(s, 2);
	net->has |= KN_NET_HAS(FORWARDERS) | KN_NET_HAS(DNS_HOSTS) | KN_NET_HAS(TXTS) |
		    KN_NET_HAS(SRVS) | KN_NET_HAS(DNS);
}

static void link_of(uint32_t *s, struct kn_network *net)
{
	net->has |= KN_NET_HAS(STP) | KN_NET_HAS(DELAY) | KN_NET_HAS(ZONE) | KN_NET_HAS(MTU) |
		    KN_NET_HAS(MAC) | KN_NET_HAS(DOMAIN) | KN_NET_HAS(ISOLATED) | KN_NET_HAS(VLAN);
	net->stp = below(s, 2);
	net->delay_s = below(s, 31);
	net->zone = text(s);
	net->mtu = 1280 + below(s, 7000);
	net->mac = mac(s);
	net->domain = text(s);
	net->domain_local = below(s, 2);
	net->isolated = below(s, 2);
	vlan(s, &net->vlan);
}

static void forward(uint32_t *s, struct kn_network *net)
{
	struct kn_ifname name = {{0}};

	if (net->mode == KN_NETMODE_NAT && below(s, 2)) {
		net->has |= KN_NET_HAS(NAT_PORTS) | KN_NET_HAS(NAT_IPV6);
		net->nat_first = 2000 + below(s, 100);
		net->nat_last = 4000;
		net->nat_ipv6 = below(s, 2);
	}
	if (net->mode != KN_NETMODE_ISOLATED && net->mode != KN_NETMODE_BRIDGE) {
		for (uint32_t i = 0, n = 1 + below(s, 3); i < n; i++) {
			set_name(&name, i);
			must(kn_names_add(&net->devs, &name, &err));
		}
		net->has |= KN_NET_HAS(DEVS);
	}
	/* A name here would make a macvtap network one over a bridge. */
	if (net->mode != KN_NETMODE_MACVTAP) {
		set_name(&net->bridge, below(s, 99));
		net->has |= KN_NET_HAS(BRIDGE);
	}
}

static void rest(uint32_t *s, struct kn_network *net)
{
	struct kn_net_route *route = PUSH(net->routes);
	struct kn_net_portgroup *group = PUSH(net->portgroups);

	*route = (struct kn_net_route){{{KN_IPV4, {172, 16}}, 16}, ip4(s, 0), false, 0};
	route->has_metric = below(s, 2);
	route->metric = route->has_metric ? 5 : 0;
	group->name = text(s);
	group->is_default = below(s, 2);
	if (below(s, 2))
		vlan(s, &group->vlan);
	net->openvswitch = true;
	net->title = text(s);
	net->description = text(s);
	for (size_t i = 0; i < 16; i++)
		net->uuid.b[i] = (uint8_t)(1 + below(s, 255));
	net->has |= KN_NET_HAS(ROUTES) | KN_NET_HAS(PORTGROUPS) | KN_NET_HAS(OPENVSWITCH) |
		    KN_NET_HAS(TITLE) | KN_NET_HAS(DESCRIPTION) | KN_NET_HAS(UUID);
}

void random_net(uint32_t seed, struct kn_network *ret)
{
	struct kn_network net = {0}, some = {0};
	uint32_t s = seed * 2654435761u; /* Knuth: neighbours far apart */

	net.mode = below(&s, KN_NETMODE_MACVTAP + 1);
	net.macvtap = net.mode == KN_NETMODE_MACVTAP ? below(&s, 4) : 0;
	(void)snprintf(net.name.s, sizeof(net.name.s), "net%u", below(&s, 1000));
	net.marked = below(&s, 2);
	net.managed = net.marked ? below(&s, KN_NET_ALL) : 0;
	subnets(&s, &net);
	dns(&s, &net);
	link_of(&s, &net);
	forward(&s, &net);
	rest(&s, &net);
	/* Any part of it: but ranges and hosts have no place without a subnet. */
	uint32_t groups = below(&s, 3) ? below(&s, KN_NET_ALL) : KN_NET_ALL;
	if (!(groups & KN_NET_HAS(SUBNETS)))
		groups &= ~(KN_NET_HAS(DHCP) | KN_NET_HAS(HOSTS));
	if (net.mode == KN_NETMODE_BRIDGE)
		groups |= KN_NET_HAS(BRIDGE);
	must(kn_network_copy(&some, &net, groups, &err));
	some.mode = net.mode;
	some.macvtap = net.macvtap;
	some.name = net.name;
	some.marked = net.marked;
	some.managed = net.managed;
	kn_network_done(&net);
	*ret = some;
}
