/* IPv6 settings that netlink cannot write, and the copy of all per-device settings.
 * Layer: live, effects. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/nl.h"

/* Position in IFLA_INET6_CONF and file name. Left out: what the kernel derives (forwarding,
 * mc_forwarding), what belongs to one link (mtu, addr_gen_mode, stable_secret) and disable_ipv6,
 * which is a step of its own. Source: kernel net/ipv6/addrconf.c, ipv6_store_devconf(). */
static const struct {
	uint8_t index;
	const char *key;
} keys6[] = {
	{DEVCONF_HOPLIMIT, "hop_limit"},
	{DEVCONF_ACCEPT_RA, "accept_ra"},
	{DEVCONF_ACCEPT_REDIRECTS, "accept_redirects"},
	{DEVCONF_AUTOCONF, "autoconf"},
	{DEVCONF_DAD_TRANSMITS, "dad_transmits"},
	{DEVCONF_RTR_SOLICITS, "router_solicitations"},
	{DEVCONF_RTR_SOLICIT_INTERVAL, "router_solicitation_interval"},
	{DEVCONF_RTR_SOLICIT_DELAY, "router_solicitation_delay"},
	{DEVCONF_USE_TEMPADDR, "use_tempaddr"},
	{DEVCONF_TEMP_VALID_LFT, "temp_valid_lft"},
	{DEVCONF_TEMP_PREFERED_LFT, "temp_prefered_lft"},
	{DEVCONF_REGEN_MAX_RETRY, "regen_max_retry"},
	{DEVCONF_MAX_DESYNC_FACTOR, "max_desync_factor"},
	{DEVCONF_MAX_ADDRESSES, "max_addresses"},
	{DEVCONF_FORCE_MLD_VERSION, "force_mld_version"},
	{DEVCONF_ACCEPT_RA_DEFRTR, "accept_ra_defrtr"},
	{DEVCONF_ACCEPT_RA_PINFO, "accept_ra_pinfo"},
	{DEVCONF_ACCEPT_RA_RTR_PREF, "accept_ra_rtr_pref"},
	{DEVCONF_RTR_PROBE_INTERVAL, "router_probe_interval"},
	{DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN, "accept_ra_rt_info_max_plen"},
	{DEVCONF_PROXY_NDP, "proxy_ndp"},
	{DEVCONF_OPTIMISTIC_DAD, "optimistic_dad"},
	{DEVCONF_ACCEPT_SOURCE_ROUTE, "accept_source_route"},
	{DEVCONF_ACCEPT_DAD, "accept_dad"},
	{DEVCONF_FORCE_TLLAO, "force_tllao"},
	{DEVCONF_NDISC_NOTIFY, "ndisc_notify"},
	{DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL, "mldv1_unsolicited_report_interval"},
	{DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL, "mldv2_unsolicited_report_interval"},
	{DEVCONF_SUPPRESS_FRAG_NDISC, "suppress_frag_ndisc"},
	{DEVCONF_ACCEPT_RA_FROM_LOCAL, "accept_ra_from_local"},
	{DEVCONF_USE_OPTIMISTIC, "use_optimistic"},
	{DEVCONF_ACCEPT_RA_MTU, "accept_ra_mtu"},
	{DEVCONF_USE_OIF_ADDRS_ONLY, "use_oif_addrs_only"},
	{DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT, "accept_ra_min_hop_limit"},
	{DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, "ignore_routes_with_linkdown"},
	{DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, "drop_unicast_in_l2_multicast"},
	{DEVCONF_DROP_UNSOLICITED_NA, "drop_unsolicited_na"},
	{DEVCONF_KEEP_ADDR_ON_DOWN, "keep_addr_on_down"},
	{DEVCONF_RTR_SOLICIT_MAX_INTERVAL, "router_solicitation_max_interval"},
};

/* Without IPv6 (module absent, or off for this link) the folder is missing, and so is what the
 * setting would prevent. */
static int write_text(const struct kn_ifname *dev, const char *key, const char *text,
		      struct kn_error *err)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", dev->s, key);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	ssize_t put = fd < 0 ? -1 : write(fd, text, strlen(text));
	int saved = errno;
	if (fd >= 0)
		close(fd);
	if (put == (ssize_t)strlen(text))
		return 0;
	struct kn_buf what KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	kn_buf_puts(&what, "write ");
	kn_buf_put_escaped(&what, path, strlen(path));
	return kn_nl_fail(put < 0 ? saved : EIO, "", kn_buf_str(&what), err);
}

int kn_sysctl6_write(const struct kn_ifname *dev, const char *key, uint32_t value,
		     struct kn_error *err)
{
	char text[16];

	/* Signed in truth: hop_limit and others know -1. */
	(void)snprintf(text, sizeof(text), "%d", (int)value);
	return write_text(dev, key, text, err);
}

/* Missing on the source only means that the kernel does not know the key. */
int kn_sysctl6_copy(const struct kn_ifname *from, const struct kn_ifname *to, const char *key,
		    struct kn_error *err)
{
	char path[128], text[64];

	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", from->s, key);
	if (kn_read_small(path, text, sizeof(text)) < 0)
		return errno == ENOENT ? 0
				       : kn_fail(err, KN_ERR_SYSTEM, errno, "cannot read %s", key);
	return write_text(to, key, text, err);
}

static int on_conf(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	struct nlattr *tb[IFLA_AF_SPEC + 1];

	if (nlmsg_parse(hdr, sizeof(struct ifinfomsg), tb, IFLA_AF_SPEC, NULL) < 0)
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a link's description is cut short");
	kn_conf_parse(tb[IFLA_AF_SPEC], arg);
	return 0;
}

void kn_req_getconf(struct kn_req *req, int ifindex, struct kn_nl_conf *ret)
{
	kn_req_getlink(req, NULL, ifindex);
	req->on_msg = on_conf;
	req->arg = ret;
}

/* Both links' settings in one exchange. */
static int read_confs(struct kn_nl *nl, const int *indexes, struct kn_nl_conf *ret,
		      struct kn_error *err)
{
	struct kn_req reqs[2];
	int rc;

	for (size_t i = 0; i < 2; i++) {
		kn_req_getconf(&reqs[i], indexes[i], &ret[i]);
	}
	rc = kn_nl_transact(nl, reqs, 2, err);
	for (size_t i = 0; i < 2; i++) {
		if (!rc && reqs[i].error)
			rc = kn_req_fail(&reqs[i], "read a link's settings", err);
		kn_req_done(&reqs[i]);
	}
	return rc;
}

/* One message carries all differences, and none is sent when there are none: on most hosts all
 * links have the defaults. A file per setting was the largest part of a takeover's CPU time. */
static int copy4(struct kn_nl *nl, int to, struct kn_nl_conf *want, const struct kn_nl_conf *have,
		 struct kn_error *err)
{
	struct kn_req req;

	/* A counter of the multicast router's interfaces: not a setting. */
	if (want->n4 >= IPV4_DEVCONF_MC_FORWARDING && have->n4 >= IPV4_DEVCONF_MC_FORWARDING)
		want->v4[IPV4_DEVCONF_MC_FORWARDING - 1] = have->v4[IPV4_DEVCONF_MC_FORWARDING - 1];
	size_t n = want->n4 < have->n4 ? want->n4 : have->n4;
	if (!memcmp(want->v4, have->v4, n * sizeof(want->v4[0])))
		return 0;
	kn_req_inet_conf(&req, to, want, have);
	int rc = kn_nl_transact(nl, &req, 1, err);
	if (!rc && req.error)
		rc = kn_req_fail(&req, "copy the IPv4 settings", err);
	kn_req_done(&req);
	return rc;
}

/* Netlink cannot write these; the arrays at least tell which files need not be touched. */
static int copy6(const struct kn_op *op, const struct kn_nl_conf *want,
		 const struct kn_nl_conf *have, struct kn_error *err)
{
	for (size_t i = 0; i < sizeof(keys6) / sizeof(keys6[0]); i++) {
		size_t k = keys6[i].index;

		if (k >= want->n6 || k >= have->n6 || want->v6[k] == have->v6[k])
			continue;
		/* As text: the arrays give some times in milliseconds, the files in seconds. */
		if (kn_sysctl6_copy(&op->other, &op->dev, keys6[i].key, err) < 0)
			return -1;
	}
	return 0;
}

/* Nothing to undo on failure: the target is a link that this change has made, or its values are the
 * uplink's, which harm nobody. */
int kn_conf_copy(struct kn_nl *nl, const struct kn_op *op, struct kn_error *err)
{
	struct kn_nl_conf confs[2] = {0};
	int indexes[2];

	if (kn_nl_index(nl, &op->other, &indexes[0], err) < 0 ||
	    kn_nl_index(nl, &op->dev, &indexes[1], err) < 0 ||
	    read_confs(nl, indexes, confs, err) < 0)
		return -1;
	if (copy4(nl, indexes[1], &confs[0], &confs[1], err) < 0)
		return -1;
	return copy6(op, &confs[0], &confs[1], err);
}
