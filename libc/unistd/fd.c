/* Descriptors: duplicates, pipes, closing, sizes, syncing. */
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

int close(int fd)
{
	return sys1(SYS_close, fd);
}

int close_range(unsigned int first, unsigned int last, int flags)
{
	return sys3(SYS_close_range, first, last, flags);
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

int fsync(int fd)
{
	return sys1(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return sys1(SYS_fdatasync, fd);
}

void sync(void)
{
	sys0(SYS_sync);
}

int syncfs(int fd)
{
	return sys1(SYS_syncfs, fd);
}

int truncate(const char *path, off_t len)
{
	return sys3(SYS_truncate64, path, LOW(len), HIGH(len));
}

int ftruncate(int fd, off_t len)
{
	return sys3(SYS_ftruncate64, fd, LOW(len), HIGH(len));
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
	return sys6(SYS_fallocate, fd, mode, LOW(offset), HIGH(offset), LOW(len), HIGH(len));
}

/* These two return the error instead of setting errno. */
int posix_fallocate(int fd, off_t offset, off_t len)
{
	return -raw6(SYS_fallocate, fd, 0, LOW(offset), HIGH(offset), LOW(len), HIGH(len));
}

int posix_fadvise(int fd, off_t offset, off_t len, int advice)
{
	return -raw6(SYS_fadvise64_64, fd, LOW(offset), HIGH(offset), LOW(len), HIGH(len), advice);
}

ssize_t readahead(int fd, off_t offset, size_t count)
{
	return sys4(SYS_readahead, fd, LOW(offset), HIGH(offset), count);
}

int flock(int fd, int op)
{
	return sys2(SYS_flock, fd, op);
}

int lockf(int fd, int cmd, off_t len)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = len};

	switch (cmd) {
	case F_ULOCK:
		lock.l_type = F_UNLCK;
		return fcntl(fd, F_SETLK, &lock);
	case F_LOCK:
		return fcntl(fd, F_SETLKW, &lock);
	case F_TLOCK:
		return fcntl(fd, F_SETLK, &lock);
	case F_TEST:
		if (fcntl(fd, F_GETLK, &lock) < 0)
			return -1;
		if (lock.l_type == F_UNLCK || lock.l_pid == getpid())
			return 0;
		errno = EACCES;
		return -1;
	default:
		errno = EINVAL;
		return -1;
	}
}
