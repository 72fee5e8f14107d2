/* The allocator's controls. Its design is described in libc/stdlib/malloc.c. */
#ifndef LIBC_MALLOC_H
#define LIBC_MALLOC_H

#include <stddef.h>
#include <stdlib.h>

/* Parameters of mallopt, numbered as in glibc. */
#define M_TRIM_THRESHOLD (-1)
#define M_TOP_PAD	 (-2)
#define M_MMAP_THRESHOLD (-3)
#define M_MMAP_MAX	 (-4)

struct mallinfo {
	int arena;    /* bytes taken from the system by brk */
	int ordblks;  /* free chunks */
	int smblks;   /* always 0 */
	int hblks;    /* chunks with a mapping of their own */
	int hblkhd;   /* bytes in those */
	int usmblks;  /* always 0 */
	int fsmblks;  /* always 0 */
	int uordblks; /* bytes in use on the heap */
	int fordblks; /* bytes free on the heap */
	int keepcost; /* bytes free at its top */
};

struct mallinfo2 {
	size_t arena;
	size_t ordblks;
	size_t smblks;
	size_t hblks;
	size_t hblkhd;
	size_t usmblks;
	size_t fsmblks;
	size_t uordblks;
	size_t fordblks;
	size_t keepcost;
};

int mallopt(int param, int value);
struct mallinfo mallinfo(void);
struct mallinfo2 mallinfo2(void);
int malloc_trim(size_t pad);
size_t malloc_usable_size(void *ptr);
void malloc_stats(void);

#endif
