/*
 * The first access to a page of anonymous memory: heap, stack, and mmap without a file.
 *
 * The memory must read as zeros. A read maps the zero page, one frame that the whole machine
 * shares, read-only. A write maps a new page of zeros, which belongs to this address space alone.
 * The first write after a read is a copy-on-write of the zero page: see cow.c.
 */
#include "mm/install_pte.h"
#include "mm/phys/gfp.h"

vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = NULL;

	if (unlikely(!vmf->pte))
		vmf->pte = mm_pte_alloc(vma->vm_mm, vmf->pmd, vmf->address);
	if (!vmf->pte)
		return VM_FAULT_OOM;
	/* a read maps the shared page of zeros, which the first write replaces */
	if (!(vmf->flags & FAULT_FLAG_WRITE)) {
		install_pte(vmf, NULL, pte_mkspecial(pfn_pte(zero_pfn, vma->vm_page_prot)), false);
		return 0;
	}
	if (!anon_vma_prepare(vma))
		page = alloc_page(GFP_HIGHUSER_MOVABLE | __GFP_ZERO);
	if (!page)
		return VM_FAULT_OOM;
	if (!install_pte(vmf, page, anon_entry(vmf, page), true))
		put_page(page);
	return 0;
}
