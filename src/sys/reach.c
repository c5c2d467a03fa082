/* Ping and TCP connect with a deadline, by numeric address only. What is not reachable yet may be a
 * moment later (a port that is still learning), so that everything but a refusal is tried again.
 * Layer: sys, effects. */
#include "sys/reach.h"
#include "sys/journal.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ECHO_EVERY_MS  500 /* a lost echo costs this much */
#define RETRY_EVERY_MS 100 /* after a local refusal: no route, no neighbour */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void put_address(const struct kn_ip *ip, uint16_t port, struct sockaddr_storage *ret,
			socklen_t *ret_len)
{
	struct sockaddr_in *four = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){0};
	if (ip->family == KN_IPV4) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		memcpy(&four->sin_addr, ip->b, sizeof(four->sin_addr));
		*ret_len = sizeof(*four);
		return;
	}
	six->sin6_family = AF_INET6;
	six->sin6_port = htons(port);
	memcpy(&six->sin6_addr, ip->b, sizeof(six->sin6_addr));
	*ret_len = sizeof(*six);
}

static int silent(const struct kn_ip *ip, const char *what, struct kn_error *err)
{
	char text[KN_IP_STRLEN];

	return kn_fail(err, KN_ERR_UNCONFIRMED, 0, "%s does not answer%s", kn_ip_fmt(ip, text),
		       what);
}

/* ---- ping ---- */

struct pinger {
	int fd;
	bool six, raw;
	uint16_t id, seq; /* host order; a ping socket's id is the kernel's */
};

static int open_pinger(const struct kn_ip *ip, struct pinger *ret, struct kn_error *err)
{
	struct pinger ping = {.six = ip->family == KN_IPV6, .id = (uint16_t)getpid()};
	int family = ping.six ? AF_INET6 : AF_INET;
	int proto = ping.six ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;

	ping.fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, proto);
	if (ping.fd < 0) {
		ping.raw = true;
		ping.fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, proto);
	}
	if (ping.fd < 0)
		return kn_fail(err, errno == EPERM ? KN_ERR_PRIVILEGE : KN_ERR_SYSTEM, errno,
			       "cannot open a socket for ping");
	*ret = ping;
	return 0;
}

/* RFC 1071, over whole 16-bit words. */
static uint16_t checksum(const uint16_t *words, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* ICMP and ICMPv6 echoes are laid out alike; only IPv4's checksum on a raw socket is ours to make.
 * Source: RFC 792, RFC 4443 section 4.1, RFC 3542 section 3.1. */
static bool send_echo(struct pinger *ping)
{
	union {
		struct icmphdr hdr;
		uint16_t words[sizeof(struct icmphdr) / 2];
	} echo = {.hdr = {.type = ping->six ? ICMP6_ECHO_REQUEST : ICMP_ECHO}};

	echo.hdr.un.echo.id = htons(ping->id);
	echo.hdr.un.echo.sequence = htons(++ping->seq);
	if (ping->raw && !ping->six)
		echo.hdr.checksum = checksum(echo.words, sizeof(echo.words) / 2);
	return send(ping->fd, &echo, sizeof(echo), MSG_NOSIGNAL) == (ssize_t)sizeof(echo);
}

/* Connected sockets hear the one machine only; a raw one hears its other echoes, too. */
static bool take_reply(const struct pinger *ping)
{
	uint8_t buf[256];
	struct icmphdr hdr;
	ssize_t got;

	while ((got = recv(ping->fd, buf, sizeof(buf), 0)) >= 0) {
		size_t skip = ping->raw && !ping->six ? (size_t)(buf[0] & 15) * 4 : 0;

		if ((size_t)got < skip + sizeof(hdr))
			continue;
		memcpy(&hdr, buf + skip, sizeof(hdr));
		if (hdr.type == (ping->six ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) &&
		    (!ping->raw || ntohs(hdr.un.echo.id) == ping->id))
			return true;
	}
	return false;
}

/* One echo, waited for until @deadline or for half a second. */
static bool echo_once(struct pinger *ping, const struct kn_ip *ip, int64_t deadline)
{
	struct sockaddr_storage addr;
	socklen_t len;
	int64_t now = kn_monotonic_ms();

	put_address(ip, 0, &addr, &len);
	bool sent = connect(ping->fd, (struct sockaddr *)&addr, len) == 0 && send_echo(ping);
	int64_t end = smaller(deadline, now + (sent ? ECHO_EVERY_MS : RETRY_EVERY_MS));
	while (now < end) {
		struct pollfd pfd = {.fd = sent ? ping->fd : -1, .events = POLLIN};

		if (poll(&pfd, 1, (int)(end - now)) > 0) {
			if (take_reply(ping))
				return true;
			/* an error from on the way, taken now; pace the next echo */
			sent = false;
			end = smaller(end, kn_monotonic_ms() + RETRY_EVERY_MS);
		}
		now = kn_monotonic_ms();
	}
	return false;
}

int kn_ping(const struct kn_ip *ip, uint32_t timeout_ms, struct kn_error *err)
{
	int64_t deadline = kn_monotonic_ms() + timeout_ms;
	struct pinger ping;
	bool answers = false;

	if (open_pinger(ip, &ping, err) < 0)
		return -1;
	do
		answers = echo_once(&ping, ip, deadline);
	while (!answers && kn_monotonic_ms() < deadline);
	close(ping.fd);
	return answers ? 0 : silent(ip, " ping", err);
}

/* ---- TCP ---- */

/* One attempt. Return: 0 accepted, else errno. */
static int connect_once(const struct kn_ip *ip, uint16_t port, int64_t deadline)
{
	struct sockaddr_storage addr;
	socklen_t len, size = sizeof(int);
	int error = 0;

	put_address(ip, port, &addr, &len);
	int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	if (connect(fd, (struct sockaddr *)&addr, len) < 0)
		error = errno;
	if (error == EINPROGRESS) {
		struct pollfd pfd = {.fd = fd, .events = POLLOUT};
		int64_t left = deadline - kn_monotonic_ms();

		error = ETIMEDOUT;
		if (poll(&pfd, 1, left > 0 ? (int)left : 0) > 0)
			(void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
	close(fd);
	return error;
}

int kn_tcp_connect(const struct kn_ip *ip, uint16_t port, uint32_t timeout_ms, struct kn_error *err)
{
	int64_t deadline = kn_monotonic_ms() + timeout_ms;
	char text[KN_IP_STRLEN];
	int error;

	while ((error = connect_once(ip, port, deadline)) != 0) {
		int64_t left = deadline - kn_monotonic_ms();

		if (error == ECONNREFUSED)
			return kn_fail(err, KN_ERR_UNCONFIRMED, 0,
				       "%s refuses connections to TCP port %u: nothing listens "
				       "there, or a firewall says no",
				       kn_ip_fmt(ip, text), port);
		if (left <= 0)
			return kn_fail(err, KN_ERR_UNCONFIRMED, 0,
				       "%s does not answer on TCP port %u", kn_ip_fmt(ip, text),
				       port);
		(void)poll(NULL, 0, (int)smaller(left, RETRY_EVERY_MS));
	}
	return 0;
}
