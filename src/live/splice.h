/* The splice: while a live uplink goes under a bridge, or comes back, the port's reception and the
 * bridge's transmission are joined by two small programs in the kernel, so that enslaving and
 * moving routes, which are not one operation, lose nothing in between.
 * Layer: live, effects. Needs Linux 6.6 (tcx); elsewhere it is absent and nothing else changes. */
#ifndef KVMNET_LIVE_SPLICE_H
#define KVMNET_LIVE_SPLICE_H

#include <stddef.h>

#include "kvmnet/error.h"

/* What the splice does:
 *
 *   on           | frame                                   | goes to
 *   EGRESS       | sent through the bridge                 | the port's transmission
 *   INGRESS      | IPv4, ARP, IPv6 arriving on the port    | the bridge's reception
 *   either       | ARP reply, neighbour advertisement      | both devices' reception
 *
 * Frames of a VLAN and all other protocols stay on the port. With nothing on, frames go the way
 * they would without a splice. The bridge's own ports are passed over while EGRESS is on (the host
 * does not reach VMs on that bridge), and while INGRESS is on VMs are not reached from outside:
 * keep it on for the switch-over only, or use it on bridges without other users.
 *
 * Both devices must be up and carry the same MAC address.
 *
 * Taking an uplink under a bridge (each line one step; the host is reachable after every one):
 *   the bridge exists, has the addresses and neighbours, rp_filter 2 and a carrier
 *   kn_splice_add()                              nothing on
 *   kn_splice_turn(EGRESS)                       what the bridge sends leaves by the port
 *   kn_splice_turn(EGRESS | INGRESS)             the bridge receives
 *   routes moved to the bridge
 *   drain: the port has no incomplete neighbour left (bounded)
 *   port enslaved                                the hook stands before the bridge's own
 *   kn_splice_turn(0), kn_splice_del()
 *   temporary carrier gone, old addresses deleted
 * Routes may also be moved before INGRESS; then the port needs rp_filter 2 for that time.
 *
 * Giving it back is the mirror; the same two programs serve:
 *   the port has the addresses and neighbours; the bridge has rp_filter 2 and a second carrier
 *   kn_splice_add()
 *   kn_splice_turn(EGRESS), kn_splice_turn(EGRESS | INGRESS)
 *   port released                                the bridge still sends and receives through it
 *   routes moved to the port
 *   kn_splice_turn(EGRESS)                       the port receives
 *   drain: the bridge has no incomplete neighbour left (bounded)
 *   kn_splice_turn(0), kn_splice_del()
 *   old addresses deleted, bridge deleted
 *
 * Death of the process: the programs are pinned in bpffs (/sys/fs/bpf) and go on working, so that
 * traffic flows whatever step came last; the next run adds its own beside them, does its part, and
 * kn_splice_sweep() ends the old ones. Where /sys/fs/bpf is no bpffs nothing is mounted: the
 * programs live as long as the object, and a death between the steps leaves the host as an
 * unspliced takeover would.
 *
 * Other tcx programs of these hooks run first and may decide before ours. Classic tc filters come
 * after tcx and do not see frames that were handed over by the port's reception.
 * Source: kernel net/core/dev.c, sch_handle_ingress() and sch_handle_egress(). */
struct kn_splice;

/* Bits for kn_splice_turn(). */
enum kn_splice_direction {
	KN_SPLICE_EGRESS = 1,
	KN_SPLICE_INGRESS = 2,
};

/* Whether kn_splice_add() can be expected to work: loads both programs and asks for tcx; attaches
 * nothing, changes nothing. Return: false where bpf(2) or tcx is absent, old or refused to this
 * process: that is no error, the takeover then has a window of some tens of microseconds. */
bool kn_splice_available(void);
/* Would a splice outlive this process? Its links need a place to be pinned at. Without one, a
 * process that dies between the switch of the routes and the port's move leaves the host cut off.
 */
bool kn_splice_survives(void);

/* Attaches both programs, switched off, and pins them if it can. Takes two RCU grace periods (some
 * tens of ms), during which traffic flows as before.
 * @param port, bridge ifindexes, above 0, in this process's network namespace
 * @param ret new; end with kn_splice_del()
 * Return: 0; -1, nothing attached, with KN_ERR_UNSUPPORTED where kn_splice_available() is false,
 * KN_ERR_SYSTEM otherwise (EEXIST: a dozen left-over pins of these devices: kn_splice_sweep()). */
int kn_splice_add(int port, int bridge, struct kn_splice **ret, struct kn_error *err) KN_NODISCARD;

/* Sets which directions are on; bits not given are switched off. One system call that takes effect
 * at once for both directions (a frame sees the old or the new word).
 * @param directions enum kn_splice_direction, or 0
 * Return: 0; -1 with KN_ERR_SYSTEM, nothing changed. */
int kn_splice_turn(struct kn_splice *splice, unsigned int directions,
		   struct kn_error *err) KN_NODISCARD;

/* Whether the splice outlives this process. */
bool kn_splice_is_pinned(const struct kn_splice *splice);

/* Switches off, detaches, unpins and frees. Cannot fail in a way that matters: off is one store,
 * and a pin that stays is found by the next sweep. Devices that are gone meanwhile are no matter.
 * @param splice taken; NULL is a no-op */
void kn_splice_del(struct kn_splice *splice);

/* Switches off and unpins: what is left of it, neither frames nor a later run take notice of.
 * Takes no waiting; kn_splice_del() is still to come. */
void kn_splice_retire(struct kn_splice *splice);
/* Has a child end a retired splice, which takes two RCU grace periods with the lock of all network
 * changes held: this process does not wait, and should have no more changes to make.
 * @param splice taken; NULL is a no-op */
void kn_splice_del_in_background(struct kn_splice *splice);

/* Removes what a process that died has left pinned for devices of this network namespace. Frames
 * then go the usual way at once: call it when the change has been undone or finished, and with the
 * lock on changes held, as it would end another process's splice, too.
 * @param keep a splice of this process that goes on; may be NULL
 * @param ret_swept number of pins removed; may be NULL
 * Return: 0 (also without bpffs); -1 with KN_ERR_SYSTEM naming the first one that stayed. */
int kn_splice_sweep(const struct kn_splice *keep, size_t *ret_swept,
		    struct kn_error *err) KN_NODISCARD;

#endif
