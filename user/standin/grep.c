/*
 * grep [-cv] PATTERN [FILE]: the lines that match; . * ^ $ have a meaning, as in the small matcher
 * of Kernighan and Pike.
 */
#define PROGRAM "grep"
#define USAGE	"[-cv] PATTERN [FILE]"
#include "user/common.h"

static bool match_here(const char *p, const char *s)
{
	if (!*p)
		return true;
	if (p[0] == '$' && !p[1])
		return !*s;
	if (p[1] == '*') {
		do {
			if (match_here(p + 2, s))
				return true;
		} while (*s && (*s++ == p[0] || p[0] == '.'));
		return false;
	}
	return *s && (p[0] == '.' || p[0] == *s) && match_here(p + 1, s + 1);
}

static bool match(const char *p, const char *s)
{
	if (*p == '^')
		return match_here(p + 1, s);
	do {
		if (match_here(p, s))
			return true;
	} while (*s++);
	return false;
}

int main(int argc, char **argv)
{
	bool only_count = false, invert = false;
	static char line[65536];
	unsigned long n = 0;
	FILE *f = stdin;
	int opt;

	while ((opt = getopt(argc, argv, "cv")) != -1) {
		only_count |= opt == 'c';
		invert |= opt == 'v';
		if (opt == '?')
			usage(2);
	}
	if (optind == argc || optind + 2 < argc)
		usage(2);
	if (optind + 1 < argc && !(f = fopen(argv[optind + 1], "r"))) {
		complain_errno(argv[optind + 1]);
		return 2;
	}
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (match(argv[optind], line) == invert)
			continue;
		n++;
		if (!only_count)
			puts(line);
	}
	if (only_count)
		printf("%lu\n", n);
	return finish(n == 0);
}
