/* Frames by hand over packet sockets. */
#include "raw_frames.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static void put16(struct frame *frame, size_t at, unsigned int value)
{
	frame->b[at] = (uint8_t)(value >> 8);
	frame->b[at + 1] = (uint8_t)value;
}

struct frame frame_make(uint16_t type, int tci, uint8_t mark)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	struct frame ret = {{0}};
	size_t at = sizeof(macs);

	memcpy(ret.b, macs, sizeof(macs));
	if (tci >= 0) {
		put16(&ret, at, ETH_P_8021Q);
		put16(&ret, at + 2, (unsigned int)tci);
		at += 4;
	}
	put16(&ret, at, type);
	ret.b[FRAME_SIZE - 1] = mark;
	return ret;
}

/* RFC 826: Ethernet, IPv4, lengths, operation, sender, target. */
struct frame frame_arp_reply(uint8_t host, uint8_t mark)
{
	const uint8_t body[] = {0,   1, 8, 0,	 6, 4, 0, 2, 2, 0, 0,	0, 0, 0x77,
				192, 0, 2, host, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1};
	struct frame ret = frame_make(ETH_P_ARP, -1, mark);

	memcpy(ret.b + ETH_HLEN, body, sizeof(body));
	return ret;
}

/* RFC 1071, over the pseudo-header (addresses, length, protocol) and the message. */
static unsigned int checksum(const struct frame *frame, size_t begin, size_t end)
{
	uint32_t sum = (uint32_t)(end - begin) + IPPROTO_ICMPV6;

	for (size_t i = ETH_HLEN + 8; i < end; i += 2)
		sum += (uint32_t)frame->b[i] << 8 | frame->b[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* RFC 4861 section 4.4: solicited and override, with the target's link-layer address. */
struct frame frame_advert(uint8_t host, uint8_t mark)
{
	static const uint8_t net[] = {0x20, 0x01, 0x0d, 0xb8};
	static const uint8_t lladdr[] = {2, 1, 2, 0, 0, 0, 0, 0x77};
	struct frame ret = frame_make(ETH_P_IPV6, -1, mark);
	uint8_t *ip = ret.b + ETH_HLEN, *icmp = ip + 40;

	ip[0] = 0x60;
	ip[5] = 32; /* length; the frame's last byte is padding */
	ip[6] = IPPROTO_ICMPV6;
	ip[7] = 255;
	memcpy(ip + 8, net, sizeof(net));
	ip[23] = host;
	memcpy(ip + 24, net, sizeof(net));
	ip[39] = 1;
	icmp[0] = 136;
	icmp[4] = 0x60;
	memcpy(icmp + 8, ip + 8, 16);
	memcpy(icmp + 24, lladdr, sizeof(lladdr));
	ret.b[FRAME_SIZE - 1] = 0;
	put16(&ret, ETH_HLEN + 42, checksum(&ret, ETH_HLEN + 40, ETH_HLEN + 72));
	ret.b[FRAME_SIZE - 1] = mark;
	return ret;
}

int frame_socket(const char *dev, uint16_t type)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET,
				  .sll_protocol = htons(type),
				  .sll_ifindex = (int)if_nametoindex(dev)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && sll.sll_ifindex > 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sll, sizeof(sll)), 0);
	return fd;
}

void frame_send(int fd, const struct frame *frame)
{
	assert_int_equal(send(fd, frame->b, FRAME_SIZE, 0), FRAME_SIZE);
}

/* The host's own packets have other lengths; the tag is taken off on arrival. */
uint64_t frame_marks(int fd)
{
	uint8_t got[FRAME_SIZE + 16];
	uint64_t ret = 0;
	ssize_t n;

	while ((n = recv(fd, got, sizeof(got), MSG_DONTWAIT)) > 0)
		if ((n == FRAME_SIZE || n == FRAME_SIZE - 4) && got[n - 1] < 64)
			ret |= UINT64_C(1) << got[n - 1];
	return ret;
}

#define PATIENCE_S 2

/* One listener for each protocol and device: a listener for everything would stand before tcx. */
static const uint16_t protocols[] = {ETH_P_IP, ETH_P_ARP, ETH_P_IPV6, FRAME_LLDP};

#define N_PROTOCOLS (sizeof(protocols) / sizeof(protocols[0]))

struct ears {
	int port[N_PROTOCOLS], bridge[N_PROTOCOLS];
	uint64_t on_port, on_bridge;
};

static void listen_to(struct ears *ears)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		ears->port[i] = frame_socket("eth0", protocols[i]);
		ears->bridge[i] = frame_socket("br0", protocols[i]);
	}
}

static void hear(struct ears *ears)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		ears->on_port |= frame_marks(ears->port[i]);
		ears->on_bridge |= frame_marks(ears->bridge[i]);
	}
}

static void ears_done(struct ears *ears)
{
	for (size_t i = 0; i < N_PROTOCOLS; i++) {
		close(ears->port[i]);
		close(ears->bridge[i]);
	}
}

/* Which devices have heard @frame. Frames keep their order on a cable but not between devices, so
 * waits for one more round of the same frame, too: then the first one's copies are all there. */
unsigned int frame_heard_on(int peer, struct frame frame)
{
	struct ears ears = {.on_port = 0};
	time_t deadline = time(NULL) + PATIENCE_S;
	unsigned int ret = 0;

	listen_to(&ears);
	for (uint8_t mark = 1; mark <= 2; mark++) {
		frame.b[FRAME_SIZE - 1] = mark;
		frame_send(peer, &frame);
		while (!((ears.on_port | ears.on_bridge) & (1u << mark)) && time(NULL) < deadline)
			hear(&ears);
	}
	hear(&ears);
	ret |= ears.on_port & 1u << 1 ? FRAME_ON_PORT : 0;
	ret |= ears.on_bridge & 1u << 1 ? FRAME_ON_BRIDGE : 0;
	ears_done(&ears);
	return ret;
}
