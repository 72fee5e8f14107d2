/*
 * The page tables themselves: when one is allocated, and when it is freed.
 *
 *    page directory          page tables               pages
 *    +------+
 *    |      | 0-4 MiB        +------+
 *    |  *---|--------------->|      |
 *    +------+                |  *---|----------------> 4 KiB of memory
 *    | none | 4-8 MiB        |      |
 *    +------+                +------+
 *    |  ... |                1024 entries
 *
 * One table covers 4 MiB of addresses, and costs a page. It is allocated when the first page in its
 * range becomes present. It is freed when no VMA is left in its range: two neighbouring VMAs can
 * use the same table.
 */
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "mm/phys/gfp.h"
#include "mm/pagewalk.h"

pte_t *mm_pte_alloc(struct mm_struct *mm, pmd_t *pmd, unsigned long address)
{
	pte_t *table;

	if (unlikely(!pmd_has_table(*pmd))) {
		table = pte_alloc_one();
		if (!table)
			return NULL;
		spin_lock(&mm->page_table_lock);
		pmd_install(mm, pmd, &table);
		spin_unlock(&mm->page_table_lock);
		if (table) /* another thread was faster */
			free_pte_table(table);
		split_huge_pmd_address(mm, address); /* perhaps by a large page */
	}
	return pte_offset_map(pmd, address);
}

void pmd_install(struct mm_struct *mm, pmd_t *pmd, pte_t **table)
{
	if (!pmd_none(*pmd))
		return;
	pmd_populate(mm, pmd, *table);
	mm->pgtables_bytes += PAGE_SIZE;
	*table = NULL;
}

struct table_bounds {
	unsigned long floor, ceiling;
};

/* A pmd_entry of the walk: give back the page table of *pmd, all of whose entries are empty, unless
   a neighbouring VMA may use it: the VMA before ends at bounds->floor, the one after begins at
   bounds->ceiling (0: none). [addr, end) lies in this table. Its directory entry is cleared and
   flushed from the TLB before the table is freed, and pgtables_bytes falls. 0. Takes
   page_table_lock. */
static int free_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	const struct table_bounds *bounds = walk->private;
	pte_t *table = pmd_page_vaddr(*pmd);

	addr &= PMD_MASK;
	/* a neighbouring VMA may use the first or the last table too: keep that one */
	if (bounds->floor > addr || bounds->ceiling - addr < PMD_SIZE)
		return 0;
	spin_lock(&walk->mm->page_table_lock);
	pmd_clear(walk->mm, pmd);
	/* the processor may have cached the directory entry: it must forget the table before the
	   page is used for something else */
	flush_mm_range(walk->mm, addr, addr + PAGE_SIZE);
	free_pte_table(table);
	walk->mm->pgtables_bytes -= PAGE_SIZE;
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}

static const struct mm_walk_ops free_pgtables_ops = {.pmd_entry = free_pte_range, .no_rest = true};

void free_pgtables(struct mm_struct *mm, unsigned long start, unsigned long end,
		   unsigned long floor, unsigned long ceiling)
{
	struct table_bounds bounds = {floor, ceiling};
	struct mm_walk walk = {.mm = mm, .private = &bounds};

	__walk_page_range(&walk, start, end, &free_pgtables_ops);
}
