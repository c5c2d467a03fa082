/* Changing libvirt's networks, one operation at a time. Layer: virt, effects. */
#include <stdlib.h>
#include <string.h>

#include "virt/priv.h"

/* Starting waits for dnsmasq and a hundred firewall commands. */
enum { EXEC_TIMEOUT_S = 60 };

/* Definition by the schema first where libvirt has it (7.7): a name it does not know is otherwise
 * dropped without a word. Where the schema's file is missing, only the parser judges. */
static int define(struct kn_vc *vc, const struct kn_op *op, struct kn_error *err)
{
	virNetworkPtr net = NULL;

	if (vc->fn.virNetworkDefineXMLFlags)
		net = vc->fn.virNetworkDefineXMLFlags(vc->conn, op->net.now,
						      VIR_NETWORK_DEFINE_VALIDATE);
	if (!net && (!vc->fn.virNetworkDefineXMLFlags || kn_vc_code(vc) == VIR_ERR_NO_SUPPORT))
		net = vc->fn.virNetworkDefineXML(vc->conn, op->net.now);
	if (!net)
		return kn_vc_fail(vc, "defining network", op->net.name, err);
	vc->fn.virNetworkFree(net);
	return 0;
}

/* The element that changes, in the running network and in its definition at once. */
static int update(struct kn_vc *vc, virNetworkPtr net, const struct kn_op *op)
{
	const char *xml = op->net.now ? op->net.now : op->net.before;
	unsigned int command = !op->net.now	? VIR_NETWORK_UPDATE_COMMAND_DELETE
			       : op->net.before ? VIR_NETWORK_UPDATE_COMMAND_MODIFY
						: VIR_NETWORK_UPDATE_COMMAND_ADD_LAST;

	return vc->fn.virNetworkUpdate(net, command, op->net.section, op->net.parent, xml,
				       VIR_NETWORK_UPDATE_AFFECT_LIVE |
					       VIR_NETWORK_UPDATE_AFFECT_CONFIG);
}

static int change(struct kn_vc *vc, virNetworkPtr net, const struct kn_op *op)
{
	switch ((int)op->kind) {
	case KN_OP_NET_UNDEFINE:
		return vc->fn.virNetworkUndefine(net);
	case KN_OP_NET_START:
		return vc->fn.virNetworkCreate(net);
	case KN_OP_NET_STOP:
		return vc->fn.virNetworkDestroy(net);
	case KN_OP_NET_AUTOSTART:
		return vc->fn.virNetworkSetAutostart(net, op->net.on);
	case KN_OP_NET_UPDATE:
		return update(vc, net, op);
	}
	return -1;
}

static const char *doing(enum kn_op_kind kind)
{
	switch ((int)kind) {
	case KN_OP_NET_UNDEFINE:
		return "removing the definition of network";
	case KN_OP_NET_START:
		return "starting network";
	case KN_OP_NET_STOP:
		return "stopping network";
	case KN_OP_NET_AUTOSTART:
		return "setting the autostart of network";
	case KN_OP_NET_UPDATE:
		return "changing the running network";
	}
	return "defining network";
}

static int work(struct kn_vc *vc, struct kn_vjob *job)
{
	const struct kn_op *op = &job->op;
	virNetworkPtr net;
	int r;

	if (op->kind == KN_OP_NET_DEFINE || op->kind == KN_OP_NET_REDEFINE)
		return define(vc, op, &job->err);
	net = vc->fn.virNetworkLookupByName(vc->conn, op->net.name);
	if (!net)
		return kn_vc_fail(vc, doing(op->kind), op->net.name, &job->err);
	r = change(vc, net, op);
	if (r < 0)
		kn_vc_fail(vc, doing(op->kind), op->net.name, &job->err);
	vc->fn.virNetworkFree(net);
	return r < 0 ? -1 : 0;
}

/* The thread may outlive the plan that the operation's strings belong to. */
static struct kn_vjob *new_job(const struct kn_op *op, struct kn_error *err)
{
	const char *xml = op->net.now ? op->net.now : op->net.before;
	struct kn_vjob *job = kn_vjob_new(op->net.name, xml, err);

	if (!job)
		return NULL;
	job->op = *op;
	job->op.net.name = job->text;
	job->op.net.now = op->net.now ? job->more : NULL;
	job->op.net.before = op->net.before ? job->more : NULL;
	job->work = work;
	job->what = doing(op->kind);
	return job;
}

int kn_vc_exec(struct kn_virt *self, const struct kn_op *ops, size_t n, bool *ret_done,
	       struct kn_error *err)
{
	struct kn_vc *vc = (struct kn_vc *)self;

	memset(ret_done, 0, n * sizeof(*ret_done));
	for (size_t i = 0; i < n; i++) {
		struct kn_vjob *job = new_job(&ops[i], err);

		if (!job || kn_vc_do(vc, job, EXEC_TIMEOUT_S, err) < 0)
			return -1;
		kn_vjob_free(job);
		ret_done[i] = true;
	}
	return 0;
}
