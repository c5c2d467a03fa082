/* What tests of the live layer share: a small network, operations from literals, round trips.
 * For cmocka tests; include after setjmp.h, stdarg.h, stddef.h. */
#ifndef KVMNET_TESTS_LIVE_OPS_H
#define KVMNET_TESTS_LIVE_OPS_H

#include "live/live.h"
#include "live/nl.h"
#include "live_sandbox.h"

/* eth0, br0, br1, and a request for all about them. */
extern const struct kn_ifname live_names[3];
extern const struct kn_live_request live_everything;

/* A fresh network with eth0, one end of a cable whose other end peer0 is plugged in, and an
 * open live object as *state. For cmocka_unit_test_setup_teardown(). */
int live_set_up(void **state);
int live_tear_down(void **state);

/* Values from literals; a bad one fails the test. */
struct kn_ifname live_name(const char *str);
struct kn_ip live_ip(const char *str);
struct kn_cidr live_cidr(const char *str);

/* Operations of phase PREPARE. op_bridge() pins a MAC; op_master() takes "" for none. */
struct kn_op live_op(enum kn_op_kind kind, const char *dev);
struct kn_op live_op_num(enum kn_op_kind kind, const char *dev, uint32_t now, uint32_t before);
struct kn_op live_op_bridge(const char *dev);
struct kn_op live_op_master(const char *dev, const char *now, const char *before);
struct kn_op live_op_addr(enum kn_op_kind kind, const char *dev, const char *value);
struct kn_op live_op_route(enum kn_op_kind kind, const char *dev, const char *dst);

/* Executes; everything must succeed and be told as done. */
void live_exec_ok(struct kn_live *live, const struct kn_op *ops, size_t n);

/* Reads; the caller frees with kn_facts_done(). */
void live_snap(struct kn_live *live, const struct kn_live_request *req, struct kn_facts *ret);

/* The state of eth0, br0, br1 and what hangs on them; the caller frees. */
char *live_text_of(struct kn_live *live);

/* A socket that hears RTNLGRP_@group; free with nl_socket_free(). */
struct nl_sock *live_listen_to(int group);

/* Waits for news and drops them. Return: false when none came in time. */
bool live_wait_news(struct nl_sock *sk);

/* Is there a route to @dst in the state of eth0, br0, br1? */
bool live_has_route_to(struct kn_live *live, const struct kn_ip *dst);

/* Forward changes something and gives what was asked for, the table's inverse gives the state
 * before, and forward once more the state after. */
void live_round_trip(struct kn_live *live, const struct kn_op *op);

/* br0, up, without address generation. */
void live_make_bridge(struct kn_live *live);

/* IFF_RUNNING, asked now. */
bool live_runs(struct kn_live *live, const char *dev);

#endif
