/* The exec family. All lead to execve. */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define DEFAULT_PATH "/bin:/usr/bin"

int execve(const char *path, char *const argv[], char *const envp[])
{
	return sys3(SYS_execve, path, argv, envp);
}

/* What the kernel does not recognise is taken for a script without a #! line. */
static void exec_or_script(const char *path, char *const argv[], char *const envp[])
{
	size_t argc = 0;

	execve(path, argv, envp);
	if (errno != ENOEXEC)
		return;
	while (argv[argc])
		argc++;

	char *args[argc + 3];

	/* argv[0] gives way to these two; the final NULL is copied along. */
	args[0] = "/bin/sh";
	args[1] = (char *)path;
	args[2] = NULL;
	if (argc)
		memcpy(args + 2, argv + 1, argc * sizeof(*argv));
	execve(args[0], args, envp);
}

/* Tries file in one directory of PATH (up to a colon; an empty one is the current). */
static void exec_in(const char *dir, size_t len, const char *file, char *const argv[],
		    char *const envp[])
{
	size_t file_len = strlen(file);
	char path[PATH_MAX];

	if (len + file_len + 2 > sizeof(path)) {
		errno = ENAMETOOLONG;
		return;
	}
	memcpy(path, dir, len);
	if (len)
		path[len++] = '/';
	memcpy(path + len, file, file_len + 1);
	exec_or_script(path, argv, envp);
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	const char *path = getenv("PATH");
	int denied = 0;

	if (*file == '\0') {
		errno = ENOENT;
		return -1;
	}
	if (strchr(file, '/')) {
		exec_or_script(file, argv, envp);
		return -1;
	}
	if (!path)
		path = DEFAULT_PATH;
	for (;;) {
		size_t len = strcspn(path, ":");

		exec_in(path, len, file, argv, envp);
		if (errno == EACCES)
			denied = 1;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -1;
		if (path[len] == '\0')
			break;
		path += len + 1;
	}
	if (denied)
		errno = EACCES;
	return -1;
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* The arguments up to and with the NULL, the first one (already taken) included. */
static size_t count_args(va_list ap, const char *arg)
{
	size_t n = 1;

	for (; arg; n++)
		arg = va_arg(ap, const char *);
	return n;
}

static void collect_args(char **argv, size_t n, const char *arg, va_list ap)
{
	size_t i;

	argv[0] = (char *)arg;
	for (i = 1; i < n; i++)
		argv[i] = va_arg(ap, char *);
}

int execl(const char *path, const char *arg, ...)
{
	size_t n;
	va_list ap;

	va_start(ap, arg);
	n = count_args(ap, arg);
	va_end(ap);

	char *argv[n];

	va_start(ap, arg);
	collect_args(argv, n, arg, ap);
	va_end(ap);
	return execve(path, argv, environ);
}
