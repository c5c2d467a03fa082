/* argv split into a command, its options and its operands, with getopt_long per command.
 * Layer: cli, pure (uses getopt_long's own state, which it resets). */
#include "cli/args.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

/* getopt's return value for the option in row i is VAL_BASE + i: above every character. */
#define VAL_BASE 256

struct scanner {
	int argc;
	char *const *argv; /* argv[0] is the word before the first one scanned */
	char shorts[2 * KN_O_COUNT + 3];
	struct option longs[KN_O_COUNT + 1];
	struct kn_args *args;
};

void kn_args_done(struct kn_args *args)
{
	free(args->v);
	*args = (struct kn_args){0};
}

/* Values stay in argv: they are looked at when the whole line is known, so that --help wins over a
 * wrong value that stands before it. */
static int add_arg(struct kn_args *args, const struct kn_option *option, const char *value,
		   struct kn_error *err)
{
	if (kn_grow(&args->v, &args->cap, args->n + 1, sizeof(*args->v), err) < 0)
		return -1;
	args->v[args->n++] = (struct kn_arg){option, value};
	return 0;
}

/* Fills getopt's tables with the options that fit the command known so far. */
static void load_options(struct scanner *s)
{
	size_t n = 0, len = 0;

	/* '+': stop at the first operand; ':': tell a missing value from an unknown option. */
	s->shorts[len++] = '+';
	s->shorts[len++] = ':';
	for (size_t i = 0; i < KN_O_COUNT; i++) {
		const struct kn_option *o = kn_option_at(i);
		int has_arg = !o->arg		 ? no_argument
			      : o->arg[0] == '=' ? optional_argument
						 : required_argument;

		if (!kn_option_fits(o, s->args->command))
			continue;
		s->longs[n++] = (struct option){o->name, has_arg, NULL, VAL_BASE + (int)i};
		if (o->letter)
			s->shorts[len++] = o->letter;
	}
	s->shorts[len] = '\0';
	s->longs[n] = (struct option){0};
	optind = 0; /* glibc: forget everything about the last scan */
	opterr = 0;
}

/* Words of the user may hold anything; a terminal must not see it raw, nor endlessly. */
static void escape(const char *word, struct kn_buf *ret)
{
	kn_buf_put_escaped(ret, word, strnlen(word, 60));
}

/* Where an option unknown to this command is known, for the hint. */
static const struct kn_option *known_elsewhere(const char *name)
{
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (!strcmp(kn_option_at(i)->name, name))
			return kn_option_at(i);
	return NULL;
}

/* Names the commands that have @option: the user knew its name, not its place. */
static int hint_elsewhere(const struct kn_option *option, struct kn_error *err)
{
	struct kn_buf where KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		if (!kn_option_fits(option, c) || kn_command_is_hidden(c))
			continue;
		kn_buf_puts(&where, where.len ? ", " : "");
		kn_command_put_name(c, &where);
	}
	/* The one wrong place that has a right command of its own. */
	if (option->id == KN_O_PORT || option->id == KN_O_SLAVE)
		return kn_hint(err, "to attach an interface to a bridge that exists: "
				    "kvmnet port add BR IF");
	return kn_hint(err, "--%s is an option of: %s", option->name, kn_buf_str(&where));
}

/* Says that --@name is unknown, and what may have been meant. */
static int unknown_long(const struct scanner *s, const char *name, struct kn_error *err)
{
	struct kn_nearest near = {.word = name};
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_buf command KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	escape(name, &shown);
	if (s->args->command)
		kn_command_put_name(s->args->command, &command);
	kn_fail(err, KN_ERR_USAGE, 0, "unknown option --%s%s%s", kn_buf_str(&shown),
		command.len ? " for " : "", kn_buf_str(&command));
	const struct kn_option *other = known_elsewhere(name);
	if (other && !s->args->command)
		return kn_hint(err, "options of a command stand behind it");
	if (other)
		return hint_elsewhere(other, err);
	for (size_t i = 0; s->longs[i].name; i++)
		kn_nearest_try(&near, s->longs[i].name);
	if (near.best)
		return kn_hint(err, "did you mean --%s?", near.best);
	return kn_hint(err, "kvmnet %s%s--help lists the options", kn_buf_str(&command),
		       command.len ? " " : "");
}

/* The option named in "--name" or "--name=value" exactly, or NULL. */
static const struct kn_option *exact_long(const struct scanner *s, const char *word)
{
	size_t len = strcspn(word + 2, "=");

	for (size_t i = 0; s->longs[i].name; i++)
		if (strlen(s->longs[i].name) == len && !strncmp(s->longs[i].name, word + 2, len))
			return kn_option_at((size_t)s->longs[i].val - VAL_BASE);
	return NULL;
}

/* getopt's '?' and ':' as a message. The word itself tells more than getopt does: optopt is 0 for
 * an unknown long option. */
static int bad_option(const struct scanner *s, const char *word, int c, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	bool is_long = !strncmp(word, "--", 2);
	const struct kn_option *o = is_long ? exact_long(s, word) : NULL;

	if (o && c == ':') {
		kn_fail(err, KN_ERR_USAGE, 0, "--%s needs a value", o->name);
		return kn_hint(err, "write it as --%s %s", o->name, o->arg);
	}
	if (o)
		return kn_fail(err, KN_ERR_USAGE, 0, "--%s takes no value", o->name);
	if (is_long) {
		kn_buf_put(&name, word + 2, strcspn(word + 2, "="));
		return unknown_long(s, kn_buf_str(&name), err);
	}
	char letter = (char)optopt;
	kn_buf_put_escaped(&name, &letter, 1);
	return kn_fail(err, KN_ERR_USAGE, 0, "unknown option -%s", kn_buf_str(&name));
}

/* Letters are the same everywhere, so that the command need not be known. */
static const struct kn_option *by_letter(int c)
{
	for (size_t i = 0; i < KN_O_COUNT; i++)
		if (kn_option_at(i)->letter == c)
			return kn_option_at(i);
	return NULL;
}

/* One step of getopt_long at argv[@at]: an option is recorded. Return: 0 for an option, 1 when
 * there is none here (an operand, "--" or the end), -1 with the error. */
static int scan_option(struct scanner *s, int at, struct kn_error *err)
{
	int c = getopt_long(s->argc, s->argv, s->shorts, s->longs, NULL);

	if (c == -1)
		return 1;
	if (c == '?' || c == ':' || (c >= VAL_BASE && !exact_long(s, s->argv[at])))
		return bad_option(s, s->argv[at], c, err);
	const struct kn_option *o =
		c >= VAL_BASE ? kn_option_at((size_t)c - VAL_BASE) : by_letter(c);
	if (o->arg && !optarg) {
		kn_fail(err, KN_ERR_USAGE, 0, "--%s alone does not exist", o->name);
		return kn_hint(err, "write --%s%s with the name that the refusal showed", o->name,
			       o->arg);
	}
	return add_arg(s->args, o, optarg, err);
}

/* Scans options up to the next operand. Return: 0 and *ret the operand (NULL at the end); -1. */
static int next_operand(struct scanner *s, const char **ret, struct kn_error *err)
{
	for (;;) {
		int at = optind ? optind : 1;
		int r = scan_option(s, at, err);

		if (r < 0)
			return -1;
		if (r == 0)
			continue;
		*ret = optind < s->argc ? s->argv[optind++] : NULL;
		return 0;
	}
}

/* After "--" every word is an operand, whatever it begins with. */
static bool after_dashes(const struct scanner *s)
{
	return optind >= 2 && !strcmp(s->argv[optind - 2], "--");
}

/* Everything behind the command's words. */
static int scan_rest(struct scanner *s, struct kn_error *err)
{
	const char *word;

	load_options(s);
	for (;;) {
		if (next_operand(s, &word, err) < 0)
			return -1;
		if (!word)
			return 0;
		if (add_arg(s->args, NULL, word, err) < 0)
			return -1;
		if (!after_dashes(s))
			continue;
		while (optind < s->argc)
			if (add_arg(s->args, NULL, s->argv[optind++], err) < 0)
				return -1;
		return 0;
	}
}

/* Candidates are the names one level below @group, and at the top the groups too. */
static int unknown_command(const char *group, const char *word, struct kn_error *err)
{
	struct kn_nearest near = {.word = word};
	struct kn_buf shown KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	escape(word, &shown);
	for (size_t i = 0; i < KN_CMD_COUNT; i++) {
		const struct kn_command *c = kn_command_at(i);

		if (kn_command_is_hidden(c))
			continue;
		if (!strcmp(c->group, group))
			kn_nearest_try(&near, c->name);
		else if (!group[0])
			kn_nearest_try(&near, c->group);
	}
	kn_fail(err, KN_ERR_USAGE, 0, "unknown command \"%s%s%s\"", group, group[0] ? " " : "",
		kn_buf_str(&shown));
	if (near.best)
		return kn_hint(err, "did you mean kvmnet %s%s%s?", group, group[0] ? " " : "",
			       near.best);
	return kn_hint(err, "kvmnet %s%s--help lists the commands", group, group[0] ? " " : "");
}

/* The static string of a group, so that no pointer into argv is kept. */
static const char *group_name(const char *word)
{
	for (size_t i = 0; i < KN_CMD_COUNT; i++)
		if (!strcmp(kn_command_at(i)->group, word))
			return kn_command_at(i)->group;
	return NULL;
}

/* Finds the command's one or two words. Return: 0, .command still NULL when argv ended. */
static int scan_command(struct scanner *s, struct kn_error *err)
{
	const char *word, *group = "";

	load_options(s);
	if (next_operand(s, &word, err) < 0)
		return -1;
	if (word && kn_group_exists(word)) {
		group = s->args->group = group_name(word);
		if (next_operand(s, &word, err) < 0)
			return -1;
	}
	if (!word)
		return 0;
	s->args->command = kn_command_find(group, word);
	return s->args->command ? 0 : unknown_command(group, word, err);
}

int kn_args_scan(int argc, char *const *argv, struct kn_args *ret, struct kn_error *err)
{
	struct scanner s = {.argc = argc, .argv = argv, .args = ret};

	*ret = (struct kn_args){0};
	if (argc < 1)
		return 0;
	if (scan_command(&s, err) < 0)
		return -1;
	if (!ret->command)
		return 0;
	/* A fresh scan with the command's own options; its last word takes argv[0]'s place. */
	s.argc = argc - (optind - 1);
	s.argv = argv + (optind - 1);
	return scan_rest(&s, err);
}
