/* Random networks for tests: every field of the model is used by some of them. Layer: tests. */
#ifndef KVMNET_TESTS_RANDOM_NET_H
#define KVMNET_TESTS_RANDOM_NET_H

#include "kvmnet/network.h"

/* Fills *ret, free with kn_network_done(). The same @seed gives the same network. Not everything it
 * says is possible in its mode: it is for codecs. */
void random_net(uint32_t seed, struct kn_network *ret);

#endif
