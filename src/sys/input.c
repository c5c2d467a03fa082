/* Reading what the user names on the command line: a file, a folder of files, standard input.
 * Layer: sys, effects. Not below --root: the names are the user's. */
#include "sys/input.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/priv.h"

/* NULL: it can be read to its end. A pipe may be somebody's standard input. */
static const char *wrong_kind(mode_t mode, bool std)
{
	if (S_ISREG(mode) || (std && S_ISFIFO(mode)) || (std && S_ISSOCK(mode)))
		return NULL;
	if (S_ISDIR(mode))
		return "is a directory";
	if (S_ISFIFO(mode))
		return "is a FIFO";
	return S_ISSOCK(mode) ? "is a socket" : "is a device";
}

static int fail(const char *path, const char *why, struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, path, strlen(path));
	kn_fail(err, KN_ERR_INPUT, 0, "%s %s", kn_buf_str(&shown), why);
	return kn_hint(err, "give a regular file, a folder of *.conf files, or - for standard "
			    "input");
}

/* A description that large is another file: an image, a log, an archive. */
static int fail_large(const char *path, size_t max, struct kn_error *err)
{
	char why[64];

	(void)snprintf(why, sizeof(why), "is larger than %zu KiB, the most that is read",
		       max / 1024);
	fail(path, why, err);
	return kn_hint(err, "is it the right file? a thousand bridges take a tenth of that");
}

/* Where cron, a unit or ssh -n starts it, standard input is /dev/null. Whoever forgot the file at a
 * terminal is told instead of waited for. */
static int fail_std(const char *why, const struct stat *st, struct kn_error *err)
{
	struct stat null;

	if (S_ISCHR(st->st_mode) && stat("/dev/null", &null) == 0 && null.st_rdev == st->st_rdev) {
		kn_fail(err, KN_ERR_INPUT, 0, "standard input is empty: it is /dev/null");
		return kn_hint(err,
			       "name the file, or give it with < FILE; cron, systemd and ssh -n "
			       "leave /dev/null there");
	}
	if (!isatty(STDIN_FILENO))
		return fail("standard input", why, err);
	kn_fail(err, KN_ERR_INPUT, 0, "standard input is the terminal, not a file");
	return kn_hint(err, "name the file, or give it with < FILE");
}

static int take(int fd, const char *path, size_t max, struct kn_buf *ret, struct kn_error *err)
{
	char part[4096];

	for (;;) {
		ssize_t n = read(fd, part, sizeof(part));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return kn_sys_fail(err, errno, "read", path);
		if (n == 0)
			return kn_buf_check(ret, err);
		if (ret->len + (size_t)n > max)
			return fail_large(path, max, err);
		kn_buf_put(ret, part, (size_t)n);
	}
}

/* Sockets, and devices with nobody behind them (/dev/tty without a terminal), cannot be opened at
 * all: what they are says more than that. */
static int fail_open(const char *path, int number, struct kn_error *err)
{
	struct stat st;

	if (number != EACCES && stat(path, &st) == 0 && wrong_kind(st.st_mode, false))
		return fail(path, wrong_kind(st.st_mode, false), err);
	return kn_sys_fail(err, number, "open", path);
}

int kn_input_read(const char *path, size_t max, struct kn_buf *ret, struct kn_error *err)
{
	bool std = !strcmp(path, "-");
	/* A FIFO without a writer would stop the program before it can be looked at. */
	int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT)
		return fail(path, "does not exist", err);
	if (fd < 0) {
		r = fail_open(path, errno, err);
	} else if (fstat(fd, &st) < 0) {
		r = kn_sys_fail(err, errno, "open", path);
	} else {
		const char *why = wrong_kind(st.st_mode, std);

		r = !why  ? take(fd, path, max, ret, err)
		    : std ? fail_std(why, &st, err)
			  : fail(path, why, err);
	}
	if (!std && fd >= 0)
		(void)close(fd);
	return r;
}

static int wanted(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int kn_input_list(const char *path, struct kn_strv *ret, struct kn_error *err)
{
	struct dirent **entries = NULL;
	struct stat st;
	int r = 0;

	if (!strcmp(path, "-") || stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return kn_strv_add(ret, path, err);
	int n = scandir(path, &entries, wanted, by_name);
	if (n < 0)
		return kn_sys_fail(err, errno, "list", path);
	for (int i = 0; i < n; i++) {
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		kn_buf_printf(&name, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
			      entries[i]->d_name);
		if (r == 0 && kn_buf_check(&name, err) == 0)
			r = kn_strv_add(ret, kn_buf_str(&name), err);
		free(entries[i]);
	}
	free(entries);
	if (r == 0 && n == 0)
		return fail(path, "has no *.conf file", err);
	return r;
}
