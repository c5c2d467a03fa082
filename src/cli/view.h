/* What kvmnet shows: plans, results, errors, bridges; as text and as JSON, into buffers.
 * Layer: cli, pure (reads no terminal, prints nothing). */
#ifndef KVMNET_CLI_VIEW_H
#define KVMNET_CLI_VIEW_H

#include "kvmnet/buf.h"
#include "kvmnet/engine.h"

struct kn_view_opts {
	bool color;	     /* ANSI colours; a glyph or word always says the same */
	bool terminal;	     /* it is for one: no control byte of the host's may reach it */
	bool utf8;	     /* else ASCII only */
	bool dry_run;	     /* the plan was not executed */
	bool verbose;	     /* -v */
	unsigned int width;  /* columns of a terminal; 0 = nothing is cut (a pipe) */
	const char *command; /* "bridge create", for the JSON schema name and hints */
	const char *root;    /* --root as given, or NULL: prefix shown before paths */
	uint32_t pending_s;  /* the change is undone in so many seconds unless confirmed; 0 = no */
};

/* The dry run (UX.md): headline, unified diffs, numbered live steps, notes, how to apply. With
 * .dry_run unset: the short report after a change. An empty plan: "nothing to do". */
int kn_view_plan(const struct kn_plan *plan, const struct kn_view_opts *opts, struct kn_buf *ret,
		 struct kn_error *err) KN_NODISCARD;

/* The same as one JSON document "kvmnet.<command>/1": changed, dry_run, change, pending_s, files[],
 * networks[], steps[], notes[], errors[]. @plan may be NULL, @failure may be NULL. */
int kn_view_plan_json(const struct kn_plan *plan, const struct kn_error *failure,
		      const struct kn_view_opts *opts, struct kn_buf *ret,
		      struct kn_error *err) KN_NODISCARD;

/* What failed of a command that makes no plan: "kvmnet.<command>/1" and errors[]. */
int kn_view_error_json(const struct kn_error *failure, const struct kn_view_opts *opts,
		       struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* Several errors in a file as one JSON document, in the form of a failed change. */
int kn_view_errors_json(const struct kn_errors *failures, const struct kn_view_opts *opts,
			struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
/* The same for people: each with its place, and how many there are. */
void kn_view_errors(const struct kn_errors *failures, const struct kn_view_opts *opts,
		    struct kn_buf *ret);

/* An error for people: "kvmnet: ...", file:line:column with the line and a caret, hint. */
void kn_view_error(const struct kn_error *failure, const struct kn_view_opts *opts,
		   struct kn_buf *ret);

/* `bridge list`: a table of bridges with state, STP, ports, addresses, file. JSON: bridges[]. */
int kn_view_bridges(const struct kn_state *state, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* What `check` tells; all borrowed. */
struct kn_check_view {
	const struct kn_state *state;
	const struct kn_findings *findings; /* about libvirt's networks */
	const struct kn_link *const *unwritten;
	size_t n_unwritten;
	bool asked; /* libvirt's networks could be read */
};

/* The same document with links[] (bonds and VLANs), unwritten[] (links in no file) and networks[]:
 * what is wrong with libvirt's. */
int kn_view_check_json(const struct kn_check_view *view, const struct kn_view_opts *opts,
		       struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

/* `bridge show BR`: everything about one bridge, and differences between file and kernel. */
int kn_view_bridge(const struct kn_state *state, const struct kn_ifname *bridge,
		   const struct kn_view_opts *opts, bool json, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;

#endif
