/* What a program did to a tree of files, in order, as strace(1) saw it. Layer: tests. */
#ifndef KVMNET_FAULT_ORDER_H
#define KVMNET_FAULT_ORDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INODES_MAX 256
#define OPS_MAX	   1024
#define NO_INODE   SIZE_MAX

/* A file, a symlink or a folder; what its name is, the operations say. */
struct inode {
	mode_t mode; /* with its type; of a file: the last one it got */
	char *data;
	size_t len;
	size_t made; /* the operation before which it did not exist; 0 = it always did */
};

enum op_kind { OP_NAME, OP_RENAME, OP_UNLINK, OP_DATA, OP_SYNC, OP_SYNC_DIR };

struct op {
	enum op_kind kind;
	char *from, *to; /* relative to the root; OP_NAME (made or linked): to; OP_SYNC_DIR: from */
	size_t inode;
};

struct story {
	const char *root;
	struct inode inodes[INODES_MAX];
	size_t n_inodes;
	struct op ops[OPS_MAX];
	size_t n_ops;
	size_t n_old; /* the first so many operations make what was there before; all durable */
};

/* Adds what is in the tree @dir, as if it had been made at first. Ends the program on failure. */
void story_begin(struct story *story, const char *dir);
/* Adds the calls of the strace log @path (-y -xx) that are about story->root. */
void story_read(struct story *story, const char *path);

#endif
