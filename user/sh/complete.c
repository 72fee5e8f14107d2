/*
 * Tab completion: names of commands at the start of a command, names of files elsewhere.
 */
#include "user/sh/sh.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct want {
	const char *start;
	struct strlist *result;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *concat(const char *a, size_t na, const char *b, const char *c)
{
	size_t nb = strlen(b), nc = strlen(c);
	char *s = arena_alloc(sh.tmp, na + nb + nc + 1);

	memcpy(s, a, na);
	memcpy(s + na, b, nb);
	memcpy(s + na + nb, c, nc + 1);
	return s;
}

/* Names in DIR that begin with PART; each gets the first PREFIX characters of START in front. */
static void complete_in(const char *dir, const char *start, size_t prefix, struct strlist *result)
{
	const char *part = start + prefix;
	size_t n = strlen(part);
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		struct stat st;
		char *path;

		if (strncmp(e->d_name, part, n) != 0 || (e->d_name[0] == '.' && *part != '.'))
			continue;
		path = concat(dir, strlen(dir), "/", e->d_name);
		list_add(result, concat(start, prefix, e->d_name,
					stat(path, &st) == 0 && S_ISDIR(st.st_mode) ? "/" : ""));
	}
	if (d)
		closedir(d);
}

static void want_builtin(const char *name, void *arg)
{
	struct want *w = arg;

	if (strncmp(name, w->start, strlen(w->start)) == 0)
		list_add(w->result, concat("", 0, name, ""));
}

static void complete_command(const char *start, struct strlist *result)
{
	const char *path = var_get("PATH");
	struct want want = {start, result};

	each_builtin(want_builtin, &want);
	for (const char *p = path ? path : ""; *p;) {
		size_t n = strcspn(p, ":");

		complete_in(arena_strndup(sh.tmp, p, n), start, 0, result);
		p += n + (p[n] == ':');
	}
}

void complete_word(const char *start, bool command, struct strlist *result)
{
	const char *slash = strrchr(start, '/');
	size_t to = 0;

	if (command && !slash) {
		complete_command(start, result);
	} else if (!slash) {
		complete_in(".", start, 0, result);
	} else {
		size_t n = slash + 1 - start;

		complete_in(arena_strndup(sh.tmp, start, n), start, n, result);
	}
	if (result->n)
		qsort(result->v, result->n, sizeof(*result->v), compare);
	for (size_t i = 0; i < result->n; i++) {
		if (i == 0 || strcmp(result->v[i], result->v[to - 1]) != 0)
			result->v[to++] = result->v[i];
	}
	result->n = to;
}
