/*
 * mprotect, for its system call.
 */
#ifndef MM_MPROTECT_H
#define MM_MPROTECT_H

#include "kernel/abi/types.h"

/* mprotect(2) on current's address space. 0 or -errno; takes mmap_sem. A failure at a hole leaves
   what came before it changed, as Linux does. */
int do_mprotect(unsigned long start, size_t len, unsigned long prot);

#endif
