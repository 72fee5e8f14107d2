/*
 * brk and sbrk. The kernel's call answers the break that holds afterwards, whether it moved
 * or not; libc remembers it, as glibc does.
 */
#include <unistd.h>
#include "libc/internal/syscall.h"

static char *current; /* NULL: not asked yet */

int brk(void *addr)
{
	current = (char *)raw1(SYS_brk, addr);
	if (current < (char *)addr) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

void *sbrk(intptr_t increment)
{
	char *old;

	if (!current)
		brk(NULL);
	if (increment == 0)
		return current;
	old = current;
	if ((increment > 0 && (uintptr_t)old + increment < (uintptr_t)old) ||
	    (increment < 0 && (uintptr_t)old < -(uintptr_t)increment)) {
		errno = ENOMEM;
		return (void *)-1;
	}
	if (brk(old + increment) < 0)
		return (void *)-1;
	return old;
}
