/* head [-n LINES] [FILE]: the first lines, 10 if it is not said how many. */
#define PROGRAM "head"
#define USAGE	"[-n LINES] [FILE]"
#include "user/common.h"

int main(int argc, char **argv)
{
	long lines = 10;
	FILE *f = stdin;
	int c, i = 1;

	if (i + 1 < argc && strcmp(argv[i], "-n") == 0) {
		if (!parse_long(argv[i + 1], &lines))
			usage(1);
		i += 2;
	}
	if (i < argc && !(f = fopen(argv[i], "r")))
		die(argv[i]);
	while (lines > 0 && (c = getc(f)) != EOF) {
		putchar(c);
		lines -= c == '\n';
	}
	return finish(0);
}
