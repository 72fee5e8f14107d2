/*
 * Copy-on-write: a write to a private page that may be shared.
 *
 * fork makes the private pages of parent and child read-only instead of copying them. The first
 * write by either of them faults and comes here:
 *
 *   others still use the page          wp_page_copy    the writer gets a copy
 *   the writer is its last owner       wp_page_reuse   the entry becomes writable
 *
 * The same happens at the first write to the zero page and to a page of a privately mapped file. A
 * page that a pager in user space has write-protected does not come here: userfaultfd_fault() tells
 * the pager first.
 *
 * What is decided here is decided by vmf->orig_pte and the page that it maps. Nothing sleeps before
 * that page has one more reference, or page_table_lock is taken and the entry looked at again.
 */
#include "mm/install_pte.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/swap/swap.h"

vm_fault_t wp_page_reuse(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	pte_t entry = pte_mkyoung(vmf->orig_pte);

	if (unlikely(!lock_entry(vmf)))
		return VM_FAULT_NOPAGE;
	entry = maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
	set_pte_at(mm, vmf->address, vmf->pte, entry);
	flush_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE);
	spin_unlock(&mm->page_table_lock);
	count_vm_event(PGREUSE);
	return 0;
}

/* Make `new`, which holds zeros, a copy of what the entry maps: `old`, or a frame without a page.
   The zero page needs no copy. Device memory has no kernel address, so it is read where the program
   sees it. If that fails, another thread has changed the entry, and the copy will not be used. */
static void cow_user_page(struct vm_fault *vmf, struct page *new, struct page *old)
{
	char *to;

	if (old) {
		copy_highpage(new, old);
	} else if (pte_pfn(vmf->orig_pte) != zero_pfn && current->mm == vmf->vma->vm_mm) {
		to = kmap_local_page(new);
		pagefault_disable();
		if (copy_from_user(to, (const char __user *)vmf->address, PAGE_SIZE))
			clear_page(to);
		pagefault_enable();
		kunmap_local(to);
	}
}

/* Map a copy of `old` in its place. `old` is NULL for a frame without a page: the zero page, or
   device memory. The allocation may sleep, so install_pte looks at the entry again. 0, also if
   another thread was faster: then nothing has changed. VM_FAULT_OOM. mmap_sem r. */
static vm_fault_t wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *new = NULL;

	if (old && PageKsm(old))
		count_vm_event(COW_KSM);
	if (old)
		get_page(old); /* not reused meanwhile, even if another thread unmaps it */
	if (!anon_vma_prepare(vma))
		new = alloc_page(old ? GFP_HIGHUSER_MOVABLE : GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
	if (new)
		cow_user_page(vmf, new, old);
	if (new && !install_pte(vmf, new, anon_entry(vmf, new), true))
		put_page(new);
	if (old)
		put_page(old);
	return new ? 0 : VM_FAULT_OOM;
}

/* Is this an anonymous page that no other address space shares? If only one reference is left, the
   others have gone, and the page becomes exclusive. */
static bool anon_page_is_ours(struct page *page, struct vm_area_struct *vma)
{
	if (!PageAnon(page))
		return false;
	if (PageAnonExclusive(page))
		return true;
	if (unlikely(PageSwapCache(page)))
		leave_swap_cache(page); /* whose reference is no owner's */
	if (page_count(page) == 1 && !PageKsm(page))
		page_move_anon_rmap(page, vma);
	return PageAnonExclusive(page);
}

vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->orig_pte);

	if (vmf->vma->vm_flags & VM_SHARED)
		return wp_page_shared(vmf, page);
	if (page && anon_page_is_ours(page, vmf->vma))
		return wp_page_reuse(vmf);
	return wp_page_copy(vmf, page);
}

vm_fault_t do_unshare_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->orig_pte);

	if (page && PageAnon(page) && !anon_page_is_ours(page, vmf->vma))
		return wp_page_copy(vmf, page);
	return 0;
}
