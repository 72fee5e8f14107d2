/*
 * Reverse mapping: how many page-table entries map a page, the machine-wide totals of mapped pages,
 * and the entries themselves. The entries of a file page are found through the tree of VMAs that
 * map the file. Those of an anonymous page are seldom needed, and are found by a search of every
 * address space: all VMAs that map the page have it at the same offset (page->index).
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/reclaim/oom.h"

static unsigned long anon_pages, mapped_pages; /* pages with _mapcount >= 0 */

unsigned long nr_anon_pages(void)
{
	return anon_pages;
}

unsigned long nr_mapped_pages(void)
{
	return mapped_pages;
}

void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	page->_mapcount = 0;
	page->mapping = (void *)((unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
	page->index = linear_page_index(vma, address);
	page->flags |= BIT(PG_swapbacked) | BIT(PG_uptodate) | BIT(PG_anon_exclusive);
	anon_pages++;
	lru_count_page(page);
	if (vma_locks_pages(vma))
		mlock_page(page);
}

void page_add_file_rmap(struct page *page, struct vm_area_struct *vma)
{
	if (!++page->_mapcount)
		mapped_pages++;
	if (vma_locks_pages(vma))
		mlock_page(page);
}

void page_dup_rmap(struct page *page)
{
	if (!++page->_mapcount && !PageAnon(page))
		mapped_pages++;
}

void page_remove_rmap(struct page *page, struct vm_area_struct *vma)
{
	BUG_ON(page->_mapcount < 0);
	if (vma_locks_pages(vma))
		munlock_page(page);
	if (!page->_mapcount) {
		munlock_last_mapping(page);
		if (PageAnon(page)) {
			anon_pages--;
			lru_uncount_page(page);
		} else {
			mapped_pages--;
		}
	}
	page->_mapcount--;
}

/* Call fn if this VMA maps the page. */
static void rmap_vma(struct page *page, struct vm_area_struct *vma, rmap_fn fn, void *arg)
{
	unsigned long address;
	pte_t *pte;

	if (page->index < vma->vm_pgoff || page->index >= vma->vm_pgoff + vma_pages(vma))
		return;
	address = vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
	spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_pte(vma->vm_mm, address);
	if (pte && vm_normal_page(*pte) == page)
		fn(page, vma, address, pte, arg);
	spin_unlock(&vma->vm_mm->page_table_lock);
}

static void rmap_walk_anon(struct page *page, rmap_fn fn, void *arg)
{
	struct vm_area_struct *vma;
	struct task_struct *p;

	for_each_process (p) {
		struct mm_struct *mm = process_mm(p);

		for (vma = mm ? mm->mmap : NULL; vma; vma = vma->vm_next)
			if (vma->anon_vma)
				rmap_vma(page, vma, fn, arg);
	}
}

void rmap_walk(struct page *page, rmap_fn fn, void *arg)
{
	struct vm_area_struct *vma;

	if (PageAnon(page)) {
		rmap_walk_anon(page, fn, arg);
		return;
	}
	vma_interval_tree_foreach (vma, &page->mapping->i_mmap, page->index, page->index)
		rmap_vma(page, vma, fn, arg);
}

static void test_referenced(struct page *page, struct vm_area_struct *vma, unsigned long address,
			    pte_t *pte, void *referenced)
{
	if (pte_young(*pte) || vma->vm_flags & VM_LOCKED)
		*(bool *)referenced = true;
	/* The TLB is not flushed: it may hide the next access, and the page may then be reclaimed
	   early, which does no harm. */
	set_pte_at(vma->vm_mm, address, pte, pte_mkold(*pte));
}

bool page_referenced(struct page *page)
{
	bool referenced = false;

	rmap_walk(page, test_referenced, &referenced);
	return referenced;
}

static void collect_dirty_bit(struct page *page, struct vm_area_struct *vma, unsigned long address,
			      pte_t *pte, void *arg)
{
	if (pte_dirty(*pte))
		set_page_dirty(page);
}

void collect_dirty_bits(struct page *page)
{
	rmap_walk(page, collect_dirty_bit, NULL);
}

static void unmap_one(struct page *page, struct vm_area_struct *vma, unsigned long address,
		      pte_t *pte, void *arg)
{
	unsigned int flags = *(unsigned int *)arg;
	struct mm_struct *mm = vma->vm_mm;
	pte_t entry = *pte;

	if (vma->vm_flags & VM_LOCKED && !(flags & TTU_IGNORE_MLOCK))
		return;
	update_hiwater_rss(mm);
	set_pte_at(mm, address, pte, flags & TTU_HWPOISON ? mk_hwpoison_pte(page) : __pte(0));
	flush_mm_range(mm, address, address + PAGE_SIZE);
	if (pte_dirty(entry))
		set_page_dirty(page);
	add_mm_counter(mm, mm_counter(page), -1);
	page_remove_rmap(page, vma);
	put_page(page); /* not the last reference: the page cache or the caller has one */
}

void try_to_unmap(struct page *page, unsigned int flags)
{
	rmap_walk(page, unmap_one, &flags);
}

/* Make this entry map `new` instead of `page`. */
static void move_one(struct page *page, struct vm_area_struct *vma, unsigned long address,
		     pte_t *pte, void *new_page)
{
	struct page *new = new_page;

	get_page(new);
	if (!PageAnon(page)) {
		page_add_file_rmap(new, vma);
	} else if (!page_mapped(new)) {
		page_add_new_anon_rmap(new, vma, address);
		if (!PageAnonExclusive(page))
			ClearPageAnonExclusive(new);
	} else {
		page_dup_rmap(new);
		if (vma_locks_pages(vma))
			mlock_page(new);
	}
	set_pte_at(vma->vm_mm, address, pte,
		   pfn_pte(page_to_pfn(new), __pgprot(pte_val(*pte) & PTE_FLAGS_MASK)));
	flush_mm_range(vma->vm_mm, address, address + PAGE_SIZE);
	page_remove_rmap(page, vma);
	put_page(page);
}

bool move_rmap(struct page *page, struct page *new)
{
	rmap_walk(page, move_one, new);
	if (!page_mapped(page))
		return true;
	/* some entries were not found: move the others back */
	if (page_mapped(new))
		rmap_walk(new, move_one, page);
	return false;
}
