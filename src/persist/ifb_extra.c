/* The bridge's files besides ifcfg-BR: route, rule and alias files, moved from the uplink or made
 * from the target.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* One route file being put together. */
struct route_file {
	enum kn_family family;
	struct kn_routes want; /* routes for this file, the extra default route last */
	bool keep_others;      /* inherited: lines that nobody asked for stay */
	bool keep_defaults;    /* default routes among them too */
};

/* Routes that a line of the file can say as a whole. */
static bool is_sayable(const struct kn_route *route)
{
	return route->type == KN_ROUTE_INIT.type && !route->multipath && !route->nhid &&
	       (!route->gateway.family || route->gateway.family == route->dst.ip.family);
}

/* The gateway as a line of its own; metric and onlink come along. */
static int add_default(const struct kn_ifb *ifb, struct kn_routes *ret, struct kn_error *err)
{
	const struct kn_ipconf *ip = &ifb->target->ip;
	struct kn_route route = KN_ROUTE_INIT;

	route.dst.ip.family = KN_IPV4;
	route.gateway = ip->gateway4;
	route.onlink = ip->onlink4;
	route.has_metric = ip->has_metric;
	route.metric = ip->metric;
	return kn_routes_add(ret, &route, err);
}

/* With a lease its router is the default route. One of a route file beside it would be read as
 * the gateway the next time, and dropped then: it goes at once. */
static bool yields_to_lease(const struct kn_target *target, const struct kn_route *route)
{
	return target->ip.dhcp4 && !target->ip.gateway4.family &&
	       (target->groups & KN_GROUP_GATEWAY) && kn_route_is_default(route) &&
	       route->dst.ip.family == KN_IPV4 && route->table == KN_ROUTE_INIT.table;
}

/* What the file must contain in the end. Kernel routes with several next hops or other
 * types cannot be said in a line: told, never silently dropped. */
static int collect(const struct kn_ifb *ifb, struct route_file *rf, struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	const struct kn_routes *routes = &target->ip.routes;
	char dst[KN_CIDR_STRLEN];

	for (size_t i = 0; (target->groups & KN_GROUP_ROUTES) && i < routes->n; i++) {
		if (routes->v[i].dst.ip.family != rf->family ||
		    yields_to_lease(target, &routes->v[i]))
			continue;
		if (is_sayable(&routes->v[i])) {
			if (kn_routes_add(&rf->want, &routes->v[i], err) < 0)
				return -1;
		} else if (kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
					"The route to %s is of a kind that route files cannot "
					"say; it will be gone after a reboot.",
					kn_cidr_fmt(&routes->v[i].dst, dst)) < 0) {
			return -1;
		}
	}
	/* A gateway outside the first network: readers would drop GATEWAY= without a word. */
	if (rf->family == KN_IPV4 && (target->groups & KN_GROUP_GATEWAY) &&
	    target->ip.gateway4.family && !target->ip.no_defroute &&
	    !kn_ifb_gateway_fits(&target->ip, &target->ip.addrs))
		return add_default(ifb, &rf->want, err);
	return 0;
}

/* By kn_route_same(): a line that differs only in words like proto is the same route. */
static bool is_listed(const struct kn_routes *list, const struct kn_route *route)
{
	for (size_t i = 0; i < list->n; i++)
		if (kn_route_same(&list->v[i], route))
			return true;
	return false;
}

/* Default routes go by the gateway group, all others by the routes group. */
static bool stays(const struct route_file *rf, const struct kn_route *route)
{
	if (is_listed(&rf->want, route))
		return true;
	return kn_route_is_default(route) && route->table == KN_ROUTE_INIT.table ? rf->keep_defaults
										 : rf->keep_others;
}

/* New lines go to the end; a last line without newline is completed first. */
static void put_missing(const struct route_file *rf, const struct kn_routes *have,
			const struct kn_ifname *dev, struct kn_buf *ret)
{
	if (ret->len && ret->data[ret->len - 1] != '\n')
		for (size_t i = 0; i < rf->want.n; i++)
			if (!is_listed(have, &rf->want.v[i])) {
				kn_buf_putc(ret, '\n');
				break;
			}
	for (size_t i = 0; i < rf->want.n; i++)
		if (!is_listed(have, &rf->want.v[i]))
			kn_ifb_route_fmt(&rf->want.v[i], dev, ret);
}

/* Line form: every line that is no plain route, or is still wanted, stays as it is. */
static void merge_lines(const struct route_file *rf, const char *data, size_t len,
			struct kn_buf *ret)
{
	const char *end = data + len;

	for (const char *p = data; p < end;) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *next = eol ? eol + 1 : end;
		struct kn_route route;

		if (!kn_ifb_route_line(p, (size_t)((eol ? eol : end) - p), rf->family, &route) ||
		    stays(rf, &route))
			kn_buf_put(ret, p, (size_t)(next - p));
		p = next;
	}
}

/* Numbered form: left alone when it is right, else written anew as lines. */
static void merge_numbered(const struct route_file *rf, const char *data, size_t len,
			   const struct kn_routes *have, const struct kn_ifname *dev,
			   struct kn_buf *ret)
{
	bool right = true;

	for (size_t i = 0; i < have->n; i++)
		right &= stays(rf, &have->v[i]);
	for (size_t i = 0; i < rf->want.n; i++)
		right &= is_listed(have, &rf->want.v[i]);
	if (right) {
		kn_buf_put(ret, data, len);
		return;
	}
	for (size_t i = 0; i < have->n; i++)
		if (stays(rf, &have->v[i]))
			kn_ifb_route_fmt(&have->v[i], dev, ret);
}

/* Base text in, wanted text out: lines that are right keep their bytes and their place. */
static int merge(const struct route_file *rf, const char *path, const struct kn_buf *base,
		 const struct kn_ifname *dev, struct kn_buf *ret, struct kn_error *err)
{
	const char *data = kn_buf_str(base);
	struct kn_routes have = {0};

	if (kn_ifb_routes_parse(path, data, base->len, rf->family, &have, err) < 0) {
		kn_routes_done(&have);
		return -1;
	}
	if (rf->family == KN_IPV4 && kn_ifb_routes_are_numbered(data, base->len))
		merge_numbered(rf, data, base->len, &have, dev, ret);
	else
		merge_lines(rf, data, base->len, ret);
	put_missing(rf, &have, dev, ret);
	kn_routes_done(&have);
	return kn_buf_check(ret, err);
}

/* Nothing but blanks and comments. */
static bool is_idle(const char *data, size_t len)
{
	bool comment = false, start = true;

	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			comment = false;
			start = true;
		} else if (start && data[i] == '#') {
			comment = true;
		} else if (!comment && data[i] != ' ' && data[i] != '\t' && data[i] != '\r') {
			return false;
		}
		if (data[i] != '\n' && data[i] != ' ' && data[i] != '\t')
			start = false;
	}
	return true;
}

/* The move of @kind, NULL = none. */
static const struct kn_ifb_move *move_of(const struct kn_ifb_moves *moves, enum kn_ifb_kind kind)
{
	for (size_t i = 0; i < moves->n; i++)
		if (moves->v[i].kind == kind)
			return &moves->v[i];
	return NULL;
}

/* What a route or rule file of the bridge starts from: itself, else the uplink's. */
static int base_text(const struct kn_ifb *ifb, const char *path, const struct kn_ifb_move *move,
		     struct kn_buf *ret, struct kn_error *err)
{
	const struct kn_file *own = kn_tree_get(ifb->tree, path);

	if (own)
		kn_buf_put(ret, own->data, own->len);
	else if (move)
		return kn_ifb_move_text(move, &ifb->target->uplink, &ifb->target->bridge, ret, err);
	return kn_buf_check(ret, err);
}

/* A file that is made goes with the bridge, when the bridge is kvmnet's: on one made by hand
 * it is all that knows of these routes, and moves back. */
static int wants_record(const struct kn_ifb *ifb, const char *path, bool *ret, struct kn_error *err)
{
	const struct kn_file *bridge;

	if (kn_ifb_find(ifb->tree, &ifb->target->bridge, &bridge, err) < 0)
		return -1;
	*ret = ifb->target->verb == KN_BRIDGE_CREATE ||
	       (bridge && kn_ifb_origin(ifb, bridge->path) && !kn_tree_get(ifb->tree, path));
	return 0;
}

/* A file in which nothing is left but comments goes, unless it was like that before. */
static int render_route_file(const struct kn_ifb *ifb, enum kn_ifb_kind kind,
			     const struct kn_ifb_move *move, struct kn_error *err)
{
	unsigned int inherited = ifb->target->inherited;
	struct route_file rf = {
		.family = kind == KN_IFB_ROUTE ? KN_IPV4 : KN_IPV6,
		.keep_others =
			(inherited & KN_GROUP_ROUTES) || !(ifb->target->groups & KN_GROUP_ROUTES),
		.keep_defaults = !(ifb->target->groups & KN_GROUP_GATEWAY),
	};
	struct kn_buf base = KN_BUF_INIT, text = KN_BUF_INIT;
	char *path KN_CLEANUP(kn_freep) = NULL;
	bool record = false;
	int rc = kn_ifb_path(kind, ifb->target->bridge.s, &path, err);

	if (rc == 0)
		rc = wants_record(ifb, path, &record, err);
	if (rc == 0)
		rc = base_text(ifb, path, inherited & KN_GROUP_ROUTES ? move : NULL, &base, err);
	if (rc == 0)
		rc = collect(ifb, &rf, err);
	if (rc == 0)
		rc = merge(&rf, path, &base, &ifb->target->bridge, &text, err);
	if (rc == 0) {
		bool gone = is_idle(kn_buf_str(&text), text.len) &&
			    !is_idle(kn_buf_str(&base), base.len);
		bool none = !text.len && !kn_tree_get(ifb->tree, path);

		if (!none)
			rc = kn_ifb_change(ifb, path, gone ? NULL : kn_buf_str(&text), text.len,
					   record, err);
	}
	kn_routes_done(&rf.want);
	kn_buf_done(&base);
	kn_buf_done(&text);
	return rc;
}

/* Set: nothing moves here, the bridge's own files are the base. */
int kn_ifb_render_routes(const struct kn_ifb *ifb, struct kn_error *err)
{
	if (!(ifb->target->groups & (KN_GROUP_ROUTES | KN_GROUP_GATEWAY)))
		return 0;
	if (render_route_file(ifb, KN_IFB_ROUTE, NULL, err) < 0)
		return -1;
	return render_route_file(ifb, KN_IFB_ROUTE6, NULL, err);
}

/* Rules belong to the routes, aliases to the addresses. */
static bool is_wanted(const struct kn_ifb *ifb, const struct kn_ifb_move *move)
{
	unsigned int group = move->kind == KN_IFB_IFCFG ? KN_GROUP_ADDR : KN_GROUP_ROUTES;

	return ifb->target->inherited & group;
}

/* Rules and aliases are not understood in detail, so they move whole or not at all. */
static int render_follower(const struct kn_ifb *ifb, const struct kn_ifb_move *move,
			   struct kn_error *err)
{
	struct kn_buf text = KN_BUF_INIT;
	int rc;

	if (!is_wanted(ifb, move))
		return kn_plan_note(ifb->plan, KN_NOTE_INFO, err,
				    "%s is taken away: what it adds to %s was not inherited.",
				    move->from->path, ifb->target->uplink.s);
	rc = base_text(ifb, move->to, move, &text, err);
	if (rc == 0)
		rc = kn_ifb_change(ifb, move->to, kn_buf_str(&text), text.len, true, err);
	kn_buf_done(&text);
	return rc;
}

/* NetworkManager hands both over to a dispatcher script that few hosts have installed. */
static int warn_rules(const struct kn_ifb *ifb, const struct kn_ifb_moves *moves,
		      struct kn_error *err)
{
	bool rules = move_of(moves, KN_IFB_RULE) || move_of(moves, KN_IFB_RULE6);

	if (!rules || ifb->target->reader != KN_READER_NM ||
	    !(ifb->target->inherited & KN_GROUP_ROUTES))
		return 0;
	return kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
			    "NetworkManager ignores all route files of %s, because it has a rule "
			    "file.",
			    ifb->target->bridge.s);
}

/* The bridge's side of every file that moves. */
int kn_ifb_render_extra(const struct kn_ifb *ifb, struct kn_error *err)
{
	struct kn_ifb_moves moves = {0};
	int rc = kn_ifb_moves_find(ifb->tree, &ifb->target->uplink, &ifb->target->bridge, &moves,
				   err);

	for (int kind = KN_IFB_ROUTE; rc == 0 && kind <= KN_IFB_ROUTE6; kind++)
		rc = render_route_file(ifb, (enum kn_ifb_kind)kind,
				       move_of(&moves, (enum kn_ifb_kind)kind), err);
	for (size_t i = 0; rc == 0 && i < moves.n; i++)
		if (moves.v[i].kind != KN_IFB_ROUTE && moves.v[i].kind != KN_IFB_ROUTE6)
			rc = render_follower(ifb, &moves.v[i], err);
	if (rc == 0)
		rc = warn_rules(ifb, &moves, err);
	kn_ifb_moves_done(&moves);
	return rc;
}

/* The uplink's side: last in the plan, when the bridge's files are in place. */
int kn_ifb_render_moved(const struct kn_ifb *ifb, struct kn_error *err)
{
	struct kn_ifb_moves moves = {0};
	int rc = kn_ifb_moves_find(ifb->tree, &ifb->target->uplink, &ifb->target->bridge, &moves,
				   err);

	for (size_t i = 0; rc == 0 && i < moves.n; i++)
		rc = kn_ifb_change(ifb, moves.v[i].from->path, NULL, 0, true, err);
	kn_ifb_moves_done(&moves);
	return rc;
}
