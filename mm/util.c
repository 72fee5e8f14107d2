/*
 * Accounting: how much address space and memory a process has and may have, and how much memory has
 * been promised to all processes together (overcommit).
 */
#include "mm/internal.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>
#include <linux/mman.h>

int sysctl_overcommit_memory = OVERCOMMIT_GUESS;
int sysctl_overcommit_ratio = 50;
unsigned long sysctl_overcommit_kbytes;
unsigned long sysctl_admin_reserve_kbytes, sysctl_user_reserve_kbytes; /* see overcommit_init */

static long committed_pages; /* promised to all processes */

#define KB_TO_PAGES(kb) ((kb) >> (PAGE_SHIFT - 10))

/* ---- one process ---- */

static bool is_exec_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_EXEC | VM_WRITE | VM_GROWSDOWN)) == VM_EXEC;
}
static bool is_data_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_GROWSDOWN)) == VM_WRITE;
}

bool may_expand_vm(struct mm_struct *mm, unsigned long vm_flags, unsigned long npages)
{
	if (mm->total_vm + npages > rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	return !is_data_mapping(vm_flags) ||
	       mm->data_vm + npages <= rlimit(RLIMIT_DATA) >> PAGE_SHIFT ||
	       /* a soft limit of 0 is for brk, which checks it: here the hard limit counts */
	       (!rlimit(RLIMIT_DATA) &&
		mm->data_vm + npages <= current->signal->rlim[RLIMIT_DATA].rlim_max >> PAGE_SHIFT);
}

void vm_stat_account(struct mm_struct *mm, unsigned long vm_flags, long npages)
{
	VM_BUG_ON((long)(mm->total_vm + npages) < 0);
	mm->total_vm += npages;
	if (is_exec_mapping(vm_flags))
		mm->exec_vm += npages;
	else if (vm_flags & VM_GROWSDOWN)
		mm->stack_vm += npages;
	else if (is_data_mapping(vm_flags))
		mm->data_vm += npages;
}

unsigned long get_mm_rss(const struct mm_struct *mm)
{
	return mm->rss_stat[MM_FILEPAGES] + mm->rss_stat[MM_ANONPAGES] +
	       mm->rss_stat[MM_SHMEMPAGES];
}

unsigned long mm_hiwater_rss(const struct mm_struct *mm)
{
	return max(mm->hiwater_rss, get_mm_rss(mm));
}

unsigned long mm_hiwater_vm(const struct mm_struct *mm)
{
	return max(mm->hiwater_vm, mm->total_vm);
}

/* ---- all processes ---- */

long vm_memory_committed(void)
{
	return committed_pages;
}

long vm_commit_limit(void)
{
	if (sysctl_overcommit_kbytes)
		return KB_TO_PAGES(sysctl_overcommit_kbytes) + total_swap_pages;
	/* unsigned even if the ratio is negative, as on Linux */
	return totalram_pages() * sysctl_overcommit_ratio / 100 + total_swap_pages;
}

void vm_unacct_memory(long pages)
{
	committed_pages -= pages;
	VM_BUG_ON(committed_pages < 0);
}

#define ADMIN_RESERVE_MAX_KB  (1UL << 13)
#define USER_RESERVE_MAX_KB   (1UL << 17)
#define RESERVE_SHARE_OF_FREE 32

void overcommit_init(void)
{
	unsigned long share = (nr_free_pages() << (PAGE_SHIFT - 10)) / RESERVE_SHARE_OF_FREE;

	sysctl_admin_reserve_kbytes = min(share, ADMIN_RESERVE_MAX_KB);
	sysctl_user_reserve_kbytes = min(share, USER_RESERVE_MAX_KB);
	swap_setup();
}

/* Charges `pages`, or returns -ENOMEM and charges nothing. */
int security_vm_enough_memory(long pages)
{
	long allowed, reserve;

	committed_pages += pages;
	if (sysctl_overcommit_memory == OVERCOMMIT_ALWAYS)
		return 0;
	if (sysctl_overcommit_memory == OVERCOMMIT_GUESS) {
		if (pages <= (long)totalram_pages() + total_swap_pages)
			return 0;
		goto refuse;
	}
	allowed = vm_commit_limit();
	if (!capable())
		allowed -= KB_TO_PAGES(sysctl_admin_reserve_kbytes);
	if (current->mm) {
		/* leave the user memory to recover with, but no more than 1/32 of this process */
		reserve = KB_TO_PAGES(sysctl_user_reserve_kbytes);
		allowed -= min((long)(current->mm->total_vm / 32), reserve);
	}
	if (committed_pages < allowed)
		return 0;
refuse:
	committed_pages -= pages;
	return -ENOMEM;
}
