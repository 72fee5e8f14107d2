/*
 * cat [FILE ...]: print files one after the other; "-" is standard input.
 */
#define PROGRAM "cat"
#define USAGE	"[FILE ...]"
#include "user/common.h"

static bool copy(int fd, const char *name)
{
	static char buf[65536];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			complain_errno(name);
			return false;
		}
		for (ssize_t done = 0, k; done < n; done += k) {
			k = write(STDOUT_FILENO, buf + done, n - done);
			if (k < 0)
				die("write error");
		}
	}
	return true;
}

static bool print_file(const char *name)
{
	bool ok;
	int fd;

	if (strcmp(name, "-") == 0)
		return copy(STDIN_FILENO, "standard input");
	fd = open(name, O_RDONLY);
	if (fd < 0) {
		complain_errno(name);
		return false;
	}
	ok = copy(fd, name);
	close(fd);
	return ok;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc > 1 && argv[1][0] == '-' && argv[1][1])
		usage(1);
	if (argc < 2)
		return !print_file("-");
	for (int i = 1; i < argc; i++)
		status |= !print_file(argv[i]);
	return status;
}
