/*
 * Reverse mapping: how many page-table entries map a page, the machine-wide totals of mapped pages,
 * and the entries themselves. See rmap.h. All VMAs that map a page have it at the same offset
 * (page->index), so each is asked for one entry only.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "mm/ksm.h"
#include "mm/huge_memory.h"
#include "mm/mm_trace.h"
#include "mm/pagewalk.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/swap/swap.h"

static unsigned long anon_pages, mapped_pages; /* pages with _mapcount >= 0 */

unsigned long nr_anon_pages(void)
{
	return anon_pages;
}

void count_anon_pages(long pages)
{
	anon_pages += pages;
}

unsigned long nr_mapped_pages(void)
{
	return mapped_pages;
}

static void set_page_anon_vma(struct page *page, struct anon_vma *anon_vma)
{
	page->mapping = (void *)((unsigned long)anon_vma | PAGE_MAPPING_ANON);
}

void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	page->_mapcount = 0;
	set_page_anon_vma(page, vma->anon_vma);
	page->index = linear_page_index(vma, address);
	page->flags |= BIT(PG_uptodate) | BIT(PG_anon_exclusive);
	anon_pages++;
	lru_cache_add_new_anon(page);
	if (vma_locks_pages(vma))
		mlock_page(page);
}

void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			bool exclusive)
{
	VM_BUG_ON(page_mapped(page) && (exclusive || PageAnonExclusive(page)));
	if (!PageAnon(page)) {
		set_page_anon_vma(page, exclusive ? vma->anon_vma : vma->anon_vma->root);
		page->index = linear_page_index(vma, address);
	}
	VM_BUG_ON(!PageKsm(page) && page->index != linear_page_index(vma, address));
	if (exclusive)
		SetPageAnonExclusive(page);
	if (!++page->_mapcount)
		anon_pages++;
	if (vma_locks_pages(vma))
		mlock_page(page);
}

void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	set_page_anon_vma(page, vma->anon_vma);
	SetPageAnonExclusive(page);
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
		if (PageAnon(page))
			anon_pages--;
		else
			mapped_pages--;
	}
	page->_mapcount--;
}

/* ---- walking ---- */

/* Where the VMA has the page, which has an index of those that it maps. */
static unsigned long vma_address(const struct page *page, const struct vm_area_struct *vma)
{
	return vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
}

bool rmap_at(struct page *page, struct vm_area_struct *vma, unsigned long address, rmap_fn fn,
	     void *arg)
{
	bool maps;
	pte_t *pte;

	spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_pte(vma->vm_mm, address);
	maps = pte && vm_normal_page(*pte) == page;
	if (maps)
		fn(page, vma, address, pte, arg);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return maps;
}

/* Call fn if this VMA maps the page. */
static void rmap_vma(struct page *page, struct vm_area_struct *vma, rmap_fn fn, void *arg)
{
	if (page->index >= vma->vm_pgoff && page->index < vma->vm_pgoff + vma_pages(vma))
		rmap_at(page, vma, vma_address(page, vma), fn, arg);
}

void rmap_walk(struct page *page, rmap_fn fn, void *arg)
{
	struct anon_vma_chain *avc;
	struct vm_area_struct *vma;

	if (!page_mapped(page)) /* an anonymous one may outlive its anon_vma then */
		return;
	if (PageKsm(page)) {
		rmap_walk_ksm(page, fn, arg);
	} else if (PageAnon(page)) {
		anon_vma_interval_tree_foreach(avc, &page_anon_vma(page)->rb_root, page->index,
					       page->index) rmap_vma(page, avc->vma, fn, arg);
	} else {
		vma_interval_tree_foreach (vma, &page->mapping->i_mmap, page->index, page->index)
			rmap_vma(page, vma, fn, arg);
	}
}

/* What page_referenced() counts. */
struct references {
	int entries;
	unsigned long vm_flags;
};

/* An entry that maps the page, for page_referenced(): *arg, a struct references, learns whether it
   was used since the last look, and by what kind of mapping. It is unused from here on. */
static void count_reference(struct page *page, struct vm_area_struct *vma, unsigned long address,
			    pte_t *pte, void *arg)
{
	struct references *found = arg;

	found->vm_flags |= vma->vm_flags & VM_LOCKED;
	if (!pte_young(*pte))
		return;
	/* The TLB is not flushed: it may hide the next access, and the page may then be reclaimed
	   early, which does no harm. */
	set_pte_at(vma->vm_mm, address, pte, pte_mkold(*pte));
	if (vma->vm_flags & VM_SEQ_READ) /* it was read, and will not be read again */
		return;
	found->entries++;
	found->vm_flags |= vma->vm_flags;
}

int page_referenced(struct page *page, unsigned long *vm_flags)
{
	struct references found = {0};

	if (PageHead(page))
		return huge_page_referenced(page, vm_flags);
	rmap_walk(page, count_reference, &found);
	*vm_flags = found.vm_flags;
	return found.entries;
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

/* ---- unmapping ---- */

/* May the entry of an anonymous page be cleared? Only if the program does not need the contents any
   more (MADV_FREE): nobody has a reference but the entries and the caller, and nobody has written.
 */
static bool may_discard(struct page *page)
{
	if (PageSwapBacked(page))
		return false;
	if (page_count(page) == 1 + page_mapcount(page) && !PageDirty(page))
		return true;
	SetPageSwapBacked(page);
	return false;
}

/* An entry that maps the page goes, unless it has to stay: it names the page's slot then, or is
   poisoned, or empty; and the page learns of a write, and loses a mapping and a reference. *arg:
   TTU_ flags. */
static void unmap_one(struct page *page, struct vm_area_struct *vma, unsigned long address,
		      pte_t *pte, void *arg)
{
	unsigned int flags = *(unsigned int *)arg;
	struct mm_struct *mm = vma->vm_mm;
	pte_t entry = *pte;

	if (vma->vm_flags & VM_LOCKED && !(flags & TTU_IGNORE_MLOCK))
		return;
	if (pte_dirty(entry))
		set_page_dirty(page);
	update_hiwater_rss(mm);
	if (PageAnon(page) && PageSwapCache(page) && !(flags & TTU_HWPOISON)) {
		if (!swap_out_pte(vma, address, pte, page))
			return;
	} else {
		if (PageAnon(page) && !(flags & TTU_HWPOISON) && !may_discard(page))
			return;
		set_pte_at(mm, address, pte,
			   flags & TTU_HWPOISON ? mk_hwpoison_pte(page) : __pte(0));
		add_mm_counter(mm, mm_counter(page), -1);
	}
	flush_mm_range(mm, address, address + PAGE_SIZE);
	page_remove_rmap(page, vma);
	put_page(page); /* not the last reference: the page cache or the caller has one */
	if (trace_on(TRACE_ZAP))
		trace_reclaimed(mm, address, entry);
}

void try_to_unmap(struct page *page, unsigned int flags)
{
	rmap_walk(page, unmap_one, &flags);
}

/* ---- moving ---- */

/* Make this entry map `new` instead of `page`. */
static void move_one(struct page *page, struct vm_area_struct *vma, unsigned long address,
		     pte_t *pte, void *new_page)
{
	struct page *new = new_page;

	get_page(new);
	if (PageAnon(page))
		page_add_anon_rmap(new, vma, address, PageAnonExclusive(page));
	else
		page_add_file_rmap(new, vma);
	set_pte_at(vma->vm_mm, address, pte,
		   pfn_pte(page_to_pfn(new), __pgprot(pte_val(*pte) & PTE_FLAGS_MASK)));
	flush_mm_range(vma->vm_mm, address, address + PAGE_SIZE);
	page_remove_rmap(page, vma);
	put_page(page);
	if (trace_on(TRACE_PAGE))
		trace_migrated(vma->vm_mm, address, *pte);
}

bool move_rmap(struct page *page, struct page *new)
{
	if (PageAnon(page)) {
		new->mapping = page->mapping;
		new->index = page->index;
		lru_cache_add(new);
	}
	rmap_walk(page, move_one, new);
	if (!page_mapped(page)) {
		ksm_migrate_page(new, page);
		return true;
	}
	/* some entries were not found: move the others back */
	rmap_walk(new, move_one, page);
	if (PageAnon(new))
		new->mapping = NULL;
	return false;
}
