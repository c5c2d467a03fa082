/* The way back: addresses and neighbours. What is missing comes before the switch, what is too many
 * goes after it. Layer: plan, pure. */
#include "plan/restore_priv.h"

/* linux/neighbour.h */
#define NUD_STALE     0x04
#define NUD_KNOWN     (0x02 | 0x04 | 0x08 | 0x10)
#define NUD_PERMANENT 0x80
#define NTF_PROXY     0x08
/* linux/if_addr.h */
#define IFA_F_TEMPORARY 0x01u /* of an IPv6 address */
#define IFA_F_DADFAILED 0x08u

static bool same_addr(const struct kn_laddr *a, const struct kn_laddr *b)
{
	return kn_ifname_eq(&a->dev, &b->dev) && kn_cidr_eq(&a->addr, &b->addr) &&
	       kn_ip_eq(&a->peer, &b->peer);
}

static bool has_addr(const struct kn_facts *facts, const struct kn_laddr *addr)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (same_addr(&facts->addrs[i], addr))
			return true;
	return false;
}

static bool is_anywhere(const struct kn_facts *facts, const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_cidr_eq(&facts->addrs[i].addr, cidr))
			return true;
	return false;
}

/* A privacy address that is nowhere any more has had its day: the kernel makes others. */
bool kn_restore_addr_is_missing(const struct kn_restore *r, const struct kn_laddr *addr)
{
	if (!kn_restore_holds(r, &addr->dev) || has_addr(r->now, addr))
		return false;
	return addr->addr.ip.family == KN_IPV4 || !(addr->flags & IFA_F_TEMPORARY) ||
	       is_anywhere(r->now, &addr->addr);
}

int kn_restore_addr_emit(struct kn_restore *r, enum kn_phase phase, enum kn_op_kind kind,
			 const struct kn_laddr *addr)
{
	struct kn_op op = {.kind = kind, .dev = addr->dev, .addr = *addr};

	if (kind == KN_OP_ADDR_DEL)
		return kn_emit(&r->ctx, phase, &op);
	/* It answered here before; a duplicate found then is one still. */
	if (addr->addr.ip.family == KN_IPV6 && !(addr->flags & IFA_F_DADFAILED))
		op.addr.flags |= KN_IFA_F_NODAD;
	/* Where a copy lives on, it knows better how long. */
	for (size_t i = 0; addr->valid_s != KN_LIFETIME_FOREVER && i < r->now->n_addrs; i++)
		if (kn_cidr_eq(&r->now->addrs[i].addr, &addr->addr) &&
		    r->now->addrs[i].valid_s != KN_LIFETIME_FOREVER) {
			op.addr.valid_s = r->now->addrs[i].valid_s;
			op.addr.preferred_s = r->now->addrs[i].preferred_s;
		}
	return kn_emit(&r->ctx, phase, &op);
}

/* Backwards: the kernel puts a new one in front. Source: net/ipv6/addrconf.c,
 * ipv6_link_dev_addr(). */
static int add_addrs6(struct kn_restore *r, const struct kn_rlink *link)
{
	bool any = false;

	for (size_t i = r->was->n_addrs; i-- > 0;) {
		const struct kn_laddr *addr = &r->was->addrs[i];

		if (addr->addr.ip.family != KN_IPV6 || !kn_ifname_eq(&addr->dev, &link->name) ||
		    !kn_restore_addr_is_missing(r, addr))
			continue;
		any = true;
		if (kn_restore_addr_emit(r, KN_PHASE_PREPARE, KN_OP_ADDR_ADD, addr) < 0)
			return -1;
	}
	return any ? kn_emit_simple(&r->ctx, KN_PHASE_PREPARE, KN_OP_ADDR_WAIT, &link->name, NULL)
		   : 0;
}

/* Router advertisements bring and renew addresses by themselves on a link that listens to them. */
static bool comes_by_itself(const struct kn_restore *r, const struct kn_laddr *addr)
{
	const struct kn_rlink *link = kn_restore_link(r, &addr->dev);

	return addr->addr.ip.family == KN_IPV6 && !(addr->flags & KN_IFA_F_PERMANENT) &&
	       addr->valid_s != KN_LIFETIME_FOREVER && link->was && link->was->accept_ra &&
	       !link->was->disable_ipv6 && !kn_ifname_is_set(&link->was->master);
}

/* Link-local ones last: without them neighbour discovery stops. */
static int drop_addrs6(struct kn_restore *r, const struct kn_rlink *link)
{
	for (int local = 0; local < 2; local++)
		for (size_t i = 0; i < r->now->n_addrs; i++) {
			const struct kn_laddr *addr = &r->now->addrs[i];

			if (addr->addr.ip.family != KN_IPV6 ||
			    !kn_ifname_eq(&addr->dev, &link->name) ||
			    kn_ip_is_link_local(&addr->addr.ip) != local ||
			    has_addr(r->was, addr) || comes_by_itself(r, addr))
				continue;
			if (kn_restore_addr_emit(r, KN_PHASE_FINISH, KN_OP_ADDR_DEL, addr) < 0)
				return -1;
		}
	return 0;
}

static bool is_ours(const struct kn_rlink *link)
{
	return link->fate == KN_FATE_STAYS || link->fate == KN_FATE_COMES ||
	       link->fate == KN_FATE_GOES;
}

static bool reads_addrs(const struct kn_restore *r)
{
	return r->then->reads & KN_JREAD_ADDRS;
}

int kn_restore_addrs_prepare(struct kn_restore *r)
{
	for (size_t i = 0; reads_addrs(r) && i < r->n_links; i++)
		if (is_ours(&r->links[i]) &&
		    (kn_restore_addrs4(r, &r->links[i], KN_PHASE_PREPARE) < 0 ||
		     add_addrs6(r, &r->links[i]) < 0))
			return -1;
	return 0;
}

int kn_restore_addrs_finish(struct kn_restore *r)
{
	for (size_t i = 0; reads_addrs(r) && i < r->n_links; i++)
		if (is_ours(&r->links[i]) &&
		    (kn_restore_addrs4(r, &r->links[i], KN_PHASE_FINISH) < 0 ||
		     drop_addrs6(r, &r->links[i]) < 0))
			return -1;
	return 0;
}

static bool is_lasting(const struct kn_neigh *neigh)
{
	return (neigh->state & NUD_PERMANENT) || (neigh->flags & NTF_PROXY);
}

static const struct kn_neigh *find_neigh(const struct kn_facts *facts, const struct kn_ifname *dev,
					 const struct kn_neigh *like)
{
	for (size_t i = 0; i < facts->n_neighs; i++)
		if (kn_ifname_eq(&facts->neighs[i].dev, dev) &&
		    kn_ip_eq(&facts->neighs[i].dst, &like->dst) &&
		    (facts->neighs[i].flags & NTF_PROXY) == (like->flags & NTF_PROXY))
			return &facts->neighs[i];
	return NULL;
}

static int emit_neigh(struct kn_restore *r, enum kn_phase phase, enum kn_op_kind kind,
		      const struct kn_neigh *neigh, const struct kn_ifname *dev)
{
	struct kn_op op = {.kind = kind, .dev = *dev, .neigh = *neigh};

	op.neigh.dev = *dev;
	if (!is_lasting(neigh))
		op.neigh.state = NUD_STALE;
	return kn_emit(&r->ctx, phase, &op);
}

static bool lacks_addrs(const struct kn_restore *r, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < r->was->n_addrs; i++)
		if (kn_ifname_eq(&r->was->addrs[i].dev, dev) &&
		    kn_restore_addr_is_missing(r, &r->was->addrs[i]))
			return true;
	return false;
}

/* What the host knows of its neighbours comes along with the addresses, so that the first packet
 * needs no resolution; what it has learnt meanwhile is fresher than the record. */
static int know_neighs(struct kn_restore *r, const struct kn_facts *from,
		       const struct kn_ifname *giver, const struct kn_ifname *dev)
{
	for (size_t i = 0; i < from->n_neighs; i++) {
		const struct kn_neigh *neigh = &from->neighs[i];

		if (!kn_ifname_eq(&neigh->dev, giver) || is_lasting(neigh) || !neigh->has_mac ||
		    !(neigh->state & NUD_KNOWN) || find_neigh(r->now, dev, neigh))
			continue;
		if (from != r->now && r->bridge &&
		    (find_neigh(r->now, &r->bridge->name, neigh) ||
		     find_neigh(r->now, &r->uplink->name, neigh)))
			continue;
		if (emit_neigh(r, KN_PHASE_PREPARE, KN_OP_NEIGH_ADD, neigh, dev) < 0)
			return -1;
	}
	return 0;
}

int kn_restore_neighs_prepare(struct kn_restore *r)
{
	const struct kn_rlink *to = kn_restore_receiver(r);

	if (!(r->then->reads & KN_JREAD_NEIGHS))
		return 0;
	for (size_t i = 0; i < r->was->n_neighs; i++) {
		const struct kn_neigh *neigh = &r->was->neighs[i];

		if (is_lasting(neigh) && kn_restore_holds(r, &neigh->dev) &&
		    !find_neigh(r->now, &neigh->dev, neigh) &&
		    emit_neigh(r, KN_PHASE_PREPARE, KN_OP_NEIGH_ADD, neigh, &neigh->dev) < 0)
			return -1;
	}
	if (!to || !lacks_addrs(r, &to->name))
		return 0;
	const struct kn_rlink *giver = r->back ? r->bridge : r->uplink;
	return know_neighs(r, r->now, &giver->name, &to->name) < 0
		       ? -1
		       : know_neighs(r, r->was, &to->name, &to->name);
}

/* Only copies of what another link had: the rest is somebody else's. */
int kn_restore_neighs_finish(struct kn_restore *r)
{
	if (!(r->then->reads & KN_JREAD_NEIGHS))
		return 0;
	for (size_t i = 0; i < r->now->n_neighs; i++) {
		const struct kn_neigh *neigh = &r->now->neighs[i];
		bool copied = false;

		if (!is_lasting(neigh) || !kn_restore_holds(r, &neigh->dev) ||
		    find_neigh(r->was, &neigh->dev, neigh))
			continue;
		for (size_t k = 0; k < r->n_links; k++)
			copied |= find_neigh(r->was, &r->links[k].name, neigh) != NULL;
		if (copied &&
		    emit_neigh(r, KN_PHASE_FINISH, KN_OP_NEIGH_DEL, neigh, &neigh->dev) < 0)
			return -1;
	}
	return 0;
}
