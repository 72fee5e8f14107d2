/*
 * mincore, for its system call.
 */
#ifndef MM_MINCORE_H
#define MM_MINCORE_H

#include "kernel/abi/types.h"

/* mincore(2) on current's address space. 0 or -errno; takes mmap_sem. */
long mincore_range(unsigned long start, size_t len, unsigned char __user *vec);

#endif
