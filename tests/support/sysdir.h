/* Directories for tests of sys/: make, fill, look at, remove. Every helper asserts that it works.
 * Layer: tests. */
#ifndef KVMNET_TEST_SYSDIR_H
#define KVMNET_TEST_SYSDIR_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/sys.h"

#define NS "/etc/sysconfig/network-scripts"

struct fixture {
	char dir[PATH_MAX]; /* becomes --root */
	struct kn_root *root;
};

/* dir + path, valid until the eighth next call */
static inline const char *at(const struct fixture *f, const char *path)
{
	static char paths[8][PATH_MAX * 2];
	static unsigned int turn;
	char *p = paths[turn++ % 8];

	(void)snprintf(p, sizeof(paths[0]), "%s%s", f->dir, path);
	return p;
}

static inline void put_bytes(const struct fixture *f, const char *path, const char *text, size_t n)
{
	FILE *file = fopen(at(f, path), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static inline void put(const struct fixture *f, const char *path, const char *text)
{
	put_bytes(f, path, text, strlen(text));
}

/* mkdir -p */
static inline void make_dir(const struct fixture *f, const char *path)
{
	char copy[PATH_MAX];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		(void)mkdir(at(f, copy), 0755);
		*p = '/';
	}
	assert_true(mkdir(at(f, path), 0755) == 0 || errno == EEXIST);
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int sysdir_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct kn_error err;

	assert_non_null(f);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/kvmnet-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	make_dir(f, NS);
	assert_int_equal(kn_root_open(f->dir, &f->root, &err), 0);
	*state = f;
	return 0;
}

static inline int sysdir_teardown(void **state)
{
	struct fixture *f = *state;

	kn_root_close(f->root);
	assert_int_equal(nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

/* The file's text, or "(absent)"; borrowed until the next call. */
static inline const char *text_of(const struct fixture *f, const char *path)
{
	static char text[KN_FILE_MAX + 1];
	FILE *file = fopen(at(f, path), "r");

	if (!file)
		return "(absent)";
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	assert_int_equal(fclose(file), 0);
	return text;
}

static inline size_t count_entries(const struct fixture *f, const char *path)
{
	DIR *dir = opendir(at(f, path));
	struct dirent *entry;
	size_t n = 0;

	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return n;
}

/* Everything about the entries of a directory but their access and change times. New. */
static inline char *picture(const struct fixture *f, const char *path)
{
	struct kn_buf buf = KN_BUF_INIT;
	struct dirent **list;
	int n = scandir(at(f, path), &list, NULL, alphasort);

	assert_true(n >= 0);
	for (int i = 0; i < n; i++) {
		char full[PATH_MAX];
		struct stat st;

		(void)snprintf(full, sizeof(full), "%s/%s", path, list[i]->d_name);
		assert_int_equal(lstat(at(f, full), &st), 0);
		if (S_ISREG(st.st_mode))
			kn_buf_printf(&buf, "%s %o %u:%u %lu %ld.%09ld [%s]\n", list[i]->d_name,
				      st.st_mode, st.st_uid, st.st_gid, (unsigned long)st.st_ino,
				      (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
				      text_of(f, full));
		else if (list[i]->d_name[0] != '.' || strlen(list[i]->d_name) > 2)
			kn_buf_printf(&buf, "%s %o\n", list[i]->d_name, st.st_mode);
		free(list[i]);
	}
	free(list);
	assert_false(buf.failed);
	kn_buf_put(&buf, "", 0);
	return buf.data;
}

#endif
