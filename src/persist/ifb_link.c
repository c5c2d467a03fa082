/* Bonds and VLANs: what makes an ifcfg file one.
 * Layer: persist, pure. */
#include <stdio.h>
#include <string.h>

#include "kvmnet/num.h"
#include "persist/ifb.h"

#define VLAN_MAX 4094 /* IEEE 802.1Q: 0 has no VLAN, 4095 is reserved */

enum kn_ifb_id kn_ifb_port_key(const struct kn_target *target)
{
	return target->verb == KN_BOND_CREATE || target->verb == KN_BOND_RELEASE ||
			       target->verb == KN_LINK_DELETE
		       ? KN_KEY_MASTER
		       : KN_KEY_BRIDGE;
}

/* ---- BONDING_OPTS ---- */

/* The kernel's words have '_' where ours have '-'. Return: the row, or KN_BONDOPT_COUNT. */
static unsigned int find_opt(const char *key, size_t len)
{
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++) {
		const char *name = kn_bond_opt_info(i)->name;
		size_t k = 0;

		while (k < len && name[k] && (name[k] == '-' ? '_' : name[k]) == key[k])
			k++;
		if (k == len && !name[k])
			return i;
	}
	return KN_BONDOPT_COUNT;
}

static bool is_primary(const char *key, size_t len)
{
	return len == 7 && !memcmp(key, "primary", 7);
}

/* A value that the kernel would not take counts as none. */
static void take_opt(const char *word, size_t len, struct kn_conf *conf)
{
	const char *equals = memchr(word, '=', len);
	size_t n = equals ? (size_t)(equals - word) : len;
	char value[KN_IFB_KEY_SIZE];
	struct kn_error ignored;
	uint32_t number;

	if (!equals || len - n - 1 >= sizeof(value))
		return;
	memcpy(value, equals + 1, len - n - 1);
	value[len - n - 1] = '\0';
	if (is_primary(word, n)) {
		if (kn_ifname_from_host(value, &conf->primary, &ignored) < 0)
			conf->primary = (struct kn_ifname){{0}};
		return;
	}
	unsigned int i = find_opt(word, n);
	if (i == KN_BONDOPT_COUNT)
		return;
	const struct kn_opt_info *info = kn_bond_opt_info(i);
	if (info->kind == KN_OPT_WORD ? kn_opt_word_is(info, value, strlen(value), &number)
				      : kn_num_is(value, info->max, &number))
		kn_opts_set(&conf->bond_opts, i, number);
}

void kn_ifb_read_bond(struct kn_ifb_in *in, struct kn_conf *conf)
{
	const char *p = kn_ifb_get(in, KN_KEY_BONDING_OPTS, -1);

	while (p && *(p += strspn(p, " \t"))) {
		size_t n = strcspn(p, " \t");

		take_opt(p, n, conf);
		p += n;
	}
	conf->bond_mode = kn_opts_has(&conf->bond_opts, KN_BONDOPT_MODE)
				  ? (int)conf->bond_opts.val[KN_BONDOPT_MODE]
				  : -1;
}

static void put_word(struct kn_buf *line, const char *word, size_t len)
{
	if (line->len)
		kn_buf_putc(line, ' ');
	kn_buf_put(line, word, len);
}

static void put_opt(struct kn_buf *line, unsigned int i, uint32_t number)
{
	const struct kn_opt_info *info = kn_bond_opt_info(i);
	char word[64], value[16];
	int n = snprintf(word, sizeof(word), "%s=%s", info->name, kn_opt_fmt(info, number, value));

	for (char *p = word; *p && *p != '='; p++)
		if (*p == '-')
			*p = '_';
	put_word(line, word, (size_t)n);
}

/* What is wanted otherwise than the line has it; words that mean the same keep their spelling. */
static struct kn_opts differing(const struct kn_target *target, const struct kn_conf *now)
{
	return kn_opts_diff(&target->bond_opts, &now->bond_opts);
}

/* Each word keeps its place, also one that is unknown here (arp_interval); new ones go behind, in
 * the order in which network-scripts hand them to the kernel. */
static void edit_opts(const char *old, const struct kn_target *target, const struct kn_conf *now,
		      struct kn_buf *line)
{
	struct kn_opts want = differing(target, now);
	const struct kn_ifname *primary = &target->primary;
	bool named = !kn_ifname_is_set(primary) || kn_ifname_eq(primary, &now->primary);

	for (const char *p = old; p && *(p += strspn(p, " \t")); p += strcspn(p, " \t")) {
		size_t n = strcspn(p, " \t"), key = strcspn(p, "= \t");
		unsigned int i = find_opt(p, key);

		if (is_primary(p, key) && !named) {
			put_word(line, "primary=", 8);
			kn_buf_puts(line, primary->s);
			named = true;
		} else if (i < KN_BONDOPT_COUNT && kn_opts_has(&want, i)) {
			put_opt(line, i, want.val[i]);
			want.has &= ~(1u << i);
		} else {
			put_word(line, p, n);
		}
	}
	for (unsigned int i = 0; i < KN_BONDOPT_COUNT; i++)
		if (kn_opts_has(&want, i))
			put_opt(line, i, want.val[i]);
	if (!named) {
		put_word(line, "primary=", 8);
		kn_buf_puts(line, primary->s);
	}
}

/* A bond or VLAN that somebody has written down already: network-scripts know it by its options,
 * and by its name. NetworkManager wants it said. Source: initscripts, ifup-eth,
 * is_bonding_device(); nm-settings-ifcfg-rh(5), TYPE and BONDING_MASTER. */
bool kn_ifb_reads_as_link(const struct kn_ifb_out *out, const struct kn_target *target)
{
	return out->before && kn_verb_is_link(target->verb) && target->reader != KN_READER_NM;
}

void kn_ifb_put_bond(struct kn_ifb_out *out, const struct kn_target *target)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_conf now = {0};
	const char *old;

	if (!kn_ifb_reads_as_link(out, target))
		kn_ifb_put_bool(out, KN_KEY_BONDING_MASTER, true);
	kn_ifb_read_bond(&in, &now);
	old = kn_ifb_get(&in, KN_KEY_BONDING_OPTS, -1);
	out->failed |= in.failed;
	if (out->failed ||
	    (old && !differing(target, &now).has &&
	     (!kn_ifname_is_set(&target->primary) || kn_ifname_eq(&target->primary, &now.primary))))
		return;
	edit_opts(old, target, &now, &line);
	if (line.failed) {
		out->failed = true;
		kn_fail_nomem(out->err);
	} else if (line.len) {
		kn_ifb_put(out, KN_K(BONDING_OPTS), kn_buf_str(&line));
	}
}

/* The line without its primary=. */
static void cut_primary(const char *old, struct kn_buf *line)
{
	for (const char *p = old; p && *(p += strspn(p, " \t")); p += strcspn(p, " \t"))
		if (!is_primary(p, strcspn(p, "= \t")))
			put_word(line, p, strcspn(p, " \t"));
}

/* A port that left carries no more, whatever it finds at the next boot. */
int kn_ifb_render_primary(const struct kn_ifb *ifb, struct kn_error *err)
{
	struct kn_buf line KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_file *file;
	struct kn_conf now = {0};
	struct kn_ifb_out out;

	if (kn_ifb_find(ifb->tree, &ifb->target->bridge, &file, err) < 0)
		return -1;
	if (!file)
		return 0;
	if (kn_ifb_open(ifb, file->path, &out, err) < 0)
		return -1;
	struct kn_ifb_in in = {.text = out.text, .err = err};
	kn_ifb_read_bond(&in, &now);
	if (!in.failed && kn_names_has(&ifb->target->ports, &now.primary)) {
		cut_primary(kn_ifb_get(&in, KN_KEY_BONDING_OPTS, -1), &line);
		if (kn_buf_check(&line, err) < 0)
			in.failed = true;
		else
			kn_ifb_put(&out, KN_K(BONDING_OPTS), kn_buf_str(&line));
	}
	out.failed |= in.failed;
	int rc = kn_ifb_save(ifb, &out, false, err);
	kn_ifb_close(&out);
	return rc;
}

/* ---- VLANs ---- */

/* The digits at the end of "eth0.10" and "vlan10". Return: where they begin, or NULL. */
static const char *number_in(const char *name, size_t *ret_link)
{
	const char *dot = strrchr(name, '.');

	*ret_link = dot ? (size_t)(dot - name) : 0;
	if (dot)
		return dot + 1;
	return strncmp(name, "vlan", 4) == 0 ? name + 4 : NULL;
}

int kn_ifb_read_vlan(const struct kn_ifname *name, struct kn_ifb_in *in, struct kn_vlan *ret)
{
	const char *link = kn_ifb_get(in, KN_KEY_PHYSDEV, -1);
	const char *id = kn_ifb_get(in, KN_KEY_VLAN_ID, -1);
	const char *vid = kn_ifb_get(in, KN_KEY_VID, -1);
	struct kn_error ignored;
	size_t len = 0;
	const char *digits = number_in(name->s, &len);
	uint32_t number;

	*ret = (struct kn_vlan){0};
	if (in->failed)
		return -1;
	if (!kn_num_is(id ? id : vid ? vid : digits ? digits : "", VLAN_MAX, &number) || !number)
		return 0;
	if (link) {
		if (kn_ifname_from_host(link, &ret->link, &ignored) < 0)
			return 0;
	} else if (len) {
		memcpy(ret->link.s, name->s, len);
	} else {
		return 0;
	}
	ret->id = (uint16_t)number;
	return 0;
}

/* The number is in the name for network-scripts, and in VLAN_ID for NetworkManager, which takes it
 * from both; VID, which only the later network-scripts know, is not written. Of the link below they
 * want only that it is up: it may be a port of a bridge, and cards come up before VLANs and these
 * before bridges. Source: initscripts, ifup, "Ethernet 802.1Q VLAN support", network.init;
 * NetworkManager nm-settings-ifcfg-rh(5). */
void kn_ifb_put_vlan(struct kn_ifb_out *out, const struct kn_target *target)
{
	struct kn_ifb_in in = {.text = out->text, .err = out->err, .failed = out->failed};
	struct kn_vlan now = {0};
	char id[8];

	(void)snprintf(id, sizeof(id), "%u", target->vlan.id);
	if (kn_ifb_read_vlan(&target->bridge, &in, &now) < 0)
		out->failed = true;
	kn_ifb_put_bool(out, KN_KEY_VLAN, true);
	if (kn_ifb_reads_as_link(out, target) && kn_ifname_eq(&now.link, &target->vlan.link) &&
	    now.id == target->vlan.id)
		return;
	kn_ifb_put(out, KN_K(PHYSDEV), target->vlan.link.s);
	kn_ifb_put(out, KN_K(VLAN_ID), id);
	if (kn_ifcfg_has(out->text, KN_K(VID)))
		kn_ifb_put(out, KN_K(VID), id);
}
