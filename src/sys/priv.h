/* What the files of sys/ share and nobody else may include: descriptors inside the root, places,
 * temporary names, the state directory. Layer: sys, effects.
 * Functions marked "errno" are like system calls: they return -1 with errno set. */
#ifndef KVMNET_SYS_PRIV_H
#define KVMNET_SYS_PRIV_H

#include <dirent.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "sys/sys.h"

#define KN_TMP_SIZE 32

struct kn_root {
	int fd;
	bool is_host;
	bool no_openat2; /* the kernel (or a seccomp filter) has none: walk by hand */
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
/* Finds a free name ".kvmnet-<letter><number>~" in @dirfd and creates it, 0600.
 * Return: fd, @name filled; errno. */
int kn_tmp_create(int dirfd, char letter, char name[KN_TMP_SIZE]);
/* The same as a second name (hard link) of @base. Return: 0; errno. */
int kn_tmp_link(int dirfd, const char *base, char letter, char name[KN_TMP_SIZE]);
/* Is @code of kn_tmp_link() a refusal that says nothing about whether the file can be replaced? */
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

/* Gives @new_fd the owner, xattrs (SELinux label, ACL) and mode of @old_fd. @path is for the
 * message. Return: 0; -1. */
int kn_meta_copy(int old_fd, const struct stat *old, int new_fd, const char *path,
		 struct kn_error *err) KN_NODISCARD;
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

/* ---- store.c, history.c: what a change leaves in KN_STATE_DIR ---- */

struct kn_store_item {
	char tmp[KN_TMP_SIZE]; /* the new record under its temporary name, "" = remove it */
	char old[KN_TMP_SIZE]; /* the record that it replaces, kept until the commit, or "" */
	bool is_new;	       /* placed where no record was */
	char name[NAME_MAX + 1];
};

struct kn_store {
	int origin_fd, history_fd; /* owned, -1 = not open */
	struct kn_store_item *items;
	size_t n, cap;
	char history[NAME_MAX + 1]; /* the backup's name, "" = none */
};

/* Writes the backup and the new records of originals, the latter under temporary names.
 * Return: 0; -1: call kn_store_abandon(). */
int kn_store_prepare(struct kn_store *store, struct kn_root *root, const struct kn_filechgs *files,
		     const struct kn_ifname *bridge, struct kn_error *err) KN_NODISCARD;
/* Makes the records valid, durably. Return: 0; -1: call kn_store_abandon(). */
int kn_store_place(struct kn_store *store, struct kn_error *err) KN_NODISCARD;
/* The change is final. */
void kn_store_commit(struct kn_store *store);
/* Takes everything back that was prepared, and records that were put in place. */
void kn_store_abandon(struct kn_store *store);
void kn_store_done(struct kn_store *store);
/* Saves the old bytes of @files as the newest of the last 20 backups. */
int kn_history_save(struct kn_store *store, const struct kn_filechgs *files,
		    struct kn_error *err) KN_NODISCARD;
/* Drops all but the newest 20. Best effort: an old backup too many harms nobody. */
void kn_history_rotate(int history_fd);

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
