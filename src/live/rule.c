/* Policy rules: reading those that name a link, adding and deleting them unchanged in all else.
 * Layer: live, effects (reads). Source: linux/fib_rules.h, kernel net/core/fib_rules.c. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <stdlib.h>
#include <string.h>

#include "live/nl.h"

/* Headers of the oldest hosts lack it. */
#define FRA_PAD_ 18

struct sink {
	struct kn_rule *v; /* owned */
	size_t n, cap;
};

/* The kernel ends names by length or by a zero. */
static void take_name(const struct nlattr *attr, struct kn_ifname *ret)
{
	size_t len = strnlen(nla_data(attr), (size_t)nla_len(attr));

	*ret = (struct kn_ifname){0};
	if (len < sizeof(ret->s))
		memcpy(ret->s, nla_data(attr), len);
}

/* The priority is kept apart as well: 0 is not sent by the kernel, and a rule that is added without
 * one gets another. */
static int take_attr(const struct nlattr *attr, struct kn_rule *rule, struct kn_error *err)
{
	size_t len = (size_t)nla_total_size(nla_len(attr));

	switch (nla_type(attr)) {
	case FRA_IIFNAME:
		take_name(attr, &rule->iif);
		return 0;
	case FRA_OIFNAME:
		take_name(attr, &rule->oif);
		return 0;
	case FRA_PRIORITY:
		rule->priority = kn_attr_uint(attr, 0);
		return 0;
	case FRA_PAD_:
		return 0;
	case FRA_TABLE:
		rule->table = kn_attr_uint(attr, 0);
		break;
	}
	if (rule->raw_len + len > sizeof(rule->raw))
		return kn_fail(err, KN_ERR_UNSUPPORTED, 0,
			       "a policy rule of the host says more than kvmnet can keep");
	memcpy(rule->raw + rule->raw_len, attr, (size_t)attr->nla_len);
	rule->raw_len = (uint16_t)(rule->raw_len + len);
	return 0;
}

static int on_rule(struct nlmsghdr *hdr, void *arg, struct kn_error *err)
{
	struct sink *sink = arg;
	struct kn_rule rule = {0};
	struct fib_rule_hdr head;
	struct nlattr *attr;
	int left;

	if (hdr->nlmsg_type != RTM_NEWRULE)
		return 0;
	if (!nlmsg_valid_hdr(hdr, sizeof(head)))
		return kn_fail(err, KN_ERR_SYSTEM, EPROTO, "a rule's description is cut short");
	memcpy(&head, nlmsg_data(hdr), sizeof(head));
	if (head.family != AF_INET && head.family != AF_INET6)
		return 0;
	rule.family = head.family == AF_INET ? KN_IPV4 : KN_IPV6;
	/* The other flags are the kernel's news about the rule. */
	head.flags &= FIB_RULE_INVERT;
	memcpy(rule.raw, &head, sizeof(head));
	rule.raw_len = sizeof(head);
	nlmsg_for_each_attr(attr, hdr, sizeof(head),
			    left) if (take_attr(attr, &rule, err) < 0) return -1;
	if (kn_grow(&sink->v, &sink->cap, sink->n + 1, sizeof(*sink->v), err) < 0)
		return -1;
	sink->v[sink->n++] = rule;
	return 0;
}

static bool names_link(const struct kn_facts *facts, const struct kn_rule *rule)
{
	return (kn_ifname_is_set(&rule->iif) && kn_facts_link(facts, &rule->iif)) ||
	       (kn_ifname_is_set(&rule->oif) && kn_facts_link(facts, &rule->oif));
}

/* The kernel lists rules by family and priority; of equal ones the first that matches is used, so
 * those beside a wanted one are wanted as well. */
static int sift(const struct sink *sink, struct kn_facts *facts, struct kn_error *err)
{
	for (size_t from = 0, to; from < sink->n; from = to) {
		bool wanted = false;

		for (to = from; to < sink->n && sink->v[to].family == sink->v[from].family &&
				sink->v[to].priority == sink->v[from].priority;
		     to++)
			wanted |= names_link(facts, &sink->v[to]);
		for (size_t i = from; wanted && i < to; i++)
			if (kn_facts_add_rule(facts, &sink->v[i], err) < 0)
				return -1;
	}
	return 0;
}

int kn_read_rules(struct kn_nl *nl, struct kn_facts *facts, struct kn_error *err)
{
	struct fib_rule_hdr head = {0};
	struct sink sink = {0};
	struct kn_req req;

	kn_req_init(&req, RTM_GETRULE, NLM_F_DUMP, &head, sizeof(head));
	req.on_msg = on_rule;
	req.arg = &sink;
	int rc = kn_nl_dump(nl, &req, &sink.n, "policy rules", err);
	kn_req_done(&req);
	/* A kernel without policy routing has none. */
	if (rc < 0 && (req.error == EOPNOTSUPP || req.error == EAFNOSUPPORT))
		rc = 0;
	else if (!rc)
		rc = sift(&sink, facts, err);
	free(sink.v);
	return rc;
}

/* No EXCL: of rules with one priority a second copy is made on purpose, to keep their order. */
void kn_req_rule(struct kn_req *req, int type, const struct kn_rule *rule)
{
	const size_t head = sizeof(struct fib_rule_hdr);
	int create = type == RTM_NEWRULE ? NLM_F_CREATE : 0;

	kn_req_init(req, type, NLM_F_ACK | create, rule->raw, head);
	kn_req_u32(req, FRA_PRIORITY, rule->priority);
	if (kn_ifname_is_set(&rule->iif))
		kn_req_str(req, FRA_IIFNAME, rule->iif.s);
	if (kn_ifname_is_set(&rule->oif))
		kn_req_str(req, FRA_OIFNAME, rule->oif.s);
	kn_req_raw(req, rule->raw + head, rule->raw_len - head);
}
