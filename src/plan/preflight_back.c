/* Safety rules of a rollback: what went well when the change was made may have grown guests since.
 * Layer: plan, pure. */
#include <string.h>

#include "plan/ctx.h"
#include "plan/restore.h"

/* A bridge that goes takes the ports along that others have put there since. */
static int check_ports(const struct kn_inputs *in, const struct kn_journal *then,
		       const struct kn_ifname *bridge, struct kn_plan *plan, struct kn_error *err)
{
	for (size_t i = 0; i < in->facts->n_links; i++) {
		const struct kn_link *link = &in->facts->links[i];

		if (!kn_ifname_eq(&link->master, bridge) || kn_names_has(&then->scope, &link->name))
			continue;
		return kn_rule(in, plan, "foreign-ports", err,
			       "stop the guests (or detach their interfaces) first",
			       "%s, which the rollback removes, has ports that kvmnet did not put "
			       "there (%s): their guests would lose the network",
			       bridge->s, link->name.s);
	}
	return 0;
}

/* The kernel removes them with the bridge, and says nothing. */
int kn_check_uppers(const struct kn_inputs *in, const struct kn_ifname *bridge,
		    const struct kn_names *known, struct kn_plan *plan, struct kn_error *err)
{
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	size_t n = 0;

	for (size_t i = 0; i < in->facts->n_links; i++) {
		const struct kn_link *link = &in->facts->links[i];

		if (!kn_ifname_eq(&link->lower, bridge) ||
		    (known && kn_names_has(known, &link->name)))
			continue;
		kn_buf_puts(&names, n++ ? ", " : "");
		kn_buf_put_escaped(&names, link->name.s, strlen(link->name.s));
	}
	if (!n)
		return 0;
	if (kn_buf_check(&names, err) < 0)
		return -1;
	return kn_rule(in, plan, "links-on-top", err,
		       "move what uses them elsewhere and remove them first (ip link del NAME)",
		       "%s sit%s on %s, with all addresses, and would be removed with it",
		       kn_buf_str(&names), n == 1 ? "s" : "", bridge->s);
}

/* Does the address come back on another link? */
static bool comes_back(const struct kn_plan *plan, const struct kn_ip *ip)
{
	for (size_t i = 0; i < plan->n_ops; i++)
		if (plan->ops[i].kind == KN_OP_ADDR_ADD && kn_ip_eq(&plan->ops[i].addr.addr.ip, ip))
			return true;
	return false;
}

static int check_session(const struct kn_inputs *in, const struct kn_op *op, struct kn_plan *plan,
			 struct kn_error *err)
{
	const struct kn_facts *facts = in->facts;
	char local[KN_IP_STRLEN];

	if (!facts->has_ssh || !kn_ip_eq(&op->addr.addr.ip, &facts->ssh_local) ||
	    comes_back(plan, &facts->ssh_local) || in->spec->confirm_s)
		return 0;
	kn_ip_fmt(&facts->ssh_local, local);
	return kn_rule(in, plan, "ssh-address", err,
		       "give --confirm SEC, log in anew and type kvmnet confirm",
		       "this SSH session uses an address that the rollback takes away (%s)", local);
}

int kn_preflight_rollback(const struct kn_inputs *in, const struct kn_journal *then,
			  struct kn_plan *plan, struct kn_error *err)
{
	size_t n = plan->n_ops;

	for (size_t i = 0; i < n; i++) {
		const struct kn_op *op = &plan->ops[i];

		if (op->kind == KN_OP_LINK_DEL &&
		    (check_ports(in, then, &op->dev, plan, err) < 0 ||
		     kn_check_uppers(in, &op->dev, &then->scope, plan, err) < 0))
			return -1;
		if (op->kind == KN_OP_ADDR_DEL && check_session(in, op, plan, err) < 0)
			return -1;
	}
	return 0;
}
