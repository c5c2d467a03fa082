/* Random hosts on the in-memory kernel: eth0 with addresses, routes and policy of all kinds, at
 * times eth1 beside it. The same seed gives the same host on every machine. Test support. */
#ifndef KVMNET_TEST_RANDOM_HOST_H
#define KVMNET_TEST_RANDOM_HOST_H

#include "fake_live.h"

/* xorshift32. @seed: not 0; moved on. */
uint32_t random_next(uint32_t *seed);
/* True in @percent of 100 cases. */
bool random_chance(uint32_t *seed, uint32_t percent);
struct kn_ifname random_name(const char *str);
/* Release with fake_done(). */
void random_host(struct fake_kernel *fake, uint32_t *seed);

#endif
