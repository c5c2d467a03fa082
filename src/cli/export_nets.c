/* libvirt's networks as sections of an INI file. Layer: cli, pure.
 * A section is what applying it makes of it: each is read again as a file is, and its result held
 * against the network that is there, with the same decisions. One that is not the same is named. */
#include <stdlib.h>
#include <string.h>

#include "cli/export.h"
#include "cli/ini_spec.h"
#include "codec/netxml.h"
#include "plan/netresolve.h"
#include "plan/planner.h"

/* The text that was written, read again. */
struct copy {
	struct kn_ini ini;	 /* owned */
	struct kn_errors faults; /* owned */
	struct kn_parts parts;	 /* owned */
};

static void copy_done(struct copy *copy)
{
	kn_parts_done(&copy->parts);
	kn_errors_done(&copy->faults);
	kn_ini_done(&copy->ini);
}

static int read_copy(const struct kn_buf *text, struct copy *ret, struct kn_error *err)
{
	ret->parts.ini = &ret->ini;
	ret->parts.faults = &ret->faults;
	if (kn_ini_add(&ret->ini, "-", kn_buf_str(text), text->len, &ret->faults, err) < 0 ||
	    kn_parts_read(&ret->parts, err) < 0)
		return -1;
	return kn_parts_check(&ret->parts, err);
}

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
	if (kn_export_is_slow(&s->def->net)) {
		made.stp = true;
		made.delay_s = s->def->net.delay_s;
	}
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

/* Applied to what is there, it changes nothing. */
static int compare_here(const struct kn_state *state, const struct kn_spec *spec,
			struct kn_error *why, struct kn_error *err)
{
	struct kn_plan plan KN_CLEANUP(kn_plan_done) = {0};
	struct kn_inputs in = {.spec = spec,
			       .tree = &state->tree,
			       .confs = &state->confs,
			       .facts = &state->facts,
			       .nets = &state->nets,
			       .nics = &state->nics};

	if (kn_planner_run(&in, &plan, why) < 0)
		return against(why, err);
	if (!kn_plan_is_empty(&plan))
		kn_fail(why, KN_ERR_HOSTFILE, 0, "its section, applied, would change it");
	return 0;
}

/* What the file says of it, and nothing else, is the network that is there. @text: of the file,
 * with the section from @before on. */
static int compare(const struct subject *s, const struct kn_buf *text, size_t before,
		   struct kn_error *why, struct kn_error *err)
{
	struct copy copy KN_CLEANUP(copy_done) = {0};
	unsigned int line = 1;

	for (size_t i = 0; i < before; i++)
		line += kn_buf_str(text)[i] == '\n';
	if (read_copy(text, &copy, err) < 0)
		return -1;
	for (size_t i = 0; i < copy.faults.n; i++)
		if (copy.faults.v[i].line >= line) {
			*why = copy.faults.v[i];
			return 0;
		}
	const struct kn_part *part = copy.parts.n ? &copy.parts.v[copy.parts.n - 1] : NULL;
	if (!part || !part->cli.spec.network || part->section->line < line)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "no section can say it"), 0;
	if (compare_new(s, &part->cli.spec, why, err) < 0)
		return -1;
	return why->kind ? 0 : compare_here(s->state, &part->cli.spec, why, err);
}

/* ---- one network ---- */

/* Whether it runs now is not known from files: then it will when its daemon starts. */
static void put_running(const struct kn_vnets *nets, const struct kn_vnet *vnet, struct kn_buf *ret)
{
	if (!vnet->autostart)
		kn_export_key(ret, "autostart", "off");
	if (nets->offline ? !vnet->autostart : !vnet->active)
		kn_export_key(ret, "start", "off");
}

/* Appends its section to @text. *why: it cannot be. */
static int put_section(const struct kn_state *state, const struct kn_vnet *vnet,
		       struct kn_buf *text, struct kn_error *why, struct kn_error *err)
{
	struct kn_netdef def KN_CLEANUP(kn_netdef_done) = {0};
	struct subject s = {state, vnet, &def};
	struct kn_netname name;
	size_t before = text->len;

	if (!vnet->persistent)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "it has no definition that stays"), 0;
	if (kn_netname_parse(vnet->name, &name, why) < 0 ||
	    kn_netxml_parse(vnet->name, vnet->xml, strlen(vnet->xml), &def, why) < 0)
		return against(why, err);
	if (!def.mode_known)
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "kvmnet has no word for its mode"), 0;
	if (!kn_export_net_keys(&def.net, text))
		return kn_fail(why, KN_ERR_HOSTFILE, 0, "a text of it has more than one line"), 0;
	put_running(&state->nets, vnet, text);
	if (kn_buf_check(text, err) < 0)
		return -1;
	return compare(&s, text, before, why, err);
}

static int put_net(const struct kn_state *state, const struct kn_vnet *vnet, struct kn_buf *ret,
		   struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error why = {0};

	kn_buf_put(&text, kn_buf_str(ret), ret->len);
	if (put_section(state, vnet, &text, &why, err) < 0)
		return -1;
	if (!why.kind) {
		kn_buf_put(ret, kn_buf_str(&text) + ret->len, text.len - ret->len);
		return kn_buf_check(ret, err);
	}
	kn_buf_puts(ret, "\n# network ");
	kn_buf_put_escaped(ret, vnet->name, strlen(vnet->name));
	kn_buf_puts(ret, " is not in this file, and is kept as it is:\n# ");
	kn_buf_put_escaped(ret, why.message, strlen(why.message));
	kn_buf_puts(ret, "\n");
	return kn_buf_check(ret, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct kn_vnet *const *)a)->name,
		      (*(const struct kn_vnet *const *)b)->name);
}

int kn_export_nets(const struct kn_state *state, struct kn_buf *ret, struct kn_error *err)
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
