/* The SSH session above a command: by the processes above it, and by a connection. In namespaces of
 * this process; the server is a socket of its own. Layer: tests. */
#include "sysdir.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define ENV "SSH_CONNECTION="

/* The exit status of a child with the environment @env, below which @depth processes without it
 * lie; the last one compares what it finds with @want (NULL = nothing). Run through this program
 * itself: only exec gives a process another environment. */
static int descend(const char *env, const char *depth, const char *want)
{
	char *const envp[] = {(char *)(env ? env : "LANG=C"), NULL};
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)execle("/proc/self/exe", "test", depth, want ? want : "", NULL, envp);
		_exit(99);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* In the processes below: one more, or the look. */
static int below(const char *depth, const char *want)
{
	struct kn_buf found = KN_BUF_INIT;
	char next[2] = {(char)(depth[0] - 1), '\0'};

	if (depth[0] > '0')
		return descend(NULL, next, want);
	bool has = kn_ssh_of_ancestors(&found);
	bool ok = has ? !strcmp(kn_buf_str(&found), want) : !want[0];
	kn_buf_done(&found);
	return ok ? 0 : 1;
}

static void test_the_nearest_process_that_has_the_variable_tells(void **state)
{
	static const char session[] = "192.168.12.9 50000 192.168.12.118 22";

	(void)state;
	for (const char *depth = "1\0"
				 "2\0"
				 "9\0";
	     *depth; depth += 2)
		assert_int_equal(
			descend(ENV "192.168.12.9 50000 192.168.12.118 22", depth, session), 0);
	assert_int_equal(descend("XSSH_CONNECTION=1 2 3 4", "2", ""), 0);
	assert_int_equal(descend(NULL, "2", ""), 0);
}

static void add_addr(struct kn_facts *facts, const char *cidr)
{
	struct kn_laddr addr = {0};
	struct kn_error err;

	assert_int_equal(kn_cidr_parse(cidr, "address", &addr.addr, &err), 0);
	assert_int_equal(kn_facts_add_addr(facts, &addr, &err), 0);
}

static void bring_lo_up(void)
{
	struct ifreq req = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &req), 0);
	close(fd);
}

/* The connection before may linger. */
static void reuse(int fd)
{
	int on = 1;

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
}

/* A connection to @port of @ip: three descriptors. */
static void connect_to(const char *ip, uint16_t port, int fds[3])
{
	bool v6 = strchr(ip, ':') != NULL;
	struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr *addr = v6 ? (struct sockaddr *)&a6 : (struct sockaddr *)&a4;
	socklen_t len = v6 ? sizeof(a6) : sizeof(a4);

	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, ip,
				   v6 ? (void *)&a6.sin6_addr : (void *)&a4.sin_addr),
			 1);
	fds[0] = socket(addr->sa_family, SOCK_STREAM, 0);
	fds[1] = socket(addr->sa_family, SOCK_STREAM, 0);
	reuse(fds[0]);
	assert_int_equal(bind(fds[0], addr, len), 0);
	assert_int_equal(listen(fds[0], 1), 0);
	assert_int_equal(connect(fds[1], addr, len), 0);
	fds[2] = accept(fds[0], NULL, NULL);
	assert_true(fds[2] >= 0);
}

static void hang_up(const int fds[3])
{
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
}

static void check_connection(const char *ip, const char *cidr, uint16_t port, bool want)
{
	struct kn_facts facts = {0};
	struct kn_ip local = {0}, peer = {0}, expected;
	int fds[3];

	add_addr(&facts, "192.168.12.118/24");
	add_addr(&facts, cidr);
	connect_to(ip, port, fds);
	if (kn_ssh_established(&facts, &local, &peer) != want)
		fail_msg("%s %s port %u: not %d", ip, cidr, port, want);
	if (want) {
		assert_true(kn_ip_is(ip, &expected));
		assert_true(kn_ip_eq(&local, &expected));
		assert_int_equal(peer.family, expected.family);
	}
	hang_up(fds);
	kn_facts_done(&facts);
}

static void test_a_connection_to_port_22_of_a_touched_address_counts(void **state)
{
	(void)state;
	check_connection("127.0.0.5", "127.0.0.5/8", 22, true);
	check_connection("::1", "::1/128", 22, true);
	/* another port, another address */
	check_connection("127.0.0.5", "127.0.0.5/8", 2222, false);
	check_connection("127.0.0.6", "127.0.0.5/8", 22, false);
}

static void test_an_ipv4_client_of_a_socket_for_both_counts(void **state)
{
	struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(22)};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(22)};
	struct kn_facts facts = {0};
	struct kn_ip local, peer, expected;
	int fds[3];

	(void)state;
	add_addr(&facts, "127.0.0.7/8");
	assert_int_equal(inet_pton(AF_INET, "127.0.0.7", &to.sin_addr), 1);
	fds[0] = socket(AF_INET6, SOCK_STREAM, 0);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0);
	reuse(fds[0]);
	assert_int_equal(bind(fds[0], (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fds[0], 1), 0);
	assert_false(kn_ssh_established(&facts, &local, &peer));
	assert_int_equal(connect(fds[1], (struct sockaddr *)&to, sizeof(to)), 0);
	fds[2] = accept(fds[0], NULL, NULL);
	assert_true(kn_ssh_established(&facts, &local, &peer));
	assert_true(kn_ip_is("127.0.0.7", &expected));
	assert_true(kn_ip_eq(&local, &expected));
	hang_up(fds);
	kn_facts_done(&facts);
}

static int own_network(void **state)
{
	(void)state;
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	bring_lo_up();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_nearest_process_that_has_the_variable_tells),
		cmocka_unit_test(test_a_connection_to_port_22_of_a_touched_address_counts),
		cmocka_unit_test(test_an_ipv4_client_of_a_socket_for_both_counts),
	};

	if (argc == 3)
		return below(argv[1], argv[2]);
	/* A session that the tests themselves are run in must not be found. */
	if (argc == 1 && getenv("SSH_CONNECTION")) {
		(void)unsetenv("SSH_CONNECTION");
		(void)execl("/proc/self/exe", argv[0], "again", NULL);
		return 1;
	}
	return cmocka_run_group_tests(tests, own_network, NULL);
}
