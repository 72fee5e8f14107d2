/*
 * The page fault: making one page of a VMA present.
 *
 * handle_mm_fault finds the page-table entry, and what the entry holds decides who handles it:
 *
 *   nothing, anonymous VMA   do_anonymous_page   anonymous.c     a page of zeros (shared until
 *                                                                written)
 *   nothing, watched VMA     userfaultfd_fault   userfaultfd.c   wait for a pager in user space
 *   nothing, file            do_fault            file_fault.c    do_read_fault, do_cow_fault, or
 *                                                                do_shared_fault (shared_fault.c)
 *   a page in swap           do_swap_page        swap_fault.c    found in memory, or read again
 *   a poisoned page          (nothing)           here            SIGBUS: see memory_failure.c
 *   a page, write refused    do_wp_page          cow.c           copy-on-write, or reuse by the
 *                                                                last owner
 *   a page                   (nothing)           here            only the accessed and dirty bits
 *                                                                are missing
 *   a VMA of huge pages      hugetlb_fault       hugetlb.c
 *
 * The caller holds mmap_sem for reading and has checked that the VMA permits the access. Other
 * threads may hold it too: whatever sleeps here (allocations, a page's lock, the file's functions)
 * lets them fault on the same page. So each of these functions first gets everything it needs;
 * install_pte then takes page_table_lock, looks at the entry again, and changes it only if no other
 * thread was faster. A file's page is locked meanwhile, so that it cannot be truncated before the
 * entry maps it.
 */
#include "mm/install_pte.h"
#include "kernel/core/panic.h"
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/userfaultfd.h"
#include "mm/swap/swap.h"

/* The permissions of a page-table entry, indexed by VM_READ, VM_WRITE, VM_EXEC and VM_SHARED. A
   private writable page starts read-only: the first write makes the copy. */
static const pgprot_t protection_map[16] = {
	PAGE_NONE,	    PAGE_READONLY,	PAGE_COPY,	  PAGE_COPY,
	PAGE_READONLY_EXEC, PAGE_READONLY_EXEC, PAGE_COPY_EXEC,	  PAGE_COPY_EXEC,
	PAGE_NONE,	    PAGE_READONLY,	PAGE_SHARED,	  PAGE_SHARED,
	PAGE_READONLY_EXEC, PAGE_READONLY_EXEC, PAGE_SHARED_EXEC, PAGE_SHARED_EXEC,
};

pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	pgprot_t prot = protection_map[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];

	return pgprot_usable(prot);
}

void forget_old_page(struct vm_fault *vmf)
{
	struct page *old = vm_normal_page(vmf->orig_pte);
	struct mm_struct *mm = vmf->vma->vm_mm;

	flush_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE);
	if (!old)
		return;
	add_mm_counter(mm, mm_counter(old), -1);
	page_remove_rmap(old, vmf->vma);
	if (unlikely(PageSwapCache(old)))
		free_swap_cache(old);
	put_page(old);
}

/* ---- the dispatcher ---- */

/*
 * The entry *vmf->pte is not empty, but the processor refused the access.
 * - A poisoned entry: VM_FAULT_HWPOISON.
 * - The page is in swap: what do_swap_page() returns.
 * - FAULT_FLAG_UNSHARE: what do_unshare_page() returns.
 * - A write to an entry that is not writable: what do_wp_page() returns.
 * - Otherwise, if the entry is still what it was, a write sets its accessed and its dirty bit
 *   (ptep_set_access_flags). A read changes nothing: the processor sets the accessed bit. 0.
 * vmf->orig_pte becomes what the entry holds. mmap_sem r.
 */
static vm_fault_t fix_entry(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry = vmf->orig_pte = *vmf->pte;

	if (unlikely(!pte_present(entry)))
		return is_hwpoison_pte(entry) ? VM_FAULT_HWPOISON : do_swap_page(vmf);
	if (vmf->flags & FAULT_FLAG_UNSHARE)
		return do_unshare_page(vmf);
	if (vmf->flags & FAULT_FLAG_WRITE) {
		if (!pte_write(entry))
			return do_wp_page(vmf);
		entry = pte_mkdirty(entry);
	}
	if (lock_entry(vmf)) {
		ptep_set_access_flags(vma, vmf->address, vmf->pte, pte_mkyoung(entry),
				      vmf->flags & FAULT_FLAG_WRITE);
		spin_unlock(&vma->vm_mm->page_table_lock);
	}
	return 0;
}

/* The directory entry points to no table: a large page may be what is wanted, or be there.
   VM_FAULT_FALLBACK: a small one is. mmap_sem r. */
static noinline vm_fault_t handle_pmd_fault(struct vm_fault *vmf)
{
	if (is_vm_hugetlb_page(vmf->vma))
		return hugetlb_fault(vmf);
	return vma_is_anonymous(vmf->vma) ? do_huge_pmd_fault(vmf) : VM_FAULT_FALLBACK;
}

/* Find the entry of vmf->address, whose directory entry is vmf->pmd, and call what handles the
   fault: fix_entry() for an entry that is not empty; else do_anonymous_page(), or do_fault() for a
   VMA with vm_ops. vmf->pte becomes the entry, or stays NULL if there is no page table. Returns
   what that function returns. mmap_sem r. */
static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	if (unlikely(!pmd_has_table(*vmf->pmd))) {
		vm_fault_t ret = handle_pmd_fault(vmf);

		if (ret != VM_FAULT_FALLBACK)
			return ret;
	}
	if (likely(pmd_has_table(*vmf->pmd))) {
		vmf->pte = pte_offset_map(vmf->pmd, vmf->address);
		if (!pte_none(*vmf->pte))
			return fix_entry(vmf);
	}
	return vma_is_anonymous(vmf->vma) ? do_anonymous_page(vmf) : do_fault(vmf);
}

/* Count the fault for current, even if the kernel caused it for current or in another process's
   memory. A fault that waits for a disk is two events, because Linux starts it again. One that is
   started again, after a pager in user space was waited for, is a major one. */
static void account_fault(vm_fault_t ret, unsigned int flags)
{
	if (likely(!((ret & (VM_FAULT_MAJOR | VM_FAULT_ERROR | VM_FAULT_RETRY)) |
		     (flags & FAULT_FLAG_TRIED)))) {
		current->min_flt++;
		return;
	}
	if (ret & VM_FAULT_MAJOR)
		count_vm_event(PGFAULT);
	if (!(ret & (VM_FAULT_ERROR | VM_FAULT_RETRY)))
		current->maj_flt++;
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	struct vm_fault vmf;
	vm_fault_t ret;

	mmap_assert_locked(vma->vm_mm);
	VM_BUG_ON(address < vma->vm_start || address >= vma->vm_end);
	/* one by one: an initializer would clear the whole structure first. The rest is set by
	   those who use it. */
	vmf.vma = vma;
	vmf.address = address & PAGE_MASK;
	vmf.flags = flags;
	vmf.pmd = pmd_off(vma->vm_mm, address);
	vmf.pte = vmf.prealloc_pte = NULL;
	vmf.orig_pte = __pte(0);
	count_vm_event(PGFAULT);
	ret = unlikely(vma->vm_flags & VM_UFFD_FLAGS) ? userfaultfd_fault(&vmf, address) : 0;
	if (likely(!ret))
		ret = handle_pte_fault(&vmf);
	account_fault(ret, flags);
	return ret;
}
DEFINE_STATIC_CALL(handle_mm_fault);
