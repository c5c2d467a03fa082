/* Random changes of random hosts on the in-memory kernel: every kind of change, its plan, and the
 * record of the state before it. The same on every machine. Test support. */
#ifndef KVMNET_TEST_CHANGE_SCENE_H
#define KVMNET_TEST_CHANGE_SCENE_H

#include "kvmnet/journal.h"
#include "random_host.h"

/* One change of one host: the state before it, its plan, and the record. */
struct scene {
	struct fake_kernel base;
	struct kn_plan plan;
	struct kn_journal journal;
	bool splice;
	uint32_t host;
	enum kn_verb verb;
};

/* Change @verb of host number @host; the bridge is br0, the uplink eth0. */
void scene_init(struct scene *scene, uint32_t host, enum kn_verb verb);
void scene_done(struct scene *scene);
/* The facts of br0, eth0 and eth2, and the plan of @spec on them; also the record, where @journal
 * is given. */
void scene_look(struct fake_kernel *fake, struct kn_facts *ret);
void scene_plan(struct fake_kernel *fake, const struct kn_spec *spec, struct kn_plan *ret,
		struct kn_journal *journal);
/* The first @n operations (SIZE_MAX: all); none may fail. */
void scene_execute(struct fake_kernel *fake, const struct kn_plan *plan, size_t n);

#endif
