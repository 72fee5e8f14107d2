/* Reading, writing and positioning. */
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
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

ssize_t readv(int fd, const struct iovec *iov, int n)
{
	return sys3(SYS_readv, fd, iov, n);
}

ssize_t writev(int fd, const struct iovec *iov, int n)
{
	return sys3(SYS_writev, fd, iov, n);
}

ssize_t preadv(int fd, const struct iovec *iov, int n, off_t off)
{
	return sys5(SYS_preadv, fd, iov, n, LOW(off), HIGH(off));
}

ssize_t pwritev(int fd, const struct iovec *iov, int n, off_t off)
{
	return sys5(SYS_pwritev, fd, iov, n, LOW(off), HIGH(off));
}

off_t lseek(int fd, off_t off, int whence)
{
	off_t result;

	if (sys5(SYS__llseek, fd, HIGH(off), LOW(off), &result, whence) < 0)
		return -1;
	return result;
}

ssize_t sendfile(int out, int in, off_t *off, size_t count)
{
	return sys4(SYS_sendfile64, out, in, off, count);
}

ssize_t splice(int fdin, off_t *offin, int fdout, off_t *offout, size_t len, unsigned int flags)
{
	return sys6(SYS_splice, fdin, offin, fdout, offout, len, flags);
}

ssize_t copy_file_range(int fdin, off_t *offin, int fdout, off_t *offout, size_t len,
			unsigned int flags)
{
	return sys6(SYS_copy_file_range, fdin, offin, fdout, offout, len, flags);
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long nlocal,
			 const struct iovec *remote, unsigned long nremote, unsigned long flags)
{
	return sys6(SYS_process_vm_readv, pid, local, nlocal, remote, nremote, flags);
}

ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long nlocal,
			  const struct iovec *remote, unsigned long nremote, unsigned long flags)
{
	return sys6(SYS_process_vm_writev, pid, local, nlocal, remote, nremote, flags);
}
