/* Inside of the JSON views: what every document has. Layer: cli, pure. */
#ifndef KVMNET_CLI_VIEW_JSON_H
#define KVMNET_CLI_VIEW_JSON_H

#include "cli/view_text.h"
#include "codec/json.h"

/* Starts a document with its schema. Return: 0, new; -1 with KN_ERR_NOMEM. */
int kn_view_json_new(const struct kn_view_opts *opts, struct kn_json **ret,
		     struct kn_error *err) KN_NODISCARD;

/* Adds one error as an element of an array. */
void kn_view_json_error(struct kn_json *json, const struct kn_error *failure);
/* Adds errors[], with @failure in it unless it is NULL or KN_ERR_NONE. */
void kn_view_json_errors(struct kn_json *json, const struct kn_error *failure);

/* One file's change as an object: path, before, after, diff. */
int kn_view_json_file(struct kn_json *json, const struct kn_filechg *chg,
		      struct kn_error *err) KN_NODISCARD;

/* Adds networks[]: name, before, after, diff. */
int kn_view_json_networks(struct kn_json *json, const struct kn_plan *plan,
			  struct kn_error *err) KN_NODISCARD;

/* A string, or null for "". */
void kn_view_json_word(struct kn_json *json, const char *key, const char *str);

#endif
