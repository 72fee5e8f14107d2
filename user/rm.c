/*
 * rm [-rfv] FILE ...: remove files, with -r also directories and all that is in them.
 */
#define PROGRAM "rm"
#define USAGE	"[-rfv] FILE ..."
#include "user/common.h"
#include <dirent.h>

static bool recursive, force, verbose;

static bool problem(const char *path)
{
	complain("cannot remove '%s': %s", path, strerror(errno));
	return false;
}

static bool remove_path(const char *path);

static bool remove_contents(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	bool ok = true;

	if (!dir)
		return problem(path);
	while ((e = readdir(dir))) {
		char *name;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		name = join_path(path, e->d_name);
		ok &= remove_path(name);
		free(name);
	}
	closedir(dir);
	return ok;
}

static bool remove_path(const char *path)
{
	struct stat st;
	bool dir;

	if (lstat(path, &st) < 0)
		return (force && (errno == ENOENT || errno == ENOTDIR)) || problem(path);
	dir = S_ISDIR(st.st_mode);
	if (dir && !recursive) {
		errno = EISDIR;
		return problem(path);
	}
	if (dir && !remove_contents(path))
		return false;
	if ((dir ? rmdir(path) : unlink(path)) < 0)
		return problem(path);
	if (verbose)
		printf("removed %s'%s'\n", dir ? "directory " : "", path);
	return true;
}

static bool refused(const char *path)
{
	const char *last = last_part(path);
	size_t n = strcspn(last, "/");

	if (!*last && *path == '/') {
		complain("it is dangerous to operate on '/'");
		return true;
	}
	if ((n == 1 && last[0] == '.') || (n == 2 && memcmp(last, "..", 2) == 0)) {
		complain("refusing to remove '.' or '..': skipping '%s'", path);
		return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "rRfv")) != -1) {
		if (opt == 'r' || opt == 'R')
			recursive = true;
		else if (opt == 'f')
			force = true;
		else if (opt == 'v')
			verbose = true;
		else
			usage(1);
	}
	if (optind == argc && !force)
		usage(1);
	for (; optind < argc; optind++) {
		if (refused(argv[optind]) || !remove_path(argv[optind]))
			status = 1;
	}
	return finish(status);
}
