/*
 * Lab 3, brk, mmap, munmap and mprotect: checks of the calls of a process that locks its future
 * memory (mlockall), or that must not lock any.
 */
#include "kernel/checks/mappings.h"
#include "kernel/sched/sched.h"
#include "mm/calls.h"
#include <linux/capability.h>
#include <linux/mman.h>
#include <linux/resource.h>

KERNEL_CHECK(a_heap_of_locked_memory_is_there)
{
	unsigned long *limit = &current->signal->rlim[RLIMIT_MEMLOCK].rlim_cur, old = *limit;
	unsigned long p = any_place(), over, at;
	u64 capabilities = current->cred.cap_effective;
	struct mm_struct *mm = check_mm();

	mm->start_brk = mm->brk = p;
	mm->def_flags = VM_LOCKED;
	current->cred.cap_effective &= ~(1ULL << CAP_IPC_LOCK);
	*limit = 3 * P;
	over = do_brk(p + 3 * P + 1);
	at = do_brk(p + 3 * P);
	*limit = old;
	current->cred.cap_effective = capabilities;
	mm->def_flags = 0;
	EXPECT_EQ("do_brk() to a heap of 4 locked pages, RLIMIT_MEMLOCK 3", over, p);
	EXPECT_EQ("do_brk() to a heap of 3 locked pages, RLIMIT_MEMLOCK 3", at, p + 3 * P);
	EXPECT_EQ("anonymous pages of the process (rss_stat): locked memory is there at once",
		  mm->rss_stat[MM_ANONPAGES], 3);
}
