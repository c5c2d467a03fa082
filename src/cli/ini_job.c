/* Files understood, and the change they ask for. Layer: cli, effects (reads files, and the host
 * where a section asks for its uplink). */
#include "cli/ini_job.h"

#include <stdlib.h>
#include <string.h>

#include "sys/input.h"

void kn_job_done(struct kn_job *job)
{
	free(job->specs);
	kn_strv_done(&job->titles);
	kn_names_done(&job->unplanned);
	kn_parts_done(&job->parts);
	kn_errors_done(&job->faults);
	kn_ini_done(&job->ini);
}

/* One of a folder that cannot be read: the others are looked at, and what it may have said is not
 * missed in them. */
static int skip_file(struct kn_job *job, struct kn_error *err)
{
	struct kn_error why = *err;

	*err = (struct kn_error){0};
	job->ini.partial = true;
	return kn_errors_add(&job->faults, &why, err);
}

int kn_job_load(const char *path, struct kn_job *job, struct kn_error *err)
{
	struct kn_strv files = {0};
	int r = kn_input_list(path, &files, err);

	for (size_t i = 0; r == 0 && i < files.n; i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		r = kn_input_read(files.v[i], KN_INI_MAX, &text, err);
		if (r < 0 && err->kind != KN_ERR_NOMEM && files.n > 1)
			r = skip_file(job, err);
		else if (r == 0)
			r = kn_ini_add(&job->ini, files.v[i], kn_buf_str(&text), text.len,
				       &job->faults, err);
	}
	kn_strv_done(&files);
	if (r == 0 && job->ini.n == 0 && job->faults.n == 0) {
		kn_fail(err, KN_ERR_INPUT, 0, "%s describes nothing: it has no section",
			strcmp(path, "-") != 0 ? path : "standard input");
		return kn_hint(err, "begin with a section: [bridge br0]");
	}
	return r;
}

/* Who is asked for the uplink, and for which description. */
struct asker {
	struct kn_world world;
	const struct kn_job *job;
	bool prune;
};

static bool describes(const struct kn_job *job, const struct kn_ifname *name)
{
	for (size_t i = 0; i < job->parts.n; i++)
		if (kn_ifname_eq(&job->parts.v[i].cli.spec.bridge, name))
			return true;
	return false;
}

/* A bridge that --prune is to remove gives the uplink back to the port below it. */
static int find_uplink(const struct kn_ifname *bridge, struct kn_ifname *ret, void *arg,
		       struct kn_error *err)
{
	struct asker *asker = arg;
	struct kn_ifname dev, port;
	struct kn_error ignored = {0};

	if (kn_engine_uplink(&asker->world.engine, bridge, &dev, err) < 0)
		return -1;
	if (asker->prune && !describes(asker->job, &dev) &&
	    kn_engine_uplink(&asker->world.engine, &dev, &port, &ignored) == 0 &&
	    !describes(asker->job, &port))
		dev = port;
	*ret = dev;
	return 0;
}

/* The host is looked at only where the file asks for it, and not for a file with faults. */
static int name_uplinks(const struct kn_run *run, struct kn_job *job, struct kn_error *err)
{
	struct asker asker = {.job = job, .prune = run->cli->spec.prune};
	bool asked = false;

	for (size_t i = 0; i < job->parts.n; i++)
		asked |= job->parts.v[i].cli.uplink;
	if (!asked || job->faults.n)
		return 0;
	if (kn_world_open(run, &asker.world, err) < 0)
		return -1;
	int r = kn_parts_uplinks(&job->parts, find_uplink, &asker, err);
	kn_world_close(&asker.world);
	return r;
}

int kn_job_understand(const struct kn_run *run, struct kn_job *job, struct kn_error *err)
{
	job->parts.ini = &job->ini;
	job->parts.faults = &job->faults;
	job->parts.how = &run->cli->spec;
	if (kn_parts_read(&job->parts, err) < 0 || name_uplinks(run, job, err) < 0)
		return -1;
	return kn_parts_check(&job->parts, err);
}

/* ---- the change ---- */

int kn_job_tell(struct kn_job *job, const struct kn_errors *found, struct kn_error *err)
{
	for (size_t i = 0; i < found->n && job->faults.n < KN_INI_FAULTS_MAX; i++) {
		const struct kn_error *fault = &found->v[i];
		bool placed = fault->part && !fault->file[0]; /* else it has a place of its own */
		int r = placed ? kn_part_fault_said(&job->parts, &job->parts.v[fault->part - 1],
						    fault, err)
			       : kn_errors_add(&job->faults, fault, err);

		if (r < 0)
			return -1;
	}
	return 0;
}

/* "[bridge br0] (host.conf:12)". Return: borrowed from the job; NULL with *err. */
static const char *title_of(struct kn_job *job, const struct kn_ini_section *section,
			    struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *path = strcmp(section->path, "-") != 0 ? section->path : "standard input";

	kn_buf_puts(&text, "[");
	kn_buf_put_escaped(&text, section->title, strlen(section->title));
	kn_buf_puts(&text, "] (");
	kn_buf_put_escaped(&text, path, strlen(path));
	kn_buf_printf(&text, ":%u)", section->line);
	if (kn_buf_check(&text, err) < 0 || kn_strv_add(&job->titles, kn_buf_str(&text), err) < 0)
		return NULL;
	return job->titles.v[job->titles.n - 1];
}

/* What the command line says of the whole change holds for every part. */
static int add_spec(const struct kn_spec *how, const struct kn_part *part, struct kn_job *job,
		    struct kn_error *err)
{
	struct kn_spec spec = part->cli.spec;

	/* Which port @uplink is, was not asked for in a file with faults. */
	if (part->broken || (job->faults.n && part->cli.uplink))
		return kn_ifname_is_set(&spec.bridge)
			       ? kn_names_add(&job->unplanned, &spec.bridge, err)
			       : 0;
	spec.number = (unsigned int)(part - job->parts.v) + 1;
	spec.reader = how->reader;
	spec.force = how->force;
	spec.no_live = how->no_live;
	spec.no_persist = how->no_persist;
	spec.no_splice = how->no_splice;
	spec.confirm_s = how->confirm_s;
	spec.can_ask = how->can_ask;
	spec.backend_given = how->backend_given;
	spec.asked_at = title_of(job, part->section, err);
	if (!spec.asked_at)
		return -1;
	job->specs[job->n++] = spec;
	return 0;
}

static int add_specs(const struct kn_spec *how, enum kn_verb verb, struct kn_job *job,
		     struct kn_error *err)
{
	for (size_t i = 0; i < job->parts.n; i++) {
		const struct kn_part *part = &job->parts.v[i];

		if (!kn_part_is(part, "host") && part->cli.spec.verb == verb &&
		    add_spec(how, part, job, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_stacked(const struct kn_part *part)
{
	return kn_part_is(part, "bond") || kn_part_is(part, "vlan") || kn_part_is(part, "bridge");
}

/* Bridges stand on VLANs, VLANs on bonds: what is below comes first. */
static int add_links(const struct kn_spec *how, struct kn_job *job, struct kn_error *err)
{
	size_t most = 0;

	for (size_t depth = 0; depth <= most; depth++)
		for (size_t i = 0; i < job->parts.n; i++) {
			const struct kn_part *part = &job->parts.v[i];
			size_t own;

			if (!is_stacked(part))
				continue;
			own = job->stacked ? kn_part_depth(&job->parts, part) : 0;
			if (own > most)
				most = own;
			if (own == depth && add_spec(how, part, job, err) < 0)
				return -1;
		}
	return 0;
}

/* [host] says how, unless the command line does. */
static void add_host(const struct kn_job *job, struct kn_spec *how)
{
	for (size_t i = 0; i < job->parts.n; i++) {
		const struct kn_spec *host = &job->parts.v[i].cli.spec;

		if (strcmp(job->parts.v[i].section->kind, "host") != 0)
			continue;
		if (!how->reader)
			how->reader = host->reader;
		if (!how->confirm_s && !how->no_live)
			how->confirm_s = host->confirm_s;
		if (!how->reach.n && !how->no_live)
			how->reach = host->reach;
	}
}

/* Links, then options of bridges' ports, then what guests connect to. */
int kn_job_specs(struct kn_spec *how, struct kn_job *job, struct kn_error *err)
{
	static const enum kn_verb order[] = {KN_PORT_SET, KN_NET_CREATE};

	job->specs = calloc(job->parts.n + 1, sizeof(*job->specs));
	if (!job->specs)
		return kn_fail_nomem(err);
	add_host(job, how);
	for (size_t i = 0; i < job->parts.n; i++)
		job->stacked |= kn_verb_is_link(job->parts.v[i].cli.spec.verb);
	if (add_links(how, job, err) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (add_specs(how, order[i], job, err) < 0)
			return -1;
	how->verb = KN_APPLY;
	how->parts = job->specs;
	how->n_parts = job->n;
	how->unplanned = &job->unplanned;
	return 0;
}
