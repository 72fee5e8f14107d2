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

off_t lseek(int fd, off_t off, int whence)
{
	off_t result;

	if (sys5(SYS__llseek, fd, HIGH(off), LOW(off), &result, whence) < 0)
		return -1;
	return result;
}
