/* Files that could not be read, or not be understood: never the same as files that are not there.
 * Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_UNREAD_H
#define KVMNET_CLI_VIEW_UNREAD_H

#include "cli/view_json.h"

/* A line for each: its path, the line in it, and the reason. */
void kn_view_unread(struct kn_buf *ret, const struct kn_view_opts *opts,
		    const struct kn_errors *unread);
/* Adds unread[]: objects as in errors[]. */
void kn_view_json_unread(struct kn_json *json, const struct kn_errors *unread);
/* "ifcfg-eth0 (not read)", where a table has the file's name. */
void kn_view_unread_base(struct kn_buf *ret, const struct kn_view_opts *opts,
			 const struct kn_error *unread);
/* Fails with the first of them (there is one): @what cannot be done without. Return: -1. */
int kn_unread_fail(const struct kn_errors *unread, const char *what, struct kn_error *err);

#endif
