/* bpf(2) by plain system call. The argument blocks are written out here, as far as they are used:
 * the kernel takes any prefix of its union, and the header of a RHEL 7 build host has no tcx.
 * Layer: live, effects. Source: union bpf_attr and enum bpf_cmd, linux/bpf.h of kernel 6.6. */
#include "live/bpf.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum command {
	MAP_CREATE = 0,
	MAP_UPDATE_ELEM = 2,
	PROG_LOAD = 5,
	OBJ_PIN = 6,
	OBJ_GET = 7,
	PROG_QUERY = 16,
	LINK_CREATE = 28,
	LINK_DETACH = 34,
};

#define MAP_TYPE_ARRAY	    2
#define PROG_TYPE_SCHED_CLS 3
#define OBJECT_NAME	    "kvmnet_splice" /* at most 15 bytes; shown by bpftool */

/* Names below are as in the kernel, without its prefixes. The kernel refuses a block with anything
 * but zeros behind what the command knows, so each is exactly as long as its fields. */
struct map_create {
	uint32_t type, key_size, value_size, max_entries, flags, inner_fd, numa_node;
	char name[16];
};

struct map_update {
	uint32_t map, pad;
	uint64_t key, value, flags;
};

struct prog_load {
	uint32_t type, n_insns;
	uint64_t insns, license;
	uint32_t log_level, log_size;
	uint64_t log;
	uint32_t kernel_version, flags;
	char name[16];
};

struct obj {
	uint64_t path;
	uint32_t fd, flags;
};

/* Only as much as the kernel has to see to answer: it writes the count behind the flags. */
struct prog_query {
	uint32_t ifindex, hook, query_flags, attach_flags;
	uint64_t ids;
	uint32_t count, pad;
	uint64_t unused[4];
};

/* No position among other programs is asked for: behind them. */
struct link_create {
	uint32_t prog, ifindex, hook, flags;
};

/* Build hosts whose headers have no bpf(2) get a program that finds it absent. */
static long bpf(enum command cmd, void *attr, size_t size)
{
#ifdef __NR_bpf
	return syscall(__NR_bpf, cmd, attr, size);
#else
	(void)cmd;
	(void)attr;
	(void)size;
	errno = ENOSYS;
	return -1;
#endif
}

/* Pointers travel as 64 bits, on 32-bit machines too. */
static uint64_t ptr(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int kn_bpf_word_create(void)
{
	struct map_create attr = {.type = MAP_TYPE_ARRAY,
				  .key_size = sizeof(uint32_t),
				  .value_size = sizeof(uint32_t),
				  .max_entries = 1,
				  .name = OBJECT_NAME};

	return (int)bpf(MAP_CREATE, &attr, sizeof(attr));
}

int kn_bpf_word_set(int map, uint32_t value)
{
	uint32_t key = 0;
	struct map_update attr = {.map = (uint32_t)map, .key = ptr(&key), .value = ptr(&value)};

	return (int)bpf(MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

int kn_bpf_prog_load(const struct kn_bpf_insn *insns, size_t n)
{
	struct prog_load attr = {.type = PROG_TYPE_SCHED_CLS,
				 .n_insns = (uint32_t)n,
				 .insns = ptr(insns),
				 .license = ptr("LGPL"), /* no helper here asks for the GPL */
				 .name = OBJECT_NAME};
	long fd = -1;

	/* The verifier gives up with EAGAIN when a signal is pending (kernel/bpf/verifier.c). */
	for (int tries = 5; tries > 0; tries--) {
		fd = bpf(PROG_LOAD, &attr, sizeof(attr));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return (int)fd;
}

int kn_bpf_tcx_probe(int ifindex)
{
	struct prog_query attr = {.ifindex = (uint32_t)ifindex, .hook = KN_BPF_TCX_INGRESS};

	/* ENOENT: a device that never had a program. */
	if (!bpf(PROG_QUERY, &attr, sizeof(attr)) || errno == ENOENT)
		return 0;
	return -1;
}

int kn_bpf_tcx_link(int prog, int ifindex, enum kn_bpf_hook hook)
{
	struct link_create attr = {
		.prog = (uint32_t)prog, .ifindex = (uint32_t)ifindex, .hook = hook};

	return (int)bpf(LINK_CREATE, &attr, sizeof(attr));
}

/* Since Linux 5.9; hosts with tcx have it. */
int kn_bpf_link_detach(int link)
{
	uint32_t attr = (uint32_t)link;

	return (int)bpf(LINK_DETACH, &attr, sizeof(attr));
}

int kn_bpf_pin(int fd, const char *path)
{
	struct obj attr = {.path = ptr(path), .fd = (uint32_t)fd};

	return (int)bpf(OBJ_PIN, &attr, sizeof(attr));
}

int kn_bpf_open_pin(const char *path)
{
	struct obj attr = {.path = ptr(path)};

	return (int)bpf(OBJ_GET, &attr, sizeof(attr));
}
