/* Values of the options that make the IP settings: ports, addresses, gateways, DNS, routes.
 * Layer: cli, pure. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/parse.h"
#include "kvmnet/num.h"

#define MTU_MIN	   68	 /* RFC 791: every IPv4 host takes 68 bytes; the kernel's ETH_MIN_MTU */
#define MTU_MAX	   65535 /* the kernel's ETH_MAX_MTU */
#define ZONE_MAX   17	 /* firewalld.zone(5): iptables chain names leave no more */
#define LETTERS	   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NAME_CHARS LETTERS "0123456789-_"

/* Messages name a value by its option: that is where the user has to look. */
const char *kn_option_label(const struct kn_option *option, char *buf)
{
	(void)snprintf(buf, 32, "%s%s", KN_LABEL(option));
	return buf;
}

int kn_bad_value(const struct kn_option *option, const char *value, const char *why,
		 struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, value, strnlen(value, 60));
	return kn_fail(err, KN_ERR_INPUT, 0, "%s%s \"%s\": %s", KN_LABEL(option),
		       kn_buf_str(&shown), why);
}

/* The name goes into files that are root's shell: only the strict form. */
int kn_set_port(struct kn_cli *cli, const struct kn_option *option, const char *value,
		struct kn_error *err)
{
	struct kn_ifname name;

	if (kn_ifname_parse(value, &name, err) < 0)
		return kn_wrap(err, "%s%s", KN_LABEL(option));
	if (kn_names_has(&cli->spec.ports, &name))
		return kn_bad_value(option, value, "the port is given twice", err);
	return kn_names_add(&cli->spec.ports, &name, err);
}

/* The same address with two prefix lengths would give two networks on one link. */
int kn_set_static(struct kn_cli *cli, const struct kn_option *option, const char *value,
		  struct kn_error *err)
{
	struct kn_cidrs *addrs = &cli->spec.ip.addrs;
	struct kn_cidr cidr;
	char label[32];

	if (kn_cidr_parse_host(value, kn_option_label(option, label), &cidr, err) < 0)
		return -1;
	for (size_t i = 0; i < addrs->n; i++)
		if (kn_ip_eq(&addrs->v[i].ip, &cidr.ip))
			return kn_bad_value(option, value, "the address is given twice", err);
	return kn_cidrs_add(addrs, &cidr, err);
}

/* One per family; a second of the same family would be a silent choice between them. */
int kn_set_gateway(struct kn_cli *cli, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	struct kn_ipconf *conf = &cli->spec.ip;
	struct kn_ip ip;
	char label[32];

	if (kn_ip_parse(value, kn_option_label(option, label), &ip, err) < 0)
		return -1;
	if (!kn_ip_is_hosts(&ip) || kn_ip_is_loopback(&ip))
		return kn_bad_value(option, value, "no router can have this address", err);
	struct kn_ip *slot = ip.family == KN_IPV4 ? &conf->gateway4 : &conf->gateway6;
	if (slot->family != KN_FAMILY_NONE) {
		kn_bad_value(option, value, "this family has a gateway already", err);
		return kn_hint(err, "give one gateway for IPv4 and one for IPv6");
	}
	*slot = ip;
	return 0;
}

/* 0 is a metric, the best one: presence is kept apart. */
int kn_set_metric(struct kn_cli *cli, const struct kn_option *option, const char *value,
		  struct kn_error *err)
{
	char label[32];

	if (kn_num_parse(value, kn_option_label(option, label), 0, UINT32_MAX, &cli->spec.ip.metric,
			 err) < 0)
		return -1;
	cli->spec.ip.has_metric = true;
	return 0;
}

/* Loopback is fine here: a resolver on the host itself. */
int kn_set_dns(struct kn_cli *cli, const struct kn_option *option, const char *value,
	       struct kn_error *err)
{
	struct kn_ips *dns = &cli->spec.ip.dns;
	struct kn_ip ip;
	char label[32];

	if (kn_ip_parse(value, kn_option_label(option, label), &ip, err) < 0)
		return -1;
	if (!kn_ip_is_hosts(&ip))
		return kn_bad_value(option, value, "no name server can have this address", err);
	for (size_t i = 0; i < dns->n; i++)
		if (kn_ip_eq(&dns->v[i], &ip))
			return kn_bad_value(option, value, "the name server is given twice", err);
	return kn_ips_add(dns, &ip, err);
}

int kn_set_search(struct kn_cli *cli, const struct kn_option *option, const char *value,
		  struct kn_error *err)
{
	const char *fault = kn_dnsname_fault(value, true);

	if (fault)
		return kn_bad_value(option, value, fault, err);
	if (kn_strv_has(&cli->spec.ip.search, value))
		return kn_bad_value(option, value, "the domain is given twice", err);
	return kn_strv_add(&cli->spec.ip.search, value, err);
}

/* One ",key=value" part of a route. */
static int route_part(struct kn_route *route, const char *part, struct kn_error *err)
{
	if (!strncmp(part, "via=", 4)) {
		if (route->gateway.family != KN_FAMILY_NONE)
			return kn_fail(err, KN_ERR_INPUT, 0, "via= is given twice");
		return kn_ip_parse(part + 4, "via", &route->gateway, err);
	}
	if (!strncmp(part, "metric=", 7)) {
		if (route->has_metric)
			return kn_fail(err, KN_ERR_INPUT, 0, "metric= is given twice");
		route->has_metric = true;
		return kn_num_parse(part + 7, "metric", 0, UINT32_MAX, &route->metric, err);
	}
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	kn_buf_put_escaped(&shown, part, strnlen(part, 60));
	kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is neither via=GATEWAY nor metric=N",
		kn_buf_str(&shown));
	return kn_hint(err, "write a route as 10.8.0.0/16,via=192.168.12.9,metric=50");
}

/* "DST[,via=GW][,metric=N]"; @text is cut at the commas. */
static int parse_route(char *text, struct kn_route *ret, struct kn_error *err)
{
	struct kn_route route = KN_ROUTE_INIT;
	char *rest = text;
	const char *part = strsep(&rest, ",");

	if (kn_cidr_parse_net(part, "destination", &route.dst, err) < 0)
		return -1;
	while (rest) {
		part = strsep(&rest, ",");
		if (route_part(&route, part, err) < 0)
			return -1;
	}
	const struct kn_ip *gw = &route.gateway;
	if (gw->family != KN_FAMILY_NONE && gw->family != route.dst.ip.family)
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "destination and gateway are of different families");
	if (gw->family != KN_FAMILY_NONE && (!kn_ip_is_hosts(gw) || kn_ip_is_loopback(gw)))
		return kn_fail(err, KN_ERR_INPUT, 0, "no router can have the address after via=");
	if (kn_ip_is_multicast(&route.dst.ip) || kn_ip_is_loopback(&route.dst.ip))
		return kn_fail(err, KN_ERR_INPUT, 0,
			       "multicast and loopback destinations are not for a bridge");
	if (kn_route_is_default(&route)) {
		kn_fail(err, KN_ERR_INPUT, 0, "this is the default route");
		return kn_hint(err, "give it as --gateway IP");
	}
	*ret = route;
	return 0;
}

/* Which routes are the same is the model's word: destination, gateway and metric. */
int kn_set_route(struct kn_cli *cli, const struct kn_option *option, const char *value,
		 struct kn_error *err)
{
	struct kn_routes *routes = &cli->spec.ip.routes;
	char *text KN_CLEANUP(kn_freep) = strdup(value);
	struct kn_route route;

	if (!text)
		return kn_fail_nomem(err);
	if (parse_route(text, &route, err) < 0)
		return err->kind == KN_ERR_NOMEM ? -1 : kn_wrap(err, "%s%s", KN_LABEL(option));
	for (size_t i = 0; i < routes->n; i++)
		if (kn_route_same(&routes->v[i], &route))
			return kn_bad_value(option, value, "the route is given twice", err);
	return kn_routes_add(routes, &route, err);
}

int kn_set_mtu(struct kn_cli *cli, const struct kn_option *option, const char *value,
	       struct kn_error *err)
{
	char label[32];

	return kn_num_parse(value, kn_option_label(option, label), MTU_MIN, MTU_MAX, &cli->spec.mtu,
			    err);
}

/* The name goes into files that are root's shell and into firewalld's chains. */
int kn_set_zone(struct kn_cli *cli, const struct kn_option *option, const char *value,
		struct kn_error *err)
{
	size_t len = strlen(value);

	if (len == 0 || len > ZONE_MAX || strspn(value, NAME_CHARS) != len || value[0] == '-')
		return kn_bad_value(
			option, value,
			"a zone has 1 to 17 letters, digits, '-' or '_', and no '-' in front", err);
	cli->spec.zone = strdup(value);
	return cli->spec.zone ? 0 : kn_fail_nomem(err);
}
