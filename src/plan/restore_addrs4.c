/* The way back: the IPv4 addresses of one link. Their order is state (the first one is the source
 * where none fits better), and the kernel keeps its own order while it adds, deletes and promotes;
 * so every step is followed on a list. Source: kernel net/ipv4/devinet.c, __inet_insert_ifa(),
 * __inet_del_ifa(). Layer: plan, pure. */
#include "plan/restore_priv.h"

#include <stdlib.h>
#include <string.h>

/* The link's addresses after the steps so far. */
struct list {
	struct kn_laddr *v; /* owned */
	size_t n, cap;
};

/* One walk; only the operations of .phase are emitted. */
struct walk {
	struct kn_restore *r;
	const struct kn_rlink *link;
	enum kn_phase phase;
	struct list have, want;
	bool promotes; /* a network's first address goes while others stay */
};

static bool same(const struct kn_laddr *a, const struct kn_laddr *b)
{
	return kn_cidr_eq(&a->addr, &b->addr) && kn_ip_eq(&a->peer, &b->peer);
}

static bool has(const struct list *list, const struct kn_laddr *addr)
{
	for (size_t i = 0; i < list->n; i++)
		if (same(&list->v[i], addr))
			return true;
	return false;
}

static struct kn_cidr network(const struct kn_laddr *addr)
{
	struct kn_cidr net = addr->addr;

	if (addr->peer.family)
		net.ip = addr->peer;
	return kn_cidr_network(&net);
}

static bool same_network(const struct kn_laddr *a, const struct kn_laddr *b)
{
	struct kn_cidr net_a = network(a), net_b = network(b);

	return kn_cidr_eq(&net_a, &net_b);
}

static bool is_secondary(const struct kn_laddr *addr)
{
	return addr->flags & KN_IFA_F_SECONDARY;
}

/* Behind the last first address of a network, or behind all. */
static size_t place_of(const struct list *list, const struct kn_laddr *addr)
{
	size_t at = 0;

	if (is_secondary(addr))
		return list->n;
	for (size_t i = 0; i < list->n; i++)
		if (!is_secondary(&list->v[i]) && addr->scope <= list->v[i].scope)
			at = i + 1;
	return at;
}

static void put_at(struct list *list, size_t at, const struct kn_laddr *addr)
{
	memmove(&list->v[at + 1], &list->v[at], (list->n - at) * sizeof(*list->v));
	list->v[at] = *addr;
	list->n++;
}

static void take_out(struct list *list, size_t at)
{
	list->n--;
	memmove(&list->v[at], &list->v[at + 1], (list->n - at) * sizeof(*list->v));
}

static int grow(struct walk *walk, struct list *list)
{
	return kn_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v), walk->r->ctx.err);
}

static int add(struct walk *walk, enum kn_phase phase, const struct kn_laddr *addr)
{
	struct kn_laddr copy = *addr;

	copy.flags &= ~KN_IFA_F_SECONDARY;
	for (size_t i = 0; i < walk->have.n; i++)
		if (same_network(&walk->have.v[i], addr))
			copy.flags |= KN_IFA_F_SECONDARY;
	if (grow(walk, &walk->have) < 0)
		return -1;
	put_at(&walk->have, place_of(&walk->have, &copy), &copy);
	return phase == walk->phase ? kn_restore_addr_emit(walk->r, phase, KN_OP_ADDR_ADD, addr)
				    : 0;
}

static void promote(struct walk *walk, const struct kn_laddr *gone)
{
	struct list *have = &walk->have;

	for (size_t i = 0; i < have->n; i++) {
		struct kn_laddr next = have->v[i];

		if (!same_network(&next, gone))
			continue;
		walk->promotes = true;
		take_out(have, i);
		next.flags &= ~KN_IFA_F_SECONDARY;
		put_at(have, place_of(have, &next), &next);
		return;
	}
}

static int del(struct walk *walk, size_t at)
{
	struct kn_laddr addr = walk->have.v[at];

	take_out(&walk->have, at);
	if (!is_secondary(&addr))
		promote(walk, &addr);
	return walk->phase == KN_PHASE_FINISH
		       ? kn_restore_addr_emit(walk->r, KN_PHASE_FINISH, KN_OP_ADDR_DEL, &addr)
		       : 0;
}

/* Deletes all that @keep lacks, secondary ones first: they would go or change with their first. */
static int del_all_but(struct walk *walk, const struct list *keep)
{
	for (int first = 0; first < 2; first++)
		for (size_t i = walk->have.n; i-- > 0;) {
			if (has(keep, &walk->have.v[i]) || is_secondary(&walk->have.v[i]) == first)
				continue;
			if (del(walk, i) < 0)
				return -1;
			i = walk->have.n; /* a promotion has moved others */
		}
	return 0;
}

/* How many wanted ones, from the first on, stand in the right order already. */
static size_t right_ones(const struct walk *walk)
{
	size_t k = 0;

	for (size_t i = 0; i < walk->have.n && k < walk->want.n; i++)
		k += same(&walk->have.v[i], &walk->want.v[k]);
	return k;
}

static bool is_right(const struct walk *walk)
{
	for (size_t i = 0; i < walk->want.n; i++)
		if (!same(&walk->have.v[i], &walk->want.v[i]))
			return false;
	return true;
}

/* Those behind the last right one are made anew, in order. The first one never goes. */
static int put_in_order(struct walk *walk)
{
	struct list keep = {walk->want.v, right_ones(walk), 0};

	if (is_right(walk))
		return 0;
	if (del_all_but(walk, &keep) < 0)
		return -1;
	for (size_t i = keep.n; i < walk->want.n; i++)
		if (add(walk, KN_PHASE_FINISH, &walk->want.v[i]) < 0)
			return -1;
	return 0;
}

static int fill(struct walk *walk, const struct kn_facts *facts, struct list *ret)
{
	for (size_t i = 0; i < facts->n_addrs; i++) {
		const struct kn_laddr *addr = &facts->addrs[i];

		if (addr->addr.ip.family != KN_IPV4 || !kn_ifname_eq(&addr->dev, &walk->link->name))
			continue;
		if (grow(walk, ret) < 0)
			return -1;
		put_at(ret, ret->n, addr);
	}
	return 0;
}

static int follow(struct walk *walk)
{
	if (fill(walk, walk->r->now, &walk->have) < 0 || fill(walk, walk->r->was, &walk->want) < 0)
		return -1;
	for (size_t i = 0; i < walk->want.n; i++)
		if (!has(&walk->have, &walk->want.v[i]) &&
		    add(walk, KN_PHASE_PREPARE, &walk->want.v[i]) < 0)
			return -1;
	return del_all_but(walk, &walk->want) < 0 ? -1 : put_in_order(walk);
}

int kn_restore_addrs4(struct kn_restore *r, struct kn_rlink *link, enum kn_phase phase)
{
	struct walk walk = {.r = r, .link = link, .phase = phase};
	int rc = follow(&walk);

	free(walk.have.v);
	free(walk.want.v);
	/* Otherwise the kernel deletes a network's other addresses with its first one. */
	if (rc == 0 && phase == KN_PHASE_PREPARE && walk.promotes && !link->have.promote)
		rc = kn_restore_num(r, link, KN_PHASE_PREPARE, KN_OP_PROMOTE, 1);
	return rc;
}
