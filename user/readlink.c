/*
 * readlink [-f] PATH ...: where a symbolic link points; -f: the path with all links followed.
 */
#define PROGRAM "readlink"
#define USAGE	"[-f] PATH ..."
#include "user/common.h"

int main(int argc, char **argv)
{
	char buf[PATH_MAX];
	bool full = false;
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "f")) != -1) {
		if (opt != 'f')
			usage(1);
		full = true;
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++) {
		ssize_t n = -1;

		if (full)
			n = realpath(argv[optind], buf) ? (ssize_t)strlen(buf) : -1;
		else
			n = readlink(argv[optind], buf, sizeof(buf));
		if (n < 0)
			status = 1;
		else
			printf("%.*s\n", (int)n, buf);
	}
	return finish(status);
}
