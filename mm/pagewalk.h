/*
 * The walk through the page tables of a range of addresses.
 *
 * Only the walk steps from directory to table to entry. It knows how many levels there are (two
 * here: the middle one is folded away) and that a directory entry may map a large page. It takes
 * page_table_lock for each table, and lets other tasks run between two tables. The caller says in a
 * struct mm_walk_ops what to do with the entries.
 *
 * The caller keeps the page tables from being freed: it holds mmap_sem, or the i_mmap_rwsem of the
 * file.
 */
#ifndef MM_PAGEWALK_H
#define MM_PAGEWALK_H

#include "kernel/core/panic.h"
#include "kernel/sched/sched.h"
#include "mm/mm_types.h"

struct mm_walk {
	struct mm_struct *mm;
	struct vm_area_struct *vma; /* NULL if the range may cover several VMAs */
	void *private;		    /* the caller's */
};

#define WALK_TABLE (-4096) /* not an errno: see large_page below */

/*
 * What to do with the part [addr, end) of the range that one directory entry covers. Functions may
 * be NULL; one of the first three handles the page tables. A function that changes entries flushes
 * the TLB before it returns, since a thread of the same address space may run next. A function
 * returns 0 to go on; any other value ends the walk, which returns that value.
 */
struct mm_walk_ops {
	/* The directory entry points to a table. Without page_table_lock; may sleep. */
	int (*pmd_entry)(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);
	/* The entries of a table from `pte` on, empty or not. With page_table_lock. */
	int (*pte_range)(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk);
	/* An entry that is not empty. With page_table_lock. */
	int (*pte_entry)(pte_t *pte, unsigned long addr, struct mm_walk *walk);
	/* There is no table. Without page_table_lock; may sleep. */
	int (*pte_hole)(unsigned long addr, unsigned long end, struct mm_walk *walk);
	/* The directory entry maps a large page, all or part of which is in the range. Without
	   page_table_lock; may sleep. WALK_TABLE: the function has put a page table in its place,
	   which is walked now. A walk without this function panics there rather than taking the
	   page for a table. */
	int (*large_page)(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);
	/* Do not let other tasks run between two tables: nothing may change during the walk. */
	bool no_rest;
};

/* Walk [start, end) of an address space, or of one VMA, which must contain it; all of a VM_PFNMAP
   one is a hole, as Linux's callers see it. Returns 0, or the value that ended the walk. May sleep
   unless ops->no_rest. */
int walk_page_range(struct mm_struct *mm, unsigned long start, unsigned long end,
		    const struct mm_walk_ops *ops, void *private);
int walk_page_range_vma(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			const struct mm_walk_ops *ops, void *private);

/* A ->large_page for walks that large pages do not concern. */
int pass_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk);

/* The entry of one address, or NULL if there is no table for it, because nothing or a large page is
   mapped there. page_table_lock. */
pte_t *lookup_pte(struct mm_struct *mm, unsigned long addr);
/* The directory entry of one address if it maps a large page, or NULL. mmap_sem or page_table_lock.
 */
pmd_t *lookup_large_pmd(struct mm_struct *mm, unsigned long addr);
/* What the entry of one address holds: nothing if there is no table; if a large page is mapped
   there, what the entry of the small page would hold. page_table_lock. */
pte_t lookup_entry(struct mm_struct *mm, unsigned long addr);

/* ---- the walk itself ---- */

static __always_inline int __walk_pte_range(pmd_t *pmd, unsigned long addr, unsigned long end,
					    struct mm_walk *walk, const struct mm_walk_ops *ops)
{
	struct mm_struct *mm = walk->mm;
	pte_t *pte;
	int err = 0;

	spin_lock(&mm->page_table_lock);
	pte = pte_offset_map(pmd, addr);
	if (ops->pte_range) {
		err = ops->pte_range(pte, addr, end, walk);
	} else if (ops->pte_entry) {
		for (; addr != end && !err; addr += PAGE_SIZE, pte++)
			if (!pte_none(*pte))
				err = ops->pte_entry(pte, addr, walk);
	}
	spin_unlock(&mm->page_table_lock);
	return err;
}

static __always_inline int __walk_pmd(pmd_t *pmd, unsigned long addr, unsigned long end,
				      struct mm_walk *walk, const struct mm_walk_ops *ops)
{
	if (unlikely(!pmd_has_table(*pmd))) {
		int err;

		if (pmd_none(*pmd))
			return ops->pte_hole ? ops->pte_hole(addr, end, walk) : 0;
		BUG_ON(!ops->large_page);
		err = ops->large_page(pmd, addr, end, walk);
		if (err != WALK_TABLE)
			return err;
	}
	return ops->pmd_entry ? ops->pmd_entry(pmd, addr, end, walk)
			      : __walk_pte_range(pmd, addr, end, walk, ops);
}

static __always_inline int __walk_pmd_range(pgd_t *pgd, unsigned long addr, unsigned long end,
					    struct mm_walk *walk, const struct mm_walk_ops *ops)
{
	pmd_t *pmd = pmd_offset(pgd, addr);
	unsigned long next;
	int err = 0;

	for (; addr < end && !err; addr = next, pmd++) {
		next = pmd_addr_end(addr, end);
		err = __walk_pmd(pmd, addr, next, walk, ops);
		if (!ops->no_rest)
			cond_resched();
	}
	return err;
}

/* The walk, inlined into its caller. If `ops` is constant, the compiler inlines its functions too,
   and the result is the loop that one would write by hand. With calls of the functions above, brk,
   munmap, mprotect and mremap of a few pages take 5 to 7 per cent longer, fork and exit 3. */
static __always_inline int __walk_page_range(struct mm_walk *walk, unsigned long addr,
					     unsigned long end, const struct mm_walk_ops *ops)
{
	pgd_t *pgd = pgd_offset(walk->mm, addr);
	unsigned long next;
	int err = 0;

	for (; addr < end && !err; addr = next, pgd++) {
		next = pgd_addr_end(addr, end);
		if (!pgd_none(*pgd))
			err = __walk_pmd_range(pgd, addr, next, walk, ops);
		else if (ops->pte_hole)
			err = ops->pte_hole(addr, next, walk);
	}
	return err;
}

#endif
