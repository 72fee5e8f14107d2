/* mkdir DIRECTORY ... */
#define PROGRAM "mkdir"
#define USAGE	"DIRECTORY ..."
#include "user/common.h"

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2)
		usage(1);
	for (int i = 1; i < argc; i++) {
		if (mkdir(argv[i], 0777) < 0) {
			complain_errno(argv[i]);
			status = 1;
		}
	}
	return status;
}
