/*
 * Mappings of device memory: frames that no struct page counts.
 *
 * A driver's mmap calls remap_pfn_range(), which fills the page table at once: such a VMA never
 * faults, except for the copy-on-write of a private mapping. Its entries are marked special, so all
 * code that looks for pages passes them by: nothing is counted, reclaimed, moved, pinned or dumped.
 * fork copies them, because no fault could make them again.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "libc/include/string.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include <linux/errno.h>

/* Frames of a copy-on-write mapping are told from private copies by their place: the VMA's offset
   is the number of its first frame. So such a VMA must be one run of frames. */
static bool is_cow_mapping(unsigned long vm_flags)
{
	return (vm_flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot)
{
	unsigned long end = addr + PAGE_ALIGN(size);
	bool whole = addr == vma->vm_start && end == vma->vm_end;

	mmap_assert_write_locked(vma->vm_mm);
	VM_BUG_ON(!PAGE_ALIGNED(addr) || addr < vma->vm_start || end > vma->vm_end || addr >= end);
	if (is_cow_mapping(vma->vm_flags)) {
		if (!whole)
			return -EINVAL;
		vma->vm_pgoff = pfn;
	}
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | (whole ? VM_PAT : 0);
	for (; addr != end; addr += PAGE_SIZE, pfn++) {
		pte_t *pte = mm_pte_alloc(vma->vm_mm, pmd_off(vma->vm_mm, addr), addr);

		if (!pte)
			return -ENOMEM;
		spin_lock(&vma->vm_mm->page_table_lock);
		BUG_ON(!pte_none(*pte)); /* nobody else maps anything into such a VMA */
		set_pte_at(vma->vm_mm, addr, pte, pte_mkspecial(pfn_pte(pfn, prot)));
		spin_unlock(&vma->vm_mm->page_table_lock);
		cond_resched();
	}
	return 0;
}

int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len)
{
	unsigned long pages = PFN_UP((u64)len + offset_in_page(start));

	if (start + len > 1ULL << MAX_PHYSMEM_BITS || vma->vm_pgoff > pages ||
	    vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	return remap_pfn_range(vma, vma->vm_start, PHYS_PFN(start) + vma->vm_pgoff,
			       vma_pages(vma) << PAGE_SHIFT, vma->vm_page_prot);
}

int follow_phys(struct vm_area_struct *vma, unsigned long addr, bool write, phys_addr_t *phys)
{
	const pte_t *pte;
	int err = -EINVAL;

	spin_lock(&vma->vm_mm->page_table_lock);
	pte = lookup_pte(vma->vm_mm, addr);
	if (pte && pte_kind(*pte) == PTE_SPECIAL && (!write || pte_write(*pte))) {
		*phys = PFN_PHYS(pte_pfn(*pte)) + offset_in_page(addr);
		err = 0;
	}
	spin_unlock(&vma->vm_mm->page_table_lock);
	return err;
}

int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
			bool write)
{
	phys_addr_t phys;
	void *memory;
	bool direct;
	int err;

	if (!(vma->vm_flags & (VM_IO | VM_PFNMAP)))
		return -EINVAL;
	err = follow_phys(vma, addr, write, &phys);
	if (err)
		return err;
	direct = PHYS_PFN(phys) < max_low_pfn;
	memory = direct ? __va(phys) : ioremap(phys, len);
	if (!memory)
		return -ENOMEM;
	if (write)
		memcpy(memory, buf, len);
	else
		memcpy(buf, memory, len);
	if (!direct)
		iounmap(memory);
	return len;
}
