/* The operations on DHCP clients: move one to another interface with its lease, start, stop.
 * A client is ended without its script and without a release, and its successor takes the lease
 * up (INIT-REBOOT), so that the address never goes away. Layer: sys, effects. */
#include "sys/dhcp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

#define LEASE_MAX   (1024 * 1024) /* bytes; dhclient rewrites the file every 20 leases or so */
#define PID_LIMIT   4194304
#define CLIENTS_MAX 4 /* of one interface: one of each family is what exists */

/* One client on its way. */
struct move {
	const struct kn_dhcp_client *old;
	struct kn_dhcp_paths paths; /* of the successor */
	struct kn_strv argv;	    /* its command line; empty: there is a successor already */
	struct kn_strv back;	    /* how to start @old again */
	bool stopped, started;
};

struct moves {
	struct kn_root *root;
	const struct kn_ifname *from, *to;
	struct move v[CLIENTS_MAX];
	size_t n;
};

static void moves_done(struct moves *moves)
{
	for (size_t i = 0; i < moves->n; i++) {
		kn_dhcp_paths_done(&moves->v[i].paths);
		kn_strv_done(&moves->v[i].argv);
		kn_strv_done(&moves->v[i].back);
	}
}

/* A host may have one client for each family: they are moved together, and never mixed up. */
static bool is_ipv6(const struct kn_dhcp_client *client)
{
	struct kn_dhclient_args args;

	kn_dhclient_parse(&client->argv, &args);
	return args.ipv6;
}

/* ---- looking ---- */

static int find_on(const struct kn_ifname *a, const struct kn_ifname *b, struct kn_facts *ret,
		   struct kn_error *err)
{
	struct kn_names names KN_CLEANUP(kn_names_done) = {0};

	if (kn_names_add(&names, a, err) < 0 || (b && kn_names_add(&names, b, err) < 0))
		return -1;
	return kn_dhcp_find(&names, ret, err);
}

/* A client that cannot be ended and started by the name of one interface. */
static int check_movable(const struct kn_dhcp_client *c, struct kn_error *err)
{
	struct kn_dhclient_args args;
	const char *dev = c->dev.s;

	if (!c->is_dhclient) {
		(void)kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			      "%s (process %d) serves %s: only dhclient "
			      "can be taken over",
			      c->program, c->pid, dev);
		return kn_hint(err, "stop %s for %s first", c->program, dev);
	}
	kn_dhclient_parse(&c->argv, &args);
	if (args.n_ifs != 1) {
		(void)kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			      "dhclient (process %d) serves other "
			      "interfaces besides %s: it cannot be moved",
			      c->pid, dev);
		return kn_hint(err, "let %s have a dhclient of its own", dev);
	}
	if (args.foreground) {
		(void)kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			      "dhclient (process %d) of %s runs in the "
			      "foreground (-d): what supervises it would start it again",
			      c->pid, dev);
		return kn_hint(err, "stop the service that runs dhclient on %s first", dev);
	}
	return 0;
}

/* The client the plan was made for has to be among those that run now. */
static int check_given(const struct kn_dhcp_client *given, const struct kn_facts *now,
		       const struct kn_ifname *dev, struct kn_error *err)
{
	if (!given || !kn_ifname_eq(&given->dev, dev))
		return 0;
	for (size_t i = 0; i < now->n_clients; i++)
		if (now->clients[i].pid == given->pid && kn_dhcp_still(given))
			return 0;
	(void)kn_fail(err, KN_ERR_SYSTEM, 0,
		      "the DHCP client of %s (process %d) has changed "
		      "meanwhile",
		      dev->s, given->pid);
	return kn_hint(err, "run the command again");
}

/* A move that was interrupted between start and stop: only the old client is left to end. */
static bool has_successor(const struct kn_facts *facts, const struct kn_ifname *dev, bool ipv6)
{
	for (size_t i = 0; i < facts->n_clients; i++)
		if (kn_ifname_eq(&facts->clients[i].dev, dev) &&
		    is_ipv6(&facts->clients[i]) == ipv6)
			return true;
	return false;
}

/* ---- preparing ---- */

/* The successor's files: named as the old ones, else as this kind of host names them. */
static int choose_paths(struct kn_root *root, const struct kn_dhcp_client *old,
			const struct kn_ifname *to, struct kn_dhcp_paths *ret, struct kn_error *err)
{
	struct kn_dhcp_paths renamed = {0};
	bool rhel = kn_root_exists(root, "/var/lib/dhclient");

	if (kn_dhcp_paths_default(rhel, is_ipv6(old), to, ret, err) < 0)
		return -1;
	if ((old->lease_file &&
	     kn_dhcp_path_rename(old->lease_file, &old->dev, to, &renamed.lease, err) < 0) ||
	    (old->pid_file &&
	     kn_dhcp_path_rename(old->pid_file, &old->dev, to, &renamed.pid, err) < 0)) {
		kn_dhcp_paths_done(&renamed);
		return -1;
	}
	if (renamed.lease) {
		free(ret->lease);
		ret->lease = renamed.lease;
	}
	if (renamed.pid) {
		free(ret->pid);
		ret->pid = renamed.pid;
	}
	return 0;
}

/* Asked before the old client ends: its program may have been removed from the disk since. */
static int check_exe(const char *exe, struct kn_error *err)
{
	return access(exe, X_OK) == 0 ? 0 : kn_sys_fail(err, errno, "run", exe);
}

/* Everything that can fail without harm. */
static int prepare(struct moves *moves, const struct kn_dhcp_client *old, bool succeeded,
		   struct kn_error *err)
{
	const char *script = NULL;
	struct move *m;

	if (check_movable(old, err) < 0 || check_exe(old->exe, err) < 0)
		return -1;
	if (moves->n == CLIENTS_MAX)
		return kn_fail(err, KN_ERR_UNSUPPORTED, 0, "more than %d DHCP clients serve %s",
			       CLIENTS_MAX, old->dev.s);
	m = &moves->v[moves->n++];
	m->old = old;
	if (succeeded)
		return 0;
	if (choose_paths(moves->root, old, moves->to, &m->paths, err) < 0 ||
	    kn_dhcp_script_install(old->pid, &script, err) < 0)
		return -1;
	if (kn_dhclient_build(
		    &old->argv,
		    &(struct kn_dhcp_start){moves->to, m->paths.lease, m->paths.pid, script},
		    &m->argv, err) < 0)
		return -1;
	return kn_dhclient_build(
		&old->argv,
		&(struct kn_dhcp_start){&old->dev, old->lease_file, old->pid_file, script},
		&m->back, err);
}

static int prepare_all(struct moves *moves, const struct kn_facts *facts, struct kn_error *err)
{
	for (size_t i = 0; i < facts->n_clients; i++) {
		const struct kn_dhcp_client *c = &facts->clients[i];

		if (kn_ifname_eq(&c->dev, moves->from) &&
		    prepare(moves, c, has_successor(facts, moves->to, is_ipv6(c)), err) < 0)
			return -1;
	}
	return 0;
}

/* ---- doing ---- */

/* A stale file would make a later `ifdown` signal whoever has the number then. */
static void drop_pid_file(struct kn_root *root, const struct kn_dhcp_client *client)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_error err;
	bool present = false;
	uint32_t pid;

	if (!client->pid_file ||
	    kn_root_read(root, client->pid_file, 64, &text, &present, &err) < 0 || !present)
		return;
	while (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	if (kn_num_is(kn_buf_str(&text), PID_LIMIT, &pid) && pid == (uint32_t)client->pid)
		(void)unlink(client->pid_file);
}

/* The lease file stays: it is what the successor, or a later return, takes up. */
static int stop(struct kn_root *root, const struct kn_dhcp_client *client, struct kn_error *err)
{
	if (kn_dhcp_kill(client, err) < 0)
		return -1;
	drop_pid_file(root, client);
	return 0;
}

/* Copies the lease. Without one, the successor must not take up what an earlier client of its
 * interface left: it then starts with an empty file. */
static int carry_lease(struct kn_root *root, const struct kn_dhcp_client *old,
		       const struct kn_ifname *to, const char *path, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf renamed KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct stat st = {.st_mode = 0644};
	bool present = false;

	if (old->lease_file &&
	    kn_root_read(root, old->lease_file, LEASE_MAX, &text, &present, err) < 0)
		return -1;
	if (present)
		kn_dhcp_lease_rename(kn_buf_str(&text), text.len, &old->dev, to, &renamed);
	if (present && stat(old->lease_file, &st) < 0)
		st.st_mode = 0600;
	return kn_dhcp_write(path, &renamed, st.st_mode & 0777, old->lease_file, err);
}

/* dhclient refuses to start while its pid file names a process that lives, whichever it is. */
static int start(const char *exe, const struct kn_strv *argv, const char *pid_file,
		 const struct kn_ifname *dev, struct kn_error *err)
{
	struct kn_facts now KN_CLEANUP(kn_facts_done) = {0};

	if (pid_file && unlink(pid_file) < 0 && errno != ENOENT)
		return kn_sys_fail(err, errno, "remove", pid_file);
	if (kn_dhcp_spawn(exe, argv, err) < 0 || find_on(dev, NULL, &now, err) < 0)
		return -1;
	if (now.n_clients == 0)
		return kn_fail(err, KN_ERR_SYSTEM, 0, "dhclient for %s ended right after its start",
			       dev->s);
	return 0;
}

/* The lease is copied after the end, so that a renewal of the last moment is in it. */
static int move_one(struct moves *moves, struct move *m, struct kn_error *err)
{
	if (stop(moves->root, m->old, err) < 0)
		return -1;
	m->stopped = true;
	if (m->argv.n == 0)
		return 0;
	if (carry_lease(moves->root, m->old, moves->to, m->paths.lease, err) < 0)
		return -1;
	m->started = true; /* also when that fails halfway: the way back looks for it */
	return start(m->old->exe, &m->argv, m->paths.pid, moves->to, err);
}

/* Ends the successor, if it lives. */
static int stop_started(struct moves *moves, const struct move *m, struct kn_error *err)
{
	struct kn_facts now KN_CLEANUP(kn_facts_done) = {0};

	if (find_on(moves->to, NULL, &now, err) < 0)
		return -1;
	for (size_t i = 0; i < now.n_clients; i++)
		if (is_ipv6(&now.clients[i]) == is_ipv6(m->old) &&
		    stop(moves->root, &now.clients[i], err) < 0)
			return -1;
	return 0;
}

/* The clients as they were before. @err holds why, and keeps it unless this fails too. */
static int move_back(struct moves *moves, struct kn_error *err)
{
	struct kn_error second;

	for (size_t i = 0; i < moves->n; i++) {
		struct move *m = &moves->v[i];

		if ((m->started && stop_started(moves, m, &second) < 0) ||
		    (m->stopped && m->argv.n > 0 &&
		     start(m->old->exe, &m->back, m->old->pid_file, moves->from, &second) < 0)) {
			(void)kn_fail(err, KN_ERR_INCOMPLETE, 0, "no DHCP client serves %s now: %s",
				      moves->from->s, second.message);
			return kn_hint(err, "start it by hand: dhclient %s", moves->from->s);
		}
	}
	return -1;
}

/* All that can be refused is refused before the first client ends. */
static int move_found(struct moves *moves, const struct kn_facts *facts, struct kn_error *err)
{
	if (prepare_all(moves, facts, err) < 0)
		return -1;
	if (moves->n == 0 && facts->n_clients == 0)
		return kn_fail(err, KN_ERR_SYSTEM, 0, "no DHCP client serves %s any more",
			       moves->from->s);
	for (size_t i = 0; i < moves->n; i++)
		if (move_one(moves, &moves->v[i], err) < 0)
			return move_back(moves, err);
	return 0;
}

/* Looks again: what was found when the plan was made may have ended, or be moved already. */
static int do_move(struct kn_root *root, const struct kn_op *op, const struct kn_dhcp_client *given,
		   struct kn_error *err)
{
	struct moves moves KN_CLEANUP(moves_done) = {
		.root = root, .from = &op->other, .to = &op->dev};
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};

	if (find_on(&op->other, &op->dev, &facts, err) < 0 ||
	    check_given(given, &facts, &op->other, err) < 0)
		return -1;
	return move_found(&moves, &facts, err);
}

/* The address stays where it is: removing it is the plan's business. */
static int do_stop(struct kn_root *root, const struct kn_op *op, const struct kn_dhcp_client *given,
		   struct kn_error *err)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};

	if (find_on(&op->dev, NULL, &facts, err) < 0 ||
	    check_given(given, &facts, &op->dev, err) < 0)
		return -1;
	for (size_t i = 0; i < facts.n_clients; i++)
		if (check_movable(&facts.clients[i], err) < 0)
			return -1;
	for (size_t i = 0; i < facts.n_clients; i++)
		if (stop(root, &facts.clients[i], err) < 0)
			return -1;
	return 0;
}

static int find_dhclient(const char **ret, struct kn_error *err)
{
	static const char *const places[] = {"/sbin/dhclient", "/usr/sbin/dhclient"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0) {
			*ret = places[i];
			return 0;
		}
	(void)kn_fail(err, KN_ERR_UNSUPPORTED, 0, "there is no dhclient on this host");
	return kn_hint(err, "install dhclient (package dhcp-client or isc-dhcp-client)");
}

/* A first client: the distribution's own script, as its ifup would start it. */
static int start_fresh(struct kn_root *root, const struct kn_ifname *dev, struct kn_error *err)
{
	struct kn_dhcp_paths paths KN_CLEANUP(kn_dhcp_paths_done) = {0};
	struct kn_strv words KN_CLEANUP(kn_strv_done) = {0};
	struct kn_strv argv KN_CLEANUP(kn_strv_done) = {0};
	bool rhel = kn_root_exists(root, "/var/lib/dhclient");
	const char *exe = NULL;

	if (find_dhclient(&exe, err) < 0 || kn_strv_add(&words, exe, err) < 0 ||
	    kn_dhcp_paths_default(rhel, false, dev, &paths, err) < 0)
		return -1;
	if (kn_dhclient_build(&words, &(struct kn_dhcp_start){dev, paths.lease, paths.pid, NULL},
			      &argv, err) < 0)
		return -1;
	return start(exe, &argv, paths.pid, dev, err);
}

/* A client that was stopped before: its own words again, and its address is left in place. */
static int start_again(const struct kn_dhcp_client *old, struct kn_error *err)
{
	struct kn_strv argv KN_CLEANUP(kn_strv_done) = {0};
	const char *script = NULL;

	if (check_movable(old, err) < 0 || check_exe(old->exe, err) < 0 ||
	    kn_dhcp_script_install(0, &script, err) < 0)
		return -1;
	if (kn_dhclient_build(
		    &old->argv,
		    &(struct kn_dhcp_start){&old->dev, old->lease_file, old->pid_file, script},
		    &argv, err) < 0)
		return -1;
	return start(old->exe, &argv, old->pid_file, &old->dev, err);
}

static int do_start(struct kn_root *root, const struct kn_op *op,
		    const struct kn_dhcp_client *given, struct kn_error *err)
{
	struct kn_facts facts KN_CLEANUP(kn_facts_done) = {0};

	if (find_on(&op->dev, NULL, &facts, err) < 0)
		return -1;
	if (facts.n_clients > 0)
		return 0;
	if (given && kn_ifname_eq(&given->dev, &op->dev))
		return start_again(given, err);
	return start_fresh(root, &op->dev, err);
}

int kn_dhcp_exec(struct kn_root *root, const struct kn_op *op, const struct kn_dhcp_client *client,
		 struct kn_error *err)
{
	if (!kn_root_is_host(root))
		return kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			       "DHCP clients are changed on the running host only");
	if (op->kind == KN_OP_DHCP_MOVE)
		return do_move(root, op, client, err);
	if (op->kind == KN_OP_DHCP_START)
		return do_start(root, op, client, err);
	if (op->kind == KN_OP_DHCP_STOP)
		return do_stop(root, op, client, err);
	return kn_fail(err, KN_ERR_SYSTEM, 0, "operation %d is none on DHCP clients",
		       (int)op->kind);
}
