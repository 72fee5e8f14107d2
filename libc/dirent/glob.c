/* glob(3): a directory is read only for a part of the pattern that needs it. */
#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int walk(const char *prefix, const char *pattern, glob_t *found);

static int add(const char *path, glob_t *found)
{
	char **paths = realloc(found->gl_pathv, (found->gl_pathc + 2) * sizeof(*paths));
	char *copy = paths ? strdup(path) : NULL;

	if (paths)
		found->gl_pathv = paths;
	if (!copy)
		return GLOB_NOSPACE;
	paths[found->gl_pathc++] = copy;
	paths[found->gl_pathc] = NULL;
	return 0;
}

/* The part without its backslashes; false: it has *, ? or [, or is too long. */
static bool plain(const char *part, size_t n, char *to, size_t size)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		if (strchr("*?[", part[i]))
			return false;
		i += part[i] == '\\' && i + 1 < n;
		if (length + 1 == size)
			return false;
		to[length++] = part[i];
	}
	to[length] = '\0';
	return true;
}

/* All names in the directory PREFIX that match PART, and under them what REST matches. */
static int walk_directory(const char *prefix, const char *part, const char *rest, glob_t *found)
{
	DIR *dir = opendir(*prefix ? prefix : ".");
	char path[PATH_MAX];
	struct dirent *entry;
	int error = 0;

	while (dir && !error && (entry = readdir(dir))) {
		if (fnmatch(part, entry->d_name, FNM_PERIOD) != 0)
			continue;
		if (snprintf(path, sizeof(path), "%s%s", prefix, entry->d_name) < (int)sizeof(path))
			error = *rest ? walk(path, rest, found) : add(path, found);
	}
	if (dir)
		closedir(dir);
	return error;
}

/* What PATTERN matches behind PREFIX, which has no more to be matched. */
static int walk(const char *prefix, const char *pattern, glob_t *found)
{
	size_t slashes = strspn(pattern, "/"), n = strcspn(pattern + slashes, "/");
	char path[PATH_MAX], part[NAME_MAX + 1];
	struct stat st;

	if (!*pattern)
		return lstat(prefix, &st) == 0 ? add(prefix, found) : 0;
	if (plain(pattern + slashes, n, part, sizeof(part))) {
		if (snprintf(path, sizeof(path), "%s%.*s%s", prefix, (int)slashes, pattern, part) >=
		    (int)sizeof(path))
			return 0;
		return walk(path, pattern + slashes + n, found);
	}
	if (n >= sizeof(part) || snprintf(path, sizeof(path), "%s%.*s", prefix, (int)slashes,
					  pattern) >= (int)sizeof(path))
		return 0;
	memcpy(part, pattern + slashes, n);
	part[n] = '\0';
	return walk_directory(path, part, pattern + slashes + n, found);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int glob(const char *pattern, int flags, int (*errfunc)(const char *path, int error), glob_t *found)
{
	int error;

	*found = (glob_t){0};
	error = walk("", pattern, found);
	if (error || found->gl_pathc == 0) {
		globfree(found);
		return error ? error : GLOB_NOMATCH;
	}
	qsort(found->gl_pathv, found->gl_pathc, sizeof(*found->gl_pathv), compare);
	return 0;
}

void globfree(glob_t *found)
{
	for (size_t i = 0; i < found->gl_pathc; i++)
		free(found->gl_pathv[i]);
	free(found->gl_pathv);
	*found = (glob_t){0};
}
