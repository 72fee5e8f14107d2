/* fnmatch(3) without the flags for paths. */
#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <string.h>

static bool in_class(const char *name, size_t n, unsigned char c)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} classes[] = {{"alnum", isalnum}, {"alpha", isalpha}, {"blank", isblank},
		       {"cntrl", iscntrl}, {"digit", isdigit}, {"graph", isgraph},
		       {"lower", islower}, {"print", isprint}, {"punct", ispunct},
		       {"space", isspace}, {"upper", isupper}, {"xdigit", isxdigit}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
			return classes[i].is(c) != 0;
	}
	return false;
}

/* P stands behind "[". Where the bracket ends, or NULL: it does not. */
static const char *match_bracket(const char *p, unsigned char c, bool *match)
{
	bool invert = *p == '!' || *p == '^', found = false;
	const char *first = p += invert, *close;

	while (*p && (*p != ']' || p == first)) {
		unsigned char low, high;

		if (p[0] == '[' && p[1] == ':' && (close = strstr(p + 2, ":]"))) {
			found |= in_class(p + 2, close - (p + 2), c);
			p = close + 2;
			continue;
		}
		p += *p == '\\' && p[1];
		low = high = *p++;
		if (p[0] == '-' && p[1] && p[1] != ']') {
			p++;
			p += *p == '\\' && p[1];
			high = *p++;
		}
		found |= low <= c && c <= high;
	}
	*match = found != invert;
	return *p ? p + 1 : NULL;
}

/* What of the pattern comes behind the part that C matches; NULL: it does not match. */
static const char *match_one(const char *p, char c)
{
	const char *end;
	bool match;

	if (*p == '[' && (end = match_bracket(p + 1, c, &match)))
		return match ? end : NULL;
	if (*p == '?')
		return p + 1;
	p += *p == '\\' && p[1];
	return *p && *p == c ? p + 1 : NULL;
}

int fnmatch(const char *p, const char *s, int flags)
{
	const char *star = NULL, *retry = NULL;

	if ((flags & FNM_PERIOD) && *s == '.' && *p != '.' && strncmp(p, "\\.", 2) != 0)
		return FNM_NOMATCH;
	while (*s || *p) {
		const char *next;

		if (*p == '*') {
			star = ++p;
			retry = s;
			continue;
		}
		next = *s ? match_one(p, *s) : NULL;
		if (next) {
			p = next;
			s++;
		} else if (*s && star) {
			p = star;
			s = ++retry;
		} else {
			return FNM_NOMATCH;
		}
	}
	return 0;
}
