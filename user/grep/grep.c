/*
 * grep [OPTION ...] PATTERN [FILE ...]: print the lines that match.
 */
#define PROGRAM "grep"
#define USAGE	"[-EFGHLRachilnoqrsvwx] [-m NUM] [-e PATTERN ... | PATTERN] [FILE ...]"
#include "user/common.h"
#include "user/grep/regex.h"
#include <dirent.h>

static struct {
	bool text, count, names_only, missing_only, invert, number, only, quiet, silent, recursive;
	bool titles;
	long max;
} opt = {.max = -1};

static struct regex *re;
static bool found, failed;

static void problem(const char *name)
{
	if (!opt.silent)
		complain_errno(name);
	failed = true;
}

static void print_prefix(const char *name, unsigned long line)
{
	if (opt.titles)
		printf("%s:", name);
	if (opt.number)
		printf("%lu:", line);
}

/* -o: each match on a line of its own. */
static void print_matches(const char *name, unsigned long number, const char *s, size_t n)
{
	size_t at = 0, start, end;

	while (at <= n && regex_search(re, s, n, at, &start, &end)) {
		if (end > start) {
			print_prefix(name, number);
			fwrite(s + start, 1, end - start, stdout);
			putchar('\n');
		}
		at = end > start ? end : start + 1;
	}
}

static void print_line(const char *name, unsigned long number, const char *s, size_t n)
{
	if (opt.only) {
		if (!opt.invert)
			print_matches(name, number, s, n);
		return;
	}
	print_prefix(name, number);
	fwrite(s, 1, n, stdout);
	putchar('\n');
}

static void print_summary(const char *name, unsigned long matches)
{
	if (opt.quiet)
		return;
	if (opt.missing_only || opt.names_only) {
		if (opt.missing_only == (matches == 0))
			puts(name);
	} else if (opt.count) {
		if (opt.titles)
			printf("%s:", name);
		printf("%lu\n", matches);
	}
}

static void grep_stream(FILE *f, const char *name)
{
	bool lines = !opt.quiet && !opt.count && !opt.names_only && !opt.missing_only;
	unsigned long number = 0, matches = 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while (opt.max != 0 && (n = getline(&line, &size, f)) >= 0) {
		number++;
		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (regex_search(re, line, n, 0, NULL, NULL) == opt.invert)
			continue;
		matches++;
		if (lines && !opt.text && memchr(line, '\0', n)) {
			fflush(stdout);
			printf("%s: %s: binary file matches\n", PROGRAM, name);
			break;
		}
		if (lines)
			print_line(name, number, line, n);
		if (opt.quiet || opt.names_only || opt.missing_only ||
		    (opt.max > 0 && matches == (unsigned long)opt.max))
			break;
	}
	free(line);
	if (ferror(f))
		problem(name);
	found |= opt.missing_only ? matches == 0 : matches > 0;
	print_summary(name, matches);
}

static void grep_file(const char *name, bool argument);

static void grep_directory(const char *name)
{
	DIR *dir = opendir(name);
	struct dirent *e;

	if (!dir) {
		problem(name);
		return;
	}
	while ((e = readdir(dir))) {
		char *path;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		path = join_path(name, e->d_name);
		grep_file(path, false);
		free(path);
	}
	closedir(dir);
}

static void grep_file(const char *name, bool argument)
{
	struct stat st;
	FILE *f;

	if (strcmp(name, "-") == 0 && argument) {
		grep_stream(stdin, "(standard input)");
		return;
	}
	if ((argument ? stat(name, &st) : lstat(name, &st)) < 0) {
		problem(name);
		return;
	}
	if (S_ISDIR(st.st_mode) && opt.recursive) {
		grep_directory(name);
		return;
	}
	if (!argument && !S_ISREG(st.st_mode))
		return;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		problem(name);
		return;
	}
	f = fopen(name, "r");
	if (!f) {
		problem(name);
		return;
	}
	grep_stream(f, name);
	fclose(f);
}

struct patterns {
	char **v;
	size_t n;
};

/* Each line of TEXT is a pattern. */
static void add_patterns(struct patterns *p, const char *text)
{
	char *copy = copy_string(text), *line;

	while ((line = strsep(&copy, "\n"))) {
		p->v = allocate(p->v, (p->n + 1) * sizeof(*p->v));
		p->v[p->n++] = line;
	}
}

static void simple_option(int letter)
{
	switch (letter) {
	case 'a':
		opt.text = true;
		break;
	case 'c':
		opt.count = true;
		break;
	case 'l':
		opt.names_only = true;
		break;
	case 'L':
		opt.missing_only = true;
		break;
	case 'n':
		opt.number = true;
		break;
	case 'o':
		opt.only = true;
		break;
	case 'q':
		opt.quiet = true;
		break;
	case 'r':
	case 'R':
		opt.recursive = true;
		break;
	case 's':
		opt.silent = true;
		break;
	case 'v':
		opt.invert = true;
		break;
	default:
		usage(2);
	}
}

static int parse_options(int argc, char **argv, struct patterns *patterns, int *titles)
{
	int letter, flags = 0;

	while ((letter = getopt(argc, argv, "EFGHLRace:hilm:noqrsvwx")) != -1) {
		if (letter == 'E')
			flags = (flags & ~RE_FIXED) | RE_EXTENDED;
		else if (letter == 'F')
			flags = (flags & ~RE_EXTENDED) | RE_FIXED;
		else if (letter == 'G')
			flags &= ~(RE_EXTENDED | RE_FIXED);
		else if (letter == 'i')
			flags |= RE_ICASE;
		else if (letter == 'w')
			flags |= RE_WORD;
		else if (letter == 'x')
			flags |= RE_LINE;
		else if (letter == 'e')
			add_patterns(patterns, optarg);
		else if (letter == 'H' || letter == 'h')
			*titles = letter == 'H';
		else if (letter != 'm')
			simple_option(letter);
		else if (!parse_long(optarg, &opt.max))
			usage(2);
	}
	return flags;
}

int main(int argc, char **argv)
{
	struct patterns patterns = {0};
	int titles = -1;
	int flags = parse_options(argc, argv, &patterns, &titles);
	const char *error;

	if (!patterns.n) {
		if (optind == argc)
			usage(2);
		add_patterns(&patterns, argv[optind++]);
	}
	re = regex_compile(patterns.v, patterns.n, flags, &error);
	if (!re) {
		complain("%s", error);
		return 2;
	}
	opt.titles = titles >= 0 ? titles : argc - optind > 1 || opt.recursive;
	if (optind == argc)
		grep_file(opt.recursive ? "." : "-", true);
	for (int i = optind; i < argc; i++)
		grep_file(argv[i], true);
	if (found && (opt.quiet || !failed))
		return finish(0);
	return finish(failed ? 2 : 1);
}
