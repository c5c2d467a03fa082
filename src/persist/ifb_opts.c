/* Bridge and port options as DELAY, STP and the words of BRIDGING_OPTS, per reader.
 * Layer: persist, pure. Source: initscripts ifup-eth (words go to /sys/class/net/X/bridge and
 * brport as they are, timers in centiseconds); NetworkManager nms-ifcfg-rh-reader.c
 * handle_bridge_option() (seconds; priority, hello_time and max_age only with STP). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

#define ON_7  (1u << KN_READER_SCRIPTS_7 | 1u << KN_READER_NONE)
#define ON_8  (1u << KN_READER_SCRIPTS_8)
#define ON_NM (1u << KN_READER_NM)
#define ALL   (ON_7 | ON_8 | ON_NM)

struct word {
	unsigned int opt;     /* KN_BROPT_* or KN_PORTOPT_* */
	const char *name;     /* in BRIDGING_OPTS */
	unsigned int readers; /* bits of those that apply it */
	bool nm_needs_stp;
	bool yes_no; /* NetworkManager wants a word; sysfs always a number */
};

static const struct word bridge_words[] = {
	/* Instead of DELAY, see is_word(). */
	{KN_BROPT_FORWARD_DELAY, "forward_delay", ON_7 | ON_8, false, false},
	{KN_BROPT_PRIORITY, "priority", ALL, true, false},
	{KN_BROPT_AGEING, "ageing_time", ALL, false, false},
	{KN_BROPT_HELLO, "hello_time", ALL, true, false},
	{KN_BROPT_MAX_AGE, "max_age", ALL, true, false},
	{KN_BROPT_MCAST_SNOOPING, "multicast_snooping", ALL, false, false},
	{KN_BROPT_VLAN_FILTERING, "vlan_filtering", ALL, false, false},
	{KN_BROPT_NF_CALL, "nf_call_iptables", ON_7 | ON_8, false, false},
	{KN_BROPT_NF_CALL, "nf_call_ip6tables", ON_7 | ON_8, false, false},
	{KN_BROPT_NF_CALL, "nf_call_arptables", ON_7 | ON_8, false, false},
};

/* brport/isolated came with Linux 4.18, brport/learning after RHEL 7's 3.10. */
static const struct word port_words[] = {
	{KN_PORTOPT_COST, "path_cost", ALL, false, false},
	{KN_PORTOPT_PRIORITY, "priority", ALL, false, false},
	{KN_PORTOPT_HAIRPIN, "hairpin_mode", ALL, false, true},
	{KN_PORTOPT_ISOLATED, "isolated", ON_8, false, false},
	{KN_PORTOPT_LEARNING, "learning", ON_8, false, false},
};

struct words {
	const struct word *v;
	size_t n;
	const struct kn_opt_info *(*info)(unsigned int i);
};

static const struct words of_bridge = {bridge_words, sizeof(bridge_words) / sizeof(*bridge_words),
				       kn_bridge_opt_info};
static const struct words of_port = {port_words, sizeof(port_words) / sizeof(*port_words),
				     kn_port_opt_info};

/* ---- reading ---- */

/* Words that are in no table belong to the admin and are never touched. */
static const struct word *find_word(const struct words *words, const char *p, size_t len)
{
	for (size_t i = 0; i < words->n; i++)
		if (strlen(words->v[i].name) == len && !memcmp(words->v[i].name, p, len))
			return &words->v[i];
	return NULL;
}

/* Timers differ in unit by reader and by key; everything else is a plain number. */
static bool parse_value(const struct kn_opt_info *info, const char *str, bool seconds,
			uint32_t *ret)
{
	struct kn_error ignored;

	if (info->kind == KN_OPT_BOOL) {
		*ret = kn_ifb_is_true(str);
		return kn_ifb_is_true(str) || kn_ifb_is_false(str);
	}
	if (info->kind == KN_OPT_SEC && seconds)
		return kn_opt_parse(info, str, ret, &ignored) == 0;
	return kn_num_is(str, info->max, ret);
}

/* A word with a value that makes no sense is passed over, as the readers do. */
static void read_words(const char *p, const struct words *words, enum kn_reader reader,
		       struct kn_opts *ret)
{
	bool seconds = reader == KN_READER_NM && words == &of_bridge;

	while (p && *(p += strspn(p, " \t"))) {
		size_t n = strcspn(p, " \t"), key = strcspn(p, "= \t");
		const struct word *word = key < n ? find_word(words, p, key) : NULL;
		char value[16];
		uint32_t num;

		if (word && (word->readers >> reader & 1) && n - key - 1 < sizeof(value)) {
			memcpy(value, p + key + 1, n - key - 1);
			value[n - key - 1] = '\0';
			if (parse_value(words->info(word->opt), value, seconds, &num))
				kn_opts_set(ret, word->opt, num);
		}
		p += n;
	}
}

/* For the options that have a key of their own. */
static void read_key(struct kn_ifb_in *in, enum kn_ifb_id id, unsigned int opt, bool seconds,
		     struct kn_opts *ret)
{
	const char *value = kn_ifb_get(in, id, -1);
	uint32_t num;

	if (value && parse_value(kn_bridge_opt_info(opt), value, seconds, &num))
		kn_opts_set(ret, opt, num);
}

/* The same key means bridge options in a bridge's file and port options in a port's. */
void kn_ifb_read_opts(struct kn_ifb_in *in, enum kn_reader reader, struct kn_conf *conf)
{
	bool scripts = reader == KN_READER_SCRIPTS_7 || reader == KN_READER_SCRIPTS_8;
	bool main_seconds = reader != KN_READER_SCRIPTS_8;

	if (conf->type != KN_CONF_BRIDGE) {
		read_words(kn_ifb_get(in, KN_KEY_BRIDGING_OPTS, -1), &of_port, reader,
			   &conf->port_opts);
		return;
	}
	read_key(in, KN_KEY_STP, KN_BROPT_STP, main_seconds, &conf->opts);
	read_key(in, KN_KEY_DELAY, KN_BROPT_FORWARD_DELAY, main_seconds, &conf->opts);
	if (scripts) { /* only network-scripts know these; BRIDGING_OPTS is applied after them */
		read_key(in, KN_KEY_PRIO, KN_BROPT_PRIORITY, main_seconds, &conf->opts);
		read_key(in, KN_KEY_AGEING, KN_BROPT_AGEING, main_seconds, &conf->opts);
	}
	read_words(kn_ifb_get(in, KN_KEY_BRIDGING_OPTS, -1), &of_bridge, reader, &conf->opts);
}

/* ---- writing ---- */

/* Better refused than written down where nobody reads it. */
static int cannot_persist(const struct kn_opt_info *info, enum kn_reader reader, const char *why,
			  struct kn_error *err)
{
	kn_fail(err, KN_ERR_UNSUPPORTED, 0, "%s cannot be made permanent for the reader %s: %s",
		info->name, kn_reader_word(reader), why);
	return kn_hint(err, "--no-persist changes the running kernel only");
}

/* One option's value as @reader wants it. @buf holds 16. */
static int fmt_value(const struct kn_opt_info *info, const struct word *word, uint32_t value,
		     enum kn_reader reader, char *buf, struct kn_error *err)
{
	bool seconds = info->kind == KN_OPT_SEC && reader == KN_READER_NM;

	if (seconds && value % 100)
		return cannot_persist(info, reader, "it takes whole seconds only", err);
	if (word->yes_no && reader == KN_READER_NM)
		(void)snprintf(buf, 16, "%s", value ? "yes" : "no");
	else
		(void)snprintf(buf, 16, "%u", seconds ? value / 100 : value);
	return 0;
}

/* Before anything is written, so that a refusal leaves no half-made text. */
static int check_word(const struct words *words, const struct word *word, enum kn_reader reader,
		      bool stp, struct kn_error *err)
{
	const struct kn_opt_info *info = words->info(word->opt);

	if (!(word->readers >> reader & 1))
		return cannot_persist(info, reader, "it has no key for it", err);
	if (word->nm_needs_stp && reader == KN_READER_NM && !stp)
		return cannot_persist(info, reader, "it applies it only with STP on", err);
	return 0;
}

/* BRIDGING_OPTS being rewritten for the options of @want. */
struct rewrite {
	const struct words *words;
	const struct kn_opts *want;
	enum kn_reader reader;
	uint32_t seen; /* bit per row */
	bool changed;
	bool drop_delay; /* DELAY= says it from now on */
	struct kn_buf text;
};

/* One word of the new list. */
static int put_word(struct rewrite *rw, const struct word *word, struct kn_error *err)
{
	char value[16];

	if (fmt_value(rw->words->info(word->opt), word, rw->want->val[word->opt], rw->reader, value,
		      err) < 0)
		return -1;
	kn_buf_printf(&rw->text, "%s%s=%s", rw->text.len ? " " : "", word->name, value);
	rw->seen |= 1u << (word - rw->words->v);
	return 0;
}

/* Words that are there keep their place; words of others are kept. */
static int rewrite_old(struct rewrite *rw, const char *p, struct kn_error *err)
{
	while (p && *(p += strspn(p, " \t"))) {
		size_t n = strcspn(p, " \t"), key = strcspn(p, "= \t"), start;
		const struct word *word = key < n ? find_word(rw->words, p, key) : NULL;

		if (word && kn_opts_has(rw->want, word->opt)) {
			start = rw->text.len ? rw->text.len + 1 : 0;
			if (put_word(rw, word, err) < 0 || kn_buf_check(&rw->text, err) < 0)
				return -1;
			if (rw->text.len - start != n || memcmp(rw->text.data + start, p, n) != 0)
				rw->changed = true;
		} else if (word && rw->drop_delay && word->opt == KN_BROPT_FORWARD_DELAY) {
			rw->changed = true;
		} else {
			if (rw->text.len)
				kn_buf_putc(&rw->text, ' ');
			kn_buf_put(&rw->text, p, n);
		}
		p += n;
	}
	return 0;
}

/* The string only counts as changed when a value does: blanks and order are not ours. */
static int rewrite(struct rewrite *rw, const char *old, bool stp, struct kn_error *err)
{
	for (size_t i = 0; i < rw->words->n; i++)
		if (kn_opts_has(rw->want, rw->words->v[i].opt) &&
		    check_word(rw->words, &rw->words->v[i], rw->reader, stp, err) < 0)
			return -1;
	if (rewrite_old(rw, old, err) < 0)
		return -1;
	for (size_t i = 0; i < rw->words->n; i++) {
		if (!kn_opts_has(rw->want, rw->words->v[i].opt) || (rw->seen >> i & 1))
			continue;
		rw->changed = true;
		if (put_word(rw, &rw->words->v[i], err) < 0)
			return -1;
	}
	return kn_buf_check(&rw->text, err);
}

/* No word wanted and none changed: the key is not even made. */
static void put_words(struct kn_ifb_out *out, struct rewrite *rw, bool stp)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	const char *old = kn_ifb_get(&in, KN_KEY_BRIDGING_OPTS, -1);

	if (in.failed || rewrite(rw, old, stp, out->err) < 0)
		out->failed = true;
	else if (rw->changed && rw->text.len)
		kn_ifb_put(out, KN_K(BRIDGING_OPTS), kn_buf_str(&rw->text));
	else if (rw->changed)
		kn_ifb_unset(out, KN_K(BRIDGING_OPTS));
	kn_buf_done(&rw->text);
}

/* The forward delay in the reader's own unit. */
static int fmt_delay(uint32_t delay_cs, enum kn_reader reader, char *buf, struct kn_error *err)
{
	const struct kn_opt_info *info = kn_bridge_opt_info(KN_BROPT_FORWARD_DELAY);

	if (reader == KN_READER_SCRIPTS_8)
		(void)snprintf(buf, 16, "%u", delay_cs);
	else if (reader == KN_READER_NM && delay_cs % 100)
		return cannot_persist(info, reader, "it takes whole seconds only", err);
	else
		(void)kn_opt_fmt(info, delay_cs, buf);
	return 0;
}

/* What put_opts() works out: how the file will stand. */
struct timing {
	bool stp;
	bool says_delay; /* this change is about the delay */
	uint32_t delay_cs;
};

/* ifup-eth of RHEL 8 hands DELAY on raw, in centiseconds, and with STP also sleeps 2 x DELAY + 7
 * seconds: DELAY=1500 is 50 minutes. DELAY=0 makes it exit, because the kernel wants 2 s or more
 * on a bridge whose STP is on. Without the key it reads the delay back from sysfs, in the right
 * unit, behind the words of BRIDGING_OPTS: so it is one of these.
 * Source: initscripts 10 ifup-eth, "set LINKDELAY"; kernel br_set_forward_delay(). */
static bool is_word(const struct timing *timing, enum kn_reader reader)
{
	return reader == KN_READER_SCRIPTS_8 && timing->stp && timing->delay_cs;
}

/* STP= and the delay are always said: the readers' defaults differ. */
static struct timing timing_of(const struct kn_target *target, const struct kn_opts *now)
{
	const struct kn_opts *want = &target->opts;
	uint32_t stp = kn_opts_get(now, KN_BROPT_STP, 0);
	uint32_t delay = kn_opts_get(now, KN_BROPT_FORWARD_DELAY, 0);
	bool made = target->verb == KN_BRIDGE_CREATE && !kn_opts_has(now, KN_BROPT_FORWARD_DELAY);

	return (struct timing){
		.stp = kn_opts_get(want, KN_BROPT_STP, stp),
		.delay_cs = kn_opts_get(want, KN_BROPT_FORWARD_DELAY, delay),
		.says_delay = made || kn_opts_has(want, KN_BROPT_FORWARD_DELAY) ||
			      (kn_opts_has(want, KN_BROPT_STP) && delay),
	};
}

/* DELAY= or nothing. A delay that is right already keeps its form. */
static void put_delay(struct kn_ifb_out *out, const struct timing *timing, enum kn_reader reader)
{
	char delay[16];

	if (is_word(timing, reader))
		kn_ifb_unset(out, KN_K(DELAY));
	else if (fmt_delay(timing->delay_cs, reader, delay, out->err) < 0)
		out->failed = true;
	else
		kn_ifb_put(out, KN_K(DELAY), delay);
}

/* NetworkManager's demand for STP looks at what will be, not at what is. */
void kn_ifb_put_opts(struct kn_ifb_out *out, const struct kn_target *target)
{
	static const enum kn_ifb_id ids[] = {KN_KEY_STP, KN_KEY_DELAY, KN_KEY_BRIDGING_OPTS};
	struct kn_conf now = {.type = KN_CONF_BRIDGE};
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	struct kn_opts words = target->opts;
	struct rewrite rw = {.words = &of_bridge, .want = &words, .reader = target->reader};

	kn_ifb_read_opts(&in, target->reader, &now);
	out->failed = in.failed;
	if (out->failed)
		return;
	struct timing timing = timing_of(target, &now.opts);
	bool right = kn_opts_has(&now.opts, KN_BROPT_FORWARD_DELAY) &&
		     now.opts.val[KN_BROPT_FORWARD_DELAY] == timing.delay_cs;
	bool word = is_word(&timing, target->reader);
	if (kn_opts_has(&target->opts, KN_BROPT_STP) ||
	    (target->verb == KN_BRIDGE_CREATE && !kn_opts_has(&now.opts, KN_BROPT_STP)))
		kn_ifb_put_bool(out, KN_KEY_STP, timing.stp);
	kn_ifb_anchor(out, ids, 1);
	words.has &= ~(1u << KN_BROPT_FORWARD_DELAY);
	if (timing.says_delay && (!right || word)) {
		put_delay(out, &timing, target->reader);
		rw.drop_delay = !word && target->reader != KN_READER_NM;
		if (word)
			kn_opts_set(&words, KN_BROPT_FORWARD_DELAY, timing.delay_cs);
	}
	kn_ifb_anchor(out, ids, sizeof(ids) / sizeof(*ids));
	if (!out->failed)
		put_words(out, &rw, timing.stp);
}

/* STP is the bridge's; no port word depends on it. */
void kn_ifb_put_port_opts(struct kn_ifb_out *out, const struct kn_target *target)
{
	struct rewrite rw = {
		.words = &of_port, .want = &target->port_opts, .reader = target->reader};

	put_words(out, &rw, false);
}
