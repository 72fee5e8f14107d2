/* The end of a program: its destructors, its streams, then the kernel. */
#include <stdlib.h>
#include <unistd.h>
#include "libc/internal/libc.h"
#include "libc/internal/syscall.h"

extern void (*__fini_array_start[])(void) __attribute__((weak));
extern void (*__fini_array_end[])(void) __attribute__((weak));

void exit(int status)
{
	void (**fini)(void);

	for (fini = __fini_array_end; fini > __fini_array_start;)
		(*--fini)();
	__stdio_exit();
	_exit(status);
}

void _exit(int status)
{
	raw1(SYS_exit_group, status);
	for (;;)
		raw1(SYS_exit, status);
}
