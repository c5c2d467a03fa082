/* What of a host's files has to be equal: names, kinds, modes, owners, bytes, ACLs and attributes
 *of what is configured and of the originals, and the numbers in the history. One process, as this
 *is done tens of thousands of times. For tests/support/fault_host.sh:
 *
 *	files STATE
 *
 * Names that are only for the time of a change are a question of their own. Layer: tests. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* FNV-1a, 64 bits. Source: draft-eastlake-fnv-17, section 2. */
static uint64_t hash(uint64_t sum, const void *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sum = (sum ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static const uint64_t HASH_BEGIN = UINT64_C(0xcbf29ce484222325);

static void put_bytes(const char *path)
{
	char bytes[65536];
	uint64_t sum = HASH_BEGIN;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		sum = hash(sum, bytes, (size_t)n);
	(void)close(fd);
	printf(" bytes %" PRIx64, sum);
}

/* ACLs are attributes, too. */
static void put_attributes(const char *path)
{
	char names[4096], value[4096];
	ssize_t size = llistxattr(path, names, sizeof(names));

	for (const char *name = names; size > 0 && name < names + size; name += strlen(name) + 1) {
		ssize_t n = lgetxattr(path, name, value, sizeof(value));

		printf(" %s=%" PRIx64, name, hash(HASH_BEGIN, value, n > 0 ? (size_t)n : 0));
	}
}

static void put_one(const char *path, const struct stat *st)
{
	char to[4096] = "";

	if (S_ISLNK(st->st_mode) && readlink(path, to, sizeof(to) - 1) < 0)
		to[0] = '\0';
	printf("%s %o %u %u %s", path, st->st_mode, st->st_uid, st->st_gid, to);
	if (S_ISREG(st->st_mode))
		put_bytes(path);
	if (S_ISREG(st->st_mode))
		put_attributes(path);
	putchar('\n');
}

static int is_kept(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	       strncmp(entry->d_name, ".kvmnet-", 8) != 0;
}

/* @path and all below it, sorted. @files: nothing else of it. */
static void put_tree(const char *path, bool files)
{
	struct dirent **names;
	struct stat st;

	if (lstat(path, &st) < 0)
		return;
	if (!files || S_ISREG(st.st_mode))
		put_one(path, &st);
	int n = S_ISDIR(st.st_mode) ? scandir(path, &names, is_kept, alphasort) : -1;
	for (int i = 0; i < n; i++) {
		char below[4096];

		(void)snprintf(below, sizeof(below), "%s/%s", path, names[i]->d_name);
		put_tree(below, files);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static int is_original(const struct dirent *entry)
{
	return !strncmp(entry->d_name, "origin-", 7) || !strcmp(entry->d_name, "conflicts");
}

static void put_originals(const char *state)
{
	struct dirent **names;
	int n = scandir(state, &names, is_original, alphasort);

	for (int i = 0; i < n; i++) {
		char path[4096];

		(void)snprintf(path, sizeof(path), "%s/%s", state, names[i]->d_name);
		put_tree(path, true);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* A committed change that could not be archived is the history's last one until it is. */
static unsigned int unarchived(const char *state)
{
	char path[4096], line[4096];
	unsigned int number = 0;

	(void)snprintf(path, sizeof(path), "%s/journal.done", state);
	FILE *file = fopen(path, "r");
	while (file && number == 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "change number=%u ", &number) != 1)
			number = 0;
	if (file)
		(void)fclose(file);
	return number;
}

static void put_history(const char *state)
{
	struct dirent **names;
	char path[4096];
	unsigned int last = unarchived(state);

	(void)snprintf(path, sizeof(path), "%s/history", state);
	int n = scandir(path, &names, is_kept, alphasort);
	for (int i = 0; i < n; i++) {
		printf("history %.*s\n", (int)strcspn(names[i]->d_name, "-"), names[i]->d_name);
		free(names[i]);
	}
	if (last)
		printf("history %04u\n", last);
	if (n >= 0)
		free(names);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 125;
	put_tree("/etc/sysconfig", false);
	put_tree("/etc/resolv.conf", false);
	put_tree("/etc/rc.d", false);
	put_originals(argv[1]);
	put_history(argv[1]);
	return fflush(stdout) != 0;
}
