/* Which links a snapshot holds: those named (point queries), ports and masters, or every bridge.
 * Layer: live, effects (reads). */
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "live/nl.h"

#define POINT_QUERIES 16 /* per datagram: an answer is 2-4 KiB of the receive queue */
/* Of a bridge with more ports one dump is cheaper, even where it looks at thousands of links. */
#define PORT_QUERIES 128

/* Where answers go, and which of a dump's links are wanted. */
struct sink {
	struct kn_facts *facts;
	size_t known; /* links before this dump: they are not added twice */
	int master;   /* > 0: its ports only */
	bool bridges; /* bridges and bridge ports only */
	bool uppers;  /* what sits on a known link only */
	bool saw_any;
};

/* Named links are few; only they can turn up a second time, in a dump. */
static bool is_known(const struct sink *sink, int ifindex)
{
	for (size_t i = 0; i < sink->known; i++)
		if (sink->facts->links[i].ifindex == ifindex)
			return true;
	return false;
}

/* Gets every description that arrives, for point queries and dumps alike. */
static int on_link(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	struct sink *sink = arg;
	struct kn_link link;

	if (hdr->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (kn_link_parse(hdr, &link, err) < 0)
		return -1;
	sink->saw_any = true;
	/* Old kernels ignore the filter of the request. */
	if (sink->master && link.master_index != sink->master)
		return 0;
	if (sink->bridges && link.kind != KN_LINK_BRIDGE && !link.port_opts.has)
		return 0;
	if (sink->uppers && !is_known(sink, link.lower_index))
		return 0;
	if (is_known(sink, link.ifindex))
		return 0;
	return kn_facts_add_link(sink->facts, &link, err);
}

/* A name given twice (a port that is also the uplink) is one link. */
static bool asked_before(const struct kn_live_request *req, struct kn_name_table *seen, size_t i)
{
	size_t size = sizeof(*req->names);
	bool known = kn_name_table_find(seen, req->names, size, i, &req->names[i]) < i;

	kn_name_table_add(seen, req->names, size, i + 1, i);
	return known;
}

/* A link that does not exist is an answer, everything else a failure. */
static int query_fail(const struct kn_req *req, struct kn_error *err)
{
	/* EINVAL: a name no link can have (IFLA_IFNAME's policy): it does not exist either. */
	if (!req->error || req->error == ENODEV || req->error == EINVAL || req->error == ERANGE)
		return 0;
	return kn_req_fail(req, "look up a link", err);
}

/* Asks, and frees the requests. */
static int ask(struct kn_nl *nl, struct kn_req *reqs, size_t n, struct sink *sink,
	       struct kn_error *err)
{
	int rc;

	for (size_t i = 0; i < n; i++) {
		reqs[i].on_msg = on_link;
		reqs[i].arg = sink;
	}
	rc = kn_nl_transact(nl, reqs, n, err);
	for (size_t i = 0; i < n; i++) {
		if (!rc)
			rc = query_fail(&reqs[i], err);
		kn_req_done(&reqs[i]);
	}
	return rc;
}

/* Up to POINT_QUERIES names from @first on, in one datagram. @seen: the names before. */
static int read_some(struct kn_nl *nl, const struct kn_live_request *asked,
		     struct kn_name_table *seen, size_t first, struct sink *sink,
		     struct kn_error *err)
{
	struct kn_req reqs[POINT_QUERIES];
	size_t n = 0;

	for (size_t i = first; i < asked->n_names && i < first + POINT_QUERIES; i++)
		if (!asked_before(asked, seen, i) && kn_ifname_is_set(&asked->names[i]))
			kn_req_getlink(&reqs[n++], asked->names[i].s, 0);
	return ask(nl, reqs, n, sink, err);
}

/* The cost depends on the number of names only, however many links the host has. */
static int read_named(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		      struct kn_error *err)
{
	struct sink sink = {.facts = facts};
	struct kn_name_table seen KN_CLEANUP(kn_name_table_done) = {0};

	for (size_t i = 0; i < req->n_names; i += POINT_QUERIES) {
		/* An alternative name can lead to a link that its own name named as well. */
		sink.known = facts->n_links;
		if (read_some(nl, req, &seen, i, &sink, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < facts->n_links; i++)
		if (kn_nl_remember(nl, &facts->links[i].name, facts->links[i].ifindex, err) < 0)
			return -1;
	return 0;
}

/* With a master the kernel itself leaves the others out: 4,000 links cost a walk through all of
 * them, not 4,000 descriptions. */
static int dump(struct kn_nl *nl, struct sink *sink, struct kn_error *err)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct kn_req req;

	kn_req_init(&req, RTM_GETLINK, NLM_F_DUMP, &info, sizeof(info));
	kn_req_u32(&req, IFLA_EXT_MASK, KN_EXT_SKIP_STATS);
	if (sink->master)
		kn_req_u32(&req, IFLA_MASTER, (uint32_t)sink->master);
	req.on_msg = on_link;
	req.arg = sink;
	sink->known = sink->facts->n_links;
	int rc = kn_nl_dump(nl, &req, &sink->facts->n_links, "links", err);
	kn_req_done(&req);
	return rc;
}

/* One that left the bridge since the list was made has another master, or is no more. */
static int query_ports(struct kn_nl *nl, const int *indexes, size_t n, struct sink *sink,
		       struct kn_error *err)
{
	struct kn_req reqs[POINT_QUERIES];
	size_t in_batch = 0;

	sink->known = sink->facts->n_links;
	for (size_t i = 0; i < n; i++) {
		kn_req_getlink(&reqs[in_batch++], NULL, indexes[i]);
		if (in_batch < POINT_QUERIES && i + 1 < n)
			continue;
		if (ask(nl, reqs, in_batch, sink, err) < 0)
			return -1;
		in_batch = 0;
	}
	return 0;
}

static int read_bridge_ports(struct kn_nl *nl, const struct kn_link *bridge, struct sink *sink,
			     struct kn_error *err)
{
	int indexes[KN_BRIDGE_PORTS] = {0};
	int n = kn_bridge_port_indexes(nl, &bridge->name, indexes);

	if (n < 0 || n > PORT_QUERIES)
		return dump(nl, sink, err);
	return query_ports(nl, indexes, (size_t)n, sink, err);
}

/* Only for bridges and bonds named by the caller; those found as masters are not opened up. */
static int read_ports(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err)
{
	size_t named = facts->n_links;

	for (size_t i = 0; i < named; i++) {
		/* A copy: the list moves when it grows. */
		struct kn_link link = facts->links[i];
		struct sink sink = {.facts = facts, .master = link.ifindex};

		if (link.kind == KN_LINK_BRIDGE && read_bridge_ports(nl, &link, &sink, err) < 0)
			return -1;
		if (link.kind == KN_LINK_BOND && dump(nl, &sink, err) < 0)
			return -1;
	}
	return 0;
}

/* One dump of all links, of which @bridges keeps bridges and their ports: a filtered dump for
 * bridges and one per bridge for its ports would walk the kernel's list once per bridge. */
static int read_bulk(struct kn_nl *nl, bool bridges, struct kn_facts *facts, struct kn_error *err)
{
	struct sink sink = {.facts = facts, .bridges = bridges};

	if (dump(nl, &sink, err) < 0)
		return -1;
	if (!sink.saw_any)
		return kn_fail(err, KN_ERR_SYSTEM, 0,
			       "cannot read the links: the kernel listed none, not even lo");
	return 0;
}

/* The master of facts->links[i], which is not in the list: its name, and with @keep all of it. */
static int read_master(struct kn_nl *nl, struct kn_facts *facts, size_t i, bool keep,
		       struct kn_error *err)
{
	struct sink sink = {.facts = facts, .known = facts->n_links};
	size_t before = facts->n_links;
	struct kn_req req;

	kn_req_getlink(&req, NULL, facts->links[i].master_index);
	req.on_msg = on_link;
	req.arg = &sink;
	int rc = kn_nl_transact(nl, &req, 1, err);
	if (!rc)
		rc = query_fail(&req, err);
	kn_req_done(&req);
	if (rc < 0 || facts->n_links == before)
		return rc;
	facts->links[i].master = facts->links[before].name;
	if (!keep)
		facts->n_links = before;
	return 0;
}

/* IFLA_MASTER is a number; people and plans use names. */
static int name_masters(struct kn_nl *nl, struct kn_facts *facts, bool keep, struct kn_error *err)
{
	struct kn_link_map map = {.facts = facts};
	size_t n = facts->n_links;

	for (size_t i = 0; i < n; i++) {
		int index = facts->links[i].master_index;
		const struct kn_link *master = index ? kn_link_by_index(&map, index) : NULL;

		if (master)
			facts->links[i].master = master->name;
		else if (index && read_master(nl, facts, i, keep, err) < 0)
			return -1;
		map.missed = 0; /* it may have been added */
	}
	return 0;
}

/* Remembers the last miss as well: routes and addresses of one foreign link come in a row. */
const struct kn_link *kn_link_by_index(struct kn_link_map *map, int ifindex)
{
	const struct kn_facts *facts = map->facts;

	if (!ifindex || ifindex == map->missed)
		return NULL;
	for (size_t i = 0; i < facts->n_links; i++) {
		size_t k = (map->hit + i) % facts->n_links;

		if (facts->links[k].ifindex == ifindex) {
			map->hit = k;
			return &facts->links[k];
		}
	}
	map->missed = ifindex;
	return NULL;
}

/* Only among the links that were read: nobody asks for one that is named by another alone. */
static void name_lowers(struct kn_facts *facts)
{
	struct kn_link_map map = {.facts = facts};

	for (size_t i = 0; i < facts->n_links; i++) {
		const struct kn_link *lower = kn_link_by_index(&map, facts->links[i].lower_index);

		if (lower)
			facts->links[i].lower = lower->name;
		lower = kn_link_by_index(&map, facts->links[i].primary_index);
		if (lower)
			facts->links[i].primary = lower->name;
		lower = kn_link_by_index(&map, facts->links[i].active_index);
		if (lower)
			facts->links[i].active = lower->name;
	}
}

static int on_name(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	return kn_link_parse(hdr, arg, err);
}

/* For the few links that routes and addresses mention and nobody asked for. */
int kn_nl_name_of(struct kn_nl *nl, struct kn_link_map *map, int ifindex, struct kn_ifname *ret,
		  struct kn_error *err)
{
	const struct kn_link *known = kn_link_by_index(map, ifindex);
	struct kn_link link = {0};
	struct kn_req req;

	if (!known && ifindex) {
		kn_req_getlink(&req, NULL, ifindex);
		req.on_msg = on_name;
		req.arg = &link;
		int rc = kn_nl_transact(nl, &req, 1, err);
		kn_req_done(&req);
		if (rc < 0)
			return -1;
	}
	*ret = known ? known->name : link.name;
	return 0;
}

/* Named links come first and in the order asked for; the rest follows in the kernel's order. */
int kn_read_links(struct kn_nl *nl, const struct kn_live_request *req, struct kn_facts *facts,
		  struct kn_error *err)
{
	if (read_named(nl, req, facts, err) < 0)
		return -1;
	if (req->ports && !req->all_bridges && !req->all_links && read_ports(nl, facts, err) < 0)
		return -1;
	if ((req->all_bridges || req->all_links) && read_bulk(nl, !req->all_links, facts, err) < 0)
		return -1;
	if (name_masters(nl, facts, req->ports, err) < 0)
		return -1;
	name_lowers(facts);
	for (size_t i = 0; i < facts->n_links; i++) {
		kn_link_read_sysfs(&facts->links[i]);
		if (req->speeds)
			kn_link_read_speed(&facts->links[i]);
	}
	return 0;
}

/* Nobody but the link above knows of it, so that all have to be looked at. */
int kn_read_uppers(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err)
{
	struct sink sink = {.facts = facts, .uppers = true};

	if (dump(nl, &sink, err) < 0)
		return -1;
	name_lowers(facts);
	return 0;
}

/* With more links than this to look at, one dump is cheaper. */
#define TOP_LINKS 64

static bool is_asked(const struct kn_link *link, enum kn_tops tops)
{
	if (link->kind == KN_LINK_TUN || link->kind == KN_LINK_LOOPBACK)
		return false;
	return tops == KN_TOPS_ALL ||
	       (tops == KN_TOPS_FREE && link->kind != KN_LINK_BRIDGE && !link->master_index);
}

int kn_read_tops(struct kn_nl *nl, enum kn_tops tops, struct kn_facts *facts, struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};
	struct sink sink = {.facts = facts, .known = facts->n_links, .uppers = true};
	bool told = true;
	size_t n = 0;

	for (size_t i = 0; told && i < sink.known; i++) {
		if (!is_asked(&facts->links[i], tops))
			continue;
		told = ++n <= TOP_LINKS;
		if (told && kn_link_tops(&facts->links[i], &names, &told, err) < 0)
			return -1;
	}
	if (!told)
		return kn_read_uppers(nl, facts, err);
	struct kn_live_request req = {.names = names.v, .n_names = names.n};
	struct kn_name_table seen KN_CLEANUP(kn_name_table_done) = {0};
	for (size_t i = 0; i < req.n_names; i += POINT_QUERIES)
		if (read_some(nl, &req, &seen, i, &sink, err) < 0)
			return -1;
	name_lowers(facts);
	return 0;
}
