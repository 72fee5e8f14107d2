/*
 * Writing to a shared mapping of a file: the stores go to the page of the file itself.
 *
 * A file system with page_mkwrite wants to be told before a clean page is written to: it reserves
 * blocks, and updates the file's times. So the entries of clean pages are read-only, and the first
 * write faults:
 *
 *   the page is not present         do_shared_fault   page_mkwrite, then map it writable
 *   it is present, but read-only    wp_page_shared    page_mkwrite, then make its entry writable
 *
 * Before a dirty page is written to the disk, page_mkclean makes all its entries read-only and
 * clean again, so that the next write faults once more.
 */
#include "mm/install_pte.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"

/* Tell the file that its page will be written, which may sleep. VM_FAULT_LOCKED: the page is locked
   and still belongs to the file; anything else is the result of the fault. page_table_lock is not
   held. */
static vm_fault_t do_page_mkwrite(struct vm_fault *vmf)
{
	const struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t ret = vmf->vma->vm_ops->page_mkwrite(vmf);

	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY | VM_FAULT_LOCKED))
		return ret;
	lock_page(vmf->page);
	if (vmf->page->mapping == mapping)
		return VM_FAULT_LOCKED;
	unlock_page(vmf->page); /* truncated: the next fault sees it */
	return VM_FAULT_NOPAGE;
}

vm_fault_t wp_page_shared(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (!page || !vma->vm_ops || !vma->vm_ops->page_mkwrite) {
		if (page)
			set_page_dirty(page);
		ret = wp_page_reuse(vmf);
		if (page)
			file_update_time(vma->vm_file);
		return ret;
	}
	vmf->page = page;
	get_page(page);
	ret = do_page_mkwrite(vmf);
	if (ret & VM_FAULT_LOCKED) {
		ret = wp_page_reuse(vmf);
		if (!ret)
			set_page_dirty(page);
		unlock_page(page);
		ret |= VM_FAULT_DIRTIED;
	}
	put_page(page);
	return ret;
}

vm_fault_t do_shared_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = fault_in_file_page(vmf), made;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	if (vmf->vma->vm_ops->page_mkwrite) {
		unlock_page(vmf->page);
		made = do_page_mkwrite(vmf);
		if (!(made & VM_FAULT_LOCKED)) {
			put_page(vmf->page);
			return made;
		}
	}
	ret = (ret & ~VM_FAULT_LOCKED) | finish_fault(vmf, true);
	if (vmf->vma->vm_ops->page_mkwrite)
		return ret | VM_FAULT_DIRTIED;
	file_update_time(vmf->vma->vm_file);
	return ret;
}

/* Only entries of shared mappings can be writable or dirty: private ones map a copy then. */
static void mkclean_one(struct page *page, struct vm_area_struct *vma, unsigned long address,
			pte_t *pte, void *written)
{
	pte_t entry = *pte;

	if (!pte_write(entry) && !pte_dirty(entry))
		return;
	set_pte_at(vma->vm_mm, address, pte, pte_mkclean(pte_wrprotect(entry)));
	flush_mm_range(vma->vm_mm, address, address + PAGE_SIZE);
	*(bool *)written = true;
}

bool page_mkclean(struct page *page)
{
	bool written = false;

	BUG_ON(!PageLocked(page));
	if (page_mapped(page) && page_mapping(page))
		rmap_walk(page, mkclean_one, &written);
	return written;
}
