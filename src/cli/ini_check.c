/* Sections of INI files against each other. Layer: cli, pure. */
#include <stdlib.h>
#include <string.h>

#include "cli/ini_spec.h"

static bool is_bridge(const struct kn_part *part)
{
	return kn_part_is(part, "bridge");
}

bool kn_part_is_net(const struct kn_part *part)
{
	return part->cli.command && part->cli.command->id == KN_CMD_NET_CREATE;
}

/* The key as it stands in the file, or as if it stood at its word @text. */
static struct kn_ini_key at_word(const struct kn_ini_key *key, const char *text)
{
	struct kn_ini_key at = *key;
	size_t len = strlen(text);

	for (const char *p = key->value; len && (p = strstr(p, text)); p++) {
		bool begins = p == key->value || strchr(" \t,", p[-1]);

		if (!begins || (p[len] && !strchr(" \t,", p[len])))
			continue;
		at.value_column += (unsigned int)(p - key->value);
		break;
	}
	return at;
}

int kn_part_fault_at(struct kn_parts *parts, struct kn_part *part, const char *name,
		     const char *text, const struct kn_error *why, struct kn_error *err)
{
	const struct kn_ini_key *key = kn_ini_get(part->section, name);
	struct kn_ini_key at = {0};

	if (key)
		at = at_word(key, text);
	return kn_part_fault(parts, part, key ? &at : NULL, why, err);
}

/* ---- ports ---- */

static struct kn_part *bridge_of(const struct kn_parts *parts, size_t n,
				 const struct kn_ifname *port)
{
	for (size_t i = 0; i < n; i++)
		if (is_bridge(&parts->v[i]) && kn_names_has(&parts->v[i].cli.spec.ports, port))
			return &parts->v[i];
	return NULL;
}

static struct kn_part *named_bridge(const struct kn_parts *parts, const struct kn_ifname *name)
{
	for (size_t i = 0; i < parts->n; i++)
		if (is_bridge(&parts->v[i]) && kn_ifname_eq(&parts->v[i].cli.spec.bridge, name))
			return &parts->v[i];
	return NULL;
}

static int check_port(struct kn_parts *parts, size_t i, const struct kn_ifname *port,
		      struct kn_error *err)
{
	struct kn_part *part = &parts->v[i], *other = kn_part_master(parts, i, port);
	struct kn_error why = {0};

	if (other) {
		kn_fail(&why, KN_ERR_INPUT, 0, "%s is already a port of %s (%s:%u)", port->s,
			other->section->name, other->section->path, other->section->line);
		kn_hint(&why, "a port belongs to one bridge or bond: leave it out of one of them");
		return kn_part_fault_at(parts, part, "ports", port->s, &why, err);
	}
	other = named_bridge(parts, port);
	if (!other || other == part)
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0, "%s is a bridge itself (%s:%u)", port->s,
		other->section->path, other->section->line);
	kn_hint(&why, "a bridge cannot be a port of a bridge");
	return kn_part_fault_at(parts, part, "ports", port->s, &why, err);
}

/* The bridge of an [ethernet] is the one that names it. */
static int find_bridge(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	struct kn_spec *spec = &part->cli.spec;
	struct kn_error why = {0};

	if (!spec->ports.n || parts->ini->partial)
		return 0;
	const struct kn_part *bridge = bridge_of(parts, parts->n, &spec->ports.v[0]);
	if (bridge) {
		spec->bridge = bridge->cli.spec.bridge;
		return 0;
	}
	kn_fail(&why, KN_ERR_INPUT, 0, "no [bridge] has the port %s", spec->ports.v[0].s);
	kn_hint(&why, "[ethernet] sets options of a bridge's port: name it there with ports = %s",
		spec->ports.v[0].s);
	return kn_part_fault(parts, part, NULL, &why, err);
}

static int check_ports(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];

	if (is_bridge(part))
		for (size_t k = 0; k < part->cli.spec.ports.n; k++)
			if (check_port(parts, i, &part->cli.spec.ports.v[k], err) < 0)
				return -1;
	if (part->cli.command && part->cli.command->id == KN_CMD_PORT_SET)
		return find_bridge(parts, part, err);
	return 0;
}

/* ---- addresses ---- */

struct subnet {
	struct kn_part *part;
	struct kn_cidr cidr;
	bool network;
};

struct subnets {
	struct subnet *v; /* owned */
	size_t n, cap;
};

static const struct kn_cidrs *cidrs_of(const struct kn_part *part)
{
	return kn_part_is_net(part) ? &part->cli.net.subnets : &part->cli.spec.ip.addrs;
}

static int fault_subnet(struct kn_parts *parts, const struct subnet *one,
			const struct subnet *before, struct kn_error *err)
{
	const struct kn_ini_section *other = before->part->section;
	char text[KN_CIDR_STRLEN], theirs[KN_CIDR_STRLEN];
	struct kn_error why = {0};
	bool same = kn_ip_eq(&one->cidr.ip, &before->cidr.ip);

	kn_cidr_fmt(&one->cidr, text);
	kn_fail(&why, KN_ERR_INPUT, 0, "%s %s %s of [%s] (%s:%u)", text,
		same ? "has the address of" : "overlaps", kn_cidr_fmt(&before->cidr, theirs),
		other->title, other->path, other->line);
	kn_hint(&why, same ? "an address belongs to one link"
		      : one->network || before->network
			      ? "guests' networks and bridges need subnets of their own"
			      : "give each link a subnet of its own; two of them in one network on "
				"purpose: --force=subnet-overlap");
	return kn_part_fault_at(parts, one->part, one->cidr.ip.family == KN_IPV4 ? "ipv4" : "ipv6",
				text, &why, err);
}

static bool is_forced(const struct kn_parts *parts, const char *rule)
{
	return parts->how && kn_spec_forces(parts->how, rule);
}

/* Two links in one subnet are odd, but some hosts want them; the same address twice nobody does,
 * and a network of guests shares its subnet with nothing. */
static bool is_clash(const struct kn_parts *parts, const struct subnet *a, const struct subnet *b)
{
	if (a->network || b->network)
		return kn_cidr_overlaps(&a->cidr, &b->cidr);
	if (kn_ip_eq(&a->cidr.ip, &b->cidr.ip))
		return true;
	return a->part != b->part && kn_cidr_overlaps(&a->cidr, &b->cidr) &&
	       !kn_ip_is_link_local(&a->cidr.ip) && !is_forced(parts, "subnet-overlap");
}

static int add_subnet(struct kn_parts *parts, struct subnets *list, const struct subnet *one,
		      struct kn_error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (is_clash(parts, &list->v[i], one))
			return fault_subnet(parts, one, &list->v[i], err);
	if (kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), err) < 0)
		return -1;
	list->v[list->n++] = *one;
	return 0;
}

static int check_subnets(struct kn_parts *parts, struct kn_error *err)
{
	struct subnets list = {0};
	int r = 0;

	for (size_t i = 0; r == 0 && i < parts->n; i++) {
		struct kn_part *part = &parts->v[i];
		const struct kn_cidrs *cidrs = cidrs_of(part);

		for (size_t k = 0; r == 0 && k < cidrs->n; k++) {
			struct subnet one = {part, cidrs->v[k], kn_part_is_net(part)};

			r = add_subnet(parts, &list, &one, err);
		}
	}
	free(list.v);
	return r;
}

/* ---- default routes ---- */

static const struct kn_ip *gateway_of(const struct kn_part *part, enum kn_family family)
{
	const struct kn_ipconf *ip = &part->cli.spec.ip;

	return family == KN_IPV4 ? &ip->gateway4 : &ip->gateway6;
}

static uint32_t metric_of(const struct kn_part *part)
{
	return part->cli.spec.ip.has_metric ? part->cli.spec.ip.metric : 0;
}

/* The section before @n that has a gateway of that family, with the same metric. Or NULL. */
static const struct kn_part *rival_of(const struct kn_parts *parts, size_t n, enum kn_family family)
{
	for (size_t i = 0; i < n; i++)
		if (!parts->v[i].broken && gateway_of(&parts->v[i], family)->family &&
		    metric_of(&parts->v[i]) == metric_of(&parts->v[n]))
			return &parts->v[i];
	return NULL;
}

static int check_gateway(struct kn_parts *parts, size_t i, enum kn_family family,
			 struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];
	const struct kn_ip *gateway = gateway_of(part, family);
	const struct kn_part *other = gateway->family ? rival_of(parts, i, family) : NULL;
	struct kn_error why = {0};
	char text[KN_IP_STRLEN];

	if (!other)
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0,
		"gateway %s: [%s] (%s:%u) has one, too, and only one is used",
		kn_ip_fmt(gateway, text), other->section->title, other->section->path,
		other->section->line);
	kn_hint(&why,
		"leave one out, or say which comes behind with a larger metric: metric = 100");
	return kn_part_fault_at(parts, part, "gateway", text, &why, err);
}

static int check_gateways(struct kn_parts *parts, struct kn_error *err)
{
	for (size_t i = 0; i < parts->n && !is_forced(parts, "default-route-outranked"); i++)
		if (check_gateway(parts, i, KN_IPV4, err) < 0 ||
		    check_gateway(parts, i, KN_IPV6, err) < 0)
			return -1;
	return 0;
}

/* ---- all of it ---- */

int kn_parts_uplinks(struct kn_parts *parts,
		     int (*find)(const struct kn_ifname *bridge, struct kn_ifname *ret, void *arg,
				 struct kn_error *err),
		     void *arg, struct kn_error *err)
{
	for (size_t i = 0; i < parts->n; i++) {
		struct kn_part *part = &parts->v[i];
		struct kn_spec *spec = &part->cli.spec;
		struct kn_error why = {0};
		struct kn_ifname port;

		if (!part->cli.uplink || part->broken)
			continue;
		if (find(&spec->bridge, &port, arg, &why) == 0) {
			if (!kn_names_has(&spec->ports, &port) &&
			    kn_names_add(&spec->ports, &port, err) < 0)
				return -1;
			continue;
		}
		if (kn_part_fault_at(parts, part, "ports", "@uplink", &why, err) < 0)
			return -1;
	}
	return 0;
}

int kn_parts_check(struct kn_parts *parts, struct kn_error *err)
{
	for (size_t i = 0; i < parts->n; i++)
		if (check_ports(parts, i, err) < 0 || kn_parts_check_net(parts, i, err) < 0)
			return -1;
	if (kn_parts_check_links(parts, err) < 0)
		return -1;
	return check_subnets(parts, err) < 0 ? -1 : check_gateways(parts, err);
}
