/* Backups: the bytes that a change replaced, one file per change, the last 20 kept, in
 * KN_STATE_DIR/history and so outside of any directory that is read as configuration.
 * Layer: sys, effects. Nothing depends on a backup (undo has the old files themselves, "delete"
 * has the originals), so it costs no fsync of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

#define KEEP 20

/* "0042-..." is 42; 0 = not one of ours. */
static unsigned int number_of(const char *name)
{
	char digits[8] = "";
	size_t zeros = strspn(name, "0"), len = strspn(name, "0123456789");
	uint32_t number;

	if (len < 4 || len - zeros >= sizeof(digits) || name[len] != '-')
		return 0;
	memcpy(digits, name + zeros, len - zeros);
	return kn_num_is(digits, 9999999, &number) ? number : 0;
}

/* The form of origin records without their sum: a person reads it, no program does. */
static void render(struct kn_buf *buf, const struct kn_filechgs *files)
{
	kn_buf_puts(buf, "kvmnet-backup 1\n");
	for (size_t i = 0; i < files->n; i++) {
		const struct kn_filechg *chg = &files->v[i];

		kn_buf_printf(buf, "path %zu\n%s\n", strlen(chg->path), chg->path);
		if (!chg->before_present) {
			kn_buf_puts(buf, "was absent\n");
			continue;
		}
		kn_buf_printf(buf, "was %zu\n", chg->before_len);
		kn_buf_put(buf, chg->before, chg->before_len);
		kn_buf_putc(buf, '\n');
	}
}

/* NNNN-YYYYMMDDThhmmssZ, NNNN one more than the greatest there. */
static int next_name(int history_fd, char name[NAME_MAX + 1], struct kn_error *err)
{
	struct kn_strv names = {0};
	struct timespec now = {0};
	unsigned int last = 0;
	char stamp[32];
	struct tm tm;

	if (kn_dir_names(history_fd, &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.n; i++)
		if (number_of(names.v[i]) > last)
			last = number_of(names.v[i]);
	kn_strv_done(&names);
	/* a label for people only: nothing is decided by the wall clock */
	if (clock_gettime(CLOCK_REALTIME, &now) < 0 || !gmtime_r(&now.tv_sec, &tm) ||
	    strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
		return kn_fail(err, KN_ERR_SYSTEM, errno, "cannot tell the time");
	(void)snprintf(name, NAME_MAX + 1, "%04u-%s", last + 1, stamp);
	return 0;
}

/* The name is kept as soon as the file exists, so that a failed write is taken back, too. */
int kn_history_save(struct kn_store *store, const struct kn_filechgs *files, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char name[NAME_MAX + 1];

	render(&text, files);
	if (kn_buf_check(&text, err) < 0 || next_name(store->history_fd, name, err) < 0)
		return -1;
	int fd KN_CLEANUP(kn_closep) =
		openat(store->history_fd, name,
		       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		memcpy(store->history, name, sizeof(name));
	if (fd < 0 || kn_fd_write(fd, kn_buf_str(&text), text.len) < 0)
		return kn_sys_fail(err, errno, "write a backup to", KN_STATE_DIR "/history");
	return 0;
}

void kn_history_rotate(int history_fd)
{
	struct kn_strv names = {0};
	struct kn_error ignored;
	size_t ours = 0;

	if (kn_dir_names(history_fd, &names, &ignored) < 0)
		return;
	for (size_t i = 0; i < names.n; i++)
		ours += number_of(names.v[i]) > 0;
	/* sorted by name, which is by number up to 9999 changes */
	for (size_t i = 0; i < names.n && ours > KEEP; i++) {
		if (number_of(names.v[i]) == 0)
			continue;
		(void)unlinkat(history_fd, names.v[i], 0);
		ours--;
	}
	kn_strv_done(&names);
}
