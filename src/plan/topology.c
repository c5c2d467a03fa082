/* The tree of links. Layer: plan, pure.
 * Everything is looked up by sorted indexes: a host with thousands of links is shown as well. */
#include "plan/topology.h"

#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "plan/name_index.h"

#define MAX_DEPTH 8 /* the kernel's own limit of stacked devices (MAX_NEST_DEV) */

/* What is looked up; all by interface name. */
struct maker {
	const struct kn_confs *confs;
	const struct kn_facts *facts;
	const struct kn_wiring *wiring;
	struct kn_name_index links, confs_by, addrs, routes, guests;
	struct kn_name_index ports;	  /* links by their master */
	struct kn_name_index file_ports;  /* confs by their bridge */
	struct kn_name_index file_slaves; /* confs by their bond */
	struct kn_topo *topo;
	size_t n_dns; /* files with name servers: which of them resolv.conf has, one alone can tell
		       */
};

void kn_topo_done(struct kn_topo *topo)
{
	for (size_t i = 0; i < topo->n; i++)
		kn_diffs_done(&topo->v[i].diffs);
	free(topo->v);
	free(topo->addrs);
	*topo = (struct kn_topo){0};
}

bool kn_link_is_cable(const struct kn_link *link, const struct kn_conf *conf)
{
	if (link && (link->kind == KN_LINK_PHYSICAL || link->kind == KN_LINK_WLAN ||
		     link->kind == KN_LINK_BOND || link->kind == KN_LINK_TEAM ||
		     link->kind == KN_LINK_VLAN))
		return true;
	/* A container's NIC is a veth; a file for it says that it is the way out. */
	return conf && (!link || link->kind == KN_LINK_VETH) &&
	       (conf->type == KN_CONF_ETHERNET || conf->type == KN_CONF_BOND ||
		conf->type == KN_CONF_VLAN);
}

/* ---- indexes ---- */

#define INDEX(ret, list, count, member)                                                            \
	kn_name_index_make(ret, list, count, sizeof(*(list)),                                      \
			   (size_t)((const char *)&(list)->member - (const char *)(list)), err)

static int make_indexes(struct maker *m, struct kn_error *err)
{
	const struct kn_facts *facts = m->facts;
	const struct kn_guests *guests = &m->wiring->guests;
	static const struct kn_link no_link[1];
	static const struct kn_conf no_conf[1];
	static const struct kn_laddr no_addr[1];
	static const struct kn_route no_route[1];
	static const struct kn_guest_nic no_nic[1];
	const struct kn_link *links = facts->links ? facts->links : no_link;
	const struct kn_conf *confs = m->confs->v ? m->confs->v : no_conf;
	const struct kn_laddr *addrs = facts->addrs ? facts->addrs : no_addr;
	const struct kn_route *routes = facts->routes.v ? facts->routes.v : no_route;
	const struct kn_guest_nic *nics = guests->v ? guests->v : no_nic;

	if (INDEX(&m->links, links, facts->n_links, name) < 0 ||
	    INDEX(&m->ports, links, facts->n_links, master) < 0 ||
	    INDEX(&m->confs_by, confs, m->confs->n, name) < 0 ||
	    INDEX(&m->file_ports, confs, m->confs->n, bridge) < 0 ||
	    INDEX(&m->file_slaves, confs, m->confs->n, master) < 0 ||
	    INDEX(&m->addrs, addrs, facts->n_addrs, dev) < 0)
		return -1;
	return INDEX(&m->routes, routes, facts->routes.n, dev) < 0 ||
			       INDEX(&m->guests, nics, guests->n, dev) < 0
		       ? -1
		       : 0;
}

static void maker_done(struct maker *m)
{
	kn_name_index_done(&m->links);
	kn_name_index_done(&m->confs_by);
	kn_name_index_done(&m->addrs);
	kn_name_index_done(&m->routes);
	kn_name_index_done(&m->guests);
	kn_name_index_done(&m->ports);
	kn_name_index_done(&m->file_ports);
	kn_name_index_done(&m->file_slaves);
}

/* The first element of that name, or NULL. */
static const void *find(const struct kn_name_index *index, const struct kn_ifname *name,
			const void *list, size_t size)
{
	size_t n;
	const struct kn_name_entry *entry = kn_name_index_get(index, name, &n);

	return n ? (const char *)list + entry->i * size : NULL;
}

static const struct kn_link *find_link(const struct maker *m, const struct kn_ifname *name)
{
	return find(&m->links, name, m->facts->links, sizeof(*m->facts->links));
}

/* ---- one node ---- */

/* Only the main table's count for people; of several the lowest metric is used. */
static void take_routes(const struct maker *m, struct kn_topo_node *node)
{
	size_t n;
	const struct kn_name_entry *entry = kn_name_index_get(&m->routes, &node->name, &n);

	for (size_t i = 0; i < n; i++) {
		const struct kn_route *route = &m->facts->routes.v[entry[i].i];
		const struct kn_route **best =
			route->dst.ip.family == KN_IPV4 ? &node->route4 : &node->route6;

		if (kn_route_is_default(route) && route->table == RT_TABLE_MAIN &&
		    route->type == RTN_UNICAST && (!*best || route->metric < (*best)->metric))
			*best = route;
	}
}

/* The sorted index has them in a row and in the kernel's order: the node's part of the list. */
static void take_addrs(const struct maker *m, struct kn_topo_node *node)
{
	const struct kn_name_entry *entry =
		kn_name_index_get(&m->addrs, &node->name, &node->n_addrs);

	node->addrs = m->topo->addrs + (entry - m->addrs.v);
}

/* The comparison walks through all it is given: it gets the link and its ports alone. */
static int compare(const struct maker *m, struct kn_topo_node *node, struct kn_error *err)
{
	struct kn_facts facts = {.live = true,
				 .host = m->facts->host,
				 .resolv = m->n_dns > 1 ? NULL : m->facts->resolv};
	struct kn_confs confs = {0};
	size_t n, n_files, n_routes, cap = 0;
	const struct kn_name_entry *port = kn_name_index_get(&m->ports, &node->name, &n);
	const struct kn_name_index *by =
		node->conf->type == KN_CONF_BOND ? &m->file_slaves : &m->file_ports;
	const struct kn_name_entry *file = kn_name_index_get(by, &node->name, &n_files);
	const struct kn_name_entry *route = kn_name_index_get(&m->routes, &node->name, &n_routes);
	int r = node->link ? kn_facts_add_link(&facts, node->link, err) : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = kn_facts_add_link(&facts, &m->facts->links[port[i].i], err);
	/* Shallow copies: the strings stay the originals'. */
	if (r == 0)
		r = kn_grow(&confs.v, &cap, n_files + 1, sizeof(*confs.v), err);
	if (r == 0)
		confs.v[confs.n++] = *node->conf;
	for (size_t i = 0; r == 0 && i < n_files; i++) {
		const struct kn_conf *conf = &m->confs->v[file[i].i];
		const struct kn_link *link = find_link(m, &conf->name);

		confs.v[confs.n++] = *conf;
		if (link && !kn_ifname_eq(&link->master, &node->name))
			r = kn_facts_add_link(&facts, link, err);
	}
	for (size_t i = 0; r == 0 && i < facts.n_links; i++) {
		size_t n_addrs;
		const struct kn_name_entry *addr =
			kn_name_index_get(&m->addrs, &facts.links[i].name, &n_addrs);

		for (size_t k = 0; r == 0 && k < n_addrs; k++)
			r = kn_facts_add_addr(&facts, &m->facts->addrs[addr[k].i], err);
	}
	for (size_t i = 0; r == 0 && i < n_routes; i++)
		r = kn_routes_add(&facts.routes, &m->facts->routes.v[route[i].i], err);
	if (r == 0)
		r = kn_compare_link(&confs, &facts, &node->name, &node->diffs, err);
	free(confs.v);
	facts.resolv = NULL; /* borrowed */
	kn_facts_done(&facts);
	return r;
}

static bool is_where_wanted(const struct kn_link *link, const struct kn_conf *conf)
{
	const struct kn_ifname *wanted =
		kn_ifname_is_set(&conf->bridge) ? &conf->bridge : &conf->master;

	return !kn_ifname_is_set(wanted) || kn_ifname_eq(&link->master, wanted);
}

static int add_node(struct maker *m, const struct kn_ifname *name, size_t parent, size_t *ret,
		    struct kn_error *err)
{
	struct kn_topo *topo = m->topo;

	if (kn_grow(&topo->v, &topo->cap, topo->n + 1, sizeof(*topo->v), err) < 0)
		return -1;
	struct kn_topo_node *node = &topo->v[topo->n];
	*node = (struct kn_topo_node){.name = *name, .parent = parent};
	*ret = topo->n++;
	node->link = find_link(m, name);
	node->conf = find(&m->confs_by, name, m->confs->v, sizeof(*m->confs->v));
	node->attached = !node->link || !node->conf || is_where_wanted(node->link, node->conf);
	node->unread = kn_unread_of(&m->confs->unread, name);
	node->guest = find(&m->guests, name, m->wiring->guests.v, sizeof(*m->wiring->guests.v));
	if (node->guest && node->guest->has_mac)
		node->leases = kn_wiring_leases_of(m->wiring, &node->guest->mac, &node->n_leases);
	take_routes(m, node);
	take_addrs(m, node);
	if (parent != KN_TOPO_TOP) {
		const struct kn_topo_node *above = &topo->v[parent];

		node->depth = above->depth + 1;
		node->uplink = kn_link_is_cable(node->link, node->conf) &&
			       (!above->link || above->link->kind == KN_LINK_BRIDGE);
	}
	if (node->link && node->link->kind == KN_LINK_BRIDGE)
		node->net = kn_wiring_net_of(m->wiring, name);
	if (node->conf && kn_conf_is_compared(node->conf) && m->facts->live && node->link)
		return compare(m, node, err);
	return 0;
}

/* ---- the tree ---- */

static int add_tree(struct maker *m, const struct kn_ifname *name, size_t parent,
		    unsigned int depth, struct kn_error *err)
{
	size_t n, n_files, self, last = KN_TOPO_TOP;
	const struct kn_name_entry *port = kn_name_index_get(&m->ports, name, &n);
	const struct kn_name_entry *file = kn_name_index_get(&m->file_ports, name, &n_files);

	if (add_node(m, name, parent, &self, err) < 0)
		return -1;
	for (size_t i = 0; depth < MAX_DEPTH && i < n; i++) {
		last = m->topo->n;
		if (add_tree(m, &m->facts->links[port[i].i].name, self, depth + 1, err) < 0)
			return -1;
	}
	/* Ports that only a file knows; one that is elsewhere is shown there. */
	for (size_t i = 0; depth < MAX_DEPTH && i < n_files; i++) {
		const struct kn_conf *conf = &m->confs->v[file[i].i];

		if (find_link(m, &conf->name))
			continue;
		last = m->topo->n;
		if (add_tree(m, &conf->name, self, depth + 1, err) < 0)
			return -1;
	}
	if (last != KN_TOPO_TOP)
		m->topo->v[last].last = true;
	return 0;
}

/* lo is on every host; tunl0, sit0 and the like come with their kernel modules. */
static bool is_noise(const struct maker *m, const struct kn_link *link)
{
	size_t n_addrs, n_confs;

	(void)kn_name_index_get(&m->addrs, &link->name, &n_addrs);
	(void)kn_name_index_get(&m->confs_by, &link->name, &n_confs);
	return link->kind == KN_LINK_LOOPBACK ||
	       (link->kind == KN_LINK_OTHER && !(link->flags & IFF_UP) && !n_addrs && !n_confs);
}

/* Bridges, then bonds, then what has no ports. */
static unsigned int rank(const struct kn_link *link)
{
	if (link->kind == KN_LINK_BRIDGE)
		return 0;
	return link->kind == KN_LINK_BOND || link->kind == KN_LINK_TEAM ? 1 : 2;
}

static int add_links(struct maker *m, struct kn_error *err)
{
	for (unsigned int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < m->facts->n_links; i++) {
			const struct kn_link *link = &m->facts->links[i];
			bool is_port = link->master_index && find_link(m, &link->master);

			if (rank(link) != pass || is_port || is_noise(m, link))
				continue;
			if (add_tree(m, &link->name, KN_TOPO_TOP, 0, err) < 0)
				return -1;
		}
	return 0;
}

/* Bridges before the rest here, too, so that their ports find their place. */
static int add_absent(struct maker *m, struct kn_error *err)
{
	for (unsigned int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < m->confs->n; i++) {
			const struct kn_conf *conf = &m->confs->v[i];
			bool is_bridge = conf->type == KN_CONF_BRIDGE;
			bool has_place =
				kn_ifname_is_set(&conf->bridge) &&
				(find_link(m, &conf->bridge) ||
				 find(&m->confs_by, &conf->bridge, m->confs->v, sizeof(*conf)));

			if (is_bridge != (pass == 0) || has_place || find_link(m, &conf->name) ||
			    kn_ifname_is(&conf->name, "lo") || !kn_ifname_is_set(&conf->name))
				continue;
			if (add_tree(m, &conf->name, KN_TOPO_TOP, 0, err) < 0)
				return -1;
		}
	return 0;
}

static int make(struct maker *m, struct kn_error *err)
{
	if (make_indexes(m, err) < 0)
		return -1;
	for (size_t i = 0; i < m->confs->n; i++)
		m->n_dns += m->confs->v[i].ip.dns.n > 0;
	m->topo->addrs = calloc(m->addrs.n + 1, sizeof(const struct kn_laddr *));
	if (!m->topo->addrs)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < m->addrs.n; i++)
		m->topo->addrs[i] = &m->facts->addrs[m->addrs.v[i].i];
	return add_links(m, err) < 0 ? -1 : add_absent(m, err);
}

int kn_topo_make(const struct kn_confs *confs, const struct kn_facts *facts,
		 const struct kn_wiring *wiring, struct kn_topo *ret, struct kn_error *err)
{
	struct kn_topo topo = {.unread = &confs->unread};
	struct maker m = {.confs = confs, .facts = facts, .wiring = wiring, .topo = &topo};
	int r = make(&m, err);

	maker_done(&m);
	if (r < 0) {
		kn_topo_done(&topo);
		return -1;
	}
	*ret = topo;
	return 0;
}
