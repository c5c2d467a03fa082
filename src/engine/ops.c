/* Operations given to their participants, forwards and back. Layer: engine, effects. */
#include "engine/change.h"
#include "sys/netfiles.h"
#include "sys/sys.h"

static void tell(const struct kn_change *change, size_t i)
{
	const struct kn_engine *engine = change->engine;

	if (engine->on_op)
		engine->on_op(change->plan, i, engine->on_op_arg);
}

int kn_sweep(struct kn_engine *engine, struct kn_error *err)
{
	struct kn_live *live = engine->live;

	return live && live->sweep ? live->sweep(live, err) : 0;
}

/* The host does without what a dead process has left from here on, and not before. */
static bool sweep_is_due(const struct kn_change *change, size_t i)
{
	const struct kn_plan *plan = change->plan;

	return !change->swept && (i == plan->n_ops || plan->ops[i].phase == KN_PHASE_FINISH);
}

static int sweep_when_due(struct kn_change *change, size_t i, struct kn_error *err)
{
	if (!sweep_is_due(change, i))
		return 0;
	change->swept = true;
	return kn_sweep(change->engine, err);
}

/* First index after @i whose operation has another participant, or waits for the sweep. */
static size_t run_end(const struct kn_change *change, size_t i)
{
	const struct kn_plan *plan = change->plan;
	enum kn_participant by = kn_op_info(plan->ops[i].kind)->participant;
	size_t end = i + 1;

	while (by == KN_BY_LIVE && end < plan->n_ops && !sweep_is_due(change, end) &&
	       kn_op_info(plan->ops[end].kind)->participant == by)
		end++;
	return end;
}

/* A request to end is heard between participants, where everything can still be put back. */
static int check_interrupted(struct kn_error *err)
{
	int number = kn_signals_take();

	if (!number)
		return 0;
	return kn_fail(err, KN_ERR_SYSTEM, 0, "interrupted by signal %d (%s)", number,
		       kn_signal_name(number));
}

/* The interface whose client an operation is about. */
static const struct kn_ifname *served_by(const struct kn_op *op)
{
	return op->kind == KN_OP_DHCP_MOVE ? &op->other : &op->dev;
}

/* The client that runs now is not the process that ran before. */
static int find_and_exec(struct kn_engine *engine, const struct kn_op *op, struct kn_error *err)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};
	const struct kn_ifname *served = served_by(op);

	if (kn_names_add(&names, served, err) < 0 || kn_dhcp_find(&names, &facts, err) < 0)
		return -1;
	return kn_dhcp_exec(engine->root, op, kn_facts_client(&facts, served), err);
}

/* A client that an operation before has moved is not where it was when the host was looked at. */
static int run_dhcp(struct kn_change *change, const struct kn_op *op, struct kn_error *err)
{
	const struct kn_ifname *served = served_by(op);
	const struct kn_dhcp_client *client = kn_facts_client(&change->state->facts, served);

	if (op->kind == KN_OP_LEFT_DNSMASQ)
		return kn_nethost_end(change->engine->root, op, err);
	if (!client && op->kind != KN_OP_DHCP_START)
		return find_and_exec(change->engine, op, err);
	return kn_dhcp_exec(change->engine->root, op, client, err);
}

/* Operations @i to @end, all of one participant. */
static int run_some(struct kn_change *change, size_t i, size_t end, struct kn_error *err)
{
	struct kn_engine *engine = change->engine;
	const struct kn_op *op = &change->plan->ops[i];
	int r = 0;

	switch (kn_op_info(op->kind)->participant) {
	case KN_BY_FILES:
		change->done[i] = true;
		break;
	case KN_BY_LIVE:
		r = engine->live->exec(engine->live, op, end - i, change->done + i, err);
		break;
	case KN_BY_DHCP:
		r = run_dhcp(change, op, err);
		change->done[i] = r == 0;
		break;
	case KN_BY_VIRT:
		r = engine->virt->exec(engine->virt, op, 1, change->done + i, err);
		break;
	}
	return r;
}

/* ---- how far it has come ---- */

/* The steps of a change; files are told of where they are written, and a way back not at all. */
struct steps {
	const struct kn_progress *to; /* NULL: nobody */
	size_t done, total;
	struct kn_progress slice; /* for a participant that gets several at once */
};

static void tell_slice(enum kn_progress_part part, size_t done, size_t total, void *arg)
{
	const struct steps *steps = arg;

	(void)total;
	kn_progress_tell(steps->to, part, steps->done + done, steps->total);
}

static bool is_step(const struct kn_op *op)
{
	return kn_op_info(op->kind)->participant != KN_BY_FILES;
}

static void steps_begin(struct steps *steps, const struct kn_change *change)
{
	const struct kn_plan *plan = change->plan;
	struct kn_live *live = change->engine->live;

	*steps = (struct steps){.to = change->verify ? change->engine->progress : NULL};
	steps->slice = (struct kn_progress){tell_slice, steps};
	for (size_t i = 0; steps->to && i < plan->n_ops; i++)
		steps->total += is_step(&plan->ops[i]);
	if (live)
		live->progress = steps->to ? &steps->slice : NULL;
}

/* Operations from @i up to @end are done. */
static void steps_advance(struct steps *steps, const struct kn_plan *plan, size_t i, size_t end)
{
	if (!is_step(&plan->ops[i]))
		return;
	steps->done += end - i;
	if (end == plan->n_ops || plan->ops[end].phase != KN_PHASE_SWITCH)
		kn_progress_tell(steps->to, KN_PROGRESS_STEPS, steps->done, steps->total);
}

static int run_all(struct kn_change *change, struct steps *steps, struct kn_error *err)
{
	const struct kn_plan *plan = change->plan;

	for (size_t i = 0, end; i < plan->n_ops; i = end) {
		/* a way back is not broken off */
		if (change->verify && check_interrupted(err) < 0)
			return -1;
		if (sweep_when_due(change, i, err) < 0)
			return -1;
		end = run_end(change, i);
		for (size_t k = i; k < end; k++)
			tell(change, k);
		if (run_some(change, i, end, err) < 0)
			return -1;
		steps_advance(steps, plan, i, end);
	}
	return sweep_when_due(change, plan->n_ops, err);
}

int kn_ops_run(struct kn_change *change, struct kn_error *err)
{
	struct kn_live *live = change->engine->live;
	struct steps steps;

	steps_begin(&steps, change);
	int r = run_all(change, &steps, err);
	if (live)
		live->progress = NULL;
	return r;
}

const struct kn_op *kn_ops_left(const struct kn_plan *plan)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (kn_op_info(plan->ops[i].kind)->participant != KN_BY_DHCP)
			return &plan->ops[i];
	return NULL;
}

void kn_ops_undo(struct kn_change *change, bool kernel)
{
	struct kn_engine *engine = change->engine;

	for (size_t i = change->plan->n_ops; i-- > 0;) {
		struct kn_error ignored = {0};
		struct kn_op inverse;
		bool done = false;

		if (!change->done[i] || !kn_op_inverse(&change->plan->ops[i], &inverse))
			continue;
		switch (kn_op_info(inverse.kind)->participant) {
		case KN_BY_FILES:
			break;
		case KN_BY_LIVE:
			if (kernel)
				(void)engine->live->exec(engine->live, &inverse, 1, &done,
							 &ignored);
			break;
		case KN_BY_DHCP:
			if (kernel)
				(void)find_and_exec(engine, &inverse, &ignored);
			break;
		case KN_BY_VIRT:
			(void)engine->virt->exec(engine->virt, &inverse, 1, &done, &ignored);
			break;
		}
	}
}
