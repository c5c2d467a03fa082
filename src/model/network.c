/* The memory of a network: free, copy and compare, from one table of its fields.
 * Layer: model, pure. A field that is missing in the table would be leaked and not compared, so
 * that tests/property/test_netxml.c fills and compares every one of them. */
#include "kvmnet/network.h"

#include <stdlib.h>
#include <string.h>

enum kind {
	PLAIN, /* bytes without padding */
	STR,   /* char *, owned */
	LIST,  /* KN_LIST */
};

struct shape;

struct field {
	enum kind kind;
	unsigned int group; /* KN_NETGROUP_*; in elements of lists without meaning */
	size_t at, size;
	const struct shape *shape; /* of a list's elements */
};

struct shape {
	size_t size, n;
	const struct field *fields;
};

/* What all lists look like. */
struct list {
	char *v;
	size_t n, cap;
};

#define AT(type, member) offsetof(type, member), sizeof(((type *)0)->member)
#define SHAPE(type, fields)                                                                        \
	{                                                                                          \
		sizeof(type), sizeof(fields) / sizeof(*(fields)), fields                           \
	}
#define E_PLAIN(type, member)                                                                      \
	{                                                                                          \
		PLAIN, 0, AT(type, member), NULL                                                   \
	}
#define E_STR(type, member)                                                                        \
	{                                                                                          \
		STR, 0, AT(type, member), NULL                                                     \
	}
#define E_LIST(type, member, of)                                                                   \
	{                                                                                          \
		LIST, 0, AT(type, member), of                                                      \
	}
#define N_PLAIN(group, member)                                                                     \
	{                                                                                          \
		PLAIN, KN_NETGROUP_##group, AT(struct kn_network, member), NULL                    \
	}
#define N_STR(group, member)                                                                       \
	{                                                                                          \
		STR, KN_NETGROUP_##group, AT(struct kn_network, member), NULL                      \
	}
#define N_LIST(group, member, of)                                                                  \
	{                                                                                          \
		LIST, KN_NETGROUP_##group, AT(struct kn_network, member), of                       \
	}

static const struct field str_fields[] = {{STR, 0, 0, sizeof(char *), NULL}};
static const struct shape str_shape = SHAPE(char *, str_fields);

static const struct field name_fields[] = {E_PLAIN(struct kn_ifname, s)};
static const struct shape name_shape = SHAPE(struct kn_ifname, name_fields);

static const struct field cidr_fields[] = {
	E_PLAIN(struct kn_cidr, ip),
	E_PLAIN(struct kn_cidr, prefix_len),
};
static const struct shape cidr_shape = SHAPE(struct kn_cidr, cidr_fields);

static const struct field range_fields[] = {
	E_PLAIN(struct kn_net_range, first),
	E_PLAIN(struct kn_net_range, last),
	E_PLAIN(struct kn_net_range, has_lease),
	E_PLAIN(struct kn_net_range, lease_s),
};
static const struct shape range_shape = SHAPE(struct kn_net_range, range_fields);

static const struct field host_fields[] = {
	E_PLAIN(struct kn_net_host, has_mac), E_PLAIN(struct kn_net_host, mac),
	E_STR(struct kn_net_host, duid),      E_STR(struct kn_net_host, name),
	E_PLAIN(struct kn_net_host, ip),      E_PLAIN(struct kn_net_host, has_lease),
	E_PLAIN(struct kn_net_host, lease_s),
};
static const struct shape host_shape = SHAPE(struct kn_net_host, host_fields);

static const struct field forwarder_fields[] = {
	E_PLAIN(struct kn_net_forwarder, ip),
	E_STR(struct kn_net_forwarder, domain),
};
static const struct shape forwarder_shape = SHAPE(struct kn_net_forwarder, forwarder_fields);

static const struct field dnshost_fields[] = {
	E_PLAIN(struct kn_net_dnshost, ip),
	E_LIST(struct kn_net_dnshost, names, &str_shape),
};
static const struct shape dnshost_shape = SHAPE(struct kn_net_dnshost, dnshost_fields);

static const struct field txt_fields[] = {
	E_STR(struct kn_net_txt, name),
	E_STR(struct kn_net_txt, value),
};
static const struct shape txt_shape = SHAPE(struct kn_net_txt, txt_fields);

static const struct field srv_fields[] = {
	E_STR(struct kn_net_srv, service),    E_STR(struct kn_net_srv, protocol),
	E_STR(struct kn_net_srv, domain),     E_STR(struct kn_net_srv, target),
	E_PLAIN(struct kn_net_srv, has_port), E_PLAIN(struct kn_net_srv, has_priority),
	E_PLAIN(struct kn_net_srv, port),     E_PLAIN(struct kn_net_srv, has_weight),
	E_PLAIN(struct kn_net_srv, priority), E_PLAIN(struct kn_net_srv, weight),
};
static const struct shape srv_shape = SHAPE(struct kn_net_srv, srv_fields);

static const struct field route_fields[] = {
	E_PLAIN(struct kn_net_route, dst.ip),  E_PLAIN(struct kn_net_route, dst.prefix_len),
	E_PLAIN(struct kn_net_route, gateway), E_PLAIN(struct kn_net_route, has_metric),
	E_PLAIN(struct kn_net_route, metric),
};
static const struct shape route_shape = SHAPE(struct kn_net_route, route_fields);

static const struct field tag_fields[] = {
	E_PLAIN(struct kn_net_tag, id),
	E_PLAIN(struct kn_net_tag, native),
};
static const struct shape tag_shape = SHAPE(struct kn_net_tag, tag_fields);

static const struct field portgroup_fields[] = {
	E_STR(struct kn_net_portgroup, name),
	E_PLAIN(struct kn_net_portgroup, is_default),
	E_PLAIN(struct kn_net_portgroup, vlan.trunk),
	E_LIST(struct kn_net_portgroup, vlan.tags, &tag_shape),
};
static const struct shape portgroup_shape = SHAPE(struct kn_net_portgroup, portgroup_fields);

static const struct field net_fields[] = {
	N_PLAIN(UUID, uuid),
	N_STR(TITLE, title),
	N_STR(DESCRIPTION, description),
	N_LIST(DEVS, devs, &name_shape),
	N_PLAIN(NAT_PORTS, nat_first),
	N_PLAIN(NAT_PORTS, nat_last),
	N_PLAIN(NAT_IPV6, nat_ipv6),
	N_PLAIN(BRIDGE, bridge),
	N_PLAIN(STP, stp),
	N_PLAIN(DELAY, delay_s),
	N_STR(ZONE, zone),
	N_PLAIN(MTU, mtu),
	N_PLAIN(MAC, mac),
	N_STR(DOMAIN, domain),
	N_PLAIN(DOMAIN, domain_local),
	N_PLAIN(DNS, dns_off),
	N_LIST(FORWARDERS, forwarders, &forwarder_shape),
	N_LIST(DNS_HOSTS, dns_hosts, &dnshost_shape),
	N_LIST(TXTS, txts, &txt_shape),
	N_LIST(SRVS, srvs, &srv_shape),
	N_PLAIN(VLAN, vlan.trunk),
	N_LIST(VLAN, vlan.tags, &tag_shape),
	N_PLAIN(ISOLATED, isolated),
	N_LIST(SUBNETS, subnets, &cidr_shape),
	N_LIST(DHCP, ranges, &range_shape),
	N_LIST(HOSTS, hosts, &host_shape),
	N_LIST(ROUTES, routes, &route_shape),
	N_PLAIN(OPENVSWITCH, openvswitch),
	N_LIST(PORTGROUPS, portgroups, &portgroup_shape),
};
static const struct shape net_shape = SHAPE(struct kn_network, net_fields);

static void free_field(char *base, const struct field *f);

/* Only fields of @groups; all of an element's have group 0, which ~0 holds. */
static void free_shape(char *base, const struct shape *shape, uint32_t groups)
{
	for (size_t i = 0; i < shape->n; i++)
		if (groups >> shape->fields[i].group & 1)
			free_field(base, &shape->fields[i]);
}

static void free_field(char *base, const struct field *f)
{
	struct list list;
	char *str;

	switch (f->kind) {
	case PLAIN:
		break;
	case STR:
		memcpy(&str, base + f->at, sizeof(str));
		free(str);
		break;
	case LIST:
		memcpy(&list, base + f->at, sizeof(list));
		for (size_t i = 0; i < list.n; i++)
			free_shape(list.v + i * f->shape->size, f->shape, UINT32_MAX);
		free(list.v);
		break;
	}
	memset(base + f->at, 0, f->size);
}

static int copy_field(char *dst, const char *src, const struct field *f, struct kn_error *err);

/* @dst is zeroed. On failure it can be freed. */
static int copy_shape(char *dst, const char *src, const struct shape *shape, struct kn_error *err)
{
	for (size_t i = 0; i < shape->n; i++)
		if (copy_field(dst, src, &shape->fields[i], err) < 0)
			return -1;
	return 0;
}

/* Elements become visible one by one, each of them whole or empty. */
static int copy_list(char *dst, const char *src, const struct field *f, struct kn_error *err)
{
	struct list from, to = {0};
	int r = 0;

	memcpy(&from, src + f->at, sizeof(from));
	if (from.n == 0)
		return 0;
	to.v = calloc(from.n, f->shape->size);
	if (!to.v)
		return kn_fail_nomem(err);
	to.cap = from.n;
	for (; to.n < from.n && r == 0; to.n++)
		r = copy_shape(to.v + to.n * f->shape->size, from.v + to.n * f->shape->size,
			       f->shape, err);
	memcpy(dst + f->at, &to, sizeof(to));
	return r;
}

static int copy_field(char *dst, const char *src, const struct field *f, struct kn_error *err)
{
	char *str;

	switch (f->kind) {
	case PLAIN:
		memcpy(dst + f->at, src + f->at, f->size);
		return 0;
	case STR:
		memcpy(&str, src + f->at, sizeof(str));
		if (str && !(str = strdup(str)))
			return kn_fail_nomem(err);
		memcpy(dst + f->at, &str, sizeof(str));
		return 0;
	case LIST:
		return copy_list(dst, src, f, err);
	}
	return 0;
}

static bool same_shape(const char *a, const char *b, const struct shape *shape);

static bool same_field(const char *a, const char *b, const struct field *f)
{
	const char *s, *t;
	struct list x, y;

	switch (f->kind) {
	case PLAIN:
		return !memcmp(a + f->at, b + f->at, f->size);
	case STR:
		memcpy(&s, a + f->at, sizeof(s));
		memcpy(&t, b + f->at, sizeof(t));
		return s == t || (s && t && !strcmp(s, t));
	case LIST:
		memcpy(&x, a + f->at, sizeof(x));
		memcpy(&y, b + f->at, sizeof(y));
		for (size_t i = 0; x.n == y.n && i < x.n; i++)
			if (!same_shape(x.v + i * f->shape->size, y.v + i * f->shape->size,
					f->shape))
				return false;
		return x.n == y.n;
	}
	return false;
}

static bool same_shape(const char *a, const char *b, const struct shape *shape)
{
	for (size_t i = 0; i < shape->n; i++)
		if (!same_field(a, b, &shape->fields[i]))
			return false;
	return true;
}

void kn_network_done(struct kn_network *net)
{
	free_shape((char *)net, &net_shape, UINT32_MAX);
	*net = (struct kn_network){0};
}

int kn_network_copy(struct kn_network *dst, const struct kn_network *src, uint32_t groups,
		    struct kn_error *err)
{
	free_shape((char *)dst, &net_shape, groups);
	dst->has = (dst->has & ~groups) | (src->has & groups);
	for (size_t i = 0; i < net_shape.n; i++)
		if ((groups >> net_fields[i].group & 1) &&
		    copy_field((char *)dst, (const char *)src, &net_fields[i], err) < 0)
			return -1;
	return 0;
}

uint32_t kn_network_diff(const struct kn_network *a, const struct kn_network *b)
{
	uint32_t groups = a->has ^ b->has;

	for (size_t i = 0; i < net_shape.n; i++) {
		uint32_t bit = 1u << net_fields[i].group;

		if ((a->has & b->has & bit) &&
		    !same_field((const char *)a, (const char *)b, &net_fields[i]))
			groups |= bit;
	}
	return groups;
}

void kn_netdef_done(struct kn_netdef *def)
{
	kn_network_done(&def->net);
	kn_strv_done(&def->others);
	free(def->xml);
	*def = (struct kn_netdef){0};
}
