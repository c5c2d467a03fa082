/* One writer at a time: flock(2) on KN_STATE_DIR/lock, which is never unlinked (two files of that
 * name could be locked at once otherwise). The kernel lets go of it when its holder dies.
 * Layer: sys, effects. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"
#include "sys/journal.h"

#define LOCK_PATH KN_STATE_DIR "/lock"
#define POLL_NS	  20000000 /* 20 ms: flock() itself has no timeout */
#define NOTE_MAX  512	   /* bytes of a note; a longer command is cut */
#define LOOK_HINT "kvmnet history tells how far it is; when it is done, type this again"

struct kn_lock {
	int fd;
	bool noted;
};

/* The number @n (from 0) of the words of @line, which ends at a newline; its length to *ret_len. */
static const char *word_at(const char *line, size_t n, size_t *ret_len)
{
	for (;;) {
		line += strspn(line, " ");
		*ret_len = strcspn(line, " \n");
		if (n-- == 0 || *ret_len == 0)
			return line;
		line += *ret_len;
	}
}

/* The pid of a line like "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF" about @want
 * ("fe:00:1234"); 0 = another file, a waiter ("1: -> FLOCK ..."), or another pid namespace.
 * Source: proc(5), /proc/locks; the device is major:minor in hexadecimal. */
static uint32_t pid_of_line(const char *line, const char *want)
{
	size_t kind_len, pid_len, file_len;
	const char *kind = word_at(line, 1, &kind_len), *at = word_at(line, 4, &pid_len);
	const char *file = word_at(line, 5, &file_len);
	char digits[12] = "";
	uint32_t pid;

	if (kind_len != 5 || memcmp(kind, "FLOCK", 5) != 0 || pid_len >= sizeof(digits) ||
	    file_len != strlen(want) || memcmp(file, want, file_len) != 0)
		return 0;
	memcpy(digits, at, pid_len);
	return kn_num_is(digits, INT32_MAX, &pid) ? pid : 0;
}

/* Who holds it? Asked of the kernel, because a pid written into the file could be stale, and a
 * change that turns out to change nothing must not write anything. 0 = not known. */
static uint32_t holder_of(int lock_fd)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int fd KN_CLEANUP(kn_closep) = open("/proc/locks", O_RDONLY | O_CLOEXEC);
	struct stat st;
	char want[64];
	uint32_t pid = 0;
	ssize_t n = 1;

	if (fd < 0 || fstat(lock_fd, &st) < 0)
		return 0;
	while (n > 0 && text.len < 1024 * 1024) {
		char block[4096];

		n = read(fd, block, sizeof(block));
		if (n > 0)
			kn_buf_put(&text, block, (size_t)n);
	}
	if (text.failed || !text.data)
		return 0;
	(void)snprintf(want, sizeof(want), "%02x:%02x:%llu", major(st.st_dev), minor(st.st_dev),
		       (unsigned long long)st.st_ino);
	for (const char *line = text.data; line && pid == 0; line = strchr(line, '\n')) {
		line += *line == '\n';
		pid = pid_of_line(line, want);
	}
	return pid;
}

/* "NUMBER SINCE DEADLINE COMMAND", as kn_lock_note() writes it. Return: 0; -1: there is no note. */
static int read_note(int fd, char *text, size_t size, struct kn_lock_note *ret)
{
	ssize_t n = pread(fd, text, size - 1, 0);
	unsigned long long since, deadline;
	int at = 0;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (sscanf(text, "%u %llu %llu %n", &ret->number, &since, &deadline, &at) != 3 || !at)
		return -1;
	ret->since_ms = since;
	ret->deadline_ms = deadline;
	ret->command = text + at;
	return 0;
}

/* Whole seconds from @from to @to. */
static unsigned int seconds(uint64_t from_ms, uint64_t to_ms)
{
	return to_ms > from_ms ? (unsigned int)((to_ms - from_ms + 500) / 1000) : 0;
}

static int fail_pending(const struct kn_lock_note *note, uint64_t now, struct kn_error *err)
{
	struct kn_buf command KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&command, note->command, strlen(note->command));
	kn_fail(err, KN_ERR_BUSY, 0,
		"change %u (%s) waits for its confirmation since %u s; it is undone by itself in "
		"%u s",
		note->number, kn_buf_str(&command), seconds(note->since_ms, now),
		seconds(now, note->deadline_ms));
	return kn_hint(err, "kvmnet confirm %u keeps it, kvmnet cancel %u undoes it", note->number,
		       note->number);
}

/* Does its holder wait for a word, and will go on to? Nobody need wait for that: it may take long,
 * and one who types can end it. @text, @ret as for read_note(). */
static bool is_pending(int fd, char *text, size_t size, struct kn_lock_note *ret)
{
	return read_note(fd, text, size, ret) == 0 && ret->deadline_ms > kn_boottime_ms();
}

/* The note is the holder's own: whoever takes the lock wipes the one before. */
static int fail_busy(int fd, struct kn_error *err)
{
	struct kn_buf command KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	uint32_t pid = holder_of(fd);
	struct kn_lock_note note;
	char text[NOTE_MAX], process[32] = "";

	if (pid)
		(void)snprintf(process, sizeof(process), " (pid %u)", pid);
	if (read_note(fd, text, sizeof(text), &note) < 0) {
		kn_fail(err, KN_ERR_BUSY, 0, "another kvmnet command%s is changing this host",
			process);
		return kn_hint(err, LOOK_HINT);
	}
	kn_buf_put_escaped(&command, note.command, strlen(note.command));
	kn_fail(err, KN_ERR_BUSY, 0,
		"another kvmnet command%s is changing this host since %u s: change %u (%s)",
		process, seconds(note.since_ms, kn_boottime_ms()), note.number,
		kn_buf_str(&command));
	return kn_hint(err, LOOK_HINT);
}

/* A holder that was stopped keeps no deadline: it goes on, and then undoes its change. */
static void wake_late(int fd, const struct kn_lock_note *note)
{
	uint32_t pid = note->deadline_ms ? holder_of(fd) : 0;

	if (pid)
		(void)kill((pid_t)pid, SIGCONT);
}

/* Tried at least once, also with a timeout of 0. A note that stands there at two looks is the
 * holder's: one that has just taken the lock wipes the note of who had it before. */
static int wait_for(int fd, uint32_t timeout_ms, struct kn_error *err)
{
	int64_t deadline = kn_monotonic_ms() + timeout_ms;
	struct kn_lock_note note = {0};
	char text[NOTE_MAX];
	uint32_t seen = 0;
	bool woken = false;

	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return kn_sys_fail(err, errno, "lock", LOCK_PATH);
		bool pending = is_pending(fd, text, sizeof(text), &note);
		if (pending && (note.number == seen || timeout_ms == 0))
			return fail_pending(&note, kn_boottime_ms(), err);
		seen = pending ? note.number : 0;
		if (!pending && !woken)
			wake_late(fd, &note);
		woken = woken || !pending;
		if (kn_monotonic_ms() >= deadline)
			return fail_busy(fd, err);
		(void)nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
	}
	return 0;
}

/* Return: fd; -1. */
static int open_lock(struct kn_root *root, struct kn_error *err)
{
	int flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int dir KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_STATE_DIR, 0700, true, NULL, err);
	struct stat st;

	if (dir < 0)
		return -1;
	/* it holds copies of configuration files: nobody else's business */
	if (fstat(dir, &st) < 0 || ((st.st_mode & 077) && fchmod(dir, 0700) < 0))
		return kn_sys_fail(err, errno, "protect", KN_STATE_DIR);
	int fd = openat(dir, "lock", flags, 0600);
	/* A disk that went read-only must not keep the running network from being put back. */
	if (fd < 0 && errno == EROFS)
		fd = openat(dir, "lock", (flags & ~(O_RDWR | O_CREAT)) | O_RDONLY);
	if (fd < 0)
		return kn_sys_fail(err, errno, "open", LOCK_PATH);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		kn_closep(&fd);
		return kn_file_fail(err, EINVAL, "is not a regular file", LOCK_PATH);
	}
	return fd;
}

/* How many of the file's first bytes are the number of a change, which goes to *ret. */
static size_t number_at(int fd, uint32_t *ret)
{
	char text[12] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	size_t len = n > 0 ? strspn(text, "0123456789") : 0;
	char end = text[len];

	text[len] = '\0';
	return (end == ' ' || end == '\0') && kn_num_is(text, KN_HISTORY_LAST, ret) ? len : 0;
}

/* Its number stays: no later change may get it, or a late `kvmnet confirm` would be about another
 * one. Only where there is a note: taking the lock alone writes nothing. */
static void wipe_note(int fd)
{
	uint32_t number;
	struct stat st;
	off_t len = (off_t)number_at(fd, &number);

	if (fstat(fd, &st) == 0 && st.st_size > len && ftruncate(fd, len) < 0)
		return;
}

uint32_t kn_lock_number(struct kn_root *root)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, LOCK_PATH, O_RDONLY | O_NONBLOCK);
	uint32_t number;

	return fd >= 0 && number_at(fd, &number) ? number : 0;
}

bool kn_lock_is_held(struct kn_root *root)
{
	int fd KN_CLEANUP(kn_closep) = kn_root_openfd(root, LOCK_PATH, O_RDONLY | O_NONBLOCK);

	return fd >= 0 && holder_of(fd) != 0;
}

void kn_lock_note(struct kn_lock *lock, const struct kn_lock_note *note)
{
	char text[NOTE_MAX];
	int len = snprintf(text, sizeof(text) - 1, "%u %llu %llu %s", note->number,
			   (unsigned long long)note->since_ms,
			   (unsigned long long)note->deadline_ms, note->command);

	wipe_note(lock->fd);
	lock->noted = true;
	if (len >= (int)sizeof(text) - 1)
		len = (int)sizeof(text) - 2;
	if (len > 0 && pwrite(lock->fd, text, (size_t)len, 0) != len)
		wipe_note(lock->fd);
}

int kn_lock_take(struct kn_root *root, uint32_t timeout_ms, struct kn_lock **ret,
		 struct kn_error *err)
{
	struct kn_lock *lock = calloc(1, sizeof(*lock));

	if (!lock)
		return kn_fail_nomem(err);
	lock->fd = open_lock(root, err);
	if (lock->fd < 0 || wait_for(lock->fd, timeout_ms, err) < 0) {
		kn_lock_release(lock);
		return -1;
	}
	wipe_note(lock->fd);
	*ret = lock;
	return 0;
}

void kn_lock_release(struct kn_lock *lock)
{
	if (!lock)
		return;
	if (lock->noted)
		wipe_note(lock->fd);
	kn_closep(&lock->fd);
	free(lock);
}
