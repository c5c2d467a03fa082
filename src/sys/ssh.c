/* Which SSH session a command is typed in, where the environment does not say: sudo and su drop it.
 * Layer: sys, effects (reads only). */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

#define ANCESTORS   32		 /* processes above this one that are looked at */
#define ENVIRON_MAX (256 * 1024) /* bytes */
#define TABLE_MAX   (4 * 1024 * 1024)
#define SSH_PORT    22
#define ESTABLISHED "01" /* include/net/tcp_states.h */
#define NAME	    "SSH_CONNECTION="

/* A whole file of /proc; false when it cannot be read. */
static bool read_proc(const char *path, size_t max, struct kn_buf *ret)
{
	int fd KN_CLEANUP(kn_closep) = open(path, O_RDONLY | O_CLOEXEC);

	ret->len = 0;
	return fd >= 0 && kn_fd_read(fd, max, ret) == 0 && !ret->failed && ret->data;
}

/* Source: proc(5), /proc/pid/stat: "pid (comm) state ppid ...", and comm may hold anything.
 * Return: 0 = there is none, or it is not told. */
static uint32_t parent_of(uint32_t pid, struct kn_buf *text)
{
	char path[40], digits[12] = "";
	uint32_t parent;

	(void)snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if (!read_proc(path, 4096, text))
		return 0;
	const char *at = strrchr(text->data, ')');
	if (!at || strlen(at) < 5)
		return 0;
	at += 4;
	size_t len = strcspn(at, " ");
	if (len >= sizeof(digits))
		return 0;
	memcpy(digits, at, len);
	return kn_num_is(digits, INT32_MAX, &parent) ? parent : 0;
}

/* The variable in the environment that the process was started with. */
static const char *variable_of(uint32_t pid, struct kn_buf *text)
{
	char path[40];

	(void)snprintf(path, sizeof(path), "/proc/%u/environ", pid);
	if (!read_proc(path, ENVIRON_MAX, text))
		return NULL;
	for (const char *at = text->data; at < text->data + text->len; at += strlen(at) + 1)
		if (!strncmp(at, NAME, strlen(NAME)))
			return at + strlen(NAME);
	return NULL;
}

bool kn_ssh_of_ancestors(struct kn_buf *ret)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	uint32_t pid = (uint32_t)getppid();

	for (int i = 0; i < ANCESTORS && pid > 1; i++, pid = parent_of(pid, &text)) {
		const char *value = variable_of(pid, &text);

		if (!value)
			continue;
		kn_buf_puts(ret, value);
		return !ret->failed;
	}
	return false;
}

/* "0100007F:0016" of /proc/net/tcp, or 32 digits of tcp6: 32-bit words in the machine's order.
 * Source: net/ipv4/tcp_ipv4.c, get_tcp4_sock(); net/ipv6/tcp_ipv6.c, get_tcp6_sock(). */
static bool parse_end(const char *word, struct kn_ip *ret, unsigned int *ret_port)
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	char text[INET6_ADDRSTRLEN];
	uint32_t words[4];
	size_t n = strcspn(word, ":") / 8;

	if ((n != 1 && n != 4) || strcspn(word, ":") % 8)
		return false;
	for (size_t i = 0; i < n; i++)
		if (sscanf(word + i * 8, "%8x", &words[i]) != 1)
			return false;
	if (sscanf(word + n * 8, ":%4x", ret_port) != 1)
		return false;
	/* An IPv4 peer of a socket that takes both. */
	bool is_mapped = n == 4 && !memcmp(words, mapped, sizeof(mapped));
	const void *bytes = is_mapped ? &words[3] : &words[0];
	return inet_ntop(n == 1 || is_mapped ? AF_INET : AF_INET6, bytes, text, sizeof(text)) &&
	       kn_ip_is(text, ret);
}

static bool is_listed(const struct kn_facts *facts, const struct kn_ip *ip)
{
	for (size_t i = 0; i < facts->n_addrs; i++)
		if (kn_ip_eq(&facts->addrs[i].addr.ip, ip))
			return true;
	return false;
}

/* One connection a line: "sl: local remote state ...". */
static bool match_line(const char *line, const struct kn_facts *facts, struct kn_ip *ret_local,
		       struct kn_ip *ret_peer)
{
	char local_word[48], peer_word[48], state[4];
	struct kn_ip local, peer;
	unsigned int port, peer_port;

	if (sscanf(line, " %*u: %47s %47s %3s", local_word, peer_word, state) != 3 ||
	    strcmp(state, ESTABLISHED) != 0 || !parse_end(local_word, &local, &port) ||
	    port != SSH_PORT || !is_listed(facts, &local) ||
	    !parse_end(peer_word, &peer, &peer_port))
		return false;
	*ret_local = local;
	*ret_peer = peer;
	return true;
}

bool kn_ssh_established(const struct kn_facts *facts, struct kn_ip *ret_local,
			struct kn_ip *ret_peer)
{
	static const char *const tables[] = {"/proc/net/tcp", "/proc/net/tcp6"};
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		if (!read_proc(tables[i], TABLE_MAX, &text))
			continue;
		for (const char *line = strchr(text.data, '\n'); line;
		     line = strchr(line + 1, '\n'))
			if (match_line(line + 1, facts, ret_local, ret_peer))
				return true;
	}
	return false;
}
