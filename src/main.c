/* kvmnet's entry: makes the process safe to work in, then hands over to the command line.
 * Layer: cli, effects. The environment is read here and nowhere else. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"

/* A closed standard descriptor would be given to the next file that is opened, and progress text
 * would land in a configuration file. Standard output is opened for reading: a report that nobody
 * can get is an error, not a success. Return: 0; -1. */
static int open_std_fds(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fd == STDERR_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags) != fd)
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const char secure[] = "kvmnet: it must not be installed setuid, setgid or with file "
				     "capabilities\n";
	const struct kn_env env = {
		.ssh_connection = getenv("SSH_CONNECTION"),
		.no_color = getenv("NO_COLOR"),
	};

	if (open_std_fds() < 0)
		return 4;
	/* With privileges the caller does not have, its environment and files could do harm. */
	if (getauxval(AT_SECURE)) {
		(void)kn_term_write(STDERR_FILENO, secure, sizeof(secure) - 1);
		return 8;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* A limit on the size of files (ulimit -f) shall be an error, not a death in the middle. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)umask(022);
	return kn_cli_main(argc, argv, &env);
}
