/* rm FILE ...: remove files, and directories that are empty. */
#define PROGRAM "rm"
#define USAGE	"FILE ..."
#include "user/common.h"

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		usage(1);
	for (int i = 1; i < argc; i++) {
		if (unlink(argv[i]) == 0 || (errno == EISDIR && rmdir(argv[i]) == 0))
			continue;
		complain_errno(argv[i]);
		status = 1;
	}
	return status;
}
