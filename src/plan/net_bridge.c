/* Host bridges and what libvirt has over them. Layer: plan, pure. */
#include <string.h>

#include "plan/ctx.h"
#include "plan/net.h"

static int put_list(const struct kn_strv *list, struct kn_buf *ret, struct kn_error *err)
{
	for (size_t i = 0; i < list->n; i++)
		kn_buf_printf(ret, "%s%s", i ? ", " : "", list->v[i]);
	return kn_buf_check(ret, err);
}

/* A guest whose bridge is gone does not start any more, perhaps months from now: running or not,
 * whoever names the bridge is asked about first. */
int kn_net_check_delete(const struct kn_check *c)
{
	struct kn_strv users KN_CLEANUP(kn_strv_done) = {0};
	struct kn_buf names KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	if (!c->in->nets || !c->in->nics)
		return 0;
	if (kn_net_users_of(c->in->nets, c->in->nics, &c->target->bridge, &users, c->err) < 0)
		return -1;
	if (users.n == 0)
		return 0;
	if (put_list(&users, &names, c->err) < 0)
		return -1;
	return kn_rule(c->in, c->plan, "bridge-has-users", c->err,
		       "change or remove those first, or --force=bridge-has-users",
		       "%s is used by libvirt's %s: without it they do not start",
		       c->target->bridge.s, kn_buf_str(&names));
}
