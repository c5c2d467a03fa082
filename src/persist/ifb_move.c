/* Files that follow an interface: routes, rules, aliases; their text under the new name.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* The kernel's labels have the size of interface names; a cut one would collide. */
static int too_long(const char *path, const struct kn_ifname *to, struct kn_error *err)
{
	kn_fail(err, KN_ERR_UNSUPPORTED, 0, "%s: the alias name on %s would be over 15 characters",
		path, to->s);
	return kn_hint(err, "take a shorter bridge name");
}

/* Does @suffix belong to @name? For ifcfg files only aliases (NAME:N) do. */
static bool follows(enum kn_ifb_kind kind, const char *suffix, const char *name)
{
	size_t n = strlen(name);

	if (kind != KN_IFB_IFCFG)
		return !strcmp(suffix, name);
	return !strncmp(suffix, name, n) && suffix[n] == ':' && suffix[n + 1];
}

/* Aliases keep what stands behind the colon. */
static int add_move(const struct kn_file *file, enum kn_ifb_kind kind, const char *tail,
		    const struct kn_ifname *to, struct kn_ifb_moves *ret, struct kn_error *err)
{
	struct kn_ifb_move move = {.kind = kind, .from = file};
	struct kn_buf suffix KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;

	kn_buf_puts(&suffix, to->s);
	kn_buf_puts(&suffix, tail);
	if (kn_buf_check(&suffix, err) < 0)
		return -1;
	if (suffix.len >= KN_IFNAME_SIZE)
		return too_long(file->path, to, err);
	if (kn_grow(&ret->v, &ret->cap, ret->n + 1, sizeof(move), err) < 0 ||
	    kn_ifb_path(kind, kn_buf_str(&suffix), &move.to, err) < 0)
		return -1;
	ret->v[ret->n++] = move;
	return 0;
}

/* One pass over the tree for all kinds: there are few files and no index to keep right. */
static int find_of_name(const struct kn_tree *tree, const char *name, const struct kn_ifname *to,
			struct kn_ifb_moves *ret, struct kn_error *err)
{
	for (size_t i = 0; i < tree->n; i++) {
		for (int kind = 0; kind < KN_IFB_KINDS && tree->v[i].present; kind++) {
			const char *suffix = kn_ifb_suffix((enum kn_ifb_kind)kind, tree->v[i].path);

			if (!suffix || !follows((enum kn_ifb_kind)kind, suffix, name))
				continue;
			if (add_move(&tree->v[i], (enum kn_ifb_kind)kind, suffix + strlen(name), to,
				     ret, err) < 0)
				return -1;
		}
	}
	return 0;
}

int kn_ifb_moves_find(const struct kn_tree *tree, const struct kn_ifname *from,
		      const struct kn_ifname *to, struct kn_ifb_moves *ret, struct kn_error *err)
{
	const struct kn_file *file;

	if (!kn_ifname_is_set(from) || !kn_ifname_is_set(to))
		return 0;
	if (find_of_name(tree, from->s, to, ret, err) < 0 ||
	    kn_ifb_find(tree, from, &file, err) < 0)
		return -1;
	/* NetworkManager goes by the profile file's suffix, which may differ from the device. */
	const char *suffix = file ? kn_ifb_suffix(KN_IFB_IFCFG, file->path) : NULL;
	if (suffix && strcmp(suffix, from->s) != 0)
		return find_of_name(tree, suffix, to, ret, err);
	return 0;
}

/* The files belong to the tree. */
void kn_ifb_moves_done(struct kn_ifb_moves *moves)
{
	for (size_t i = 0; i < moves->n; i++)
		free(moves->v[i].to);
	free(moves->v);
	*moves = (struct kn_ifb_moves){0};
}

/* Compares a stretch of text, which has no end of its own. */
static bool is_word(const char *p, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(p, word, len);
}

/* Routes say dev; rules say iif and oif. */
static bool names_device(const char *p, size_t len)
{
	return is_word(p, len, "dev") || is_word(p, len, "iif") || is_word(p, len, "oif");
}

/* Copies the text; a word behind dev, iif or oif that is @from becomes @to. */
static void rename_words(const char *data, size_t len, const char *from, const char *to,
			 struct kn_buf *ret)
{
	static const char blanks[] = " \t\r\n\"'=";
	bool expect = false;
	size_t i = 0;

	while (i < len) {
		size_t start = i;

		if (memchr(blanks, data[i], sizeof(blanks) - 1)) {
			if (data[i] == '\n')
				expect = false;
			kn_buf_putc(ret, data[i++]);
			continue;
		}
		while (i < len && !memchr(blanks, data[i], sizeof(blanks) - 1))
			i++;
		if (expect && is_word(data + start, i - start, from))
			kn_buf_puts(ret, to);
		else
			kn_buf_put(ret, data + start, i - start);
		expect = names_device(data + start, i - start);
	}
}

/* An alias names itself in its DEVICE. */
static int alias_text(const struct kn_ifb_move *move, const struct kn_ifname *from,
		      const struct kn_ifname *to, struct kn_buf *ret, struct kn_error *err)
{
	struct kn_buf name KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	struct kn_ifcfg *text;
	const char *device;
	size_t n = strlen(from->s);

	if (kn_ifcfg_parse(move->from->path, move->from->data, move->from->len, &text, err) < 0)
		return -1;
	int rc = kn_ifcfg_get(text, KN_K(DEVICE), &device, err);
	if (rc == 0 && device && !strncmp(device, from->s, n) && device[n] == ':') {
		kn_buf_puts(&name, to->s);
		kn_buf_puts(&name, device + n);
		rc = kn_buf_check(&name, err);
		if (rc == 0)
			rc = kn_ifcfg_set(text, KN_K(DEVICE), kn_buf_str(&name), NULL, err);
	}
	if (rc == 0)
		kn_ifcfg_emit(text, ret);
	kn_ifcfg_free(text);
	return rc < 0 ? -1 : kn_buf_check(ret, err);
}

/* Comments that speak of the old name stay: they are the admin's words. */
int kn_ifb_move_text(const struct kn_ifb_move *move, const struct kn_ifname *from,
		     const struct kn_ifname *to, struct kn_buf *ret, struct kn_error *err)
{
	if (move->kind == KN_IFB_IFCFG)
		return alias_text(move, from, to, ret, err);
	rename_words(move->from->data, move->from->len, from->s, to->s, ret);
	return kn_buf_check(ret, err);
}
