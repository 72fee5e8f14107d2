/*
 * dirname PATH ...: a path without its last part.
 */
#define PROGRAM "dirname"
#define USAGE	"PATH ..."
#include "user/common.h"

int main(int argc, char **argv)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (i >= argc || (i == 1 && argv[1][0] == '-' && argv[1][1]))
		usage(1);
	for (; i < argc; i++) {
		const char *path = argv[i];
		size_t n = last_part(path) - path;

		while (n > 1 && path[n - 1] == '/')
			n--;
		if (n == 0)
			puts(*path == '/' ? "/" : ".");
		else
			printf("%.*s\n", (int)n, path);
	}
	return finish(0);
}
