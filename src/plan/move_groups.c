/* Multicast groups on an uplink that goes under a bridge. A membership belongs to its program's
 * socket and stays with the uplink, where nothing arrives any more; so the bridge joins the group
 * as well, and the kernel hands its frames to the same sockets. Source: kernel net/ipv4/igmp.c,
 * ip_mc_sf_allow(); net/ipv6/mcast.c, inet6_mc_check().
 * Layer: plan, pure. */
#include "plan/ctx.h"

#include "kvmnet/buf.h"

/* More in one sentence nobody reads. */
#define NAMED 8

static bool is_joined(const struct kn_ctx *ctx, const struct kn_ip *ip)
{
	const struct kn_facts *facts = ctx->in->facts;

	for (size_t i = 0; i < facts->n_groups; i++)
		if (kn_ifname_eq(&facts->groups[i].dev, &ctx->to) &&
		    kn_ip_eq(&facts->groups[i].ip, ip))
			return true;
	return false;
}

static bool is_left_behind(const struct kn_ctx *ctx, const struct kn_mcast *group)
{
	return kn_ifname_eq(&group->dev, &ctx->from) && !is_joined(ctx, &group->ip);
}

static int join(struct kn_ctx *ctx, const struct kn_mcast *group)
{
	struct kn_op op = {.kind = KN_OP_ADDR_ADD, .dev = ctx->to};

	op.addr = (struct kn_laddr){.dev = ctx->to,
				    .addr = {group->ip, group->ip.family == KN_IPV4 ? 32 : 128},
				    .flags = KN_IFA_F_MCAUTOJOIN | KN_IFA_F_NODAD,
				    .valid_s = KN_LIFETIME_FOREVER,
				    .preferred_s = KN_LIFETIME_FOREVER};
	return kn_emit(ctx, KN_PHASE_PREPARE, &op);
}

static size_t name_groups(const struct kn_ctx *ctx, struct kn_buf *ret)
{
	const struct kn_facts *facts = ctx->in->facts;
	char ip[KN_IP_STRLEN];
	size_t n = 0;

	for (size_t i = 0; i < facts->n_groups; i++) {
		if (!is_left_behind(ctx, &facts->groups[i]))
			continue;
		if (n < NAMED)
			kn_buf_printf(ret, "%s%s", n ? ", " : "",
				      kn_ip_fmt(&facts->groups[i].ip, ip));
		n++;
	}
	if (n > NAMED)
		kn_buf_printf(ret, " and %zu more", n - NAMED);
	return n;
}

int kn_move_groups(struct kn_ctx *ctx)
{
	const struct kn_facts *facts = ctx->in->facts;
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	/* On the way back the sockets' own memberships are where frames arrive again. */
	if (ctx->target->verb != KN_BRIDGE_CREATE || !name_groups(ctx, &names))
		return 0;
	if (!facts->can_join)
		return kn_plan_note(ctx->plan, KN_NOTE_WARNING, ctx->err,
				    "programs that joined multicast groups on %s (%s) stop "
				    "receiving them: start them anew after the change",
				    ctx->from.s, kn_buf_str(&names));
	for (size_t i = 0; i < facts->n_groups; i++)
		if (is_left_behind(ctx, &facts->groups[i]) && join(ctx, &facts->groups[i]) < 0)
			return -1;
	return kn_plan_note(ctx->plan, KN_NOTE_INFO, ctx->err,
			    "Programs joined multicast groups on %s (%s): %s joins them, too, so "
			    "that they go on receiving. One that takes packets of %s alone "
			    "(SO_BINDTODEVICE, or IP_MULTICAST_ALL off) has to be started anew.",
			    ctx->from.s, kn_buf_str(&names), ctx->to.s, ctx->from.s);
}
