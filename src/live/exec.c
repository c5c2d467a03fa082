/* Execution: contiguous operations of one phase become one datagram; what is more than a message
 * stands alone. The kernel goes on after a failed message, so every answer is looked at.
 * Layer: live, effects. */
#include <errno.h>
#include <linux/if_link.h>
#include <string.h>

#include "kvmnet/text.h"
#include "live/nl.h"

/* Outcome of a run of operations. */
struct run {
	struct kn_nl *nl;
	const struct kn_op *ops; /* borrowed, all of them */
	size_t n;
	bool *done;
};

/* One that the kernel has made goes with its address in some cases, and by its lifetime. */
static bool is_kernels_route6(const struct kn_op *op)
{
	return op->route.dst.ip.family == KN_IPV6 && op->route.proto == RTPROT_KERNEL;
}

/* Without IPv6 there is nothing to generate addresses for; and the kernel forgets neighbours and
 * routes of its own, so that one may be gone before it is to go. */
static bool is_fine(const struct kn_op *op, const struct kn_req *req)
{
	return !req->error || (op->kind == KN_OP_ADDR_GEN && req->error == EAFNOSUPPORT) ||
	       (op->kind == KN_OP_NEIGH_DEL && req->error == ENOENT) ||
	       (op->kind == KN_OP_ROUTE_DEL && req->error == ESRCH && is_kernels_route6(op));
}

static bool makes_link(enum kn_op_kind kind)
{
	return kind == KN_OP_BRIDGE_ADD || kind == KN_OP_BOND_ADD || kind == KN_OP_VLAN_ADD;
}

static bool ends_link(enum kn_op_kind kind)
{
	return kind == KN_OP_LINK_DEL || kind == KN_OP_BOND_DEL || kind == KN_OP_VLAN_DEL;
}

/* A kernel without bridges, or built without one of the options. */
static int unsupported(const struct kn_op *op, struct kn_error *err)
{
	const struct kn_opts *opts =
		op->kind == KN_OP_BRIDGE_ADD ? &op->bridge.opts : &op->opts.now;

	err->kind = KN_ERR_UNSUPPORTED;
	if (op->kind == KN_OP_BOND_ADD || op->kind == KN_OP_VLAN_ADD)
		return kn_hint(err,
			       "this kernel has no %s: load the module \"%s\" (modprobe %s), "
			       "or write the files only with --no-live",
			       op->kind == KN_OP_BOND_ADD ? "bonds" : "VLANs",
			       op->kind == KN_OP_BOND_ADD ? "bonding" : "8021q",
			       op->kind == KN_OP_BOND_ADD ? "bonding" : "8021q");
	if (op->kind == KN_OP_PORT_OPTS)
		return kn_hint(err, "this kernel does not know one of the options: leave it out");
	if (kn_opts_get(opts, KN_BROPT_VLAN_FILTERING, 0))
		return kn_hint(err, "this kernel may be built without VLAN filtering: leave "
				    "--vlan-filtering out");
	return kn_hint(err, "the kernel has no bridge support: load the module \"bridge\"");
}

/* The kernel refused: which operation, on what, in its own words. */
static int op_fail(const struct kn_op *op, const struct kn_req *req, struct kn_error *err)
{
	struct kn_buf what KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &what);
	kn_req_fail(req, kn_buf_str(&what), err);
	if (req->error == EOPNOTSUPP &&
	    (makes_link(op->kind) || op->kind == KN_OP_BRIDGE_OPTS || op->kind == KN_OP_PORT_OPTS))
		return unsupported(op, err);
	/* One in another network namespace is not to be seen from here. */
	if (req->error == EBUSY && op->kind == KN_OP_LINK_MASTER)
		return kn_hint(err,
			       "something stands on %s already and takes its frames, a container's "
			       "macvlan, say: end that first",
			       op->dev.s);
	return -1;
}

/* Puts the operation's name before an error that knows only the detail. */
static int op_wrap(const struct kn_op *op, struct kn_error *err)
{
	struct kn_buf what KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_op_describe(op, &what);
	return kn_wrap(err, "cannot %s", kn_buf_str(&what));
}

/* Best effort, for parts of an operation that fails as a whole. */
static void send_quietly(struct kn_nl *nl, struct kn_req *req)
{
	struct kn_error ignored;

	(void)!kn_nl_transact(nl, req, 1, &ignored);
	kn_req_done(req);
}

/* The kernel sets several options one by one and stops at the first bad one, without undoing the
 * others: an operation that is reported as not done must not be half done. */
static void take_back(struct kn_nl *nl, const struct kn_op *op)
{
	struct kn_error ignored;
	struct kn_req req;
	int dev;

	if ((op->kind != KN_OP_BRIDGE_OPTS && op->kind != KN_OP_PORT_OPTS &&
	     op->kind != KN_OP_BOND_OPTS) ||
	    kn_nl_index(nl, &op->dev, &dev, &ignored) < 0)
		return;
	if (op->kind == KN_OP_BRIDGE_OPTS)
		kn_req_bridge_opts(&req, dev, &op->opts.before);
	else if (op->kind == KN_OP_BOND_OPTS)
		kn_req_bond_opts(&req, dev, &op->opts.before);
	else
		kn_req_port_opts(&req, dev, &op->opts.before);
	send_quietly(nl, &req);
}

/* Second half of a creation. By index, and only now: by name behind the creation it would hit
 * somebody else's bridge when the creation failed. */
static int finish_bridge_add(struct kn_nl *nl, const struct kn_op *op, int ifindex,
			     struct kn_error *err)
{
	struct kn_req req;

	if (ifindex ? kn_nl_remember(nl, &op->dev, ifindex, err)
		    : kn_nl_index(nl, &op->dev, &ifindex, err))
		return -1;
	if (!op->bridge.mtu)
		return 0;
	kn_req_link_u32(&req, ifindex, IFLA_MTU, op->bridge.mtu);
	int rc = kn_nl_transact(nl, &req, 1, err);
	if (!rc && req.error)
		rc = op_fail(op, &req, err);
	kn_req_done(&req);
	if (rc < 0) {
		kn_req_link_del(&req, ifindex);
		send_quietly(nl, &req);
		kn_nl_forget(nl, &op->dev);
	}
	return rc;
}

/* Takes the answers in order. Return: 0; -1 with the first failure. */
static int take_answers(struct run *run, struct kn_error *err)
{
	struct kn_nl *nl = run->nl;
	int rc = 0;

	for (size_t k = 0; k < nl->n_batch; k++) {
		const struct kn_req *req = &nl->batch[k];
		const struct kn_op *op = &run->ops[req->op];
		bool first = k == 0 || nl->batch[k - 1].op != req->op;

		if (req->optional)
			continue;
		run->done[req->op] = is_fine(op, req) && (first || run->done[req->op]);
		if (!is_fine(op, req) && rc == 0)
			rc = op_fail(op, req, err);
		if (ends_link(op->kind) && run->done[req->op])
			kn_nl_forget(nl, &op->dev);
	}
	return rc;
}

/* What a batch leaves to do: half done options, and the creation that ends it. */
static int finish_batch(struct run *run, size_t from, size_t to, struct kn_error *err)
{
	const struct kn_op *last = &run->ops[to - 1];
	int ifindex = run->nl->batch[run->nl->n_batch - 1].ifindex;
	bool created = last->kind == KN_OP_BRIDGE_ADD && run->done[to - 1];

	kn_batch_clear(run->nl);
	for (size_t i = from; i < to; i++)
		if (!run->done[i])
			take_back(run->nl, &run->ops[i]);
	if (!created)
		return 0;
	run->done[to - 1] = finish_bridge_add(run->nl, last, ifindex, err) == 0;
	return run->done[to - 1] ? 0 : -1;
}

/* An answer was lost, and with it the knowledge of what happened: read back. */
static int read_back(struct run *run, size_t from, size_t to, const struct kn_error *lost,
		     struct kn_error *err)
{
	int rc = 0;

	kn_batch_clear(run->nl);
	for (size_t i = from; i < to; i++) {
		const struct kn_op *op = &run->ops[i];

		run->done[i] = kn_op_holds(run->nl, op);
		if (op->kind == KN_OP_BRIDGE_ADD && run->done[i])
			run->done[i] =
				finish_bridge_add(run->nl, op, 0, &(struct kn_error){0}) == 0;
		if (run->done[i] || rc < 0)
			continue;
		*err = *lost;
		rc = op_wrap(op, err);
	}
	return rc;
}

/* Sends the batch that holds operations @from up to @to. */
static int flush(struct run *run, size_t from, size_t to, struct kn_error *err)
{
	struct kn_nl *nl = run->nl;
	struct kn_error later = {0};

	if (from == to)
		return 0;
	if (kn_nl_transact(nl, nl->batch, nl->n_batch, err) < 0) {
		struct kn_error lost = *err;

		return read_back(run, from, to, &lost, err);
	}
	int rc = take_answers(run, err);
	if (finish_batch(run, from, to, rc < 0 ? &later : err) < 0)
		rc = -1;
	return rc;
}

/* One datagram's worth from @from on. Return: the index behind it, or -1 through *rc. */
static size_t exec_batch(struct run *run, size_t from, int *rc, struct kn_error *err)
{
	size_t i = from;
	struct kn_error bad = {0};

	run->nl->n_batch = 0;
	/* Never across phases: an operation that prepares must be able to stop the switch. */
	while (i < run->n && run->ops[i].phase == run->ops[from].phase &&
	       kn_op_is_message(run->ops[i].kind) && run->nl->n_batch + KN_OP_REQS <= KN_NL_BATCH) {
		size_t before = run->nl->n_batch;

		if (kn_batch_add(run->nl, i, &run->ops[i], &bad) < 0) {
			run->nl->n_batch = before;
			op_wrap(&run->ops[i], &bad);
			break;
		}
		i++;
		/* What follows a creation needs the new link's index; the port that was active
		 * leaves only once another one is. */
		if (makes_link(run->ops[i - 1].kind) || ends_link(run->ops[i - 1].kind) ||
		    run->ops[i - 1].kind == KN_OP_BOND_ACTIVE)
			break;
	}
	*rc = flush(run, from, i, err);
	if (*rc == 0 && bad.kind) {
		*err = bad;
		*rc = -1;
	}
	return i;
}

/* What is more than a message; kinds that other participants execute never get here. */
static int exec_single(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	switch ((int)op->kind) {
	case KN_OP_CONF_COPY:
		return kn_conf_copy(nl, op, err);
	case KN_OP_ACCEPT_RA:
		return kn_sysctl6_write(&op->dev, "accept_ra", op->num.now, err);
	case KN_OP_DISABLE_IPV6:
		return kn_sysctl6_write(&op->dev, "disable_ipv6", op->num.now, err);
	case KN_OP_SPLICE_ADD:
	case KN_OP_SPLICE_TURN:
	case KN_OP_SPLICE_DEL:
		return kn_splice_exec(nl, op, err);
	case KN_OP_DRAIN:
		return kn_drain(nl, op, err);
	case KN_OP_LINK_MAC:
		return kn_link_mac(nl, op, err);
	case KN_OP_ADDR_WAIT:
		return kn_addr_wait(nl, op, err);
	case KN_OP_CATCH_ADD:
		kn_catch_add(nl, op);
		return 0;
	case KN_OP_CATCH_DEL:
		kn_catch_del(nl);
		return 0;
	case KN_OP_NEIGH_KEEP: /* for its inverse */
		return 0;
	case KN_OP_CARRIER_ADD:
		return kn_carrier_add(nl, op, err);
	case KN_OP_CARRIER_DEL:
		kn_carrier_del(nl, op);
		return 0;
	case KN_OP_LEFT_DEL:
		return kn_left_del(nl, op, err);
	}
	return kn_fail(err, KN_ERR_SYSTEM, EINVAL, "this is no operation of the kernel");
}

/* A line on a terminal is no reason to make a switch longer: between its steps nobody is told. The
 * last one is told by who knows what follows. */
static void tell(const struct kn_live *live, const struct kn_op *ops, size_t done, size_t n)
{
	if (live->progress && done < n && ops[done].phase != KN_PHASE_SWITCH)
		kn_progress_tell(live->progress, KN_PROGRESS_STEPS, done, n);
}

/* Stops at the first failure; what was sent along with the failed one may have happened, and
 * ret_done says so. */
int kn_nl_exec(struct kn_live *self, const struct kn_op *ops, size_t n, bool *ret_done,
	       struct kn_error *err)
{
	struct run run = {(struct kn_nl *)self, ops, n, ret_done};
	size_t i = 0;
	int rc = 0;

	memset(ret_done, 0, n * sizeof(*ret_done));
	while (i < n && rc == 0) {
		if (kn_op_is_message(ops[i].kind)) {
			i = exec_batch(&run, i, &rc, err);
			tell(self, ops, i, n);
			continue;
		}
		rc = exec_single(run.nl, &ops[i], err);
		ret_done[i] = rc == 0;
		if (rc < 0)
			op_wrap(&ops[i], err);
		i++;
		tell(self, ops, i, n);
	}
	kn_batch_clear(run.nl);
	return rc;
}
