/* `kvmnet show` as the source of a drawing: graphviz or mermaid.
 * Layer: cli, pure. Both are 7-bit text: what a name has beyond is escaped. */
#include <string.h>

#include "cli/view_text.h"
#include "cli/view_topo.h"

struct graph {
	const struct kn_topo *topo;
	bool dot;
	struct kn_buf *ret;
};

/* Inside quotes. Source: graphviz "The DOT Language" (\" only; a backslash is doubled to stay one);
 * mermaid's entity codes (#quot;), as it takes labels for HTML. */
static void put_text(const struct graph *g, const char *str)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_view_opts ascii = {0};

	kn_view_escaped(&text, &ascii, str);
	for (const char *p = kn_buf_str(&text); *p; p++)
		if (g->dot && (*p == '"' || *p == '\\'))
			kn_buf_printf(g->ret, "\\%c", *p);
		else if (!g->dot && strchr("\"<>&#`", *p))
			kn_buf_printf(g->ret, "#%d;", *p);
		else
			kn_buf_putc(g->ret, *p);
}

static void put_break(const struct graph *g)
{
	kn_buf_puts(g->ret, g->dot ? "\\n" : "<br>");
}

static void put_label(const struct graph *g, const struct kn_topo_node *node)
{
	const char *kind = kn_topo_kind_word(node);
	char text[KN_CIDR_STRLEN];

	put_text(g, node->name.s);
	put_break(g);
	if (kind) {
		put_text(g, kind);
		kn_buf_putc(g->ret, ' ');
	}
	if (node->link && node->link->vlan_id)
		kn_buf_printf(g->ret, "%u ", node->link->vlan_id);
	kn_buf_puts(g->ret, kn_topo_state_word(g->topo, node));
	if (node->net) {
		put_break(g);
		kn_buf_puts(g->ret, "libvirt ");
		put_text(g, node->net->net.name.s);
	}
	for (size_t i = 0; i < node->n_addrs; i++)
		if (!kn_ip_is_link_local(&node->addrs[i]->addr.ip)) {
			put_break(g);
			put_text(g, kn_cidr_fmt(&node->addrs[i]->addr, text));
		}
	for (size_t i = 0; i < node->n_leases; i++) {
		put_break(g);
		kn_buf_printf(g->ret, "%s (lease)", kn_ip_fmt(&node->leases[i].ip, text));
	}
	if (node->diffs.n) {
		put_break(g);
		put_text(g, "differs from ");
		put_text(g, kn_topo_file(node) ? kn_topo_file(node) : "its file");
	}
}

static void put_node(const struct graph *g, size_t i)
{
	const struct kn_topo_node *node = &g->topo->v[i];

	kn_buf_printf(g->ret, g->dot ? "  n%zu [label=\"" : "  n%zu[\"", i);
	put_label(g, node);
	if (!g->dot)
		kn_buf_puts(g->ret, "\"]\n");
	else
		kn_buf_printf(g->ret, "\"%s];\n", node->link ? "" : ", style=dashed");
}

/* A guest with several NICs is one box: the first of its nodes draws it. */
static size_t guest_of(const struct kn_topo *topo, size_t i)
{
	const struct kn_guest_nic *self = topo->v[i].guest;

	for (size_t k = 0; k < i; k++) {
		const struct kn_guest_nic *nic = topo->v[k].guest;

		if (nic && nic->pid == self->pid &&
		    (self->pid || (nic->guest && !strcmp(nic->guest, self->guest))))
			return k;
	}
	return i;
}

static void put_edge(const struct graph *g, const char *from, size_t a, const char *to, size_t b)
{
	kn_buf_printf(g->ret, g->dot ? "  %s%zu -- %s%zu;\n" : "  %s%zu --- %s%zu\n", from, a, to,
		      b);
}

static void put_guest(const struct graph *g, size_t i)
{
	const struct kn_guest_nic *nic = g->topo->v[i].guest;
	size_t box = guest_of(g->topo, i);

	if (box == i) {
		kn_buf_printf(g->ret, g->dot ? "  g%zu [shape=box3d, label=\"VM " : "  g%zu([\"VM ",
			      i);
		if (nic->guest)
			put_text(g, nic->guest);
		else
			kn_buf_printf(g->ret, "(process %d)", nic->pid);
		kn_buf_puts(g->ret, g->dot ? "\"];\n" : "\"])\n");
	}
	put_edge(g, "n", i, "g", box);
}

/* A VLAN hangs on its device as well as on its bridge. */
static void put_lower(const struct graph *g, size_t i)
{
	const struct kn_link *link = g->topo->v[i].link;

	if (!link || !kn_ifname_is_set(&link->lower))
		return;
	for (size_t k = 0; k < g->topo->n; k++)
		if (kn_ifname_eq(&g->topo->v[k].name, &link->lower)) {
			put_edge(g, "n", k, "n", i);
			return;
		}
}

/* From the cable to the guest: a port that leads out stands before its bridge. */
static void put_master(const struct graph *g, size_t i)
{
	const struct kn_topo_node *node = &g->topo->v[i];
	bool below = node->uplink || (node->parent != KN_TOPO_TOP && node->depth > 1);

	if (node->parent == KN_TOPO_TOP)
		return;
	put_edge(g, "n", below ? i : node->parent, "n", below ? node->parent : i);
}

int kn_view_topo_graph(const struct kn_topo *topo, enum kn_topo_format format, struct kn_buf *ret,
		       struct kn_error *err)
{
	struct graph g = {.topo = topo, .dot = format == KN_TOPO_DOT, .ret = ret};

	kn_buf_puts(ret, g.dot ? "graph kvmnet {\n  rankdir=LR;\n  node [shape=box];\n"
			       : "flowchart LR\n");
	for (size_t i = 0; i < topo->n; i++)
		put_node(&g, i);
	for (size_t i = 0; i < topo->n; i++) {
		put_master(&g, i);
		put_lower(&g, i);
		if (topo->v[i].guest)
			put_guest(&g, i);
	}
	if (g.dot)
		kn_buf_puts(ret, "}\n");
	return kn_buf_check(ret, err);
}
