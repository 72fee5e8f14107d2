/*
 * Pages whose memory is broken, or is about to break: no machine check tells this kernel of any,
 * but madvise can pretend it.
 */
#ifndef MM_RECLAIM_MEMORY_FAILURE_H
#define MM_RECLAIM_MEMORY_FAILURE_H

/* MADV_HWPOISON and MADV_SOFT_OFFLINE for each page of [start, end) of current's address space;
   start is page-aligned. 0 or -errno; the pages before the one that failed keep the change. Takes
   mmap_sem. */
int madvise_inject_error(int behavior, unsigned long start, unsigned long end);

/* Pages out of use for good. */
unsigned long nr_poisoned_pages(void);

/* /proc/sys/vm: SIGBUS at once for everybody, not at the first touch; 0: broken memory is a panic.
 */
extern int sysctl_memory_failure_early_kill, sysctl_memory_failure_recovery;

#endif
