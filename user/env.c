/*
 * env [-i] [-u NAME] [NAME=VALUE ...] [COMMAND [ARG ...]]: run a command in a changed
 * environment, or print it.
 */
#define PROGRAM "env"
#define USAGE	"[-i] [-u NAME] [NAME=VALUE ...] [COMMAND [ARG ...]]"
#include "user/common.h"

extern char **environ;

int main(int argc, char **argv)
{
	int opt, err;

	while ((opt = getopt(argc, argv, "+iu:")) != -1) {
		if (opt == 'i')
			clearenv();
		else if (opt == 'u')
			unsetenv(optarg);
		else
			usage(125);
	}
	for (; optind < argc && strchr(argv[optind], '='); optind++) {
		if (putenv(argv[optind]) != 0) {
			complain_errno(argv[optind]);
			return 125;
		}
	}
	if (optind == argc) {
		for (char **e = environ; e && *e; e++)
			puts(*e);
		return finish(0);
	}
	execvp(argv[optind], argv + optind);
	err = errno;
	complain_errno(argv[optind]);
	return err == ENOENT ? 127 : 126;
}
