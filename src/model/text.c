/* Words for routes, names and options.
 * Layer: model, pure. */
#include "kvmnet/text.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* The kernel takes nearly any byte in a name, also those a terminal obeys. */
void kn_text_name(struct kn_buf *ret, const struct kn_ifname *name)
{
	kn_buf_put_escaped(ret, name->s, strlen(name->s));
}

/* Types a route can have besides unicast. Source: rtnetlink(7), ip-route(8). */
static const char *route_type_word(uint8_t type)
{
	switch (type) {
	case RTN_BLACKHOLE:
		return "blackhole ";
	case RTN_UNREACHABLE:
		return "unreachable ";
	case RTN_PROHIBIT:
		return "prohibit ";
	case RTN_LOCAL:
		return "local ";
	case RTN_BROADCAST:
		return "broadcast ";
	case RTN_MULTICAST:
		return "multicast ";
	default: /* a number of the kernel, no enum of ours */
		return "";
	}
}

static void put_legs(struct kn_buf *ret, const struct kn_route *route)
{
	char ip[KN_IP_STRLEN];

	for (size_t i = 0; i < route->n_legs; i++) {
		const struct kn_leg *leg = &route->legs[i];

		kn_buf_puts(ret, " nexthop");
		if (leg->gateway.family != KN_FAMILY_NONE)
			kn_buf_printf(ret, " via %s", kn_ip_fmt(&leg->gateway, ip));
		kn_buf_puts(ret, " dev ");
		kn_text_name(ret, &leg->dev);
		if (leg->hops)
			kn_buf_printf(ret, " weight %u", leg->hops + 1u);
	}
}

/* As ip-route(8) writes it, so that a line can be compared with its output. */
void kn_text_route(struct kn_buf *ret, const struct kn_route *route)
{
	char ip[KN_IP_STRLEN], cidr[KN_CIDR_STRLEN];

	kn_buf_puts(ret, route_type_word(route->type));
	kn_buf_puts(ret, kn_route_is_default(route) ? "default" : kn_cidr_fmt(&route->dst, cidr));
	if (route->gateway.family != KN_FAMILY_NONE && !route->n_legs)
		kn_buf_printf(ret, " via %s", kn_ip_fmt(&route->gateway, ip));
	else if (kn_route_is_default(route) && route->dst.ip.family == KN_IPV6)
		kn_buf_puts(ret, " (IPv6)");
	if (route->src.family != KN_FAMILY_NONE)
		kn_buf_printf(ret, " src %s", kn_ip_fmt(&route->src, ip));
	if (route->has_metric)
		kn_buf_printf(ret, " metric %u", route->metric);
	if (route->onlink)
		kn_buf_puts(ret, " onlink");
	if (route->table != RT_TABLE_MAIN && route->table != RT_TABLE_UNSPEC)
		kn_buf_printf(ret, " table %u", route->table);
	put_legs(ret, route);
	if (route->multipath && !route->n_legs)
		kn_buf_puts(ret, " (several next hops)");
}

/* Names are those of the options on the command line: what is read here can be typed there. */
void kn_text_opts(struct kn_buf *ret, const struct kn_opts *opts, const struct kn_opts *before,
		  const struct kn_opt_info *(*info)(unsigned int))
{
	const char *comma = "";
	char value[16];

	for (unsigned int i = 0; i < KN_OPTS_MAX; i++) {
		if (!kn_opts_has(opts, i))
			continue;
		kn_buf_printf(ret, "%s%s %s", comma, info(i)->name,
			      kn_opt_fmt(info(i), opts->val[i], value));
		if (before && kn_opts_has(before, i))
			kn_buf_printf(ret, " (was %s)", kn_opt_fmt(info(i), before->val[i], value));
		comma = ", ";
	}
}

/* Source: kernel net/bridge/br_device.c br_dev_setup(), br_multicast.c br_multicast_init();
 * in centiseconds where it counts time. */
static const uint32_t kernel_defaults[KN_BROPT_COUNT] = {
	[KN_BROPT_FORWARD_DELAY] = 1500, [KN_BROPT_PRIORITY] = 32768, [KN_BROPT_AGEING] = 30000,
	[KN_BROPT_HELLO] = 200,		 [KN_BROPT_MAX_AGE] = 2000,   [KN_BROPT_MCAST_SNOOPING] = 1,
};

/* Not for comparisons: a value equal to the default may still have been asked for. */
struct kn_opts kn_text_notable_opts(const struct kn_opts *opts)
{
	struct kn_opts notable = {0};

	for (unsigned int i = 0; i < KN_BROPT_COUNT; i++)
		if (kn_opts_has(opts, i) &&
		    (i == KN_BROPT_STP || opts->val[i] != kernel_defaults[i]))
			kn_opts_set(&notable, i, opts->val[i]);
	return notable;
}
