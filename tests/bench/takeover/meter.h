/* Loss meter for takeovers: what its parts share. Test bench, not part of kvmnet.
 * One process owns the sockets of all namespaces (setns before socket), so both ends read the same
 * clock. "A" is the host's end of a pair, "B" the far end; a control pair runs past the host. */
#ifndef TAKEOVER_METER_H
#define TAKEOVER_METER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define M_PAIRS 16
#define M_MS	1000000ull
#define M_S	1000000000ull

/* One end: an address and the namespace it lives in. */
struct m_end {
	struct sockaddr_storage addr;
	socklen_t len;
	int netns; /* borrowed */
	char text[64];
};

struct m_pair {
	struct m_end end[2];
	unsigned int index; /* gives the ports */
	bool control;
	bool guest; /* end[0] is a guest's */
};

/* Where a pair's first end is. */
enum m_place { M_HOST, M_CONTROL, M_GUEST };

struct m_options {
	struct m_pair pairs[M_PAIRS];
	size_t n_pairs;
	uint64_t rate;	       /* packets/s, each flow */
	uint64_t control_rate; /* 0: the same */
	uint64_t size;	       /* UDP payload, bytes */
	uint64_t warmup_ms, idle_ms, settle_ms, cap_s;
	uint64_t flush_ms;			    /* 0: neighbours are left alone */
	int ns_host, ns_peer, ns_control, ns_guest; /* owned by main */
	bool no_tcp;
	char **command; /* NULL: an idle run of idle_ms */
};

/* What the threads are to do; only ever grows. */
enum m_phase { M_RUN, M_DRAIN, M_END };

/* ---- place.c ---- */

/* A socket of the namespace, non-blocking. Return: fd or -1 with errno. */
int m_socket(const struct m_options *opt, const struct m_end *end, int type);
/* Binds to the end's address with @port (0: any). Return: 0 or -1 with errno. */
int m_bind(int fd, const struct m_end *end, uint16_t port);
int m_connect(int fd, const struct m_end *end, uint16_t port);
/* Reads "A,B" into pair->end[]. Return: false when it is none. */
bool m_pair_parse(struct m_pair *pair, const char *text);
uint64_t m_mono_ns(void);
uint64_t m_real_ns(void);
/* Sleeps until @ns of CLOCK_MONOTONIC. */
void m_until(uint64_t ns);

/* ---- udp.c ---- */

struct m_flow {
	const struct m_pair *pair;
	unsigned int from; /* end[] that sends */
	int tx, rx;	   /* rx is the other flow's tx: one socket for each end */
	uint64_t next;	   /* sequence number; also: packets sent */
	uint64_t refused;  /* the kernel would not take them: no route, no neighbour, ... */
	uint8_t *seen;	   /* a bit for each sequence number */
	uint64_t seen_bits;
	uint64_t batch; /* packets each tick */
	uint64_t got, twice;
	uint64_t last_seq, last_tx;
	uint64_t silence_ns;
	uint32_t overflow; /* the meter's own fault: socket buffer full */
	_Atomic uint64_t last_rx;
	_Atomic uint64_t trouble; /* when a gap ended; CLOCK_REALTIME */
};

struct m_udp {
	const struct m_options *opt;
	struct m_flow flows[2 * M_PAIRS];
	size_t n;
	uint64_t tick_ns, batch;
	uint64_t late_ns; /* worst lateness of the sender */
	uint8_t *payload;
	_Atomic int *phase;
};

/* Return: 0 or -1 after a message on stderr. m_udp_done frees in either case. */
int m_udp_init(struct m_udp *udp, const struct m_options *opt, _Atomic int *phase);
void m_udp_done(struct m_udp *udp);
void *m_udp_send(void *udp);
void *m_udp_receive(void *udp);
/* Did every flow pass @count packets? */
bool m_udp_flows(struct m_udp *udp, uint64_t count);
/* Nanoseconds since the last gap or delay of any measured flow; 0 while one is silent. */
uint64_t m_udp_quiet_ns(struct m_udp *udp);
uint64_t m_flow_lost(const struct m_flow *flow);

/* ---- stream.c ---- */

#define M_BLOCK 1000

struct m_stream {
	const struct m_pair *pair;
	unsigned int from;
	int tx, rx;
	uint8_t out[M_BLOCK], in[M_BLOCK];
	size_t out_at, in_at;
	uint64_t stall_ns;
	uint64_t blocks;
	uint32_t before; /* retransmissions until the measuring began */
	uint32_t retransmits;
	bool broken;
};

int m_stream_open(struct m_stream *s, const struct m_options *opt, const struct m_pair *pair,
		  unsigned int from);
void m_stream_write(struct m_stream *s);
void m_stream_read(struct m_stream *s);
/* From here on retransmissions count. */
void m_stream_begin(struct m_stream *s);
void m_stream_close(struct m_stream *s);

/* ---- connect.c ---- */

#define M_CONNS	      8192
#define M_SLOW_NS     (200 * M_MS)
#define M_GIVE_UP_NS  (3 * M_S)
#define M_PROBE_EVERY 10 /* ms */

enum m_conn_kind { M_CONN_FREE, M_CONN_CLIENT, M_CONN_SERVER };

struct m_target {
	const struct m_pair *pair;
	unsigned int from;
	int listener;
};

struct m_conn {
	enum m_conn_kind kind;
	int fd;
	bool control, sent;
	uint64_t start;
};

struct m_count {
	uint64_t made, failed, slow;
};

struct m_probes {
	const struct m_options *opt;
	int epoll;
	struct m_target targets[2 * M_PAIRS];
	size_t n;
	size_t turn;
	struct m_conn *conns;
	size_t open_clients;
	struct m_count count[2]; /* [1]: control */
};

int m_probes_init(struct m_probes *p, const struct m_options *opt, int epoll);
void m_probes_done(struct m_probes *p);
/* One new connection for each family, measured and control. */
void m_probes_start(struct m_probes *p);
void m_probes_accept(struct m_probes *p, size_t target);
void m_probes_event(struct m_probes *p, size_t conn);
/* Gives up what got no answer in M_GIVE_UP_NS; @all: everything that is open. */
void m_probes_expire(struct m_probes *p, bool all);

/* ---- tcp.c ---- */

struct m_tcp {
	const struct m_options *opt;
	struct m_stream streams[2 * M_PAIRS];
	size_t n;
	struct m_probes probes;
	int epoll, timer;
	_Atomic int *phase;
};

int m_tcp_init(struct m_tcp *tcp, const struct m_options *opt, _Atomic int *phase);
void m_tcp_done(struct m_tcp *tcp);
void *m_tcp_run(void *tcp);

/* ---- flush.c ---- */

struct m_flush {
	const struct m_options *opt;
	_Atomic int *phase;
	uint64_t rounds;
};

/* Deletes the neighbours of all ends every flush_ms. */
void *m_flush_run(void *flush);

/* ---- json.c ---- */

struct m_result {
	const struct m_udp *udp;
	const struct m_tcp *tcp;
	uint64_t command_ns, total_ns;
	int status; /* of the command */
	bool capped;
};

/* Return: 0, or -1 when stdout cannot take it. */
int m_json_print(const struct m_result *r);

/* ---- tap.c ---- */

/* A tap called @name here and one called @inside in @netns: what one sends the other receives, as a
 * hypervisor does for its guest. Return: only on failure, 1. */
int m_tap_run(const char *name, int netns, const char *inside);

#endif
