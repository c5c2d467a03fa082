/* Networks of a root directory in the files that libvirt reads when it starts: the participant for
 * hosts on which no daemon runs. Layer: sys, effects. */
#include "sys/netfiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/priv.h"

struct netfiles {
	struct kn_virt virt;  /* first member: the participant */
	struct kn_root *root; /* borrowed */
};

/* libvirt's own head of such a file, which tells who comes by with an editor what to do instead.
 * Source: src/util/virxml.c, virXMLEmitWarning(). */
#define HEAD_BEGIN "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE."

static void put_head(struct kn_buf *ret, const char *name)
{
	kn_buf_printf(ret,
		      HEAD_BEGIN
		      " CHANGES TO IT ARE LIKELY TO BE\n"
		      "OVERWRITTEN AND LOST. Changes to this xml configuration should be made "
		      "using:\n"
		      "  virsh net-edit %s\n"
		      "or other application using the libvirt API.\n"
		      "-->\n\n",
		      name);
}

/* The document behind that head. */
static const char *skip_head(const char *data)
{
	const char *end =
		strncmp(data, HEAD_BEGIN, strlen(HEAD_BEGIN)) ? NULL : strstr(data, "-->");

	return end ? end + 3 + strspn(end + 3, "\n") : data;
}

static void put_path(struct kn_buf *ret, const char *dir, const char *name)
{
	kn_buf_printf(ret, "%s/%s.xml", dir, name);
}

/* "default.xml" -> "default" in @ret. Return: false for other files. */
static bool stem(const char *file, struct kn_buf *ret)
{
	size_t len = strlen(file);

	if (len < 5 || file[0] == '.' || strcmp(file + len - 4, ".xml") != 0)
		return false;
	kn_buf_put(ret, file, len - 4);
	return !ret->failed;
}

/* Return: 0, *ret new or NULL when it is absent (or cannot be read and @lenient); -1. */
static int read_xml(struct kn_root *root, const char *dir, const char *name, bool lenient,
		    char **ret, struct kn_error *err)
{
	struct kn_buf path KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf data KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool present;

	put_path(&path, dir, name);
	*ret = NULL;
	if (kn_buf_check(&path, err) < 0)
		return -1;
	if (kn_root_read(root, kn_buf_str(&path), KN_FILE_MAX, &data, &present, err) < 0)
		return lenient ? 0 : -1;
	if (!present)
		return 0;
	*ret = strdup(skip_head(kn_buf_str(&data)));
	return *ret ? 0 : kn_fail_nomem(err);
}

static int read_net(struct kn_root *root, const char *name, bool lenient, struct kn_vnets *ret,
		    struct kn_error *err)
{
	struct kn_buf link KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_vnet *net;
	char *xml;

	if (read_xml(root, KN_NETFILES_DIR, name, lenient, &xml, err) < 0)
		return -1;
	net = xml ? kn_vnets_add(ret, name, err) : NULL;
	if (!net) {
		free(xml);
		return xml ? -1 : 0;
	}
	net->xml = xml;
	net->persistent = true;
	put_path(&link, KN_NETFILES_AUTOSTART, name);
	net->autostart = !link.failed && kn_root_exists(root, kn_buf_str(&link));
	return kn_buf_check(&link, err);
}

static int read_dom(struct kn_root *root, const char *name, bool lenient, struct kn_vnets *ret,
		    struct kn_error *err)
{
	struct kn_vdom *dom;
	char *xml;

	if (read_xml(root, KN_DOMFILES_DIR, name, lenient, &xml, err) < 0)
		return -1;
	dom = xml ? kn_vnets_add_dom(ret, name, err) : NULL;
	if (!dom) {
		free(xml);
		return xml ? -1 : 0;
	}
	dom->xml = xml;
	return 0;
}

typedef int reader(struct kn_root *root, const char *name, bool lenient, struct kn_vnets *ret,
		   struct kn_error *err);

static int read_dir(struct kn_root *root, const char *dir, reader *read_one, bool lenient,
		    struct kn_vnets *ret, struct kn_error *err)
{
	struct kn_strv names KN_CLEANUP(kn_strv_done) = {0};
	bool exists;

	if (kn_root_list(root, dir, &names, &exists, err) < 0)
		return lenient ? 0 : -1;
	for (size_t i = 0; exists && i < names.n; i++) {
		struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		if (stem(names.v[i], &name) &&
		    read_one(root, kn_buf_str(&name), lenient, ret, err) < 0)
			return -1;
	}
	return 0;
}

int kn_netfiles_read(struct kn_root *root, const struct kn_virt_request *req, bool lenient,
		     struct kn_vnets *ret, struct kn_error *err)
{
	struct kn_vnets nets = {.known = true, .offline = true};
	int r = req->name ? read_net(root, req->name, lenient, &nets, err)
			  : read_dir(root, KN_NETFILES_DIR, read_net, lenient, &nets, err);

	if (r == 0 && req->guests)
		r = read_dir(root, KN_DOMFILES_DIR, read_dom, lenient, &nets, err);
	if (r < 0) {
		kn_vnets_done(&nets);
		return -1;
	}
	*ret = nets;
	return 0;
}

static int snapshot(struct kn_virt *self, const struct kn_virt_request *req, struct kn_vnets *ret,
		    struct kn_error *err)
{
	return kn_netfiles_read(((struct netfiles *)self)->root, req, false, ret, err);
}

/* ---- writing: each step is whole and durable before the next ---- */

static int write_file(int dirfd, const char *base, const struct kn_buf *text, const char *path,
		      struct kn_error *err)
{
	static const char tmp[] = ".kvmnet-n0~"; /* the lock's holder is the only one */
	int fd KN_CLEANUP(kn_closep) = kn_tmp_create(dirfd, tmp);

	/* 0600 as libvirt's own: a definition may hold secrets. */
	if (fd >= 0 && kn_fd_write(fd, kn_buf_str(text), text->len) == 0 && fsync(fd) == 0 &&
	    renameat(dirfd, tmp, dirfd, base) == 0 && fsync(dirfd) == 0)
		return 0;
	int code = errno;
	(void)unlinkat(dirfd, tmp, 0);
	return kn_sys_fail(err, code, "write", path);
}

/* Where the link of a network's autostart points: as libvirt makes it, by its full path. */
static int write_link(int dirfd, const char *base, const char *target, struct kn_error *err)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(dirfd, base, text, sizeof(text));

	if (n > 0 && (size_t)n == strlen(target) && !memcmp(text, target, (size_t)n))
		return 0;
	if ((n >= 0 && unlinkat(dirfd, base, 0) < 0) || symlinkat(target, dirfd, base) < 0 ||
	    fsync(dirfd) < 0)
		return kn_sys_fail(err, errno, "link", target);
	return 0;
}

static int remove_name(int dirfd, const char *base, const char *path, struct kn_error *err)
{
	if ((unlinkat(dirfd, base, 0) < 0 && errno != ENOENT) || fsync(dirfd) < 0)
		return kn_sys_fail(err, errno, "remove", path);
	return 0;
}

static int exec_define(struct kn_root *root, const struct kn_op *op, const char *base,
		       struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int fd KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_NETFILES_DIR, 0755, true, NULL, err);

	if (fd < 0)
		return -1;
	put_head(&text, op->net.name);
	kn_buf_puts(&text, op->net.now);
	if (kn_buf_check(&text, err) < 0)
		return -1;
	return write_file(fd, base, &text, KN_NETFILES_DIR, err);
}

static int exec_autostart(struct kn_root *root, bool on, const char *base, struct kn_error *err)
{
	struct kn_buf target KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int fd KN_CLEANUP(kn_closep) =
		kn_dir_make(root, KN_NETFILES_AUTOSTART, 0755, true, NULL, err);

	if (fd < 0)
		return -1;
	if (!on)
		return remove_name(fd, base, KN_NETFILES_AUTOSTART, err);
	kn_buf_printf(&target, KN_NETFILES_DIR "/%s", base);
	if (kn_buf_check(&target, err) < 0)
		return -1;
	return write_link(fd, base, kn_buf_str(&target), err);
}

static int exec_undefine(struct kn_root *root, const char *base, struct kn_error *err)
{
	int fd KN_CLEANUP(kn_closep) = kn_dir_make(root, KN_NETFILES_DIR, 0755, true, NULL, err);

	if (fd < 0 || exec_autostart(root, false, base, err) < 0)
		return -1;
	return remove_name(fd, base, KN_NETFILES_DIR, err);
}

static int exec_one(struct kn_root *root, const struct kn_op *op, struct kn_error *err)
{
	char base[NAME_MAX + 1];
	int n = snprintf(base, sizeof(base), "%s.xml", op->net.name);

	/* Names are checked where they come in; a path must not depend on that alone. */
	if (n < 0 || (size_t)n >= sizeof(base) || strchr(op->net.name, '/') ||
	    op->net.name[0] == '.')
		return kn_fail(err, KN_ERR_INPUT, 0, "the network's name makes no file name");
	switch ((int)op->kind) {
	case KN_OP_NET_DEFINE:
	case KN_OP_NET_REDEFINE:
		return exec_define(root, op, base, err);
	case KN_OP_NET_UNDEFINE:
		return exec_undefine(root, base, err);
	case KN_OP_NET_AUTOSTART:
		return exec_autostart(root, op->net.on, base, err);
	}
	return kn_fail(err, KN_ERR_UNSUPPORTED, 0, "no libvirt runs below a --root directory");
}

static int exec(struct kn_virt *self, const struct kn_op *ops, size_t n, bool *ret_done,
		struct kn_error *err)
{
	struct netfiles *files = (struct netfiles *)self;

	memset(ret_done, 0, n * sizeof(*ret_done));
	for (size_t i = 0; i < n; i++) {
		if (exec_one(files->root, &ops[i], err) < 0)
			return -1;
		ret_done[i] = true;
	}
	return 0;
}

static void netfiles_close(struct kn_virt *self)
{
	free(self);
}

int kn_netfiles_open(struct kn_root *root, struct kn_virt **ret, struct kn_error *err)
{
	struct netfiles *files = calloc(1, sizeof(*files));

	if (!files)
		return kn_fail_nomem(err);
	files->root = root;
	files->virt = (struct kn_virt){
		.snapshot = snapshot, .exec = exec, .offline = true, .close = netfiles_close};
	*ret = &files->virt;
	return 0;
}
