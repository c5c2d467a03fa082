/* What a running network can take over of a changed definition without a restart.
 * Layer: codec, pure. Source: libvirt's virNetworkUpdate(), src/conf/network_conf.c: which sections
 * it knows, and src/network/bridge_driver.c: which of them it carries out. */
#include "codec/netxml_priv.h"
#include "kvmnet/virt.h"

#include <string.h>

/* Elements that can be added to and removed from a running network. */
static const struct {
	const char *parent, *name;
	enum kn_net_section section;
} live_rows[] = {
	{"dhcp", "range", KN_NETSEC_DHCP_RANGE},
	{"dhcp", "host", KN_NETSEC_DHCP_HOST},
	{"dns", "host", KN_NETSEC_DNS_HOST},
	{"dns", "txt", KN_NETSEC_DNS_TXT},
	{"dns", "srv", KN_NETSEC_DNS_SRV},
	{"network", "portgroup", KN_NETSEC_PORTGROUP},
	{"forward", "interface", KN_NETSEC_FORWARD_IF},
};

/* Words about a network that change nothing of how it runs. */
static const char *const quiet[] = {"title", "description", "metadata"};

struct compare {
	const struct kn_xml *x;
	struct kn_netchg *chg;
	struct kn_error *err;
	bool restart; /* something else differs */
	bool failed;
};

static bool is_node(const xmlNode *node)
{
	return node->type == XML_ELEMENT_NODE;
}

/* Row of live_rows; -1 = none. */
static int live_row(const xmlNode *node)
{
	for (size_t i = 0; i < sizeof(live_rows) / sizeof(*live_rows); i++)
		if (kn_xml_is(node, live_rows[i].name) &&
		    kn_xml_is(node->parent, live_rows[i].parent))
			return (int)i;
	return -1;
}

static bool is_quiet(const xmlNode *node)
{
	for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++)
		if (kn_xml_is(node, quiet[i]) && kn_xml_is(node->parent, "network"))
			return true;
	return false;
}

static xmlNode *next_node(xmlNode *node)
{
	while (node && !is_node(node))
		node = node->next;
	return node;
}

/* Of those compared one by one: neither live nor quiet. */
static xmlNode *next_fixed(xmlNode *node)
{
	for (node = next_node(node); node; node = next_node(node->next))
		if (live_row(node) < 0 && !is_quiet(node))
			return node;
	return NULL;
}

static bool same_ns(const xmlNs *a, const xmlNs *b)
{
	if (!a || !b)
		return a == b;
	return !strcmp((const char *)a->href, (const char *)b->href);
}

static const char *attr_text(const xmlAttr *attr)
{
	return attr->children && attr->children->content ? (const char *)attr->children->content
							 : "";
}

static bool has_attr(const xmlNode *node, const xmlAttr *attr)
{
	for (const xmlAttr *at = node->properties; at; at = at->next)
		if (!strcmp((const char *)at->name, (const char *)attr->name) &&
		    same_ns(at->ns, attr->ns))
			return !strcmp(attr_text(at), attr_text(attr));
	return false;
}

static bool same_attrs(const xmlNode *a, const xmlNode *b)
{
	size_t n_a = 0, n_b = 0;

	for (const xmlAttr *at = a->properties; at; at = at->next, n_a++)
		if (!has_attr(b, at))
			return false;
	for (const xmlAttr *at = b->properties; at; at = at->next)
		n_b++;
	return n_a == n_b;
}

/* Name, attributes and text; the text only of elements without elements, where it means something.
 */
static bool same_self(struct compare *c, const xmlNode *a, const xmlNode *b)
{
	struct kn_buf text_a KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf text_b KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (strcmp((const char *)a->name, (const char *)b->name) != 0 || !same_attrs(a, b))
		return false;
	if (next_node(a->children) || next_node(b->children))
		return true;
	kn_xml_text(a, &text_a);
	kn_xml_text(b, &text_b);
	c->failed |= text_a.failed || text_b.failed;
	return !strcmp(kn_buf_str(&text_a), kn_buf_str(&text_b));
}

/* The whole element, in the same order throughout. */
static bool same_tree(struct compare *c, xmlNode *a, xmlNode *b)
{
	xmlNode *x = next_node(a->children), *y = next_node(b->children);

	if (!same_self(c, a, b))
		return false;
	for (; x && y; x = next_node(x->next), y = next_node(y->next))
		if (!same_tree(c, x, y))
			return false;
	return !x && !y;
}

/* Does @list (a parent's children) hold an element that is the same as @node? */
static bool holds(struct compare *c, xmlNode *list, xmlNode *node)
{
	for (xmlNode *n = next_node(list); n; n = next_node(n->next))
		if (same_tree(c, n, node))
			return true;
	return false;
}

/* Index of the <ip> that @node lies in, -1 = in none. */
static int32_t parent_index(const xmlNode *node)
{
	const xmlNode *ip = node->parent->parent;
	int32_t index = 0;

	if (!ip || !kn_xml_is(ip, "ip"))
		return -1;
	for (const xmlNode *n = ip->prev; n; n = n->prev)
		index += kn_xml_is(n, "ip");
	return index;
}

static void add_update(struct compare *c, xmlNode *node, bool is_new)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_netupd update = {.section = live_rows[live_row(node)].section,
				   .parent = parent_index(node)};

	if (c->failed || kn_xml_put(c->x, node, &text, c->err) < 0 ||
	    kn_buf_check(&text, c->err) < 0) {
		c->failed = true;
		return;
	}
	/* One line where it is one: it is shown as a step. */
	if (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	*(is_new ? &update.after : &update.before) = text.data;
	if (kn_netchg_update(c->chg, &update, c->err) < 0)
		c->failed = true;
}

/* Live elements below @from that the counterpart @to has not. */
static void add_missing(struct compare *c, xmlNode *from, xmlNode *to, bool is_new)
{
	for (xmlNode *n = next_node(from->children); n; n = next_node(n->next))
		if (live_row(n) >= 0 && !(to && holds(c, to->children, n)))
			add_update(c, n, is_new);
}

/* <dns> and <dhcp> that only hold live elements: libvirt makes and drops them with those. */
static bool is_frame(xmlNode *node)
{
	return node && (kn_xml_is(node, "dns") || kn_xml_is(node, "dhcp")) && !node->properties &&
	       !next_fixed(node->children);
}

/* A frame that only one side has. Return: the next of its siblings. */
static xmlNode *skip_frame(struct compare *c, xmlNode *frame, bool is_wanted, bool is_new)
{
	if (is_wanted)
		add_missing(c, frame, NULL, is_new);
	return next_fixed(frame->next);
}

/* One and the same element of both sides, also of a foreign namespace (dnsmasq:options). */
static bool is_pair(const xmlNode *a, const xmlNode *b)
{
	return !strcmp((const char *)a->name, (const char *)b->name) && same_ns(a->ns, b->ns);
}

static void walk(struct compare *c, xmlNode *old, xmlNode *new, bool is_new);

static void walk_children(struct compare *c, xmlNode *a, xmlNode *b, bool is_new)
{
	while (a || b) {
		bool pair = a && b && is_pair(a, b);

		if (pair) {
			walk(c, a, b, is_new);
			a = next_fixed(a->next);
			b = next_fixed(b->next);
		} else if (is_frame(a)) {
			a = skip_frame(c, a, !is_new, is_new);
		} else if (is_frame(b)) {
			b = skip_frame(c, b, is_new, is_new);
		} else {
			c->restart = true;
			return;
		}
	}
}

/* One side's elements at a time. */
static void walk(struct compare *c, xmlNode *old, xmlNode *new, bool is_new)
{
	if (!same_self(c, old, new))
		c->restart = true;
	add_missing(c, is_new ? new : old, is_new ? old : new, is_new);
	walk_children(c, next_fixed(old->children), next_fixed(new->children), is_new);
}

int kn_netxml_live(struct kn_netchg *chg, bool *ret_restart, struct kn_error *err)
{
	struct kn_xml x;
	struct compare c = {.x = &x, .chg = chg, .err = err};
	xmlDoc *old = NULL, *new = NULL;

	if (kn_xml_load(&x, err) < 0 ||
	    kn_xml_parse(&x, chg->name, chg->before, strlen(chg->before), &old, err) < 0)
		return -1;
	if (kn_xml_parse(&x, chg->name, chg->after, strlen(chg->after), &new, err) < 0) {
		x.xmlFreeDoc(old);
		return -1;
	}
	/* What is gone first: an address that moves from one entry to another is free by then. */
	walk(&c, x.xmlDocGetRootElement(old), x.xmlDocGetRootElement(new), false);
	walk(&c, x.xmlDocGetRootElement(old), x.xmlDocGetRootElement(new), true);
	x.xmlFreeDoc(old);
	x.xmlFreeDoc(new);
	if (c.failed)
		return kn_fail_nomem(err);
	*ret_restart = c.restart;
	return 0;
}
