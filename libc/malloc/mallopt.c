/* mallopt: the numbers by which the allocator chooses between heap and mappings. */
#include <malloc.h>
#include "libc/malloc/chunk.h"

static struct malloc_state *const m = &__malloc_state;

/* As a number of bytes, -1 is more than there is. glibc accepts any option, also those that it does
   not know; this library has four. */
int mallopt(int option, int value)
{
	switch (option) {
	case M_TRIM_THRESHOLD:
		m->trim_threshold = value;
		return 1;
	case M_TOP_PAD:
		m->top_pad = value;
		return 1;
	case M_MMAP_THRESHOLD:
		m->mmap_threshold = value;
		return 1;
	case M_MMAP_MAX:
		m->mmap_max = value;
		return 1;
	}
	return 0;
}
