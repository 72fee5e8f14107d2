/* What the allocator says about a block. */
#ifndef LIBC_MALLOC_H
#define LIBC_MALLOC_H

#include <stddef.h>
#include <stdlib.h>

size_t malloc_usable_size(void *ptr);

#endif
