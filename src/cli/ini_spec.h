/* Sections of INI files as changes. A key is the long option of the same name, taken by the same
 * setter: nothing is parsed twice, and a new option is a new key. Layer: cli, pure. */
#ifndef KVMNET_CLI_INI_SPEC_H
#define KVMNET_CLI_INI_SPEC_H

#include "cli/parse.h"
#include "codec/ini.h"

/* One section, understood. */
struct kn_part {
	const struct kn_ini_section *section; /* borrowed */
	struct kn_cli cli;		      /* owned: .command, .spec, .net */
	bool broken;			      /* a fault was told: not looked at again */
};

struct kn_parts {
	struct kn_part *v; /* owned; one for each section, in their order */
	size_t n;
	const struct kn_ini *ini;  /* borrowed */
	struct kn_errors *faults;  /* borrowed: where faults are told */
	const struct kn_spec *how; /* borrowed: what the command line says of all; or NULL */
};

/* Fills *ret from ret->ini; every fault becomes an entry of ret->faults.
 * Return: 0, also with faults; -1 with KN_ERR_NOMEM. */
int kn_parts_read(struct kn_parts *ret, struct kn_error *err) KN_NODISCARD;
void kn_parts_done(struct kn_parts *parts);

/* ports = @uplink: the port that the host names, for every section that asks for it. @find: tells
 * it for a bridge. Return: 0, also with faults; -1. */
int kn_parts_uplinks(struct kn_parts *parts,
		     int (*find)(const struct kn_ifname *bridge, struct kn_ifname *ret, void *arg,
				 struct kn_error *err),
		     void *arg, struct kn_error *err) KN_NODISCARD;
/* What the sections say against each other: ports and addresses given twice, references, subnets
 * that overlap. Finds the bridge of each [ethernet]. Return: 0, also with faults; -1. */
int kn_parts_check(struct kn_parts *parts, struct kn_error *err) KN_NODISCARD;

/* ---- between the files of it ---- */

/* Is it a section of that kind, and was it read? */
bool kn_part_is(const struct kn_part *part, const char *kind);
/* The bridge, bond or VLAN of that name. Return: borrowed, or NULL. */
struct kn_part *kn_part_named(const struct kn_parts *parts, const struct kn_ifname *name);
/* The one of the first @n sections, a bridge or bond, that has @port as a port. Or NULL. */
struct kn_part *kn_part_master(const struct kn_parts *parts, size_t n,
			       const struct kn_ifname *port);
/* How many sections a link stands on, one upon the other: those come first. */
size_t kn_part_depth(const struct kn_parts *parts, const struct kn_part *part);
/* Is it a network of libvirt's? */
bool kn_part_is_net(const struct kn_part *part);
/* The @i-th section, where it is a network, against links and other networks' bridges. Return: 0,
 * also with faults; -1. */
int kn_parts_check_net(struct kn_parts *parts, size_t i, struct kn_error *err) KN_NODISCARD;
/* What bonds, VLANs and bridges say against each other. Return: 0, also with faults; -1. */
int kn_parts_check_links(struct kn_parts *parts, struct kn_error *err) KN_NODISCARD;
/* Appends @text, which speaks of options, in the words of a file: "--subnet CIDR" is "ipv4 = CIDR".
 */
void kn_ini_say(const struct kn_ini_section *section, const char *text, struct kn_buf *ret);
/* Tells @why, which comes from below the files: in their words, at the key that it is about.
 * Return: 0; -1. */
int kn_part_fault_said(struct kn_parts *parts, struct kn_part *part, const struct kn_error *why,
		       struct kn_error *err) KN_NODISCARD;
/* Tells @why about the word @text of key @name. Return: 0; -1. */
int kn_part_fault_at(struct kn_parts *parts, struct kn_part *part, const char *name,
		     const char *text, const struct kn_error *why,
		     struct kn_error *err) KN_NODISCARD;

/* ---- the words of a value ---- */

/* One word of a list, as a key of its own, so that faults point at it. */
struct kn_ini_word {
	char *text; /* owned */
	struct kn_ini_key at;
};

/* Takes the next word of @key's value from *pos on, which starts at 0. @commas: they separate, too.
 * Return: 1, *ret new; 0 = no more; -1 with KN_ERR_NOMEM. */
int kn_ini_next(const struct kn_ini_key *key, bool commas, size_t *pos, struct kn_ini_word *ret,
		struct kn_error *err) KN_NODISCARD;

/* Tells @why about @key of the part (NULL: about the section). Return: 0; -1. */
int kn_part_fault(struct kn_parts *parts, struct kn_part *part, const struct kn_ini_key *key,
		  const struct kn_error *why, struct kn_error *err) KN_NODISCARD;

/* The option that key @name of a [@kind ...] section is; the part of @name behind a '.' is left
 * aside. Return: static; NULL: there is none, or it is one of the few keys with words of their own.
 */
const struct kn_option *kn_ini_option(const char *kind, const char *name);

/* Appends the list of a kind's keys in mdoc; nothing for a word that is no kind. */
void kn_ini_man(const char *kind, struct kn_buf *ret);

#endif
