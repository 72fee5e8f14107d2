/*
 * uname [-asnrvmpio]: the names of the kernel, this machine and its processor.
 */
#define PROGRAM "uname"
#define USAGE	"[-asnrvmpio]"
#include "user/common.h"
#include <sys/utsname.h>

static bool first = true;

static void print(const char *s)
{
	printf("%s%s", first ? "" : " ", s);
	first = false;
}

int main(int argc, char **argv)
{
	bool all = false, want[128] = {0};
	struct utsname u;
	int opt;

	while ((opt = getopt(argc, argv, "asnrvmpio")) != -1) {
		if (opt == '?')
			usage(1);
		all |= opt == 'a';
		want[opt] = true;
	}
	if (optind < argc)
		usage(1);
	if (argc == 1)
		want['s'] = true;
	if (uname(&u) < 0)
		die("uname");
	if (all || want['s'])
		print(u.sysname);
	if (all || want['n'])
		print(u.nodename);
	if (all || want['r'])
		print(u.release);
	if (all || want['v'])
		print(u.version);
	if (all || want['m'])
		print(u.machine);
	if (want['p'] || want['i']) /* left out of -a when unknown, as coreutils do */
		print("unknown");
	if (all || want['o'])
		print("GNU/Linux");
	putchar('\n');
	return finish(0);
}
