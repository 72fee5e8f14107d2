/*
 * Reading files of /proc without stdio and malloc, which would change what is looked at.
 */
#ifndef TESTS_GUEST_PROCFILE_H
#define TESTS_GUEST_PROCFILE_H

#include "check.h"
#include <fcntl.h>

static char proc_text[65536];

/* The whole of an open file, `step` bytes at a time, from where it stands; => its length. */
__attribute__((unused)) static int slurp_fd(int fd, char *text, int size, int step)
{
	int n, length = 0;

	while ((n = read(fd, text + length, length + step < size ? step : size - 1 - length)) > 0)
		length += n;
	CHECK(n == 0 || length == size - 1);
	text[length] = 0;
	return length;
}

/* The text of a file, valid until the next call. */
__attribute__((unused)) static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		CHECK_FAIL("cannot open %s: errno %d", path, errno);
	slurp_fd(fd, proc_text, sizeof(proc_text), 4096);
	close(fd);
	return proc_text;
}

/* The same of a file of process `pid`. */
__attribute__((unused)) static char *slurp_pid(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return slurp(path);
}

/* open, read: 0 or the errno of the first that failed. */
__attribute__((unused)) static int try_read(const char *path)
{
	int fd = open(path, O_RDONLY), err = 0;

	if (fd < 0)
		return errno;
	if (read(fd, proc_text, 512) < 0)
		err = errno;
	close(fd);
	return err;
}

/* open, write: the bytes written, or -errno of the first that failed. */
__attribute__((unused)) static int try_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* The number behind "name" at the beginning of a line. */
__attribute__((unused)) static long long field(const char *text, const char *name)
{
	size_t length = strlen(name);
	const char *line = text;

	while (line && strncmp(line, name, length)) {
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	if (!line)
		CHECK_FAIL("there is no line %s", name);
	return strtoll(line + length, NULL, 0);
}

/* Frame numbers and the like are for the administrator only. */
__attribute__((unused)) static void need_root(void)
{
	if (geteuid() != 0)
		SKIP("not root");
}

/* A child that waits to be killed, once it has done `prepare`. */
__attribute__((unused)) static pid_t start_child(void (*prepare)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK(pipe(ready) == 0);
	pid = fork();
	if (!pid) {
		if (prepare)
			prepare();
		CHECK_EQ(write(ready[1], "", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

__attribute__((unused)) static void end_child(pid_t pid)
{
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

#endif
