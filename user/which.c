/*
 * which [-a] NAME ...: the programs that these names stand for.
 */
#define PROGRAM "which"
#define USAGE	"[-a] NAME ..."
#include "user/common.h"

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find(const char *name, bool all)
{
	const char *path = getenv("PATH");
	bool found = false;

	if (strchr(name, '/')) {
		if (is_program(name))
			puts(name);
		return is_program(name);
	}
	while (path && *path && (all || !found)) {
		size_t n = strcspn(path, ":");
		char *dir = n ? strndup(path, n) : copy_string(".");
		char *file = dir ? join_path(dir, name) : NULL;

		if (file && is_program(file)) {
			puts(file);
			found = true;
		}
		free(dir);
		free(file);
		path += n + (path[n] == ':');
	}
	return found;
}

int main(int argc, char **argv)
{
	bool all = false;
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "a")) != -1) {
		if (opt != 'a')
			usage(2);
		all = true;
	}
	if (optind == argc)
		usage(2);
	for (; optind < argc; optind++)
		status |= !find(argv[optind], all);
	return finish(status);
}
