/* Safety rules about what stands on a link: whose frames are whose. Of a frame that comes in, the
 * VLAN with its tag has the first choice, then the one link that takes all the others: a bridge, a
 * bond or a macvlan. Source: kernel net/core/dev.c, __netif_receive_skb_core(): vlan_do_receive()
 * comes before the rx_handler. Layer: plan, pure. */
#include <string.h>

#include "plan/ctx.h"

/* ---- what stands there ---- */

/* A VLAN of the kernel or of a file. */
struct vlan {
	const struct kn_ifname *name;
	uint16_t id;
};

/* The @i-th VLAN of @link, first the kernel's, then those that only a file knows. */
static bool vlan_at(const struct kn_inputs *in, const struct kn_ifname *link, size_t i,
		    struct vlan *ret)
{
	for (size_t k = 0; k < in->facts->n_links; k++) {
		const struct kn_link *top = &in->facts->links[k];

		if (top->kind != KN_LINK_VLAN || !kn_ifname_eq(&top->lower, link) || i-- > 0)
			continue;
		*ret = (struct vlan){&top->name, top->vlan_id};
		return true;
	}
	for (size_t k = 0; k < in->confs->n; k++) {
		const struct kn_conf *conf = &in->confs->v[k];

		if (conf->type != KN_CONF_VLAN || !kn_ifname_eq(&conf->vlan.link, link) ||
		    kn_facts_link(in->facts, &conf->name) || i-- > 0)
			continue;
		*ret = (struct vlan){&conf->name, conf->vlan.id};
		return true;
	}
	return false;
}

/* VLAN @id of @link that is not called @but. Return: borrowed, or NULL. */
static const struct kn_ifname *vlan_of(const struct kn_inputs *in, const struct kn_ifname *link,
				       uint16_t id, const struct kn_ifname *but)
{
	struct vlan vlan;

	for (size_t i = 0; vlan_at(in, link, i, &vlan); i++)
		if (vlan.id == id && !kn_ifname_eq(vlan.name, but))
			return vlan.name;
	return NULL;
}

/* ---- a link that becomes a port ---- */

int kn_check_takers(const struct kn_check *c, const struct kn_ifname *port)
{
	for (size_t i = 0; i < c->in->facts->n_links; i++) {
		const struct kn_link *top = &c->in->facts->links[i];

		if (!kn_ifname_eq(&top->lower, port) || !kn_link_takes_all(top))
			continue;
		kn_fail(c->err, KN_ERR_REFUSED, 0,
			"%s cannot be a port of %s: %s (%s) stands on it and takes its frames",
			port->s, c->target->bridge.s, top->name.s, top->kind_word);
		return kn_hint(c->err,
			       "the kernel has room for one of them: stop the guest or container "
			       "that uses %s, and remove it (ip link del %s)",
			       top->name.s, top->name.s);
	}
	return 0;
}

const struct kn_ifname *kn_any_vlan_of(const struct kn_inputs *in, const struct kn_ifname *link)
{
	struct vlan vlan;

	return vlan_at(in, link, 0, &vlan) ? vlan.name : NULL;
}

static int taken(const struct kn_check *c, uint16_t id, const struct kn_ifname *upper,
		 const struct kn_ifname *port, const struct kn_ifname *by)
{
	return kn_rule(c->in, c->plan, "vlan-taken", c->err,
		       "have one of the two: remove the other first",
		       "%s would get no frame that comes in on %s: VLAN %u there is %s", upper->s,
		       port->s, id, by->s);
}

int kn_check_vlans_of_port(const struct kn_check *c, const struct kn_ifname *port)
{
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct vlan vlan;
	size_t n;

	for (n = 0; vlan_at(c->in, port, n, &vlan); n++) {
		const struct kn_ifname *upper =
			vlan_of(c->in, &c->target->bridge, vlan.id, vlan.name);

		if (upper && taken(c, vlan.id, upper, port, vlan.name) < 0)
			return -1;
		kn_buf_puts(&names, n ? ", " : "");
		kn_buf_put_escaped(&names, vlan.name->s, strlen(vlan.name->s));
	}
	if (!n)
		return 0;
	if (kn_buf_check(&names, c->err) < 0)
		return -1;
	return kn_plan_note(c->plan, KN_NOTE_INFO, c->err,
			    "%s stay%s on %s and keep%s the frames of %s VLAN%s: they do not reach "
			    "%s",
			    kn_buf_str(&names), n == 1 ? "s" : "", port->s, n == 1 ? "s" : "",
			    n == 1 ? "its" : "their", n == 1 ? "" : "s", c->target->bridge.s);
}

/* ---- a VLAN that is new ---- */

static bool is_bridge(const struct kn_inputs *in, const struct kn_ifname *name)
{
	const struct kn_link *link = kn_facts_link(in->facts, name);
	const struct kn_conf *conf = kn_confs_get(in->confs, name);

	return link ? link->kind == KN_LINK_BRIDGE : conf && conf->type == KN_CONF_BRIDGE;
}

/* Of what the link below is a port; "" = of nothing. */
static struct kn_ifname master_of(const struct kn_inputs *in, const struct kn_ifname *name)
{
	const struct kn_link *link = kn_facts_link(in->facts, name);
	const struct kn_conf *conf = kn_confs_get(in->confs, name);
	struct kn_ifname none = {{0}};

	if (link)
		return link->master;
	if (!conf)
		return none;
	return kn_ifname_is_set(&conf->bridge) ? conf->bridge : conf->master;
}

/* A bridge that filters has told whom the frames are for; of others nobody knows. */
static int check_guests(const struct kn_check *c, const struct kn_ifname *bridge)
{
	const struct kn_vlan *vlan = &c->target->vlan;
	const struct kn_link *link = kn_facts_link(c->in->facts, bridge);
	const struct kn_port_vlan *row = kn_facts_vlan(c->in->facts, &vlan->link, vlan->id);
	bool filters = link && kn_opts_get(&link->opts, KN_BROPT_VLAN_FILTERING, 0);

	if (filters && row && !row->untagged)
		return kn_rule(c->in, c->plan, "vlan-taken", c->err,
			       "make it a VLAN of the bridge instead (link = the bridge), or take "
			       "it off the port first: bridge vlan del dev PORT vid ID",
			       "%s has VLAN %u on its port %s: guests in it would get no frame "
			       "from there any more, %s takes them",
			       bridge->s, vlan->id, vlan->link.s, c->target->bridge.s);
	if (filters && c->in->facts->vlans_known)
		return 0;
	return kn_plan_note(c->plan, KN_NOTE_INFO, c->err,
			    "the frames of VLAN %u that come in on %s go to %s, and do not reach "
			    "%s: a guest there that has this VLAN itself is cut off from it",
			    vlan->id, vlan->link.s, c->target->bridge.s, bridge->s);
}

/* A VLAN of a bridge, one of whose ports has the same one. */
static int check_ports_of(const struct kn_check *c)
{
	const struct kn_vlan *vlan = &c->target->vlan;
	struct kn_names ports KN_CLEANUP(kn_names_done) = {0};

	if (kn_bridge_ports(c->in, &vlan->link, &ports, c->err) < 0)
		return -1;
	for (size_t i = 0; i < ports.n; i++) {
		const struct kn_ifname *by =
			vlan_of(c->in, &ports.v[i], vlan->id, &c->target->bridge);

		if (by && taken(c, vlan->id, &c->target->bridge, &ports.v[i], by) < 0)
			return -1;
	}
	return 0;
}

static int check_on_port(const struct kn_check *c, const struct kn_ifname *master)
{
	const struct kn_vlan *vlan = &c->target->vlan;
	const struct kn_ifname *upper;

	if (!is_bridge(c->in, master)) {
		kn_fail(c->err, KN_ERR_INPUT, 0,
			"%s is a port of %s: a VLAN on it takes its frames away from there",
			vlan->link.s, master->s);
		return kn_hint(c->err, "make it a VLAN of %s: link = %s", master->s, master->s);
	}
	upper = vlan_of(c->in, master, vlan->id, &c->target->bridge);
	if (upper && taken(c, vlan->id, upper, &vlan->link, &c->target->bridge) < 0)
		return -1;
	return check_guests(c, master);
}

/* One that is there already takes nothing away any more. */
int kn_check_vlan_below(const struct kn_check *c)
{
	const struct kn_vlan *vlan = &c->target->vlan;
	struct kn_ifname master = master_of(c->in, &vlan->link);
	bool is_there = c->in->facts->live ? kn_facts_link(c->in->facts, &c->target->bridge) != NULL
					   : kn_confs_get(c->in->confs, &c->target->bridge) != NULL;

	if (is_there)
		return 0;
	if (is_bridge(c->in, &vlan->link))
		return check_ports_of(c);
	return kn_ifname_is_set(&master) ? check_on_port(c, &master) : 0;
}
