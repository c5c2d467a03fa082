/* What is wrong with the parts of a change, of all of them. Private to engine/. Layer: engine,
 * pure. */
#ifndef KVMNET_ENGINE_PART_FAULTS_H
#define KVMNET_ENGINE_PART_FAULTS_H

#include "kvmnet/spec.h"

#define KN_PART_FAULTS_MAX 50 /* nobody reads more */

struct kn_part_faults {
	struct kn_errors *all;	/* borrowed, or NULL: the first fault is the error */
	struct kn_errors own;	/* of the part that is planned now */
	struct kn_names failed; /* links that are not as described */
};

void kn_part_faults_done(struct kn_part_faults *faults);
/* Stands @part on a link that has failed? Then nothing can be said of it. */
bool kn_part_is_moot(const struct kn_part_faults *faults, const struct kn_spec *part);
/* After @part was planned: @r and *err tell how, faults->own what was found. *ret_sound: nothing.
 * Return: 0: go on with the next one; -1. */
int kn_part_faults_end(struct kn_part_faults *faults, const struct kn_spec *part, int r,
		       bool *ret_sound, struct kn_error *err) KN_NODISCARD;

#endif
