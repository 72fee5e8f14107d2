/*
 * tee [-ai] [FILE ...]: copy standard input to standard output and to files.
 */
#define PROGRAM "tee"
#define USAGE	"[-ai] [FILE ...]"
#include "user/common.h"
#include <signal.h>

static bool write_all(int fd, const char *s, size_t n)
{
	while (n > 0) {
		ssize_t k = write(fd, s, n);

		if (k < 0)
			return false;
		s += k;
		n -= k;
	}
	return true;
}

int main(int argc, char **argv)
{
	int opt, flags = O_TRUNC, status = 0, n, *fds;
	char buf[8192];
	ssize_t k;

	while ((opt = getopt(argc, argv, "ai")) != -1) {
		if (opt == 'a')
			flags = O_APPEND;
		else if (opt == 'i')
			signal(SIGINT, SIG_IGN);
		else
			usage(1);
	}
	n = argc - optind;
	fds = allocate(NULL, (n + 1) * sizeof(*fds));
	for (int i = 0; i < n; i++) {
		fds[i] = open(argv[optind + i], O_WRONLY | O_CREAT | flags, 0666);
		if (fds[i] < 0) {
			complain_errno(argv[optind + i]);
			status = 1;
		}
	}
	fds[n] = STDOUT_FILENO;
	while ((k = read(STDIN_FILENO, buf, sizeof(buf))) != 0) {
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			die("read error");
		for (int i = 0; i <= n; i++) {
			if (fds[i] < 0 || write_all(fds[i], buf, k))
				continue;
			complain_errno(i < n ? argv[optind + i] : "standard output");
			fds[i] = -1;
			status = 1;
		}
	}
	return status;
}
