/* Interface names and indexes: point queries by name and a small cache, so that the cost of an
 * operation does not grow with the number of links.
 * Layer: live, effects. */
#include <errno.h>
#include <string.h>

#include "live/nl.h"

static struct kn_nl_name *find(struct kn_nl *nl, const struct kn_ifname *name)
{
	size_t i =
		kn_name_table_find(&nl->by_name, nl->names, sizeof(*nl->names), nl->n_names, name);

	return i < nl->n_names ? &nl->names[i] : NULL;
}

/* A known name gets the new index: after delete and create it is another link. */
int kn_nl_remember(struct kn_nl *nl, const struct kn_ifname *name, int ifindex,
		   struct kn_error *err)
{
	struct kn_nl_name *known = find(nl, name);

	if (known) {
		known->ifindex = ifindex;
		return 0;
	}
	if (kn_grow(&nl->names, &nl->cap_names, nl->n_names + 1, sizeof(*nl->names), err) < 0)
		return -1;
	nl->names[nl->n_names++] = (struct kn_nl_name){*name, ifindex};
	kn_name_table_add(&nl->by_name, nl->names, sizeof(*nl->names), nl->n_names,
			  nl->n_names - 1);
	return 0;
}

/* The order of the cache means nothing: the last entry fills the gap. */
void kn_nl_forget(struct kn_nl *nl, const struct kn_ifname *name)
{
	struct kn_nl_name *known = find(nl, name);

	if (!known)
		return;
	*known = nl->names[--nl->n_names];
	kn_name_table_add(&nl->by_name, nl->names, sizeof(*nl->names), nl->n_names,
			  (size_t)(known - nl->names));
}

/* Statistics are most of a link's description, and nobody here reads them. The other header fields
 * stay zero, as strict kernels demand. */
void kn_req_getlink(struct kn_req *req, const char *name, int ifindex)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = name ? 0 : ifindex};

	kn_req_init(req, RTM_GETLINK, 0, &info, sizeof(info));
	if (name)
		kn_req_str(req, IFLA_IFNAME, name);
	kn_req_u32(req, IFLA_EXT_MASK, KN_EXT_SKIP_STATS);
}

/* The whole description is of no interest here, so it is not taken apart. */
int kn_on_ifindex(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	const struct ifinfomsg *info = nlmsg_data(hdr);

	if (!nlmsg_valid_hdr(hdr, sizeof(*info)))
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a link's description is cut short");
	*(int *)arg = info->ifi_index;
	return 0;
}

/* A list of what hangs on a link ends with ENODEV when that is gone; but so it does for any reason
 * that a kernel words like that, and then the list is not empty but unknown. */
bool kn_nl_is_gone(struct kn_nl *nl, int ifindex)
{
	struct kn_error ignored;
	struct kn_req req;

	kn_req_getlink(&req, NULL, ifindex);
	int rc = kn_nl_transact(nl, &req, 1, &ignored);
	kn_req_done(&req);
	return rc == 0 && req.error == ENODEV;
}

/* A stale entry is safe: a link that was deleted and made anew by somebody else has another index,
 * and the operation fails with ENODEV instead of hitting the wrong link. */
int kn_nl_index(struct kn_nl *nl, const struct kn_ifname *name, int *ret, struct kn_error *err)
{
	const struct kn_nl_name *known = find(nl, name);
	struct kn_req req;
	int ifindex = 0;

	if (known) {
		*ret = known->ifindex;
		return 0;
	}
	kn_req_getlink(&req, name->s, 0);
	req.on_msg = kn_on_ifindex;
	req.arg = &ifindex;
	int rc = kn_nl_transact(nl, &req, 1, err);
	kn_req_done(&req);
	if (rc < 0)
		return -1;
	if (req.error || !ifindex) {
		struct kn_buf what KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

		kn_buf_puts(&what, "find the link ");
		kn_buf_put_escaped(&what, name->s, strnlen(name->s, sizeof(name->s)));
		return kn_nl_fail(req.error ? req.error : ENODEV, "", kn_buf_str(&what), err);
	}
	if (kn_nl_remember(nl, name, ifindex, err) < 0)
		return -1;
	*ret = ifindex;
	return 0;
}
