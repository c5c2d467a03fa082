/* What the planner's files share while one plan is made.
 * Layer: plan, pure. Private to src/plan/. */
#ifndef KVMNET_PLAN_CTX_H
#define KVMNET_PLAN_CTX_H

#include "plan/planner.h"

/* linux/if.h, linux/if_addr.h, linux/rtnetlink.h: this layer includes no kernel header. */
#define KN_IFF_UP	       0x1u
#define KN_IFF_RUNNING	       0x40u
#define KN_IFA_F_SECONDARY     0x01u
#define KN_IFA_F_NODAD	       0x02u
#define KN_IFA_F_PERMANENT     0x80u
#define KN_IFA_F_NOPREFIXROUTE 0x200u
#define KN_IFA_F_MCAUTOJOIN    0x400u
#define KN_RT_TABLE_MAIN       254u
#define KN_RTPROT_KERNEL       2
#define KN_RTPROT_BOOT	       3
#define KN_RTPROT_RA	       9
#define KN_RA_METRIC	       1024u /* IP6_RT_PRIO_USER, linux/ipv6_route.h */
#define KN_RT_SCOPE_LINK       253
#define KN_ADDR_GEN_NONE       1u
#define KN_SPLICE_SEND	       1u /* live/splice.h */
#define KN_SPLICE_BOTH	       3u
#define KN_RP_STRICT	       1u /* net.ipv4.conf.IF.rp_filter */
#define KN_RP_LOOSE	       2u
#define KN_LIFETIME_FOREVER    UINT32_MAX

struct kn_ctx {
	const struct kn_inputs *in;
	const struct kn_target *target;
	struct kn_plan *plan;
	struct kn_error *err;
	const struct kn_link *br;     /* the bridge in the kernel, or NULL */
	const struct kn_link *uplink; /* the target's uplink in the kernel, or NULL */
	struct kn_ifname from, to;    /* the move of addresses and routes; .from "" = none */
	bool carrier;		      /* the bridge needs a temporary carrier */
	bool splice;		      /* the move is spliced */
	bool catch;		      /* what is dropped in its instant is caught */
	bool keep_from;		      /* .from is .to: nothing is moved, only replaced */
	/* By enum kn_family: the wanted state replaces what is there, instead of following it. */
	bool new_addrs[3], new_gateway[3], new_routes;
};

/* Which port gives or takes back the IP settings (DESIGN, Rulings: Inheriting). */
void kn_pick_uplink(const struct kn_inputs *in, const struct kn_names *ports,
		    struct kn_ifname *ret);
/* Does the command itself name an address or a method for @family? */
bool kn_gives_addr(const struct kn_spec *spec, enum kn_family family);
/* Every port of the bridge that files or kernel know. */
int kn_bridge_ports(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    struct kn_names *ret, struct kn_error *err) KN_NODISCARD;
/* True for links that carry the host's own traffic: NICs, bonds, teams, VLANs. */
bool kn_is_uplink_kind(const struct kn_inputs *in, const struct kn_ifname *name);

/* Reader of the files and the NM_CONTROLLED that goes with it. */
int kn_resolve_reader(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		      struct kn_error *err) KN_NODISCARD;
/* What the kernel has on @dev as a configuration. */
int kn_conf_from_live(const struct kn_facts *facts, const struct kn_ifname *dev,
		      struct kn_ipconf *ret, struct kn_error *err) KN_NODISCARD;
/* The confs that the originals of @bridge's files describe. */
int kn_origin_confs(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    struct kn_confs *ret, struct kn_error *err) KN_NODISCARD;
int kn_resolve_delete(const struct kn_inputs *in, struct kn_target *target, struct kn_plan *plan,
		      struct kn_error *err) KN_NODISCARD;

/* What a safety rule looks at and where it writes its word. All borrowed. */
struct kn_check {
	const struct kn_inputs *in;
	const struct kn_target *target;
	struct kn_plan *plan;
	struct kn_error *err;
};

/* A check has failed: is the next one to be made? Return: 0; -1. See kn_errors_take(). */
int kn_check_goes_on(const struct kn_check *c) KN_NODISCARD;
/* The same for one that is about @port. */
int kn_check_port_goes_on(const struct kn_check *c, const struct kn_ifname *port) KN_NODISCARD;
/* Rule managed-uplink: another daemon runs the port. */
int kn_check_owner(const struct kn_check *c, const struct kn_ifname *port) KN_NODISCARD;
/* The rules about addresses and routes; kn_preflight() calls it. */
int kn_preflight_ip(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;
/* The rules for bonds and VLANs; kn_preflight() calls it. */
int kn_preflight_link(const struct kn_inputs *in, const struct kn_target *target,
		      struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;
/* The VLAN @name is there, but another one than is wanted. Return: -1. */
int kn_fail_other_vlan(const struct kn_ifname *name, const struct kn_vlan *now,
		       const struct kn_vlan *want, struct kn_error *err);
/* Ports that leave a bond (bond_release.c): rule last-uplink; and rule foreign-ports for a bond
 * that goes. */
int kn_bond_check_release(const struct kn_check *c) KN_NODISCARD;
int kn_bond_check_strangers(const struct kn_check *c) KN_NODISCARD;
/* Rule bridge-has-users; kn_preflight() calls it for bridge delete. */
int kn_net_check_delete(const struct kn_check *c) KN_NODISCARD;
/* Rule links-on-top, for a bridge that goes. @known: links that go as well, or NULL. */
int kn_check_uppers(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    const struct kn_names *known, struct kn_plan *plan,
		    struct kn_error *err) KN_NODISCARD;
/* Refuses @port when something stands on it that takes every frame, as the target would. */
int kn_check_takers(const struct kn_check *c, const struct kn_ifname *port) KN_NODISCARD;
/* For a port that joins a bridge: rule vlan-taken, and a note that names its VLANs. */
int kn_check_vlans_of_port(const struct kn_check *c, const struct kn_ifname *port) KN_NODISCARD;
/* For a VLAN: where the link below is a port, or has ports. */
int kn_check_vlan_below(const struct kn_check *c) KN_NODISCARD;
/* Some VLAN of @link, of kernel or files. Return: borrowed, or NULL. */
const struct kn_ifname *kn_any_vlan_of(const struct kn_inputs *in, const struct kn_ifname *link);
/* Rule default-route-outranked; kn_preflight_ip() calls it. */
int kn_preflight_default(const struct kn_check *c) KN_NODISCARD;
/* The default route of another link, the one that is used now, that the change puts behind its own.
 * Return: borrowed; NULL = none. */
const struct kn_route *kn_default_outranked(const struct kn_inputs *in,
					    const struct kn_target *target, enum kn_family family);
/* Rule subnet-overlap, for addresses of the host; kn_preflight_ip() calls it. */
int kn_preflight_nets(const struct kn_check *c) KN_NODISCARD;
/* Rule unmovable-route; kn_preflight_ip() calls it. */
int kn_preflight_move(const struct kn_inputs *in, const struct kn_target *target,
		      struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;
/* Rule ssh-address, and what the SSH session has to expect; kn_preflight_ip() calls it. */
int kn_preflight_ssh(const struct kn_check *c) KN_NODISCARD;
/* Sets plan->confirm_s; the operations are planned already. */
int kn_plan_confirm(const struct kn_inputs *in, const struct kn_target *target,
		    struct kn_plan *plan, struct kn_error *err) KN_NODISCARD;
/* Refuses unless --force=@rule was given, in which case the refusal becomes a warning. */
int kn_rule(const struct kn_inputs *in, struct kn_plan *plan, const char *rule,
	    struct kn_error *err, const char *hint, const char *fmt, ...)
	KN_PRINTF(6, 7) KN_NODISCARD;

/* What the change costs that cannot be avoided, as notes; the operations are planned already. */
int kn_note_costs(const struct kn_inputs *in, const struct kn_target *target, struct kn_plan *plan,
		  struct kn_error *err) KN_NODISCARD;

/* Emitters: append an operation. Return: 0; -1. */
int kn_emit(struct kn_ctx *ctx, enum kn_phase phase, struct kn_op *op) KN_NODISCARD;
int kn_emit_num(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		const struct kn_ifname *dev, uint32_t now, uint32_t before) KN_NODISCARD;
int kn_emit_simple(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		   const struct kn_ifname *dev, const struct kn_ifname *other) KN_NODISCARD;
int kn_emit_route(struct kn_ctx *ctx, enum kn_phase phase, enum kn_op_kind kind,
		  const struct kn_route *route, const struct kn_ifname *dev) KN_NODISCARD;
int kn_emit_master(struct kn_ctx *ctx, const struct kn_ifname *port, const struct kn_ifname *now,
		   const struct kn_ifname *before) KN_NODISCARD;

/* The three parts of a move of addresses and routes from ctx->from to ctx->to. */
int kn_move_prepare(struct kn_ctx *ctx) KN_NODISCARD;
int kn_move_switch(struct kn_ctx *ctx) KN_NODISCARD;
int kn_move_finish(struct kn_ctx *ctx) KN_NODISCARD;
/* A port that is in its place in a bridge that others made, and needs nothing done to its IPv6. */
bool kn_port_is_settled(const struct kn_ctx *ctx, const struct kn_ifname *port);
bool kn_move_is_due(const struct kn_ctx *ctx); /* something is to be moved, added or removed */
/* A first address goes while another of its network stays on ctx->to. */
bool kn_move_needs_promotion(const struct kn_ctx *ctx);
/* The neighbours of ctx->from go with its addresses; they come back when a later step fails:
 * resolved anew in the middle of an undo, the answer comes to the other link, and the next try is a
 * second away. */
int kn_move_remember(struct kn_ctx *ctx) KN_NODISCARD;
/* An address of @dev that the move is to leave on ctx->to. */
bool kn_move_keeps(const struct kn_ctx *ctx, const struct kn_laddr *addr);
/* Does the route need the link routes of its devices? So do legs through gateways. */
bool kn_route_has_gateway(const struct kn_route *route);
/* The address among @facts that makes the kernel keep @route by itself, or NULL. */
const struct kn_laddr *kn_route_auto_addr(const struct kn_facts *facts,
					  const struct kn_route *route);
/* A route the kernel makes and removes with an address or with the link's IPv6. */
bool kn_route_is_auto(const struct kn_facts *facts, const struct kn_route *route);
/* IPv6 cannot prepend: a route of better metric stands in for the kernel's own @route until the old
 * address is gone. Return: true and that route; false when none is needed. */
bool kn_route_temporary(const struct kn_facts *facts, const struct kn_route *route,
			struct kn_route *ret);
/* Next hops on @from are on @to. */
void kn_route_rename(struct kn_route *route, const struct kn_ifname *from,
		     const struct kn_ifname *to);
/* Multicast groups joined on .from: joined on .to too, or named in a note. */
int kn_move_groups(struct kn_ctx *ctx) KN_NODISCARD;
/* The routes part of the three. */
int kn_move_routes_prepare(struct kn_ctx *ctx) KN_NODISCARD;
int kn_move_routes(struct kn_ctx *ctx) KN_NODISCARD;
/* Unwanted routes go before the addresses: the kernel would drop them without a trace. */
int kn_move_routes_drop(struct kn_ctx *ctx) KN_NODISCARD;
/* Temporary routes go after the old addresses. */
/* Deletes the temporary routes of a killed run on links that this change does not know. */
int kn_move_leftovers(struct kn_ctx *ctx) KN_NODISCARD;
int kn_move_routes_finish(struct kn_ctx *ctx) KN_NODISCARD;
/* Does the kernel leave its own @route behind when the addresses of its network go? */
bool kn_route_lingers(const struct kn_facts *facts, const struct kn_route *route);
/* Deletes those of .from, before its stand-in on .to goes. */
int kn_move_lingering(struct kn_ctx *ctx) KN_NODISCARD;
bool kn_routes_due(const struct kn_ctx *ctx);
/* Nexthop objects, between the routes: those on the link itself, and those through gateways. */
int kn_move_nexthops(struct kn_ctx *ctx, bool through_gateway) KN_NODISCARD;
bool kn_nexthops_due(const struct kn_ctx *ctx);
/* Policy rules: copies before the switch, originals deleted after it. */
int kn_move_rules_prepare(struct kn_ctx *ctx) KN_NODISCARD;
int kn_move_rules_finish(struct kn_ctx *ctx) KN_NODISCARD;

/* Does strict reverse-path filtering apply to a link whose own value is @own? */
bool kn_is_strict(const struct kn_ctx *ctx, uint32_t own);
bool kn_link_is_up(const struct kn_link *link); /* NULL: no */
/* The target's ports: up and of the right MTU; attached; without IPv6 of their own. */
int kn_ports_prepare(struct kn_ctx *ctx) KN_NODISCARD;
int kn_ports_attach(struct kn_ctx *ctx) KN_NODISCARD;
int kn_ports_quiet(struct kn_ctx *ctx) KN_NODISCARD;

/* The splice around a move (live/splice.h), or the catch, and the temporary carrier of the bridge.
 * All of them emit nothing where ctx->splice, ctx->catch or ctx->carrier is unset. */
int kn_splice_begin(struct kn_ctx *ctx) KN_NODISCARD;
int kn_splice_turn_to(struct kn_ctx *ctx, unsigned int now, unsigned int before) KN_NODISCARD;
int kn_splice_drain(struct kn_ctx *ctx, const struct kn_ifname *dev) KN_NODISCARD;
int kn_splice_end(struct kn_ctx *ctx, unsigned int before) KN_NODISCARD;
int kn_catch_begin(struct kn_ctx *ctx) KN_NODISCARD;
int kn_catch_end(struct kn_ctx *ctx) KN_NODISCARD;
int kn_carrier_begin(struct kn_ctx *ctx) KN_NODISCARD;
int kn_carrier_end(struct kn_ctx *ctx) KN_NODISCARD;

/* The target's bridge, as it is made: without STP. */
int kn_live_bridge_add(struct kn_ctx *ctx) KN_NODISCARD;
/* Down and deleted, as ctx->br has it. */
int kn_live_bridge_del(struct kn_ctx *ctx) KN_NODISCARD;
/* The target's options that differ from what the bridge has (or was created with). */
int kn_live_bridge_opts(struct kn_ctx *ctx, const struct kn_opts *have) KN_NODISCARD;

int kn_live_create(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_set(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_delete(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_port_add(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_port_remove(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_port_set(struct kn_ctx *ctx) KN_NODISCARD;
/* Options, MTU and MAC of a bridge that exists already. */
int kn_live_tune(struct kn_ctx *ctx) KN_NODISCARD;
/* Bonds and VLANs: made or tuned; the parts of it that the way back uses. */
int kn_live_link_create(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_link_delete(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_bond_release(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_bond_add(struct kn_ctx *ctx) KN_NODISCARD;
int kn_live_bond_opts(struct kn_ctx *ctx, const struct kn_opts *have) KN_NODISCARD;
int kn_live_vlan_add(struct kn_ctx *ctx) KN_NODISCARD;
/* Down first, as the kernel wants it; the bond brings it up. */
int kn_live_enslave(struct kn_ctx *ctx, const struct kn_link *port,
		    const struct kn_ifname *bond) KN_NODISCARD;
/* Down and deleted, as ctx->br has it, of whatever kind. */
int kn_live_link_del(struct kn_ctx *ctx) KN_NODISCARD;
/* The target's addresses and routes on the link that has the old ones. */
int kn_live_readdress(struct kn_ctx *ctx) KN_NODISCARD;
/* DHCP client operations. */
int kn_live_dhcp(struct kn_ctx *ctx) KN_NODISCARD;

#endif
