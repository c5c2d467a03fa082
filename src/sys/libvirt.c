/* Which libvirt is installed, by the name of its library's file; and whether its daemon runs.
 * Layer: sys, effects. Asking the daemon costs a connection, loading the library 20 ms. */
#include <fcntl.h>
#include <stdio.h>
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

/* A connection would start a daemon that its socket starts: whether one runs, its pid file tells.
 * It goes with the daemon; after a crash its number may be another program's. Source: libvirt's
 * src/remote/meson.build: RUNSTATEDIR/NAME.pid; kernel: comm holds 15 bytes. */
bool kn_libvirt_runs(struct kn_root *root)
{
	static const char *const names[] = {"libvirtd", "virtqemud", "virtnetworkd"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_buf comm KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
		struct kn_error ignored = {0};
		char path[64], word[16];
		bool present = false;
		uint32_t pid;

		(void)snprintf(path, sizeof(path), "/run/%s.pid", names[i]);
		if (kn_root_read(root, path, 64, &text, &present, &ignored) < 0 || !present)
			continue;
		(void)snprintf(word, sizeof(word), "%.*s",
			       (int)strspn(kn_buf_str(&text), "0123456789"), kn_buf_str(&text));
		if (!kn_num_is(word, INT32_MAX, &pid))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%u/comm", pid);
		if (kn_root_read(root, path, 64, &comm, &present, &ignored) == 0 && present &&
		    !strncmp(kn_buf_str(&comm), names[i], strlen(names[i])))
			return true;
	}
	return false;
}
