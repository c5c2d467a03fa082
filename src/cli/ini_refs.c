/* Bonds, VLANs and bridges of INI files against each other: what is on top of what.
 * Layer: cli, pure. */
#include <stdlib.h>
#include <string.h>

#include "cli/ini_spec.h"

bool kn_part_is(const struct kn_part *part, const char *kind)
{
	return part->cli.command && !strcmp(part->section->kind, kind);
}

static bool is_link(const struct kn_part *part)
{
	return kn_part_is(part, "bond") || kn_part_is(part, "vlan") || kn_part_is(part, "bridge");
}

struct kn_part *kn_part_named(const struct kn_parts *parts, const struct kn_ifname *name)
{
	for (size_t i = 0; i < parts->n; i++)
		if (is_link(&parts->v[i]) && kn_ifname_eq(&parts->v[i].cli.spec.bridge, name))
			return &parts->v[i];
	return NULL;
}

struct kn_part *kn_part_master(const struct kn_parts *parts, size_t n, const struct kn_ifname *port)
{
	for (size_t i = 0; i < n; i++)
		if ((kn_part_is(&parts->v[i], "bridge") || kn_part_is(&parts->v[i], "bond")) &&
		    kn_names_has(&parts->v[i].cli.spec.ports, port))
			return &parts->v[i];
	return NULL;
}

/* The @k-th link that the part stands on: a port, or what it is a VLAN of. NULL: no more. */
static const struct kn_ifname *below(const struct kn_part *part, size_t k)
{
	const struct kn_spec *spec = &part->cli.spec;

	if (kn_part_is(part, "vlan"))
		return k == 0 && kn_ifname_is_set(&spec->vlan.link) ? &spec->vlan.link : NULL;
	return is_link(part) && k < spec->ports.n ? &spec->ports.v[k] : NULL;
}

static const char *below_key(const struct kn_part *part)
{
	return kn_part_is(part, "vlan") ? "link" : "ports";
}

/* ---- order ---- */

/* The bridge whose port the VLAN stands on, or NULL. */
static struct kn_part *bridge_beside(const struct kn_parts *parts, const struct kn_part *part)
{
	struct kn_part *top = kn_part_is(part, "vlan")
				      ? kn_part_master(parts, parts->n, &part->cli.spec.vlan.link)
				      : NULL;

	return top && kn_part_is(top, "bridge") ? top : NULL;
}

/* @left ends a circle. Return: how many sections come first, one upon the other: those below, and
 * the bridge that gives its port the MTU that a VLAN there finds. */
static size_t depth(const struct kn_parts *parts, const struct kn_part *part, size_t left)
{
	const struct kn_part *beside = bridge_beside(parts, part);
	const struct kn_ifname *name;
	size_t most = left && beside ? 1 + depth(parts, beside, left - 1) : 0;

	for (size_t k = 0; left && (name = below(part, k)); k++) {
		const struct kn_part *under = kn_part_named(parts, name);
		size_t n = under ? 1 + depth(parts, under, left - 1) : 0;

		if (n > most)
			most = n;
	}
	return most;
}

/* Nobody stacks more than a VLAN of a VLAN of a bridge of a VLAN of a bond. */
#define DEPTH_MAX 8

size_t kn_part_depth(const struct kn_parts *parts, const struct kn_part *part)
{
	return depth(parts, part, DEPTH_MAX);
}

/* Does the way down from @part come to @top? */
static bool leads_to(const struct kn_parts *parts, const struct kn_part *part,
		     const struct kn_part *top, size_t left)
{
	const struct kn_ifname *name;

	for (size_t k = 0; left && (name = below(part, k)); k++) {
		const struct kn_part *under = kn_part_named(parts, name);

		if (under && (under == top || leads_to(parts, under, top, left - 1)))
			return true;
	}
	return false;
}

static int check_circle(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_ifname *name;

	for (size_t k = 0; (name = below(part, k)); k++) {
		const struct kn_part *under = kn_part_named(parts, name);
		struct kn_error why = {0};

		if (!under || (under != part && !leads_to(parts, under, part, DEPTH_MAX)))
			continue;
		if (under == part && kn_part_is(part, "bridge"))
			continue; /* told where its ports are read */
		kn_fail(&why, KN_ERR_INPUT, 0, "%s stands on %s, which stands on %s: a circle",
			part->section->name, name->s, part->section->name);
		kn_hint(&why, "one of them has to be on a network card");
		return kn_part_fault_at(parts, part, below_key(part), name->s, &why, err);
	}
	return 0;
}

/* ---- names and ports ---- */

static int check_name(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];
	struct kn_error why = {0};

	for (size_t k = 0; k < i; k++) {
		const struct kn_part *other = &parts->v[k];

		if (!is_link(other) || !kn_ifname_is_set(&part->cli.spec.bridge) ||
		    !kn_ifname_eq(&other->cli.spec.bridge, &part->cli.spec.bridge))
			continue;
		kn_fail(&why, KN_ERR_INPUT, 0, "%s is the [%s] of %s:%u already",
			part->section->name, other->section->title, other->section->path,
			other->section->line);
		kn_hint(&why, "a host has one link of a name: choose another one");
		return kn_part_fault(parts, part, NULL, &why, err);
	}
	return 0;
}

static int check_bond(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];

	for (size_t k = 0; k < part->cli.spec.ports.n; k++) {
		const struct kn_ifname *port = &part->cli.spec.ports.v[k];
		const struct kn_part *under = kn_part_named(parts, port);
		const struct kn_part *other = kn_part_master(parts, i, port);
		struct kn_error why = {0};

		if (other) {
			kn_fail(&why, KN_ERR_INPUT, 0, "%s is already a port of %s (%s:%u)",
				port->s, other->section->name, other->section->path,
				other->section->line);
			kn_hint(&why, "a card is in one bond or bridge: leave it out of one of "
				      "them");
		} else if (under && under != part) {
			kn_fail(&why, KN_ERR_INPUT, 0, "%s is a %s itself (%s:%u)", port->s,
				kn_part_is(under, "vlan") ? "VLAN" : under->section->kind,
				under->section->path, under->section->line);
			kn_hint(&why, "bond the network cards; VLANs and bridges go on top");
		} else {
			continue;
		}
		if (kn_part_fault_at(parts, part, "ports", port->s, &why, err) < 0)
			return -1;
	}
	return 0;
}

/* The bridge on top has the addresses. */
static int check_top(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	static const char *const keys[] = {"ipv4",   "ipv6",  "gateway", "dns",
					   "search", "route", "metric",	 "zone"};
	const struct kn_part *top = kn_part_master(parts, parts->n, &part->cli.spec.bridge);

	if (!top || !kn_part_is(top, "bridge"))
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const struct kn_ini_key *key = kn_ini_get(part->section, keys[i]);
		struct kn_error why = {0};

		if (!key || !strcmp(key->value, "none"))
			continue;
		kn_fail(&why, KN_ERR_INPUT, 0, "%s is a port of %s (%s:%u), which has the %s",
			part->section->name, top->section->name, top->section->path,
			top->section->line, i < 2 ? "addresses" : "rest of IP, too");
		kn_hint(&why, "write it there: [%s]", top->section->title);
		if (kn_part_fault(parts, part, key, &why, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- VLANs ---- */

static int check_same(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];
	const struct kn_vlan *vlan = &part->cli.spec.vlan;
	struct kn_error why = {0};

	for (size_t k = 0; k < i; k++) {
		const struct kn_part *other = &parts->v[k];

		if (!kn_part_is(other, "vlan") || !vlan->id ||
		    other->cli.spec.vlan.id != vlan->id ||
		    !kn_ifname_eq(&other->cli.spec.vlan.link, &vlan->link))
			continue;
		kn_fail(&why, KN_ERR_INPUT, 0, "VLAN %u of %s is %s already (%s:%u)", vlan->id,
			vlan->link.s, other->section->name, other->section->path,
			other->section->line);
		kn_hint(&why, "a frame goes to one of them: leave the other out");
		return kn_part_fault(parts, part, kn_ini_get(part->section, "id"), &why, err);
	}
	return 0;
}

/* A bridge's VLAN gets what its ports' VLANs leave, which is nothing. */
static int check_taken(struct kn_parts *parts, struct kn_part *part, const struct kn_part *bridge,
		       struct kn_error *err)
{
	const struct kn_vlan *vlan = &part->cli.spec.vlan;
	struct kn_error why = {0};

	for (size_t k = 0; k < parts->n; k++) {
		const struct kn_part *other = &parts->v[k];

		if (!kn_part_is(other, "vlan") || !vlan->id ||
		    other->cli.spec.vlan.id != vlan->id ||
		    !kn_ifname_eq(&other->cli.spec.vlan.link, &bridge->cli.spec.bridge))
			continue;
		kn_fail(&why, KN_ERR_INPUT, 0,
			"VLAN %u of %s is %s already (%s:%u), which would get no frame from its "
			"port %s any more",
			vlan->id, bridge->section->name, other->section->name, other->section->path,
			other->section->line, vlan->link.s);
		kn_hint(&why, "leave one of the two out");
		return kn_part_fault(parts, part, kn_ini_get(part->section, "id"), &why, err);
	}
	return 0;
}

/* The VLAN's frames are its own before a bridge or bond sees any. On a bridge that is what is
 * wanted; from a bond it would take the use of the port. Source: kernel net/core/dev.c:
 * vlan_do_receive() comes before the rx_handler. */
static int check_port(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_vlan *vlan = &part->cli.spec.vlan;
	const struct kn_part *top = kn_part_master(parts, parts->n, &vlan->link);
	struct kn_error why = {0};

	if (!kn_ifname_is_set(&vlan->link) || !top)
		return 0;
	if (kn_part_is(top, "bridge"))
		return check_taken(parts, part, top, err);
	kn_fail(&why, KN_ERR_INPUT, 0,
		"%s is a port of %s (%s:%u): a VLAN on it takes its frames away from there",
		vlan->link.s, top->section->name, top->section->path, top->section->line);
	kn_hint(&why, "make it a VLAN of %s: link = %s", top->section->name, top->section->name);
	return kn_part_fault_at(parts, part, "link", vlan->link.s, &why, err);
}

/* A bridge hands its MTU down to its ports. */
static int check_mtu(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_spec *spec = &part->cli.spec;
	const struct kn_part *under = kn_part_named(parts, &spec->vlan.link);
	struct kn_error why = {0};

	if (!under)
		under = bridge_beside(parts, part);
	if (!(spec->given & KN_GROUP_MTU) || !under || !(under->cli.spec.given & KN_GROUP_MTU) ||
	    spec->mtu <= under->cli.spec.mtu)
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0, "mtu = %u is more than the %u of %s below it", spec->mtu,
		under->cli.spec.mtu, spec->vlan.link.s);
	kn_hint(&why, "give %s the larger one", under->section->name);
	return kn_part_fault(parts, part, kn_ini_get(part->section, "mtu"), &why, err);
}

static int check_vlan(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];

	if (check_same(parts, i, err) < 0 || check_port(parts, part, err) < 0)
		return -1;
	return check_mtu(parts, part, err);
}

int kn_parts_check_links(struct kn_parts *parts, struct kn_error *err)
{
	bool any = false;

	/* Of a thousand bridges alone, none stands on another. */
	for (size_t i = 0; i < parts->n; i++)
		any |= kn_part_is(&parts->v[i], "bond") || kn_part_is(&parts->v[i], "vlan");
	for (size_t i = 0; any && i < parts->n; i++) {
		struct kn_part *part = &parts->v[i];
		bool bond = kn_part_is(part, "bond"), vlan = kn_part_is(part, "vlan");

		if (!is_link(part))
			continue;
		if (check_name(parts, i, err) < 0 || check_circle(parts, part, err) < 0 ||
		    (bond && check_bond(parts, i, err) < 0) ||
		    (vlan && check_vlan(parts, i, err) < 0) ||
		    ((bond || vlan) && check_top(parts, part, err) < 0))
			return -1;
	}
	return 0;
}
