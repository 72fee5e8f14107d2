/*
 * umount [-fl] DIRECTORY ...: unmount file systems.
 */
#define PROGRAM "umount"
#define USAGE	"[-fl] DIRECTORY ..."
#include "user/common.h"
#include <sys/mount.h>

int main(int argc, char **argv)
{
	int opt, flags = 0, status = 0;

	while ((opt = getopt(argc, argv, "fl")) != -1) {
		if (opt == 'f')
			flags |= MNT_FORCE;
		else if (opt == 'l')
			flags |= MNT_DETACH;
		else
			usage(1);
	}
	if (optind == argc)
		usage(1);
	for (; optind < argc; optind++) {
		if (umount2(argv[optind], flags) < 0) {
			complain_errno(argv[optind]);
			status = 32;
		}
	}
	return status;
}
