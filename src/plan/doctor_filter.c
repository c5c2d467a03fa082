/* The doctor's rules about the firewall and forwarding. Layer: plan, pure.
 * What could not be read proves nothing. */
#include <stdio.h>
#include <string.h>

#include "plan/doctor.h"

/* Copies the line at @text. Return: the next one, NULL at the end. */
static const char *take_line(const char *text, char *ret, size_t size)
{
	size_t len = strcspn(text, "\n");

	(void)snprintf(ret, size, "%.*s", (int)(len < size ? len : size - 1), text);
	return text[len] ? text + len + 1 : NULL;
}

static bool has_line(const char *text, const char *a, const char *b)
{
	char line[1024];

	for (const char *p = text; p && *p;) {
		p = take_line(p, line, sizeof(line));
		if (strstr(line, a) && strstr(line, b))
			return true;
	}
	return false;
}

/* Source: nft(8), the base chain's line: "type filter hook forward priority 0; policy drop;";
 * iptables-save(8): ":FORWARD DROP [0:0]". */
static bool forward_drops(const struct kn_evidence *ev)
{
	return has_line(ev->nft, "hook forward", "policy drop") ||
	       has_line(ev->save4, ":FORWARD", "DROP [");
}

static bool has_uplink(const struct kn_doctor *d, const struct kn_topo_node *bridge)
{
	for (const struct kn_topo_node *port = kn_doctor_port(d, bridge, NULL); port;
	     port = kn_doctor_port(d, bridge, port))
		if (port->uplink && port->link)
			return true;
	return false;
}

/* Source: kernel net/bridge/br_netfilter_hooks.c: either switch sends frames to iptables. */
static void check_nf_call(struct kn_doctor *d)
{
	for (size_t i = 0; i < d->topo->n; i++) {
		const struct kn_topo_node *node = &d->topo->v[i];
		bool own, all = d->ev->nf_call4 == KN_YES;

		if (!kn_doctor_is_bridge(node) || !has_uplink(d, node))
			continue;
		own = kn_opts_get(&node->link->opts, KN_BROPT_NF_CALL, 0) != 0;
		if ((own || all) && d->ev->firewall_known && forward_drops(d->ev))
			kn_doctor_found(d, KN_CHECK_NF_CALL, node->name.s,
					all ? "bridge-nf-call-iptables = 1" : "nf-call is on");
	}
}

static bool masquerades(const struct kn_evidence *ev, const struct kn_cidr *subnet)
{
	struct kn_cidr net = kn_cidr_network(subnet);
	char text[KN_CIDR_STRLEN];

	(void)kn_cidr_fmt(&net, text);
	return has_line(ev->nft, text, "masquerade") || has_line(ev->nft, text, "MASQUERADE") ||
	       has_line(ev->save4, text, "MASQUERADE");
}

static void check_net(struct kn_doctor *d, const struct kn_disknet *net)
{
	char text[KN_CIDR_STRLEN];

	for (size_t i = 0; i < net->net.subnets.n; i++) {
		const struct kn_cidr *subnet = &net->net.subnets.v[i];
		bool v4 = subnet->ip.family == KN_IPV4;
		struct kn_cidr prefix = kn_cidr_network(subnet);

		if ((v4 ? d->ev->forward4 : d->ev->forward6) == KN_NO)
			kn_doctor_found(d, KN_CHECK_FORWARD_OFF, net->net.name.s,
					v4 ? "net.ipv4.ip_forward=1"
					   : "net.ipv6.conf.all.forwarding=1");
		if (v4 && net->net.mode == KN_NETMODE_NAT && d->ev->firewall_known &&
		    !masquerades(d->ev, subnet))
			kn_doctor_found(d, KN_CHECK_NAT_GONE, net->net.name.s,
					kn_cidr_fmt(&prefix, text));
	}
}

/* Strict is the default of some distributions, and right as long as there is one way out. */
static void check_rp_filter(struct kn_doctor *d)
{
	const struct kn_route *best = kn_doctor_default(d, KN_IPV4);

	for (size_t i = 0; best && i < d->topo->n; i++) {
		const struct kn_topo_node *node = &d->topo->v[i];
		uint32_t all = d->ev->facts->all_rp_filter;

		if (!node->link || !node->route4 || kn_route_uses(best, &node->name))
			continue;
		/* Source: ip-sysctl.rst: the larger of the two counts. */
		if ((node->link->rp_filter > all ? node->link->rp_filter : all) == 1)
			kn_doctor_found(d, KN_CHECK_RP_STRICT, node->name.s, best->dev.s);
	}
}

void kn_doctor_filter(struct kn_doctor *d)
{
	check_nf_call(d);
	check_rp_filter(d);
	for (size_t i = 0; i < d->ev->wiring.nets.n; i++) {
		const struct kn_disknet *net = &d->ev->wiring.nets.v[i];

		if (net->active && net->mode_known &&
		    (net->net.mode == KN_NETMODE_NAT || net->net.mode == KN_NETMODE_ROUTE ||
		     net->net.mode == KN_NETMODE_OPEN))
			check_net(d, net);
	}
}
