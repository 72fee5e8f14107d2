/*
 * Hardware memory errors. memory_failure() unmaps a page with an uncorrectable error from all
 * processes; an access then is SIGBUS instead of wrong data. soft_offline_page() replaces a page
 * that is likely to fail soon by a copy, which programs do not notice.
 *
 * Either way the frame is never used again: the reference that the caller hands over is never
 * dropped. What can be read again from a disk, or from swap, is simply dropped from the cache. A
 * page of tmpfs has no copy anywhere: it stays in its file as a page that cannot be read, until the
 * file is truncated. So does a page in the swap cache that differs from what its slot holds, until
 * nobody names the slot any more.
 */
#include "mm/reclaim/memory_failure.h"
#include "mm/cache/page_writeback.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/signal/signal.h"
#include "mm/reclaim/reclaim.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>
#include <linux/mman.h>

int sysctl_memory_failure_early_kill, sysctl_memory_failure_recovery = 1;

static unsigned long poisoned_pages;

unsigned long nr_poisoned_pages(void)
{
	return poisoned_pages;
}

/* Is it a program's or a file's, so that something can be done? Then it is returned locked, and not
   being written. */
static bool lock_user_page(struct page *page)
{
	if (!is_user_page(page))
		return false;
	lock_page(page);
	wait_on_page_writeback(page);
	if (is_user_page(page))
		return true;
	unlock_page(page); /* truncated while we waited */
	return false;
}

/* Does the page live in memory only? */
static bool page_is_shmem(const struct page *page)
{
	return !PageAnon(page) && page_mapping(page)->flags & AS_UNEVICTABLE;
}

/* ---- signals ---- */

static siginfo_t mceerr_info(int code, void __user *addr, int bits)
{
	siginfo_t info;

	clear_siginfo(&info);
	info.si_signo = SIGBUS;
	info.si_code = code;
	info.si_addr = addr;
	info.si_addr_lsb = bits;
	return info;
}

void force_sig_mceerr(void __user *addr, vm_fault_t fault)
{
	siginfo_t info = mceerr_info(BUS_MCEERR_AR, addr,
				     fault & VM_FAULT_HWPOISON_LARGE ? HPAGE_SHIFT : PAGE_SHIFT);

	force_sig_info(&info, SIGBUS);
}

/* t, which asked for early notification, may have lost what it has at addr, in 2^bits bytes. */
static void send_sig_mceerr(void __user *addr, int bits, struct task_struct *t)
{
	siginfo_t info = mceerr_info(BUS_MCEERR_AO, addr, bits);

	send_sig_info(SIGBUS, &info, t);
}

/* ---- broken ---- */

/* The thread of p that wants to know of errors before it meets them, or NULL. */
static struct task_struct *early_kill_thread(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread (p, t)
		if (t->flags & PF_MCE_PROCESS ? t->flags & PF_MCE_EARLY
					      : sysctl_memory_failure_early_kill)
			return t;
	return NULL;
}

void signal_early(const struct vm_area_struct *vma, unsigned long address)
{
	int bits = is_vm_hugetlb_page(vma) ? HPAGE_SHIFT : PAGE_SHIFT;
	struct task_struct *p, *t;

	for_each_process (p) {
		t = early_kill_thread(p);
		if (t && t->mm == vma->vm_mm)
			send_sig_mceerr((void __user *)address, bits, t);
	}
}

static void signal_user(struct page *page, struct vm_area_struct *vma, unsigned long address,
			pte_t *pte, void *arg)
{
	signal_early(vma, address);
}

/* Unmap the page everywhere. */
static void unmap_broken_page(struct page *page)
{
	unsigned int flags = TTU_IGNORE_MLOCK;

	if (!page_mapped(page))
		return;
	collect_dirty_bits(page);
	/* what is clean and can be read again is no loss to anybody; in swap, the slot knows */
	if (!PageSwapCache(page) && (PageAnon(page) || page_is_shmem(page) || PageDirty(page)))
		flags |= TTU_HWPOISON;
	if (PageDirty(page))
		rmap_walk(page, signal_user, NULL);
	try_to_unmap(page, flags);
}

/* The same for a page in the swap cache. */
static int isolate_broken_swap_page(struct page *page)
{
	int users = 1; /* our reference */

	if (page_mapped(page))
		return -EBUSY;
	lru_cache_del(page);
	if (PageDirty(page)) {
		/* it stays there: who comes for it must not get what the slot holds */
		ClearPageDirty(page);
		ClearPageUptodate(page);
		users++;
	} else {
		delete_from_swap_cache(page);
	}
	return page_count(page) > users ? -EBUSY : 0;
}

/* 0, or -EBUSY if somebody in the kernel goes on using it. The page is locked. */
static int isolate_broken_page(struct page *page)
{
	int users = 1; /* our reference */

	if (PageSwapCache(page))
		return isolate_broken_swap_page(page);
	lru_cache_del(page);
	if (PageAnon(page))
		return page_mapped(page) ? -EBUSY : 0;
	if (page_is_shmem(page)) {
		users++; /* it stays in the cache */
	} else if (!page_mapped(page)) {
		if (PageDirty(page)) /* what was written is lost: the next fsync tells */
			mapping_set_error(page->mapping, -EIO);
		delete_from_page_cache(page);
	}
	return page_mapped(page) || page_count(page) > users ? -EBUSY : 0;
}

static int action_result(const struct page *page, int err)
{
	pr_err("Memory failure: %#lx: %s\n", page_to_pfn(page), err ? "failed" : "recovered");
	return err;
}

/* The page is broken. Takes the caller's reference over. 0; -EBUSY: it is somebody's all the same;
   -EHWPOISON: this is no news. */
static int memory_failure(struct page *page)
{
	int err;

	if (!sysctl_memory_failure_recovery)
		panic("Memory failure on page %lx", page_to_pfn(page));
	if (TestSetPageHWPoison(page)) {
		put_page(page);
		return -EHWPOISON;
	}
	poisoned_pages++;
	if (PageHuge(page))
		return action_result(page, memory_failure_hugetlb(page));
	if (!lock_user_page(page))
		return -EBUSY;
	if (PageKsm(page)) { /* Linux does not know whose signal it would be: nobody loses it */
		unlock_page(page);
		return -EBUSY;
	}
	unmap_broken_page(page);
	err = isolate_broken_page(page);
	unlock_page(page);
	return action_result(page, err);
}

/* ---- about to break ---- */

/* The page is not to be used any more, though it is good yet. Takes the caller's reference over. 0;
   -EIO: it is the kernel's own; -EBUSY: somebody uses it; -ENOMEM. */
static int soft_offline_page(struct page *page)
{
	struct page *new;
	int err;

	if (PageHWPoison(page)) {
		put_page(page);
		return 0;
	}
	if (PageHuge(page)) { /* the pool would need another one for it */
		put_page(page);
		return -EBUSY;
	}
	if (!lock_user_page(page)) {
		put_page(page);
		return -EIO;
	}
	new = alloc_page(GFP_HIGHUSER_MOVABLE);
	err = new ? migrate_page(page, new) : -ENOMEM;
	if (!err) {
		SetPageHWPoison(page);
		poisoned_pages++;
	}
	unlock_page(page);
	if (err)
		put_page(page);
	return err;
}

/* ---- madvise ---- */

/* The page that the program could access at addr without a fault, with a reference. False: none. */
static bool get_page_if_mapped(struct mm_struct *mm, unsigned long addr, struct page **page)
{
	const pte_t *pte;

	spin_lock(&mm->page_table_lock);
	pte = lookup_pte(mm, addr);
	*page = pte && pte_hw_present(*pte) ? vm_normal_page(*pte) : NULL;
	if (*page)
		get_page(*page);
	spin_unlock(&mm->page_table_lock);
	return *page;
}

/* The page of an address, referenced: 0 or -errno. One that is mapped already is not asked whether
   its VMA may be read, as in Linux. */
static int page_of_address(unsigned long addr, struct page **page)
{
	struct mm_struct *mm = current->mm;
	bool mapped;
	long n;

	down_read(&mm->mmap_sem);
	mapped = vma_lookup(mm, addr) && get_page_if_mapped(mm, addr, page);
	up_read(&mm->mmap_sem);
	if (mapped)
		return 0;
	n = get_user_pages_unlocked(mm, addr, 1, 0, page);
	return n < 0 ? n : 0;
}

int madvise_inject_error(int behavior, unsigned long start, unsigned long end)
{
	struct page *page;
	int err = 0;

	if (!has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	for (; start < end && !err; start += PAGE_SIZE) {
		err = page_of_address(start, &page);
		if (err)
			break;
		err = behavior == MADV_SOFT_OFFLINE ? soft_offline_page(page)
						    : memory_failure(page);
		cond_resched();
	}
	return err;
}
