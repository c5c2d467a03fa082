/* Moving addresses and neighbours from one link to another, make before break: copies first,
 * originals deleted last. The order and its reasons are TAKEOVER.md's.
 * Layer: plan, pure. */
#include "plan/ctx.h"

#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"

/* linux/neighbour.h: the states that are worth copying; incomplete and failed ones are not. */
#define NUD_REACHABLE 0x02
#define NUD_STALE     0x04
#define NUD_COPIED    (0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80)
#define NUD_PERMANENT 0x80
#define NTF_PROXY     0x08

static bool on_dev(const struct kn_laddr *addr, const struct kn_ifname *dev)
{
	return kn_ifname_is_set(dev) && kn_ifname_eq(&addr->dev, dev);
}

static bool is_ll6(const struct kn_laddr *addr)
{
	return addr->addr.ip.family == KN_IPV6 && kn_ip_is_link_local(&addr->addr.ip);
}

static bool in_list(const struct kn_cidrs *list, const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < list->n; i++)
		if (kn_cidr_eq(&list->v[i], cidr))
			return true;
	return false;
}

bool kn_move_keeps(const struct kn_ctx *ctx, const struct kn_laddr *addr)
{
	const struct kn_ipconf *ip = &ctx->target->ip;
	enum kn_family family = addr->addr.ip.family;

	if (is_ll6(addr) || !ctx->new_addrs[family])
		return true;
	/* With an automatic method the old addresses stay until it has brought new ones. */
	if (family == KN_IPV4 ? ip->dhcp4 : ip->dhcp6 || ip->slaac)
		return true;
	return in_list(&ip->addrs, &addr->addr);
}

static bool has_addr(const struct kn_ctx *ctx, const struct kn_ifname *dev,
		     const struct kn_cidr *cidr)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (on_dev(&facts->addrs[i], dev) && kn_cidr_eq(&facts->addrs[i].addr, cidr))
			return true;
	return false;
}

/* "eth0:1" on eth0 becomes "br0:1" on br0; a label that would not fit is left to the kernel. */
static void rename_label(struct kn_laddr *addr, const struct kn_ifname *from,
			 const struct kn_ifname *to)
{
	char label[sizeof(addr->label)];
	size_t n = strlen(from->s);

	if (strncmp(addr->label, from->s, n) != 0) {
		addr->label[0] = '\0';
		return;
	}
	int len = snprintf(label, sizeof(label), "%s%s", to->s, addr->label + n);
	if (len < 0 || (size_t)len >= sizeof(label))
		label[0] = '\0';
	memcpy(addr->label, label, sizeof(label));
}

static int emit_addr(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		     const struct kn_laddr *addr)
{
	struct kn_op op = {.kind = kind, .dev = addr->dev, .addr = *addr};

	return kn_emit(ctx, phase, &op);
}

/* A label is as long as a name may be, and the new one begins with the other link's name. */
static int note_label(struct kn_ctx *ctx, const struct kn_laddr *addr)
{
	char cidr[KN_CIDR_STRLEN];
	struct kn_buf label KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&label, addr->label, strlen(addr->label));
	return kn_plan_note(ctx->plan, KN_NOTE_WARNING, ctx->err,
			    "the address %s loses its label %s: on %s it would be longer than the "
			    "kernel's 15 characters, and what looks the address up by its label "
			    "does not find it any more",
			    kn_cidr_fmt(&addr->addr, cidr), kn_buf_str(&label), ctx->to.s);
}

static int copy_addr(struct kn_ctx *ctx, const struct kn_laddr *addr)
{
	struct kn_laddr copy = *addr;

	if (has_addr(ctx, &ctx->to, &addr->addr))
		return 0;
	copy.dev = ctx->to;
	rename_label(&copy, &ctx->from, &ctx->to);
	if (addr->label[0] && !copy.label[0] && note_label(ctx, addr) < 0)
		return -1;
	if (copy.addr.ip.family == KN_IPV6)
		copy.flags |= KN_IFA_F_NODAD;
	return emit_addr(ctx, KN_PHASE_PREPARE, KN_OP_ADDR_ADD, &copy);
}

static int add_wanted_addr(struct kn_ctx *ctx, const struct kn_cidr *cidr)
{
	struct kn_laddr addr = {.dev = ctx->to,
				.addr = *cidr,
				.flags = KN_IFA_F_PERMANENT,
				.valid_s = KN_LIFETIME_FOREVER,
				.preferred_s = KN_LIFETIME_FOREVER};

	if (has_addr(ctx, &ctx->to, cidr) || has_addr(ctx, &ctx->from, cidr))
		return 0;
	if (cidr->ip.family == KN_IPV4 && cidr->prefix_len < 31)
		addr.broadcast = kn_cidr_broadcast(cidr);
	return emit_addr(ctx, KN_PHASE_PREPARE, KN_OP_ADDR_ADD, &addr);
}

static bool has_neigh(const struct kn_facts *facts, const struct kn_ifname *dev,
		      const struct kn_neigh *neigh)
{
	for (size_t i = 0; i < facts->n_neighs; i++)
		if (kn_ifname_eq(&facts->neighs[i].dev, dev) &&
		    kn_ip_eq(&facts->neighs[i].dst, &neigh->dst) &&
		    (facts->neighs[i].flags & NTF_PROXY) == (neigh->flags & NTF_PROXY))
			return true;
	return false;
}

static bool is_of_use(const struct kn_neigh *neigh)
{
	return (neigh->flags & NTF_PROXY) || (neigh->has_mac && (neigh->state & NUD_COPIED));
}

/* Copies what the host knows of its neighbours, so that the first packet needs no resolution. */
static int copy_neighs(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_neighs; i++) {
		const struct kn_neigh *neigh = &facts->neighs[i];
		struct kn_op op = {.kind = KN_OP_NEIGH_ADD, .dev = ctx->to, .neigh = *neigh};
		bool proxy = neigh->flags & NTF_PROXY;

		if (!kn_ifname_eq(&neigh->dev, &ctx->from) || has_neigh(facts, &ctx->to, neigh) ||
		    !is_of_use(neigh))
			continue;
		op.neigh.dev = ctx->to;
		if (!proxy && !(neigh->state & (NUD_PERMANENT | NUD_REACHABLE)))
			op.neigh.state = NUD_STALE;
		if (kn_emit(ctx, KN_PHASE_PREPARE, &op) < 0)
			return -1;
	}
	return 0;
}

/* A bridge that others made: the port has no more than the link-local address that every link gets,
 * and the bridge gets its own. A move that was cut short looks otherwise: the new bridge makes no
 * address by itself yet. */
bool kn_port_is_settled(const struct kn_ctx *ctx, const struct kn_ifname *port)
{
	const struct kn_facts *facts = ctx->in->facts;
	const struct kn_link *link = kn_facts_link(facts, port);

	if (!link || !ctx->br || !kn_ifname_eq(&link->master, &ctx->target->bridge) ||
	    ctx->br->addr_gen_mode == KN_ADDR_GEN_NONE || ctx->br->addr_gen_mode == UINT8_MAX)
		return false;
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (on_dev(&facts->addrs[i], port) && !is_ll6(&facts->addrs[i]))
			return false;
	return true;
}

static bool leaves_from(const struct kn_ctx *ctx, const struct kn_laddr *addr)
{
	return !ctx->keep_from && on_dev(addr, &ctx->from) &&
	       !(is_ll6(addr) && kn_port_is_settled(ctx, &ctx->from));
}

static bool any_leaves(const struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (leaves_from(ctx, &facts->addrs[i]))
			return true;
	return false;
}

int kn_move_remember(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; any_leaves(ctx) && i < facts->n_neighs; i++) {
		struct kn_op op = {.kind = KN_OP_NEIGH_KEEP, .dev = ctx->from};

		op.neigh = facts->neighs[i];
		if (!kn_ifname_eq(&op.neigh.dev, &ctx->from) || !is_of_use(&op.neigh))
			continue;
		if (!(op.neigh.flags & NTF_PROXY) && !(op.neigh.state & NUD_PERMANENT))
			op.neigh.state = NUD_STALE;
		if (kn_emit(ctx, KN_PHASE_FINISH, &op) < 0)
			return -1;
	}
	return 0;
}

bool kn_move_is_due(const struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (leaves_from(ctx, &facts->addrs[i]) ||
		    (on_dev(&facts->addrs[i], &ctx->to) && !kn_move_keeps(ctx, &facts->addrs[i])))
			return true;
	return kn_routes_due(ctx);
}

/* Did the plan get IPv6 addresses from operation @first on? */
static bool adds_ipv6(const struct kn_ctx *ctx, size_t first)
{
	for (size_t i = first; i < ctx->plan->n_ops; i++)
		if (ctx->plan->ops[i].addr.addr.ip.family == KN_IPV6)
			return true;
	return false;
}

bool kn_move_needs_promotion(const struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_addrs; i++)
		if (on_dev(&facts->addrs[i], &ctx->to) &&
		    facts->addrs[i].addr.ip.family == KN_IPV4 &&
		    !kn_move_keeps(ctx, &facts->addrs[i]))
			return true;
	return false;
}

int kn_move_prepare(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;
	const struct kn_cidrs *wanted = &ctx->target->ip.addrs;
	size_t first;
	bool moves = false;

	if (any_leaves(ctx) && kn_move_routes_prepare(ctx) < 0)
		return -1;
	first = ctx->plan->n_ops;
	for (size_t i = 0; i < facts->n_addrs; i++) {
		if (!leaves_from(ctx, &facts->addrs[i]))
			continue;
		moves = true;
		if (kn_move_keeps(ctx, &facts->addrs[i]) && copy_addr(ctx, &facts->addrs[i]) < 0)
			return -1;
	}
	for (size_t i = 0; i < wanted->n; i++)
		if (add_wanted_addr(ctx, &wanted->v[i]) < 0)
			return -1;
	if (adds_ipv6(ctx, first) &&
	    kn_emit_simple(ctx, KN_PHASE_PREPARE, KN_OP_ADDR_WAIT, &ctx->to, NULL) < 0)
		return -1;
	if (kn_move_rules_prepare(ctx) < 0 || (moves && kn_move_groups(ctx) < 0))
		return -1;
	return moves ? copy_neighs(ctx) : 0;
}

int kn_move_switch(struct kn_ctx *ctx)
{
	return kn_move_routes(ctx);
}

/* 0 secondaries, 1 primaries, 2 link-local ones: deleting a primary address takes its secondaries
 * with it, and without a link-local address IPv6 neighbour discovery stops. */
static unsigned int delete_rank(const struct kn_laddr *addr)
{
	if (is_ll6(addr))
		return 2;
	return addr->addr.ip.family == KN_IPV4 && (addr->flags & KN_IFA_F_SECONDARY) ? 0 : 1;
}

static int drop_addr(struct kn_ctx *ctx, const struct kn_laddr *addr, enum kn_family family,
		     unsigned int rank)
{
	bool gone = leaves_from(ctx, addr) || (on_dev(addr, &ctx->to) && !kn_move_keeps(ctx, addr));

	if (!gone || addr->addr.ip.family != family || delete_rank(addr) != rank)
		return 0;
	return emit_addr(ctx, KN_PHASE_FINISH, KN_OP_ADDR_DEL, addr);
}

/* Undo adds them again in reverse, and their order is state: the first one is the source where none
 * fits better. The kernel puts a new IPv4 address behind the others and a new IPv6 one in front.
 * Source: net/ipv4/devinet.c, __inet_insert_ifa(); net/ipv6/addrconf.c, ipv6_link_dev_addr(). */
static int drop_addrs(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (unsigned int rank = 0; rank <= 2; rank++) {
		for (size_t i = facts->n_addrs; i-- > 0;)
			if (drop_addr(ctx, &facts->addrs[i], KN_IPV4, rank) < 0)
				return -1;
		for (size_t i = 0; i < facts->n_addrs; i++)
			if (drop_addr(ctx, &facts->addrs[i], KN_IPV6, rank) < 0)
				return -1;
	}
	return 0;
}

int kn_move_finish(struct kn_ctx *ctx)
{
	if (kn_move_rules_finish(ctx) < 0 || kn_move_routes_drop(ctx) < 0 || drop_addrs(ctx) < 0 ||
	    kn_move_lingering(ctx) < 0)
		return -1;
	return kn_move_routes_finish(ctx);
}
