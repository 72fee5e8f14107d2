/*
 * basename PATH [SUFFIX]: the last part of a path.
 */
#define PROGRAM "basename"
#define USAGE	"PATH [SUFFIX]"
#include "user/common.h"

int main(int argc, char **argv)
{
	char *name;
	size_t n, k;

	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		argv++;
		argc--;
	}
	if (argc < 2 || argc > 3 || (argv[1][0] == '-' && argv[1][1]))
		usage(1);
	name = copy_string(last_part(argv[1]));
	name[strcspn(name, "/")] = '\0';
	if (!*name && *argv[1])
		strcpy(name = allocate(name, 2), "/");
	n = strlen(name);
	k = argc == 3 ? strlen(argv[2]) : 0;
	if (k > 0 && k < n && strcmp(name + n - k, argv[2]) == 0)
		name[n - k] = '\0';
	puts(name);
	return finish(0);
}
