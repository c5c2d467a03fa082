/* The splice tests' host: two namespaces, a cable, a bridge; steps and their times. */
#include "splice_host.h"

#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "live_sandbox.h"
#include "raw_frames.h"

#define BPFFS	    "/sys/fs/bpf"
#define PATIENCE_US 2000000

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void host_ip(const char *words)
{
	int rc = sandbox_ip(words);

	if (rc)
		fail_msg("ip %s: %d", words, rc);
}

static void enter(int netns)
{
	assert_int_equal(setns(netns, CLONE_NEWNET), 0);
}

void peer_ip(const struct splice_host *host, const char *words)
{
	enter(host->peer.netns);
	int rc = sandbox_ip(words);
	enter(host->host.netns);
	if (rc)
		fail_msg("ip %s, at the peer: %d", words, rc);
}

bool ip_comes_to_say(const char *words, const char *text)
{
	int64_t deadline = now_us() + PATIENCE_US;
	char out[4096];

	do {
		if (!sandbox_ip_read(words, out, sizeof(out)) && strstr(out, text))
			return true;
	} while (now_us() < deadline);
	return false;
}

unsigned int host_pins(void)
{
	DIR *dir = opendir(BPFFS);
	struct dirent *entry;
	unsigned int n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += !strncmp(entry->d_name, "kvmnet-", 7);
	closedir(dir);
	return n;
}

void host_sysctl(const char *key, const char *value)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

static int open_netns(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void make_peer(struct splice_host *host)
{
	char words[128];

	host->host.netns = open_netns();
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	host->peer.netns = open_netns();
	enter(host->host.netns);
	(void)snprintf(words, sizeof(words), "link set peer0 netns /proc/%d/fd/%d", getpid(),
		       host->peer.netns);
	host_ip(words);
	peer_ip(host, "link set peer0 addrgenmode none up");
	peer_ip(host, "address add 192.0.2.2/24 dev peer0");
	peer_ip(host, "address add 2001:db8::2/64 dev peer0 nodad");
	peer_ip(host, "address add fe80::2/64 dev peer0 nodad");
}

static void make_bridge(void)
{
	host_ip("link add br0 address " HOST_MAC " type bridge stp_state 0 forward_delay 0");
	host_ip("link add tap0 type veth peer name tap1");
	host_ip("link set tap1 addrgenmode none up");
	host_ip("link set br0 addrgenmode none up");
	host_ip("link set tap0 addrgenmode none master br0 up");
	host_ip("address add 192.0.2.1/24 dev br0 noprefixroute");
	host_ip("address add 2001:db8::1/64 dev br0 nodad noprefixroute");
	host_ip("address add fe80::1/64 dev br0 nodad");
	assert_true(ip_comes_to_say("link show br0", "state UP"));
}

void host_up(struct splice_host *ret, bool bpffs)
{
	*ret = (struct splice_host){.host = {-1, "192.0.2.1", "2001:db8::1"},
				    .peer = {-1, "192.0.2.2", "2001:db8::2"}};
	if (sandbox_new_net() < 0)
		fail_msg("no network namespace: %s", strerror(errno));
	/* With the previous test's /sys its bpffs has gone, too. */
	if (bpffs)
		assert_int_equal(mount("bpf", BPFFS, "bpf", 0, NULL), 0);
	host_ip("link add eth0 address " HOST_MAC " type veth peer name peer0 address " PEER_MAC);
	make_peer(ret);
	host_ip("link set eth0 addrgenmode none up");
	host_ip("address add 192.0.2.1/24 dev eth0");
	host_ip("address add 2001:db8::1/64 dev eth0 nodad");
	host_ip("address add fe80::1/64 dev eth0 nodad");
	make_bridge();
	ret->port = (int)if_nametoindex("eth0");
	ret->bridge = (int)if_nametoindex("br0");
	assert_true(ret->port > 0 && ret->bridge > 0);
}

void host_down(struct splice_host *host)
{
	close(host->host.netns);
	close(host->peer.netns);
}

void copy_neighbours(const char *dev)
{
	char words[128];

	(void)snprintf(words, sizeof(words),
		       "neighbour replace 192.0.2.2 lladdr " PEER_MAC " nud reachable dev %s", dev);
	host_ip(words);
	(void)snprintf(words, sizeof(words),
		       "neighbour replace 2001:db8::2 lladdr " PEER_MAC " nud reachable dev %s",
		       dev);
	host_ip(words);
}

void move_routes(const char *from, const char *to)
{
	static const char *const forms[] = {
		"route prepend 192.0.2.0/24 proto kernel scope link src 192.0.2.1 dev %s",
		"route del 192.0.2.0/24 dev %s",
		"-6 route append 2001:db8::/64 proto kernel metric 256 dev %s",
		"-6 route del 2001:db8::/64 dev %s",
	};
	char words[128];

	for (size_t i = 0; i < 4; i++) {
		const char *dev = i % 2 ? from : to;
		size_t stem = strlen(forms[i]) - 2;

		(void)snprintf(words, sizeof(words), "%.*s%s", (int)stem, forms[i], dev);
		host_ip(words);
	}
}

void drain(const char *dev)
{
	int64_t deadline = now_us() + 100000;
	char words[64], out[4096];

	(void)snprintf(words, sizeof(words), "neighbour show nud incomplete dev %s", dev);
	do {
		assert_int_equal(sandbox_ip_read(words, out, sizeof(out)), 0);
	} while (out[0] && now_us() < deadline);
}

void forget_neighbours(const struct splice_host *host)
{
	host_ip("neighbour flush dev eth0");
	host_ip("neighbour flush dev br0");
	peer_ip(host, "neighbour flush dev peer0");
}

int peer_socket(const struct splice_host *host, uint16_t type)
{
	assert_int_equal(setns(host->peer.netns, CLONE_NEWNET), 0);
	int ret = frame_socket("peer0", type);
	assert_int_equal(setns(host->host.netns, CLONE_NEWNET), 0);
	return ret;
}

/* By the version, not by our own predicate: that could be what is broken. tcx came with 6.6. */
static bool kernel_has_tcx(void)
{
	struct utsname uts;
	unsigned int major = 0, minor = 0;

	if (uname(&uts) < 0 || sscanf(uts.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 6);
}

int host_enter(void)
{
	if (!kernel_has_tcx()) {
		(void)printf("this kernel has no tcx\n");
		return 77;
	}
	if (geteuid() != 0 || sandbox_enter() < 0) {
		perror("no namespaces here");
		return 77;
	}
	return 0;
}

/* ---- times ---- */

enum call {
	ADD,
	TURN,
	DEL,
	N_CALLS,
};

static struct {
	int64_t min, max, sum;
	unsigned int n;
} times[N_CALLS];

static void note(enum call call, int64_t begin)
{
	int64_t us = now_us() - begin;

	if (!times[call].n || us < times[call].min)
		times[call].min = us;
	if (us > times[call].max)
		times[call].max = us;
	times[call].sum += us;
	times[call].n++;
}

struct kn_splice *host_splice(const struct splice_host *host, unsigned int directions)
{
	struct kn_splice *ret = timed_add(host);

	timed_turn(ret, directions);
	return ret;
}

struct kn_splice *timed_add(const struct splice_host *host)
{
	struct kn_splice *ret = NULL;
	struct kn_error err = {0};
	int64_t begin = now_us();

	if (kn_splice_add(host->port, host->bridge, &ret, &err) < 0)
		fail_msg("%s", err.message);
	note(ADD, begin);
	return ret;
}

void timed_turn(struct kn_splice *splice, unsigned int directions)
{
	struct kn_error err = {0};
	int64_t begin = now_us();

	if (kn_splice_turn(splice, directions, &err) < 0)
		fail_msg("%s", err.message);
	note(TURN, begin);
}

void timed_del(struct kn_splice *splice)
{
	int64_t begin = now_us();

	kn_splice_del(splice);
	note(DEL, begin);
}

int64_t print_timings(void)
{
	static const char *const words[N_CALLS] = {"add", "turn", "del"};

	for (size_t i = 0; i < N_CALLS; i++)
		if (times[i].n)
			(void)printf("%s: %lld us at least, %lld in the mean, %lld at most (%u)\n",
				     words[i], (long long)times[i].min,
				     (long long)(times[i].sum / times[i].n),
				     (long long)times[i].max, times[i].n);
	return times[TURN].min;
}
