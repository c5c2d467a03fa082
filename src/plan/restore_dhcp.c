/* The way back for DHCP clients: each serves again the link that it served. Layer: plan, pure. */
#include "plan/restore.h"

/* A client on a link that had none: the one that the change moved or started. @from: where to go on
 * looking. */
static const struct kn_dhcp_client *next_stray(const struct kn_journal *then,
					       const struct kn_facts *now, size_t *from)
{
	while (*from < now->n_clients) {
		const struct kn_dhcp_client *client = &now->clients[(*from)++];

		if (kn_names_has(&then->scope, &client->dev) &&
		    !kn_names_has(&then->dhcp, &client->dev))
			return client;
	}
	return NULL;
}

int kn_plan_restore_dhcp(const struct kn_journal *then, const struct kn_facts *now,
			 struct kn_plan *ret, struct kn_error *err)
{
	const struct kn_dhcp_client *stray;
	size_t from = 0;

	for (size_t i = 0; i < then->dhcp.n; i++) {
		struct kn_op op = {
			.kind = KN_OP_DHCP_START, .phase = KN_PHASE_FINISH, .dev = then->dhcp.v[i]};

		if (kn_facts_client(now, &op.dev))
			continue;
		stray = next_stray(then, now, &from);
		if (stray) {
			op.kind = KN_OP_DHCP_MOVE;
			op.other = stray->dev;
		}
		if (kn_plan_add_op(ret, &op, err) < 0)
			return -1;
	}
	while ((stray = next_stray(then, now, &from))) {
		struct kn_op op = {
			.kind = KN_OP_DHCP_STOP, .phase = KN_PHASE_FINISH, .dev = stray->dev};

		if (kn_plan_add_op(ret, &op, err) < 0)
			return -1;
	}
	return 0;
}
