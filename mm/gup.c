/*
 * Access to user pages by the kernel: faulting in a range (MAP_POPULATE, locked memory), pinning
 * pages, and accessing another process's memory.
 */
#include "mm/cache/page_writeback.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/phys/gfp.h"
#include <linux/errno.h>

static long fault_error(vm_fault_t ret)
{
	if (ret & VM_FAULT_OOM)
		return -ENOMEM;
	if (is_hwpoison_fault(ret))
		return -EHWPOISON;
	return ret & VM_FAULT_ERROR ? -EFAULT : 0;
}

/* Most callers report poisoned memory like missing memory. */
static long hide_hwpoison(long err)
{
	return err == -EHWPOISON ? -EFAULT : err;
}

/* The page that counts the users of what the entry maps: of a large page, its first one. NULL if
   the entry maps no page. */
static struct page *counted_page(pte_t pte)
{
	struct page *page = vm_normal_page(pte);

	return page ? compound_head(page) : NULL;
}

/* A forced write may use a page that the VMA does not allow to write, if it is a private copy
   already. */
static bool force_writes_pte(const struct vm_area_struct *vma, pte_t pte)
{
	const struct page *page = counted_page(pte);

	return page && PageAnon(page) && PageAnonExclusive(page) && !(vma->vm_flags & VM_WRITE) &&
	       !pte_uffd_wp(pte);
}

/* A page that fork shares must not be pinned for reading: the next write of this process makes a
   copy, and the pin would stay with the old page. (A pin for writing has made the copy.) */
static bool must_unshare(pte_t pte)
{
	const struct page *page = counted_page(pte);

	return page && PageAnon(page) && !PageAnonExclusive(page);
}

/* Does the entry allow this access already? */
static bool pte_serves(const struct vm_area_struct *vma, pte_t pte, unsigned int gup_flags)
{
	if (!pte_present(pte))
		return false;
	if (gup_flags & FOLL_WRITE)
		return pte_write(pte) || force_writes_pte(vma, pte);
	return !(gup_flags & FOLL_PIN) || !must_unshare(pte);
}

static unsigned int fault_flags(unsigned int gup_flags)
{
	if (gup_flags & FOLL_WRITE)
		return FAULT_FLAG_WRITE;
	return gup_flags & FOLL_PIN ? FAULT_FLAG_UNSHARE : 0;
}

/* The kernel will use the page, but not through this entry, so the processor will not set the
   accessed and dirty bits (Linux: FOLL_TOUCH). */
static void touch_page(pte_t pte, bool write)
{
	struct page *page = counted_page(pte);

	if (!page)
		return;
	if (write && !pte_dirty(pte) && !PageDirty(page))
		set_page_dirty(page);
	if (!PageHuge(page))
		mark_page_accessed(page);
}

/* Take the reference or the pin. False: the count would overflow. */
static bool try_grab_page(struct page *page, unsigned int gup_flags)
{
	int more = gup_flags & FOLL_PIN ? GUP_PIN_COUNTING_BIAS : 1, count;

	page = compound_head(page);
	if (unlikely(__builtin_add_overflow(page->_refcount, more, &count)))
		return false;
	page->_refcount = count;
	if (gup_flags & FOLL_PIN)
		count_vm_event(NR_FOLL_PIN_ACQUIRED);
	return true;
}

/* Whoever holds a part of a large page must not keep it from being split. The huge page of zeros is
   never split itself. */
static void split_to_hold(struct mm_struct *mm, unsigned long addr)
{
	const pmd_t *pmd = lookup_large_pmd(mm, addr);

	if (pmd && !is_huge_zero_pmd(*pmd))
		split_huge_pmd_address(mm, addr);
}

/* Find the page of addr, if its entry already allows the access, and take a reference if `page` is
   not NULL. 0, -EAGAIN if a fault must come first, or -ENOMEM. */
static long follow_page(struct vm_area_struct *vma, unsigned long addr, unsigned int gup_flags,
			struct page **page)
{
	long err = 0;
	pte_t pte;

	if (page)
		split_to_hold(vma->vm_mm, addr);
	spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_entry(vma->vm_mm, addr);
	if (!pte_serves(vma, pte, gup_flags)) {
		err = -EAGAIN;
	} else {
		if (page) {
			*page = pte_page(pte);
			err = try_grab_page(*page, gup_flags) ? 0 : -ENOMEM;
		}
		touch_page(pte, gup_flags & FOLL_WRITE);
	}
	spin_unlock(&vma->vm_mm->page_table_lock);
	return err;
}

/* Make the page of addr present; if `page` is not NULL, *page is the page, referenced. `locked`
   says whether a fault may release mmap_sem to wait for a pager in user space (NULL: it may not).
   Then *locked is false, and the result -EBUSY: try again. 0 or -errno. mmap_sem r. */
static long faultin_page(struct vm_area_struct *vma, unsigned long addr, unsigned int gup_flags,
			 struct page **page, bool *locked)
{
	unsigned int flags = fault_flags(gup_flags) | (locked ? FAULT_FLAG_ALLOW_RETRY : 0);
	long err;

	/* One fault may not be enough: it may leave the entry read-only (the zero page, a dirty
	   bit), or sleep while others take the page away. */
	while ((err = follow_page(vma, addr, gup_flags, page)) == -EAGAIN) {
		vm_fault_t fault = is_vm_hugetlb_page(vma)
					   ? hugetlb_faultin(vma, addr, flags)
					   : static_call(handle_mm_fault)(vma, addr, flags);

		if (unlikely(fault & VM_FAULT_RETRY)) {
			*locked = false;
			return -EBUSY;
		}
		err = fault_error(fault);
		if (err)
			break;
		if (fault & VM_FAULT_DIRTIED)
			balance_dirty_pages();
	}
	return err;
}

int faultin_range(struct vm_area_struct *vma, unsigned long *start, unsigned long end, bool write,
		  bool *locked)
{
	for (; *start < end; *start += PAGE_SIZE) {
		long err;

		/* no more faults: when memory is short, each would take long to fail */
		if (fatal_signal_pending(current))
			return -EINTR;
		err = faultin_page(vma, *start, write ? FOLL_WRITE : 0, NULL, locked);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* populate_vma_range(), where *start and *locked are those of faultin_range(). */
static int populate_part(struct vm_area_struct *vma, unsigned long *start, unsigned long end,
			 bool *locked)
{
	if (vma->vm_flags & VM_LOCKONFAULT)
		return 0;
	if (!(vma->vm_flags & VM_ACCESS_FLAGS))
		return -EFAULT;
	/* make the private copies now, so that the first write does not fault */
	return hide_hwpoison(faultin_range(
		vma, start, end, (vma->vm_flags & (VM_WRITE | VM_SHARED)) == VM_WRITE, locked));
}

int populate_vma_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return populate_part(vma, &start, end, NULL);
}

int populate_range(unsigned long start, unsigned long len, bool ignore_errors)
{
	struct mm_struct *mm = current->mm;
	unsigned long end = start + PAGE_ALIGN(len), next;
	struct vm_area_struct *vma;
	bool locked = true;
	int err = 0;

	if (end == start) /* no error, even in a hole */
		return 0;
	down_read(&mm->mmap_sem);
	while ((vma = find_vma_intersection(mm, start, end))) {
		start = max(start, vma->vm_start);
		next = min(end, vma->vm_end);
		cond_resched();
		if (!(vma->vm_flags & (VM_IO | VM_PFNMAP)))
			err = populate_part(vma, &start, next, &locked);
		if (!locked) { /* a pager was waited for: start is where */
			down_read(&mm->mmap_sem);
			locked = true;
			if (err == -EBUSY)
				continue;
		}
		if (err && !ignore_errors)
			break;
		err = 0;
		start = next;
		if (start == end) /* end may be 0 */
			break;
	}
	up_read(&mm->mmap_sem);
	return err;
}

void mm_populate(unsigned long addr, unsigned long len)
{
	populate_range(addr, len, true);
}

/* May the kernel read or write here for a process? A debugger (FOLL_FORCE) may do what mprotect
   could allow, but it may write only private copies. */
static bool gup_allowed(const struct vm_area_struct *vma, unsigned int gup_flags)
{
	unsigned long flags = vma->vm_flags;

	if (flags & (VM_IO | VM_PFNMAP))
		return false;
	if (!(gup_flags & FOLL_WRITE))
		return flags & (gup_flags & FOLL_FORCE ? VM_READ | VM_MAYREAD : VM_READ);
	if (flags & VM_WRITE)
		return true;
	return gup_flags & FOLL_FORCE && !is_vm_hugetlb_page(vma) &&
	       (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

static long __get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr,
			     unsigned int gup_flags, struct page **pages, bool *locked)
{
	unsigned long i, addr = start & PAGE_MASK;

	for (i = 0; i < nr; i++, addr += PAGE_SIZE) {
		struct vm_area_struct *vma;
		long err = -EFAULT;

		cond_resched();
		vma = vma_lookup(mm, addr);
		if (vma && gup_allowed(vma, gup_flags))
			err = hide_hwpoison(faultin_page(vma, addr, gup_flags, &pages[i], locked));
		if (err)
			return i ? (long)i : err;
	}
	return nr;
}

long get_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages)
{
	return __get_user_pages(mm, start, nr, write ? FOLL_WRITE : 0, pages, NULL);
}

long get_user_pages_unlocked(struct mm_struct *mm, unsigned long start, unsigned long nr,
			     unsigned int gup_flags, struct page **pages)
{
	unsigned long got = 0;
	long n;

	do {
		bool locked = true;

		if (down_read_killable(&mm->mmap_sem))
			return got ? (long)got : -EINTR;
		n = __get_user_pages(mm, start + (got << PAGE_SHIFT), nr - got, gup_flags,
				     pages + got, &locked);
		if (locked)
			up_read(&mm->mmap_sem);
		if (n > 0)
			got += n;
	} while (got < nr && (n > 0 || n == -EBUSY));
	return got ? (long)got : n;
}

long pin_user_pages(struct mm_struct *mm, unsigned long start, unsigned long nr, bool write,
		    struct page **pages)
{
	return get_user_pages_unlocked(mm, start, nr, FOLL_PIN | (write ? FOLL_WRITE : 0), pages);
}

void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty)
{
	for (; nr--; pages++) {
		struct page *page = compound_head(*pages);

		if (dirty) /* a write-back may have cleaned it meanwhile */
			set_page_dirty(page);
		count_vm_event(NR_FOLL_PIN_RELEASED);
		page->_refcount -= GUP_PIN_COUNTING_BIAS - 1;
		put_page(page);
	}
}

/* Memory without pages: ask its driver. Bytes done or -errno. */
static int access_device(struct mm_struct *mm, unsigned long addr, void *buf, int len, bool write)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);

	if (!vma || !vma->vm_ops || !vma->vm_ops->access)
		return -EIO;
	return vma->vm_ops->access(vma, addr, buf, len, write);
}

int access_process_vm(struct mm_struct *mm, unsigned long addr, void *buf, int len,
		      unsigned int gup_flags)
{
	int done = 0;

	down_read(&mm->mmap_sem);
	while (done < len) {
		unsigned int offset = addr & ~PAGE_MASK;
		int n = min_t(unsigned long, len - done, PAGE_SIZE - offset);
		struct page *page;

		if (__get_user_pages(mm, addr, 1, gup_flags, &page, NULL) != 1) {
			n = access_device(mm, addr, buf + done, n, gup_flags & FOLL_WRITE);
			if (n <= 0)
				break;
		} else {
			if (gup_flags & FOLL_WRITE)
				memcpy_to_page(page, offset, buf + done, n);
			else
				memcpy_from_page(buf + done, page, offset, n);
			put_page(page);
		}
		done += n;
		addr += n;
		cond_resched();
	}
	up_read(&mm->mmap_sem);
	return done;
}

/* Is this memory that was never written, and would only add a page of zeros to the dump? */
static bool nothing_to_dump(struct vm_area_struct *vma, unsigned long addr)
{
	enum pte_kind kind;

	spin_lock(&vma->vm_mm->page_table_lock);
	kind = pte_kind(lookup_entry(vma->vm_mm, addr));
	spin_unlock(&vma->vm_mm->page_table_lock);
	if (kind == PTE_NONE && is_vm_hugetlb_page(vma))
		return !hugetlbfs_pagecache_present(vma, addr);
	if (kind == PTE_NONE)
		return !vma->vm_ops || !vma->vm_ops->fault;
	return kind == PTE_SPECIAL;
}

struct page *get_dump_page(unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	struct page *page = NULL;
	struct vm_area_struct *vma;

	down_read(&mm->mmap_sem);
	vma = vma_lookup(mm, addr);
	if (vma && !nothing_to_dump(vma, addr) &&
	    __get_user_pages(mm, addr, 1, FOLL_FORCE, &page, NULL) != 1)
		page = NULL;
	up_read(&mm->mmap_sem);
	return page;
}
