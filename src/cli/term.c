/* Standard input, output and error: what they are, whole writes, one question.
 * Layer: cli, effects. */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/run.h"
#include "sys/journal.h"

#define OFFER_MS 100
#define PART	 256 /* bytes */

/* Under 40 columns a table cannot be laid out; it then keeps to the usual 80. */
void kn_term_probe(struct kn_term *ret)
{
	struct winsize size = {0};

	/* Only the character set: messages and numbers stay as they are in every locale. */
	(void)setlocale(LC_CTYPE, "");
	*ret = (struct kn_term){
		.in_tty = isatty(STDIN_FILENO),
		.out_tty = isatty(STDOUT_FILENO),
		.err_tty = isatty(STDERR_FILENO),
		.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.width = 80,
	};
	if (ret->out_tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
		ret->width = size.ws_col;
}

/* Source: no-color.org. A non-empty NO_COLOR wins over everything, --color included. */
bool kn_term_color(enum kn_color_mode mode, bool is_tty, const char *no_color)
{
	if (no_color && *no_color)
		return false;
	return mode == KN_COLOR_ALWAYS || (mode == KN_COLOR_AUTO && is_tty);
}

/* Straight to the descriptor: nothing is left in a buffer when the process ends. */
int kn_term_write(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Only as much at once as whoever can be written to takes without waiting. Source: Linux n_tty.c,
 * WAKEUP_CHARS; pipe(7), PIPE_BUF. */
int kn_term_write_within(int fd, const char *data, size_t len, uint32_t timeout_ms)
{
	int64_t end = kn_monotonic_ms() + timeout_ms;

	while (len > 0) {
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		size_t part = len < PART ? len : PART;
		int64_t left = end - kn_monotonic_ms();
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r == 0)
			return ETIMEDOUT;
		if (r < 0 && errno == EINTR)
			continue;
		/* An end that is closed is told by the write itself. */
		r = r < 0 ? errno : kn_term_write(fd, data, part);
		if (r)
			return r;
		data += part;
		len -= part;
	}
	return 0;
}

/* A terminal whose user pressed Ctrl-S, or whose line is dead, takes nothing for a long time; a
 * change that is half made must not wait for it. */
void kn_term_offer(int fd, const char *data, size_t len)
{
	(void)kn_term_write_within(fd, data, len, OFFER_MS);
}

/* End of file, an error and every other word mean no. */
bool kn_term_ask(const char *question)
{
	char answer[16];
	size_t len = 0;
	ssize_t n;

	if (kn_term_write(STDERR_FILENO, question, strlen(question)) != 0)
		return false;
	do {
		n = read(STDIN_FILENO, answer + len, sizeof(answer) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	} while ((n < 0 && errno == EINTR) ||
		 (n > 0 && len < sizeof(answer) - 1 && !memchr(answer, '\n', len)));
	answer[len] = '\0';
	return !strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n");
}
