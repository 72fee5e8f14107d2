/*
 * hostname [-s] [NAME]: print or set the name of this machine.
 */
#define PROGRAM "hostname"
#define USAGE	"[-s] [NAME]"
#include "user/common.h"

int main(int argc, char **argv)
{
	char name[HOST_NAME_MAX + 1];
	bool brief = false;
	int opt;

	while ((opt = getopt(argc, argv, "s")) != -1) {
		if (opt != 's')
			usage(1);
		brief = true;
	}
	if (argc - optind > 1 || (brief && optind < argc))
		usage(1);
	if (optind < argc) {
		if (sethostname(argv[optind], strlen(argv[optind])) < 0)
			die("sethostname");
		return 0;
	}
	if (gethostname(name, sizeof(name)) < 0)
		die("gethostname");
	if (brief)
		name[strcspn(name, ".")] = '\0';
	puts(name);
	return finish(0);
}
