/*
 * mv [-fnv] FROM TO, mv FROM ... DIRECTORY: rename files; to another file system they are copied
 * and removed.
 */
#define PROGRAM "mv"
#define USAGE	"[-fnv] FROM ... TO"
#include "user/copy.h"
#include <sys/wait.h>

static bool keep, verbose;

/* rm -rf knows how. */
static bool remove_tree(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", "--", path, (char *)NULL);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool move(const char *from, const char *to)
{
	static const struct copy_options all = {.recursive = true, .preserve = true, .force = true};
	struct stat st, old;

	if (lstat(from, &st) < 0)
		return copy_problem("cannot stat", from);
	if (lstat(to, &old) == 0) {
		if (keep)
			return true;
		if (old.st_dev == st.st_dev && old.st_ino == st.st_ino) {
			complain("'%s' and '%s' are the same file", from, to);
			return false;
		}
	}
	if (rename(from, to) < 0) {
		if (errno != EXDEV) {
			int err = errno;

			complain("cannot move '%s' to '%s': %s", from, to, strerror(err));
			return false;
		}
		if (!copy_tree(from, to, &all))
			return false;
		if (!remove_tree(from)) {
			complain("cannot remove '%s'", from);
			return false;
		}
	}
	if (verbose)
		printf("renamed '%s' -> '%s'\n", from, to);
	return true;
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "fnv")) != -1) {
		if (opt == 'f')
			keep = false;
		else if (opt == 'n')
			keep = true;
		else if (opt == 'v')
			verbose = true;
		else
			usage(1);
	}
	if (argc - optind < 2)
		usage(1);
	return finish(for_each_pair(argv + optind, argc - optind, move));
}
