/* What kvmnet did on this host, as text and as JSON. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_HISTORY_H
#define KVMNET_CLI_VIEW_HISTORY_H

#include "cli/view.h"
#include "sys/journal.h"

struct kn_history {
	struct kn_journals list; /* owned: committed changes, oldest first */
	size_t damaged;		 /* records that cannot be read */
	bool open;		 /* .pending is there: begun, neither kept nor undone */
	bool held;		 /* a process is at work on it, or waits for a word about it */
	bool unusable;		 /* there is one, but its journal is damaged */
	struct kn_journal pending;
};

void kn_history_done(struct kn_history *history);
/* `history`: one line per change, the newest first. JSON: changes[]. */
int kn_view_history(const struct kn_history *history, const struct kn_view_opts *opts, bool json,
		    struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
/* `history TX`: when, what was asked for, the diff of every file, and what became of it. @change:
 * of @history, or its .pending. */
int kn_view_change(const struct kn_history *history, const struct kn_journal *change,
		   const struct kn_view_opts *opts, bool json, struct kn_buf *ret,
		   struct kn_error *err) KN_NODISCARD;
/* `recover`: what was found, and what the host's state is now. */
int kn_view_recovery(const struct kn_recovery *found, const struct kn_view_opts *opts, bool json,
		     struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;

#endif
