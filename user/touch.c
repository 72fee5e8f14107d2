/*
 * touch [-acm] [-r FILE] FILE ...: set the times of files to now (or to those of another file),
 * and make those that are not there.
 */
#define PROGRAM "touch"
#define USAGE	"[-acm] [-r FILE] FILE ..."
#include "user/common.h"

static bool touch(const char *path, const struct timespec times[2], bool create)
{
	int fd;

	if (utimensat(AT_FDCWD, path, times, 0) == 0 || (errno == ENOENT && !create))
		return true;
	if (errno == ENOENT) {
		fd = open(path, O_WRONLY | O_CREAT, 0666);
		if (fd >= 0) {
			bool ok = futimens(fd, times) == 0;

			close(fd);
			if (ok)
				return true;
		}
	}
	complain("cannot touch '%s': %s", path, strerror(errno));
	return false;
}

int main(int argc, char **argv)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_NOW}};
	bool create = true, access = false, modify = false;
	int opt, status = 0;
	struct stat st;

	while ((opt = getopt(argc, argv, "acmr:")) != -1) {
		if (opt == 'c') {
			create = false;
		} else if (opt == 'a') {
			access = true;
		} else if (opt == 'm') {
			modify = true;
		} else if (opt == 'r') {
			if (stat(optarg, &st) < 0)
				die(optarg);
			times[0] = st.st_atim;
			times[1] = st.st_mtim;
		} else {
			usage(1);
		}
	}
	if (optind == argc)
		usage(1);
	if (access && !modify)
		times[1].tv_nsec = UTIME_OMIT;
	if (modify && !access)
		times[0].tv_nsec = UTIME_OMIT;
	for (; optind < argc; optind++)
		status |= !touch(argv[optind], times, create);
	return status;
}
