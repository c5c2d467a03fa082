/* What a file has besides bytes: owner, mode, ACL, SELinux label, other extended attributes; and
 * what forbids replacing it (immutable, mount point). Layer: sys, effects on temporary files. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys/priv.h"

#define LABEL "security.selinux"
#define ACL   "system.posix_acl_access"

/* Attributes of the bytes, not of the file: the kernel makes them anew for the new bytes.
 * Source: kernel security/integrity (ima_file_free, evm_inode_post_setxattr). */
static bool is_of_content(const char *name)
{
	return !strcmp(name, "security.ima") || !strcmp(name, "security.evm");
}

/* Return: bytes, *ret new; errno. */
static ssize_t xattr_get(int fd, const char *name, char **ret)
{
	/* the size can change between the two calls: a few tries */
	for (int i = 0; i < 4; i++) {
		ssize_t size = fgetxattr(fd, name, NULL, 0);
		char *value = size < 0 ? NULL : malloc((size_t)size + 1);

		if (size < 0)
			return -1;
		if (!value) {
			errno = ENOMEM;
			return -1;
		}
		ssize_t got = fgetxattr(fd, name, value, (size_t)size);
		if (got >= 0) {
			*ret = value;
			return got;
		}
		free(value);
		if (errno != ERANGE)
			return -1;
	}
	return -1;
}

/* The policy often gives the new file the right label by itself; then nothing has to be set, and
 * the right to set it is not needed. */
static bool has_same(int fd, const char *name, const char *value, size_t len)
{
	char *now KN_CLEANUP(kn_freep) = NULL;
	ssize_t n = xattr_get(fd, name, &now);

	return n >= 0 && (size_t)n == len && !memcmp(now, value, len);
}

static int set_one(const struct kn_xattr *attr, int fd, const char *path, struct kn_error *err)
{
	if (has_same(fd, attr->name, attr->value, attr->len) ||
	    fsetxattr(fd, attr->name, attr->value, attr->len, 0) == 0)
		return 0;
	/* Without its label or its ACL the new file would be a hole or unreadable; other
	 * attributes may be left behind where the file system does not take them. */
	if (errno == EOPNOTSUPP && strcmp(attr->name, LABEL) && strcmp(attr->name, ACL))
		return 0;
	kn_sys_fail(err, errno, "keep an extended attribute of", path);
	return kn_wrap(err, "%s", attr->name);
}

/* Return: bytes of NUL-ended names, *ret new; 0 where there are none; errno. */
static ssize_t xattr_names(int fd, char **ret)
{
	ssize_t size = flistxattr(fd, NULL, 0);

	if (size < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		return 0;
	if (size <= 0)
		return size;
	*ret = malloc((size_t)size + 1);
	if (!*ret) {
		errno = ENOMEM;
		return -1;
	}
	size = flistxattr(fd, *ret, (size_t)size);
	if (size >= 0)
		(*ret)[size] = '\0';
	return size;
}

static int read_one(int fd, const char *name, struct kn_jfile *file, struct kn_error *err)
{
	struct kn_xattr attr = {0};
	ssize_t n = xattr_get(fd, name, &attr.value);

	if (n < 0 && errno == ENODATA)
		return 0;
	if (n < 0) {
		kn_sys_fail(err, errno, "read an extended attribute of", file->path);
		return kn_wrap(err, "%s", name);
	}
	attr.value[n] = '\0';
	attr.len = (size_t)n;
	attr.name = strdup(name);
	if (attr.name &&
	    kn_grow(&file->xattrs, &file->cap_xattrs, file->n_xattrs + 1, sizeof(attr), err) == 0) {
		file->xattrs[file->n_xattrs++] = attr;
		return 0;
	}
	free(attr.name);
	free(attr.value);
	return kn_fail_nomem(err);
}

/* Raw calls: an ACL is an attribute with a value of the kernel's own form, so that no ACL library
 * is needed to carry it over exactly. */
int kn_meta_read(int fd, const struct stat *st, struct kn_jfile *file, struct kn_error *err)
{
	char *names KN_CLEANUP(kn_freep) = NULL;
	ssize_t size = xattr_names(fd, &names);

	if (size < 0)
		return kn_sys_fail(err, errno, "read the extended attributes of", file->path);
	file->mode = st->st_mode & 07777;
	file->uid = st->st_uid;
	file->gid = st->st_gid;
	for (ssize_t i = 0; i < size; i += (ssize_t)strlen(names + i) + 1)
		if (!is_of_content(names + i) && read_one(fd, names + i, file, err) < 0)
			return -1;
	return 0;
}

int kn_meta_apply(const struct kn_jfile *file, int fd, struct kn_error *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return kn_sys_fail(err, errno, "look at", file->path);
	/* the owner first: chown() takes capabilities and set-id bits away */
	if ((now.st_uid != file->uid || now.st_gid != file->gid) &&
	    fchown(fd, file->uid, file->gid) < 0)
		return kn_sys_fail(err, errno, "keep the owner of", file->path);
	/* A default ACL of the directory gives new files an ACL that the old one did not have. */
	if (fremovexattr(fd, ACL) < 0 && errno != ENODATA && errno != EOPNOTSUPP)
		return kn_sys_fail(err, errno, "set the ACL of", file->path);
	for (size_t i = 0; i < file->n_xattrs; i++)
		if (set_one(&file->xattrs[i], fd, file->path, err) < 0)
			return -1;
	/* the mode last: with an ACL its group bits are the ACL's mask (acl(5)) */
	if (fchmod(fd, file->mode) < 0)
		return kn_sys_fail(err, errno, "keep the mode of", file->path);
	return 0;
}

/* An attribute too many is not asked for: a policy may label what had no label. An ACL too many
 * would open the file to others, and shows in the mode or here. */
bool kn_meta_is(const struct kn_jfile *file, int fd)
{
	bool has_acl = false;
	struct stat now;

	if (fstat(fd, &now) < 0 || (now.st_mode & 07777) != file->mode || now.st_uid != file->uid ||
	    now.st_gid != file->gid)
		return false;
	for (size_t i = 0; i < file->n_xattrs; i++) {
		const struct kn_xattr *attr = &file->xattrs[i];

		has_acl = has_acl || !strcmp(attr->name, ACL);
		if (!has_same(fd, attr->name, attr->value, attr->len))
			return false;
	}
	return has_acl || fgetxattr(fd, ACL, NULL, 0) < 0;
}

/* File systems without such flags fail the call: then nothing forbids it. */
bool kn_meta_is_immutable(int fd)
{
	int flags = 0;

	return ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 &&
	       (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL));
}

/* The mount's number of an open file. Source: proc(5), fdinfo (since Linux 3.15). */
static bool mount_id(int fd, char id[16])
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	char path[48];

	(void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	int info KN_CLEANUP(kn_closep) = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0 || kn_fd_read(info, KN_FILE_MAX, &text) < 0)
		return false;
	const char *line = strstr(kn_buf_str(&text), "mnt_id:\t");
	size_t len = line ? strspn(line += 8, "0123456789") : 0;
	if (len == 0 || len >= 16)
		return false;
	memcpy(id, line, len);
	id[len] = '\0';
	return true;
}

bool kn_meta_is_mount(int dirfd, int fd)
{
	char dir_id[16], file_id[16];
	struct stat dir, file;

	/* A file of the same file system can be mounted there too: then only the mount's number
	 * tells. Where /proc does not, rename() will say EBUSY. */
	if (mount_id(dirfd, dir_id) && mount_id(fd, file_id))
		return strcmp(dir_id, file_id) != 0;
	return fstat(dirfd, &dir) == 0 && fstat(fd, &file) == 0 && dir.st_dev != file.st_dev;
}
