/* Firewall rules that name a link. Only what is needed to show a rule to a person is understood:
 * where it stands, and that it names the link.
 * Layer: model, pure. Source: nft(8), "list ruleset"; iptables-save(8). */
#include "kvmnet/facts.h"

#include <stdio.h>
#include <string.h>

#include "kvmnet/buf.h"

/* One line, without the blanks around it. */
struct line {
	const char *s;
	size_t len;
};

static bool next_line(const char **at, struct line *ret)
{
	const char *end = *at + strcspn(*at, "\n");

	if (!**at)
		return false;
	*ret = (struct line){*at, (size_t)(end - *at)};
	*at = *end ? end + 1 : end;
	while (ret->len && (*ret->s == ' ' || *ret->s == '\t')) {
		ret->s++;
		ret->len--;
	}
	while (ret->len && (ret->s[ret->len - 1] == ' ' || ret->s[ret->len - 1] == '\t'))
		ret->len--;
	return true;
}

static bool starts(const struct line *line, const char *with)
{
	return line->len >= strlen(with) && !memcmp(line->s, with, strlen(with));
}

static bool holds(const struct line *line, const char *what)
{
	return memmem(line->s, line->len, what, strlen(what)) != NULL;
}

/* "iifname "eth0"", and in a set "iifname { "eth0", "eth1" }". */
static bool nft_names(const struct line *line, const struct kn_ifname *name)
{
	char quoted[KN_IFNAME_SIZE + 2];

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", name->s);
	return (holds(line, "iif") || holds(line, "oif")) && holds(line, quoted);
}

/* "-i eth0 " and "-o eth0 ", with or without a "!" before. */
static bool save_names(const struct line *line, const struct kn_ifname *name)
{
	char in[KN_IFNAME_SIZE + 8], out[KN_IFNAME_SIZE + 8];

	(void)snprintf(in, sizeof(in), " -i %s ", name->s);
	(void)snprintf(out, sizeof(out), " -o %s ", name->s);
	return holds(line, in) || holds(line, out);
}

static int add(struct kn_facts *ret, const struct kn_ifname *name, const struct line *where,
	       const struct line *chain, const struct line *rule, struct kn_error *err)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_put_escaped(&text, where->s, where->len);
	if (chain->len) {
		kn_buf_puts(&text, " ");
		kn_buf_put_escaped(&text, chain->s, chain->len);
	}
	kn_buf_puts(&text, ": ");
	kn_buf_put_escaped(&text, rule->s, rule->len);
	return kn_facts_add_fwrule(ret, name, kn_buf_str(&text), err);
}

/* "table inet filter {": without the brace. */
static struct line head(const struct line *line)
{
	struct line ret = *line;

	while (ret.len && (ret.s[ret.len - 1] == '{' || ret.s[ret.len - 1] == ' '))
		ret.len--;
	return ret;
}

/* "iifname "eth0" goto filter_IN_internal" in the chain that sends each link's packets to its zone,
 * and last, without a name, the default. Source: firewalld 1.3, src/firewall/core/nftables.py. */
static int take_zone(struct kn_facts *ret, const struct kn_names *names, const struct line *line,
		     struct kn_error *err)
{
	static const char jump[] = "goto filter_IN_";
	const char *at = memmem(line->s, line->len, jump, strlen(jump));
	struct kn_fwzone zone = {0};
	size_t i = 0;

	if (!at)
		return 0;
	at += strlen(jump);
	size_t len = line->len - (size_t)(at - line->s);
	if (len == 0 || len >= sizeof(zone.name))
		return 0;
	memcpy(zone.name, at, len);
	if (!starts(line, jump)) {
		while (i < names->n && !nft_names(line, &names->v[i]))
			i++;
		if (i == names->n)
			return 0;
		zone.dev = names->v[i];
	}
	if (kn_grow(&ret->zones, &ret->cap_zones, ret->n_zones + 1, sizeof(zone), err) < 0)
		return -1;
	ret->zones[ret->n_zones++] = zone;
	return 0;
}

const char *kn_facts_zone(const struct kn_facts *facts, const struct kn_ifname *dev)
{
	const char *found = NULL;

	for (size_t i = 0; i < facts->n_zones; i++) {
		if (kn_ifname_eq(&facts->zones[i].dev, dev))
			return facts->zones[i].name;
		if (!kn_ifname_is_set(&facts->zones[i].dev))
			found = facts->zones[i].name;
	}
	return found;
}

static bool is_line(const struct line *line, const char *text)
{
	return line->len == strlen(text) && starts(line, text);
}

int kn_facts_take_nft(const char *text, const struct kn_names *names, struct kn_facts *ret,
		      struct kn_error *err)
{
	struct line line, table = {"", 0}, chain = {"", 0};

	while (next_line(&text, &line)) {
		if (starts(&line, "table "))
			table = head(&line);
		else if (starts(&line, "chain "))
			chain = head(&line);
		if (is_line(&table, "table inet firewalld")) {
			if (is_line(&chain, "chain filter_INPUT_ZONES") &&
			    take_zone(ret, names, &line, err) < 0)
				return -1;
			continue;
		}
		for (size_t i = 0; i < names->n; i++)
			if (nft_names(&line, &names->v[i]) &&
			    add(ret, &names->v[i], &table, &chain, &line, err) < 0)
				return -1;
	}
	return 0;
}

int kn_facts_take_save(const char *text, const char *program, const struct kn_names *names,
		       struct kn_facts *ret, struct kn_error *err)
{
	char where[64] = "";
	struct line line;

	while (next_line(&text, &line)) {
		if (starts(&line, "*"))
			(void)snprintf(where, sizeof(where), "%s -t %.*s", program,
				       (int)(line.len < 40 ? line.len - 1 : 39), line.s + 1);
		for (size_t i = 0; starts(&line, "-A ") && i < names->n; i++)
			if (save_names(&line, &names->v[i]) &&
			    add(ret, &names->v[i], &(struct line){where, strlen(where)},
				&(struct line){"", 0}, &line, err) < 0)
				return -1;
	}
	return 0;
}
