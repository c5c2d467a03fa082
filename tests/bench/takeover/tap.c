/* A guest's network card as its hypervisor makes it: a tap on the host's bridge that one process
 * holds, which hands every frame on. The guest itself is a namespace with the other tap.
 * Test bench; effects: two links, which go with the process. */
#include "meter.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FRAME_MAX 65536

static int open_tap(const char *name)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || strlen(name) >= sizeof(ifr.ifr_name))
		return -1;
	memcpy(ifr.ifr_name, name, strlen(name));
	return ioctl(fd, TUNSETIFF, &ifr) < 0 ? -1 : fd;
}

/* A tap that is down refuses frames: so does a card without a cable. */
static void hand_on(int from, int to)
{
	static char frame[FRAME_MAX];
	ssize_t n;

	while ((n = read(from, frame, sizeof(frame))) > 0)
		(void)!write(to, frame, (size_t)n);
}

int m_tap_run(const char *name, int netns, const char *inside)
{
	struct pollfd fds[2] = {{.events = POLLIN}, {.events = POLLIN}};

	fds[0].fd = open_tap(name);
	if (fds[0].fd < 0 || netns < 0 || setns(netns, CLONE_NEWNET) < 0) {
		perror("meter: tap");
		return 1;
	}
	fds[1].fd = open_tap(inside);
	if (fds[1].fd < 0) {
		perror("meter: tap of the guest");
		return 1;
	}
	for (;;) {
		if (poll(fds, 2, -1) < 0)
			return 1;
		hand_on(fds[0].fd, fds[1].fd);
		hand_on(fds[1].fd, fds[0].fd);
	}
}
