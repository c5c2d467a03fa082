/* Looking at the whole host. Layer: engine, effects (reads only). */
#ifndef KVMNET_ENGINE_LOOK_H
#define KVMNET_ENGINE_LOOK_H

#include "kvmnet/engine.h"
#include "kvmnet/wiring.h"

/* Reads the files, and every link, address and route of the kernel. Needs no privilege.
 * Return: 0; -1, @ret then has part of it (free it as usual). */
int kn_engine_look(struct kn_engine *engine, struct kn_state *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Takes the resolv.conf of @state's files into its facts, where the files' readers write it. The
 * kernel was read. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_engine_note_resolv(struct kn_engine *engine, struct kn_state *state,
			  struct kn_error *err) KN_NODISCARD;
/* Asks for firewalld's zones of the links whose files name one; where none does, nothing is asked.
 * What only root may know, or takes longer than two seconds, is left out.
 * Return: 0; -1 with KN_ERR_NOMEM. */
int kn_engine_note_zones(struct kn_engine *engine, struct kn_state *state,
			 struct kn_error *err) KN_NODISCARD;
/* Reads what hangs on the links. @guests_too: also the definitions of libvirt's guests. What only
 * root may read is noted in @ret as hidden. Return: 0; -1, free it as usual. */
int kn_wiring_read(struct kn_engine *engine, bool guests_too, struct kn_wiring *ret,
		   struct kn_error *err) KN_NODISCARD;
/* Asks the libvirt that runs for what it knows better than files and processes: networks, guests
 * and their NICs, leases. When it does not answer in time, @ret->silence says so, and the rest
 * stays as it was read. Return: 0; -1 with KN_ERR_NOMEM. */
int kn_wiring_ask(struct kn_virt *virt, struct kn_wiring *ret, struct kn_error *err) KN_NODISCARD;
/* The same for a libvirt that could not be connected to. */
int kn_wiring_silent(struct kn_wiring *ret, const struct kn_error *why,
		     struct kn_error *err) KN_NODISCARD;

#endif
