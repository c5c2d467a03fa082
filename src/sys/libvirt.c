/* Which libvirt is installed, by the name of its library's file.
 * Layer: sys, effects. Asking the daemon costs a connection, loading the library 20 ms. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "kvmnet/num.h"
#include "sys/priv.h"

/* Where distributions put libraries: RHEL, Debian by architecture, everybody else. */
static const char *const folders[] = {
	"/usr/lib64",
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
	"/usr/lib/s390x-linux-gnu",
	"/usr/lib/powerpc64le-linux-gnu",
	"/usr/lib/riscv64-linux-gnu",
	"/usr/lib",
	"/usr/local/lib64",
	"/usr/local/lib",
};

/* "libvirt.so.0.9007.1" is libvirt 9.7.1. Source: libvirt's meson.build, libvirt_lib_version. */
static uint32_t version_of(const char *name)
{
	static const char head[] = "libvirt.so.0.";
	const char *base = strrchr(name, '/');
	uint32_t major_minor, micro;
	char digits[8] = "";

	base = base ? base + 1 : name;
	if (strncmp(base, head, sizeof(head) - 1) != 0)
		return 0;
	base += sizeof(head) - 1;
	size_t len = strcspn(base, ".");
	if (len >= sizeof(digits) || base[len] != '.')
		return 0;
	memcpy(digits, base, len);
	if (!kn_num_is(digits, 999999, &major_minor) || !kn_num_is(base + len + 1, 999, &micro))
		return 0;
	return major_minor * 1000 + micro;
}

uint32_t kn_libvirt_found(struct kn_root *root)
{
	uint32_t version = 0;

	for (size_t i = 0; !version && i < sizeof(folders) / sizeof(*folders); i++) {
		char target[128];
		int dir = kn_root_openfd(root, folders[i], O_PATH | O_DIRECTORY);
		ssize_t len;

		if (dir < 0)
			continue;
		len = readlinkat(dir, "libvirt.so.0", target, sizeof(target) - 1);
		if (len > 0) {
			target[len] = '\0';
			version = version_of(target);
		}
		(void)close(dir);
	}
	return version;
}
