/*
 * How a page fault changes the entry: the last step of every fault, inlined into each of them.
 *
 * Whatever sleeps during a fault lets other threads of the address space fault on the same page. So
 * a fault first gets everything it needs, and then comes here: page_table_lock is taken, and the
 * entry is changed only if it still holds what the fault found there, in vmf->orig_pte.
 */
#ifndef MM_INSTALL_PTE_H
#define MM_INSTALL_PTE_H

#include "mm/internal.h"

/* The entry becomes writable if the VMA permits writing. */
static inline pte_t maybe_mkwrite(pte_t pte, const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(pte) : pte;
}

/* The entry for a page that was allocated for this fault: dirty and, if the VMA allows it,
   writable. FAULT_FLAG_UNSHARE: neither, and still write-protected if it was. */
static inline pte_t anon_entry(const struct vm_fault *vmf, struct page *page)
{
	pte_t entry = mk_pte(page, vmf->vma->vm_page_prot);

	if (unlikely(vmf->flags & FAULT_FLAG_UNSHARE))
		return pte_uffd_wp(vmf->orig_pte) ? pte_mkuffd_wp(entry) : entry;
	return maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
}

/* Take page_table_lock and look again: does the entry still hold what the fault found there, in
   vmf->orig_pte? A missing page table is installed only now, so that a fault that finds no page
   leaves no table behind. False: another thread was faster, and the lock is not held. */
static __always_inline bool lock_entry(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	spin_lock(&mm->page_table_lock);
	if (unlikely(!vmf->pte)) {
		if (vmf->prealloc_pte)
			pmd_install(mm, vmf->pmd, &vmf->prealloc_pte);
		vmf->pte = pte_offset_map(vmf->pmd, vmf->address);
	}
	if (likely(pte_same(*vmf->pte, vmf->orig_pte)))
		return true;
	spin_unlock(&mm->page_table_lock);
	return false;
}

/*
 * Every fault that makes a page present ends here: replace what the fault found in the entry by
 * `entry`, which maps `page`. The caller's reference to the page becomes the entry's.
 * - anon: the page was allocated for this fault, and nobody else has it.
 * - otherwise it belongs to a file, and is locked if it could be truncated meanwhile.
 * - page == NULL: the entry maps a frame that does not count its mappings.
 * False: another thread was faster, and nothing has changed.
 */
static __always_inline bool install_pte(struct vm_fault *vmf, struct page *page, pte_t entry,
					bool anon)
{
	struct vm_area_struct *vma = vmf->vma;

	if (unlikely(!lock_entry(vmf)))
		return false;
	if (page && anon) {
		page_add_new_anon_rmap(page, vma, vmf->address);
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
	} else if (page) {
		page_add_file_rmap(page, vma);
		add_mm_counter(vma->vm_mm, mm_counter(page), 1);
	}
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
	if (!pte_none(vmf->orig_pte))
		forget_old_page(vmf);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return true;
}

#endif
