/*
 * Who maps a page: the count in the page itself, and the machine-wide totals that follow from it.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"

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
	page->flags |= BIT(PG_swapbacked) | BIT(PG_uptodate);
	anon_pages++;
}

void page_add_file_rmap(struct page *page)
{
	if (!++page->_mapcount)
		mapped_pages++;
}

void page_dup_rmap(struct page *page)
{
	if (!++page->_mapcount && !PageAnon(page))
		mapped_pages++;
}

void page_remove_rmap(struct page *page)
{
	BUG_ON(page->_mapcount < 0);
	if (--page->_mapcount >= 0)
		return;
	if (PageAnon(page))
		anon_pages--;
	else
		mapped_pages--;
}
