/*
 * rmdir [-p] DIRECTORY ...: remove empty directories; -p: then those above them.
 */
#define PROGRAM "rmdir"
#define USAGE	"[-p] DIRECTORY ..."
#include "user/common.h"

static bool remove_directory(char *path, bool parents)
{
	for (;;) {
		char *slash;

		if (rmdir(path) < 0) {
			complain("failed to remove '%s': %s", path, strerror(errno));
			return false;
		}
		slash = parents ? strrchr(path, '/') : NULL;
		while (slash && slash > path && !slash[1]) {
			*slash = '\0';
			slash = strrchr(path, '/');
		}
		if (!slash || slash == path)
			return true;
		*slash = '\0';
	}
}

int main(int argc, char **argv)
{
	bool parents = false;
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "p")) != -1) {
		if (opt != 'p')
			usage(1);
		parents = true;
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++)
		status |= !remove_directory(argv[optind], parents);
	return status;
}
