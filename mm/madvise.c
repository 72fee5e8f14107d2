/*
 * madvise: a program's advice about its use of memory. Some advice only sets flags of VMAs, some
 * acts on pages.
 */
#include "mm/calls.h"
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/hugetlb.h"
#include "mm/ksm.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/reclaim.h"
#include "mm/userfaultfd.h"
#include "mm/swap/swap.h"
#include <linux/errno.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/mman.h>

/* ---- advice that marks VMAs ---- */

/* Change *flags as `behavior` changes those of vma. 0 or -EINVAL. */
static int advised_flags(const struct vm_area_struct *vma, int behavior, unsigned long *flags)
{
	switch (behavior) {
	case MADV_NORMAL:
		*flags &= ~(VM_RAND_READ | VM_SEQ_READ);
		return 0;
	case MADV_SEQUENTIAL:
		*flags = (*flags & ~VM_RAND_READ) | VM_SEQ_READ;
		return 0;
	case MADV_RANDOM:
		*flags = (*flags & ~VM_SEQ_READ) | VM_RAND_READ;
		return 0;
	case MADV_DONTFORK:
		*flags |= VM_DONTCOPY;
		return 0;
	case MADV_DOFORK:
		*flags &= ~VM_DONTCOPY;
		return vma->vm_flags & VM_IO ? -EINVAL : 0;
	case MADV_WIPEONFORK:
		*flags |= VM_WIPEONFORK;
		return vma->vm_file || vma->vm_flags & VM_SHARED ? -EINVAL : 0;
	case MADV_KEEPONFORK:
		*flags &= ~VM_WIPEONFORK;
		return 0;
	case MADV_DONTDUMP:
		*flags |= VM_DONTDUMP;
		return 0;
	case MADV_DODUMP:
		*flags &= ~VM_DONTDUMP;
		return vma->vm_flags & VM_SPECIAL && !(vma->vm_flags & VM_HUGETLB) ? -EINVAL : 0;
	case MADV_HUGEPAGE:
		*flags = (*flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
		return 0;
	case MADV_NOHUGEPAGE:
		*flags = (*flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
		return 0;
	}
	return -EINVAL;
}

/* Returns what a vma_part_fn does. */
static struct vm_area_struct *madvise_update_vma(const struct vma_part *part, int behavior)
{
	unsigned long flags = part->vma->vm_flags;
	struct vm_area_struct *vma;
	int err;

	if (behavior == MADV_MERGEABLE || behavior == MADV_UNMERGEABLE)
		err = ksm_madvise(part->vma, part->start, part->end, behavior, &flags);
	else
		err = advised_flags(part->vma, behavior, &flags);
	if (err)
		return ERR_PTR(err == -ENOMEM ? -EAGAIN : err);
	if (flags == part->vma->vm_flags)
		return part->vma;
	vma = vma_modify_flags(part, flags);
	if (IS_ERR(vma)) /* madvise reports a lack of kernel memory as EAGAIN */
		return PTR_ERR(vma) == -ENOMEM ? ERR_PTR(-EAGAIN) : vma;
	vma->vm_flags = flags;
	return vma;
}

/* ---- advice that acts on pages ---- */

/* May the pages of the VMA from start on be dropped? 0 or -EINVAL. That MADV_FREE is not for files
   is looked at later, as on Linux: a pager in user space has been told by then. */
static int check_dontneed_free(const struct vm_area_struct *vma, unsigned long start, int behavior)
{
	unsigned long forbidden = VM_PFNMAP | (behavior == MADV_DONTNEED_LOCKED ? 0 : VM_LOCKED);

	if (is_vm_hugetlb_page(vma)) /* the range must begin with a huge page */
		return behavior == MADV_FREE || start & ~HPAGE_MASK ? -EINVAL : 0;
	return vma->vm_flags & forbidden ? -EINVAL : 0;
}

/* Take a page that only one entry maps out of the swap cache. False: it must stay there. */
static bool give_up_slot(struct page *page)
{
	bool done;

	if (page_mapcount(page) != 1 || !trylock_page(page))
		return false;
	done = try_to_free_swap(page);
	unlock_page(page);
	return done;
}

/* Let the page be dropped unless it is written first. A page that is dirty itself and mapped
   elsewhere too must stay. */
static void free_lazily(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	struct page *page = vm_normal_page(*pte);

	if (!page || (PageDirty(page) && page_mapcount(page) != 1))
		return;
	if (PageSwapCache(page) && !give_up_slot(page))
		return;
	ClearPageDirty(page);
	mark_page_lazyfree(page);
	set_pte_at(vma->vm_mm, addr, pte, pte_mkold(pte_mkclean(*pte)));
}

/* Free the pages of one page table lazily. */
static int free_range_lazily(pte_t *pte, unsigned long addr, unsigned long end,
			     struct mm_walk *walk)
{
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		if (pte_present(*pte))
			free_lazily(walk->vma, addr, pte);
		else if (!pte_none(*pte)) /* forget it, in swap or poisoned */
			zap_pte(walk->vma, addr, pte);
	}
	flush_mm_range(walk->mm, start, end);
	return 0;
}

static const struct mm_walk_ops free_ops = {.pte_range = free_range_lazily,
					    .large_page = huge_pmd_free_lazily};

/* Drop the pages, now (MADV_DONTNEED) or later (MADV_FREE). A pager in user space that watches them
   is told first, which releases mmap_sem: then the range may belong to other VMAs. */
static int madvise_dontneed_free(struct vm_area_struct *vma, unsigned long start, unsigned long end,
				 int behavior)
{
	struct mm_struct *mm = vma->vm_mm;
	int err = check_dontneed_free(vma, start, behavior);

	if (err)
		return err;
	if (is_vm_hugetlb_page(vma)) /* whole huge pages: what is left of the range stays */
		end &= HPAGE_MASK;
	if (start == end)
		return 0;
	if (userfaultfd_remove(vma, start, end)) {
		down_read(&mm->mmap_sem);
		vma = vma_lookup(mm, start);
		if (!vma)
			return -ENOMEM;
		err = check_dontneed_free(vma, start, behavior);
		if (err)
			return err;
		end = min(end, vma->vm_end);
		if (is_vm_hugetlb_page(vma))
			end &= HPAGE_MASK;
	}
	if (behavior == MADV_FREE)
		return vma_is_anonymous(vma) ? walk_page_range_vma(vma, start, end, &free_ops, NULL)
					     : -EINVAL;
	zap_page_range(vma, start, end - start);
	return 0;
}

/* Read the pages of a file into the page cache, or those that are in swap into the swap cache,
   without mapping them. For a file, releases mmap_sem meanwhile. */
static int madvise_willneed(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
			    unsigned long end)
{
	struct file *f = vma->vm_file;
	loff_t offset = (loff_t)linear_page_index(vma, start) << PAGE_SHIFT;

	if (!f) {
		swapin_range(vma, start, end);
		return 0;
	}
	get_file(f);
	up_read(&mm->mmap_sem);
	if (f->f_mapping->a_ops && f->f_mapping->a_ops->swapin)
		swapin_mapping(f->f_mapping, offset >> PAGE_SHIFT,
			       (offset + end - start) >> PAGE_SHIFT);
	else
		vfs_fadvise(f, offset, end - start, POSIX_FADV_WILLNEED);
	fput(f);
	down_read(&mm->mmap_sem);
	return 0;
}

/* Punch a hole into the file. Releases mmap_sem meanwhile. */
static int madvise_remove(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
			  unsigned long end)
{
	struct file *f = vma->vm_file;
	loff_t offset;
	int err;

	if (vma->vm_flags & VM_LOCKED || !f)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
		return -EACCES;
	offset = (loff_t)linear_page_index(vma, start) << PAGE_SHIFT;
	get_file(f);
	if (!userfaultfd_remove(vma, start, end)) /* else it has done so */
		up_read(&mm->mmap_sem);
	err = vfs_fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, end - start);
	fput(f);
	down_read(&mm->mmap_sem);
	return err;
}

/* The page that the entry maps, after clearing the accessed bit; NULL if there is none, or if it is
   mapped elsewhere too. */
static struct page *page_to_give_up(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	struct page *page = vm_normal_page(*pte);

	if (!page || page_mapcount(page) != 1) /* others may be using it */
		return NULL;
	ptep_test_and_clear_young(vma, addr, pte);
	return page;
}

static int cold_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		struct page *page = page_to_give_up(walk->vma, addr, pte);

		if (page)
			deactivate_page(page);
	}
	flush_mm_range(walk->mm, start, end);
	return 0;
}

static const struct mm_walk_ops cold_ops = {.pte_range = cold_pte_range,
					    .large_page = huge_pmd_cold};

/* Mark the pages as old, so that they are reclaimed early. */
static int madvise_cold(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB))
		return -EINVAL;
	return walk_page_range_vma(vma, start, end, &cold_ops, NULL);
}

#define PAGEOUT_BATCH 32

/* Take pages from `addr` on off their lists, for reclaim, until there are enough. => the address
   behind the last one that was looked at. */
static unsigned long isolate_ptes(pmd_t *pmd, unsigned long addr, unsigned long end,
				  struct mm_walk *walk, struct list_head *pages)
{
	bool anon_only = *(const bool *)walk->private;
	pte_t *pte = pte_offset_map(pmd, addr);
	unsigned long start = addr;
	unsigned int nr = 0;

	spin_lock(&walk->mm->page_table_lock);
	for (; addr != end && nr < PAGEOUT_BATCH; addr += PAGE_SIZE, pte++) {
		struct page *page = page_to_give_up(walk->vma, addr, pte);

		if (!page || (anon_only && !PageAnon(page)))
			continue;
		ClearPageReferenced(page);
		if (isolate_lru_page(page)) {
			list_add(&page->lru, pages);
			nr++;
		}
	}
	flush_mm_range(walk->mm, start, addr);
	spin_unlock(&walk->mm->page_table_lock);
	return addr;
}

static int pageout_pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long end,
			     struct mm_walk *walk)
{
	while (addr != end) {
		LIST_HEAD(pages);

		addr = isolate_ptes(pmd, addr, end, walk, &pages);
		reclaim_pages(&pages);
		cond_resched();
	}
	return 0;
}

static const struct mm_walk_ops pageout_ops = {.pmd_entry = pageout_pmd_entry,
					       .large_page = huge_pmd_split_for_swap};

static int madvise_pageout(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct inode *inode = vma->vm_file ? vma->vm_file->f_inode : NULL;
	bool may = inode && (inode_owner_or_capable(inode) || !inode_permission(inode, MAY_WRITE));
	bool anon_only = !vma_is_anonymous(vma) && !may;

	if (vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB))
		return -EINVAL;
	/* leave the pages of somebody else's file, but not private copies of them */
	if (anon_only && vma->vm_flags & VM_MAYSHARE)
		return 0;
	return walk_page_range_vma(vma, start, end, &pageout_ops, &anon_only);
}

/* MADV_POPULATE_*: fault the pages in, and report errors. Releases mmap_sem while a pager in user
   space fills a page. */
static int madvise_populate(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    bool write)
{
	struct mm_struct *mm = vma->vm_mm;
	bool locked = true;
	int err;

	do {
		if (!vma)
			return -ENOMEM;
		if (vma->vm_flags & (VM_IO | VM_PFNMAP) ||
		    !(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
			return -EINVAL;
		err = faultin_range(vma, &start, min(end, vma->vm_end), write, &locked);
		if (!locked)
			down_read(&mm->mmap_sem);
		locked = true;
		vma = vma_lookup(mm, start);
	} while (err == -EBUSY || (!err && start < end));
	return err;
}

static int madvise_pages(const struct vma_part *part, int behavior)
{
	struct vm_area_struct *vma = part->vma;
	unsigned long start = part->start, end = part->end;

	switch (behavior) {
	case MADV_REMOVE:
		return madvise_remove(vma->vm_mm, vma, start, end);
	case MADV_WILLNEED:
		return madvise_willneed(vma->vm_mm, vma, start, end);
	case MADV_COLD:
		return madvise_cold(vma, start, end);
	case MADV_PAGEOUT:
		return madvise_pageout(vma, start, end);
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
		return madvise_dontneed_free(vma, start, end, behavior);
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return madvise_populate(vma, start, end, behavior == MADV_POPULATE_WRITE);
	case MADV_COLLAPSE:
		return madvise_collapse(vma, start, end);
	}
	return -EINVAL;
}

/* ---- both ---- */

static bool madvise_behavior_valid(int behavior)
{
	return (behavior >= MADV_NORMAL && behavior <= MADV_DONTNEED) ||
	       (behavior >= MADV_FREE && behavior <= MADV_COLLAPSE) ||
	       madvise_injects_error(behavior);
}

/* Does the advice change VMAs, rather than pages? */
static bool madvise_marks_vmas(int behavior)
{
	switch (behavior) {
	case MADV_REMOVE:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_FREE:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
	case MADV_COLLAPSE:
		return false;
	}
	return true;
}

/* May it release mmap_sem on the way? */
static bool madvise_releases_lock(int behavior)
{
	switch (behavior) {
	case MADV_REMOVE:
	case MADV_WILLNEED:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_COLLAPSE:
		return true;
	}
	return false;
}

static struct vm_area_struct *madvise_part(const struct vma_part *part)
{
	int behavior = *(const int *)part->arg, err;

	if (madvise_marks_vmas(behavior))
		return madvise_update_vma(part, behavior);
	err = madvise_pages(part, behavior);
	if (err)
		return ERR_PTR(err);
	return madvise_releases_lock(behavior) ? NULL : part->vma;
}

int do_madvise(unsigned long start, size_t len_in, int behavior)
{
	struct mm_struct *mm = current->mm;
	size_t len = PAGE_ALIGN(len_in);
	unsigned long end = start + len;
	int err;

	if (!madvise_behavior_valid(behavior) || offset_in_page(start) || (len_in && !len) ||
	    end < start)
		return -EINVAL;
	if (end == start)
		return 0;
	if (madvise_injects_error(behavior))
		return madvise_inject_error(behavior, start, start + len_in);
	if (madvise_marks_vmas(behavior)) {
		if (down_write_killable(&mm->mmap_sem))
			return -EINTR;
		err = walk_vma_parts(mm, start, end, madvise_part, &behavior, true);
		mm_check_debug(mm);
		up_write(&mm->mmap_sem);
	} else {
		down_read(&mm->mmap_sem);
		err = walk_vma_parts(mm, start, end, madvise_part, &behavior, true);
		mm_check_debug(mm);
		up_read(&mm->mmap_sem);
	}
	return err;
}
