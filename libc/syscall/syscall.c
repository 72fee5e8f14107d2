/* The end of every system call, and the general entry syscall(2). */
#include <stdarg.h>
#include <unistd.h>
#include "libc/internal/syscall.h"

#define MAX_ERRNO 4095

long __syscall_ret(unsigned long r)
{
	if (r > -(unsigned long)MAX_ERRNO - 1) {
		errno = -r;
		return -1;
	}
	return r;
}

/* Always takes six arguments from the stack: what the caller did not give is not looked at. */
long syscall(long nr, ...)
{
	long arg[6];
	va_list ap;
	int i;

	va_start(ap, nr);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(ap, long);
	va_end(ap);
	return sys6(nr, arg[0], arg[1], arg[2], arg[3], arg[4], arg[5]);
}
