/* What the files of sys/ share and nobody else may include: descriptors inside the root, places,
 * temporary names, the state directory. Layer: sys, effects.
 * Functions marked "errno" are like system calls: they return -1 with errno set. */
#ifndef KVMNET_SYS_PRIV_H
#define KVMNET_SYS_PRIV_H

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "sys/journal.h"
#include "sys/sys.h"

#define KN_TMP_SIZE 32

struct kn_root {
	int fd;
	bool is_host;
	bool no_openat2; /* the kernel (or a seccomp filter) has none: walk by hand */
	int doubt;	 /* errno of the first look that failed, 0 = none did */
	char doubt_path[128];
	const struct kn_progress *progress; /* borrowed, or NULL */
};

/* Where a path really ends: the directory and the name in it, which is no symlink. */
struct kn_place {
	int dirfd; /* owned, O_RDONLY | O_DIRECTORY */
	char base[NAME_MAX + 1];
};

/* ---- root.c, walk.c ---- */

/* Opens @path (absolute on the host) without ever leaving the root; @flags as for open(2), never
 * O_CREAT. Symlinks are followed unless O_NOFOLLOW; O_CLOEXEC is added. Return: fd; errno. */
int kn_root_openfd(struct kn_root *root, const char *path, int flags);
/* The same for kernels without openat2: component by component. Return: fd; errno. */
int kn_walk_open(int root_fd, const char *path, int flags);
/* Resolves @path, which may be absent, to its place. Return: 0, *ret new; errno. */
int kn_place_open(struct kn_root *root, const char *path, struct kn_place *ret);
void kn_place_done(struct kn_place *place);
/* Is the name there at all (a symlink counts, also a dangling one)? */
bool kn_root_has_name(struct kn_root *root, const char *path);
/* close() for KN_CLEANUP on an int; keeps errno. */
void kn_closep(int *fd);

/* ---- process.c ---- */

/* A descriptor of process @pid. Return: fd; -1: there is no such process, or no such call. */
int kn_process_open(int pid);
/* Waits until @pidfd tells the end of its process, or for a short while without one (-1); at most
 * until @deadline, kn_monotonic_ms(). */
void kn_process_wait(int pidfd, int64_t deadline);
/* Waits for the end of our child @pid, and kills it at @deadline. Return: its status as from
 * waitpid(2); -1: it could not even be killed, or another has waited for it. */
int kn_process_reap(int pid, int64_t deadline);
/* Sends @signo to @pid, if it is still the one that is meant (@is_it), and waits for its end, five
 * seconds. Return: 0, also when it runs no more; ESRCH: another process has the number; ETIMEDOUT:
 * it does not end; another errno: it cannot be sent a signal. */
int kn_process_end(int pid, int signo, bool (*is_it)(const void *), const void *arg);

/* ---- io.c ---- */

/* Fills *err for an operation on @path that failed with @code ("cannot @what @path: ...").
 * Lack of rights becomes KN_ERR_PRIVILEGE, all else KN_ERR_SYSTEM. Return: -1. */
int kn_sys_fail(struct kn_error *err, int code, const char *what, const char *path);
/* Opens a regular file in @dirfd for reading, never following a link nor waking a device.
 * @ret_why: NULL, or why it is refused ("is a FIFO, ..."). Return: fd with *st; errno. */
int kn_file_open(int dirfd, const char *base, struct stat *st, const char **ret_why);
/* Appends the rest of @fd to @ret; over @max bytes fails with EFBIG. Return: 0; errno. */
int kn_fd_read(int fd, size_t max, struct kn_buf *ret);
/* Both of the above. Return: 0; errno. */
int kn_file_read(int dirfd, const char *base, size_t max, struct kn_buf *ret, const char **ret_why);
/* Records "@path @text", the path escaped. Return: -1. */
int kn_path_fail(struct kn_error *err, enum kn_error_kind kind, const char *path, const char *text);
/* Fills *err for a failed kn_file_read(). Return: -1. */
int kn_file_fail(struct kn_error *err, int code, const char *why, const char *path);
/* Writes all bytes. Return: 0; errno. */
int kn_fd_write(int fd, const void *data, size_t len);
/* Does the file hold exactly these bytes? Errors count as no. Moves the file's offset. */
bool kn_fd_holds(int fd, const char *data, size_t len);
/* The name ".kvmnet-<letter><number>~". */
void kn_tmp_name(char name[KN_TMP_SIZE], char letter, size_t number);
/* Creates @name in @dirfd, 0600; one that a dead process left goes. Return: fd; errno. */
int kn_tmp_create(int dirfd, const char *name);
/* Renames @from to @to, which must not exist. Return: 0; errno (EEXIST). */
int kn_rename_new(int dirfd, const char *from, const char *to);
/* Is @code of link(2) a refusal that says nothing about whether the file can be replaced? */
bool kn_link_is_refused(int code);
/* Removes every file of such a name in @dirfd: what a process that died has left. Best effort. */
void kn_tmp_sweep(int dirfd);
/* The directory's entries, sorted, without "." and "..". @dirfd is borrowed. */
int kn_dir_names(int dirfd, struct kn_strv *ret, struct kn_error *err) KN_NODISCARD;
/* Opens the directory @path, making what is missing: 0755, the last one @mode. The parents of
 * new directories are synced when @durable. @made: appended the paths made, or NULL.
 * Return: fd; -1. */
int kn_dir_make(struct kn_root *root, const char *path, mode_t mode, bool durable,
		struct kn_strv *made, struct kn_error *err) KN_NODISCARD;

/* ---- meta.c ---- */

/* Notes mode, owner and xattrs (SELinux label, ACL) of the open file in @file. Return: 0; -1. */
int kn_meta_read(int fd, const struct stat *st, struct kn_jfile *file,
		 struct kn_error *err) KN_NODISCARD;
/* Gives @fd what kn_meta_read() noted. Return: 0; -1. */
int kn_meta_apply(const struct kn_jfile *file, int fd, struct kn_error *err) KN_NODISCARD;
/* Has @fd all of it? Errors count as no. */
bool kn_meta_is(const struct kn_jfile *file, int fd);
/* Immutable or append-only: neither content nor name can be changed. */
bool kn_meta_is_immutable(int fd);
/* Mounted there: the object at @fd does not belong to the mount of its directory. */
bool kn_meta_is_mount(int dirfd, int fd);

/* ---- origin_fmt.c: pure ---- */

/* Appends @path as a file name: all but [A-Za-z0-9._-] becomes %XX. */
void kn_origin_escape(struct kn_buf *buf, const char *path);
void kn_origin_encode(struct kn_buf *buf, const struct kn_origin *origin);
/* Return: 0, *ret new; -1 with KN_ERR_HOSTFILE naming what is wrong with the record. */
int kn_origin_decode(const char *data, size_t len, struct kn_origin *ret,
		     struct kn_error *err) KN_NODISCARD;

/* Appends to journal->files what becomes of the records of originals when @files are changed.
 * Return: 0; -1. */
int kn_origin_rows(struct kn_root *root, const struct kn_filechgs *files,
		   struct kn_journal *journal, struct kn_error *err) KN_NODISCARD;

/* ---- dirset.c: the directories of a change, each once ---- */

struct kn_dirset {
	struct kn_dirset_row {
		int fd; /* owned */
		dev_t dev;
		ino_t ino;
	} * v;
	size_t n, cap;
};

/* Takes over *@fd. @path is for the message. Return: the index; -1 with *err. */
int kn_dirset_add(struct kn_dirset *set, int *fd, const char *path, struct kn_error *err);
/* Syncs all but the one that is @except's (-1 = none). Return: 0; -1, the rest synced all the same.
 */
int kn_dirset_sync(const struct kn_dirset *set, int except, struct kn_error *err) KN_NODISCARD;
/* Removes all temporary names of ours. For the holder of the lock, without an open journal. */
void kn_dirset_sweep(const struct kn_dirset *set);
void kn_dirset_done(struct kn_dirset *set);

/* ---- jfile.c: one file of a journal on the disk ---- */

/* Writes the new bytes of @file as @name, with metadata, and leaves it open in *ret, to be given to
 * kn_jfile_sync(). Return: 0; -1, and nothing is open. */
int kn_jfile_put(const struct kn_jfile *file, int dirfd, const char *name, int *ret,
		 struct kn_error *err) KN_NODISCARD;
/* Makes it durable and closes it, also on failure. Return: 0; -1. */
int kn_jfile_sync(const struct kn_jfile *file, int *fd, struct kn_error *err) KN_NODISCARD;
/* Writes the old or the new bytes of @file as @name, complete with metadata and sync, so that the
 * rename alone is left. @times: whose modification time, NULL = now. Return: 0; -1. */
int kn_jfile_write(const struct kn_jfile *file, bool old, int dirfd, const char *name,
		   const struct stat *times, struct kn_error *err) KN_NODISCARD;
/* Has the file of that name the old bytes and metadata? Errors count as no. */
bool kn_jfile_is_old(const struct kn_jfile *file, int dirfd, const char *name);
/* Does @name hold the old bytes, or is it absent as @file was? Errors count as no. */
bool kn_jfile_holds_old(const struct kn_jfile *file, int dirfd, const char *name);

/* ---- conflict.c ---- */

#define KN_CONFLICT_DIR KN_STATE_DIR "/conflicts"

/* Longest name that escaping a path of a change may give, so that records and copies fit. */
#define KN_ESCAPED_MAX (NAME_MAX - 16)

/* All that @fd, the file @path, holds. Return: 0; -1. */
int kn_conflict_read(const char *path, int fd, struct kn_buf *ret,
		     struct kn_error *err) KN_NODISCARD;
/* Keeps @data as a copy of @path, durably, unless there is one already. Return: 0; -1. */
int kn_conflict_keep(struct kn_root *root, uint32_t number, const char *path,
		     const struct kn_buf *data, struct kn_error *err) KN_NODISCARD;
/* Adds the paths of all copies of change @number. Best effort. */
void kn_conflict_list(struct kn_root *root, uint32_t number, struct kn_strv *ret);

/* ---- journal.c, history.c ---- */

#define KN_JOURNAL_TMP "journal.tmp" /* in the state directory */

/* Writes @journal as the open one, durably. Return: 0; -1 with nothing left. */
int kn_journal_write(int state_fd, const struct kn_journal *journal,
		     struct kn_error *err) KN_NODISCARD;
/* Makes the open one the committed one, durably. Return: 0; -1, it is open again. */
int kn_journal_commit(int state_fd, struct kn_error *err) KN_NODISCARD;
/* Reads any file of a journal's form. @path is for messages. Return: 0, *ret new; -1, with
 * KN_ERR_HOSTFILE where it is damaged or no file. */
int kn_journal_read(int dirfd, const char *name, const char *path, struct kn_journal *ret,
		    struct kn_error *err) KN_NODISCARD;
/* The directories of all its files that are there. Return: 0, *ret new; -1. */
int kn_journal_dirs(struct kn_root *root, const struct kn_journal *journal, struct kn_dirset *ret,
		    struct kn_error *err) KN_NODISCARD;
/* 1 + the greatest number of any change that left something. Return: 0; -1. */
int kn_history_next(struct kn_root *root, uint32_t *ret, struct kn_error *err) KN_NODISCARD;
/* Moves the committed journal there; @journal NULL = it cannot be read. Drops what is too old.
 * Best effort. */
void kn_history_archive(struct kn_root *root, const struct kn_journal *journal);
/* "0042-..." is 42; 0 = not of that form. */
uint32_t kn_history_number(const char *name);

/* ---- daemon.c ---- */

struct kn_daemon {
	const char *comm; /* the process's name, cut to 15 bytes as the kernel does */
	const char *unit; /* its systemd unit */
	const char *run;  /* made under /run by it: without it there is nothing to look for */
};

extern const struct kn_daemon kn_daemon_nm, kn_daemon_networkd, kn_daemon_resolved;

/* Does it run in this network namespace? */
bool kn_daemon_runs(const struct kn_daemon *daemon);
/* The same by /proc alone. Source: proc(5), comm and ns/net. */
bool kn_daemon_in_proc(const char *comm);
/* Who says, in its run-time files under @root, that it manages link @ifindex? Whether that daemon
 * still runs is not asked. */
enum kn_owner kn_owner_of(struct kn_root *root, unsigned int ifindex);

#endif
