/* Path resolution inside a root directory by hand, for kernels before 5.6 (RHEL 7 and 8) and
 * seccomp filters without openat2(2). Layer: sys, effects.
 * ".." pops a stack of descriptors instead of asking the kernel for a parent: a directory that is
 * moved out of the root meanwhile cannot lead outside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

#define MAX_DEPTH 128
#define MAX_LINKS 40 /* as the kernel's MAXSYMLINKS */

struct walk {
	int fds[MAX_DEPTH]; /* directories from the root down; fds[0] is borrowed */
	size_t depth;	    /* index of the current one */
	unsigned int links;
	char rest[PATH_MAX]; /* not yet walked */
};

static int fail(int code)
{
	errno = code;
	return -1;
}

/* Cuts the first component off w->rest; "" at the end. */
static int take_component(struct walk *w, char comp[NAME_MAX + 1])
{
	char *start = w->rest + strspn(w->rest, "/");
	size_t len = strcspn(start, "/");

	if (len > NAME_MAX)
		return fail(ENAMETOOLONG);
	memcpy(comp, start, len);
	comp[len] = '\0';
	memmove(w->rest, start + len, strlen(start + len) + 1);
	return 0;
}

/* Puts the text of the symlink open at @fd in front of what is left to walk. */
static int splice_link(struct walk *w, int fd)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target));
	size_t rest_len = strlen(w->rest);

	if (n < 0)
		return -1;
	if (++w->links > MAX_LINKS)
		return fail(ELOOP);
	if (n == 0)
		return fail(ENOENT);
	if ((size_t)n + 1 + rest_len >= sizeof(w->rest))
		return fail(ENAMETOOLONG);
	memmove(w->rest + n, w->rest, rest_len + 1);
	memcpy(w->rest, target, (size_t)n);
	if (target[0] == '/')
		while (w->depth > 0)
			close(w->fds[w->depth--]);
	return 0;
}

static void go_up(struct walk *w)
{
	/* the root's parent is the root */
	if (w->depth > 0)
		close(w->fds[w->depth--]);
}

static int push(struct walk *w, int fd)
{
	if (w->depth + 1 >= MAX_DEPTH)
		return fail(ENAMETOOLONG);
	w->fds[++w->depth] = fd;
	return 0;
}

/* One component that is neither "." nor "..". Return: an fd when it was the last one; -1 with
 * errno 0 to go on; errno. */
static int step(struct walk *w, const char *comp, int flags)
{
	bool last = w->rest[0] == '\0';
	int dir = w->fds[w->depth];
	struct stat st;
	/* O_PATH: looks without opening, so that a FIFO or device does not notice */
	int fd KN_CLEANUP(kn_closep) = openat(dir, comp, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISLNK(st.st_mode) && !(last && (flags & O_NOFOLLOW)))
		return splice_link(w, fd) < 0 ? -1 : fail(0);
	if (last)
		return openat(dir, comp, flags | O_NOFOLLOW);
	if (!S_ISDIR(st.st_mode))
		return fail(ENOTDIR);
	if (push(w, fd) < 0)
		return -1;
	fd = -1;
	return fail(0);
}

static int run(struct walk *w, int flags)
{
	char comp[NAME_MAX + 1];

	/* ends: every turn takes a component, and only MAX_LINKS turns can add some */
	for (;;) {
		if (take_component(w, comp) < 0)
			return -1;
		if (!comp[0])
			return openat(w->fds[w->depth], ".", flags);
		if (!strcmp(comp, "."))
			continue;
		if (!strcmp(comp, "..")) {
			go_up(w);
			continue;
		}
		int fd = step(w, comp, flags);
		if (fd >= 0 || errno != 0)
			return fd;
	}
}

int kn_walk_open(int root_fd, const char *path, int flags)
{
	struct walk w = {.fds = {root_fd}};
	int n = snprintf(w.rest, sizeof(w.rest), "%s", path);

	if (n < 0 || (size_t)n >= sizeof(w.rest))
		return fail(ENAMETOOLONG);
	int fd = run(&w, flags | O_CLOEXEC);
	int code = errno;
	while (w.depth > 0)
		close(w.fds[w.depth--]);
	errno = code;
	return fd;
}
