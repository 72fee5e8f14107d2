/* A stream to or from a shell command. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libc/stdio/stdio_impl.h"

/* The child's end becomes its stdin or stdout; the other streams of popen are not for it. */
static _Noreturn void run(const char *command, int fd, int target)
{
	FILE *f;

	for (f = __streams; f; f = f->next) {
		if (f->pid)
			close(f->fd);
	}
	/* dup2 onto itself would leave the close-on-exec flag set. */
	if (fd == target)
		fcntl(fd, F_SETFD, 0);
	else
		dup2(fd, target);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

FILE *popen(const char *command, const char *mode)
{
	int reading = *mode == 'r', ends[2];
	FILE *f = NULL;
	pid_t pid;

	if ((*mode != 'r' && *mode != 'w') || mode[1 + strspn(mode + 1, reading ? "re" : "we")]) {
		errno = EINVAL;
		return NULL;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	pid = fork();
	if (pid == 0)
		run(command, ends[reading], reading ? STDOUT_FILENO : STDIN_FILENO);
	close(ends[reading]);
	if (pid > 0)
		f = __new_stream(ends[!reading], reading ? FILE_READ : FILE_WRITE);
	if (!f) {
		close(ends[!reading]);
		return NULL;
	}
	if (!strchr(mode, 'e'))
		fcntl(f->fd, F_SETFD, 0);
	f->pid = pid;
	return f;
}

int pclose(FILE *f)
{
	pid_t pid = f->pid;
	int status;

	fclose(f);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return status;
}
