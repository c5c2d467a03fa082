/* The doctor: runs all rules, sorts and sifts what they found. Layer: plan, pure. */
#include "plan/doctor.h"

#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

void kn_doctor_found(struct kn_doctor *d, enum kn_check_id id, const char *object,
		     const char *detail)
{
	struct kn_buf o KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf t KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&o, object, strlen(object));
	kn_buf_put_escaped(&t, detail ? detail : "", detail ? strlen(detail) : 0);
	if (!d->failed && (kn_buf_check(&o, d->err) < 0 || kn_buf_check(&t, d->err) < 0 ||
			   kn_symptoms_add(d->ret, id, kn_buf_str(&o), kn_buf_str(&t), d->err) < 0))
		d->failed = true;
}

void kn_doctor_fix(struct kn_doctor *d, const struct kn_buf *text)
{
	struct kn_symptom *last = d->failed ? NULL : &d->ret->v[d->ret->n - 1];

	if (!last)
		return;
	char *copy = text->failed ? NULL : strdup(kn_buf_str(text));
	if (!copy) {
		kn_fail_nomem(d->err);
		d->failed = true;
		return;
	}
	free(last->fix);
	last->fix = copy;
}

void kn_doctor_fix_word(struct kn_doctor *d, const char *word, const char *name)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_symptom *last = d->failed ? NULL : &d->ret->v[d->ret->n - 1];
	const char *p = !last ? "" : last->fix ? last->fix : kn_check_at(last->id)->fix;
	size_t len = strlen(word);

	for (char before = ' '; *p; p++) {
		bool hit = !isalnum((unsigned char)before) && !strncmp(p, word, len) &&
			   !isalnum((unsigned char)p[len]);

		before = *p;
		if (!hit) {
			kn_buf_putc(&text, *p);
			continue;
		}
		kn_buf_put_escaped(&text, name, strlen(name));
		p += len - 1;
	}
	kn_doctor_fix(d, &text);
}

void kn_doctor_list(struct kn_buf *list, const char *name)
{
	kn_buf_printf(list, "%s%s", list->len ? ", " : "", name);
}

const struct kn_topo_node *kn_doctor_node(const struct kn_doctor *d, const struct kn_ifname *name)
{
	for (size_t i = 0; i < d->topo->n; i++)
		if (kn_ifname_eq(&d->topo->v[i].name, name))
			return &d->topo->v[i];
	return NULL;
}

const struct kn_topo_node *kn_doctor_port(const struct kn_doctor *d,
					  const struct kn_topo_node *bridge,
					  const struct kn_topo_node *last)
{
	size_t self = (size_t)(bridge - d->topo->v);

	/* Ports follow their bridge; what is no deeper than it ends them. */
	for (size_t i = last ? (size_t)(last - d->topo->v) + 1 : self + 1; i < d->topo->n; i++) {
		if (d->topo->v[i].depth <= bridge->depth)
			return NULL;
		if (d->topo->v[i].parent == self)
			return &d->topo->v[i];
	}
	return NULL;
}

bool kn_doctor_is_bridge(const struct kn_topo_node *node)
{
	return node->link && node->link->kind == KN_LINK_BRIDGE;
}

const struct kn_laddr *kn_doctor_global(const struct kn_topo_node *node)
{
	for (size_t i = 0; i < node->n_addrs; i++)
		if (!kn_ip_is_link_local(&node->addrs[i]->addr.ip) &&
		    !kn_ip_is_loopback(&node->addrs[i]->addr.ip))
			return node->addrs[i];
	return NULL;
}

const struct kn_route *kn_doctor_default(const struct kn_doctor *d, enum kn_family family)
{
	const struct kn_routes *routes = &d->ev->facts->routes;
	const struct kn_route *best = NULL;

	for (size_t i = 0; i < routes->n; i++) {
		const struct kn_route *route = &routes->v[i];

		if (kn_route_is_default(route) && route->dst.ip.family == family &&
		    route->table == RT_TABLE_MAIN && route->type == RTN_UNICAST &&
		    (!best || route->metric < best->metric))
			best = route;
	}
	return best;
}

/* ---- all ---- */

static int by_number(const void *a, const void *b)
{
	const struct kn_symptom *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	int r = strcmp(x->object, y->object);
	return r ? r : strcmp(x->detail, y->detail);
}

/* Is @word the name of the bridge or of a port of it? */
static bool concerns(const struct kn_doctor *d, const struct kn_topo_node *bridge, const char *word)
{
	if (!strcmp(bridge->name.s, word))
		return true;
	for (const struct kn_topo_node *port = kn_doctor_port(d, bridge, NULL); port;
	     port = kn_doctor_port(d, bridge, port))
		if (!strcmp(port->name.s, word))
			return true;
	return bridge->net && !strcmp(bridge->net->net.name.s, word);
}

/* What of the host may be anybody's. */
static bool is_of_all(enum kn_check_id id)
{
	return id == KN_CHECK_UNREAD || id == KN_CHECK_UNFINISHED || id == KN_CHECK_PENDING;
}

static void sift(struct kn_doctor *d, const struct kn_ifname *only)
{
	const struct kn_topo_node *bridge = kn_doctor_node(d, only);
	size_t kept = 0;

	for (size_t i = 0; i < d->ret->n; i++) {
		struct kn_symptom *item = &d->ret->v[i];

		if (bridge && (is_of_all(item->id) || concerns(d, bridge, item->object) ||
			       concerns(d, bridge, item->detail))) {
			d->ret->v[kept++] = *item;
			continue;
		}
		free(item->object);
		free(item->detail);
		free(item->fix);
	}
	d->ret->n = kept;
}

int kn_doctor_judge(const struct kn_evidence *evidence, const struct kn_ifname *only,
		    struct kn_symptoms *ret, struct kn_error *err)
{
	struct kn_topo topo KN_CLEANUP(kn_topo_done) = {0};
	struct kn_doctor d = {.ev = evidence, .topo = &topo, .ret = ret, .err = err};

	if (kn_topo_make(evidence->confs, evidence->facts, &evidence->wiring, &topo, err) < 0)
		return -1;
	if (evidence->facts->live) {
		kn_doctor_bridges(&d);
		kn_doctor_filter(&d);
	}
	kn_doctor_ip(&d);
	kn_doctor_files(&d);
	kn_doctor_guests(&d);
	if (d.failed)
		return -1;
	if (only)
		sift(&d, only);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_number);
	return 0;
}
