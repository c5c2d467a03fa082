/* Cuts the power of one file system: it shuts down as it is, and what was not yet written out is
 * lost. For tests/fault/powercut.sh:
 *
 *	cut DIR
 *
 * Source: linux/fs/ext4/ext4.h and linux/fs/xfs/libxfs/xfs_fs.h, one ioctl by two names.
 * Layer: tests, effects. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GOINGDOWN   _IOR('X', 125, uint32_t)
#define NO_LOGFLUSH 2

int main(int argc, char **argv)
{
	uint32_t how = NO_LOGFLUSH;

	if (argc != 2)
		return 125;
	int fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, GOINGDOWN, &how) < 0) {
		perror(argv[1]);
		return 1;
	}
	return close(fd) < 0;
}
