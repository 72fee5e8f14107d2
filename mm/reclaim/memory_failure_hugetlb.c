/*
 * A huge page of the pool, a part of which is broken. It is lost as a whole: its processes lose all
 * of it at once, because a directory entry cannot say which part is good.
 *
 * A private one leaves the pool, and its other small pages are free memory from then on. One of a
 * file stays in its place, where nobody gets it any more.
 */
#include "mm/hugetlb_internal.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/rmap.h"
#include <linux/errno.h>

/* If the VMA maps the page at its place `pgoff`, it is gone from there. */
static void poison_entry(struct vm_area_struct *vma, pgoff_t pgoff, struct page *head)
{
	unsigned long addr = vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT);
	struct mm_struct *mm = vma->vm_mm;
	pmd_t *pmd;

	spin_lock(&mm->page_table_lock);
	pmd = lookup_large_pmd(mm, addr);
	if (pmd && pmd_present(*pmd) && pmd_page(*pmd) == head) {
		if (pmd_dirty(*pmd))
			signal_early(vma, addr);
		set_pmd_at(mm, addr, pmd, pfn_hwpoison_pmd(page_to_pfn(head)));
		flush_mm_range(mm, addr, addr + PAGE_SIZE);
		mm->hugetlb_usage -= HPAGE_NR;
		head->_mapcount--;
		put_page(head);
	}
	spin_unlock(&mm->page_table_lock);
}

static void unmap_private(struct page *head)
{
	struct anon_vma_chain *avc;

	if (!page_mapped(head))
		return;
	anon_vma_interval_tree_foreach(avc, &page_anon_vma(head)->rb_root, head->index, head->index)
		poison_entry(avc->vma, head->index, head);
}

static void unmap_of_file(struct page *head)
{
	struct address_space *mapping = head->mapping;
	pgoff_t pgoff = head->index << HPAGE_ORDER;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach (vma, &mapping->i_mmap, pgoff, pgoff)
		poison_entry(vma, pgoff, head);
	i_mmap_unlock_read(mapping);
}

int memory_failure_hugetlb(struct page *page)
{
	struct page *head = compound_head(page);
	bool of_file;

	mutex_lock(&hugetlb_fault_mutex);
	lock_page(head);
	set_broken_part(head, page);
	of_file = head->mapping && !PageAnon(head);
	if (of_file)
		unmap_of_file(head);
	else
		unmap_private(head);
	unlock_page(head);
	mutex_unlock(&hugetlb_fault_mutex);
	if (page_mapped(head) || page_count(head) != 1 + of_file)
		return -EBUSY;
	return of_file ? 0 : dissolve_broken_huge_page(head);
}
