/*
 * mkdir [-pv] [-m MODE] DIRECTORY ...: make directories; -p: also those above, and no error
 * if they are there.
 */
#define PROGRAM "mkdir"
#define USAGE	"[-pv] [-m MODE] DIRECTORY ..."
#include "user/common.h"

static bool parents, verbose, have_mode;
static mode_t mode = 0777;

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_one(const char *path, bool last)
{
	if (mkdir(path, last ? mode : 0777) < 0) {
		int err = errno;

		if (parents && err == EEXIST && is_directory(path))
			return true;
		complain("cannot create directory '%s': %s", path, strerror(err));
		return false;
	}
	if (verbose)
		printf("%s: created directory '%s'\n", PROGRAM, path);
	if (last && have_mode && chmod(path, mode) < 0) { /* whatever the umask says */
		complain_errno(path);
		return false;
	}
	return true;
}

static bool make_with_parents(char *path)
{
	for (char *p = path + 1; *p; p++) {
		bool ok;

		if (*p != '/' || p[-1] == '/')
			continue;
		if (!p[strspn(p, "/")])
			break;
		*p = '\0';
		ok = is_directory(path) || make_one(path, false);
		*p = '/';
		if (!ok)
			return false;
	}
	return make_one(path, true);
}

int main(int argc, char **argv)
{
	int opt, status = 0;
	char *end;

	while ((opt = getopt(argc, argv, "pvm:")) != -1) {
		if (opt == 'p') {
			parents = true;
		} else if (opt == 'v') {
			verbose = true;
		} else if (opt == 'm') {
			mode = strtoul(optarg, &end, 8);
			have_mode = true;
			if (*end || end == optarg || mode > 07777) {
				complain("invalid mode: %s", optarg);
				return 1;
			}
		} else {
			usage(1);
		}
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++) {
		char *path = argv[optind];

		if (!(parents && *path ? make_with_parents(path) : make_one(path, true)))
			status = 1;
	}
	return finish(status);
}
