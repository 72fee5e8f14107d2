/* The working directory and the root. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int chdir(const char *path)
{
	return sys1(SYS_chdir, path);
}

/* Without a buffer of the caller's the path is allocated, as in glibc. */
char *getcwd(char *buf, size_t size)
{
	char path[PATH_MAX];

	if (buf && size == 0) {
		errno = EINVAL;
		return NULL;
	}
	if (buf)
		return sys2(SYS_getcwd, buf, size) < 0 ? NULL : buf;
	if (sys2(SYS_getcwd, path, sizeof(path)) < 0)
		return NULL;
	if (size && strlen(path) >= size) {
		errno = ERANGE;
		return NULL;
	}
	return strdup(path);
}
