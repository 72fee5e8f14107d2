/* Looking up the auxiliary vector. */
#include <errno.h>
#include <sys/auxv.h>
#include "libc/internal/libc.h"

unsigned long getauxval(unsigned long type)
{
	unsigned long *p;

	for (p = __auxv; p[0] != AT_NULL; p += 2) {
		if (p[0] == type)
			return p[1];
	}
	errno = ENOENT;
	return 0;
}
