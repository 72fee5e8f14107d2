/*
 * Who maps a page: the count in the page itself, the machine-wide totals that follow from it, and
 * for a page of a file the entries that map it, found through the list of the file's VMAs.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"

static unsigned long anon_pages, mapped_pages; /* pages with _mapcount >= 0 */

unsigned long nr_anon_pages(void)
{
	return anon_pages;
}

unsigned long nr_mapped_pages(void)
{
	return mapped_pages;
}

int mm_counter(const struct page *page)
{
	if (PageAnon(page))
		return MM_ANONPAGES;
	return PageSwapBacked(page) ? MM_SHMEMPAGES : MM_FILEPAGES;
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

/* The entry that maps the page in this VMA, and its address; NULL if none does. */
static pte_t *find_pte_of(const struct page *page, const struct vm_area_struct *vma,
			  unsigned long *address)
{
	pte_t *pte;

	if (page->index < vma->vm_pgoff || page->index >= vma->vm_pgoff + vma_pages(vma))
		return NULL;
	*address = vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
	pte = lookup_pte(vma->vm_mm, *address);
	return pte && pte_present(*pte) && vm_normal_page(*pte) == page ? pte : NULL;
}

bool page_referenced_file(struct page *page)
{
	struct vm_area_struct *vma;
	bool referenced = false;
	unsigned long address;
	pte_t *pte;

	list_for_each_entry (vma, &page->mapping->i_mmap_list, shared_node) {
		pte = find_pte_of(page, vma, &address);
		if (!pte)
			continue;
		referenced |= pte_young(*pte) || vma->vm_flags & VM_LOCKED;
		/* The TLB may hide the next touch: then the page goes too early, which is no harm.
		 */
		set_pte(pte, pte_mkold(*pte));
	}
	return referenced;
}

void try_to_unmap_file(struct page *page)
{
	struct vm_area_struct *vma;
	unsigned long address;
	pte_t *pte, entry;

	list_for_each_entry (vma, &page->mapping->i_mmap_list, shared_node) {
		pte = find_pte_of(page, vma, &address);
		if (!pte || vma->vm_flags & VM_LOCKED)
			continue;
		entry = *pte;
		update_hiwater_rss(vma->vm_mm);
		set_pte_at(vma->vm_mm, address, pte, __pte(0));
		flush_mm_range(vma->vm_mm, address, address + PAGE_SIZE);
		if (pte_dirty(entry))
			set_page_dirty(page);
		add_mm_counter(vma->vm_mm, mm_counter(page), -1);
		page_remove_rmap(page, vma);
		put_page(page); /* not the last reference: the cache has one */
	}
}
