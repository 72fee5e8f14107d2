/*
 * ln [-sfnv] TARGET [NAME], ln [-s] TARGET ... DIRECTORY: make links.
 */
#define PROGRAM "ln"
#define USAGE	"[-sfnv] TARGET ... [NAME]"
#include "user/common.h"

static bool symbolic, force, no_follow, verbose;

static bool make_link(const char *target, const char *name)
{
	struct stat st;

	if (force && lstat(name, &st) == 0 && unlink(name) < 0) {
		complain("cannot remove '%s': %s", name, strerror(errno));
		return false;
	}
	if ((symbolic ? symlink(target, name) : link(target, name)) < 0) {
		complain("failed to create %slink '%s' -> '%s': %s",
			 symbolic ? "symbolic " : "hard ", name, target, strerror(errno));
		return false;
	}
	if (verbose)
		printf("'%s' -> '%s'\n", name, target);
	return true;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return (no_follow ? lstat(path, &st) : stat(path, &st)) == 0 && S_ISDIR(st.st_mode);
}

int main(int argc, char **argv)
{
	int opt, status = 0, n;
	const char *to;

	while ((opt = getopt(argc, argv, "sfnv")) != -1) {
		if (opt == 's')
			symbolic = true;
		else if (opt == 'f')
			force = true;
		else if (opt == 'n')
			no_follow = true;
		else if (opt == 'v')
			verbose = true;
		else
			usage(1);
	}
	n = argc - optind;
	if (n < 1)
		usage(1);
	to = n == 1 ? "." : argv[argc - 1];
	n -= n > 1;
	if (!is_directory(to)) {
		if (n == 1)
			return finish(!make_link(argv[optind], to));
		complain("target '%s' is not a directory", to);
		return 1;
	}
	for (int i = optind; i < optind + n; i++) {
		char *path = join_path(to, last_part(argv[i]));

		status |= !make_link(argv[i], path);
		free(path);
	}
	return finish(status);
}
