/* Looking at the whole host. Layer: engine, effects (reads only). */
#ifndef KVMNET_ENGINE_LOOK_H
#define KVMNET_ENGINE_LOOK_H

#include "kvmnet/engine.h"
#include "kvmnet/wiring.h"

/* Reads the files, and every link, address and route of the kernel. Needs no privilege.
 * Return: 0; -1, @ret then has part of it (free it as usual). */
int kn_engine_look(struct kn_engine *engine, struct kn_state *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Reads what hangs on the links. @guests_too: also the definitions of libvirt's guests. What only
 * root may read is noted in @ret as hidden. Return: 0; -1, free it as usual. */
int kn_wiring_read(struct kn_engine *engine, bool guests_too, struct kn_wiring *ret,
		   struct kn_error *err) KN_NODISCARD;

#endif
