/* The catch: a port's frames that the kernel drops while the port joins or leaves a bridge are put
 * into the bridge by hand. Private to src/live/. Layer: live, effects. */
#ifndef KVMNET_LIVE_CATCH_H
#define KVMNET_LIVE_CATCH_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/net.h"

/* Where a frame can show up behind the place where it may be dropped: three protocols on each of
 * the two links. */
#define KN_CATCH_SEEN 6

/* What the catching process holds. All descriptors are owned. */
struct kn_catch {
	int port;		 /* every frame of the port, before anybody may drop it */
	int seen[KN_CATCH_SEEN]; /* what was handed on, by the port or by the bridge */
	int tap;	   /* a port of the bridge: what is written here, the bridge receives */
	int gate;	   /* its end is the sign to end */
	int ready;	   /* a byte: it is listening; its end: nothing is left to do */
	struct kn_mac mac; /* the bridge's */
};

/* Opens the packet sockets. Return: 0; -1 with errno and all closed. */
int kn_catch_open(struct kn_catch *ret, int port, int bridge);
void kn_catch_close(struct kn_catch *self);

/* Catches until the gate is closed and everything is read; ends the process. Uses no memory from
 * the heap: it runs in a child made by fork(). */
_Noreturn void kn_catch_run(struct kn_catch *self);

#endif
