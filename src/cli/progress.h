/* The line on a terminal that tells how far a long change has come.
 * Layer: cli; kn_progress_line_next() is pure. */
#ifndef KVMNET_CLI_PROGRESS_H
#define KVMNET_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "kvmnet/buf.h"
#include "kvmnet/progress.h"

#define KN_PROGRESS_AFTER_MS 500 /* a change that is over by then shows no line */
#define KN_PROGRESS_EVERY_MS 100

struct kn_progress_line {
	struct kn_progress to; /* for the engine */
	int64_t begun_ms;
	int64_t drawn_ms;
	enum kn_progress_part part; /* of the line that stands */
	size_t len;		    /* columns of it; 0 = none stands */
	bool ended;
};

/* Appends to @ret what is to be written at @now_ms: mostly nothing. A line is drawn over the one
 * before, and gone behind KN_PROGRESS_END, after which there is no other. */
void kn_progress_line_next(struct kn_progress_line *line, int64_t now_ms,
			   enum kn_progress_part part, size_t done, size_t total,
			   struct kn_buf *ret);
/* Starts the clock of a change that is shown on standard error. @line stays where it is. */
void kn_progress_line_begin(struct kn_progress_line *line);

#endif
