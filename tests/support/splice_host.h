/* A host with one uplink and a prepared bridge, a peer in another network namespace, and the steps
 * of a takeover as the splice's tests combine them. */
#ifndef KVMNET_TESTS_SPLICE_HOST_H
#define KVMNET_TESTS_SPLICE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "live/splice.h"
#include "udp_meter.h"

#define HOST_MAC "02:00:00:00:00:01"
#define PEER_MAC "02:00:00:00:00:02"

/* The host's namespace is the calling process's. eth0 carries 192.0.2.1/24, 2001:db8::1/64 and
 * fe80::1 and the routes; br0 has the same addresses, the same MAC, a carrier (tap0), no routes. */
struct splice_host {
	struct meter_end host, peer;
	int port, bridge; /* ifindexes */
};

/* Once per process. Return: 0; 77, said why, where this kernel lacks tcx (before 6.6) or this user
 * may not make namespaces and load programs. */
int host_enter(void);
/* A new host. Fails the test if that is not possible. @param bpffs mount one at its usual place */
void host_up(struct splice_host *ret, bool bpffs);
void host_down(struct splice_host *host);
/* Runs `ip WORDS` here, or in the peer's namespace; fails the test when it fails. */
void host_ip(const char *words);
void peer_ip(const struct splice_host *host, const char *words);
/* Waits at most two seconds until `ip WORDS` prints @text. Return: whether it did. */
bool ip_comes_to_say(const char *words, const char *text);
/* A packet socket on the peer's end of the cable, as frame_socket(). */
int peer_socket(const struct splice_host *host, uint16_t type);
/* Number of our entries in bpffs. */
unsigned int host_pins(void);
/* A value under /proc/sys/net. */
void host_sysctl(const char *key, const char *value);

/* Copies what the peer's neighbour entries would be, complete, to @dev. */
void copy_neighbours(const char *dev);
/* Moves the connected routes, the new one first. */
void move_routes(const char *from, const char *to);
/* Waits until @dev has no neighbour being resolved. */
void drain(const char *dev);
/* All neighbour entries, on both sides. */
void forget_neighbours(const struct splice_host *host);

/* The API with every call timed; fails the test on errors. */
struct kn_splice *timed_add(const struct splice_host *host);
void timed_turn(struct kn_splice *splice, unsigned int directions);
void timed_del(struct kn_splice *splice);
/* Adds, then turns. */
struct kn_splice *host_splice(const struct splice_host *host, unsigned int directions);
/* The fastest turn so far, in microseconds, and one line for each kind of call. */
int64_t print_timings(void);

#endif
