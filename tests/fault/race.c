/* Works on the files below a root while an attacker who owns them turns its directories into
 *symlinks and back, all the time; nothing outside of the root may be opened or changed. For
 * tests/fault/root.sh:
 *
 *	race DIR ROUNDS SEED [naive|KVMNET]
 *
 * makes DIR/root and DIR/outside. Every round reads, lists and changes files through the library,
 * every hundredth runs the program KVMNET. "naive" does it without the library, as one would at
 * first: the planted mistake. Prints the counts; exit status 1 = something outside was touched.
 * Layer: tests, effects. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/journal.h"
#include "sys/priv.h"

#define NS    "/etc/sysconfig/network-scripts"
#define ETH0  NS "/ifcfg-eth0"
#define BR0   NS "/ifcfg-br0"
#define STATE "/var/lib/kvmnet"

#define EXCHANGE 2 /* RENAME_EXCHANGE. Source: linux/fs.h */

static const char *const folders[] = {
	"/root",	  "/root/etc",		"/root/etc/sysconfig",
	"/root" NS,	  "/root/var",		"/root/var/lib",
	"/root" STATE,	  "/root/decoy",	"/root/decoy/er",
	"/outside",	  "/outside/etc",	"/outside/etc/sysconfig",
	"/outside" NS,	  "/outside/var",	"/outside/var/lib",
	"/outside" STATE, "/outside/lib",	"/outside/lib/kvmnet",
	"/outside/away",  "/outside/sysconfig", "/outside/sysconfig/network-scripts",
};

/* What the attacker exchanges, and for what: every way out of the root, absolute and relative. */
static const struct trick {
	const char *victim, *link, *target; /* @target: '@' = DIR */
} tricks[] = {
	{NS, "/etc/sysconfig/.link", "@/outside" NS},
	{NS, "/etc/sysconfig/.up", "../../../outside" NS},
	{NS, "/etc/sysconfig/.decoy", "../../decoy/er/../../outside" NS},
	{"/etc/sysconfig", "/etc/.link", "@/outside/etc/sysconfig"},
	{"/etc/sysconfig", "/etc/.up", "../../outside/sysconfig"},
	{"/etc", "/.link", "@/outside/etc"},
	{"/etc", "/.up", "../outside/etc"},
	{ETH0, NS "/.link", "@/outside" ETH0},
	{BR0, NS "/.up", "../../../../outside" BR0},
	{STATE, "/var/lib/.link", "@/outside" STATE},
	{STATE, "/var/lib/.up", "../../../outside" STATE},
	{"/var/lib", "/var/.up", "../../outside/lib"},
	{"/var", "/.var", "@/outside/var"},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct race {
	const char *dir;
	uint32_t seed;
	char root[PATH_MAX / 2];
	size_t committed, undone, failed;
};

static uint32_t below(struct race *r, uint32_t n)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 17;
	r->seed ^= r->seed << 5;
	return r->seed % n;
}

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(125);
}

static void put(const char *dir, const char *path, const char *text)
{
	char full[PATH_MAX];

	(void)snprintf(full, sizeof(full), "%s%s", dir, path);
	FILE *file = fopen(full, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		stop(full);
}

static void make_scene(struct race *r)
{
	char full[PATH_MAX], target[PATH_MAX];

	for (size_t i = 0; i < COUNT(folders); i++) {
		(void)snprintf(full, sizeof(full), "%s%s", r->dir, folders[i]);
		if (mkdir(full, 0755) < 0 && errno != EEXIST)
			stop(full);
		/* The attacker's bait: all names that are looked for lie outside, too. */
		if (!strstr(folders[i], "/outside"))
			continue;
		put(full, "/ifcfg-eth0", "DEVICE=eth0\nCANARY=yes\n");
		put(full, "/lock", "");
		put(full, "/journal", "canary\n");
	}
	put(r->root, ETH0, "DEVICE=eth0\nTYPE=Ethernet\n");
	put(r->root, NS "/network-functions", "# functions\n");
	for (size_t i = 0; i < COUNT(tricks); i++) {
		bool whole = tricks[i].target[0] == '@';

		(void)snprintf(full, sizeof(full), "%s%s", r->root, tricks[i].link);
		(void)snprintf(target, sizeof(target), "%s%s", whole ? r->dir : "",
			       tricks[i].target + whole);
		if (symlink(target, full) < 0)
			stop(full);
	}
	/* A name of the canary's file inside: to write into it would be to write outside. */
	(void)snprintf(full, sizeof(full), "%s" NS "/ifcfg-shared", r->root);
	(void)snprintf(target, sizeof(target), "%s/outside" ETH0, r->dir);
	if (link(target, full) < 0)
		stop(full);
}

/* ---- the attacker ---- */

static void exchange(struct race *r, const char *a, const char *b)
{
	char from[PATH_MAX], to[PATH_MAX];

	(void)snprintf(from, sizeof(from), "%s%s", r->root, a);
	(void)snprintf(to, sizeof(to), "%s%s", r->root, b);
	(void)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, EXCHANGE);
}

static _Noreturn void attack(struct race *r)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		const struct trick *t = &tricks[below(r, COUNT(tricks))];
		char in[PATH_MAX], out[PATH_MAX];

		exchange(r, t->victim, t->link);
		for (uint32_t i = below(r, 200); i > 0; i--)
			(void)syscall(SYS_getppid);
		exchange(r, t->victim, t->link);
		/* "decoy/er/.." would be outside for who asks the kernel for a parent. */
		(void)snprintf(in, sizeof(in), "%s/decoy/er", r->root);
		(void)snprintf(out, sizeof(out), "%s/outside/er", r->dir);
		(void)rename(in, out);
		(void)rename(out, in);
	}
}

/* ---- the worker ---- */

static int add(struct kn_root *root, struct kn_filechgs *list, const char *path, const char *after)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_file before = {0};
	struct kn_error err;

	if (kn_root_read(root, path, KN_FILE_MAX, &text, &before.present, &err) < 0)
		return -1;
	before.data = (char *)kn_buf_str(&text);
	before.len = text.len;
	if (before.present && strstr(before.data, "CANARY"))
		return -2; /* read from outside: as bad as written */
	return kn_filechgs_add(list, path, &before, after, after ? strlen(after) : 0, &err);
}

/* What an earlier round could not end under this attack. */
static void recover(struct kn_root *root)
{
	struct kn_journal journal = {0};
	struct kn_strv conflicts = {0};
	struct kn_error err;

	if (kn_journal_look(root) == KN_JOURNAL_DONE)
		kn_journal_finish(root);
	if (kn_journal_look(root) != KN_JOURNAL_OPEN || kn_journal_load(root, &journal, &err) < 0)
		return;
	if (kn_journal_undo(root, &journal, SIZE_MAX, &conflicts, &err) == 0)
		(void)!kn_journal_discard(root, &journal, &err);
	kn_strv_done(&conflicts);
	kn_journal_done(&journal);
}

static void change(struct race *r, struct kn_root *root, const struct kn_filechgs *list)
{
	struct kn_journal journal = {.bridge = {"br0"}};
	struct kn_strv conflicts = {0};
	struct kn_tx *tx;
	struct kn_error err;

	if (kn_tx_begin(root, list, true, &journal, &tx, &err) < 0) {
		r->failed++;
		kn_journal_done(&journal);
		return;
	}
	if (below(r, 4) && kn_tx_apply(tx, &err) == 0 && kn_tx_commit(tx, &err) == 0) {
		r->committed++;
		kn_tx_finish(tx);
	} else if (kn_tx_undo(tx, &conflicts, &err) == 0 && kn_tx_discard(tx, &err) == 0) {
		r->undone++;
	} else {
		r->failed++;
	}
	kn_strv_done(&conflicts);
	kn_tx_free(tx);
	kn_journal_done(&journal);
}

/* One round through the library. Return: false when it read what lies outside. */
static bool work(struct race *r, bool by_hand)
{
	struct kn_filechgs list = {0};
	struct kn_strv names = {0};
	struct kn_lock *lock;
	struct kn_root *root;
	struct kn_error err;
	bool exists;
	int rc = -1;

	if (kn_root_open(r->root, &root, &err) < 0)
		return true;
	root->no_openat2 = by_hand;
	if (kn_lock_take(root, 0, &lock, &err) == 0) {
		recover(root);
		(void)!kn_root_list(root, NS, &names, &exists, &err);
		rc = add(root, &list, ETH0, below(r, 2) ? "DEVICE=eth0\n" : "DEVICE=eth0\nB=1\n");
		if (rc == 0)
			rc = add(root, &list, BR0, below(r, 2) ? "DEVICE=br0\n" : NULL);
		if (rc == 0)
			rc = add(root, &list, NS "/ifcfg-new", below(r, 2) ? "N=1\n" : NULL);
		if (rc == 0)
			change(r, root, &list);
		kn_lock_release(lock);
	}
	kn_strv_done(&names);
	kn_filechgs_done(&list);
	kn_root_close(root);
	return rc != -2;
}

/* What one would write at first: paths put together, and a rename. */
static bool work_naively(struct race *r)
{
	char path[PATH_MAX], fresh[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s" ETH0, r->root);
	(void)snprintf(fresh, sizeof(fresh), "%s" NS "/.new~", r->root);
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0 && write(fd, "DEVICE=eth0\n", 12) == 12)
		(void)rename(fresh, path);
	kn_closep(&fd);
	r->committed++;
	return true;
}

static void run_program(struct race *r, const char *program)
{
	bool create = below(r, 2);
	const char *const argv[] = {"kvmnet", "--root",
				    r->root,  "-q",
				    "bridge", create ? "create" : "delete",
				    "br0",    create ? "--port=eth0" : "--no-live",
				    NULL};
	posix_spawn_file_actions_t actions;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0)
		stop("spawn");
	(void)posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, program, &actions, NULL, (char *const *)argv, environ) != 0)
		stop(program);
	(void)posix_spawn_file_actions_destroy(&actions);
	(void)waitpid(pid, NULL, 0);
}

/* ---- the canary ---- */

static int watch(struct race *r)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char full[PATH_MAX];

	for (size_t i = 0; i < COUNT(folders); i++) {
		if (!strstr(folders[i], "/outside"))
			continue;
		(void)snprintf(full, sizeof(full), "%s%s", r->dir, folders[i]);
		if (fd < 0 || inotify_add_watch(fd, full,
						IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB |
							IN_MOVE | IN_OPEN | IN_CLOSE_WRITE) < 0)
			stop(full);
	}
	return fd;
}

/* Return: events that are not the attacker's own moves of "er"; the first is shown. */
static size_t touched(int fd)
{
	char data[65536] __attribute__((aligned(8)));
	static bool shown;
	size_t n = 0;
	ssize_t len;

	while ((len = read(fd, data, sizeof(data))) > 0) {
		const struct inotify_event *event;

		for (char *at = data; at < data + len; at += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(void *)at;
			if (event->len && !strcmp(event->name, "er"))
				continue;
			if (!shown)
				printf("# outside: %s, event 0x%x\n",
				       event->len ? event->name : "a folder", event->mask);
			shown = true;
			n++;
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	struct race r = {0};
	size_t bad = 0;

	if (argc < 4)
		return 125;
	const char *how = argc > 4 ? argv[4] : "";
	bool naive = !strcmp(how, "naive");
	size_t rounds = strtoumax(argv[2], NULL, 10);
	r.dir = argv[1];
	r.seed = (uint32_t)strtoumax(argv[3], NULL, 10) * 2654435761u | 1;
	(void)snprintf(r.root, sizeof(r.root), "%s/root", r.dir);
	make_scene(&r);
	int canary = watch(&r);
	pid_t attacker = fork();
	if (attacker == 0)
		attack(&r);
	for (size_t i = 1; i <= rounds; i++) {
		bad += naive ? !work_naively(&r) : !work(&r, i % 2);
		if (*how && !naive && i % 100 == 0)
			run_program(&r, how);
		bad += touched(canary);
	}
	(void)kill(attacker, SIGKILL);
	(void)waitpid(attacker, NULL, 0);
	bad += touched(canary);
	printf("%zu rounds: %zu committed, %zu undone, %zu failed, %zu bad\n", rounds, r.committed,
	       r.undone, r.failed, bad);
	return bad > 0;
}
