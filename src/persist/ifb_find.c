/* Which file is about which interface.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* A name that a kernel link can have; blanks and ':' (aliases) say no. */
static bool is_link_name(const char *str)
{
	size_t n = strlen(str);

	return n > 0 && n < KN_IFNAME_SIZE && str[strcspn(str, " \t:/")] == '\0';
}

int kn_ifb_device(struct kn_ifcfg *text, const char *suffix, struct kn_ifname *ret,
		  struct kn_error *err)
{
	const char *device;
	struct kn_ifname name = {0};

	if (kn_ifcfg_get(text, KN_K(DEVICE), &device, err) < 0)
		return -1;
	if (!device || !*device)
		device = suffix;
	/* Profiles named freely ("Wired connection 1") are found by MAC, not by name. */
	if (is_link_name(device) && !strstr(device, "-range"))
		memcpy(name.s, device, strlen(device));
	*ret = name;
	return 0;
}

/* A file can only be about @name when it contains the name: saves parsing the others. */
static bool may_be_about(const struct kn_file *file, const char *suffix, const char *name)
{
	return !strcmp(suffix, name) || memmem(file->data, file->len, name, strlen(name));
}

/* Does @file speak of @name? A file that cannot be read is only of concern by its own name. */
static int is_about(const struct kn_file *file, const char *suffix, const struct kn_ifname *name,
		    bool *ret, struct kn_error *err)
{
	struct kn_ifcfg *text;
	struct kn_ifname device;
	struct kn_error why;

	*ret = false;
	if (kn_ifcfg_parse(file->path, file->data, file->len, &text, err) < 0)
		return -1;
	int rc = kn_ifb_device(text, suffix, &device, &why);
	kn_ifcfg_free(text);
	if (rc < 0 && (why.kind == KN_ERR_NOMEM || kn_ifname_is(name, suffix))) {
		*err = why;
		return -1;
	}
	*ret = rc == 0 && kn_ifname_eq(&device, name);
	return 0;
}

/* Which of the two a reader takes depends on the reader and on the order of names: no
 * guess would be right for all. */
static int two_files(const struct kn_file *a, const struct kn_file *b, const struct kn_ifname *name,
		     struct kn_error *err)
{
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&shown, name->s, strlen(name->s));
	kn_fail(err, KN_ERR_HOSTFILE, 0, "this file describes %s, and so does %s",
		kn_buf_str(&shown), a->path);
	kn_at(err, b->path, 0, 0);
	return kn_hint(err, "move one of them out of %s", KN_IFB_DIR);
}

/* Every candidate is looked at, also after a hit: a second file for the same device has
 * to be found before it wins at the next boot. */
int kn_ifb_find(const struct kn_tree *tree, const struct kn_ifname *name,
		const struct kn_file **ret, struct kn_error *err)
{
	const struct kn_file *found = NULL;

	for (size_t i = 0; i < tree->n; i++) {
		const struct kn_file *file = &tree->v[i];
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, file->path);
		bool about;

		if (!suffix || !file->present || !may_be_about(file, suffix, name->s))
			continue;
		if (is_about(file, suffix, name, &about, err) < 0)
			return -1;
		if (about && found)
			return two_files(found, file, name, err);
		if (about)
			found = file;
	}
	*ret = found;
	return 0;
}

/* The port that @file describes, when its bridge is @bridge; "" otherwise. */
static int port_of(const struct kn_file *file, const char *suffix, const struct kn_ifname *bridge,
		   struct kn_ifname *ret, struct kn_error *err)
{
	struct kn_ifcfg *text;
	struct kn_error why = {0};
	const char *value;

	*ret = (struct kn_ifname){0};
	if (kn_ifcfg_parse(file->path, file->data, file->len, &text, err) < 0)
		return -1;
	if (kn_ifcfg_get(text, KN_K(BRIDGE), &value, &why) == 0 && value &&
	    kn_ifname_is(bridge, value) && kn_ifb_device(text, suffix, ret, &why) < 0)
		*ret = (struct kn_ifname){0};
	kn_ifcfg_free(text);
	if (why.kind == KN_ERR_NOMEM) {
		*err = why;
		return -1;
	}
	return 0;
}

/* By content, not by name: a port's file may be called anything. */
int kn_ifb_ports(const struct kn_tree *tree, const struct kn_ifname *bridge, struct kn_names *ret,
		 struct kn_error *err)
{
	for (size_t i = 0; i < tree->n; i++) {
		const struct kn_file *file = &tree->v[i];
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, file->path);
		struct kn_ifname port;

		if (!suffix || !file->present || !may_be_about(file, suffix, bridge->s))
			continue;
		if (port_of(file, suffix, bridge, &port, err) < 0)
			return -1;
		if (kn_ifname_is_set(&port) && !kn_names_has(ret, &port) &&
		    kn_names_add(ret, &port, err) < 0)
			return -1;
	}
	return 0;
}
