/* Gathering what the doctor judges. Layer: engine, effects (reads only). */
#ifndef KVMNET_ENGINE_DOCTOR_H
#define KVMNET_ENGINE_DOCTOR_H

#include "engine/look.h"
#include "kvmnet/doctor.h"

/* Reads the host into @state and @ret, which borrows from it. Nothing is changed; with root's
 * rights the default gateways are asked whether they answer. What this user may not read is named
 * in ret->unread. Return: 0; -1, free both as usual. */
int kn_doctor_probe(struct kn_engine *engine, struct kn_state *state, struct kn_evidence *ret,
		    struct kn_error *err) KN_NODISCARD;

#endif
