/*
 * sort [-nrufb] [-t CHAR] [-k FROM[,TO]] [FILE ...]: sort lines, by bytes, numbers or fields.
 */
#define PROGRAM "sort"
#define USAGE	"[-nrufb] [-t CHAR] [-k FROM[,TO]] [-o FILE] [FILE ...]"
#include "user/common.h"
#include <ctype.h>

struct key {
	long from, to; /* fields, from 1; to 0: up to the end of the line */
	bool numeric, reverse, fold, blanks;
};

static struct key keys[8];
static int n_keys;
static struct key whole = {.from = 1}; /* the options without a key */
static int separator = -1;
static bool unique;

struct line {
	char *text;
	size_t index; /* where it stood: equal lines keep their order */
};

static struct line *lines;
static size_t n_lines, cap_lines;

static void read_lines(FILE *f, const char *name)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getline(&line, &size, f)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		if (n_lines == cap_lines)
			lines = allocate(lines, (cap_lines = 2 * cap_lines + 64) * sizeof(*lines));
		lines[n_lines] = (struct line){copy_string(line), n_lines};
		n_lines++;
	}
	free(line);
	if (ferror(f))
		die(name);
}

/* Where the field I (from 1) begins. A field without -t takes the blanks before it along. */
static const char *field_start(const char *s, long i)
{
	for (; i > 1 && *s; i--) {
		if (separator >= 0) {
			while (*s && *s != separator)
				s++;
			s += *s != '\0';
		} else {
			while (*s && isblank((unsigned char)*s))
				s++;
			while (*s && !isblank((unsigned char)*s))
				s++;
		}
	}
	return s;
}

static const char *field_end(const char *s, long i)
{
	const char *end;

	if (i == 0)
		return s + strlen(s);
	end = field_start(s, i + 1);
	if (separator >= 0 && end > s && end[-1] == separator)
		end--;
	return end;
}

/* The numbers at the start of two fields; no number counts as 0. */
static int compare_numbers(const char *a, const char *ae, const char *b, const char *be)
{
	char x[64], y[64];
	double dx, dy;

	snprintf(x, sizeof(x), "%.*s", (int)(ae - a), a);
	snprintf(y, sizeof(y), "%.*s", (int)(be - b), b);
	dx = strtod(x, NULL);
	dy = strtod(y, NULL);
	return dx < dy ? -1 : dx > dy;
}

static int compare_text(const struct key *k, const char *a, const char *ae, const char *b,
			const char *be)
{
	for (;; a++, b++) {
		int x = a < ae ? (unsigned char)*a : -1;
		int y = b < be ? (unsigned char)*b : -1;

		if (k->fold) {
			x = x < 0 ? x : toupper(x);
			y = y < 0 ? y : toupper(y);
		}
		if (x != y || x < 0)
			return x < y ? -1 : x > y;
	}
}

static int compare_key(const struct key *k, const char *a, const char *b)
{
	const char *as = field_start(a, k->from), *ae = field_end(a, k->to);
	const char *bs = field_start(b, k->from), *be = field_end(b, k->to);
	int d;

	if (k->blanks) {
		while (as < ae && isblank((unsigned char)*as))
			as++;
		while (bs < be && isblank((unsigned char)*bs))
			bs++;
	}
	if (ae < as)
		ae = as;
	if (be < bs)
		be = bs;
	d = k->numeric ? compare_numbers(as, ae, bs, be) : compare_text(k, as, ae, bs, be);
	return k->reverse ? -d : d;
}

static int compare_keys(const char *a, const char *b)
{
	int d = 0;

	for (int i = 0; i < n_keys && d == 0; i++)
		d = compare_key(&keys[i], a, b);
	return n_keys ? d : compare_key(&whole, a, b);
}

static int compare(const void *pa, const void *pb)
{
	const struct line *a = pa, *b = pb;
	int d = compare_keys(a->text, b->text);

	if (d == 0 && !unique) {
		d = strcmp(a->text, b->text); /* so that the order is always the same */
		d = whole.reverse ? -d : d;
	}
	return d ? d : a->index < b->index ? -1 : a->index > b->index;
}

static bool set_flag(struct key *k, char c)
{
	if (c == 'n')
		k->numeric = true;
	else if (c == 'r')
		k->reverse = true;
	else if (c == 'f')
		k->fold = true;
	else if (c == 'b')
		k->blanks = true;
	else
		return false;
	return true;
}

static void add_key(const char *s)
{
	struct key k = {0};
	char *end;

	k.from = strtol(s, &end, 10);
	while (set_flag(&k, *end))
		end++;
	if (*end == ',')
		k.to = strtol(end + 1, &end, 10);
	while (set_flag(&k, *end))
		end++;
	if (k.from < 1 || *end || n_keys == sizeof(keys) / sizeof(keys[0])) {
		complain("invalid key: %s", s);
		exit(2);
	}
	keys[n_keys++] = k;
}

/* A key without flags of its own takes those given for the whole line. */
static void inherit(struct key *k)
{
	if (k->numeric || k->reverse || k->fold || k->blanks)
		return;
	k->numeric = whole.numeric;
	k->reverse = whole.reverse;
	k->fold = whole.fold;
	k->blanks = whole.blanks;
}

int main(int argc, char **argv)
{
	const char *output = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "nrufbt:k:o:")) != -1) {
		if (opt == 'u')
			unique = true;
		else if (opt == 't')
			separator = (unsigned char)*optarg;
		else if (opt == 'k')
			add_key(optarg);
		else if (opt == 'o')
			output = optarg;
		else if (!set_flag(&whole, opt))
			usage(2);
	}
	for (int i = 0; i < n_keys; i++)
		inherit(&keys[i]);
	if (optind == argc)
		read_lines(stdin, "standard input");
	for (; optind < argc; optind++) {
		FILE *f = strcmp(argv[optind], "-") == 0 ? stdin : fopen(argv[optind], "r");

		if (!f) {
			complain_errno(argv[optind]);
			return 2;
		}
		read_lines(f, argv[optind]);
		if (f != stdin)
			fclose(f);
	}
	if (n_lines)
		qsort(lines, n_lines, sizeof(*lines), compare);
	if (output && !freopen(output, "w", stdout)) {
		complain_errno(output);
		return 2;
	}
	for (size_t i = 0; i < n_lines; i++) {
		if (!unique || i == 0 || compare_keys(lines[i - 1].text, lines[i].text) != 0)
			puts(lines[i].text);
	}
	return finish(0);
}
