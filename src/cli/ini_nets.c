/* Networks of INI files against the links beside them: what they stand on, and the bridges that
 * libvirt makes for them. Layer: cli, pure. */
#include <string.h>

#include "cli/ini_spec.h"

static const char *what_is(const struct kn_part *part)
{
	return kn_part_is(part, "vlan") ? "VLAN" : part->section->kind;
}

/* ---- libvirt's own bridge ---- */

/* Of a network that has one. */
static const struct kn_ifname *own_bridge(const struct kn_part *part)
{
	const struct kn_network *net = &part->cli.net;

	if (!kn_part_is_net(part) || !(net->has & KN_NET_HAS(BRIDGE)) ||
	    net->mode == KN_NETMODE_BRIDGE)
		return NULL;
	return &net->bridge;
}

static const struct kn_part *bridge_of_before(const struct kn_parts *parts, size_t n,
					      const struct kn_ifname *name)
{
	for (size_t k = 0; k < n; k++)
		if (own_bridge(&parts->v[k]) && kn_ifname_eq(own_bridge(&parts->v[k]), name))
			return &parts->v[k];
	return NULL;
}

/* A section that has @name as a card. */
static const struct kn_part *user_of(const struct kn_parts *parts, const struct kn_ifname *name)
{
	for (size_t k = 0; k < parts->n; k++)
		if (kn_part_is(&parts->v[k], "vlan") &&
		    kn_ifname_eq(&parts->v[k].cli.spec.vlan.link, name))
			return &parts->v[k];
	return kn_part_master(parts, parts->n, name);
}

static int check_own(struct kn_parts *parts, size_t i, const struct kn_ifname *name,
		     struct kn_error *err)
{
	const struct kn_part *named = kn_part_named(parts, name), *user = user_of(parts, name);
	const struct kn_part *other = bridge_of_before(parts, i, name);
	struct kn_error why = {0};

	if (named && !kn_part_is(named, "bridge"))
		kn_fail(&why, KN_ERR_INPUT, 0, "%s is the %s of %s:%u", name->s, what_is(named),
			named->section->path, named->section->line);
	else if (named || other)
		kn_fail(&why, KN_ERR_INPUT, 0, "the bridge %s is that of [%s] (%s:%u)", name->s,
			(named ? named : other)->section->title,
			(named ? named : other)->section->path,
			(named ? named : other)->section->line);
	else if (user)
		kn_fail(&why, KN_ERR_INPUT, 0, "%s is a card, which [%s] has (%s:%u)", name->s,
			user->section->title, user->section->path, user->section->line);
	else
		return 0;
	kn_hint(&why, "libvirt makes a bridge of its own for this network: give it another name");
	return kn_part_fault_at(parts, &parts->v[i], "bridge", name->s, &why, err);
}

/* ---- what a network is over ---- */

static int check_over(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_ifname *name = &part->cli.net.bridge;
	const struct kn_part *named = kn_part_named(parts, name);
	struct kn_error why = {0};

	if (!named || kn_part_is(named, "bridge"))
		return 0;
	kn_fail(&why, KN_ERR_INPUT, 0, "%s is a %s (%s:%u) and no bridge", name->s, what_is(named),
		named->section->path, named->section->line);
	kn_hint(&why, "put a [bridge] over it (ports = %s) and name that one", name->s);
	return kn_part_fault_at(parts, part, "bridge", name->s, &why, err);
}

/* The kernel gives a card's frames to one taker. Source: kernel drivers/net/macvlan.c,
 * macvlan_port_create(). */
static int check_devs(struct kn_parts *parts, struct kn_part *part, struct kn_error *err)
{
	const struct kn_names *devs = &part->cli.net.devs;

	for (size_t i = 0; i < devs->n; i++) {
		const struct kn_part *top = kn_part_master(parts, parts->n, &devs->v[i]);
		struct kn_error why = {0};

		if (!top)
			continue;
		kn_fail(&why, KN_ERR_INPUT, 0,
			"%s is a port of %s (%s:%u): no macvtap can stand on it", devs->v[i].s,
			top->section->name, top->section->path, top->section->line);
		if (kn_part_is(top, "bridge"))
			kn_hint(&why, "use the bridge: forward = bridge and bridge = %s",
				top->section->name);
		else
			kn_hint(&why, "use the bond: macvtap = %s", top->section->name);
		if (kn_part_fault_at(parts, part, "macvtap", devs->v[i].s, &why, err) < 0)
			return -1;
	}
	return 0;
}

int kn_parts_check_net(struct kn_parts *parts, size_t i, struct kn_error *err)
{
	struct kn_part *part = &parts->v[i];
	const struct kn_ifname *own = own_bridge(part);

	if (own)
		return check_own(parts, i, own, err);
	if (!kn_part_is_net(part))
		return 0;
	if (part->cli.net.mode == KN_NETMODE_MACVTAP)
		return check_devs(parts, part, err);
	return part->cli.net.mode == KN_NETMODE_BRIDGE ? check_over(parts, part, err) : 0;
}
