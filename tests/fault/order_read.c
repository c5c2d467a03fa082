/* Reads what a program did to a tree of files: what was there before from a copy of the tree, the
 * rest from a log of strace(1). Layer: tests, effects (reads only). */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "order.h"

#define WORDS_MAX 8

static _Noreturn void stop(const char *what)
{
	fprintf(stderr, "order: %s: %s\n", what, errno ? strerror(errno) : "not understood");
	exit(125);
}

static char *copy_of(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		stop("memory");
	return copy;
}

static size_t add_inode(struct story *story, mode_t mode)
{
	if (story->n_inodes == INODES_MAX)
		stop("too many files");
	story->inodes[story->n_inodes] = (struct inode){.mode = mode, .made = story->n_ops};
	return story->n_inodes++;
}

static void add_op(struct story *story, enum op_kind kind, const char *from, const char *to,
		   size_t inode)
{
	if (story->n_ops == OPS_MAX)
		stop("too many calls");
	story->ops[story->n_ops++] = (struct op){.kind = kind,
						 .from = from ? copy_of(from) : NULL,
						 .to = to ? copy_of(to) : NULL,
						 .inode = inode};
}

static void append(struct inode *inode, const char *data, size_t len)
{
	char *grown = realloc(inode->data, inode->len + len + 1);

	if (!grown)
		stop("memory");
	memcpy(grown + inode->len, data, len);
	inode->data = grown;
	inode->len += len;
	grown[inode->len] = '\0';
}

/* ---- what was there ---- */

static void load(struct inode *inode, const char *path)
{
	char data[65536];
	ssize_t link_len;
	size_t n;

	if (S_ISLNK(inode->mode)) {
		link_len = readlink(path, data, sizeof(data));
		if (link_len < 0)
			stop(path);
		append(inode, data, (size_t)link_len);
		return;
	}
	FILE *file = fopen(path, "r");
	if (!file)
		stop(path);
	while ((n = fread(data, 1, sizeof(data), file)) > 0)
		append(inode, data, n);
	fclose(file);
}

static void walk(struct story *story, const char *dir, const char *below)
{
	char full[PATH_MAX], name[PATH_MAX];
	struct dirent **list;
	struct stat st;

	(void)snprintf(full, sizeof(full), "%s%s", dir, below);
	int n = scandir(full, &list, NULL, alphasort);
	if (n < 0)
		stop(full);
	for (int i = 0; i < n; i++) {
		const char *entry = list[i]->d_name;

		if (!strcmp(entry, ".") || !strcmp(entry, ".."))
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", below, entry) >= PATH_MAX ||
		    snprintf(full, sizeof(full), "%s%s", dir, name) >= PATH_MAX ||
		    lstat(full, &st) < 0)
			stop(full);
		size_t inode = add_inode(story, st.st_mode);
		add_op(story, OP_NAME, NULL, name, inode);
		if (S_ISDIR(st.st_mode))
			walk(story, dir, name);
		else
			load(&story->inodes[inode], full);
		free(list[i]);
	}
	free(list);
}

void story_begin(struct story *story, const char *dir)
{
	add_op(story, OP_NAME, NULL, "", add_inode(story, S_IFDIR | 0755));
	walk(story, dir, "");
	story->n_old = story->n_ops;
	for (size_t i = 0; i < story->n_inodes; i++)
		story->inodes[i].made = 0;
}

/* ---- what was done ---- */

/* One call: the texts in "" and <> in their order, and what follows the last of them. */
struct call {
	char name[32];
	char *words[WORDS_MAX];
	size_t n;
	bool creates; /* O_CREAT */
	mode_t mode;  /* fchmod()'s */
	intmax_t result;
};

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = strchr(digits, c);

	return at && c ? (int)(at - digits) : -1;
}

/* Decodes the text between @at and @end in place. */
static void decode(char *at, const char *end)
{
	char *out = at;

	while (at + 3 < end && at[0] == '\\' && at[1] == 'x') {
		*out++ = (char)(hex(at[2]) << 4 | hex(at[3]));
		at += 4;
	}
	*out = '\0';
}

/* Return: false when the line is no call that succeeded. */
static bool parse(char *line, struct call *ret)
{
	char *paren = strchr(line, '('), *equals = NULL, *name = paren;

	*ret = (struct call){.creates = strstr(line, "O_CREAT")};
	if (!paren)
		return false;
	while (name > line && name[-1] != ' ')
		name--;
	if (strstr(line, "<unfinished"))
		stop("several processes at once");
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", (int)(paren - name), name);
	for (char *at = paren; (at = strstr(at, ") = ")); at++)
		equals = at;
	if (!equals)
		return false;
	ret->result = strtoimax(equals + 4, NULL, 10);
	const char *mode = strstr(paren, ">, 0");
	ret->mode = mode ? (mode_t)strtoumax(mode + 3, NULL, 8) : 0;
	for (char *at = paren; *at && ret->n < WORDS_MAX; at++) {
		char close = '\0';

		if (*at == '"')
			close = '"';
		else if (*at == '<')
			close = '>';
		char *end = close ? strchr(at + 1, close) : NULL;
		if (!end)
			continue;
		decode(at + 1, end);
		ret->words[ret->n++] = at + 1;
		at = end;
	}
	return ret->result >= 0;
}

/* Below the root: what is behind it; else NULL. */
static const char *inside(const struct story *story, const char *path)
{
	size_t len = strlen(story->root);

	if (strncmp(path, story->root, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return path + len;
}

/* The file of that name now. */
static size_t find(const struct story *story, const char *name)
{
	size_t found = NO_INODE;

	for (size_t i = 0; i < story->n_ops; i++) {
		const struct op *op = &story->ops[i];

		if (op->from && !strcmp(op->from, name) &&
		    (op->kind == OP_UNLINK || op->kind == OP_RENAME))
			found = NO_INODE;
		if (op->to && !strcmp(op->to, name))
			found = op->inode;
	}
	return found;
}

static size_t must_find(const struct story *story, const char *name)
{
	size_t found = find(story, name);

	if (found == NO_INODE) {
		errno = ENOENT;
		stop(name);
	}
	return found;
}

static bool is_call(const struct call *call, const char *name)
{
	return !strcmp(call->name, name);
}

/* @words: folder, name. */
static bool name_of(const struct story *story, const struct call *call, size_t at,
		    char ret[PATH_MAX])
{
	if (call->n < at + 2)
		return false;
	const char *dir = inside(story, call->words[at]);
	return dir && snprintf(ret, PATH_MAX, "%s/%s", dir, call->words[at + 1]) < PATH_MAX;
}

static void read_name_call(struct story *story, const struct call *call)
{
	char from[PATH_MAX], to[PATH_MAX];

	if (!name_of(story, call, 0, from))
		return;
	if (is_call(call, "unlinkat")) {
		add_op(story, OP_UNLINK, from, NULL, must_find(story, from));
	} else if (is_call(call, "mkdirat")) {
		size_t inode = add_inode(story, S_IFDIR | 0700);

		add_op(story, OP_NAME, NULL, from, inode);
	} else if (is_call(call, "openat")) {
		if (!call->creates || find(story, from) != NO_INODE)
			return;
		size_t inode = add_inode(story, S_IFREG | 0600);
		add_op(story, OP_NAME, NULL, from, inode);
	} else if (name_of(story, call, 2, to)) {
		bool is_link = is_call(call, "linkat");

		add_op(story, is_link ? OP_NAME : OP_RENAME, is_link ? NULL : from, to,
		       must_find(story, from));
	}
}

static void read_file_call(struct story *story, const struct call *call)
{
	const char *name = call->n ? inside(story, call->words[0]) : NULL;

	/* The lock's text is for people. */
	if (!name || strstr(name, "/lock"))
		return;
	size_t i = must_find(story, name);
	struct inode *inode = &story->inodes[i];
	if (is_call(call, "fsync")) {
		bool is_dir = S_ISDIR(inode->mode);

		add_op(story, is_dir ? OP_SYNC_DIR : OP_SYNC, name, NULL, i);
	} else if (is_call(call, "write") && call->n > 1) {
		append(inode, call->words[1], (size_t)call->result);
		add_op(story, OP_DATA, NULL, NULL, i);
	} else if (is_call(call, "fchmod")) {
		inode->mode = (inode->mode & S_IFMT) | call->mode;
		add_op(story, OP_DATA, NULL, NULL, i);
	}
}

void story_read(struct story *story, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	struct call call;

	if (!file)
		stop(path);
	while (getline(&line, &size, file) > 0) {
		if (!parse(line, &call))
			continue;
		if (is_call(&call, "fsync") || is_call(&call, "write") || is_call(&call, "fchmod"))
			read_file_call(story, &call);
		else
			read_name_call(story, &call);
	}
	free(line);
	fclose(file);
}
