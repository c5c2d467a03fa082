/* Error object: fills fixed-size texts, maps kinds to exit codes.
 * Layer: base, pure. */
#include "kvmnet/error.h"

#include <stdio.h>
#include <string.h>

static void mark_cut(char *buf, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(buf + size - 4, "...", 4);
}

static KN_PRINTF(2, 0) void set_message(struct kn_error *err, const char *fmt, va_list ap)
{
	int n = vsnprintf(err->message, sizeof(err->message), fmt, ap);

	mark_cut(err->message, sizeof(err->message), n);
}

static void append_errno(struct kn_error *err, int sys_errno)
{
	char text[128];
	size_t used = strlen(err->message);
	int n = snprintf(err->message + used, sizeof(err->message) - used, ": %s",
			 strerror_r(sys_errno, text, sizeof(text)));

	mark_cut(err->message + used, sizeof(err->message) - used, n);
}

int kn_fail(struct kn_error *err, enum kn_error_kind kind, int sys_errno, const char *fmt, ...)
{
	va_list ap;

	*err = (struct kn_error){.kind = kind, .sys_errno = sys_errno};
	va_start(ap, fmt);
	set_message(err, fmt, ap);
	va_end(ap);
	if (sys_errno && strlen(err->message) + 8 < sizeof(err->message))
		append_errno(err, sys_errno);
	return -1;
}

int kn_refuse(struct kn_error *err, const char *rule, const char *fmt, ...)
{
	va_list ap;

	*err = (struct kn_error){.kind = KN_ERR_REFUSED};
	(void)snprintf(err->rule, sizeof(err->rule), "%s", rule);
	va_start(ap, fmt);
	set_message(err, fmt, ap);
	va_end(ap);
	return -1;
}

int kn_fail_nomem(struct kn_error *err)
{
	kn_fail(err, KN_ERR_NOMEM, 0, "out of memory");
	return kn_hint(err, "see what takes it: free -m; then run the command again");
}

int kn_hint(struct kn_error *err, const char *fmt, ...)
{
	char text[sizeof(err->hint)]; /* the hint before may be part of it */
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	mark_cut(text, sizeof(text), n);
	memcpy(err->hint, text, sizeof(err->hint));
	return -1;
}

int kn_wrap(struct kn_error *err, const char *fmt, ...)
{
	char inner[sizeof(err->message)];
	va_list ap;

	memcpy(inner, err->message, sizeof(inner));
	va_start(ap, fmt);
	set_message(err, fmt, ap);
	va_end(ap);
	size_t used = strlen(err->message);
	int n = snprintf(err->message + used, sizeof(err->message) - used, ": %s", inner);
	if (sizeof(err->message) - used > 4)
		mark_cut(err->message + used, sizeof(err->message) - used, n);
	return -1;
}

int kn_at(struct kn_error *err, const char *file, unsigned int line, unsigned int column)
{
	int n = snprintf(err->file, sizeof(err->file), "%s", file);

	mark_cut(err->file, sizeof(err->file), n);
	err->line = line;
	err->column = column;
	return -1;
}

int kn_about(struct kn_error *err, const char *field, const char *word)
{
	(void)snprintf(err->field, sizeof(err->field), "%s", field);
	(void)snprintf(err->word, sizeof(err->word), "%s", word);
	return -1;
}

int kn_error_exit_code(const struct kn_error *err)
{
	switch (err->kind) {
	case KN_ERR_NONE:
		return 0;
	case KN_ERR_USAGE:
	case KN_ERR_INPUT:
		return 2;
	case KN_ERR_REFUSED:
	case KN_ERR_HOSTFILE:
		return 3;
	case KN_ERR_SYSTEM:
	case KN_ERR_NOMEM:
		return 4;
	case KN_ERR_INCOMPLETE:
		return 5;
	case KN_ERR_UNCONFIRMED:
		return 6;
	case KN_ERR_BUSY:
		return 7;
	case KN_ERR_PRIVILEGE:
	case KN_ERR_UNSUPPORTED:
		return 8;
	}
	return 4;
}

const char *kn_error_kind_word(enum kn_error_kind kind)
{
	switch (kind) {
	case KN_ERR_NONE:
		return "none";
	case KN_ERR_USAGE:
		return "usage";
	case KN_ERR_INPUT:
		return "input";
	case KN_ERR_REFUSED:
		return "refused";
	case KN_ERR_HOSTFILE:
		return "host-file";
	case KN_ERR_SYSTEM:
		return "system";
	case KN_ERR_NOMEM:
		return "no-memory";
	case KN_ERR_INCOMPLETE:
		return "incomplete";
	case KN_ERR_UNCONFIRMED:
		return "unconfirmed";
	case KN_ERR_BUSY:
		return "busy";
	case KN_ERR_PRIVILEGE:
		return "privilege";
	case KN_ERR_UNSUPPORTED:
		return "unsupported";
	}
	return "unknown";
}

/* A busy host and a refused command have in common that this command did nothing. */
enum kn_host_after kn_error_host(const struct kn_error *err)
{
	if (err->host != KN_HOST_BY_KIND)
		return err->host;
	switch (err->kind) {
	case KN_ERR_INCOMPLETE:
		return KN_HOST_INCOMPLETE;
	case KN_ERR_UNCONFIRMED:
		return KN_HOST_PUT_BACK;
	case KN_ERR_NONE:
	case KN_ERR_USAGE:
	case KN_ERR_INPUT:
	case KN_ERR_REFUSED:
	case KN_ERR_HOSTFILE:
	case KN_ERR_SYSTEM:
	case KN_ERR_NOMEM:
	case KN_ERR_BUSY:
	case KN_ERR_PRIVILEGE:
	case KN_ERR_UNSUPPORTED:
		break;
	}
	return KN_HOST_UNCHANGED;
}

static const struct {
	const char *word, *text;
} hosts[] = {
	[KN_HOST_BY_KIND] = {"unknown", "it is not known what was changed"},
	[KN_HOST_UNCHANGED] = {"unchanged", "nothing was changed"},
	[KN_HOST_PUT_BACK] = {"put-back", "everything was put back: the host is as before"},
	[KN_HOST_INCOMPLETE] = {"incomplete", "the host may be half old, half new; what was there "
					      "before is recorded in /var/lib/kvmnet/journal"},
	[KN_HOST_CHANGED] = {"changed", "the change stands"},
	[KN_HOST_EARLIER_UNDONE] = {"earlier-undone",
				    "the unfinished change was undone; nothing else was changed"},
};

const char *kn_host_text(enum kn_host_after host)
{
	return hosts[host].text;
}

const char *kn_host_word(enum kn_host_after host)
{
	return hosts[host].word;
}
