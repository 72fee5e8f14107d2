/*
 * Splitting a transparent huge page, and counting one. See huge_memory.h.
 *
 *     before                                 after
 *
 *     directory                              directory    table
 *     +-----+       +-----------------+      +-----+     +---+      +-+
 *     |  *--|------>| one large page  |      |  *--|---->| *-|----->| |
 *     +-----+       +-----------------+      +-----+     | *-|--+   +-+
 *                   one struct page counts               |.. |  |   +-+
 *                                                        +---+  +-->| |   each counts for itself
 *                                                                   +-+
 */
#include "mm/huge_memory.h"
#include "kernel/core/panic.h"
#include "mm/internal.h"
#include "mm/mm_trace.h"
#include "mm/pagewalk.h"
#include "mm/rmap.h"

/* ---- page tables in store ---- */

void pgtable_trans_huge_deposit(struct mm_struct *mm, pte_t *table)
{
	check_page_table_lock(mm);
	virt_to_page(table)->private = (unsigned long)mm->pmd_huge_pte;
	mm->pmd_huge_pte = table;
	mm->pgtables_bytes += PAGE_SIZE;
}

pte_t *pgtable_trans_huge_withdraw(struct mm_struct *mm)
{
	pte_t *table = mm->pmd_huge_pte;

	check_page_table_lock(mm);
	BUG_ON(!table);
	mm->pmd_huge_pte = (pte_t *)virt_to_page(table)->private;
	virt_to_page(table)->private = 0;
	mm->pgtables_bytes -= PAGE_SIZE;
	return table;
}

/* ---- finding the entries ---- */

typedef void (*huge_rmap_fn)(struct page *page, struct vm_area_struct *vma, unsigned long addr,
			     pmd_t *pmd, void *arg);

/* Call fn, with page_table_lock, for every entry that maps the page. */
static void huge_rmap_walk(struct page *page, huge_rmap_fn fn, void *arg)
{
	pgoff_t last = page->index + HPAGE_NR - 1;
	struct anon_vma_chain *avc;

	if (!page_mapped(page))
		return;
	anon_vma_interval_tree_foreach(avc, &page_anon_vma(page)->rb_root, page->index, last)
	{
		struct vm_area_struct *vma = avc->vma;
		unsigned long addr = vma->vm_start + ((page->index - vma->vm_pgoff) << PAGE_SHIFT);
		pmd_t *pmd;

		if (page->index < vma->vm_pgoff || last >= vma->vm_pgoff + vma_pages(vma))
			continue;
		spin_lock(&vma->vm_mm->page_table_lock);
		pmd = lookup_large_pmd(vma->vm_mm, addr);
		if (pmd && pmd_page(*pmd) == page)
			fn(page, vma, addr, pmd, arg);
		spin_unlock(&vma->vm_mm->page_table_lock);
	}
}

struct huge_references {
	int entries;
	unsigned long vm_flags;
};

static void count_huge_reference(struct page *page, struct vm_area_struct *vma, unsigned long addr,
				 pmd_t *pmd, void *arg)
{
	struct huge_references *found = arg;

	found->vm_flags |= vma->vm_flags & VM_LOCKED;
	if (!pmdp_test_and_clear_young(vma->vm_mm, addr, pmd) || vma->vm_flags & VM_SEQ_READ)
		return;
	found->entries++;
	found->vm_flags |= vma->vm_flags;
}

int huge_page_referenced(struct page *page, unsigned long *vm_flags)
{
	struct huge_references found = {0};

	huge_rmap_walk(page, count_huge_reference, &found);
	*vm_flags = found.vm_flags;
	return found.entries;
}

/* ---- splitting ---- */

/* The entry of a small page, in the place of the large one: it has the same bits and maps the same
   memory, or, for the huge page of zeros, the small one. */
static pte_t split_pte(pmd_t pmd, unsigned long addr)
{
	pte_t pte = pmd_small_pte(pmd, addr);

	return is_huge_zero_pmd(pmd) ? pfn_pte(zero_pfn, __pgprot(pte_val(pte) & PTE_FLAGS_MASK))
				     : pte;
}

/* Replace the entry by a table. page_table_lock. */
static void __split_huge_pmd(struct mm_struct *mm, unsigned long addr, pmd_t *pmd)
{
	pte_t *table = pgtable_trans_huge_withdraw(mm);
	pmd_t old = pmdp_get_and_clear(mm, addr, pmd);

	flush_mm_range(mm, addr, addr + PAGE_SIZE);
	for (unsigned long i = 0; i < HPAGE_NR; i++)
		set_pte_at(mm, addr + i * PAGE_SIZE, table + i,
			   split_pte(old, addr + i * PAGE_SIZE));
	pmd_populate(mm, pmd, table);
	mm->pgtables_bytes += PAGE_SIZE;
	count_vm_event(THP_SPLIT_PMD);
	if (trace_on(TRACE_PAGE))
		trace_split(mm, addr, *table);
}

static void split_pmd(struct page *page, struct vm_area_struct *vma, unsigned long addr, pmd_t *pmd,
		      void *entries)
{
	__split_huge_pmd(vma->vm_mm, addr, pmd);
	++*(int *)entries;
}

/* What every small page has of the large one. */
#define FLAGS_OF_ALL                                                                           \
	(BIT(PG_referenced) | BIT(PG_uptodate) | BIT(PG_dirty) | BIT(PG_active) |              \
	 BIT(PG_swapbacked) | BIT(PG_unevictable) | BIT(PG_mlocked) | BIT(PG_anon_exclusive) | \
	 BIT(PG_workingset))

/* Page i of the block becomes a page of its own, with the mappings that the head has. */
static void split_page_tail(struct page *head, unsigned long i)
{
	struct page *page = head + i;

	page->compound_head = 0;
	page->private = 0;
	page->flags |= head->flags & FLAGS_OF_ALL;
	page->mapping = head->mapping;
	page->index = head->index + i;
	page->_mapcount = head->_mapcount;
	page->_refcount = page_mapcount(head);
	if (PageMlocked(head))
		page->mlock_count = head->mlock_count;
	lru_cache_add(page);
}

static unsigned long anon_thps; /* in small pages */

unsigned long nr_anon_thps(void)
{
	return anon_thps;
}

void split_huge_page(struct page *page)
{
	int entries = 0;

	VM_BUG_ON(!PageTransHuge(page));
	huge_rmap_walk(page, split_pmd, &entries);
	BUG_ON(entries != page_mapcount(page));
	lru_page_splits(page);
	page[1].compound_order = 0;
	__ClearPageHead(page);
	for (unsigned long i = 1; i < HPAGE_NR; i++)
		split_page_tail(page, i);
	anon_thps -= HPAGE_NR;
	count_vm_event(THP_SPLIT_PAGE);
}

/* Split what the entry maps. */
static void split_huge_pmd(struct mm_struct *mm, unsigned long addr, pmd_t *pmd)
{
	if (!is_huge_zero_pmd(*pmd)) {
		split_huge_page(pmd_page(*pmd));
		return;
	}
	spin_lock(&mm->page_table_lock);
	__split_huge_pmd(mm, addr & HPAGE_MASK, pmd);
	spin_unlock(&mm->page_table_lock);
}

void split_huge_pmd_address(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = lookup_large_pmd(mm, addr);

	if (pmd && pmd_present(*pmd) && !PageHuge(pmd_page(*pmd)))
		split_huge_pmd(mm, addr, pmd);
}

int split_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (pmd_large(*pmd)) {
		if (PageHuge(pmd_page(*pmd)))
			return 0;
		split_huge_pmd(walk->mm, addr, pmd);
	}
	return pmd_has_table(*pmd) ? WALK_TABLE : 0;
}

/* ---- counting ---- */

void huge_page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	set_compound_kind(page, COMPOUND_TRANSHUGE);
	page->_mapcount = 0;
	page->mapping = (void *)((unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
	page->index = linear_page_index(vma, addr);
	page->flags |= BIT(PG_uptodate) | BIT(PG_swapbacked) | BIT(PG_anon_exclusive);
	count_anon_pages(HPAGE_NR);
	anon_thps += HPAGE_NR;
	lru_cache_add(page);
	if (vma_locks_pages(vma))
		mlock_page(page);
}

void huge_page_remove_rmap(struct page *page, struct vm_area_struct *vma)
{
	bool last = !page->_mapcount;

	page_remove_rmap(page, vma);
	if (!last)
		return;
	count_anon_pages(-(long)(HPAGE_NR - 1));
	anon_thps -= HPAGE_NR;
}
