/* Words for an operation in error messages: "attach eth0 to br0".
 * Layer: live, pure. */
#include <string.h>

#include "live/nl.h"

/* Names come from the host: one with an escape sequence must not reach a terminal. */
static void put_name(struct kn_buf *ret, const struct kn_ifname *name)
{
	kn_buf_put_escaped(ret, name->s, strnlen(name->s, sizeof(name->s)));
}

/* What stands in front of the link's name. */
static const char *const before_dev[KN_OP_COUNT] = {
	[KN_OP_BRIDGE_ADD] = "create bridge ",
	[KN_OP_LINK_DEL] = "delete ",
	[KN_OP_LINK_UP] = "bring up ",
	[KN_OP_LINK_DOWN] = "take down ",
	[KN_OP_LINK_MTU] = "set the MTU of ",
	[KN_OP_LINK_MAC] = "set the MAC address of ",
	[KN_OP_LINK_GROUP] = "set the group of ",
	[KN_OP_ADDR_GEN] = "set the IPv6 address generation of ",
	[KN_OP_CONF_COPY] = "copy the network settings to ",
	[KN_OP_RP_FILTER] = "set rp_filter of ",
	[KN_OP_PROMOTE] = "set promote_secondaries of ",
	[KN_OP_ACCEPT_RA] = "set accept_ra of ",
	[KN_OP_DISABLE_IPV6] = "set disable_ipv6 of ",
	[KN_OP_BRIDGE_OPTS] = "set the bridge options of ",
	[KN_OP_PORT_OPTS] = "set the port options of ",
	[KN_OP_CARRIER_ADD] = "give a carrier to ",
	[KN_OP_CARRIER_DEL] = "take the temporary carrier from ",
};

/* Read like the command that people would type. */
static void put_master(const struct kn_op *op, struct kn_buf *ret)
{
	bool attach = kn_ifname_is_set(&op->master.now);

	kn_buf_puts(ret, attach ? "attach " : "detach ");
	put_name(ret, &op->dev);
	kn_buf_puts(ret, attach ? " to " : " from ");
	put_name(ret, attach ? &op->master.now : &op->master.before);
}

/* "default route" instead of 0.0.0.0/0: the word that people search for. */
static void put_route(const char *verb, const struct kn_route *route, const struct kn_ifname *dev,
		      struct kn_buf *ret)
{
	char buf[KN_CIDR_STRLEN];

	if (kn_route_is_default(route))
		kn_buf_printf(ret, "%s the %s default route", verb,
			      route->dst.ip.family == KN_IPV4 ? "IPv4" : "IPv6");
	else
		kn_buf_printf(ret, "%s the route to %s", verb, kn_cidr_fmt(&route->dst, buf));
	if (route->gateway.family)
		kn_buf_printf(ret, " via %s", kn_ip_fmt(&route->gateway, buf));
	if (kn_ifname_is_set(dev)) {
		kn_buf_puts(ret, " on ");
		put_name(ret, dev);
	}
}

static void put_addr(const struct kn_op *op, const char *verb, const char *where,
		     struct kn_buf *ret)
{
	char buf[KN_CIDR_STRLEN];

	kn_buf_printf(ret, "%s address %s %s ", verb, kn_cidr_fmt(&op->addr.addr, buf), where);
	put_name(ret, &op->dev);
}

static void put_neigh(const struct kn_op *op, const char *verb, struct kn_buf *ret)
{
	char buf[KN_IP_STRLEN];

	kn_buf_printf(ret, "%s neighbour %s on ", verb, kn_ip_fmt(&op->neigh.dst, buf));
	put_name(ret, &op->dev);
}

/* The same words as in a plan's description, but made here: live/ may not look up into plan/. */
void kn_op_text(const struct kn_op *op, struct kn_buf *ret)
{
	if (before_dev[op->kind]) {
		kn_buf_puts(ret, before_dev[op->kind]);
		put_name(ret, &op->dev);
	} else if (op->kind == KN_OP_LINK_MASTER) {
		put_master(op, ret);
	} else if (op->kind == KN_OP_ADDR_ADD) {
		put_addr(op, "add", "to", ret);
	} else if (op->kind == KN_OP_ADDR_DEL) {
		put_addr(op, "remove", "from", ret);
	} else if (op->kind == KN_OP_ROUTE_ADD || op->kind == KN_OP_ROUTE_PREPEND) {
		put_route("add", &op->route, &op->dev, ret);
	} else if (op->kind == KN_OP_ROUTE_DEL) {
		put_route("remove", &op->route, &op->dev, ret);
	} else if (op->kind == KN_OP_ROUTE_DEV) {
		put_route("move", &op->reroute.now, &op->reroute.now.dev, ret);
	} else if (op->kind == KN_OP_NEIGH_ADD) {
		put_neigh(op, "add", ret);
	} else if (op->kind == KN_OP_NEIGH_DEL) {
		put_neigh(op, "remove", ret);
	} else {
		kn_buf_puts(ret, kn_op_info(op->kind)->word);
	}
}
