/* Single frames on a cable: made by hand, sent by the peer, and seen where the host's protocols see
 * them. */
#ifndef KVMNET_TESTS_RAW_FRAMES_H
#define KVMNET_TESTS_RAW_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_SIZE	87 /* a neighbour advertisement and a byte for the mark */
#define FRAME_LLDP	0x88cc
#define FRAME_ON_PORT	1u
#define FRAME_ON_BRIDGE 2u

/* One frame to the host's MAC. */
struct frame {
	uint8_t b[FRAME_SIZE];
};

/* EtherType, an optional 802.1Q tag (@tci, -1 = none) and a mark in the last byte. */
struct frame frame_make(uint16_t type, int tci, uint8_t mark);
/* 192.0.2.@host is at 02:00:00:00:00:77. */
struct frame frame_arp_reply(uint8_t host, uint8_t mark);
/* 2001:db8::@host is at 02:00:00:00:00:77; sent to the host, with a right checksum. */
struct frame frame_advert(uint8_t host, uint8_t mark);

/* A socket on the device named @dev of this namespace, for sending and, when @type is not 0,
 * for receiving that EtherType behind the device's tcx programs. Fails the test on errors. */
int frame_socket(const char *dev, uint16_t type);
void frame_send(int fd, const struct frame *frame);
/* Reads what has arrived on @fd. Return: a bit for each mark below 64. */
uint64_t frame_marks(int fd);
/* Sends @frame by @peer and listens on eth0 and br0. Return: FRAME_ON_PORT, FRAME_ON_BRIDGE. */
unsigned int frame_heard_on(int peer, struct frame frame);

#endif
