/* Changes of files for tests of sys/, and system calls that fail on demand: they are defined here,
 * and the program's own definition wins over the C library's. Include it once per program, from the
 * file with main(). Layer: tests. */
#ifndef KVMNET_TEST_SYSFAULT_H
#define KVMNET_TEST_SYSFAULT_H

#include "sysdir.h"

#include "sys/journal.h"

#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#define BR0  NS "/ifcfg-br0"
#define ETH0 NS "/ifcfg-eth0"

/* ---- calls that can fail ---- */

static struct fault {
	bool armed;
	int left;	   /* this many calls still succeed */
	int code;	   /* then one fails with this */
	int fsyncs;	   /* calls so far */
	int syncfs;	   /* as well */
	int links_refused; /* errno for every link, 0 = allowed */
	const char *only;  /* count only this call, NULL = all */
	long kill_at;	   /* this call kills the process, counted from 1; 0 = none does */
	long calls;	   /* of all kinds so far */
} fault;

/* What a killed process returns; nothing of it runs any more, not even an atexit() handler. */
#define KILLED 77

static inline bool fails(const char *name)
{
	if (++fault.calls == fault.kill_at)
		_exit(KILLED);
	if (!fault.armed || (fault.only && strcmp(fault.only, name) != 0) || fault.left-- > 0)
		return false;
	fault.armed = false;
	errno = fault.code;
	return true;
}

/* The C library's syscall(), which is replaced below. */
typedef long raw_fn(long number, ...);

static inline raw_fn *raw_syscall(void)
{
	static raw_fn *real;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real;
}
#define raw(...) raw_syscall()(__VA_ARGS__)

/* renameat2(2), which old C libraries do not have, comes this way; of others nothing is counted.
 * How many arguments there are is not known: six are read, as the C library does, whatever lies
 * there. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...)
{
	long arg[6];
	va_list ap;

	va_start(ap, number);
	for (size_t i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_renameat2 && fails("renameat2"))
		return -1;
	return raw(number, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}

int fsync(int fd)
{
	fault.fsyncs++;
	return fails("fsync") ? -1 : (int)raw(SYS_fsync, fd);
}

int syncfs(int fd)
{
	fault.syncfs++;
	return fails("syncfs") ? -1 : (int)raw(SYS_syncfs, fd);
}

int linkat(int a, const char *from, int b, const char *to, int flags)
{
	if (fault.links_refused) {
		errno = fault.links_refused;
		return -1;
	}
	return fails("linkat") ? -1 : (int)raw(SYS_linkat, a, from, b, to, flags);
}

int renameat(int a, const char *from, int b, const char *to)
{
	return fails("renameat") ? -1 : (int)raw(SYS_renameat2, a, from, b, to, 0);
}

int unlinkat(int dir, const char *name, int flags)
{
	return fails("unlinkat") ? -1 : (int)raw(SYS_unlinkat, dir, name, flags);
}

int mkdirat(int dir, const char *name, mode_t mode)
{
	return fails("mkdirat") ? -1 : (int)raw(SYS_mkdirat, dir, name, mode);
}

int fchmod(int fd, mode_t mode)
{
	return fails("fchmod") ? -1 : (int)raw(SYS_fchmod, fd, mode);
}

int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)
{
	return fails("fsetxattr") ? -1 : (int)raw(SYS_fsetxattr, fd, name, value, size, flags);
}

ssize_t write(int fd, const void *data, size_t len)
{
	/* the test program's own output is none of it */
	return fd > 2 && fails("write") ? -1 : (ssize_t)raw(SYS_write, fd, data, len);
}

static inline void arm(int left, int code, const char *only)
{
	fault.armed = true;
	fault.left = left;
	fault.code = code;
	fault.only = only;
}

static inline int setup(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return sysdir_setup(state);
}

static inline int teardown(void **state)
{
	memset(&fault, 0, sizeof(fault));
	return sysdir_teardown(state);
}

/* ---- changes ---- */

/* A change under way and its journal. */
struct change {
	struct kn_tx *tx;
	struct kn_journal journal;
};

static inline void add(struct kn_filechgs *list, const char *path, const char *before,
		       const char *after)
{
	struct kn_file old = {.present = before != NULL,
			      .data = (char *)before,
			      .len = before ? strlen(before) : 0};
	struct kn_error err;

	assert_int_equal(kn_filechgs_add(list, path, &old, after, after ? strlen(after) : 0, &err),
			 0);
	list->v[list->n - 1].keep_origin = true;
}

/* The everyday change: a bridge's file is made, its port's rewritten. */
static inline struct kn_filechgs two_files(struct fixture *f)
{
	struct kn_filechgs list = {0};

	put(f, ETH0, "DEVICE=eth0\nIPADDR=192.0.2.1\n");
	add(&list, BR0, NULL, "DEVICE=br0\n");
	add(&list, ETH0, "DEVICE=eth0\nIPADDR=192.0.2.1\n", "DEVICE=eth0\nBRIDGE=br0\n");
	return list;
}

/* One of each: made, rewritten, rewritten through a link, removed. */
static inline struct kn_filechgs all_sorts(struct fixture *f)
{
	struct kn_filechgs list = two_files(f);

	make_dir(f, "/etc/elsewhere");
	put(f, "/etc/elsewhere/real", "old\n");
	assert_int_equal(symlink("../../elsewhere/real", at(f, NS "/rule-eth0")), 0);
	put(f, NS "/route-eth0", "gone\n");
	add(&list, NS "/rule-eth0", "old\n", "new\n");
	add(&list, NS "/route-eth0", "gone\n", NULL);
	return list;
}

static inline int begin(struct fixture *f, const struct kn_filechgs *list, struct change *ret,
			struct kn_error *err)
{
	*ret = (struct change){.journal = {.bridge = {"br0"}}};
	int rc = kn_tx_begin(f->root, list, false, &ret->journal, &ret->tx, err);
	if (rc < 0)
		kn_journal_done(&ret->journal);
	return rc;
}

static inline void end(struct change *change)
{
	kn_tx_free(change->tx);
	kn_journal_done(&change->journal);
}

/* Undoes a change whose process lives, all of it; no foreign edit may show up. */
static inline void undo(struct change *change)
{
	struct kn_strv conflicts = {0};
	struct kn_error err = {0};

	if (kn_tx_undo(change->tx, &conflicts, &err) < 0 || kn_tx_discard(change->tx, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(conflicts.n, 0);
	end(change);
}

/* begin, apply, commit; any failure fails the test. */
static inline void run(struct fixture *f, const struct kn_filechgs *list)
{
	struct kn_error err = {0};
	struct change change;

	if (begin(f, list, &change, &err) < 0 || kn_tx_apply(change.tx, &err) < 0 ||
	    kn_tx_commit(change.tx, &err) < 0)
		fail_msg("%s", err.message);
	kn_tx_finish(change.tx);
	end(&change);
}

static inline size_t count_origins(const struct fixture *f)
{
	struct kn_origins origins = {0};
	struct kn_error err = {0};

	if (kn_origins_load(f->root, &origins, &err) < 0)
		fail_msg("%s", err.message);
	size_t n = origins.n;
	kn_origins_done(&origins);
	return n;
}

/* What a host looks like to all who read it: both directories and the records. */
static inline char *state_of(struct fixture *f)
{
	struct kn_buf buf = KN_BUF_INIT;
	static const char *const dirs[] = {NS, "/etc/elsewhere"};

	for (size_t i = 0; i < 2; i++) {
		if (access(at(f, dirs[i]), F_OK) < 0)
			continue;
		char *part = picture(f, dirs[i]);
		kn_buf_puts(&buf, part);
		free(part);
	}
	kn_buf_printf(&buf, "origins %zu history %zu state %zu\n", count_origins(f),
		      count_entries(f, KN_STATE_DIR "/history"), count_entries(f, KN_STATE_DIR));
	return buf.data;
}

static inline void assert_state(struct fixture *f, const char *want)
{
	char *now = state_of(f);

	assert_string_equal(now, want);
	free(now);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif
