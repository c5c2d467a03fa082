/* Running a parsed command: the world it works in, and where its words go.
 * Layer: cli, effects. */
#ifndef KVMNET_CLI_RUN_H
#define KVMNET_CLI_RUN_H

#include "cli/parse.h"
#include "cli/view.h"

/* The process's surroundings, read once by main; strings are borrowed. */
struct kn_env {
	const char *ssh_connection; /* SSH_CONNECTION or NULL */
	const char *no_color;	    /* NO_COLOR or NULL */
};

/* What standard output and error are. */
struct kn_term {
	bool in_tty, out_tty, err_tty;
	bool utf8;
	unsigned int width; /* columns of standard output, 80 when it is no terminal */
};

/* A command's result: its text, and its exit status when it did not fail. */
struct kn_result {
	struct kn_buf out; /* owned; for standard output */
	int status;	   /* 0, or 1 with --exit-code; a viewer's: the guardian's */
	bool changed;	   /* the host is not what it was */
};

/* One command at work. */
struct kn_run {
	const struct kn_cli *cli;
	const struct kn_env *env;
	struct kn_term term;
	struct kn_view_opts view; /* for standard output */
	const char *line;	  /* the command line, for the journal and the history */
	/* apply: where the faults that the host shows in a description are told, or NULL. */
	struct kn_errors *faults;
	bool progress; /* a change may show on standard error how far it is */
};

/* Runs one command line. Return: the exit status (DESIGN: exit codes). */
int kn_cli_main(int argc, char *const *argv, const struct kn_env *env);

/* The commands. Return: 0; -1 with the error, for which *ret->out may hold a JSON document that
 * tells it already. */
int kn_run_text(const struct kn_cli *cli, struct kn_buf *ret, struct kn_error *err) KN_NODISCARD;
int kn_run_view(const struct kn_run *run, struct kn_result *ret, struct kn_error *err) KN_NODISCARD;
int kn_run_show(const struct kn_run *run, struct kn_result *ret, struct kn_error *err) KN_NODISCARD;
/* doctor, explain */
int kn_run_doctor(const struct kn_run *run, struct kn_result *ret,
		  struct kn_error *err) KN_NODISCARD;
/* confirm, cancel */
int kn_run_confirm(const struct kn_run *run, struct kn_result *ret,
		   struct kn_error *err) KN_NODISCARD;
int kn_run_net(const struct kn_run *run, struct kn_result *ret, struct kn_error *err) KN_NODISCARD;
int kn_run_change(const struct kn_run *run, struct kn_result *ret,
		  struct kn_error *err) KN_NODISCARD;
/* apply, diff: the changes that a file asks for. Faults of the file are told all at once. */
int kn_run_apply(const struct kn_run *run, struct kn_result *ret,
		 struct kn_error *err) KN_NODISCARD;
/* check, export: look at the host only. */
int kn_run_check(const struct kn_run *run, struct kn_result *ret,
		 struct kn_error *err) KN_NODISCARD;
int kn_run_export(const struct kn_run *run, struct kn_result *ret,
		  struct kn_error *err) KN_NODISCARD;
int kn_run_history(const struct kn_run *run, struct kn_result *ret,
		   struct kn_error *err) KN_NODISCARD;
int kn_run_recover(const struct kn_run *run, struct kn_result *ret,
		   struct kn_error *err) KN_NODISCARD;
/* The number of a change among the operands; 0 when there is none. */
int kn_run_number(const struct kn_cli *cli, uint32_t *ret, struct kn_error *err) KN_NODISCARD;

int kn_run_netview(const struct kn_run *run, struct kn_result *ret,
		   struct kn_error *err) KN_NODISCARD;

/* ---- the world ---- */

struct kn_world {
	struct kn_root *root; /* owned */
	struct kn_live *live; /* owned, or NULL */
	struct kn_virt *virt; /* owned, or NULL */
	struct kn_engine engine;
};

/* Opens libvirt for a look: its daemon where it runs, which is not started for this, else its
 * files. Sets world->virt. Return: 0; -1. */
int kn_run_open_virt(const struct kn_run *run, struct kn_world *world,
		     struct kn_error *err) KN_NODISCARD;

/* Opens what the command line asks for: the root, the files' backend, the kernel.
 * Return: 0; -1, and then nothing is open. */
int kn_world_open(const struct kn_run *run, struct kn_world *ret,
		  struct kn_error *err) KN_NODISCARD;
void kn_world_close(struct kn_world *world);

/* SSH_CONNECTION's two ends. Source: ssh(1), ENVIRONMENT: "client-ip client-port server-ip
 * server-port". Return: true; false when @value (may be NULL) is not of that form. */
bool kn_ssh_parse(const char *value, struct kn_ip *ret_local, struct kn_ip *ret_peer);

/* ---- the terminal ---- */

void kn_term_probe(struct kn_term *ret);
/* Whether to colour what goes to a stream. @is_tty: of that stream. */
bool kn_term_color(enum kn_color_mode mode, bool is_tty, const char *no_color);
/* Writes all of @len bytes. Return: 0, or an errno. */
int kn_term_write(int fd, const char *data, size_t len);
/* The same, giving up with ETIMEDOUT when nobody takes it for so long. */
int kn_term_write_within(int fd, const char *data, size_t len, uint32_t timeout_ms);
/* The same for a line that may be lost: not when nobody takes it within a moment. */
void kn_term_offer(int fd, const char *data, size_t len);
/* Asks on standard error and reads one line of standard input: true for y or yes only. */
bool kn_term_ask(const char *question);

#endif
