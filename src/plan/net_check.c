/* What is wrong with a network: its definition against the host it runs on.
 * Layer: plan, pure. */
#include <stdio.h>
#include <string.h>

#include "codec/netxml.h"
#include "plan/ctx.h"
#include "plan/net_ctx.h"

struct look {
	const struct kn_inputs *in;
	const struct kn_vnet *net;
	const struct kn_network *def;
	struct kn_findings *ret;
	struct kn_error *err;
};

static int found(struct look *l, bool is_error, const char *fix, const char *fmt, ...)
	KN_PRINTF(4, 5);

static int found(struct look *l, bool is_error, const char *fix, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return kn_findings_add(l->ret, is_error, l->net->name, text, fix, l->err);
}

static bool has_address(const struct kn_facts *facts, const struct kn_ifname *dev,
			const struct kn_cidr *cidr)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ifname_eq(&facts->addrs[i].dev, dev) &&
		    kn_cidr_eq(&facts->addrs[i].addr, cidr))
			return true;
	return false;
}

/* The bridge that libvirt made when it started the network. */
static int check_own_bridge(struct look *l)
{
	static const char again[] =
		"stop and start the network: virsh net-destroy, virsh net-start";
	const struct kn_facts *facts = l->in->facts;
	const struct kn_link *link = kn_facts_link(facts, &l->def->bridge);
	char text[KN_CIDR_STRLEN];

	if (!l->net->active)
		return 0;
	if (!link)
		return found(l, true, again, "bridge %s is gone although the network runs",
			     l->def->bridge.s);
	for (size_t i = 0; i < l->def->subnets.n; i++) {
		const struct kn_cidr *subnet = &l->def->subnets.v[i];

		if (!has_address(facts, &l->def->bridge, subnet) &&
		    found(l, true, again, "bridge %s has lost its address %s", l->def->bridge.s,
			  kn_cidr_fmt(subnet, text)) < 0)
			return -1;
	}
	return kn_net_check_link(l->in, l->net, link, l->ret, l->err);
}

/* A card that became a port since the network was made. */
static int check_takers(struct look *l)
{
	for (size_t i = 0; i < l->def->devs.n; i++) {
		const struct kn_ifname *dev = &l->def->devs.v[i], *top = kn_net_taker(l->in, dev);

		if (top && found(l, true, "use that bridge or bond for the network",
				 "%s is a port of %s, so that no macvtap can stand on it: guests "
				 "do not start",
				 dev->s, top->s) < 0)
			return -1;
	}
	return 0;
}

/* What the network stands on and does not make itself. */
static int check_base(struct look *l)
{
	const struct kn_link *bridge = kn_facts_link(l->in->facts, &l->def->bridge);

	if (l->def->mode == KN_NETMODE_BRIDGE && !bridge)
		return found(l, true, "kvmnet bridge create",
			     "there is no bridge %s: guests do not start", l->def->bridge.s);
	for (size_t i = 0; i < l->def->devs.n; i++)
		if (!kn_facts_link(l->in->facts, &l->def->devs.v[i]) &&
		    found(l, true, "ip link shows those that exist",
			  "there is no device %s: guests do not start", l->def->devs.v[i].s) < 0)
			return -1;
	return l->def->mode == KN_NETMODE_MACVTAP ? check_takers(l) : 0;
}

static int check_overlaps(struct look *l)
{
	struct kn_takens taken KN_CLEANUP(kn_takens_done) = {0};

	if (kn_net_taken(l->in, l->net->name, &taken, l->err) < 0)
		return -1;
	for (size_t i = 0; i < l->def->subnets.n; i++) {
		struct kn_cidr subnet = kn_cidr_network(&l->def->subnets.v[i]);
		const struct kn_taken *by = kn_takens_find(&taken, &subnet, &l->def->bridge);
		char text[KN_CIDR_STRLEN], other[KN_CIDR_STRLEN];

		if (by && found(l, true, "give one of the two another subnet",
				"subnet %s overlaps %s, %s", kn_cidr_fmt(&subnet, text),
				kn_cidr_fmt(&by->net, other), by->why) < 0)
			return -1;
	}
	return 0;
}

static int check_forwarding(struct look *l)
{
	const struct kn_vnets *nets = l->in->nets;

	if (!l->net->active || l->def->mode == KN_NETMODE_ISOLATED)
		return 0;
	if (kn_network_subnet(l->def, KN_IPV4) && nets->forward4 == KN_NO &&
	    found(l, true, "sysctl net.ipv4.ip_forward=1",
		  "the host does not forward IPv4: guests reach no further than the host") < 0)
		return -1;
	if (kn_network_subnet(l->def, KN_IPV6) && nets->forward6 == KN_NO)
		return found(l, true, "sysctl net.ipv6.conf.all.forwarding=1",
			     "the host does not forward IPv6: guests reach no further than the "
			     "host");
	return 0;
}

/* `iptables -F` leaves the chains and takes the rules in them, and those that lead there. Source:
 * libvirt's src/network/bridge_driver_linux.c, networkAddGeneralIPv4FirewallRules() and its IPv6
 * sister: every network of its own bridge has rules of IPv4, with an IPv6 subnet of IPv6, too. */
static bool rules_are_gone(const struct look *l)
{
	const struct kn_libvirt_rules *rules = &l->in->nets->firewall;
	bool v6 = kn_network_subnet(l->def, KN_IPV6) != NULL;
	bool nat = l->def->mode == KN_NETMODE_NAT && kn_network_subnet(l->def, KN_IPV4);

	if (rules->known == KN_UNSET || rules->own_table)
		return false;
	return rules->known == KN_NO || !rules->forwards[0] || (nat && !rules->translates) ||
	       !kn_names_has(&rules->bridges[0], &l->def->bridge) ||
	       (v6 && (!rules->forwards[1] || !kn_names_has(&rules->bridges[1], &l->def->bridge)));
}

static int check_services(struct look *l)
{
	bool serves = !l->def->dns_off || l->def->ranges.n || l->def->hosts.n;

	if (!l->net->active)
		return 0;
	if (l->def->mode != KN_NETMODE_OPEN && rules_are_gone(l) &&
	    found(l, true, "systemctl restart libvirtd (or virtnetworkd) puts them back",
		  "libvirt's firewall rules are gone: somebody has flushed them") < 0)
		return -1;
	if (l->def->subnets.n && serves && l->net->dnsmasq == KN_NO)
		return found(l, true, "systemctl restart libvirtd (or virtnetworkd) starts it",
			     "no dnsmasq runs for it: guests get no lease and no names");
	return 0;
}

/* libvirt adds to what runs: compared is what both say. */
static int check_drift(struct look *l)
{
	struct kn_buf then KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf now KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error ignored = {0};

	if (!l->net->live_xml)
		return 0;
	if (kn_netxml_canonical(l->net->name, l->net->xml, strlen(l->net->xml), true, &then,
				&ignored) < 0 ||
	    kn_netxml_canonical(l->net->name, l->net->live_xml, strlen(l->net->live_xml), true,
				&now, &ignored) < 0)
		return 0;
	if (kn_buf_check(&then, l->err) < 0 || kn_buf_check(&now, l->err) < 0)
		return -1;
	if (!strcmp(kn_buf_str(&then), kn_buf_str(&now)))
		return 0;
	return found(l, false, "it takes effect when the network is stopped and started",
		     "it does not run as it is defined");
}

/* It is why the network does not run: nothing else of that is told. */
static int check_left(struct look *l, bool *ret_found)
{
	struct kn_netleft left KN_CLEANUP(kn_netleft_done) = {0};
	char what[256];

	if (kn_net_left(l->in, l->net->name, l->def, &left, l->err) < 0)
		return -1;
	*ret_found = left.bridge || left.pid;
	if (!*ret_found)
		return 0;
	if (!left.bridge)
		(void)snprintf(what, sizeof(what), "its dnsmasq (process %d)", (int)left.pid);
	else
		(void)snprintf(what, sizeof(what), "%s %s",
			       left.doubt.len ? "a link" : "its bridge", left.bridge->name.s);
	return found(l, !left.doubt.len || l->net->autostart, kn_buf_str(&left.fix),
		     left.doubt.len ? "it does not run, and cannot start: there is %s, and %s"
				    : "it does not run, and cannot start: %s is left over by a "
				      "libvirtd that died%s",
		     what, kn_buf_str(&left.doubt));
}

static int check_state(struct look *l)
{
	bool left = false;

	if (check_left(l, &left) < 0)
		return -1;
	if (left || l->in->nets->offline || l->net->active || !l->net->autostart)
		return 0;
	return found(l, false, "virsh net-start NAME; if that fails, it says why",
		     "it is to start at boot, and does not run");
}

static int look_at(struct look *l)
{
	if (check_state(l) < 0)
		return -1;
	if (l->in->facts->live &&
	    (check_base(l) < 0 ||
	     (kn_netmode_has_bridge(l->def->mode) &&
	      (check_own_bridge(l) < 0 || check_forwarding(l) < 0 || check_services(l) < 0))))
		return -1;
	if (kn_netmode_has_bridge(l->def->mode) && check_overlaps(l) < 0)
		return -1;
	return check_drift(l);
}

static int check_one(struct look *l)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct kn_error unreadable = {0};

	if (kn_netxml_parse(l->net->name, l->net->xml, strlen(l->net->xml), &def, &unreadable) < 0)
		return found(l, true, "virsh net-edit NAME", "its definition cannot be read: %s",
			     unreadable.message);
	if (!def.mode_known)
		return 0;
	l->def = &def.net;
	return look_at(l);
}

int kn_net_findings(const struct kn_inputs *in, const char *name, struct kn_findings *ret,
		    struct kn_error *err)
{
	for (size_t i = 0; i < in->nets->n; i++) {
		struct look l = {.in = in, .net = &in->nets->v[i], .ret = ret, .err = err};

		if ((!name || !strcmp(name, l.net->name)) && check_one(&l) < 0)
			return -1;
	}
	return 0;
}
