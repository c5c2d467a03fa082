/* Two looks at one host, before and after a change: is everything that worked still working? That
 * the wanted state is there is the planner's word (nothing left to do); this is about the rest.
 * Layer: plan, pure. */
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <net/if.h>

#include "kvmnet/text.h"
#include "plan/touched.h"

/* IFF_RUNNING: carrier and operational state, as traffic needs both. */
static bool runs(const struct kn_link *link)
{
	return link && (link->flags & IFF_UP) && (link->flags & IFF_RUNNING);
}

static bool is_port_of(const struct kn_link *link, const struct kn_ifname *bridge)
{
	return kn_ifname_eq(&link->master, bridge);
}

/* The master that @dev has by the plan, step by step; @was when the plan leaves it alone. */
static struct kn_ifname planned_master(const struct kn_plan *plan, const struct kn_ifname *dev,
				       const struct kn_ifname *was)
{
	struct kn_ifname master = *was;

	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];

		if (op->kind == KN_OP_LINK_MASTER && kn_ifname_eq(&op->dev, dev))
			master = op->master.now;
		else if (op->kind == KN_OP_LINK_DEL && kn_ifname_eq(&op->dev, &master))
			master = (struct kn_ifname){0};
	}
	return master;
}

/* The kernel moves a port from one bridge to another without a word. A link that is gone is none of
 * this: guests stop. */
static int check_masters(const struct kn_health *health, struct kn_error *err)
{
	for (size_t i = 0; i < health->before->n_links; i++) {
		const struct kn_link *was = &health->before->links[i];
		const struct kn_link *now = kn_facts_link(health->after, &was->name);
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (!kn_ifname_is_set(&was->master) || !now || now->ifindex != was->ifindex)
			continue;
		struct kn_ifname want = planned_master(health->plan, &was->name, &was->master);
		if (kn_ifname_eq(&now->master, &want))
			continue;
		kn_text_name(&name, &was->name);
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"%s was a port of %s and is none any more: somebody else changes it",
			kn_buf_str(&name), was->master.s);
		return kn_hint(err, "see who else configures this network: kvmnet doctor");
	}
	return 0;
}

static int wait_for(struct kn_probes *list, enum kn_probe_kind kind, const struct kn_ifname *dev,
		    const struct kn_ip *ip, struct kn_error *err)
{
	struct kn_probe probe = {.kind = kind, .dev = *dev};

	if (ip)
		probe.ip = *ip;
	return kn_probes_add(list, &probe, err);
}

/* A card may take its carrier down for a new MTU or MAC, and comes back after a while. */
static int check_carriers(const struct kn_health *health, struct kn_probes *ret_wait,
			  struct kn_error *err)
{
	for (size_t i = 0; i < health->after->n_links; i++) {
		const struct kn_link *now = &health->after->links[i];
		const struct kn_link *was = kn_facts_link(health->before, &now->name);
		bool disabled = now->port_opts.has && now->port_state == BR_STATE_DISABLED;

		if (!kn_names_has(health->touched, &now->name) || now->kind == KN_LINK_BRIDGE ||
		    !(now->flags & IFF_UP) || !runs(was) || (runs(now) && !disabled))
			continue;
		if (wait_for(ret_wait, KN_PROBE_LINK, &now->name, NULL, err) < 0)
			return -1;
	}
	return 0;
}

static int fail_blocking(const struct kn_ifname *port, struct kn_error *err)
{
	kn_fail(err, KN_ERR_UNCONFIRMED, 0, "port %s does not forward: its state is blocking",
		port->s);
	return kn_hint(err, "see who sets it: bridge -details link show dev %s; kvmnet doctor",
		       port->s);
}

/* A bridge runs while one of its ports forwards. Where no port ran before, nothing is expected. */
static int check_bridge(const struct kn_health *health, struct kn_probes *ret_wait,
			struct kn_error *err)
{
	const struct kn_ifname *name = &health->plan->bridge;
	const struct kn_link *bridge = kn_facts_link(health->after, name);
	bool stp = bridge && kn_opts_get(&bridge->opts, KN_BROPT_STP, 0);
	bool expected = false;

	if (!bridge || bridge->kind != KN_LINK_BRIDGE || !(bridge->flags & IFF_UP))
		return 0;
	for (size_t i = 0; i < health->after->n_links; i++) {
		const struct kn_link *port = &health->after->links[i];

		if (!is_port_of(port, name) || !kn_names_has(health->touched, &port->name))
			continue;
		expected |= runs(port) && runs(kn_facts_link(health->before, &port->name));
		if (!stp && port->port_state == BR_STATE_BLOCKING)
			return fail_blocking(&port->name, err);
	}
	if (!expected || runs(bridge))
		return 0;
	return wait_for(ret_wait, KN_PROBE_LINK, name, NULL, err);
}

/* Was @addr put on its link by this change? */
static bool is_new(const struct kn_plan *plan, const struct kn_laddr *addr)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].kind == KN_OP_ADDR_ADD &&
		    kn_ifname_eq(&plan->ops[i].dev, &addr->dev) &&
		    kn_ip_eq(&plan->ops[i].addr.addr.ip, &addr->addr.ip))
			return true;
	return false;
}

static int check_addrs(const struct kn_health *health, struct kn_probes *ret_wait,
		       struct kn_error *err)
{
	for (size_t i = 0; i < health->after->n_addrs; i++) {
		const struct kn_laddr *addr = &health->after->addrs[i];
		struct kn_probe probe = {
			.kind = KN_PROBE_ADDR, .dev = addr->dev, .ip = addr->addr.ip};

		if (!(addr->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) ||
		    !is_new(health->plan, addr))
			continue;
		if (addr->flags & IFA_F_DADFAILED)
			return kn_health_fail(&probe, err);
		if (kn_probes_add(ret_wait, &probe, err) < 0)
			return -1;
	}
	return 0;
}

int kn_health_check(const struct kn_health *health, struct kn_probes *ret_wait,
		    struct kn_error *err)
{
	if (check_masters(health, err) < 0 || check_carriers(health, ret_wait, err) < 0 ||
	    check_bridge(health, ret_wait, err) < 0)
		return -1;
	return check_addrs(health, ret_wait, err);
}

int kn_health_fail(const struct kn_probe *probe, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char ip[KN_IP_STRLEN];

	kn_text_name(&name, &probe->dev);
	if (probe->kind == KN_PROBE_ADDR) {
		kn_ip_fmt(&probe->ip, ip);
		kn_fail(err, KN_ERR_UNCONFIRMED, 0,
			"%s does not come up on %s: another machine of this network uses it", ip,
			kn_buf_str(&name));
		return kn_hint(err, "see which one: ping -c 1 %s; ip neigh show %s", ip, ip);
	}
	kn_fail(err, KN_ERR_UNCONFIRMED, 0,
		"%s had a carrier before and has none now: the cable is out, or the card or the "
		"switch did not take the change",
		kn_buf_str(&name));
	return kn_hint(err, "see whether it has one now (LOWER_UP): ip -br link show %s",
		       kn_buf_str(&name));
}

/* Source: IEEE 802.1D: listening and learning take one forward delay each. */
uint32_t kn_health_delay_ms(const struct kn_facts *after, const struct kn_ifname *bridge)
{
	const struct kn_link *link = kn_facts_link(after, bridge);

	for (size_t i = 0; link && i < after->n_links; i++) {
		const struct kn_link *port = &after->links[i];

		if (is_port_of(port, bridge) && (port->port_state == BR_STATE_LISTENING ||
						 port->port_state == BR_STATE_LEARNING))
			return 2 * 10 * kn_opts_get(&link->opts, KN_BROPT_FORWARD_DELAY, 1500) +
			       2000;
	}
	return 0;
}
