/*
 * madvise, for its system call.
 */
#ifndef MM_MADVISE_H
#define MM_MADVISE_H

#include "kernel/abi/types.h"

/* madvise(2) on current's address space. 0 or -errno; takes mmap_sem. Holes are passed over and
   give -ENOMEM in the end. */
int do_madvise(unsigned long start, size_t len, int behavior);

#endif
