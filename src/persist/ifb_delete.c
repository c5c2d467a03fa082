/* Delete: every file gets its original back, or its keys one by one.
 * Layer: persist, pure. */
#include <stdlib.h>
#include <string.h>

#include "persist/ifb.h"

/* The bridge's file as it is now; what is to be given back comes from it. */
struct give_back {
	const struct kn_ifb *ifb;
	struct kn_ifcfg *bridge; /* owned, NULL = no file */
	const struct kn_file *bridge_file;
};

/* Removes a file and the record of it. */
static int remove_file(const struct kn_ifb *ifb, const char *path, struct kn_error *err)
{
	struct kn_filechgs *files = &ifb->plan->files;
	size_t n = files->n;

	if (kn_filechgs_add(files, path, kn_tree_get(ifb->tree, path), NULL, 0, err) < 0)
		return -1;
	if (files->n > n)
		files->v[n].drop_origin = kn_ifb_origin(ifb, path) != NULL;
	return 0;
}

/* The same keys that create would move, and BOOTPROTO, which port files all have as none. */
static bool moves_back(const char *key)
{
	const struct kn_ifb_key *row = kn_ifb_key_find(key);

	return row && (row->place == KN_IFB_TYPED || row->place == KN_IFB_VERBATIM ||
		       row->place == KN_IFB_DHCP_ONLY || kn_ifb_key_is(key, KN_KEY_BOOTPROTO));
}

/* fe80::1%br0 and GATEWAYDEV=br0 name the bridge. */
static void put_renamed(struct kn_ifb_out *out, const char *key, const char *value,
			const struct kn_target *target)
{
	struct kn_buf text KN_CLEANUP(kn_buf_done) = KN_BUF_INIT;
	const char *zone = strchr(value, '%');

	if (kn_ifname_is(&target->bridge, value)) {
		kn_buf_puts(&text, target->uplink.s);
	} else if (zone && kn_ifname_is(&target->bridge, zone + 1)) {
		kn_buf_put(&text, value, (size_t)(zone + 1 - value));
		kn_buf_puts(&text, target->uplink.s);
	} else {
		kn_buf_puts(&text, value);
	}
	if (text.failed) {
		out->failed = true;
		kn_fail_nomem(out->err);
	} else {
		kn_ifb_put(out, key, kn_buf_str(&text));
	}
}

/* In the order of ifcfg-BR, so that addresses stand together in the port's file again. */
static void put_keys_back(struct kn_ifb_out *out, const struct give_back *gb)
{
	struct kn_strv keys = {0};

	if (out->failed || kn_ifb_keys(gb->bridge, &keys, out->err) < 0) {
		out->failed = true;
		return;
	}
	for (size_t i = 0; i < keys.n && !out->failed; i++) {
		const char *value;

		if (!moves_back(keys.v[i]))
			continue;
		if (kn_ifcfg_get(gb->bridge, keys.v[i], &value, out->err) < 0)
			out->failed = true;
		else
			put_renamed(out, keys.v[i], value ? value : "", gb->ifb->target);
	}
	kn_strv_done(&keys);
}

/* A VLAN's own file has a record too, and so has a port that came from another bridge or bond. */
static int note_edited(const struct kn_ifb *ifb, const char *path, struct kn_error *err)
{
	const char *bridge = ifb->target->bridge.s;
	const char *why = "was not made a port by kvmnet, so that no original is kept";

	if (kn_ifb_origin(ifb, path))
		why = "was edited since, so that its original is not put back";
	else if (ifb->origins && kn_origins_get(ifb->origins, path))
		why = "has no original from before it was that bridge's port";
	if (kn_plan_note(ifb->plan, KN_NOTE_INFO, err,
			 "%s %s; the settings of %s move back into it key by key.", path, why,
			 bridge) < 0)
		return -1;
	return kn_plan_note_file(ifb->plan, path, err);
}

/* Moves the keys back one by one, or only detaches a port that gave none. */
static int edit_back(const struct give_back *gb, const struct kn_ifname *port, const char *path,
		     struct kn_error *err)
{
	const struct kn_ifb *ifb = gb->ifb;
	bool takes = kn_ifname_eq(port, &ifb->target->uplink) && gb->bridge;
	struct kn_ifb_out out;

	if (kn_ifb_open(ifb, path, &out, err) < 0)
		return -1;
	if (!out.before) {
		kn_ifb_put(&out, KN_K(DEVICE), port->s);
		kn_ifb_put(&out, KN_K(TYPE), "Ethernet");
		kn_ifb_put_bool(&out, KN_KEY_ONBOOT, true);
	}
	kn_ifb_detach(&out, ifb->target);
	if (takes)
		put_keys_back(&out, gb);
	size_t n = ifb->plan->files.n;
	int rc = kn_ifb_save(ifb, &out, false, err);
	kn_ifb_close(&out);
	if (rc < 0)
		return -1;
	for (; n < ifb->plan->files.n; n++) { /* the bridge it was recorded for is no more */
		ifb->plan->files.v[n].drop_origin = kn_ifb_origin(ifb, path) != NULL;
		ifb->plan->files.v[n].keep_origin = false;
	}
	if (!takes)
		return 0;
	return note_edited(ifb, path, err);
}

/* A record made while the file named this bridge already is no state from before it. */
static int original_is_port(const struct kn_ifb *ifb, const struct kn_origin *origin, bool *ret,
			    struct kn_error *err)
{
	struct kn_ifcfg *text;
	const char *bridge;

	if (kn_ifcfg_parse(origin->path, origin->was_present ? origin->data : "", origin->len,
			   &text, err) < 0)
		return -1;
	int rc = kn_ifcfg_get(text, kn_ifb_key(kn_ifb_port_key(ifb->target))->name, &bridge, err);
	if (rc == 0)
		*ret = bridge && kn_ifname_is(&ifb->target->bridge, bridge);
	kn_ifcfg_free(text);
	return rc;
}

/* Three cases: the original while nobody has edited since; else the keys one by one; a
 * port without a file and without keys to take needs none. */
static int give_back_port(const struct give_back *gb, const struct kn_ifname *port,
			  struct kn_error *err)
{
	char *path KN_CLEANUP(kn_freep) = NULL;
	const struct kn_file *file;
	bool is_port = false;

	if (kn_ifb_find(gb->ifb->tree, port, &file, err) < 0 ||
	    (!file && kn_ifb_path(KN_IFB_IFCFG, port->s, &path, err) < 0))
		return -1;
	if (file && !(path = strdup(file->path)))
		return kn_fail_nomem(err);
	const struct kn_origin *origin = kn_ifb_origin(gb->ifb, path);
	if (origin && kn_ifb_is_unchanged(gb->ifb, origin)) {
		if (original_is_port(gb->ifb, origin, &is_port, err) < 0)
			return -1;
		if (!is_port)
			return kn_ifb_restore(gb->ifb, origin, err);
	}
	if (!file && !(kn_ifname_eq(port, &gb->ifb->target->uplink) && gb->bridge))
		return 0;
	return edit_back(gb, port, path, err);
}

/* ---- route, rule and alias files ---- */

/* True when @path is a route, rule or alias file of @name. */
static bool is_extra_of(const char *path, const struct kn_ifname *name)
{
	size_t n = strlen(name->s);

	for (int kind = 0; kind < KN_IFB_KINDS; kind++) {
		const char *suffix = kn_ifb_suffix((enum kn_ifb_kind)kind, path);

		if (suffix && !strncmp(suffix, name->s, n) &&
		    suffix[n] == (kind == KN_IFB_IFCFG ? ':' : '\0'))
			return true;
	}
	return false;
}

/* Lines can stand one behind the other; numbers and aliases cannot. */
static bool can_join(const struct kn_ifb_move *move, const struct kn_origin *theirs)
{
	return !theirs->was_present ||
	       (move->kind != KN_IFB_IFCFG &&
		!kn_ifb_routes_are_numbered(theirs->data, theirs->len) &&
		!kn_ifb_routes_are_numbered(move->from->data, move->from->len));
}

/* Does the original of the uplink's file stand for this one of the bridge's? */
static bool original_serves(const struct kn_ifb *ifb, const struct kn_ifb_move *move)
{
	const struct kn_origin *own = kn_ifb_origin(ifb, move->from->path);
	const struct kn_origin *theirs = kn_ifb_origin(ifb, move->to);

	if (!own && theirs && !can_join(move, theirs))
		return true;
	if (theirs && !kn_ifb_is_unchanged(ifb, theirs))
		return true; /* somebody made the file anew: it is not ours to write */
	/* A file that the bridge had before has lines that the port never had, but the port's own
	 * original is what it is promised. */
	return own && kn_ifb_is_unchanged(ifb, own) && (theirs || !own->was_present);
}

/* By its present text, because that is what somebody edited or what has no record. */
static int move_back(const struct kn_ifb *ifb, const struct kn_ifb_move *move, struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	struct kn_buf text = KN_BUF_INIT;
	struct kn_filechgs *files = &ifb->plan->files;
	size_t n = files->n;

	const struct kn_origin *theirs = kn_ifb_origin(ifb, move->to);

	/* A file of the bridge that nobody made out of the port's does not replace it. */
	if (!kn_ifb_origin(ifb, move->from->path) && theirs && theirs->was_present) {
		kn_buf_put(&text, theirs->data, theirs->len);
		if (theirs->len && theirs->data[theirs->len - 1] != '\n')
			kn_buf_putc(&text, '\n');
	}
	int rc = kn_ifb_move_text(move, &target->bridge, &target->uplink, &text, err);
	if (rc == 0)
		rc = kn_filechgs_add(files, move->to, kn_tree_get(ifb->tree, move->to),
				     kn_buf_str(&text), text.len, err);
	if (rc == 0 && files->n > n)
		files->v[n].drop_origin = kn_ifb_origin(ifb, move->to) != NULL;
	kn_buf_done(&text);
	if (rc < 0)
		return -1;
	return kn_plan_note(ifb->plan, KN_NOTE_INFO, err, "%s moves back as %s.", move->from->path,
			    move->to);
}

/* Has this render decided about the file already? */
static bool is_written(const struct kn_ifb *ifb, const char *path)
{
	for (size_t i = 0; i < ifb->plan->files.n; i++)
		if (!strcmp(ifb->plan->files.v[i].path, path))
			return true;
	return false;
}

/* Originals of the uplink's files that moved to the bridge and are gone since. */
static int restore_extras(const struct kn_ifb *ifb, struct kn_error *err)
{
	for (size_t i = 0; ifb->origins && i < ifb->origins->n; i++) {
		const struct kn_origin *origin = &ifb->origins->v[i];

		if (!kn_ifname_eq(&origin->bridge, &ifb->target->bridge) ||
		    is_extra_of(origin->path, &ifb->target->bridge) ||
		    !is_extra_of(origin->path, &ifb->target->uplink) ||
		    is_written(ifb, origin->path))
			continue;
		if (kn_ifb_is_unchanged(ifb, origin)) {
			if (kn_ifb_restore(ifb, origin, err) < 0)
				return -1;
		} else if (kn_plan_note(ifb->plan, KN_NOTE_INFO, err,
					"%s was made anew since; it stays as it is.",
					origin->path) < 0) {
			return -1;
		}
	}
	return 0;
}

/* A port's file that somebody removed names no bridge any more, so its port is not among the
 * target's. It comes back all the same: with the bridge's file goes the host's last address. */
static int restore_removed(const struct kn_ifb *ifb, struct kn_error *err)
{
	for (size_t i = 0; ifb->origins && i < ifb->origins->n; i++) {
		const struct kn_origin *origin = &ifb->origins->v[i];
		const char *suffix = kn_ifb_suffix(KN_IFB_IFCFG, origin->path);

		if (!suffix || strchr(suffix, ':') || !origin->was_present ||
		    !origin->written_present || is_written(ifb, origin->path) ||
		    !kn_ifname_eq(&origin->bridge, &ifb->target->bridge) ||
		    kn_ifname_is(&ifb->target->bridge, suffix) ||
		    kn_tree_get(ifb->tree, origin->path))
			continue;
		if (kn_ifb_restore(ifb, origin, err) < 0 ||
		    kn_plan_note(ifb->plan, KN_NOTE_WARNING, err,
				 "%s was removed since %s was made; its original is put back.",
				 origin->path, ifb->target->bridge.s) < 0)
			return -1;
	}
	return 0;
}

/* Text of the bridge's files first, so that an original does not overwrite an edit. */
static int give_back_extras(const struct kn_ifb *ifb, const struct kn_ifb_moves *moves,
			    struct kn_error *err)
{
	for (size_t i = 0; i < moves->n; i++)
		if (!original_serves(ifb, &moves->v[i]) && move_back(ifb, &moves->v[i], err) < 0)
			return -1;
	return restore_extras(ifb, err);
}

/* The bridge's own files, the main one last. */
static int remove_bridge(const struct give_back *gb, struct kn_error *err)
{
	const struct kn_tree *tree = gb->ifb->tree;

	for (size_t i = 0; i < tree->n; i++)
		if (tree->v[i].present && is_extra_of(tree->v[i].path, &gb->ifb->target->bridge) &&
		    remove_file(gb->ifb, tree->v[i].path, err) < 0)
			return -1;
	return gb->bridge_file ? remove_file(gb->ifb, gb->bridge_file->path, err) : 0;
}

/* Ports before the bridge: the mirror of create, so that a reader in between finds the
 * address at least once. */
int kn_ifb_render_delete(const struct kn_ifb *ifb, struct kn_error *err)
{
	const struct kn_target *target = ifb->target;
	struct give_back gb = {.ifb = ifb};
	struct kn_ifb_moves moves = {0};

	if (kn_ifb_find(ifb->tree, &target->bridge, &gb.bridge_file, err) < 0)
		return -1;
	if (gb.bridge_file && kn_ifcfg_parse(gb.bridge_file->path, gb.bridge_file->data,
					     gb.bridge_file->len, &gb.bridge, err) < 0)
		return -1;
	int rc = kn_ifb_moves_find(ifb->tree, &target->bridge, &target->uplink, &moves, err);
	for (size_t i = 0; rc == 0 && i < target->ports.n; i++)
		rc = give_back_port(&gb, &target->ports.v[i], err);
	if (rc == 0)
		rc = restore_removed(ifb, err);
	if (rc == 0)
		rc = give_back_extras(ifb, &moves, err);
	if (rc == 0)
		rc = remove_bridge(&gb, err);
	kn_ifb_moves_done(&moves);
	kn_ifcfg_free(gb.bridge);
	return rc;
}
