/*
 * seq [-w] [-s STRING] [FIRST [STEP]] LAST: print numbers.
 */
#define PROGRAM "seq"
#define USAGE	"[-w] [-s STRING] [FIRST [STEP]] LAST"
#include "user/common.h"

static long long number(const char *s)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(s, &end, 10);
	if (end == s || *end || errno) {
		complain("not a whole number: %s", s);
		exit(1);
	}
	return n;
}

int main(int argc, char **argv)
{
	long long first = 1, step = 1, last;
	const char *separator = "\n";
	bool equal_width = false, any = false;
	int i = 1, n, width = 0, w;

	for (; i < argc && argv[i][0] == '-' && (argv[i][1] == 'w' || argv[i][1] == 's'); i++) {
		if (strcmp(argv[i], "-w") == 0)
			equal_width = true;
		else if (argv[i][1] == 's' && argv[i][2])
			separator = argv[i] + 2;
		else if (argv[i][1] == 's' && i + 1 < argc)
			separator = argv[++i];
		else
			usage(1);
	}
	n = argc - i;
	if (n < 1 || n > 3)
		usage(1);
	last = number(argv[argc - 1]);
	if (n > 1)
		first = number(argv[i]);
	if (n > 2)
		step = number(argv[i + 1]);
	if (step == 0) {
		complain("the step must not be 0");
		return 1;
	}
	if (equal_width) {
		width = snprintf(NULL, 0, "%lld", first);
		w = snprintf(NULL, 0, "%lld", last);
		width = w > width ? w : width;
	}
	for (long long x = first; step > 0 ? x <= last : x >= last; x += step) {
		printf("%s%0*lld", any ? separator : "", width, x);
		any = true;
		if (step > 0 ? x > LLONG_MAX - step : x < LLONG_MIN - step)
			break;
	}
	if (any)
		putchar('\n');
	return finish(0);
}
