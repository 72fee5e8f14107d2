/* head [-n LINES | -c BYTES] [FILE]: the start of a file, 10 lines if it is not said how much. */
#define PROGRAM "head"
#define USAGE	"[-n LINES | -c BYTES] [FILE]"
#include "user/common.h"

int main(int argc, char **argv)
{
	bool bytes = argc > 2 && strcmp(argv[1], "-c") == 0;
	bool told = bytes || (argc > 2 && strcmp(argv[1], "-n") == 0);
	const char *name = argv[told ? 3 : 1];
	FILE *f = name ? fopen(name, "r") : stdin;
	long left = 10;
	int c;

	if (told && !parse_long(argv[2], &left))
		usage(1);
	if (!f)
		die(name);
	while (left > 0 && (c = getc(f)) != EOF) {
		putchar(c);
		left -= bytes || c == '\n';
	}
	return finish(0);
}
