/* Finds libvirt's functions at run time. Layer: virt, effects.
 * Linking it would cost every command 57 shared objects and 20 ms at its start. */
#include <dlfcn.h>
#include <string.h>

#include "virt/priv.h"

static void *symbol(void *library, const char *name, bool needed, const char **missing)
{
	void *found = dlsym(library, name);

	if (!found && needed)
		*missing = name;
	return found;
}

/* dlsym gives an object pointer; POSIX guarantees that it can be a function's, ISO C only by way of
 * its bytes. */
#define TAKE(name, needed)                                                                         \
	do {                                                                                       \
		void *found = symbol(library, #name, needed, &missing);                            \
		memcpy(&fn.name, &found, sizeof(found));                                           \
	} while (0);

/* Never unloaded: libvirt keeps threads and atexit handlers of its own. */
int kn_libvirt_load(struct kn_libvirt *ret, struct kn_error *err)
{
	void *library = dlopen(KN_VIRT_LIBRARY, RTLD_NOW | RTLD_LOCAL);
	struct kn_libvirt fn = {0};
	const char *missing = NULL;

	if (!library) {
		kn_fail(err, KN_ERR_UNSUPPORTED, 0, "libvirt is not installed here (%s)",
			KN_VIRT_LIBRARY);
		return kn_hint(err, "install libvirt (libvirt-daemon, libvirt-clients)");
	}
	KN_LIBVIRT_SYMBOLS(TAKE)
	if (missing)
		return kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			       "the libvirt installed here is too old: it has no %s", missing);
	*ret = fn;
	return 0;
}
