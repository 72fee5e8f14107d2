/*
 * uniq [-cdui] [INPUT]: lines that follow one like them are left out.
 */
#define PROGRAM "uniq"
#define USAGE	"[-cdui] [INPUT]"
#include "user/common.h"
#include <strings.h>

static bool count, repeated, once, fold;

static void print(const char *line, unsigned long n)
{
	if ((repeated && n == 1) || (once && n > 1))
		return;
	if (count)
		printf("%7lu ", n);
	puts(line);
}

int main(int argc, char **argv)
{
	char *line = NULL, *last = NULL;
	unsigned long n = 0;
	FILE *f = stdin;
	size_t size = 0;
	ssize_t len;
	int opt;

	while ((opt = getopt(argc, argv, "cdui")) != -1) {
		if (opt == 'c')
			count = true;
		else if (opt == 'd')
			repeated = true;
		else if (opt == 'u')
			once = true;
		else if (opt == 'i')
			fold = true;
		else
			usage(1);
	}
	if (argc - optind > 1)
		usage(1);
	if (optind < argc && strcmp(argv[optind], "-") != 0 && !(f = fopen(argv[optind], "r")))
		die(argv[optind]);
	while ((len = getline(&line, &size, f)) >= 0) {
		if (len > 0 && line[len - 1] == '\n')
			line[len - 1] = '\0';
		if (last && (fold ? strcasecmp(line, last) : strcmp(line, last)) == 0) {
			n++;
			continue;
		}
		if (last)
			print(last, n);
		free(last);
		last = copy_string(line);
		n = 1;
	}
	if (last)
		print(last, n);
	return finish(0);
}
