/*
 * khugepaged: makes transparent huge pages of small ones, for memory that was touched when no large
 * block was free, or before its VMA was long enough. MADV_COLLAPSE asks for the same at once.
 *
 * The contents are copied to a new large page, and the small ones are freed, unless others have
 * them too. Where nothing is mapped, the large page has zeros; what is in swap is brought back
 * first.
 */
#include "mm/huge_memory.h"
#include "kernel/core/clock.h"
#include "kernel/locking/wait.h"
#include "mm/hugetlb_internal.h"
#include "mm/internal.h"
#include "mm/mm_trace.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/reclaim/reclaim.h"
#include "mm/rmap.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>

#define MSECS_PER_TICK (1000 / HZ)

unsigned int khugepaged_scan_sleep_millisecs = 10000, khugepaged_alloc_sleep_millisecs = 60000;
unsigned int khugepaged_defrag = 1;
unsigned int khugepaged_pages_to_scan = 8 * HPAGE_NR;
unsigned int khugepaged_max_ptes_none = HPAGE_NR - 1;
unsigned int khugepaged_max_ptes_swap = HPAGE_NR / 8, khugepaged_max_ptes_shared = HPAGE_NR / 2;
unsigned long khugepaged_pages_collapsed, khugepaged_full_scans;

/* ---- the look at a table ---- */

/* What is found. The thread keeps to the limits; who asks for a huge page gets it beyond them. */
struct collapse_scan {
	bool is_khugepaged;
	unsigned int none, swap;	 /* entries that are empty or zeros; that are in swap */
	unsigned int shared, referenced; /* pages that others have, too; accessed lately */
	bool writable;			 /* at least one entry */
};

/* One more entry of a kind: are there too many now? */
static bool exceeds(const struct collapse_scan *scan, unsigned int *count, unsigned int max,
		    enum vm_event event)
{
	++*count;
	if (!scan->is_khugepaged || *count <= max)
		return false;
	count_vm_event(event);
	return true;
}

static bool is_zero_entry(pte_t pte)
{
	return pte_none(pte) || (pte_kind(pte) == PTE_SPECIAL && pte_pfn(pte) == zero_pfn);
}

/* Could the page be copied, and do without this mapping? As check_table(). */
static int check_page(const struct page *page, struct collapse_scan *scan)
{
	if (!page || !PageAnon(page))
		return -EINVAL;
	if (page_mapcount(page) > 1 &&
	    exceeds(scan, &scan->shared, khugepaged_max_ptes_shared, THP_SCAN_EXCEED_SHARE_PTE))
		return -EINVAL;
	if (page_count(page) != page_mapcount(page) + PageSwapCache(page) || PageLocked(page) ||
	    !PageLRU(page))
		return -EAGAIN;
	return 0;
}

static int check_entry(pte_t pte, struct collapse_scan *scan)
{
	if (is_swap_pte(pte))
		return exceeds(scan, &scan->swap, khugepaged_max_ptes_swap,
			       THP_SCAN_EXCEED_SWAP_PTE)
			       ? -EINVAL
			       : 0;
	if (is_zero_entry(pte))
		return exceeds(scan, &scan->none, khugepaged_max_ptes_none,
			       THP_SCAN_EXCEED_NONE_PTE)
			       ? -EINVAL
			       : 0;
	scan->referenced += pte_young(pte);
	scan->writable |= pte_write(pte);
	return check_page(vm_normal_page(pte), scan);
}

/* Could what the table maps become a huge page? 0, -EINVAL, or -EAGAIN for a page that others use
   at the moment. page_table_lock. */
static int check_table(const pte_t *pte, struct collapse_scan *scan)
{
	int err = 0;

	*scan = (struct collapse_scan){.is_khugepaged = scan->is_khugepaged};
	for (const pte_t *end = pte + HPAGE_NR; pte < end && !err; pte++)
		err = check_entry(*pte, scan);
	return err || scan->writable ? err : -EINVAL;
}

/* Is it worth the work? What is in swap is only brought back if much else is used. */
static bool is_in_use(const struct collapse_scan *scan)
{
	return scan->referenced && (!scan->swap || scan->referenced >= HPAGE_NR / 2);
}

/* The same for the addresses from addr on, all of which are in the VMA. mmap_sem r. */
static int hpage_collapse_scan_pmd(struct vm_area_struct *vma, unsigned long addr,
				   struct collapse_scan *scan)
{
	struct mm_struct *mm = vma->vm_mm;
	pmd_t *pmd = pmd_off(mm, addr);
	int err;

	if (!pmd_has_table(*pmd))
		return -EINVAL;
	spin_lock(&mm->page_table_lock);
	err = check_table(pmd_page_vaddr(*pmd), scan);
	spin_unlock(&mm->page_table_lock);
	return err || !scan->is_khugepaged || is_in_use(scan) ? err : -EINVAL;
}

/* ---- one huge page ---- */

/* Copy what the table maps to `new`, and unmap it. page_table_lock. */
static void move_contents(struct vm_area_struct *vma, unsigned long addr, pte_t *pte,
			  struct page *new)
{
	for (unsigned long i = 0; i < HPAGE_NR; i++, pte++, addr += PAGE_SIZE) {
		if (is_zero_entry(*pte))
			clear_highpage(new + i);
		else
			copy_highpage(new + i, pte_page(*pte));
		if (!pte_none(*pte))
			zap_pte(vma, addr, pte);
	}
}

/* Put `new` in the place of the small pages from addr on. 0, and the reference to `new` is used; or
   -errno. mmap_sem w; does not sleep. */
static int collapse_into(struct vm_area_struct *vma, unsigned long addr, struct page *new,
			 struct collapse_scan *scan)
{
	struct mm_struct *mm = vma->vm_mm;
	pmd_t *pmd = pmd_off(mm, addr);
	pte_t *table;
	int err;

	if (!pmd_has_table(*pmd))
		return -EINVAL;
	table = pmd_page_vaddr(*pmd);
	spin_lock(&mm->page_table_lock);
	err = check_table(table, scan);
	if (!err && scan->swap) /* swapped out again */
		err = -EINVAL;
	if (!err) {
		move_contents(vma, addr, table, new);
		pmd_clear(mm, pmd);
		flush_mm_range(mm, addr, addr + HPAGE_SIZE);
		mm->pgtables_bytes -= PAGE_SIZE;
		huge_page_add_new_anon_rmap(new, vma, addr);
		pgtable_trans_huge_deposit(mm, table);
		add_mm_counter(mm, MM_ANONPAGES, HPAGE_NR);
		set_pmd_at(mm, addr, pmd, make_huge_pmd(vma, new, vma->vm_flags & VM_WRITE));
		if (trace_on(TRACE_PAGE))
			trace_collapsed(mm, addr, *pmd);
	}
	spin_unlock(&mm->page_table_lock);
	return err;
}

/* May the VMA have huge pages when it is asked for them, whatever the switches say? For shared
   memory Linux says yes; here it has none. */
static bool may_collapse(const struct vm_area_struct *vma)
{
	if (vma_thp_disabled(vma) || !transhuge_vma_suitable(vma, vma->vm_end - HPAGE_SIZE))
		return false;
	if (vma_is_anonymous(vma))
		return vma->anon_vma;
	return vma->vm_ops->add_page && /* shared memory has it, files do not */
	       ((vma->vm_start >> PAGE_SHIFT) - vma->vm_pgoff) % HPAGE_NR == 0;
}

/* The VMA that holds all of the huge page at addr, if it may have one. */
static struct vm_area_struct *collapsible_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);

	if (!vma || !vma_is_anonymous(vma) || !may_collapse(vma) ||
	    vma->vm_end - addr < HPAGE_SIZE || vma->vm_flags & VM_UFFD_FLAGS)
		return NULL;
	return vma;
}

/* Bring back what is in swap. 0 or -EINVAL. Takes mmap_sem. */
static int collapse_swapin(struct mm_struct *mm, unsigned long addr)
{
	unsigned long end = addr + HPAGE_SIZE;
	struct vm_fault vmf = {.flags = 0};
	vm_fault_t fault = 0;

	down_read(&mm->mmap_sem);
	vmf.vma = collapsible_vma(mm, addr);
	vmf.pmd = pmd_off(mm, addr);
	for (; vmf.vma && addr < end && !(fault & VM_FAULT_ERROR); addr += PAGE_SIZE) {
		if (!pmd_has_table(*vmf.pmd))
			break;
		vmf.address = addr;
		vmf.pte = pte_offset_map(vmf.pmd, addr);
		vmf.orig_pte = *vmf.pte;
		if (is_swap_pte(vmf.orig_pte))
			fault = do_swap_page(&vmf);
		cond_resched();
	}
	up_read(&mm->mmap_sem);
	return addr < end ? -EINVAL : 0;
}

/* A large page for the contents. NULL: there is none, even after memory was made contiguous and
   reclaimed, for which khugepaged takes the time only if it is told to. May sleep. */
static struct page *alloc_for_collapse(const struct collapse_scan *scan)
{
	bool defrag = !scan->is_khugepaged || khugepaged_defrag;
	struct page *page = alloc_transhuge(defrag ? GFP_TRANSHUGE : GFP_TRANSHUGE_LIGHT);

	if (!page && defrag)
		page = alloc_pages(GFP_TRANSHUGE | __GFP_NORETRY, HPAGE_ORDER);
	count_vm_event(page ? THP_COLLAPSE_ALLOC : THP_COLLAPSE_ALLOC_FAILED);
	return page;
}

/* Make a huge page at addr, which is a multiple of its size, where `scan` has found that there
   could be one. 0, also if there is one; or -errno. Takes mmap_sem. */
static int collapse_huge_page(struct mm_struct *mm, unsigned long addr, struct collapse_scan *scan)
{
	struct page *new = alloc_for_collapse(scan);
	struct vm_area_struct *vma;
	int err = -EINVAL;

	if (!new)
		return -ENOMEM;
	if (scan->swap && collapse_swapin(mm, addr)) {
		put_page(new);
		return -EINVAL;
	}
	down_write(&mm->mmap_sem);
	vma = collapsible_vma(mm, addr);
	if (vma && pmd_large(*pmd_off(mm, addr)))
		err = 0;
	else if (vma)
		err = collapse_into(vma, addr, new, scan);
	if (!err && PageTransHuge(new))
		khugepaged_pages_collapsed++;
	else
		put_page(new);
	up_write(&mm->mmap_sem);
	return err;
}

/* The same for who asks for it: whether there could be one is not known yet. */
static int try_collapse(struct mm_struct *mm, unsigned long addr)
{
	struct collapse_scan scan = {.is_khugepaged = false};
	struct vm_area_struct *vma;
	bool there;
	int err;

	down_read(&mm->mmap_sem);
	vma = collapsible_vma(mm, addr);
	there = vma && pmd_large(*pmd_off(mm, addr));
	err = vma && !there ? hpage_collapse_scan_pmd(vma, addr, &scan) : -EINVAL;
	up_read(&mm->mmap_sem);
	if (there)
		return 0;
	return err ? err : collapse_huge_page(mm, addr, &scan);
}

int madvise_collapse(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long addr = HUGE_PAGE_ALIGN(start);
	int err = 0;

	end &= HPAGE_MASK;
	/* as on Linux, no whole one between two boundaries is a mistake, but none at one is not */
	if (!may_collapse(vma) || addr > end)
		return -EINVAL;
	up_read(&mm->mmap_sem);
	for (; addr < end; addr += HPAGE_SIZE) {
		int failed = try_collapse(mm, addr);

		if (failed)
			err = failed;
		if (fatal_signal_pending(current))
			break;
	}
	down_read(&mm->mmap_sem);
	return err;
}

/* ---- the thread ---- */

static struct {
	int pid;	    /* of the process that comes next */
	unsigned long addr; /* where in it */
} cursor;

/* The process with the lowest number from cursor.pid on, with a reference to its address space; or
   NULL. */
static struct mm_struct *next_mm(void)
{
	struct task_struct *p, *next = NULL;

	for_each_process (p) {
		if (p->mm && p->mm->mm_users && p->pid >= cursor.pid &&
		    (!next || p->pid < next->pid))
			next = p;
	}
	if (!next)
		return NULL;
	if (next->pid != cursor.pid)
		cursor.addr = 0;
	cursor.pid = next->pid;
	mmget(next->mm);
	return next->mm;
}

/* The next place from cursor.addr on where a huge page would fit and small ones are in use; 0: none
   is left in this address space. mmap_sem r. */
static unsigned long next_candidate(struct mm_struct *mm, unsigned int *budget,
				    struct collapse_scan *scan)
{
	struct vm_area_struct *vma = find_vma(mm, cursor.addr);

	for (; vma && *budget; vma = vma->vm_next) {
		unsigned long addr = HUGE_PAGE_ALIGN(max(cursor.addr, vma->vm_start));

		for (; hugepage_vma_check(vma) && addr < vma->vm_end && *budget;
		     addr += HPAGE_SIZE) {
			if (!collapsible_vma(mm, addr))
				break;
			*budget -= min(*budget, (unsigned int)HPAGE_NR);
			cursor.addr = addr + HPAGE_SIZE;
			if (!hpage_collapse_scan_pmd(vma, addr, scan))
				return addr;
		}
		cond_resched();
	}
	if (!vma)
		cursor.addr = TASK_SIZE;
	return 0;
}

static DECLARE_WAIT_QUEUE_HEAD(khugepaged_wait);
static bool khugepaged_woken;

void khugepaged_wake(void)
{
	khugepaged_woken = true;
	wake_up_all(&khugepaged_wait);
}

static void khugepaged_sleep(unsigned int millisecs)
{
	khugepaged_woken = false;
	wait_event_interruptible_timeout(khugepaged_wait, khugepaged_woken,
					 millisecs / MSECS_PER_TICK + 1);
}

/* Look at the next part of all memory, khugepaged_pages_to_scan pages. If there is no free large
   page, wait once for others to free one; if there is none again, leave the rest for later. */
static void khugepaged_scan(void)
{
	struct collapse_scan scan = {.is_khugepaged = true};
	unsigned int budget = khugepaged_pages_to_scan;
	bool waited = false;

	while (budget) {
		struct mm_struct *mm = next_mm();
		unsigned long addr;
		int err = 0;

		if (!mm) { /* all were looked at */
			cursor.pid = 0;
			khugepaged_full_scans++;
			return;
		}
		down_read(&mm->mmap_sem);
		addr = next_candidate(mm, &budget, &scan);
		up_read(&mm->mmap_sem);
		if (addr)
			err = collapse_huge_page(mm, addr, &scan);
		mmput(mm);
		if (cursor.addr >= TASK_SIZE) {
			cursor.pid++;
			cursor.addr = 0;
		}
		if (err == -ENOMEM) {
			if (waited)
				return;
			waited = true;
			khugepaged_sleep(khugepaged_alloc_sleep_millisecs);
		}
		cond_resched();
	}
}

int khugepaged(void *unused)
{
	for (;;) {
		khugepaged_sleep(khugepaged_scan_sleep_millisecs);
		if (thp_enabled != THP_NEVER)
			khugepaged_scan();
	}
	return 0;
}
