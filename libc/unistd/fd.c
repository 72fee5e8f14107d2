/* Descriptors: duplicates, pipes, closing, sizes, syncing. */
#include <fcntl.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int close(int fd)
{
	return sys1(SYS_close, fd);
}

int dup(int fd)
{
	return sys1(SYS_dup, fd);
}

int dup2(int from, int to)
{
	return sys2(SYS_dup2, from, to);
}

int dup3(int from, int to, int flags)
{
	return sys3(SYS_dup3, from, to, flags);
}

int pipe(int fds[2])
{
	return sys1(SYS_pipe, fds);
}

int pipe2(int fds[2], int flags)
{
	return sys2(SYS_pipe2, fds, flags);
}

void sync(void)
{
	sys0(SYS_sync);
}
