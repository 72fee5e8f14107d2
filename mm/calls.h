/*
 * The system calls about memory, for their thin entries. All work on current's address space, take
 * its mmap_sem themselves, may sleep, and return an address, a count or 0, or -errno. (mmap, munmap
 * and brk, which exec needs too, are in mm.h.)
 */
#ifndef MM_CALLS_H
#define MM_CALLS_H

#include "kernel/abi/types.h"

struct iovec;

/* ---- mprotect.c ---- */
/* mprotect(2) on current's address space. 0 or -errno; takes mmap_sem. If there is a hole, the
   part before it keeps its change, as on Linux. */
int do_mprotect(unsigned long start, size_t len, unsigned long prot);

/* ---- mremap.c ---- */
/* mremap(2) on current's address space. The mapping's address or -errno; takes mmap_sem. With
   MREMAP_FIXED the destination is unmapped before the old range is looked at, as on Linux. */
unsigned long do_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
			unsigned long flags, unsigned long new_addr);

/* ---- madvise.c ---- */
/* madvise(2) on current's address space. 0 or -errno; takes mmap_sem. Holes are skipped, but make
   the result -ENOMEM. */
int do_madvise(unsigned long start, size_t len, int behavior);

/* ---- mlock.c ---- */
/* vm_flags: VM_LOCKED, perhaps with VM_LOCKONFAULT. The range is widened to whole pages. If
   faulting in fails the range stays locked, as on Linux. */
int do_mlock(unsigned long start, size_t len, unsigned long vm_flags);
/* munlock(2), mlockall(2) and munlockall(2); flags: MCL_. 0, -ENOMEM, -EINVAL, -EPERM, or -EINTR if
   a fatal signal came first. */
int do_munlock(unsigned long start, size_t len);
int do_mlockall(int flags);
int do_munlockall(void);

/* ---- mincore.c ---- */
/* mincore(2) on current's address space. 0 or -errno; takes mmap_sem. */
long mincore_range(unsigned long start, size_t len, unsigned char __user *vec);

/* ---- msync.c ---- */
/* msync(2): holes are skipped, but make the result -ENOMEM. */
int do_msync(unsigned long start, size_t len, int flags);
/* The old call for non-linear mappings of a file. As on Linux since 4.0, each call makes one new
   VMA. */
int do_remap_file_pages(unsigned long start, unsigned long size, unsigned long prot,
			unsigned long pgoff, unsigned long flags);

/* ---- set_mm.c ---- */
/* The arguments are prctl(2)'s. 0 or -errno. May sleep; takes mmap_sem. */
long prctl_set_mm(unsigned long opt, unsigned long addr, unsigned long arg4, unsigned long arg5);

/* ---- process_vm.c ---- */
/* process_vm_readv(2) and, with `write`, process_vm_writev(2). Bytes copied or -errno. */
ssize_t process_vm_rw(pid_t pid, const struct iovec __user *lvec, unsigned long liovcnt,
		      const struct iovec __user *rvec, unsigned long riovcnt, unsigned long flags,
		      bool write);
/* membarrier.c: membarrier(2). */
long do_membarrier(int cmd, unsigned int flags);

#endif
