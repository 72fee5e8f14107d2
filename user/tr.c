/*
 * tr [-cds] SET1 [SET2]: replace, delete or squeeze characters. Sets: abc, a-z, \n, [:alpha:].
 */
#define PROGRAM "tr"
#define USAGE	"[-cds] SET1 [SET2]"
#include "user/common.h"
#include <ctype.h>

enum {
	CHARS = UCHAR_MAX + 1
};

struct set {
	unsigned char c[4 * CHARS];
	size_t n;
};

static void add(struct set *set, unsigned char c)
{
	if (set->n < sizeof(set->c))
		set->c[set->n++] = c;
}

static unsigned char character(const char **s)
{
	static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
	const char *p;
	int value = 0;

	if (**s != '\\' || !(*s)[1])
		return *(*s)++;
	(*s)++;
	if (**s >= '0' && **s <= '7') {
		for (int i = 0; i < 3 && **s >= '0' && **s <= '7'; i++)
			value = value * 8 + *(*s)++ - '0';
		return value;
	}
	p = strchr(from, *(*s)++);
	return p ? to[p - from] : (*s)[-1];
}

static bool add_class(struct set *set, const char **s)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} classes[] = {
		{"[:alpha:]", isalpha}, {"[:digit:]", isdigit},	  {"[:alnum:]", isalnum},
		{"[:upper:]", isupper}, {"[:lower:]", islower},	  {"[:space:]", isspace},
		{"[:blank:]", isblank}, {"[:punct:]", ispunct},	  {"[:print:]", isprint},
		{"[:graph:]", isgraph}, {"[:xdigit:]", isxdigit}, {"[:cntrl:]", iscntrl},
	};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		size_t n = strlen(classes[i].name);

		if (strncmp(*s, classes[i].name, n) != 0)
			continue;
		for (int c = 0; c < CHARS; c++) {
			if (classes[i].is(c))
				add(set, c);
		}
		*s += n;
		return true;
	}
	return false;
}

static void parse_set(struct set *set, const char *s)
{
	while (*s) {
		unsigned char from, to;

		if (add_class(set, &s))
			continue;
		from = to = character(&s);
		if (s[0] == '-' && s[1]) {
			s++;
			to = character(&s);
		}
		if (from > to) {
			complain("range-endpoints of '%c-%c' are in reverse order", from, to);
			exit(1);
		}
		for (int c = from; c <= to; c++)
			add(set, c);
	}
}

static void complement(struct set *set)
{
	bool has[CHARS] = {0};

	for (size_t i = 0; i < set->n; i++)
		has[set->c[i]] = true;
	set->n = 0;
	for (int c = 0; c < CHARS; c++) {
		if (!has[c])
			add(set, c);
	}
}

static void translate(const unsigned char *map, const bool *delete, const bool *squeeze)
{
	int c, last = EOF;

	while ((c = getchar()) != EOF) {
		if (delete[c])
			continue;
		c = map[c];
		if (squeeze[c] && c == last)
			continue;
		putchar(c);
		last = c;
	}
}

int main(int argc, char **argv)
{
	static struct set one, two;
	static unsigned char map[CHARS];
	static bool delete[CHARS], squeeze[CHARS];
	bool invert = false, deletes = false, squeezes = false;
	struct set *squeezed;
	int opt, n;

	while ((opt = getopt(argc, argv, "+cCds")) != -1) {
		if (opt == 'c' || opt == 'C')
			invert = true;
		else if (opt == 'd')
			deletes = true;
		else if (opt == 's')
			squeezes = true;
		else
			usage(1);
	}
	n = argc - optind;
	if (n < 1 || n > 2 || (n == 1 && !deletes && !squeezes) || (n == 2 && deletes && !squeezes))
		usage(1);
	parse_set(&one, argv[optind]);
	if (n == 2)
		parse_set(&two, argv[optind + 1]);
	if (invert)
		complement(&one);
	for (int c = 0; c < CHARS; c++)
		map[c] = c;
	if (n == 2 && !deletes) {
		if (two.n == 0) {
			complain("when not truncating set1, string2 must be non-empty");
			return 1;
		}
		for (size_t i = 0; i < one.n; i++)
			map[one.c[i]] = two.c[i < two.n ? i : two.n - 1];
	}
	for (size_t i = 0; deletes && i < one.n; i++)
		delete[one.c[i]] = true;
	squeezed = n == 2 ? &two : &one;
	for (size_t i = 0; squeezes && i < squeezed->n; i++)
		squeeze[squeezed->c[i]] = true;
	translate(map, delete, squeeze);
	return finish(0);
}
