/*
 * cp [-rapfv] FROM TO, cp FROM ... DIRECTORY: copy files.
 */
#define PROGRAM "cp"
#define USAGE	"[-rapfv] FROM ... TO"
#include "user/copy.h"

static struct copy_options opt;

static bool copy(const char *from, const char *to)
{
	struct stat st;

	if (opt.recursive && lstat(from, &st) == 0 && S_ISDIR(st.st_mode) &&
	    copy_into_itself(from, to)) {
		complain("cannot copy a directory, '%s', into itself, '%s'", from, to);
		return false;
	}
	return copy_tree(from, to, &opt);
}

int main(int argc, char **argv)
{
	int letter;

	while ((letter = getopt(argc, argv, "rRapfv")) != -1) {
		if (letter == 'r' || letter == 'R')
			opt.recursive = true;
		else if (letter == 'a')
			opt.recursive = opt.preserve = true;
		else if (letter == 'p')
			opt.preserve = true;
		else if (letter == 'f')
			opt.force = true;
		else if (letter == 'v')
			opt.verbose = true;
		else
			usage(1);
	}
	if (argc - optind < 2)
		usage(1);
	return finish(for_each_pair(argv + optind, argc - optind, copy));
}
