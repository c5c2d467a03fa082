/* What stands on a link, by the names that sysfs has of it: the link itself does not tell, and a
 * dump of all links to find it costs milliseconds on a host with thousands of guests.
 * Layer: live, effects (reads). */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
#include "live/nl.h"

#define UPPER                                                                                      \
	"upper_" /* Source: kernel net/core/dev.c, netdev_adjacent_sysfs_add(); Linux 3.13         \
		  */

/* sysfs shows the network namespace of whoever mounted it, maybe not this one. */
static bool is_ours(const struct kn_link *link)
{
	char path[64], text[16];
	uint32_t number;

	(void)snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", link->name.s);
	return !kn_read_small(path, text, sizeof(text)) && kn_num_is(text, UINT32_MAX, &number) &&
	       number == (uint32_t)link->ifindex;
}

static int add_uppers(DIR *dir, struct kn_names *ret, struct kn_error *err)
{
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		struct kn_error ignored;
		struct kn_ifname name;

		if (strncmp(entry->d_name, UPPER, strlen(UPPER)) != 0 ||
		    kn_ifname_from_host(entry->d_name + strlen(UPPER), &name, &ignored) < 0)
			continue;
		if (!kn_names_has(ret, &name) && kn_names_add(ret, &name, err) < 0)
			return -1;
	}
	return 0;
}

int kn_link_tops(const struct kn_link *link, struct kn_names *ret, bool *ret_told,
		 struct kn_error *err)
{
	char path[48];

	*ret_told = false;
	if (!is_ours(link))
		return 0;
	(void)snprintf(path, sizeof(path), "/sys/class/net/%s", link->name.s);
	DIR *dir = opendir(path);
	if (!dir)
		return 0;
	int r = add_uppers(dir, ret, err);
	closedir(dir);
	*ret_told = true;
	return r;
}
