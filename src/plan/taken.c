/* What files and the kernel say about prefixes in use. Layer: plan, pure. */
#include <stdio.h>
#include <string.h>

#include "codec/resolv.h"
#include "plan/subnet.h"

static struct kn_cidr host_of(const struct kn_ip *ip)
{
	return (struct kn_cidr){*ip, (uint8_t)kn_ip_bits(ip)};
}

/* Link-local prefixes are on every link; loopback ones are no network's. */
static bool is_local(const struct kn_ip *ip)
{
	return kn_ip_is_link_local(ip) || kn_ip_is_loopback(ip) || kn_ip_is_multicast(ip);
}

/* One that a guest could have as well: then the host asks the guest. */
static int add_dns(struct kn_takens *list, const struct kn_taken_host *host, const struct kn_ip *ip,
		   const char *why, struct kn_error *err)
{
	struct kn_cidr net = host_of(ip);

	for (size_t i = 0; host->own_subnets && i < host->own_subnets->n; i++)
		if (kn_ip_eq(&host->own_subnets->v[i].ip, ip))
			return 0;
	return is_local(ip) ? 0 : kn_takens_add(list, &net, NULL, err, "%s", why);
}

static int add_conf(struct kn_takens *list, const struct kn_taken_host *host,
		    const struct kn_conf *conf, struct kn_error *err)
{
	const struct kn_ipconf *ip = &conf->ip;
	char why[64];

	for (size_t i = 0; i < ip->addrs.n; i++) {
		struct kn_cidr net = kn_cidr_network(&ip->addrs.v[i]);

		if (!is_local(&net.ip) &&
		    kn_takens_add(list, &net, &conf->name, err, "the address of %s in its file",
				  conf->name.s) < 0)
			return -1;
	}
	for (size_t i = 0; i < ip->routes.n; i++)
		if (!is_local(&ip->routes.v[i].dst.ip) &&
		    kn_takens_add(list, &ip->routes.v[i].dst, &conf->name, err,
				  "a route by %s in its file", conf->name.s) < 0)
			return -1;
	(void)snprintf(why, sizeof(why), "a name server of %s", conf->name.s);
	for (size_t i = 0; i < ip->dns.n; i++)
		if (add_dns(list, host, &ip->dns.v[i], why, err) < 0)
			return -1;
	return 0;
}

static int add_confs(struct kn_takens *list, const struct kn_taken_host *host, struct kn_error *err)
{
	for (size_t i = 0; host->confs && i < host->confs->n; i++)
		if (!kn_ifname_eq(&host->confs->v[i].name, host->own) &&
		    add_conf(list, host, &host->confs->v[i], err) < 0)
			return -1;
	return 0;
}

static int add_resolv(struct kn_takens *list, const struct kn_taken_host *host,
		      struct kn_error *err)
{
	const char *text = host->resolv ? host->resolv : "";
	struct kn_resolv_line line;
	size_t len = strlen(text);
	struct kn_ip ip;

	for (size_t pos = 0; kn_resolv_next(text, len, &pos, &line);) {
		char word[KN_IP_STRLEN], why[64];

		if (line.kind != KN_RESOLV_SERVER || !kn_resolv_server(&line, &ip))
			continue;
		(void)snprintf(why, sizeof(why), "the name server %s", kn_ip_fmt(&ip, word));
		if (add_dns(list, host, &ip, why, err) < 0)
			return -1;
	}
	return 0;
}

static int add_facts(struct kn_takens *list, const struct kn_taken_host *host, struct kn_error *err)
{
	const struct kn_facts *facts = host->facts;
	const struct kn_ifname *own = host->own;

	for (size_t i = 0; facts && i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];
		struct kn_cidr net = kn_cidr_network(&addr->addr);

		if (kn_ifname_eq(&addr->dev, own) || is_local(&addr->addr.ip))
			continue;
		if (kn_takens_add(list, &net, &addr->dev, err, "the address of %s", addr->dev.s) <
		    0)
			return -1;
	}
	for (size_t i = 0; facts && i < facts->routes.n; i++) {
		const struct kn_route *route = &facts->routes.v[i];

		if ((kn_ifname_is_set(own) && kn_route_uses(route, own)) ||
		    is_local(&route->dst.ip))
			continue;
		if (kn_takens_add(list, &route->dst, &route->dev, err, "a route by %s",
				  kn_ifname_is_set(&route->dev) ? route->dev.s : "no link") < 0)
			return -1;
	}
	return 0;
}

int kn_takens_add_host(struct kn_takens *list, const struct kn_taken_host *host,
		       struct kn_error *err)
{
	if (add_facts(list, host, err) < 0 || add_confs(list, host, err) < 0)
		return -1;
	return add_resolv(list, host, err);
}

int kn_takens_add_network(struct kn_takens *list, const struct kn_network *net,
			  struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&name, net->name.s, strnlen(net->name.s, 64));
	if (kn_buf_check(&name, err) < 0)
		return -1;
	for (size_t i = 0; i < net->subnets.n; i++) {
		struct kn_cidr subnet = kn_cidr_network(&net->subnets.v[i]);

		if (kn_takens_add(list, &subnet, &net->bridge, err, "the libvirt network %s",
				  kn_buf_str(&name)) < 0)
			return -1;
	}
	for (size_t i = 0; i < net->routes.n; i++)
		if (kn_takens_add(list, &net->routes.v[i].dst, &net->bridge, err,
				  "a route of the libvirt network %s", kn_buf_str(&name)) < 0)
			return -1;
	return 0;
}
