/* A plan, its result or its failure as one JSON document.
 * Layer: cli, pure. Fields and codes are an interface: they are never renamed or translated. */
#include "cli/view_json.h"
#include "codec/udiff.h"
#include "kvmnet/text.h"

/* Every document names its schema first, so that a consumer can choose its reader. */
int kn_view_json_new(const struct kn_view_opts *opts, struct kn_json **ret, struct kn_error *err)
{
	struct kn_buf schema KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_view_schema(&schema, opts);
	if (kn_buf_check(&schema, err) < 0 || kn_json_new(ret, err) < 0)
		return -1;
	kn_json_str(*ret, "schema", kn_buf_str(&schema));
	return 0;
}

/* Our structs write "not set" as ""; in JSON that would be a value. */
void kn_view_json_word(struct kn_json *json, const char *key, const char *str)
{
	kn_json_str(json, key, str && *str ? str : NULL);
}

/* What counts from 1: 0 is "unknown", or "none". */
static void put_number(struct kn_json *json, const char *key, unsigned int value)
{
	if (value)
		kn_json_int(json, key, value);
	else
		kn_json_null(json, key);
}

void kn_view_json_error(struct kn_json *json, const struct kn_error *failure)
{
	kn_json_object(json, NULL);
	kn_json_str(json, "code", kn_error_kind_word(failure->kind));
	kn_json_int(json, "exit_code", kn_error_exit_code(failure));
	kn_view_json_word(json, "rule", failure->rule);
	kn_json_str(json, "message", failure->message);
	kn_view_json_word(json, "hint", failure->hint);
	kn_json_str(json, "host", kn_host_word(kn_error_host(failure)));
	kn_view_json_word(json, "file", failure->file);
	put_number(json, "line", failure->line);
	put_number(json, "column", failure->column);
	kn_json_end(json);
}

/* An array, also for one: a file's faults are told all at once. */
void kn_view_json_errors(struct kn_json *json, const struct kn_error *failure)
{
	kn_json_array(json, "errors");
	if (failure && failure->kind != KN_ERR_NONE)
		kn_view_json_error(json, failure);
	kn_json_end(json);
}

/* Content and diff are both given: who only shows the change needs no diff library, who
 * checks it needs no patch. */
int kn_view_json_file(struct kn_json *json, const struct kn_filechg *chg, struct kn_error *err)
{
	struct kn_buf diff KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (kn_udiff(chg, 3, &diff, err) < 0 || kn_buf_check(&diff, err) < 0)
		return -1;
	kn_json_object(json, NULL);
	kn_json_str(json, "path", chg->path);
	if (chg->before_present)
		kn_json_bytes(json, "before", chg->before, chg->before_len);
	else
		kn_json_null(json, "before");
	if (chg->after_present)
		kn_json_bytes(json, "after", chg->after, chg->after_len);
	else
		kn_json_null(json, "after");
	kn_json_bytes(json, "diff", kn_buf_str(&diff), diff.len);
	kn_json_end(json);
	return 0;
}

/* With a failure before planning there is no plan: the arrays are there, and empty, so that
 * no consumer has to test for them. */
static int put_files(struct kn_json *json, const struct kn_plan *plan, struct kn_error *err)
{
	kn_json_array(json, "files");
	for (size_t i = 0; plan && i < plan->files.n; i++)
		if (!plan->files.v[i].is_state &&
		    kn_view_json_file(json, &plan->files.v[i], err) < 0)
			return -1;
	kn_json_end(json);
	return 0;
}

static const char *phase_word(enum kn_phase phase)
{
	switch (phase) {
	case KN_PHASE_FILES:
		return "files";
	case KN_PHASE_PREPARE:
		return "prepare";
	case KN_PHASE_SWITCH:
		return "switch";
	case KN_PHASE_FINISH:
		return "finish";
	}
	return "unknown";
}

/* "op" is the code to program against, "text" the line that the dry run shows. */
static int put_step(struct kn_json *json, const struct kn_plan *plan, const struct kn_op *op,
		    size_t n, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &text);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	kn_json_object(json, NULL);
	kn_json_int(json, "n", (int64_t)n);
	kn_json_str(json, "op", kn_op_info(op->kind)->word);
	kn_json_str(json, "phase", phase_word(op->phase));
	kn_view_json_word(json, "section", op->section ? plan->sections.v[op->section - 1] : "");
	kn_view_json_word(json, "device", op->dev.s);
	if (kn_op_info(op->kind)->participant == KN_BY_VIRT || op->kind == KN_OP_LEFT_DNSMASQ)
		kn_json_str(json, "network", op->net.name);
	kn_json_str(json, "text", kn_buf_str(&text));
	kn_json_bool(json, "interrupts", kn_op_info(op->kind)->interrupts);
	kn_json_end(json);
	return 0;
}

/* Live steps, numbered as in the text; what happens to files stands in files[]. */
static int put_steps(struct kn_json *json, const struct kn_plan *plan, struct kn_error *err)
{
	size_t n = 0;

	kn_json_array(json, "steps");
	for (size_t i = 0; plan && i < plan->n_ops; i++)
		if (plan->ops[i].kind != KN_OP_FILE &&
		    put_step(json, plan, &plan->ops[i], ++n, err) < 0)
			return -1;
	kn_json_end(json);
	return 0;
}

/* The text is the same as in the dry run, with its line breaks. */
static void put_notes(struct kn_json *json, const struct kn_plan *plan)
{
	kn_json_array(json, "notes");
	for (size_t i = 0; plan && i < plan->n_notes; i++) {
		bool warning = plan->notes[i].level == KN_NOTE_WARNING;

		kn_json_object(json, NULL);
		kn_json_str(json, "level", warning ? "warning" : "info");
		kn_json_str(json, "text", plan->notes[i].text);
		kn_json_end(json);
	}
	kn_json_end(json);
}

/* In a dry run: whether the command would change something. */
static bool is_changed(const struct kn_plan *plan, const struct kn_error *failure)
{
	if (failure && failure->kind != KN_ERR_NONE)
		return kn_error_host(failure) != KN_HOST_UNCHANGED &&
		       kn_error_host(failure) != KN_HOST_PUT_BACK;
	return plan && !kn_plan_is_empty(plan);
}

/* One document whatever happened: result, dry run and failure differ in values, not in form. All of
 * it but errors[]. */
static int put_body(struct kn_json *json, const struct kn_plan *plan,
		    const struct kn_error *failure, const struct kn_view_opts *opts,
		    struct kn_error *err)
{
	kn_json_bool(json, "changed", is_changed(plan, failure));
	kn_json_bool(json, "dry_run", opts->dry_run);
	put_number(json, "change", plan ? plan->number : 0);
	put_number(json, "pending_s", opts->pending_s);
	kn_view_json_word(json, "backend", plan ? plan->backend : NULL);
	kn_view_json_word(json, "bridge", plan ? plan->bridge.s : NULL);
	kn_view_json_word(json, "network", plan ? plan->network : NULL);
	if (put_files(json, plan, err) < 0 || kn_view_json_networks(json, plan, err) < 0 ||
	    put_steps(json, plan, err) < 0)
		return -1;
	put_notes(json, plan);
	return 0;
}

int kn_view_plan_json(const struct kn_plan *plan, const struct kn_error *failure,
		      const struct kn_view_opts *opts, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0 || put_body(json, plan, failure, opts, err) < 0)
		return -1;
	kn_view_json_errors(json, failure);
	return kn_json_finish(json, ret, err);
}

int kn_view_error_json(const struct kn_error *failure, const struct kn_view_opts *opts,
		       struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0)
		return -1;
	kn_view_json_errors(json, failure);
	return kn_json_finish(json, ret, err);
}

int kn_view_errors_json(const struct kn_errors *failures, const struct kn_view_opts *opts,
			struct kn_buf *ret, struct kn_error *err)
{
	struct kn_json *json KN_CLEANUP(kn_json_freep) = NULL;

	if (kn_view_json_new(opts, &json, err) < 0 || put_body(json, NULL, NULL, opts, err) < 0)
		return -1;
	kn_json_array(json, "errors");
	for (size_t i = 0; i < failures->n; i++)
		kn_view_json_error(json, &failures->v[i]);
	kn_json_end(json);
	return kn_json_finish(json, ret, err);
}
