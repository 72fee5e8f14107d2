/* Reading, writing and positioning. */
#include <fcntl.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

ssize_t read(int fd, void *buf, size_t n)
{
	return sys3(SYS_read, fd, buf, n);
}

ssize_t write(int fd, const void *buf, size_t n)
{
	return sys3(SYS_write, fd, buf, n);
}

ssize_t pread(int fd, void *buf, size_t n, off_t off)
{
	return sys5(SYS_pread64, fd, buf, n, LOW(off), HIGH(off));
}

ssize_t pwrite(int fd, const void *buf, size_t n, off_t off)
{
	return sys5(SYS_pwrite64, fd, buf, n, LOW(off), HIGH(off));
}

int truncate(const char *path, off_t len)
{
	return sys3(SYS_truncate64, path, LOW(len), HIGH(len));
}

int ftruncate(int fd, off_t len)
{
	return sys3(SYS_ftruncate64, fd, LOW(len), HIGH(len));
}

off_t lseek(int fd, off_t off, int whence)
{
	off_t result;

	if (sys5(SYS__llseek, fd, HIGH(off), LOW(off), &result, whence) < 0)
		return -1;
	return result;
}
