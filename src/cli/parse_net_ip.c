/* Values of a network's addresses, DHCP, routes and names.
 * Layer: cli, pure. */
#include <stdlib.h>
#include <string.h>

#include "cli/parse_net.h"
#include "kvmnet/num.h"

/* ---- subnets ---- */

/* A CIDR of @family, "auto" or "none". */
static int set_family(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      enum kn_family family, struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	bool *choose = family == KN_IPV4 ? &net->auto4 : &net->auto6;
	bool *none = family == KN_IPV4 ? &net->none4 : &net->none6;
	bool is_auto = !strcmp(value, "auto"), is_none = !strcmp(value, "none");
	bool given = kn_network_subnet(net, family) != NULL;
	struct kn_cidr cidr;
	char label[32];

	if (*choose || *none || (given && (is_auto || is_none))) {
		kn_fail(err, KN_ERR_USAGE, 0, "%s%s: auto, none and addresses exclude each other",
			KN_LABEL(option));
		return kn_hint(err, "give %s%s once, or only addresses", KN_LABEL(option));
	}
	*choose = is_auto;
	*none = is_none;
	if (is_auto || is_none)
		return 0;
	if (kn_cidr_parse_host(value, kn_option_label(option, label), &cidr, err) < 0)
		return -1;
	if (cidr.ip.family != family) {
		kn_bad_value(option, value, "this is an address of the other family", err);
		return kn_hint(err, "IPv4 is given with --subnet, IPv6 with --ipv6");
	}
	net->has |= KN_NET_HAS(SUBNETS);
	return kn_cidrs_add(&net->subnets, &cidr, err);
}

int kn_net_set_subnet(struct kn_cli *cli, const struct kn_option *option, const char *value,
		      struct kn_error *err)
{
	return set_family(cli, option, value, KN_IPV4, err);
}

int kn_net_set_ipv6(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	return set_family(cli, option, value, KN_IPV6, err);
}

/* ---- DHCP ---- */

/* "A-B" of @value cut in two. Return: the second half, or NULL; free *ret. */
static const char *cut_range(const char *value, char **ret)
{
	char *dash;

	*ret = strdup(value);
	dash = *ret ? strchr(*ret, '-') : NULL;
	if (!dash)
		return NULL;
	*dash = '\0';
	return dash + 1;
}

int kn_net_set_dhcp(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	struct kn_net_range range = {0};
	char *first KN_CLEANUP(kn_freep) = NULL;
	const char *last;
	bool none = !strcmp(value, "none");

	/* DHCP said before, without a range: that was "none". */
	if ((net->has & KN_NET_HAS(DHCP)) && (none || !net->ranges.n))
		return kn_fail(err, KN_ERR_USAGE, 0, "--dhcp none and ranges exclude each other");
	net->has |= KN_NET_HAS(DHCP);
	if (none)
		return 0;
	last = cut_range(value, &first);
	if (!first)
		return kn_fail_nomem(err);
	if (!last || !kn_ip_is(first, &range.first) || !kn_ip_is(last, &range.last)) {
		kn_bad_value(option, value, "this is no range of addresses", err);
		return kn_hint(err, "write it as 192.168.130.100-192.168.130.200");
	}
	if (kn_grow(&net->ranges.v, &net->ranges.cap, net->ranges.n + 1, sizeof(range), err) < 0)
		return -1;
	net->ranges.v[net->ranges.n++] = range;
	return 0;
}

int kn_net_set_lease(struct kn_cli *cli, const struct kn_option *option, const char *value,
		     struct kn_error *err)
{
	char label[32];

	cli->net.has_lease = true;
	if (!strcmp(value, "infinite"))
		return 0;
	if (kn_num_parse(value, kn_option_label(option, label), 120, 31536000, &cli->net.lease_s,
			 err) < 0)
		return kn_hint(err, "write seconds, 120 or more, or infinite");
	return 0;
}

/* Source: libvirt's schema, basictypes.rng, DUID; RFC 8415, 11.1: at most 128 bytes and a type. */
static bool is_duid(const char *word)
{
	size_t n = 0;

	for (;; n++) {
		size_t len = strspn(word, "0123456789abcdefABCDEF");

		if (len < 1 || len > 2 || n == 130)
			return false;
		if (!word[len])
			return n >= 3;
		if (word[len] != ':')
			return false;
		word += len + 1;
	}
}

/* MAC, DUID or name: which it is, its form tells. */
static int take_identity(struct kn_net_host *host, const char *word, struct kn_error *err)
{
	struct kn_error ignored = {0};

	if (kn_mac_parse(word, &host->mac, &ignored) == 0) {
		host->has_mac = true;
		return 0;
	}
	if (strchr(word, ':') && (host->ip.family == KN_IPV4 || !is_duid(word)))
		return kn_mac_parse(word, &host->mac, err);
	char **slot = strchr(word, ':') ? &host->duid : &host->name;
	*slot = strdup(word);
	return *slot ? 0 : kn_fail_nomem(err);
}

static int parse_host(struct kn_net_host *host, char *text, struct kn_error *err)
{
	const char *who = strsep(&text, ","), *ip = strsep(&text, ","), *name = text;

	if (!ip) {
		kn_fail(err, KN_ERR_INPUT, 0, "the address is missing");
		return kn_hint(err, "write it as 52:54:00:aa:bb:01,192.168.130.11,web01");
	}
	if (kn_ip_parse(ip, "address", &host->ip, err) < 0 || take_identity(host, who, err) < 0)
		return -1;
	if (!name)
		return 0;
	if (host->name)
		return kn_fail(err, KN_ERR_INPUT, 0, "two names are given");
	host->name = strdup(name);
	return host->name ? 0 : kn_fail_nomem(err);
}

int kn_net_set_host(struct kn_cli *cli, const struct kn_option *option, const char *value,
		    struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *copy KN_CLEANUP(kn_freep) = strdup(value);

	if (!copy)
		return kn_fail_nomem(err);
	if (strlen(value) > 600)
		return kn_bad_value(option, value, "it is too long", err);
	if (kn_grow(&net->hosts.v, &net->hosts.cap, net->hosts.n + 1, sizeof(*net->hosts.v), err) <
	    0)
		return -1;
	struct kn_net_host *host = &net->hosts.v[net->hosts.n++];
	*host = (struct kn_net_host){0};
	net->has |= KN_NET_HAS(HOSTS);
	return parse_host(host, copy, err) < 0 ? kn_wrap(err, "%s%s", KN_LABEL(option)) : 0;
}

/* ---- routes, ports ---- */

static int route_word(struct kn_net_route *route, const char *word, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!strncmp(word, "via=", 4))
		return kn_ip_parse(word + 4, "via", &route->gateway, err);
	if (!strncmp(word, "metric=", 7)) {
		route->has_metric = true;
		return kn_num_parse(word + 7, "metric", 1, UINT32_MAX, &route->metric, err);
	}
	kn_buf_put_escaped(&shown, word, strnlen(word, 60));
	return kn_fail(err, KN_ERR_INPUT, 0, "\"%s\" is neither via=ADDRESS nor metric=N",
		       kn_buf_str(&shown));
}

int kn_net_set_route(struct kn_cli *cli, const struct kn_option *option, const char *value,
		     struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	struct kn_net_route route = {0};
	char *copy KN_CLEANUP(kn_freep) = strdup(value);
	char *rest = copy;
	char label[32];

	if (!copy)
		return kn_fail_nomem(err);
	if (kn_cidr_parse_net(strsep(&rest, ","), kn_option_label(option, label), &route.dst, err) <
	    0)
		return -1;
	while (rest)
		if (route_word(&route, strsep(&rest, ","), err) < 0)
			return kn_wrap(err, "%s%s", KN_LABEL(option));
	if (route.gateway.family == KN_FAMILY_NONE) {
		kn_bad_value(option, value, "the guest it goes through is missing", err);
		return kn_hint(err, "write it as 10.8.0.0/16,via=192.168.130.9");
	}
	if (kn_grow(&net->routes.v, &net->routes.cap, net->routes.n + 1, sizeof(route), err) < 0)
		return -1;
	net->routes.v[net->routes.n++] = route;
	net->has |= KN_NET_HAS(ROUTES);
	return 0;
}

int kn_net_set_ports(struct kn_cli *cli, const struct kn_option *option, const char *value,
		     struct kn_error *err)
{
	struct kn_network *net = &cli->net;
	char *first KN_CLEANUP(kn_freep) = NULL;
	const char *last = cut_range(value, &first);

	if (!first)
		return kn_fail_nomem(err);
	if (!last || !kn_num_is(first, 65535, &net->nat_first) ||
	    !kn_num_is(last, 65535, &net->nat_last)) {
		kn_bad_value(option, value, "this is no range of ports", err);
		return kn_hint(err, "write it as 20000-29999");
	}
	net->has |= KN_NET_HAS(NAT_PORTS);
	return 0;
}
