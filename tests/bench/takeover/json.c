/* Loss meter: the result as one JSON object on stdout. Numbers that scripts read have names of
 * their own at the top; the flows follow.
 * Test bench; effects: stdout. */
#include "meter.h"

#include <stdio.h>

struct totals {
	uint64_t worst[2], sum[2], silence[2]; /* [1]: IPv6 */
	uint64_t retransmits, stall;
	uint64_t overflow;
	unsigned int broken;
};

static bool is_six(const struct m_pair *pair)
{
	return pair->end[0].addr.ss_family == AF_INET6;
}

static void add_flow(struct totals *t, const struct m_flow *flow)
{
	uint64_t lost = m_flow_lost(flow);
	bool six = is_six(flow->pair);

	t->sum[six] += lost;
	if (lost > t->worst[six])
		t->worst[six] = lost;
	if (flow->silence_ns > t->silence[six])
		t->silence[six] = flow->silence_ns;
	t->overflow += flow->overflow;
}

static struct totals collect(const struct m_result *r, bool control)
{
	struct totals t = {0};

	for (size_t i = 0; i < r->udp->n; i++)
		if (r->udp->flows[i].pair->control == control)
			add_flow(&t, &r->udp->flows[i]);
	for (size_t i = 0; i < r->tcp->n; i++) {
		const struct m_stream *s = &r->tcp->streams[i];

		if (s->pair->control != control)
			continue;
		t.retransmits += s->retransmits;
		t.broken += s->broken;
		if (s->stall_ns > t.stall)
			t.stall = s->stall_ns;
	}
	return t;
}

static unsigned long long us(uint64_t ns)
{
	return (unsigned long long)(ns / 1000);
}

static void print_totals(const struct m_result *r, const struct totals *t, const char *prefix,
			 bool control)
{
	const struct m_count *c = &r->tcp->probes.count[control];
	uint64_t worst = t->worst[0] > t->worst[1] ? t->worst[0] : t->worst[1];
	uint64_t silence = t->silence[0] > t->silence[1] ? t->silence[0] : t->silence[1];

	printf(" \"%slost\": %llu, \"%slost_ipv4\": %llu, \"%slost_ipv6\": %llu,\n", prefix,
	       (unsigned long long)worst, prefix, (unsigned long long)t->worst[0], prefix,
	       (unsigned long long)t->worst[1]);
	printf(" \"%slost_sum\": %llu, \"%ssilence_us\": %llu, \"%ssilence_us_ipv4\": %llu,"
	       " \"%ssilence_us_ipv6\": %llu,\n",
	       prefix, (unsigned long long)(t->sum[0] + t->sum[1]), prefix, us(silence), prefix,
	       us(t->silence[0]), prefix, us(t->silence[1]));
	printf(" \"%sretransmits\": %llu, \"%sstall_us\": %llu, \"%sbroken\": %u,\n", prefix,
	       (unsigned long long)t->retransmits, prefix, us(t->stall), prefix, t->broken);
	printf(" \"%sconnections\": %llu, \"%sfailed\": %llu, \"%sslow\": %llu,\n", prefix,
	       (unsigned long long)c->made, prefix, (unsigned long long)c->failed, prefix,
	       (unsigned long long)c->slow);
}

static void print_flow(const struct m_flow *flow, bool last)
{
	const struct m_pair *pair = flow->pair;

	printf("  {\"from\": \"%s\", \"to\": \"%s\", \"control\": %s, \"sent\": %llu, "
	       "\"refused\": %llu, \"lost\": %llu, \"twice\": %llu, \"silence_us\": %llu}%s\n",
	       pair->end[flow->from].text, pair->end[1 - flow->from].text,
	       pair->control ? "true" : "false", (unsigned long long)flow->next,
	       (unsigned long long)flow->refused, (unsigned long long)m_flow_lost(flow),
	       (unsigned long long)flow->twice, us(flow->silence_ns), last ? "" : ",");
}

static void print_stream(const struct m_stream *s, bool last)
{
	printf("  {"
	       "\"stream\": \"%s\", \"to\": \"%s\", \"control\": %s, \"blocks\": %llu, "
	       "\"retransmits\": %u, \"stall_us\": %llu}%s\n",
	       s->pair->end[s->from].text, s->pair->end[1 - s->from].text,
	       s->pair->control ? "true" : "false", (unsigned long long)s->blocks, s->retransmits,
	       us(s->stall_ns), last ? "" : ",");
}

#define STARVED_NS (100 * M_MS)

/* A run in which the control lost, or the meter itself could not keep up, says nothing. */
static bool is_void(const struct m_result *r, const struct totals *run, const struct totals *ctl)
{
	const struct m_count *c = &r->tcp->probes.count[1];

	return ctl->worst[0] || ctl->worst[1] || ctl->retransmits || ctl->broken || c->failed ||
	       c->slow || ctl->overflow || run->overflow || ctl->stall > STARVED_NS ||
	       r->udp->late_ns > STARVED_NS;
}

int m_json_print(const struct m_result *r)
{
	struct totals run = collect(r, false), control = collect(r, true);

	printf("{\"void\": %s, \"capped\": %s, \"exit\": %d,\n",
	       is_void(r, &run, &control) ? "true" : "false", r->capped ? "true" : "false",
	       r->status);
	printf(" \"command_us\": %llu, \"measured_us\": %llu, \"rate\": %llu,"
	       " \"sender_late_us\": %llu, \"overflow\": %llu,\n",
	       us(r->command_ns), us(r->total_ns), (unsigned long long)r->udp->opt->rate,
	       us(r->udp->late_ns), (unsigned long long)(run.overflow + control.overflow));
	print_totals(r, &run, "", false);
	print_totals(r, &control, "control_", true);
	puts(" \"flows\": [");
	for (size_t i = 0; i < r->udp->n; i++)
		print_flow(&r->udp->flows[i], i + 1 == r->udp->n);
	puts(" ], \"streams\": [");
	for (size_t i = 0; i < r->tcp->n; i++)
		print_stream(&r->tcp->streams[i], i + 1 == r->tcp->n);
	puts(" ]}");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -1;
}
