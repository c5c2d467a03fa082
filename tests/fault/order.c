/* After a power cut, what is on the disk: every state that the writes, renames and syncs of one
 * command allow, as weakly as POSIX does. A file's bytes and mode are certain only after its fsync
 * (before: empty, half, or all), a name only after its folder's; any subset of what is uncertain
 *may be there, and a rename is one step. On each state `kvmnet recover` has to give all old or all
 *new. Then once more without each fsync: if nothing goes wrong without it, it is not needed.
 *
 *	order LOG ROOT OLD NEW WORK KVMNET
 *
 * LOG: strace of the command, which began at a tree like WORK.before, below ROOT. OLD, NEW: trees.
 * In the folder WORK states are made. Prints a line "N states, B bad" for the command, one for each
 * fsync, and the first bad states. Exit status 1 = some were bad. Layer: tests, effects. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "order.h"

#define PENDING_MAX 12 /* of more than 2^12 subsets, every so many-th is taken */
#define SEEN_MAX    (1 << 20)
#define LINES_MAX   4096
#define NONE	    SIZE_MAX

enum fill { FILL_ALL, FILL_EMPTY, FILL_HALF };

struct explorer {
	struct story story;
	const char *work, *program;
	char *pictures[2]; /* old, new */
	uint64_t *seen;
	size_t states, bad, shown, without; /* without: an fsync that does not count */
	size_t names[OPS_MAX];		    /* the operation that gave a name, of those in force */
	size_t n_names;
	enum fill fills[INODES_MAX];
	bool must_be_new;
};

static _Noreturn void stop(const char *what)
{
	perror(what);
	exit(125);
}

/* ---- pictures of a tree: what has to be old or new ---- */

static FILE *picture;
static size_t picture_skip;

static int draw(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + picture_skip;
	char data[4096];
	size_t n;

	(void)type;
	(void)ftw;
	/* What was committed is on record, wherever that is by now. Its name has the time in it. */
	if (S_ISREG(st->st_mode) && (strstr(name, "/history/") || strstr(name, "/journal.done")))
		fprintf(picture, "a change\n");
	if (strncmp(name, "/etc", 4) != 0 && !strstr(name, "/origin-"))
		return 0;
	fprintf(picture, "%s %o\n", name, st->st_mode);
	if (!S_ISREG(st->st_mode))
		return 0;
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	while ((n = fread(data, 1, sizeof(data), file)) > 0)
		fwrite(data, 1, n, picture);
	fclose(file);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* nftw() goes in the folder's order: lines are sorted, which is enough to compare. New. */
static char *picture_of(const char *dir)
{
	char *text = NULL, *lines[LINES_MAX], *sorted = NULL;
	size_t len = 0, n = 0;

	picture = open_memstream(&text, &len);
	picture_skip = strlen(dir);
	if (!picture || nftw(dir, draw, 16, FTW_PHYS) < 0 || fclose(picture) != 0)
		stop(dir);
	for (char *rest = text, *line; (line = strsep(&rest, "\n")) && n < LINES_MAX;)
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), by_text);
	FILE *out = open_memstream(&sorted, &len);
	if (!out)
		stop("memory");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "%s\n", lines[i]);
	fclose(out);
	free(text);
	return sorted;
}

/* ---- a state on the disk ---- */

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level ? remove(path) : 0;
}

static void make(const struct explorer *ex, const char *name, size_t i)
{
	const struct inode *inode = &ex->story.inodes[i];
	char full[PATH_MAX];
	size_t len = inode->len;

	(void)snprintf(full, sizeof(full), "%s%s", ex->work, name);
	if (S_ISDIR(inode->mode)) {
		(void)mkdir(full, inode->mode & 07777);
		return;
	}
	if (S_ISLNK(inode->mode)) {
		(void)!symlink(inode->data, full);
		return;
	}
	if (ex->fills[i] == FILL_EMPTY)
		len = 0;
	else if (ex->fills[i] == FILL_HALF)
		len /= 2;
	/* Where the folder itself is missing, there is no such file. */
	int fd = open(full, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (write(fd, inode->data ? inode->data : "", len) != (ssize_t)len ||
	    (ex->fills[i] == FILL_ALL && fchmod(fd, inode->mode & 07777) < 0))
		stop(full);
	close(fd);
}

static int recover(const struct explorer *ex)
{
	const char *const argv[] = {"kvmnet", "--root", ex->work, "recover", NULL};
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	if (posix_spawn_file_actions_init(&actions) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn(&pid, ex->program, &actions, NULL, (char *const *)argv, environ) != 0 ||
	    waitpid(pid, &status, 0) < 0)
		stop(ex->program);
	(void)posix_spawn_file_actions_destroy(&actions);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void show(struct explorer *ex, size_t at, int status)
{
	if (ex->without != NONE || ex->shown++ >= 3)
		return;
	printf("# bad: before call %zu, recover ended with %d, then%s\n", at, status,
	       ex->must_be_new ? " not new" : " neither old nor new");
	for (size_t i = 0; i < ex->n_names; i++) {
		const struct op *op = &ex->story.ops[ex->names[i]];

		if (ex->names[i] >= ex->story.n_old)
			printf("#   %s (%s)\n", op->to,
			       ex->fills[op->inode] == FILL_ALL ? "whole" : "not whole");
	}
}

static void try_state(struct explorer *ex, size_t at)
{
	if (nftw(ex->work, remove_one, 16, FTW_PHYS | FTW_DEPTH) < 0)
		stop(ex->work);
	for (size_t i = 0; i < ex->n_names; i++)
		make(ex, ex->story.ops[ex->names[i]].to, ex->story.ops[ex->names[i]].inode);
	int status = recover(ex);
	char *now = picture_of(ex->work);
	bool good = status == 0 && (!strcmp(now, ex->pictures[1]) ||
				    (!ex->must_be_new && !strcmp(now, ex->pictures[0])));
	free(now);
	ex->states++;
	if (good)
		return;
	ex->bad++;
	show(ex, at, status);
}

/* ---- all of them ---- */

static bool is_below(const char *name, const char *dir)
{
	const char *slash = name ? strrchr(name, '/') : NULL;

	return slash && (size_t)(slash - name) == strlen(dir) &&
	       !strncmp(name, dir, (size_t)(slash - name));
}

/* Was the folder of @name synced between @op and @at? */
static bool is_synced(const struct explorer *ex, size_t op, const char *name, size_t at)
{
	if (!name)
		return true;
	for (size_t i = op + 1; i < at; i++)
		if (ex->story.ops[i].kind == OP_SYNC_DIR && i != ex->without &&
		    is_below(name, ex->story.ops[i].from))
			return true;
	return false;
}

static bool is_whole(const struct explorer *ex, size_t inode, size_t at)
{
	bool whole = true;

	for (size_t i = 0; i < at; i++) {
		const struct op *op = &ex->story.ops[i];

		if (op->kind == OP_DATA && op->inode == inode)
			whole = false;
		if (op->kind == OP_SYNC && op->inode == inode && i != ex->without)
			whole = true;
	}
	return whole;
}

static void drop_name(struct explorer *ex, const char *name)
{
	for (size_t i = 0; i < ex->n_names; i++) {
		if (strcmp(ex->story.ops[ex->names[i]].to, name) != 0)
			continue;
		memmove(&ex->names[i], &ex->names[i + 1],
			(ex->n_names - i - 1) * sizeof(*ex->names));
		ex->n_names--;
		return;
	}
}

static void apply(struct explorer *ex, size_t i)
{
	const struct op *op = &ex->story.ops[i];

	if (op->from)
		drop_name(ex, op->from);
	if (!op->to)
		return;
	drop_name(ex, op->to);
	ex->names[ex->n_names++] = i;
}

static bool is_new(struct explorer *ex)
{
	uint64_t hash = 14695981039346656037u + ex->must_be_new;

	/* Order does not matter: a sum over the names, each by its text, file and filling. */
	for (size_t i = 0; i < ex->n_names; i++) {
		const struct op *op = &ex->story.ops[ex->names[i]];
		uint64_t one = 1469598103u + op->inode * 31 + ex->fills[op->inode];

		for (const char *c = op->to; *c; c++)
			one = (one ^ (unsigned char)*c) * 1099511628211u;
		hash += one * (one | 1);
	}
	for (size_t at = hash % SEEN_MAX;; at = (at + 1) % SEEN_MAX) {
		if (ex->seen[at] == hash)
			return false;
		if (!ex->seen[at]) {
			ex->seen[at] = hash;
			return true;
		}
	}
}

/* Every filling of the files that are not whole, from the name @from on. */
static void fill_and_try(struct explorer *ex, size_t from, size_t at)
{
	if (ex->without != NONE && ex->bad)
		return;
	for (; from < ex->n_names; from++) {
		size_t inode = ex->story.ops[ex->names[from]].inode;

		if (ex->names[from] < ex->story.n_old || !S_ISREG(ex->story.inodes[inode].mode) ||
		    is_whole(ex, inode, at))
			continue;
		for (int fill = FILL_ALL; fill <= FILL_HALF; fill++) {
			ex->fills[inode] = (enum fill)fill;
			fill_and_try(ex, from + 1, at);
		}
		ex->fills[inode] = FILL_ALL;
		return;
	}
	if (is_new(ex))
		try_state(ex, at);
}

/* The power goes before operation @at. */
static void cut(struct explorer *ex, size_t at)
{
	size_t n = 0;
	bool is_pending[OPS_MAX] = {false};

	for (size_t i = ex->story.n_old; i < at; i++) {
		const struct op *op = &ex->story.ops[i];

		if (op->kind > OP_UNLINK ||
		    (is_synced(ex, i, op->from, at) && is_synced(ex, i, op->to, at)))
			continue;
		is_pending[i] = true;
		n++;
	}
	uint64_t subsets = (uint64_t)1 << n, step = 1;
	if (n > PENDING_MAX)
		step = (subsets >> PENDING_MAX) | 1;
	for (uint64_t mask = 0; mask < subsets; mask += step) {
		size_t next = 0;

		ex->n_names = 0;
		for (size_t i = 0; i < at; i++) {
			if (is_pending[i] && !(mask >> next++ & 1))
				continue;
			if (ex->story.ops[i].kind <= OP_UNLINK)
				apply(ex, i);
		}
		fill_and_try(ex, 0, at);
	}
}

/* Before each sync as much is uncertain as ever; after the end, it has to be new. */
static void explore(struct explorer *ex, size_t without)
{
	ex->without = without;
	ex->states = ex->bad = 0;
	memset(ex->seen, 0, SEEN_MAX * sizeof(*ex->seen));
	ex->must_be_new = false;
	for (size_t i = ex->story.n_old; i < ex->story.n_ops; i++)
		if (ex->story.ops[i].kind >= OP_SYNC)
			cut(ex, i);
	ex->must_be_new = true;
	cut(ex, ex->story.n_ops);
}

int main(int argc, char **argv)
{
	static struct explorer ex;
	char before[PATH_MAX];

	if (argc != 7)
		return 125;
	ex.story.root = argv[2];
	ex.pictures[0] = picture_of(argv[3]);
	ex.pictures[1] = picture_of(argv[4]);
	ex.work = argv[5];
	ex.program = argv[6];
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	ex.seen = calloc(SEEN_MAX, sizeof(*ex.seen));
	(void)snprintf(before, sizeof(before), "%s.before", ex.work);
	if (!ex.seen || (mkdir(ex.work, 0755) < 0 && errno != EEXIST))
		stop(ex.work);
	story_begin(&ex.story, before);
	story_read(&ex.story, argv[1]);
	explore(&ex, NONE);
	size_t bad = ex.bad;
	printf("%zu states, %zu bad\n", ex.states, bad);
	for (size_t i = ex.story.n_old; i < ex.story.n_ops; i++) {
		if (ex.story.ops[i].kind < OP_SYNC)
			continue;
		explore(&ex, i);
		printf("fsync of %s: %s\n", ex.story.ops[i].from, ex.bad ? "needed" : "not needed");
	}
	return bad > 0;
}
