/* Opening files, and fcntl. Every file is opened for 64-bit offsets. */
#include <fcntl.h>
#include <stdarg.h>
#include "libc/internal/syscall.h"

#define NEEDS_MODE (O_CREAT | __O_TMPFILE)

_Static_assert(sizeof(struct flock) == sizeof(struct __uapi_flock64), "the kernel's flock64");
_Static_assert(offsetof(struct flock, l_pid) == offsetof(struct __uapi_flock64, l_pid),
	       "the kernel's flock64");

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if (flags & NEEDS_MODE) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return sys4(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int fcntl(int fd, int cmd, ...)
{
	unsigned long arg;
	va_list ap;

	va_start(ap, cmd);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	return sys3(SYS_fcntl64, fd, cmd, arg);
}
