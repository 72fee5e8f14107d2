/*
 * mremap, for its system call.
 */
#ifndef MM_MREMAP_H
#define MM_MREMAP_H

/* mremap(2) on current's address space. The mapping's address or -errno; takes mmap_sem. With
   MREMAP_FIXED the destination is unmapped before the old range is looked at, as on Linux. */
unsigned long do_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr);

#endif
