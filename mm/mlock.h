/*
 * mlock and its kin, for their system calls. All take mmap_sem of current's mm and return 0 or
 * -errno.
 */
#ifndef MM_MLOCK_H
#define MM_MLOCK_H

#include "kernel/abi/types.h"

/* vm_flags: VM_LOCKED, perhaps with VM_LOCKONFAULT. The range is widened to whole pages. If
   faulting in fails the range stays locked, as on Linux. */
int do_mlock(unsigned long start, size_t len, unsigned long vm_flags);
int do_munlock(unsigned long start, size_t len);
int do_mlockall(int flags);
int do_munlockall(void);

#endif
