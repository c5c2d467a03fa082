/* Lists and IP settings shared by spec, files and targets.
 * Layer: model, pure. */
#include "kvmnet/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/buf.h"

/* Appends *@item to a list type with fields v, n, cap. */
#define LIST_ADD(list, item, err)                                                                  \
	(kn_grow(&(list)->v, &(list)->cap, (list)->n + 1, sizeof(*(list)->v), (err)) < 0           \
		 ? -1                                                                              \
		 : ((list)->v[(list)->n++] = *(item), 0))

#define LIST_DONE(list) (free((list)->v), memset((list), 0, sizeof(*(list))), (void)0)

int kn_strv_add(struct kn_strv *list, const char *str, struct kn_error *err)
{
	char *copy = strdup(str);

	if (!copy)
		return kn_fail_nomem(err);
	if (LIST_ADD(list, &copy, err) < 0) {
		free(copy);
		return -1;
	}
	return 0;
}

void kn_strv_done(struct kn_strv *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	LIST_DONE(list);
}

bool kn_strv_has(const struct kn_strv *list, const char *str)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], str))
			return true;
	return false;
}

bool kn_strv_eq(const struct kn_strv *a, const struct kn_strv *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

int kn_names_add(struct kn_names *list, const struct kn_ifname *name, struct kn_error *err)
{
	if (LIST_ADD(list, name, err) < 0)
		return -1;
	kn_name_table_add(&list->table, list->v, sizeof(*list->v), list->n, list->n - 1);
	return 0;
}

void kn_names_done(struct kn_names *list)
{
	kn_name_table_done(&list->table);
	LIST_DONE(list);
}

bool kn_names_has(const struct kn_names *list, const struct kn_ifname *name)
{
	return kn_name_table_find(&list->table, list->v, sizeof(*list->v), list->n, name) < list->n;
}

int kn_routes_add(struct kn_routes *list, const struct kn_route *route, struct kn_error *err)
{
	return LIST_ADD(list, route, err);
}

void kn_routes_done(struct kn_routes *list)
{
	LIST_DONE(list);
}

bool kn_route_is_default(const struct kn_route *route)
{
	return route->dst.prefix_len == 0;
}

/* Where the legs are kept, the one that stands for all of them depends on who asks. */
static bool same_hops(const struct kn_route *a, const struct kn_route *b)
{
	if (a->n_legs != b->n_legs || a->nhid != b->nhid)
		return false;
	if (!a->n_legs)
		return a->nhid || kn_ip_eq(&a->gateway, &b->gateway);
	for (size_t i = 0; i < a->n_legs; i++)
		if (!kn_ip_eq(&a->legs[i].gateway, &b->legs[i].gateway) ||
		    a->legs[i].hops != b->legs[i].hops)
			return false;
	return true;
}

bool kn_route_same(const struct kn_route *a, const struct kn_route *b)
{
	return kn_cidr_eq(&a->dst, &b->dst) && same_hops(a, b) && a->table == b->table &&
	       a->type == b->type && a->tos == b->tos &&
	       (a->has_metric ? a->metric : 0) == (b->has_metric ? b->metric : 0);
}

bool kn_route_uses(const struct kn_route *route, const struct kn_ifname *dev)
{
	if (kn_ifname_eq(&route->dev, dev))
		return true;
	for (size_t i = 0; i < route->n_legs; i++)
		if (kn_ifname_eq(&route->legs[i].dev, dev))
			return true;
	return false;
}

int kn_cidrs_add(struct kn_cidrs *list, const struct kn_cidr *cidr, struct kn_error *err)
{
	return LIST_ADD(list, cidr, err);
}

int kn_ips_add(struct kn_ips *list, const struct kn_ip *ip, struct kn_error *err)
{
	return LIST_ADD(list, ip, err);
}

void kn_cidrs_done(struct kn_cidrs *list)
{
	LIST_DONE(list);
}

void kn_ips_done(struct kn_ips *list)
{
	LIST_DONE(list);
}

void kn_ipconf_done(struct kn_ipconf *ip)
{
	kn_cidrs_done(&ip->addrs);
	kn_ips_done(&ip->dns);
	kn_strv_done(&ip->search);
	kn_routes_done(&ip->routes);
	*ip = (struct kn_ipconf){0};
}

static int copy_addrs(struct kn_ipconf *dst, const struct kn_ipconf *src, struct kn_error *err)
{
	dst->dhcp4 = src->dhcp4;
	dst->dhcp6 = src->dhcp6;
	dst->slaac = src->slaac;
	dst->addrs.n = 0;
	for (size_t i = 0; i < src->addrs.n; i++)
		if (kn_cidrs_add(&dst->addrs, &src->addrs.v[i], err) < 0)
			return -1;
	return 0;
}

static int copy_dns(struct kn_ipconf *dst, const struct kn_ipconf *src, struct kn_error *err)
{
	dst->dns.n = 0;
	kn_strv_done(&dst->search);
	for (size_t i = 0; i < src->dns.n; i++)
		if (kn_ips_add(&dst->dns, &src->dns.v[i], err) < 0)
			return -1;
	for (size_t i = 0; i < src->search.n; i++)
		if (kn_strv_add(&dst->search, src->search.v[i], err) < 0)
			return -1;
	return 0;
}

int kn_ipconf_copy(struct kn_ipconf *dst, const struct kn_ipconf *src, unsigned int groups,
		   struct kn_error *err)
{
	if ((groups & KN_GROUP_ADDR) && copy_addrs(dst, src, err) < 0)
		return -1;
	if (groups & KN_GROUP_GATEWAY) {
		dst->gateway4 = src->gateway4;
		dst->gateway6 = src->gateway6;
		dst->onlink4 = src->onlink4;
		dst->has_metric = src->has_metric;
		dst->metric = src->metric;
		dst->no_defroute = src->no_defroute;
	}
	if ((groups & KN_GROUP_DNS) && copy_dns(dst, src, err) < 0)
		return -1;
	if (groups & KN_GROUP_ROUTES) {
		dst->routes.n = 0;
		for (size_t i = 0; i < src->routes.n; i++)
			if (kn_routes_add(&dst->routes, &src->routes.v[i], err) < 0)
				return -1;
	}
	return 0;
}

bool kn_ipconf_has_no_addr(const struct kn_ipconf *ip)
{
	return !ip->dhcp4 && !ip->dhcp6 && !ip->slaac && ip->addrs.n == 0;
}

const char *kn_reader_word(enum kn_reader reader)
{
	switch (reader) {
	case KN_READER_AUTO:
		return "auto";
	case KN_READER_NONE:
		return "none";
	case KN_READER_SCRIPTS_7:
		return "network-scripts-7";
	case KN_READER_SCRIPTS_8:
		return "network-scripts-8";
	case KN_READER_NM:
		return "nm";
	}
	return "unknown";
}

void kn_spec_done(struct kn_spec *spec)
{
	kn_names_done(&spec->ports);
	kn_ipconf_done(&spec->ip);
	kn_strv_done(&spec->force);
	kn_reaches_done(&spec->reach);
	free(spec->zone);
	*spec = (struct kn_spec){0};
}

bool kn_spec_forces(const struct kn_spec *spec, const char *rule)
{
	return kn_strv_has(&spec->force, rule);
}

bool kn_verb_is_link(enum kn_verb verb)
{
	return verb == KN_BOND_CREATE || verb == KN_VLAN_CREATE;
}

const struct kn_spec *kn_spec_parts(const struct kn_spec *spec, size_t *ret_n)
{
	*ret_n = spec->verb == KN_APPLY ? spec->n_parts : 1;
	return spec->verb == KN_APPLY ? spec->parts : spec;
}

bool kn_spec_has_verb(const struct kn_spec *spec, enum kn_verb verb)
{
	size_t n;
	const struct kn_spec *parts = kn_spec_parts(spec, &n);

	for (size_t i = 0; i < n; i++)
		if (parts[i].verb == verb)
			return true;
	return false;
}

struct kn_vlan_names kn_vlan_names(const struct kn_vlan *vlan)
{
	struct kn_vlan_names names;

	(void)snprintf(names.dotted, sizeof(names.dotted), "%s.%u", vlan->link.s, vlan->id);
	(void)snprintf(names.plain, sizeof(names.plain), "vlan%u", vlan->id);
	return names;
}

bool kn_vlan_is_named(const struct kn_vlan *vlan, const char *name)
{
	struct kn_vlan_names names = kn_vlan_names(vlan);

	return !strcmp(name, names.dotted) || !strcmp(name, names.plain);
}
