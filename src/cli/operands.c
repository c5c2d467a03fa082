/* Operands: the words of a command line that are no options, as the command's row in table.def
 * names them. Layer: cli, pure. */
#include <string.h>

#include "cli/parse.h"

/* The word of the table that the next operand stands for. */
struct want {
	const char *word; /* "BR", "NAME", "COMMAND..." without brackets; len 0 = no more */
	size_t len;
	bool optional;
};

static struct want want_at(const struct kn_command *command, size_t i)
{
	const char *p = command->operands;
	struct want want;

	for (; i > 0 && *p; i--) {
		p += strcspn(p, " ");
		p += strspn(p, " ");
	}
	want.optional = *p == '[';
	want.word = p + want.optional;
	want.len = strcspn(want.word, " ].");
	return want;
}

static bool want_is(const struct want *want, const char *word)
{
	return want->len == strlen(word) && !memcmp(want->word, word, want->len);
}

/* How many operands were taken: BR and IF have places of their own in the spec. */
static size_t n_operands(const struct kn_cli *cli)
{
	return cli->n_words + kn_ifname_is_set(&cli->spec.bridge) + cli->n_ifs;
}

/* What an operand is called in a message. */
static const char *operand_name(const struct want *want)
{
	static const struct {
		const char *word, *name;
	} names[] = {
		{"BR", "the bridge's name"},	    {"IF", "the port's name"},
		{"SHELL", "the shell's name"},	    {"NAME", "the network's name"},
		{"MAC", "the guest's MAC address"}, {"FILE", "the file's name"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (want_is(want, names[i].word))
			return names[i].name;
	return NULL;
}

/* One word too few (@extra NULL) or too many. */
static int bad_operand_count(const struct kn_cli *cli, const char *extra, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const struct kn_command *c = cli->command;
	struct want want = want_at(c, n_operands(cli));

	kn_command_put_name(c, &name);
	if (!extra && operand_name(&want)) {
		kn_fail(err, KN_ERR_USAGE, 0, "%s: %s is missing", kn_buf_str(&name),
			operand_name(&want));
		return kn_hint(err, "kvmnet %s %s", kn_buf_str(&name), c->operands);
	}
	if (!extra) {
		kn_fail(err, KN_ERR_USAGE, 0, "%s: %.*s is missing", kn_buf_str(&name),
			(int)want.len, want.word);
		return kn_hint(err, "kvmnet %s %s", kn_buf_str(&name), c->operands);
	}
	kn_buf_put_escaped(&shown, extra, strnlen(extra, 60));
	kn_fail(err, KN_ERR_USAGE, 0, "%s: unexpected word \"%s\"", kn_buf_str(&name),
		kn_buf_str(&shown));
	if (c->id == KN_CMD_BRIDGE_CREATE)
		return kn_hint(err, "a port is given as --port IF");
	return kn_hint(err, "kvmnet %s%s%s", kn_buf_str(&name), c->operands[0] ? " " : "",
		       c->operands);
}

#define NAME_HINT                                                                                  \
	"a name has 1 to 15 letters, digits, '_', '.' or '-' and begins with a letter: br0"

static int take_bridge(struct kn_cli *cli, const char *word, struct kn_error *err)
{
	/* Showing takes any name the kernel can have; a change also writes it into files. */
	if (cli->command->id == KN_CMD_BRIDGE_SHOW || cli->command->id == KN_CMD_DOCTOR)
		return kn_ifname_from_host(word, &cli->spec.bridge, err);
	if (kn_ifname_parse(word, &cli->spec.bridge, err) < 0)
		return kn_hint(err, NAME_HINT);
	return 0;
}

/* The port of port add, remove and set. */
static int take_if(struct kn_cli *cli, const char *word, struct kn_error *err)
{
	struct kn_ifname name;

	if (kn_ifname_parse(word, &name, err) < 0)
		return kn_hint(err, NAME_HINT);
	cli->n_ifs++;
	return kn_names_add(&cli->spec.ports, &name, err);
}

/* Words fill the places that the table names, in order. The last one may repeat ("..."). */
int kn_operand_set(struct kn_cli *cli, const char *word, struct kn_error *err)
{
	struct want want = want_at(cli->command, n_operands(cli));
	bool repeats = strstr(cli->command->operands, "...") != NULL;

	if (want_is(&want, "BR"))
		return take_bridge(cli, word, err);
	if (want_is(&want, "IF"))
		return take_if(cli, word, err);
	if ((want.len || repeats) && cli->n_words < KN_WORDS_MAX) {
		cli->words[cli->n_words++] = word;
		return 0;
	}
	return bad_operand_count(cli, word, err);
}

/* Optional words, in brackets in the table, may be missing. */
int kn_operands_check(const struct kn_cli *cli, struct kn_error *err)
{
	struct want want = want_at(cli->command, n_operands(cli));

	if (want.len == 0 || want.optional)
		return 0;
	return bad_operand_count(cli, NULL, err);
}
