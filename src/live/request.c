/* Building requests with a sticky error, reading attributes whatever their width, and wording
 * what the kernel refused.
 * Layer: live, pure. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "live/nl.h"

/* Every request kvmnet makes is far smaller; a part that did not fit sets .failed. */
#define REQ_SIZE 1024

/* The sequence number and the port are filled in when the request is sent: one that is repeated
 * after an interruption gets new ones. */
void kn_req_init(struct kn_req *req, int type, int flags, const void *head, size_t len)
{
	*req = (struct kn_req){.msg = nlmsg_alloc_size(REQ_SIZE)};
	if (!req->msg || !nlmsg_put(req->msg, 0, 0, type, 0, NLM_F_REQUEST | flags) ||
	    nlmsg_append(req->msg, (void *)(uintptr_t)head, len, NLMSG_ALIGNTO) < 0)
		req->failed = true;
}

/* May be called again, and on a request that never was started (zeroed). */
void kn_req_done(struct kn_req *req)
{
	nlmsg_free(req->msg);
	req->msg = NULL;
}

/* Every other kn_req_* ends here: the one place where "did not fit" is noticed. */
void kn_req_put(struct kn_req *req, int attr, const void *data, size_t len)
{
	if (!req->failed && nla_put(req->msg, attr, (int)len, data) < 0)
		req->failed = true;
}

/* The kernel's policies are exact about the width of a number, in both directions: a value of the
 * wrong width is refused or, on old kernels, read beyond its end. */
void kn_req_uint(struct kn_req *req, int attr, uint32_t value, size_t size)
{
	uint8_t u8 = (uint8_t)value;
	uint16_t u16 = (uint16_t)value;

	if (size == sizeof(u8))
		kn_req_put(req, attr, &u8, size);
	else if (size == sizeof(u16))
		kn_req_put(req, attr, &u16, size);
	else
		kn_req_put(req, attr, &value, sizeof(value));
}

void kn_req_u32(struct kn_req *req, int attr, uint32_t value)
{
	kn_req_uint(req, attr, value, sizeof(value));
}

void kn_req_str(struct kn_req *req, int attr, const char *str)
{
	kn_req_put(req, attr, str, strlen(str) + 1);
}

void kn_req_ip(struct kn_req *req, int attr, const struct kn_ip *ip)
{
	kn_req_put(req, attr, ip->b, kn_ip_bytes(ip));
}

void kn_req_raw(struct kn_req *req, const void *attrs, size_t len)
{
	if (!req->failed && len &&
	    nlmsg_append(req->msg, (void *)(uintptr_t)attrs, len, NLMSG_ALIGNTO) < 0)
		req->failed = true;
}

struct nlattr *kn_req_nest(struct kn_req *req, int attr)
{
	if (req->failed)
		return NULL;
	/* The flag is asked for by br_setlink() and by kernels since 5.2 in general. */
	struct nlattr *nest = nla_nest_start(req->msg, attr | NLA_F_NESTED);
	if (!nest)
		req->failed = true;
	return nest;
}

void kn_req_end(struct kn_req *req, struct nlattr *nest)
{
	if (!req->failed && nla_nest_end(req->msg, nest) < 0)
		req->failed = true;
}

/* Reading is generous about the width, because kernels have widened attributes over time. */
uint32_t kn_attr_uint(const struct nlattr *attr, uint32_t fallback)
{
	if (!attr)
		return fallback;
	switch (nla_len(attr)) {
	case 1:
		return nla_get_u8(attr);
	case 2:
		return nla_get_u16(attr);
	case 4:
		return nla_get_u32(attr);
	}
	return fallback;
}

/* The unused bytes of an IPv4 address stay zero: values are compared as a whole. */
bool kn_attr_ip(const struct nlattr *attr, int af, struct kn_ip *ret)
{
	struct kn_ip ip = {.family = af == AF_INET ? KN_IPV4 : KN_IPV6};

	if (!attr || (size_t)nla_len(attr) != kn_ip_bytes(&ip))
		return false;
	memcpy(ip.b, nla_data(attr), kn_ip_bytes(&ip));
	*ret = ip;
	return true;
}

int kn_nl_af(const struct kn_ip *ip)
{
	return ip->family == KN_IPV4 ? AF_INET : AF_INET6;
}

/* The order "what failed, why in the kernel's words, errno's text" puts the specific before the
 * general; old kernels have only the last part. */
int kn_nl_fail(int sys_errno, const char *text, const char *what, struct kn_error *err)
{
	enum kn_error_kind kind = KN_ERR_SYSTEM;

	if (sys_errno == EPERM || sys_errno == EACCES)
		kind = KN_ERR_PRIVILEGE;
	kn_fail(err, kind, sys_errno, "cannot %s%s%s", what, *text ? ": " : "", text);
	if (kind == KN_ERR_PRIVILEGE)
		kn_hint(err, "run it as root: changing the network needs CAP_NET_ADMIN");
	return -1;
}

int kn_req_fail(const struct kn_req *req, const char *what, struct kn_error *err)
{
	return kn_nl_fail(req->error, req->text, what, err);
}
