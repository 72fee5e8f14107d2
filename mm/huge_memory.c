/*
 * Transparent huge pages: the faults, and what fork, munmap, mprotect and mremap do with the
 * entries. See huge_memory.h; splitting is in split_huge_page.c, making them later in khugepaged.c.
 */
#include "mm/huge_memory.h"
#include "mm/hugetlb_internal.h"
#include "mm/internal.h"
#include "mm/pagewalk.h"
#include "mm/phys/gfp.h"
#include "mm/reclaim/reclaim.h"
#include "mm/rmap.h"
#include <linux/errno.h>

#define THP_MIN_MEMORY (512UL << (20 - PAGE_SHIFT)) /* pages of RAM: with less, none by default */

enum thp_mode thp_enabled = THP_ALWAYS, thp_defrag = THP_MADVISE;

void hugepage_init(void)
{
	huge_zero_page_init();
	if (totalram_pages() < THP_MIN_MEMORY) {
		thp_enabled = thp_defrag = THP_NEVER;
		thp_use_zero_page = khugepaged_defrag = 0;
	}
}

bool vma_thp_disabled(const struct vm_area_struct *vma)
{
	return vma->vm_flags & (VM_NOHUGEPAGE | VM_SPECIAL | VM_HUGETLB) ||
	       vma->vm_mm->flags & MMF_DISABLE_THP;
}

bool hugepage_vma_check(const struct vm_area_struct *vma)
{
	if (!vma_is_anonymous(vma) || vma_thp_disabled(vma))
		return false;
	return thp_enabled == THP_ALWAYS ||
	       (thp_enabled == THP_MADVISE && vma->vm_flags & VM_HUGEPAGE);
}

bool transhuge_vma_suitable(const struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long haddr = addr & HPAGE_MASK;

	/* the sum may wrap: as on Linux, a VMA that ends below HPAGE_SIZE is suitable, too */
	return haddr >= vma->vm_start && haddr + HPAGE_SIZE <= vma->vm_end;
}

bool transparent_hugepage_active(const struct vm_area_struct *vma)
{
	return hugepage_vma_check(vma) && transhuge_vma_suitable(vma, vma->vm_end - HPAGE_SIZE);
}

/* ---- the first access ---- */

struct page *alloc_transhuge(gfp_t gfp)
{
	bool compact = gfp & __GFP_DIRECT_RECLAIM && nr_free_pages() > compact_gap(HPAGE_ORDER);
	struct page *page;

	gfp &= ~__GFP_DIRECT_RECLAIM;
	page = alloc_pages(gfp, HPAGE_ORDER);
	if (!page && compact) {
		count_vm_event(COMPACTSTALL);
		compact_memory();
		page = alloc_pages(gfp, HPAGE_ORDER);
		count_vm_event(page ? COMPACTSUCCESS : COMPACTFAIL);
	}
	return page;
}

/* May memory be made contiguous for the VMA, now or in the background? That can depend on the
   program's advice. */
static gfp_t vma_thp_gfp_mask(const struct vm_area_struct *vma)
{
	bool advised = vma->vm_flags & VM_HUGEPAGE;

	if (thp_defrag == THP_ALWAYS ||
	    (advised && thp_defrag != THP_DEFER && thp_defrag != THP_NEVER))
		return GFP_TRANSHUGE;
	if (thp_defrag == THP_DEFER || thp_defrag == THP_DEFER_MADVISE)
		return GFP_TRANSHUGE_LIGHT | __GFP_KSWAPD_RECLAIM;
	return GFP_TRANSHUGE_LIGHT;
}

/* Map the new page, full of zeros, if there is still nothing at haddr. Takes over `page` and
   `table`. */
static void map_new_huge_page(struct vm_area_struct *vma, unsigned long haddr, pmd_t *pmd,
			      struct page *page, pte_t *table)
{
	struct mm_struct *mm = vma->vm_mm;

	spin_lock(&mm->page_table_lock);
	if (!pmd_none(*pmd)) { /* another thread was faster */
		spin_unlock(&mm->page_table_lock);
		put_page(page);
		free_pte_table(table);
		return;
	}
	huge_page_add_new_anon_rmap(page, vma, haddr);
	pgtable_trans_huge_deposit(mm, table);
	add_mm_counter(mm, MM_ANONPAGES, HPAGE_NR);
	set_pmd_at(mm, haddr, pmd, make_huge_pmd(vma, page, vma->vm_flags & VM_WRITE));
	spin_unlock(&mm->page_table_lock);
	count_vm_event(THP_FAULT_ALLOC);
}

static vm_fault_t do_huge_pmd_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page;
	pte_t *table;

	/* a pager is asked for small pages */
	if (vma->vm_flags & VM_UFFD_FLAGS || !hugepage_vma_check(vma) ||
	    !transhuge_vma_suitable(vma, vmf->address))
		return VM_FAULT_FALLBACK;
	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	if (!(vmf->flags & FAULT_FLAG_WRITE) && thp_use_zero_page)
		return do_huge_zero_page_fault(vmf);
	page = alloc_transhuge(vma_thp_gfp_mask(vma));
	if (!page) {
		count_vm_event(THP_FAULT_FALLBACK);
		return VM_FAULT_FALLBACK;
	}
	table = pte_alloc_one();
	if (!table) {
		put_page(page);
		return VM_FAULT_OOM;
	}
	clear_huge_page(page);
	map_new_huge_page(vma, vmf->address & HPAGE_MASK, vmf->pmd, page, table);
	return 0;
}

/* ---- a page is there ---- */

/* A write that the entry does not permit. The only owner gets the whole page; who shares it with
   another process, or has the page of zeros, copies a small page only, so the page is split. */
static vm_fault_t do_huge_pmd_wp_page(struct vm_fault *vmf, pmd_t entry)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long haddr = vmf->address & HPAGE_MASK;
	struct page *page = pmd_page(entry);

	if (is_huge_zero_pmd(entry) || (!PageAnonExclusive(page) && page_count(page) > 1)) {
		split_huge_pmd_address(vma->vm_mm, haddr);
		return VM_FAULT_FALLBACK;
	}
	SetPageAnonExclusive(page);
	spin_lock(&vma->vm_mm->page_table_lock);
	set_pmd_at(vma->vm_mm, haddr, vmf->pmd, make_huge_pmd(vma, page, true));
	flush_mm_range(vma->vm_mm, haddr, haddr + PAGE_SIZE);
	spin_unlock(&vma->vm_mm->page_table_lock);
	count_vm_event(PGREUSE);
	return 0;
}

vm_fault_t do_huge_pmd_fault(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	pmd_t entry = *vmf->pmd;

	if (pmd_none(entry))
		return do_huge_pmd_anonymous_page(vmf);
	if (vmf->flags & FAULT_FLAG_WRITE && !pmd_write(entry))
		return do_huge_pmd_wp_page(vmf, entry);
	spin_lock(&mm->page_table_lock);
	entry = pmd_mkyoung(entry);
	set_pmd_at(mm, vmf->address & HPAGE_MASK, vmf->pmd,
		   vmf->flags & FAULT_FLAG_WRITE ? pmd_mkdirty(entry) : entry);
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/* ---- parts of walks ---- */

int huge_pmd_zap(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct mm_struct *mm = walk->mm;
	pmd_t entry;

	if (!pmd_large(*pmd) || end - addr != HPAGE_SIZE)
		return split_large_page(pmd, addr, end, walk);
	spin_lock(&mm->page_table_lock);
	entry = pmdp_get_and_clear(mm, addr, pmd);
	flush_mm_range(mm, addr, addr + PAGE_SIZE);
	free_pte_table(pgtable_trans_huge_withdraw(mm));
	if (!is_huge_zero_pmd(entry)) {
		add_mm_counter(mm, MM_ANONPAGES, -(long)HPAGE_NR);
		huge_page_remove_rmap(pmd_page(entry), walk->vma);
		put_page(pmd_page(entry));
	}
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/* One more address space maps the page of the entry. page_table_lock. */
static void huge_page_dup_rmap(struct mm_struct *dst_mm, pmd_t entry)
{
	struct page *page = pmd_page(entry);

	if (is_huge_zero_pmd(entry)) {
		mm_get_huge_zero_page(dst_mm);
		return;
	}
	get_page(page);
	page->_mapcount++;
	ClearPageAnonExclusive(page);
	add_mm_counter(dst_mm, MM_ANONPAGES, HPAGE_NR);
}

int huge_pmd_copy(pmd_t *pmd, unsigned long addr, struct mm_walk *walk)
{
	struct vm_area_struct *dst = walk->private;
	struct mm_struct *dst_mm = dst->vm_mm;
	pte_t *table = pte_alloc_one();

	if (!table)
		return -ENOMEM;
	if (!pmd_large(*pmd)) { /* the allocation slept, and reclaim has split it */
		free_pte_table(table);
		return WALK_TABLE;
	}
	spin_lock(&dst_mm->page_table_lock);
	spin_lock(&walk->mm->page_table_lock);
	huge_page_dup_rmap(dst_mm, *pmd);
	pmdp_set_wrprotect(walk->mm, addr, pmd); /* the caller flushes the TLB */
	pgtable_trans_huge_deposit(dst_mm, table);
	set_pmd_at(dst_mm, addr, pmd_off(dst_mm, addr), pmd_mkold(*pmd));
	spin_unlock(&walk->mm->page_table_lock);
	spin_unlock(&dst_mm->page_table_lock);
	return 0;
}

int huge_pmd_change_protection(pmd_t *pmd, unsigned long addr, unsigned long end,
			       struct mm_walk *walk)
{
	struct mm_struct *mm = walk->mm;

	if (!pmd_large(*pmd) || end - addr != HPAGE_SIZE)
		return split_large_page(pmd, addr, end, walk);
	spin_lock(&mm->page_table_lock);
	/* the right to write comes by a fault */
	set_pmd_at(mm, addr, pmd, pmd_modify(*pmd, walk->vma->vm_page_prot));
	flush_mm_range(mm, addr, addr + PAGE_SIZE);
	spin_unlock(&mm->page_table_lock);
	return 0;
}

int huge_pmd_move(pmd_t *pmd, unsigned long addr, unsigned long end, unsigned long new_addr,
		  struct mm_walk *walk)
{
	struct mm_struct *mm = walk->mm;
	pmd_t *new_pmd = pmd_off(mm, new_addr);

	if (!pmd_large(*pmd) || end - addr != HPAGE_SIZE || new_addr & ~HPAGE_MASK ||
	    !pmd_none(*new_pmd))
		return split_large_page(pmd, addr, end, walk);
	spin_lock(&mm->page_table_lock);
	set_pmd_at(mm, new_addr, new_pmd, pmdp_get_and_clear(mm, addr, pmd));
	flush_mm_range(mm, addr, addr + PAGE_SIZE);
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/* ---- advice ---- */

/* Does advice of this process apply to the page: does nobody else have it? The huge page of zeros
   counts no mapping at all. */
static bool is_to_give_up(pmd_t pmd)
{
	return page_mapcount(pmd_page(pmd)) == 1;
}

int huge_pmd_cold(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (!is_to_give_up(*pmd))
		return 0;
	if (end - addr != HPAGE_SIZE)
		return split_large_page(pmd, addr, end, walk);
	spin_lock(&walk->mm->page_table_lock);
	if (pmdp_test_and_clear_young(walk->mm, addr, pmd))
		flush_mm_range(walk->mm, addr, addr + PAGE_SIZE);
	deactivate_page(pmd_page(*pmd));
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}

int huge_pmd_free_lazily(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (!is_to_give_up(*pmd))
		return 0;
	if (end - addr != HPAGE_SIZE)
		return split_large_page(pmd, addr, end, walk);
	spin_lock(&walk->mm->page_table_lock);
	ClearPageDirty(pmd_page(*pmd));
	mark_page_lazyfree(pmd_page(*pmd));
	set_pmd_at(walk->mm, addr, pmd, pmd_mkold(pmd_mkclean(*pmd)));
	flush_mm_range(walk->mm, addr, addr + PAGE_SIZE);
	spin_unlock(&walk->mm->page_table_lock);
	return 0;
}

int huge_pmd_split_for_swap(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	if (!is_to_give_up(*pmd))
		return 0;
	/* as on Linux: swap has no slots for all of it */
	if (end - addr == HPAGE_SIZE)
		count_vm_event(THP_SWPOUT_FALLBACK);
	return split_large_page(pmd, addr, end, walk);
}
