/* A random host for tests of the whole engine: files in a temporary root, and an in-memory kernel
 * that is what these files say, as after a boot. Test support. */
#ifndef KVMNET_TEST_ENGINE_HOST_H
#define KVMNET_TEST_ENGINE_HOST_H

#include "fake_live.h"
#include "kvmnet/engine.h"
#include "sysdir.h"

/* Names that no machine has: the engine also looks at this machine's own DHCP clients. */
#define HOST_UPLINK "kvt0"
#define HOST_BRIDGE "kvtbr0"
#define HOST_DIR    "/etc/sysconfig/network-scripts"

struct engine_host {
	struct fixture fs;
	struct fake_kernel fake;
	struct kn_engine engine;
	uint32_t seed;
	bool has_file, dhcp;
};

/* Host number @number: the same on every machine. Released with engine_host_done(). */
void engine_host_init(struct engine_host *host, uint32_t number);
void engine_host_done(struct engine_host *host);
/* True in @percent of 100 cases; moves the host's seed on. */
bool engine_host_chance(struct engine_host *host, uint32_t percent);
/* All entries below @path, one a line, with mode and bytes; with @times inode and change of content
 * too. The lock and the history of kvmnet are left out. Caller frees. */
char *engine_host_files(const struct engine_host *host, const char *path, bool times);

#endif
