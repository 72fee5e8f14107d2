/*
 * fork's copy of an address space: the VMAs. What of the page tables is copied is in copy.c.
 */
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/lib/err.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>

/* Make the child's VMA with its pages, linked behind `prev`. ERR_PTR on failure. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *old,
				      struct vm_area_struct *prev)
{
	struct vm_area_struct *vma;
	long pages = vma_pages(old);
	int err;

	if (old->vm_flags & VM_ACCOUNT && security_vm_enough_memory(pages))
		return ERR_PTR(-ENOMEM);
	vma = vm_area_dup(old);
	if (!vma)
		goto uncharge;
	vma->vm_mm = mm;
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if (is_vm_hugetlb_page(vma))
		hugetlb_dup_vma_private(vma);
	/* VM_WIPEONFORK: the child starts with zeros, and needs no anon_vma yet */
	if (dup_userfaultfd(vma, old->vm_mm) ||
	    (!(old->vm_flags & VM_WIPEONFORK) && anon_vma_fork(vma, old))) {
		vm_area_free(vma);
		goto uncharge;
	}
	vma_link(mm, vma, prev);
	vma_open(vma);
	if (old->vm_flags & VM_WIPEONFORK)
		return vma;
	err = copy_page_range(vma, old);
	return err ? ERR_PTR(err) : vma; /* exit_mmap of the child frees it */
uncharge:
	if (old->vm_flags & VM_ACCOUNT)
		vm_unacct_memory(pages);
	return ERR_PTR(-ENOMEM);
}

int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *old, *vma, *prev = NULL;
	int err = 0;

	mmap_assert_write_locked(oldmm);
	VM_BUG_ON(mm->mmap || mm->map_count);
	for (old = oldmm->mmap; old; old = old->vm_next) {
		if (old->vm_flags & VM_DONTCOPY) {
			vm_stat_account(mm, old->vm_flags, -(long)vma_pages(old));
			continue;
		}
		vma = dup_vma(mm, old, prev);
		if (IS_ERR(vma)) {
			err = PTR_ERR(vma);
			break;
		}
		prev = vma;
		cond_resched();
	}
	if (err)
		userfaultfd_forget_events(oldmm);
	/* the TLB may still let the parent write pages that are read-only now */
	if (oldmm == current->active_mm)
		flush_tlb_mm();
	return err;
}
DEFINE_STATIC_CALL(dup_mmap);
