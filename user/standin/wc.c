/* wc [-l | -c] [FILE ...]: how many lines, words and bytes. */
#define PROGRAM "wc"
#define USAGE	"[-l | -c] [FILE ...]"
#include "user/common.h"
#include <ctype.h>

static int count(const char *name, char what)
{
	FILE *f = name ? fopen(name, "r") : stdin;
	unsigned long long lines = 0, words = 0, bytes = 0;
	bool in_word = false;
	int c;

	if (!f) {
		complain_errno(name);
		return 1;
	}
	while ((c = getc(f)) != EOF) {
		bytes++;
		lines += c == '\n';
		words += !in_word && !isspace(c);
		in_word = !isspace(c);
	}
	if (what)
		printf("%llu", what == 'l' ? lines : bytes);
	else
		printf("%llu %llu %llu", lines, words, bytes);
	printf("%s%s\n", name ? " " : "", name ? name : "");
	if (name)
		fclose(f);
	return 0;
}

int main(int argc, char **argv)
{
	char what = 0;
	int status = 0, i = 1;

	if (i < argc && (strcmp(argv[i], "-l") == 0 || strcmp(argv[i], "-c") == 0))
		what = argv[i++][1];
	if (i == argc)
		status = count(NULL, what);
	for (; i < argc; i++)
		status |= count(argv[i], what);
	return finish(status);
}
