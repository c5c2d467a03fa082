/* A plan as text: the dry run, and the short report after a change.
 * Layer: cli, pure. */
#include <string.h>

#include "cli/view_text.h"
#include "codec/udiff.h"
#include "kvmnet/text.h"

enum { CONTEXT_LINES = 3 };

/* Files are shown as diffs; a step is what happens in the running system. */
static size_t count_steps(const struct kn_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n_ops; i++)
		n += plan->ops[i].kind != KN_OP_FILE;
	return n;
}

/* Records of kvmnet's own go along and are not shown. */
static size_t count_files(const struct kn_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->files.n; i++)
		n += !plan->files.v[i].is_state;
	return n;
}

/* "2 files, 5 live steps"; what there is none of is left out. Below a root nothing is live: what is
 * done besides are libvirt's files. */
static void put_counts(struct kn_buf *ret, const struct kn_view_opts *opts, const char *before,
		       const struct kn_plan *plan)
{
	size_t files = count_files(plan), steps = count_steps(plan);

	if (files)
		kn_buf_printf(ret, "%s%zu file%s", before, files, files == 1 ? "" : "s");
	if (steps)
		kn_buf_printf(ret, "%s%zu %s step%s", files ? ", " : before, steps,
			      opts->root ? "libvirt" : "live", steps == 1 ? "" : "s");
}

/* Names the backend: where the files go decides who reads them after a reboot. */
static void put_headline(struct kn_buf *ret, const struct kn_view_opts *opts,
			 const struct kn_plan *plan)
{
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_buf_printf(ret, "Plan (%s",
		      plan->backend  ? plan->backend
		      : plan->nets.n ? "libvirt"
				     : "kernel only");
	if (opts->root) {
		kn_buf_puts(ret, " under ");
		kn_view_escaped(ret, opts, opts->root);
	}
	put_counts(ret, opts, ", ", plan);
	kn_buf_puts(ret, ")");
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, '\n');
}

/* @line of a diff, which is host data: on a terminal no control byte may work. Tabs may, and
 * diff's own "\ No newline" keeps its backslash. */
static void put_safe_line(struct kn_buf *ret, const char *line, size_t len)
{
	if (len > 0 && line[0] == '\\') {
		kn_buf_putc(ret, *line++);
		len--;
	}
	while (len > 0) {
		const char *tab = memchr(line, '\t', len);
		size_t n = tab ? (size_t)(tab - line) : len;

		kn_buf_put_escaped(ret, line, n);
		if (tab)
			kn_buf_putc(ret, '\t');
		n += tab != NULL;
		line += n;
		len -= n;
	}
}

/* By place, not by text: a removed line "-- x" begins with "---" as well. */
static const char *diff_style(size_t line_no, char first)
{
	if (line_no < 2)
		return KN_STYLE_BOLD;
	if (first == '-')
		return KN_STYLE_RED;
	if (first == '+')
		return KN_STYLE_GREEN;
	return first == '@' ? KN_STYLE_CYAN : NULL;
}

/* For eyes, coloured or not (NO_COLOR). Into a pipe the same bytes may go to patch, and are left
 * alone. */
static void put_shown_diff(struct kn_buf *ret, const struct kn_view_opts *opts,
			   const struct kn_buf *diff)
{
	const char *line = kn_buf_str(diff), *end = line + diff->len;

	for (size_t i = 0; line < end; i++) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = nl ? (size_t)(nl - line) : (size_t)(end - line);
		const char *style = diff_style(i, *line);

		if (style)
			kn_view_style(ret, opts, style);
		put_safe_line(ret, line, len);
		if (style)
			kn_view_plain(ret, opts);
		kn_buf_putc(ret, '\n');
		line += len + (nl != NULL);
	}
}

static void put_diff_text(struct kn_buf *ret, const struct kn_view_opts *opts,
			  const struct kn_buf *diff)
{
	if (opts->color || opts->terminal)
		put_shown_diff(ret, opts, diff);
	else
		kn_buf_put(ret, kn_buf_str(diff), diff->len);
}

static int put_net_diff(struct kn_buf *ret, const struct kn_view_opts *opts,
			const struct kn_netchg *chg, struct kn_error *err)
{
	struct kn_buf diff KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_view_net_diff(chg, &diff, err) < 0 || kn_buf_check(&diff, err) < 0)
		return -1;
	put_diff_text(ret, opts, &diff);
	return 0;
}

/* Both names are the host's own path, without --root: `patch -p1 -d ROOT` takes it. */
int kn_view_diff(struct kn_buf *ret, const struct kn_view_opts *opts, const struct kn_filechg *chg,
		 struct kn_error *err)
{
	struct kn_buf diff KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_udiff(chg, CONTEXT_LINES, &diff, err) < 0 || kn_buf_check(&diff, err) < 0)
		return -1;
	put_diff_text(ret, opts, &diff);
	/* A file without a byte has no lines to show, but it is a change. */
	if (diff.len == 0) {
		kn_buf_puts(ret, chg->after_present ? "new empty file " : "remove empty file ");
		kn_view_escaped(ret, opts, chg->path);
		kn_buf_putc(ret, '\n');
	}
	return 0;
}

/* Which part of a description the lines below it come from, where there are several. */
static void put_section(struct kn_buf *ret, const struct kn_view_opts *opts,
			const struct kn_plan *plan, unsigned int now, unsigned int *last)
{
	if (plan->sections.n < 2 || now == *last)
		return;
	*last = now;
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_buf_puts(ret, plan->sections.v[now - 1]);
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, '\n');
}

static int put_diffs(struct kn_buf *ret, const struct kn_view_opts *opts,
		     const struct kn_plan *plan, struct kn_error *err)
{
	unsigned int last = 0;

	for (size_t i = 0; i < plan->files.n; i++) {
		if (plan->files.v[i].is_state)
			continue;
		put_section(ret, opts, plan, plan->files.v[i].section, &last);
		if (kn_view_diff(ret, opts, &plan->files.v[i], err) < 0)
			return -1;
	}
	for (size_t i = 0; i < plan->nets.n; i++) {
		put_section(ret, opts, plan, plan->nets.v[i].section, &last);
		if (put_net_diff(ret, opts, &plan->nets.v[i], err) < 0)
			return -1;
	}
	return 0;
}

/* Numbered through all phases: "it failed at step 7" must be found here. */
static void put_steps(struct kn_buf *ret, const struct kn_view_opts *opts,
		      const struct kn_plan *plan)
{
	unsigned int last = 0;
	size_t n = 0;

	if (count_steps(plan) == 0)
		return;
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	kn_buf_puts(ret, opts->root ? "libvirt's files:" : "Live:");
	kn_view_plain(ret, opts);
	kn_buf_putc(ret, '\n');
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct kn_op *op = &plan->ops[i];

		if (op->kind == KN_OP_FILE)
			continue;
		put_section(ret, opts, plan, op->section, &last);
		kn_buf_printf(ret, "%3zu  ", ++n);
		kn_op_describe(op, ret);
		if (opts->verbose && kn_op_info(op->kind)->interrupts)
			kn_buf_puts(ret, " (can interrupt traffic)");
		kn_buf_putc(ret, '\n');
	}
}

/* The last line is the answer to the reader's next question; it comes after the warnings, so
 * that nobody copies the command without having passed them. */
static int put_dry_run(struct kn_buf *ret, const struct kn_view_opts *opts,
		       const struct kn_plan *plan, struct kn_error *err)
{
	put_headline(ret, opts, plan);
	if (put_diffs(ret, opts, plan, err) < 0)
		return -1;
	put_steps(ret, opts, plan);
	kn_view_notes(ret, opts, plan);
	if (opts->command && (!strcmp(opts->command, "diff") || !strcmp(opts->command, "check")))
		kn_buf_printf(ret,
			      "Nothing was changed. To apply: the same command with apply instead "
			      "of %s.\n",
			      opts->command);
	else
		kn_buf_puts(ret, "Nothing was changed. To apply: the same command without "
				 "--dry-run.\n");
	return 0;
}

/* Past tense and the bridge's name first; for a port the name of its bridge is what is known
 * here, as a plan without live steps does not name the port. */
static void put_done(struct kn_buf *ret, const struct kn_view_opts *opts,
		     const struct kn_plan *plan)
{
	static const struct {
		const char *before, *after;
	} words[] = {
		[KN_BRIDGE_CREATE] = {"", " created"},
		[KN_BRIDGE_SET] = {"", " changed"},
		[KN_BRIDGE_DELETE] = {"", " deleted"},
		[KN_PORT_ADD] = {"port added to ", ""},
		[KN_PORT_SET] = {"port changed on ", ""},
		[KN_PORT_REMOVE] = {"port removed from ", ""},
		[KN_NET_CREATE] = {"network ", " created"},
		[KN_NET_DELETE] = {"network ", " deleted"},
		[KN_NET_HOST_ADD] = {"fixed lease added to network ", ""},
		[KN_NET_HOST_REMOVE] = {"fixed lease removed from network ", ""},
		[KN_BOND_CREATE] = {"bond ", " made"},
		[KN_VLAN_CREATE] = {"VLAN ", " made"},
		[KN_BOND_RELEASE] = {"port taken out of ", ""},
		[KN_LINK_DELETE] = {"", " deleted"},
		[KN_APPLY] = {"", "the file's description applied"},
	};
	bool known = plan->verb == KN_NET_CREATE && plan->nets.n && plan->nets.v[0].before;

	if (plan->undoes) {
		kn_buf_printf(ret, "change %u undone", plan->undoes);
		return;
	}
	kn_buf_puts(ret, words[plan->verb].before);
	kn_view_escaped(ret, opts, plan->network ? plan->network : plan->bridge.s);
	kn_buf_puts(ret, known ? " changed" : words[plan->verb].after);
}

/* Short: the admin asked for this change and has read the plan. -v tells it again. */
static void put_report(struct kn_buf *ret, const struct kn_view_opts *opts,
		       const struct kn_plan *plan)
{
	kn_view_style(ret, opts, KN_STYLE_BOLD);
	put_done(ret, opts, plan);
	kn_view_plain(ret, opts);
	put_counts(ret, opts, ": ", plan);
	kn_buf_putc(ret, '\n');
	for (size_t i = 0; opts->verbose && i < plan->files.n; i++) {
		kn_buf_puts(ret, "  ");
		kn_view_path(ret, opts, plan->files.v[i].path);
		kn_buf_putc(ret, '\n');
	}
	if (opts->verbose)
		put_steps(ret, opts, plan);
	kn_view_notes(ret, opts, plan);
}

/* Notes stand below "nothing to do" as well: a warning does not depend on a change. */
int kn_view_plan(const struct kn_plan *plan, const struct kn_view_opts *opts, struct kn_buf *ret,
		 struct kn_error *err)
{
	if (kn_plan_is_empty(plan)) {
		kn_buf_puts(ret, "nothing to do\n");
		kn_view_notes(ret, opts, plan);
	} else if (!opts->dry_run) {
		put_report(ret, opts, plan);
	} else if (put_dry_run(ret, opts, plan, err) < 0) {
		return -1;
	}
	return kn_buf_check(ret, err);
}
