/*
 * Page-table entries of pages in swap: how they come (swap_out_pte, called by reverse mapping), how
 * fork shares them, how they go (unmapping), and the fault that brings the page back
 * (do_swap_page).
 */
#include "mm/install_pte.h"
#include "kernel/block/bio.h"
#include "kernel/core/panic.h"
#include "mm/ksm.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/pagewalk.h"
#include "mm/rmap.h"
#include "mm/swap/internal.h"

/* ---- out ---- */

/* The address space has entries of pages in swap from here on: swapoff looks into it. */
static void add_to_mmlist(struct mm_struct *mm)
{
	if (list_empty(&mm->mmlist))
		list_add_tail(&mm->mmlist, &init_mm.mmlist);
}

bool swap_out_pte(struct vm_area_struct *vma, unsigned long address, pte_t *pte, struct page *page)
{
	struct mm_struct *mm = vma->vm_mm;
	swp_entry_t entry = page_swap_entry(page);
	pte_t new = swp_entry_to_pte(entry);

	if (PageAnonExclusive(page) && page_maybe_dma_pinned(page))
		return false; /* whoever has pinned it goes on using this page */
	if (swap_duplicate(entry))
		return false;
	if (pte_uffd_wp(*pte))
		new = pte_swp_mkuffd_wp(new);
	ClearPageAnonExclusive(page); /* fork may share the slot without asking the page */
	add_to_mmlist(mm);
	set_pte_at(mm, address, pte, new);
	add_mm_counter(mm, MM_ANONPAGES, -1);
	add_mm_counter(mm, MM_SWAPENTS, 1);
	return true;
}

/* ---- fork and unmapping ---- */

int copy_swap_pte(struct mm_struct *dst_mm, unsigned long addr, pte_t *dst, pte_t pte)
{
	if (is_swap_pte(pte)) {
		if (swap_duplicate(pte_to_swp_entry(pte)))
			return -ENOMEM;
		add_to_mmlist(dst_mm);
		add_mm_counter(dst_mm, MM_SWAPENTS, 1);
	}
	/* a poisoned or lost page: the child must find it so, too */
	set_pte_at(dst_mm, addr, dst, pte);
	return 0;
}

void forget_swap_pte(struct mm_struct *mm, pte_t pte)
{
	if (!is_swap_pte(pte))
		return;
	add_mm_counter(mm, MM_SWAPENTS, -1);
	free_swap_and_cache(pte_to_swp_entry(pte));
}

/* ---- in ---- */

/* Does a page that a fault brings back give its slot away? If slots are short; if the page will
   stay in memory; or if it is going to be written to, and nobody else has it (its references are
   those of the swap cache and of the fault). */
static bool should_try_to_free_swap(const struct page *page, const struct vm_area_struct *vma,
				    unsigned int flags)
{
	if (!PageSwapCache(page))
		return false;
	return vm_swap_full() || vma->vm_flags & VM_LOCKED || PageMlocked(page) ||
	       (flags & FAULT_FLAG_WRITE && !PageKsm(page) && page_count(page) == 2);
}

pte_t map_swapped_page(struct vm_area_struct *vma, unsigned long address, pte_t *pte,
		       struct page *page, unsigned int flags)
{
	pte_t old = *pte, new = mk_pte(page, vma->vm_page_prot);
	bool exclusive;

	swap_free(pte_to_swp_entry(old));
	if (should_try_to_free_swap(page, vma, flags))
		try_to_free_swap(page);
	/* neither the swap cache nor anybody else has it; a merged page is nobody's own */
	exclusive = page_count(page) == 1 && !PageKsm(page);
	if (exclusive && flags & FAULT_FLAG_WRITE)
		new = maybe_mkwrite(pte_mkdirty(new), vma);
	if (pte_swp_uffd_wp(old))
		new = pte_mkuffd_wp(new);
	add_mm_counter(vma->vm_mm, MM_SWAPENTS, -1);
	add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
	page_add_anon_rmap(page, vma, address, exclusive);
	set_pte_at(vma->vm_mm, address, pte, new);
	return new;
}

void lose_swapped_page(struct mm_struct *mm, unsigned long address, pte_t *pte,
		       const struct page *page)
{
	swp_entry_t lost = swp_entry(SWP_SWAPIN_ERROR, page_to_pfn(page));

	swap_free(pte_to_swp_entry(*pte));
	add_mm_counter(mm, MM_SWAPENTS, -1);
	set_pte_at(mm, address, pte, swp_entry_to_pte(lost));
}

/* Map the locked page, or a copy, in place of vmf->orig_pte, if it is still the page of that entry.
   Sets *mapped if the caller's reference is not the caller's any more. Returns VM_FAULT_ bits. */
static vm_fault_t finish_swap_fault(struct vm_fault *vmf, struct page *page, bool *mapped)
{
	swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
	struct page *wanted;

	*mapped = false;
	/* if the slot was given up while we waited, the entry has changed, too */
	if (!PageSwapCache(page) || page_swap_entry(page).val != entry.val)
		return 0;
	if (PageHWPoison(page))
		return VM_FAULT_HWPOISON;
	if (!PageUptodate(page)) /* it could not be read */
		return pte_same(*vmf->pte, vmf->orig_pte) ? VM_FAULT_SIGBUS : 0;
	wanted = ksm_might_need_to_copy(page, vmf->vma, vmf->address);
	if (!wanted)
		return VM_FAULT_OOM;
	*mapped = lock_entry(vmf); /* else another thread was faster */
	if (*mapped) {
		vmf->orig_pte =
			map_swapped_page(vmf->vma, vmf->address, vmf->pte, wanted, vmf->flags);
		spin_unlock(&vmf->vma->vm_mm->page_table_lock);
	}
	if (wanted != page) /* the swap cache has the page as long as that is locked */
		put_page(*mapped ? page : wanted);
	return 0;
}

/* The page of a slot that a fault has found there, referenced; *major: it was not in memory. NULL:
   no memory, or another thread was faster. Sleeps. */
static struct page *find_or_read(swp_entry_t entry, vm_fault_t *major)
{
	struct page *page = lookup_swap_cache(entry);

	*major = 0;
	if (page)
		return page;
	page = swapin_readahead(entry);
	if (page) {
		count_vm_event(PGMAJFAULT);
		*major = VM_FAULT_MAJOR;
	}
	return page;
}

vm_fault_t do_swap_page(struct vm_fault *vmf)
{
	swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
	struct page *page;
	vm_fault_t ret, major;
	bool mapped;

	if (is_swapin_error_pte(vmf->orig_pte))
		return VM_FAULT_SIGBUS;
	page = find_or_read(entry, &major);
	if (!page)
		return pte_same(*vmf->pte, vmf->orig_pte) ? VM_FAULT_OOM : 0;
	lock_page(page);
	ret = finish_swap_fault(vmf, page, &mapped);
	unlock_page(page);
	if (!mapped) {
		put_page(page);
		return ret ? ret : major;
	}
	/* a write-protected page is for a pager in user space: the access faults again */
	if (vmf->flags & FAULT_FLAG_WRITE && !pte_write(vmf->orig_pte) &&
	    !pte_uffd_wp(vmf->orig_pte))
		ret = do_wp_page(vmf);
	return ret & VM_FAULT_ERROR ? ret & VM_FAULT_ERROR : ret | major;
}

/* ---- in, ahead of use ---- */

static int swapin_pmd_entry(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	struct page *page;
	pte_t pte;

	for (; addr != end; addr += PAGE_SIZE) {
		pte = *pte_offset_map(pmd, addr);
		if (!is_swap_pte(pte))
			continue;
		page = read_swap_cache(pte_to_swp_entry(pte));
		if (page)
			put_page(page);
		cond_resched();
	}
	return 0;
}

static const struct mm_walk_ops swapin_ops = {.pmd_entry = swapin_pmd_entry,
					      .large_page = pass_large_page};

void swapin_range(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct blk_plug plug;

	blk_start_plug(&plug);
	walk_page_range_vma(vma, start, end, &swapin_ops, NULL);
	blk_finish_plug(&plug);
}

void swapin_mapping(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	unsigned long index = start;
	struct blk_plug plug;
	struct page *page;
	void *item;

	blk_start_plug(&plug);
	for (; (item = radix_tree_find(&mapping->pages, &index)) && index < end; index++) {
		page = xa_is_value(item) ? read_swap_cache(radix_to_swp_entry(item)) : NULL;
		if (page)
			put_page(page);
		cond_resched();
	}
	blk_finish_plug(&plug);
}
