/* One line per operation, for people: what it does, on which link.
 * Layer: model, pure. */
#include <linux/if_link.h>

#include "kvmnet/text.h"

/* @before NAME @after */
static void put_around(struct kn_buf *ret, const char *before, const struct kn_ifname *name,
		       const char *after)
{
	kn_buf_puts(ret, before);
	kn_text_name(ret, name);
	kn_buf_puts(ret, after);
}

/* Sentences with nothing in them but the link's name. */
static void describe_link(const struct kn_op *op, struct kn_buf *ret)
{
	static const struct {
		const char *before, *after;
	} words[KN_OP_COUNT] = {
		[KN_OP_LINK_DEL] = {"delete bridge ", ""},
		[KN_OP_LEFT_DEL] = {"delete bridge ", ", left over by a libvirtd that died"},
		[KN_OP_LINK_UP] = {"bring ", " up"},
		[KN_OP_LINK_DOWN] = {"take ", " down"},
		[KN_OP_CARRIER_ADD] = {"give ", " a carrier by a temporary tap and wait for it"},
		[KN_OP_CARRIER_DEL] = {"remove the temporary tap of ", ""},
		[KN_OP_DHCP_START] = {"start a DHCP client on ", ""},
		[KN_OP_DHCP_STOP] = {"stop the DHCP client of ", ""},
		[KN_OP_ADDR_WAIT] = {"wait until the IPv6 addresses of ", " answer"},
	};

	put_around(ret, words[op->kind].before, &op->dev, words[op->kind].after);
}

/* A complete set of options would be a line nobody reads; what the kernel would do anyway
 * is left out, STP is named always. */
static void describe_bridge_add(const struct kn_op *op, struct kn_buf *ret)
{
	struct kn_opts notable = kn_text_notable_opts(&op->bridge.opts);
	char mac[KN_MAC_STRLEN];

	put_around(ret, "create bridge ", &op->dev, "");
	if (op->bridge.has_mac)
		kn_buf_printf(ret, ", mac %s", kn_mac_fmt(&op->bridge.mac, mac));
	if (op->bridge.mtu)
		kn_buf_printf(ret, ", mtu %u", op->bridge.mtu);
	if (notable.has)
		kn_buf_puts(ret, ", ");
	kn_text_opts(ret, &notable, NULL, kn_bridge_opt_info);
}

/* The old value is what makes a surprise visible. */
static void describe_number(const struct kn_op *op, const char *what, struct kn_buf *ret)
{
	kn_buf_printf(ret, "set %s of ", what);
	kn_text_name(ret, &op->dev);
	kn_buf_printf(ret, " to %u (was %u)", op->num.now, op->num.before);
}

/* Both in full: neighbours and switches know the old one. */
static void describe_mac(const struct kn_op *op, struct kn_buf *ret)
{
	char now[KN_MAC_STRLEN], before[KN_MAC_STRLEN];

	put_around(ret, "set mac of ", &op->dev, "");
	kn_buf_printf(ret, " to %s (was %s)", kn_mac_fmt(&op->mac.now, now),
		      kn_mac_fmt(&op->mac.before, before));
}

/* Attach, detach and move are one row of the table, but three things to a reader. */
static void describe_master(const struct kn_op *op, struct kn_buf *ret)
{
	bool had = kn_ifname_is_set(&op->master.before), has = kn_ifname_is_set(&op->master.now);

	put_around(ret, !has ? "detach " : had ? "move " : "attach ", &op->dev, "");
	if (had)
		put_around(ret, " from ", &op->master.before, "");
	if (has)
		put_around(ret, " to ", &op->master.now, "");
}

/* Kept off while the addresses are copied, else the kernel makes some of its own. */
static void describe_addr_gen(const struct kn_op *op, struct kn_buf *ret)
{
	put_around(ret, "switch automatic IPv6 addresses of ", &op->dev,
		   op->num.now == IN6_ADDR_GEN_MODE_NONE ? " off" : " back on");
}

/* 1 = strict, 2 = loose. Source: kernel Documentation/networking/ip-sysctl.rst, rp_filter. */
static void describe_rp_filter(const struct kn_op *op, struct kn_buf *ret)
{
	const char *now = op->num.now == 1   ? " to strict"
			  : op->num.now == 0 ? " off"
					     : " to loose while moving";

	kn_buf_puts(ret, op->num.before == 1 ? "switch strict reverse-path filter of "
					     : "switch reverse-path filter of ");
	put_around(ret, "", &op->dev, op->num.before == 2 ? " back" : "");
	kn_buf_puts(ret, now);
}

/* 2 = also while forwarding. Source: ip-sysctl.rst, accept_ra. */
static void describe_accept_ra(const struct kn_op *op, struct kn_buf *ret)
{
	put_around(ret,
		   op->num.now ? "accept router advertisements on "
			       : "ignore router advertisements on ",
		   &op->dev, op->num.now == 2 ? ", also while forwarding" : "");
}

/* Only what changes is in the operation, so all of it is named. */
static void describe_opts(const struct kn_op *op, const char *what, struct kn_buf *ret,
			  const struct kn_opt_info *(*info)(unsigned int))
{
	put_around(ret, what, &op->dev, ": ");
	kn_text_opts(ret, &op->opts.now, &op->opts.before, info);
}

/* A lifetime tells that the address came by DHCP or an advertisement and will end. */
static void describe_addr(const struct kn_op *op, struct kn_buf *ret)
{
	bool add = op->kind == KN_OP_ADDR_ADD;
	char cidr[KN_CIDR_STRLEN], peer[KN_IP_STRLEN];

	/* It has the form of an address, but is none of the host's. */
	if (kn_ip_is_multicast(&op->addr.addr.ip)) {
		kn_buf_printf(ret, "%s multicast group %s on ", add ? "join" : "leave",
			      kn_ip_fmt(&op->addr.addr.ip, peer));
		put_around(ret, "", &op->dev, "");
		return;
	}
	kn_buf_printf(ret, "%s address %s", add ? "add" : "remove",
		      kn_cidr_fmt(&op->addr.addr, cidr));
	if (op->addr.peer.family != KN_FAMILY_NONE)
		kn_buf_printf(ret, " peer %s", kn_ip_fmt(&op->addr.peer, peer));
	put_around(ret, add ? " to " : " from ", &op->dev, "");
	/* An address that the caller left without lifetimes (0) is permanent as well. */
	if (add && op->addr.valid_s && op->addr.valid_s != UINT32_MAX)
		kn_buf_printf(ret, ", valid %u s", op->addr.valid_s);
}

/* The device stands last: it is what changes. */
static void describe_route(const struct kn_route *route, const char *verb, const char *to,
			   const struct kn_ifname *dev, struct kn_buf *ret)
{
	kn_buf_printf(ret, "%s route ", verb);
	kn_text_route(ret, route);
	put_around(ret, to, dev, "");
}

/* The neighbour's MAC is said where it is written, not where it is only forgotten. */
static void describe_neigh(const struct kn_op *op, struct kn_buf *ret)
{
	char ip[KN_IP_STRLEN], mac[KN_MAC_STRLEN];

	kn_buf_printf(ret, "%s neighbour %s",
		      op->kind == KN_OP_NEIGH_ADD   ? "add"
		      : op->kind == KN_OP_NEIGH_DEL ? "forget"
						    : "keep, for a way back,",
		      kn_ip_fmt(&op->neigh.dst, ip));
	if (op->neigh.has_mac && op->kind == KN_OP_NEIGH_ADD)
		kn_buf_printf(ret, " (%s)", kn_mac_fmt(&op->neigh.mac, mac));
	put_around(ret, op->kind == KN_OP_NEIGH_ADD ? " to " : " on ", &op->dev, "");
}

/* The route that the kernel makes with an address. Source: linux/rtnetlink.h, RTPROT_KERNEL. */
static bool is_automatic(const struct kn_route *route)
{
	return route->proto == 2 && route->gateway.family == KN_FAMILY_NONE;
}

/* The id is what its routes name; the gateway is what an admin looks for. */
static void describe_nexthop(const struct kn_op *op, struct kn_buf *ret)
{
	bool goes = !op->nexthop.now.id, comes = !op->nexthop.before.id;
	const struct kn_nexthop *nexthop = goes ? &op->nexthop.before : &op->nexthop.now;
	char ip[KN_IP_STRLEN];

	kn_buf_printf(ret, "%s nexthop %u", goes ? "remove" : comes ? "add" : "move", nexthop->id);
	if (nexthop->gateway.family != KN_FAMILY_NONE)
		kn_buf_printf(ret, " via %s", kn_ip_fmt(&nexthop->gateway, ip));
	put_around(ret, goes ? " from " : " to ", &nexthop->dev, "");
}

/* As ip-rule(8) names the parts; only those that tell rules of hosts apart in practice. */
static void describe_rule(const struct kn_op *op, struct kn_buf *ret)
{
	const struct kn_rule *rule = &op->rule;

	kn_buf_printf(ret, "%s%s rule %u:", op->kind == KN_OP_RULE_ADD ? "add" : "remove",
		      rule->family == KN_IPV6 ? " IPv6" : "", rule->priority);
	if (kn_ifname_is_set(&rule->iif))
		put_around(ret, " iif ", &rule->iif, "");
	if (kn_ifname_is_set(&rule->oif))
		put_around(ret, " oif ", &rule->oif, "");
	if (rule->table)
		kn_buf_printf(ret, " table %u", rule->table);
}

static void describe_routing(const struct kn_op *op, struct kn_buf *ret)
{
	if (op->kind == KN_OP_NEXTHOP) {
		describe_nexthop(op, ret);
		return;
	}
	bool automatic = op->kind != KN_OP_ROUTE_DEV && is_automatic(&op->route);

	switch (op->kind) {
	case KN_OP_ROUTE_DEV:
		describe_route(&op->reroute.now, "move", " to ", &op->dev, ret);
		return;
	case KN_OP_ROUTE_DEL:
		describe_route(&op->route, automatic ? "lift" : "remove",
			       automatic ? " of " : " from ", &op->dev, ret);
		return;
	case KN_OP_ROUTE_PREPEND:
		describe_route(&op->route, "put", automatic ? " back first, on " : " first, on ",
			       &op->dev, ret);
		return;
	default:
		describe_route(&op->route, "add", " to ", &op->dev, ret);
		return;
	}
}

/* Source: live/splice.h, enum kn_splice_direction. */
static void describe_splice(const struct kn_op *op, struct kn_buf *ret)
{
	static const char *const turned[] = {"", " send", " receive", " send and receive"};

	if (op->kind == KN_OP_CATCH_ADD) {
		put_around(ret, "catch what ", &op->dev, " would drop, for ");
		put_around(ret, "", &op->other, "");
	} else if (op->kind == KN_OP_CATCH_DEL) {
		put_around(ret, "end catching for ", &op->other, "");
	} else if (op->kind == KN_OP_DRAIN) {
		put_around(ret, "wait until no neighbour of ", &op->dev, " is being resolved");
	} else if (op->kind == KN_OP_SPLICE_TURN && op->num.now) {
		put_around(ret, "let ", &op->other, turned[op->num.now & 3]);
		put_around(ret, " through ", &op->dev, "");
	} else {
		put_around(ret,
			   op->kind == KN_OP_SPLICE_ADD	  ? "splice "
			   : op->kind == KN_OP_SPLICE_DEL ? "remove the splice of "
							  : "switch off the splice of ",
			   &op->dev, "");
		put_around(ret, " and ", &op->other, "");
	}
}

/* Names both links: the first is the source, which stays as it is. */
static void describe_between(const struct kn_op *op, struct kn_buf *ret)
{
	if (op->kind != KN_OP_CONF_COPY && op->kind != KN_OP_DHCP_MOVE) {
		describe_splice(op, ret);
		return;
	}
	bool dhcp = op->kind == KN_OP_DHCP_MOVE;

	put_around(ret, dhcp ? "move the DHCP client of " : "copy the network settings of ",
		   &op->other, " to ");
	put_around(ret, "", &op->dev, dhcp ? ", keeping the lease" : "");
}

/* Settings of one link. */
static void describe_setting(const struct kn_op *op, struct kn_buf *ret)
{
	switch ((int)op->kind) {
	case KN_OP_LINK_MTU:
		describe_number(op, "mtu", ret);
		return;
	case KN_OP_LINK_GROUP:
		describe_number(op, "group", ret);
		return;
	case KN_OP_LINK_MAC:
		describe_mac(op, ret);
		return;
	case KN_OP_ADDR_GEN:
		describe_addr_gen(op, ret);
		return;
	case KN_OP_RP_FILTER:
		describe_rp_filter(op, ret);
		return;
	case KN_OP_PROMOTE:
		put_around(ret,
			   op->num.now ? "keep the other addresses of a network on "
				       : "stop keeping the other addresses of a network on ",
			   &op->dev, " when its first one goes");
		return;
	case KN_OP_ACCEPT_RA:
		describe_accept_ra(op, ret);
		return;
	case KN_OP_DISABLE_IPV6:
		put_around(ret, "switch IPv6 of ", &op->dev, op->num.now ? " off" : " on");
		return;
	case KN_OP_BRIDGE_OPTS:
		describe_opts(op, "set ", ret, kn_bridge_opt_info);
		return;
	case KN_OP_PORT_OPTS:
		describe_opts(op, "set port ", ret, kn_port_opt_info);
		return;
	case KN_OP_LINK_MASTER:
		describe_master(op, ret);
		return;
	}
}

void kn_op_describe(const struct kn_op *op, struct kn_buf *ret)
{
	if (kn_op_info(op->kind)->participant == KN_BY_VIRT) {
		kn_op_describe_net(op, ret);
		return;
	}
	switch ((int)op->kind) {
	case KN_OP_NONE:
	case KN_OP_COUNT:
		kn_buf_puts(ret, "do nothing");
		return;
	case KN_OP_FILE:
		kn_buf_printf(ret, "put file %zu in place", op->file + 1);
		return;
	case KN_OP_BRIDGE_ADD:
		describe_bridge_add(op, ret);
		return;
	case KN_OP_LINK_DEL:
	case KN_OP_LEFT_DEL:
	case KN_OP_LINK_UP:
	case KN_OP_LINK_DOWN:
	case KN_OP_CARRIER_ADD:
	case KN_OP_CARRIER_DEL:
	case KN_OP_DHCP_START:
	case KN_OP_DHCP_STOP:
	case KN_OP_ADDR_WAIT:
		describe_link(op, ret);
		return;
	case KN_OP_LINK_MTU:
	case KN_OP_LINK_GROUP:
	case KN_OP_LINK_MAC:
	case KN_OP_ADDR_GEN:
	case KN_OP_RP_FILTER:
	case KN_OP_PROMOTE:
	case KN_OP_ACCEPT_RA:
	case KN_OP_DISABLE_IPV6:
	case KN_OP_BRIDGE_OPTS:
	case KN_OP_PORT_OPTS:
	case KN_OP_LINK_MASTER:
		describe_setting(op, ret);
		return;
	case KN_OP_ADDR_ADD:
	case KN_OP_ADDR_DEL:
		describe_addr(op, ret);
		return;
	case KN_OP_ROUTE_ADD:
	case KN_OP_ROUTE_PREPEND:
	case KN_OP_ROUTE_DEL:
	case KN_OP_ROUTE_DEV:
	case KN_OP_NEXTHOP:
		describe_routing(op, ret);
		return;
	case KN_OP_RULE_ADD:
	case KN_OP_RULE_DEL:
		describe_rule(op, ret);
		return;
	case KN_OP_NEIGH_ADD:
	case KN_OP_NEIGH_DEL:
	case KN_OP_NEIGH_KEEP:
		describe_neigh(op, ret);
		return;
	case KN_OP_SPLICE_ADD:
	case KN_OP_SPLICE_TURN:
	case KN_OP_SPLICE_DEL:
	case KN_OP_DRAIN:
	case KN_OP_CATCH_ADD:
	case KN_OP_CATCH_DEL:
	case KN_OP_CONF_COPY:
	case KN_OP_DHCP_MOVE:
		describe_between(op, ret);
		return;
	case KN_OP_LEFT_DNSMASQ: /* of the host, but libvirt's */
		kn_op_describe_net(op, ret);
		return;
	}
	kn_op_describe_link(op, ret); /* bonds and VLANs */
}
