/* Splitting paths: GNU's basename, and POSIX's pair, which may change its argument. */
#include <libgen.h>
#undef basename
#include <string.h>

/* Cuts off slashes at the end, but not the only character. */
static char *behind_slash(const char *path)
{
	char *slash = strrchr(path, '/');

	return slash ? slash + 1 : (char *)path;
}

static void trim(char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		path[--len] = '\0';
}

char *__xpg_basename(char *path)
{
	if (!path || *path == '\0')
		return ".";
	trim(path);
	return path[1] == '\0' ? path : behind_slash(path);
}

char *dirname(char *path)
{
	char *slash;

	if (!path || *path == '\0')
		return ".";
	trim(path);
	slash = strrchr(path, '/');
	if (!slash)
		return ".";
	slash[slash == path] = '\0';
	trim(path);
	return path;
}
