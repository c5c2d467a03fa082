/* How long the kernel side of N bridges takes: each is created, brought up and given an address
 * through the live layer, in a network namespace of its own. Prints milliseconds per bridge.
 * Usage: bench_live [N] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kvmnet/num.h"
#include "live/live.h"
#include "live_sandbox.h"

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int make_one(struct kn_live *live, uint32_t i, struct kn_error *err)
{
	struct kn_op ops[3] = {
		{.kind = KN_OP_BRIDGE_ADD}, {.kind = KN_OP_LINK_UP}, {.kind = KN_OP_ADDR_ADD}};
	bool done[3];

	for (size_t k = 0; k < 3; k++)
		(void)snprintf(ops[k].dev.s, sizeof(ops[k].dev.s), "br%u", i);
	ops[0].bridge.has_mac = true;
	ops[0].bridge.mac = (struct kn_mac){{0x52, 0x54, 0, 0, (uint8_t)(i >> 8), (uint8_t)i}};
	kn_opts_set(&ops[0].bridge.opts, KN_BROPT_STP, 0);
	kn_opts_set(&ops[0].bridge.opts, KN_BROPT_FORWARD_DELAY, 0);
	ops[2].addr =
		(struct kn_laddr){.dev = ops[2].dev,
				  .addr = {{KN_IPV4, {10, (uint8_t)(i >> 8), (uint8_t)i, 1}}, 24},
				  .valid_s = UINT32_MAX,
				  .preferred_s = UINT32_MAX};
	return live->exec(live, ops, 3, done, err);
}

static int run(uint32_t n, struct kn_error *err)
{
	struct kn_live *live;
	double start = now_ms();

	if (kn_live_open(&live, err) < 0)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		if (make_one(live, i, err) < 0) {
			live->close(live);
			return -1;
		}
	}
	printf("%u bridges: %.3f ms each\n", n, (now_ms() - start) / n);
	live->close(live);
	return 0;
}

int main(int argc, char **argv)
{
	struct kn_error err = {0};
	uint32_t n = 1000;

	if (argc > 1 && !kn_num_is(argv[1], 65000, &n)) {
		fprintf(stderr, "usage: bench_live [N]\n");
		return 2;
	}
	if (sandbox_enter() < 0 || sandbox_new_net() < 0) {
		perror("no namespaces here");
		return 77;
	}
	if (n == 0 || run(n, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.message);
	return 1;
}
