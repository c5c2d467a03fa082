/* This boot and the time since it began, which decide how long a change may stay unconfirmed.
 * Layer: sys, effects (reads only). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "sys/priv.h"

#define BOOT_ID_PATH "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LEN  36

int kn_boot_id(char ret[40], struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	int fd KN_CLEANUP(kn_closep) = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || kn_fd_read(fd, 64, &text) < 0)
		return kn_sys_fail(err, errno, "read", BOOT_ID_PATH);
	if (strspn(kn_buf_str(&text), "0123456789abcdef-") != BOOT_ID_LEN)
		return kn_fail(err, KN_ERR_SYSTEM, 0, BOOT_ID_PATH " does not hold a boot id");
	memcpy(ret, text.data, BOOT_ID_LEN);
	ret[BOOT_ID_LEN] = '\0';
	return 0;
}

uint64_t kn_boottime_ms(void)
{
	struct timespec now = {0};

	/* cannot fail: Linux has this clock since 2.6.39 */
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t kn_monotonic_ms(void)
{
	struct timespec now = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
