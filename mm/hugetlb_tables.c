/*
 * Huge pages: what fork, mprotect and munmap do with the directory entries that map them. These are
 * the parts of their walks for a VMA with VM_HUGETLB, in which each entry is empty or maps one huge
 * page, all of which is in the range.
 */
#include "mm/hugetlb_internal.h"
#include "kernel/core/panic.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include <linux/errno.h>

/* ---- munmap ---- */

/* Clear the entry, if it maps `ref` or ref is NULL. => the page that it mapped, with its reference,
   or NULL. */
static struct page *unmap_huge_page(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr,
				    const struct page *ref)
{
	struct mm_struct *mm = vma->vm_mm;
	struct page *page = NULL;

	spin_lock(&mm->page_table_lock);
	if (is_hwpoison_pmd(*pmd)) {
		if (!ref)
			pmdp_get_and_clear(mm, addr, pmd);
	} else if (pmd_large(*pmd) && (!ref || pmd_page(*pmd) == ref)) {
		pmd_t entry = pmdp_get_and_clear(mm, addr, pmd);

		page = pmd_page(entry);
		if (pmd_dirty(entry))
			SetPageDirty(page);
		flush_mm_range(mm, addr, addr + PAGE_SIZE);
		BUG_ON(mm->hugetlb_usage < HPAGE_NR);
		mm->hugetlb_usage -= HPAGE_NR;
		page->_mapcount--;
	}
	spin_unlock(&mm->page_table_lock);
	return page;
}

int hugetlb_zap(pmd_t *pmd, unsigned long addr, struct mm_walk *walk)
{
	struct page *page = unmap_huge_page(walk->vma, pmd, addr, NULL);

	VM_BUG_ON(addr & ~HPAGE_MASK);
	if (page)
		put_page(page);
	return 0;
}

void unmap_ref_private(struct vm_area_struct *vma, const struct page *ref, unsigned long addr)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t pgoff = linear_page_index(vma, addr);
	struct vm_area_struct *other;
	struct page *page;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach (other, &mapping->i_mmap, pgoff, pgoff) {
		unsigned long at = other->vm_start + ((pgoff - other->vm_pgoff) << PAGE_SHIFT);

		/* a shared mapping has the file's page, and the owner of a reservation its own */
		if (other == vma || other->vm_flags & VM_MAYSHARE ||
		    is_vma_resv_set(other, HPAGE_RESV_OWNER))
			continue;
		page = unmap_huge_page(other, pmd_off(other->vm_mm, at), at, ref);
		if (page) {
			/* what it wrote is lost: it must not read zeros instead */
			set_vma_resv_flags(other, HPAGE_RESV_UNMAPPED);
			put_page(page);
		}
	}
	i_mmap_unlock_read(mapping);
}

/* ---- fork ---- */

/* A pinned page stays with the parent (see copy.c): the child gets a copy now. 0, or -errno as
   alloc_huge_page() does. */
static int copy_pinned_page(struct vm_area_struct *dst, unsigned long addr, struct page *page)
{
	struct page *new = alloc_huge_page(dst, addr, true);
	struct mm_struct *mm = dst->vm_mm;

	if (IS_ERR(new))
		return PTR_ERR(new);
	copy_huge_page(new, page);
	SetPageUptodate(new);
	spin_lock(&mm->page_table_lock);
	hugepage_add_new_anon_rmap(new, dst, addr);
	set_pmd_at(mm, addr, pmd_off(mm, addr), make_huge_pmd(dst, new, true));
	mm->hugetlb_usage += HPAGE_NR;
	spin_unlock(&mm->page_table_lock);
	return 0;
}

int hugetlb_copy(pmd_t *pmd, unsigned long addr, struct mm_walk *walk)
{
	struct vm_area_struct *src = walk->vma, *dst = walk->private;
	struct page *page = pmd_page(*pmd);

	if (unlikely(is_hwpoison_pmd(*pmd))) {
		spin_lock(&dst->vm_mm->page_table_lock);
		set_pmd_at(dst->vm_mm, addr, pmd_off(dst->vm_mm, addr), *pmd);
		spin_unlock(&dst->vm_mm->page_table_lock);
		return 0;
	}
	if (PageAnon(page) && PageAnonExclusive(page) && page_maybe_dma_pinned(page))
		return copy_pinned_page(dst, addr, page);
	spin_lock(&dst->vm_mm->page_table_lock);
	spin_lock(&src->vm_mm->page_table_lock);
	get_page(page);
	page->_mapcount++;
	ClearPageAnonExclusive(page);
	if (!(src->vm_flags & VM_SHARED)) /* the caller flushes the TLB */
		pmdp_set_wrprotect(src->vm_mm, addr, pmd);
	set_pmd_at(dst->vm_mm, addr, pmd_off(dst->vm_mm, addr), *pmd);
	dst->vm_mm->hugetlb_usage += HPAGE_NR;
	spin_unlock(&src->vm_mm->page_table_lock);
	spin_unlock(&dst->vm_mm->page_table_lock);
	return 0;
}

/* ---- mprotect ---- */

/* The right to write comes by a fault, if the page is private. */
int hugetlb_change_protection(pmd_t *pmd, unsigned long addr, struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;

	if (is_hwpoison_pmd(*pmd))
		return 0;
	spin_lock(&walk->mm->page_table_lock);
	set_pmd_at(walk->mm, addr, pmd, pmd_modify(*pmd, vma->vm_page_prot));
	flush_mm_range(walk->mm, addr, addr + PAGE_SIZE);
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}
