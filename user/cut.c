/*
 * cut -c LIST | -f LIST [-d CHAR] [-s] [FILE ...]: parts of each line. LIST: 1,3-5,7-
 */
#define PROGRAM "cut"
#define USAGE	"-b LIST | -c LIST | -f LIST [-d CHAR] [-s] [FILE ...]"
#include "user/common.h"

struct range {
	long from, to;
};

static struct range ranges[64];
static int n_ranges;
static int delimiter = '\t';
static bool fields, only_delimited;

static void parse_list(char *s)
{
	char *part;

	while ((part = strsep(&s, ","))) {
		struct range r = {1, LONG_MAX};
		char *end = part;

		if (*part != '-')
			r.from = r.to = strtol(part, &end, 10);
		if (*end == '-') {
			r.to = LONG_MAX;
			if (end[1])
				r.to = strtol(end + 1, &end, 10);
			else
				end++;
		}
		if (end == part || *end || r.from < 1 || r.to < r.from ||
		    n_ranges == sizeof(ranges) / sizeof(ranges[0])) {
			complain("invalid list: %s", part);
			exit(1);
		}
		ranges[n_ranges++] = r;
	}
}

static bool selected(long i)
{
	for (int k = 0; k < n_ranges; k++) {
		if (ranges[k].from <= i && i <= ranges[k].to)
			return true;
	}
	return false;
}

static void cut_fields(const char *line)
{
	bool first = true;

	if (!strchr(line, delimiter)) {
		if (!only_delimited)
			puts(line);
		return;
	}
	for (long i = 1; line; i++) {
		const char *end = strchr(line, delimiter);
		size_t n = end ? (size_t)(end - line) : strlen(line);

		if (selected(i)) {
			if (!first)
				putchar(delimiter);
			fwrite(line, 1, n, stdout);
			first = false;
		}
		line = end ? end + 1 : NULL;
	}
	putchar('\n');
}

static void cut_bytes(const char *line)
{
	for (long i = 1; *line; i++, line++) {
		if (selected(i))
			putchar(*line);
	}
	putchar('\n');
}

static void cut(FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (fields)
			cut_fields(line);
		else
			cut_bytes(line);
	}
	free(line);
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "b:c:f:d:s")) != -1) {
		if (opt == 'b' || opt == 'c' || opt == 'f') {
			fields = opt == 'f';
			parse_list(optarg);
		} else if (opt == 'd') {
			delimiter = (unsigned char)*optarg;
		} else if (opt == 's') {
			only_delimited = true;
		} else {
			usage(1);
		}
	}
	if (!n_ranges)
		usage(1);
	if (optind == argc)
		cut(stdin);
	for (; optind < argc; optind++) {
		FILE *f = strcmp(argv[optind], "-") == 0 ? stdin : fopen(argv[optind], "r");

		if (!f) {
			complain_errno(argv[optind]);
			status = 1;
			continue;
		}
		cut(f);
		if (f != stdin)
			fclose(f);
	}
	return finish(status);
}
