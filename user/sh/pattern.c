/*
 * Shell patterns: * ? [...] against strings, and against the names in directories.
 *
 * In a pattern a backslash makes the next character an ordinary one; that is how quoted text
 * comes here.
 */
#include "user/sh/sh.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
#include <sys/stat.h>

bool has_pattern(const char *p)
{
	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (strchr("*?[", *p))
			return true;
	}
	return false;
}

char *unescape_pattern(const char *p)
{
	char *result = arena_strndup(sh.tmp, p, strlen(p));
	char *to = result;

	for (; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		*to++ = *p;
	}
	*to = '\0';
	return result;
}

static bool in_class(const char *name, size_t n, unsigned char c)
{
	static const struct {
		const char *name;
		int (*is)(int c);
	} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum},
		       {"upper", isupper}, {"lower", islower}, {"space", isspace},
		       {"punct", ispunct}, {"print", isprint}, {"xdigit", isxdigit}};

	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strlen(classes[i].name) == n && memcmp(classes[i].name, name, n) == 0)
			return classes[i].is(c) != 0;
	}
	return false;
}

/* P stands behind "[". *END is set behind "]", or to NULL if there is none. */
static bool match_bracket(const char *p, unsigned char c, const char **end)
{
	bool invert = *p == '!' || *p == '^';
	bool match = false;
	const char *first = p += invert;

	while (*p && (*p != ']' || p == first)) {
		unsigned char low, high;
		const char *close;

		if (p[0] == '[' && p[1] == ':' && (close = strstr(p + 2, ":]"))) {
			match |= in_class(p + 2, close - (p + 2), c);
			p = close + 2;
			continue;
		}
		if (*p == '\\' && p[1])
			p++;
		low = high = *p++;
		if (p[0] == '-' && p[1] && p[1] != ']') {
			p++;
			if (*p == '\\' && p[1])
				p++;
			high = *p++;
		}
		match |= low <= c && c <= high;
	}
	*end = *p ? p + 1 : NULL;
	return match != invert;
}

bool pattern_match(const char *p, const char *s)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		const char *next = p + 1;
		bool ok;

		if (*p == '*') {
			star = ++p;
			retry = s;
			continue;
		}
		if (!*s && !*p)
			return true;
		if (!*s)
			return false;
		if (*p == '?') {
			ok = true;
		} else if (*p == '[') {
			ok = match_bracket(p + 1, *s, &next);
			if (!next) { /* no "]": an ordinary character */
				next = p + 1;
				ok = *s == '[';
			}
		} else {
			if (*p == '\\' && p[1])
				next = ++p + 1;
			ok = *p && *p == *s;
		}
		if (ok) {
			p = next;
			s++;
		} else if (star) {
			p = star;
			s = ++retry;
		} else {
			return false;
		}
	}
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *concat(const char *a, const char *b, const char *c)
{
	size_t na = strlen(a), nb = strlen(b), nc = strlen(c);
	char *s = arena_alloc(sh.tmp, na + nb + nc + 1);

	memcpy(s, a, na);
	memcpy(s + na, b, nb);
	memcpy(s + na + nb, c, nc + 1);
	return s;
}

static void glob_walk(const char *prefix, const char *pattern, struct strlist *result);

/* PATTERN's first component, up to SLASH, is a pattern: try all names in PREFIX. */
static void glob_directory(const char *prefix, const char *pattern, const char *slash,
			   struct strlist *result)
{
	char *part = arena_strndup(sh.tmp, pattern, slash - pattern);
	size_t n = strspn(slash, "/");
	char *slashes = arena_strndup(sh.tmp, slash, n);
	DIR *dir = opendir(*prefix ? prefix : ".");
	struct strlist names = {0};
	struct dirent *e;

	if (!dir)
		return;
	while ((e = readdir(dir))) {
		if ((e->d_name[0] != '.' || part[0] == '.') && pattern_match(part, e->d_name))
			list_add(&names, concat(e->d_name, "", ""));
	}
	closedir(dir);
	for (size_t i = 0; i < names.n; i++) {
		if (*slash)
			glob_walk(concat(prefix, names.v[i], slashes), slash + n, result);
		else
			list_add(result, concat(prefix, names.v[i], ""));
	}
}

static void glob_walk(const char *prefix, const char *pattern, struct strlist *result)
{
	struct stat st;

	for (;;) {
		const char *slash = pattern + strcspn(pattern, "/");
		size_t n = strspn(slash, "/");
		char *part = arena_strndup(sh.tmp, pattern, slash - pattern);

		if (has_pattern(part)) {
			glob_directory(prefix, pattern, slash, result);
			return;
		}
		prefix = concat(prefix, unescape_pattern(part), arena_strndup(sh.tmp, slash, n));
		pattern = slash + n;
		if (!*pattern)
			break;
	}
	if (lstat(prefix, &st) == 0)
		list_add(result, concat(prefix, "", ""));
}

void glob_add(char *pattern, struct strlist *result)
{
	size_t before = result->n;

	glob_walk("", pattern, result);
	if (result->n == before)
		list_add(result, unescape_pattern(pattern));
	else
		qsort(result->v + before, result->n - before, sizeof(*result->v), compare);
}
