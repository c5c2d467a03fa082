/* The few bpf(2) commands that the splice needs, by plain system call: no libbpf, no headers newer
 * than the oldest host's, and objects that are loaded in well under a millisecond.
 * Layer: live, effects. All of them return -1 with errno set, as system calls do. */
#ifndef KVMNET_LIVE_BPF_H
#define KVMNET_LIVE_BPF_H

#include <stddef.h>
#include <stdint.h>

#include "kvmnet/error.h"

/* One instruction. Source: struct bpf_insn, linux/bpf.h; bit fields there, too, so that the
 * compiler gives the two registers the kernel's order on either byte order. */
struct kn_bpf_insn {
	uint8_t code;
	uint8_t dst : 4;
	uint8_t src : 4;
	int16_t off;
	int32_t imm;
};

/* Where a program is attached: enum bpf_attach_type, linux/bpf.h of kernel 6.6. */
enum kn_bpf_hook {
	KN_BPF_TCX_INGRESS = 46,
	KN_BPF_TCX_EGRESS = 47,
};

/* An array map with a single uint32_t, initially 0. Return: fd (close-on-exec). */
int kn_bpf_word_create(void) KN_NODISCARD;
/* Sets the word. Programs that start afterwards see it; nothing is waited for. Return: 0. */
int kn_bpf_word_set(int map, uint32_t value) KN_NODISCARD;
/* Loads a program of type sched_cls. @param insns borrowed. Return: fd (close-on-exec). */
int kn_bpf_prog_load(const struct kn_bpf_insn *insns, size_t n) KN_NODISCARD;
/* Whether the kernel knows tcx hooks: asks for the programs on a device, changes nothing.
 * Return: 0; -1 with EINVAL before Linux 6.6, EPERM without CAP_NET_ADMIN. */
int kn_bpf_tcx_probe(int ifindex) KN_NODISCARD;
/* Attaches behind what is attached already. Return: the link's fd; the program is detached when
 * the last descriptor and pin of the link are gone. */
int kn_bpf_tcx_link(int prog, int ifindex, enum kn_bpf_hook hook) KN_NODISCARD;
/* Detaches at once, whoever else holds the link; waits for an RCU grace period. Return: 0. */
int kn_bpf_link_detach(int link) KN_NODISCARD;
/* Gives an object a name in bpffs that keeps it alive without a process. Return: 0. */
int kn_bpf_pin(int fd, const char *path) KN_NODISCARD;
/* Opens a pinned object. Return: fd (close-on-exec). */
int kn_bpf_open_pin(const char *path) KN_NODISCARD;

#endif
