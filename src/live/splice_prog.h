/* The splice's two programs. Layer: live, effects (they are loaded into the kernel, not attached).
 */
#ifndef KVMNET_LIVE_SPLICE_PROG_H
#define KVMNET_LIVE_SPLICE_PROG_H

#include "kvmnet/error.h"

/* Bits of the word that the programs read; the same as enum kn_splice_direction. */
#define KN_SPLICE_WORD_EGRESS  1
#define KN_SPLICE_WORD_INGRESS 2

/* Loads the program for the port's reception.
 * @param map the switch, of kn_bpf_word_create() @param bridge ifindex that frames are given to
 * Return: fd; -1 with errno. */
int kn_splice_prog_ingress(int map, int bridge) KN_NODISCARD;
/* Loads the program for the bridge's transmission. @param port ifindex that frames leave by
 * Return: fd; -1 with errno. */
int kn_splice_prog_egress(int map, int port) KN_NODISCARD;

#endif
