/* Faults of parts: told of all of them, once each, and not of what only follows from another one.
 * Layer: engine, pure. */
#include "engine/part_faults.h"

#include <string.h>

#include "kvmnet/network.h"

void kn_part_faults_done(struct kn_part_faults *faults)
{
	kn_errors_done(&faults->own);
	kn_names_done(&faults->failed);
}

static bool has_failed(const struct kn_part_faults *faults, const struct kn_ifname *name)
{
	return kn_ifname_is_set(name) && kn_names_has(&faults->failed, name);
}

bool kn_part_is_moot(const struct kn_part_faults *faults, const struct kn_spec *part)
{
	const struct kn_network *net = part->network;

	if (!faults->failed.n)
		return false;
	if (has_failed(faults, &part->vlan.link) ||
	    (part->verb == KN_PORT_SET && has_failed(faults, &part->bridge)))
		return true;
	for (size_t i = 0; i < part->ports.n; i++)
		if (has_failed(faults, &part->ports.v[i]))
			return true;
	if (!net)
		return false;
	for (size_t i = 0; i < net->devs.n; i++)
		if (has_failed(faults, &net->devs.v[i]))
			return true;
	return has_failed(faults, &net->bridge);
}

/* What holds for the whole host, every part would say. */
static bool is_told(const struct kn_errors *list, const struct kn_error *fault)
{
	for (size_t i = 0; i < list->n && !fault->field[0]; i++)
		if (!list->v[i].field[0] && !strcmp(list->v[i].message, fault->message))
			return true;
	return false;
}

static int tell(struct kn_part_faults *faults, const struct kn_spec *part, struct kn_error *err)
{
	for (size_t i = 0; i < faults->own.n && faults->all->n < KN_PART_FAULTS_MAX; i++) {
		struct kn_error *fault = &faults->own.v[i];

		fault->part = part->number;
		if (is_told(faults->all, fault))
			continue;
		if (!part->number && part->asked_at)
			kn_wrap(fault, "%s", part->asked_at);
		if (kn_errors_add(faults->all, fault, err) < 0)
			return -1;
	}
	faults->own.n = 0;
	return kn_ifname_is_set(&part->bridge) ? kn_names_add(&faults->failed, &part->bridge, err)
					       : 0;
}

int kn_part_faults_end(struct kn_part_faults *faults, const struct kn_spec *part, int r,
		       bool *ret_sound, struct kn_error *err)
{
	*ret_sound = false;
	if (r < 0 && kn_errors_take(faults->all ? &faults->own : NULL, err) < 0)
		return part->asked_at && err->kind != KN_ERR_NOMEM
			       ? kn_wrap(err, "%s", part->asked_at)
			       : -1;
	*ret_sound = faults->own.n == 0;
	if (*ret_sound)
		return 0;
	if (tell(faults, part, err) < 0)
		return -1;
	/* After a removal that cannot be, what others find is no longer what they would find. */
	if (!part->prune && faults->all->n < KN_PART_FAULTS_MAX)
		return 0;
	*err = faults->all->v[0];
	return -1;
}
