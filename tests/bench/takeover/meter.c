/* Loss meter: what is lost while a command moves a host's uplink. Options, threads, phases.
 * Test bench; effects: everything the parts do, one child process.
 *   meter --peer NS --pair HOST,PEER ... [--control NS --control-pair PEER,CONTROL ...]
 *         [--rate N] [--control-rate N] [--size BYTES] [--flush-ms N] [--no-tcp] [--warmup MS]
 *         [--settle MS] [--cap S] {--idle MS | --during COMMAND ARGUMENT...}
 *   --guest NS --guest-pair GUEST,PEER: a pair whose near end is a guest's, on the host's bridge
 *   meter --tap NAME NS NAME: a guest's card, until killed: what a hypervisor does */
#include "meter.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define LOOK_NS	   (10 * M_MS)
#define WARM_CAP_S 10

/* ---- options ---- */

static bool number(const char *text, uint64_t *ret)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 9)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*ret = value;
	return true;
}

/* A namespace's name (below /run/netns) or path. */
static int open_netns(const char *name)
{
	char path[256];
	int n = snprintf(path, sizeof(path), "%s%s", strchr(name, '/') ? "" : "/run/netns/", name);

	return n < 0 || (size_t)n >= sizeof(path) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

static bool add_pair(struct m_options *opt, const char *text, enum m_place place)
{
	struct m_pair *pair = &opt->pairs[opt->n_pairs];

	if (opt->n_pairs == M_PAIRS || !m_pair_parse(pair, text))
		return false;
	pair->control = place == M_CONTROL;
	pair->guest = place == M_GUEST;
	pair->index = (unsigned int)opt->n_pairs++;
	return true;
}

static bool take_option(struct m_options *opt, int c)
{
	switch (c) {
	case 'p':
		opt->ns_peer = open_netns(optarg);
		return opt->ns_peer >= 0;
	case 'c':
		opt->ns_control = open_netns(optarg);
		return opt->ns_control >= 0;
	case 'g':
		opt->ns_guest = open_netns(optarg);
		return opt->ns_guest >= 0;
	case 'a':
		return add_pair(opt, optarg, M_HOST);
	case 'b':
		return add_pair(opt, optarg, M_CONTROL);
	case 'G':
		return add_pair(opt, optarg, M_GUEST);
	case 'r':
		return number(optarg, &opt->rate) && opt->rate;
	case 'R':
		return number(optarg, &opt->control_rate);
	case 's':
		return number(optarg, &opt->size);
	case 'f':
		return number(optarg, &opt->flush_ms);
	case 'w':
		return number(optarg, &opt->warmup_ms);
	case 'e':
		return number(optarg, &opt->settle_ms);
	case 'i':
		return number(optarg, &opt->idle_ms);
	case 'x':
		return number(optarg, &opt->cap_s);
	case 'n':
		opt->no_tcp = true;
		return true;
	}
	return false;
}

static bool parse(struct m_options *opt, int argc, char **argv)
{
	static const struct option table[] = {
		{"peer", 1, NULL, 'p'},	  {"control", 1, NULL, 'c'},
		{"pair", 1, NULL, 'a'},	  {"control-pair", 1, NULL, 'b'},
		{"rate", 1, NULL, 'r'},	  {"control-rate", 1, NULL, 'R'},
		{"size", 1, NULL, 's'},	  {"flush-ms", 1, NULL, 'f'},
		{"warmup", 1, NULL, 'w'}, {"settle", 1, NULL, 'e'},
		{"idle", 1, NULL, 'i'},	  {"cap", 1, NULL, 'x'},
		{"no-tcp", 0, NULL, 'n'}, {"during", 0, NULL, 'd'},
		{"guest", 1, NULL, 'g'},  {"guest-pair", 1, NULL, 'G'},
		{NULL, 0, NULL, 0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "+", table, NULL)) != -1) {
		if (c == 'd') /* the command is all the rest */
			break;
		if (!take_option(opt, c)) {
			fprintf(stderr, "meter: bad option near \"%s\"\n", argv[optind - 1]);
			return false;
		}
	}
	if (c == 'd' && optind < argc)
		opt->command = argv + optind;
	return opt->n_pairs && opt->ns_host >= 0 && opt->ns_peer >= 0 &&
	       (opt->command || opt->idle_ms);
}

/* Host (or guest) to peer; control pairs: peer to control. */
static bool place_pairs(struct m_options *opt)
{
	for (size_t i = 0; i < opt->n_pairs; i++) {
		struct m_pair *pair = &opt->pairs[i];

		pair->end[0].netns = pair->control ? opt->ns_peer
				     : pair->guest ? opt->ns_guest
						   : opt->ns_host;
		pair->end[1].netns = pair->control ? opt->ns_control : opt->ns_peer;
		if (pair->end[0].netns < 0 || pair->end[1].netns < 0)
			return false;
	}
	return true;
}

/* ---- the run ---- */

struct run {
	struct m_options opt;
	struct m_udp udp;
	struct m_tcp tcp;
	struct m_flush flush;
	_Atomic int phase;
	pthread_t threads[4];
	size_t n_threads;
	struct m_result result;
};

/* Waits for the child's end, at most @ns. Return: true when a child ended. */
static bool child_ended(uint64_t ns)
{
	struct timespec ts = {.tv_sec = (time_t)(ns / M_S), .tv_nsec = (long)(ns % M_S)};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	return sigtimedwait(&set, NULL, &ts) == SIGCHLD;
}

static bool start_thread(struct run *run, void *(*work)(void *), void *arg)
{
	if (pthread_create(&run->threads[run->n_threads], NULL, work, arg) != 0)
		return false;
	run->n_threads++;
	return true;
}

static bool start_all(struct run *run)
{
	return start_thread(run, m_udp_receive, &run->udp) &&
	       start_thread(run, m_tcp_run, &run->tcp) &&
	       start_thread(run, m_udp_send, &run->udp) &&
	       (!run->opt.flush_ms || start_thread(run, m_flush_run, &run->flush));
}

/* The kernel drops the packet whose neighbour another processor deletes while it is being sent
 * (NEIGH_DEAD): with nothing done at all, some run of four lost one. So whoever deletes shares a
 * processor with whoever sends; the command runs where it likes. */
static bool start_threads(struct run *run)
{
	cpu_set_t all, one;
	bool good;

	if (!run->opt.flush_ms)
		return start_all(run);
	if (sched_getaffinity(0, sizeof(all), &all) < 0)
		return false;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	good = sched_setaffinity(0, sizeof(one), &one) == 0 && start_all(run);
	return sched_setaffinity(0, sizeof(all), &all) == 0 && good;
}

/* Every flow runs, and has run for the warm-up time. */
static bool warm_up(struct run *run)
{
	uint64_t start = m_mono_ns(), warm = run->opt.warmup_ms * M_MS;

	while (!m_udp_flows(&run->udp, 10) || m_mono_ns() < start + warm) {
		if (m_mono_ns() > start + WARM_CAP_S * M_S + warm) {
			fputs("meter: a flow does not get through before the command\n", stderr);
			return false;
		}
		child_ended(LOOK_NS);
	}
	return true;
}

static bool spawn(struct run *run, pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int r;

	/* The command's words go to stderr: stdout is the result's. */
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attr, &none);
	r = posix_spawnp(ret, run->opt.command[0], &files, &attr, run->opt.command, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (r != 0)
		fprintf(stderr, "meter: %s: %s\n", run->opt.command[0], strerror(r));
	return r == 0;
}

/* Runs the command to its end, or kills it at the cap. */
static bool run_command(struct run *run)
{
	uint64_t start = m_mono_ns(), cap = start + run->opt.cap_s * M_S;
	int status = 0;
	pid_t pid;

	if (!spawn(run, &pid))
		return false;
	while (waitpid(pid, &status, WNOHANG) != pid) {
		uint64_t now = m_mono_ns();

		if (now >= cap) {
			run->result.capped = true;
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			break;
		}
		child_ended(cap - now);
	}
	run->result.command_ns = m_mono_ns() - start;
	run->result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

/* Measures on until nothing was lost or late for the settle time, so a tool's late damage counts
 * in full and a clean run is short. */
static void settle(struct run *run)
{
	uint64_t start = m_mono_ns(), want = run->opt.settle_ms * M_MS;
	uint64_t cap = start + run->opt.cap_s * M_S;

	for (;;) {
		uint64_t now = m_mono_ns(), quiet = m_udp_quiet_ns(&run->udp);

		if (now >= start + want && quiet >= want)
			return;
		if (now >= cap) {
			run->result.capped = true;
			return;
		}
		child_ended(LOOK_NS);
	}
}

static void stop(struct run *run)
{
	atomic_store(&run->phase, M_DRAIN);
	for (size_t i = 0; i < run->n_threads; i++)
		pthread_join(run->threads[i], NULL);
}

static bool measure(struct run *run)
{
	uint64_t start = m_mono_ns();
	bool good = start_threads(run) && warm_up(run);

	for (size_t i = 0; good && i < run->tcp.n; i++)
		m_stream_begin(&run->tcp.streams[i]);
	if (good && run->opt.command) {
		good = run_command(run);
		settle(run);
	} else if (good) {
		m_until(m_mono_ns() + run->opt.idle_ms * M_MS);
	}
	run->result.total_ns = m_mono_ns() - start;
	stop(run);
	return good;
}

static int run_meter(struct run *run)
{
	bool good = m_udp_init(&run->udp, &run->opt, &run->phase) == 0 &&
		    m_tcp_init(&run->tcp, &run->opt, &run->phase) == 0 && measure(run);

	m_udp_done(&run->udp);
	m_tcp_done(&run->tcp);
	if (!good)
		return 1;
	run->result.udp = &run->udp;
	run->result.tcp = &run->tcp;
	return m_json_print(&run->result) < 0;
}

int main(int argc, char **argv)
{
	struct run *run = calloc(1, sizeof(*run));
	sigset_t set;
	int status;

	if (argc == 5 && !strcmp(argv[1], "--tap"))
		return m_tap_run(argv[2], open_netns(argv[3]), argv[4]);
	if (!run)
		return 1;
	run->opt = (struct m_options){.rate = 1000,
				      .size = 64,
				      .warmup_ms = 200,
				      .settle_ms = 300,
				      .cap_s = 20,
				      .ns_peer = -1,
				      .ns_guest = -1,
				      .ns_control = -1};
	run->opt.ns_host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	run->tcp.epoll = -1;
	run->tcp.timer = -1;
	run->flush = (struct m_flush){.opt = &run->opt, .phase = &run->phase};
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (!parse(&run->opt, argc, argv) || !place_pairs(&run->opt)) {
		fputs("meter: usage: see the head of meter.c\n", stderr);
		free(run);
		return 2;
	}
	status = run_meter(run);
	free(run);
	return status;
}
