/*
 * head [-n LINES | -c BYTES] [FILE ...]: the first part of files.
 */
#define PROGRAM "head"
#define USAGE	"[-qv] [-n LINES | -c BYTES] [FILE ...]"
#include "user/common.h"

static long count = 10;
static bool bytes;

static int print_head(FILE *f, const char *name)
{
	long left = count;
	int c;

	while (left > 0 && (c = getc(f)) != EOF) {
		putchar(c);
		if (bytes || c == '\n')
			left--;
	}
	if (!ferror(f))
		return 0;
	complain_errno(name);
	return 1;
}

static int print_file(const char *name, bool title)
{
	static bool first = true;
	bool std = strcmp(name, "-") == 0;
	FILE *f = std ? stdin : fopen(name, "r");
	int status;

	if (!f) {
		complain_errno(name);
		return 1;
	}
	if (title)
		printf("%s==> %s <==\n", first ? "" : "\n", std ? "standard input" : name);
	first = false;
	status = print_head(f, name);
	if (!std)
		fclose(f);
	return status;
}

int main(int argc, char **argv)
{
	bool quiet = false, verbose = false;
	int opt, status = 0;

	if (argc > 1 && argv[1][0] == '-' && parse_long(argv[1] + 1, &count) && count >= 0) {
		argv[1] = argv[0]; /* head -5 */
		argv++;
		argc--;
	}
	while ((opt = getopt(argc, argv, "n:c:qv")) != -1) {
		if (opt == 'q') {
			quiet = true;
		} else if (opt == 'v') {
			verbose = true;
		} else if (opt == '?') {
			usage(1);
		} else {
			bytes = opt == 'c';
			if (!parse_long(optarg, &count) || count < 0) {
				complain("bad number: %s", optarg);
				return 1;
			}
		}
	}
	if (optind == argc)
		return finish(print_file("-", verbose));
	for (int i = optind; i < argc; i++)
		status |= print_file(argv[i], verbose || (argc - optind > 1 && !quiet));
	return finish(status);
}
