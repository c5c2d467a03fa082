/* libvirt's networks as sections of an INI file. Layer: cli, pure.
 * A section is what applying it makes of it: each is read again as a file is, and its result held
 * against the network that is there, with the same decisions. One that is not the same is named. */
#include <stdlib.h>
#include <string.h>

#include "cli/export.h"
#include "codec/netxml.h"
#include "plan/netresolve.h"
#include "plan/planner.h"

/* A network, and what was read of it. All borrowed. */
struct subject {
	const struct kn_state *state;
	const struct kn_vnet *vnet;
	const struct kn_netdef *def;
};

/* ---- is it the same? ---- */

/* Each tells in *why what is against it; its .kind NONE: nothing. Return: 0; -1 with KN_ERR_NOMEM.
 */
static int against(struct kn_error *why, struct kn_error *err)
{
	return why->kind == KN_ERR_NOMEM ? kn_fail_nomem(err) : 0;
}

/* A definition says things that no key has: they would be missing where the file makes it anew. */
static int say_others(const struct kn_netdef *def, struct kn_error *why, struct kn_error *err)
{
	struct kn_buf list KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < def->others.n && i < 3; i++) {
		kn_buf_puts(&list, i ? ", " : "");
		kn_buf_put_escaped(&list, def->others.v[i], strnlen(def->others.v[i], 60));
	}
	if (def->others.n)
		kn_fail(why, KN_ERR_HOSTFILE, 0, "no key can say its %s%s", kn_buf_str(&list),
			def->others.n > 3 ? ", ..." : "");
	else
		kn_fail(why, KN_ERR_HOSTFILE, 0, "its section would give another definition");
	return kn_buf_check(&list, err);
}

/* Made anew from its section alone, it says the same. */
static int compare_new(const struct subject *s, const struct kn_spec *spec, struct kn_error *why,
		       struct kn_error *err)
{
	struct kn_network made KN_CLEANUP(kn_network_done) = {0};
	struct kn_plan notes KN_CLEANUP(kn_plan_done) = {0};
	struct kn_takens taken KN_CLEANUP(kn_takens_done) = {0};
	struct kn_names links KN_CLEANUP(kn_names_done) = {0};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf one KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf other KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_netinputs in = {.want = spec->network,
				  .taken = &taken,
				  .links = &links,
				  .target = s->state->nets.version};

	if (kn_network_resolve(&in, &made, &notes, why) < 0)
		return against(why, err);
	if (kn_netxml_emit(&made, &text, why) < 0 ||
	    kn_netxml_canonical("the section", kn_buf_str(&text), text.len, true, &one, why) < 0 ||
	    kn_netxml_canonical(s->vnet->name, s->vnet->xml, strlen(s->vnet->xml), true, &other,
				why) < 0)
		return against(why, err);
	if (kn_buf_check(&text, err) < 0 || kn_buf_check(&one, err) < 0 ||
	    kn_buf_check(&other, err) < 0)
		return -1;
	return strcmp(kn_buf_str(&one), kn_buf_str(&other)) != 0 ? say_others(s->def, why, err) : 0;
}

/* Applied to what is there, it changes nothing. Of the networks this one alone is looked at, or a
 * host with many would be read as often: sections are held against each other when all are there.
 */
static int compare_here(const struct subject *s, const struct kn_spec *spec, struct kn_error *why,
			struct kn_error *err)
{
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	const struct kn_state *state = s->state;
	struct kn_vnet alone = *s->vnet; /* borrows everything */
	struct kn_vnets nets = state->nets;
	struct kn_inputs in = {.spec = spec,
			       .tree = &state->tree,
			       .confs = &state->confs,
			       .facts = &state->facts,
			       .nets = &nets,
			       .nics = &state->nics};

	nets.v = &alone;
	nets.n = 1;
	if (kn_planner_run(&in, &plan, why) < 0)
		return against(why, err);
	if (!kn_plan_is_empty(&plan))
		kn_fail(why, KN_ERR_HOSTFILE, 0, "its section, applied, would change it");
	return 0;
}

/* What its section says, and nothing else, is the network that is there. */
static int compare(const struct subject *s, const struct kn_doc *doc, struct kn_error *why,
		   struct kn_error *err)
{
	struct kn_copy copy KN_CLEANUP(kn_copy_done) = {0};

	if (kn_doc_read_last(doc, &copy, err) < 0)
		return -1;
	if (copy.faults.n) {
		*why = copy.faults.v[0];
		return 0;
	}
	if (!copy.parts.n || !copy.parts.v[0].cli.spec.network)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "no section can say it"), 0;
	if (compare_new(s, &copy.parts.v[0].cli.spec, why, err) < 0)
		return -1;
	return why->kind ? 0 : compare_here(s, &copy.parts.v[0].cli.spec, why, err);
}

/* ---- one network ---- */

/* Whether it runs now is not known from files: then it will when its daemon starts. */
static void put_running(const struct kn_vnets *nets, const struct kn_vnet *vnet, struct kn_doc *ret)
{
	if (!vnet->autostart)
		kn_doc_key(ret, "autostart", "off");
	if (nets->offline ? !vnet->autostart : !vnet->active)
		kn_doc_key(ret, "start", "off");
}

/* Begins its section. *why: it cannot be one. */
static int put_section(const struct kn_state *state, const struct kn_vnet *vnet, struct kn_doc *doc,
		       struct kn_error *why, struct kn_error *err)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct subject s = {state, vnet, &def};
	bool read = kn_netxml_parse(vnet->name, vnet->xml, strlen(vnet->xml), &def, why) == 0;
	bool nat = read && def.mode_known && def.net.mode == KN_NETMODE_NAT;

	if (kn_doc_begin(doc, nat ? "nat" : "network", vnet->name, err) < 0)
		return -1;
	if (!vnet->persistent)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "it has no definition that stays"), 0;
	if (!read)
		return against(why, err);
	if (!def.mode_known)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "kvmnet has no word for its mode"), 0;
	kn_export_net_keys(&def.net, doc);
	put_running(&state->nets, vnet, doc);
	return kn_doc_is_refused(doc) ? 0 : compare(&s, doc, why, err);
}

static int put_net(const struct kn_state *state, const struct kn_vnet *vnet, struct kn_doc *doc,
		   struct kn_error *err)
{
	struct kn_error why = {0};

	if (put_section(state, vnet, doc, &why, err) < 0)
		return -1;
	if (why.kind)
		kn_doc_refuse(doc, doc->n - 1, why.message);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct kn_vnet *const *)a)->name,
		      (*(const struct kn_vnet *const *)b)->name);
}

int kn_export_nets(const struct kn_state *state, struct kn_doc *ret, struct kn_error *err)
{
	const struct kn_vnet **sorted = calloc(state->nets.n + 1, sizeof(*sorted));
	int r = 0;

	if (!sorted)
		return kn_fail_nomem(err);
	for (size_t i = 0; i < state->nets.n; i++)
		sorted[i] = &state->nets.v[i];
	qsort(sorted, state->nets.n, sizeof(*sorted), by_name);
	for (size_t i = 0; r == 0 && i < state->nets.n; i++)
		r = put_net(state, sorted[i], ret, err);
	free(sorted);
	return r;
}
