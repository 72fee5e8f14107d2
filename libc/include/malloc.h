/* What the allocator says about a block, and what it can be told. */
#ifndef LIBC_MALLOC_H
#define LIBC_MALLOC_H

#include <stddef.h>
#include <stdlib.h>

size_t malloc_usable_size(void *ptr);

#define M_TRIM_THRESHOLD (-1) /* more than this is free at the end of the heap: give it back */
#define M_TOP_PAD	 (-2) /* so much more than needed is asked of the system, or kept */
#define M_MMAP_THRESHOLD (-3) /* blocks that are larger have a mapping of their own */
#define M_MMAP_MAX	 (-4) /* so many blocks may have one */

/* Sets one of these. Returns 1, or 0 if there is no such option. */
int mallopt(int option, int value);

#endif
