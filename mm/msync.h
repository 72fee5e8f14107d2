/*
 * msync and remap_file_pages, for their system calls. Both take mmap_sem of current's mm and return
 * 0 or -errno.
 */
#ifndef MM_MSYNC_H
#define MM_MSYNC_H

#include "kernel/abi/types.h"

int do_msync(unsigned long start, size_t len, int flags);
/* The old call that showed pages of a file in any order: here, as on Linux since 4.0, one new VMA a
 * call. */
int do_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot,
			unsigned long pgoff, unsigned long flags);

#endif
