/*
 * The first access to a page of a file mapping.
 *
 * The file's function vm_ops->fault finds the page in the page cache, or reads it. What is mapped
 * depends on the access and on the mapping:
 *
 *   read              do_read_fault     the page of the file, not writable
 *   write, private    do_cow_fault      a copy of it at once
 *   write, shared     do_shared_fault   the page of the file, writable: see shared_fault.c
 */
#include "mm/install_pte.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/userfaultfd.h"

vm_fault_t fault_in_file_page(struct vm_fault *vmf)
{
	vm_fault_t ret = vmf->vma->vm_ops->fault(vmf);

	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	if (!(ret & VM_FAULT_LOCKED))
		lock_page(vmf->page);
	if (unlikely(PageHWPoison(vmf->page))) {
		unlock_page(vmf->page);
		put_page(vmf->page);
		return VM_FAULT_HWPOISON;
	}
	return ret | VM_FAULT_LOCKED;
}

/* The entry for a page of the page cache. The mapping's permissions do not include writing if it is
   private, or shared and the file wants to be told of writes. */
static pte_t file_entry(const struct vm_fault *vmf, struct page *page, bool write)
{
	pte_t entry = mk_pte(page, vmf->vma->vm_page_prot);

	return write ? maybe_mkwrite(pte_mkdirty(entry), vmf->vma) : entry;
}

vm_fault_t finish_fault(struct vm_fault *vmf, bool write)
{
	struct page *page = vmf->page;
	bool installed = install_pte(vmf, page, file_entry(vmf, page, write), false);

	if (installed && write)
		set_page_dirty(page);
	unlock_page(page);
	if (likely(installed))
		return 0;
	put_page(page);
	return VM_FAULT_NOPAGE;
}

#define FAULT_AROUND_BYTES 65536UL

/*
 * Also map the pages around vmf->address that are in the page cache, so that the next accesses do
 * not fault: read-only, where the entry is empty.
 * - The window begins at the multiple of FAULT_AROUND_BYTES below the address, or at vm_start. It
 *   ends FAULT_AROUND_BYTES after its beginning, at the end of the address's page table, of the
 * VMA, or of the file.
 * - Pages are left out that are locked, not uptodate, broken (PageError), poisoned, or the ones
 * that start the next read-ahead (PageReadahead): these have to fault. They keep their references.
 * - vmf->pte is as before. If vmf->prealloc_pte is used for a missing table, it is NULL afterwards.
 * Nothing here sleeps after the file's size is read, so the pages cannot be truncated although they
 * are not locked. mmap_sem r.
 */
static void do_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long start = max(vmf->address & ~(FAULT_AROUND_BYTES - 1), vma->vm_start);
	unsigned long table_end = (vmf->address & PMD_MASK) + PMD_SIZE;
	/* a window that vm_start cuts off below reaches further up instead */
	unsigned long end = min(min(start + FAULT_AROUND_BYTES, table_end), vma->vm_end);
	pgoff_t file_pages = i_size_pages(mapping->host);
	struct file_ra_state *ra = &vma->vm_file->f_ra;
	struct vm_fault near = *vmf;

	for (near.address = start; near.address < end; near.address += PAGE_SIZE) {
		pgoff_t index = linear_page_index(vma, near.address);
		struct page *page;

		if (index >= file_pages)
			break;
		near.pte = NULL;
		page = find_get_page(mapping, index);
		if (!page)
			continue;
		if (!PageUptodate(page) || PageLocked(page) || PageError(page) ||
		    PageReadahead(page) || PageHWPoison(page) ||
		    !install_pte(&near, page, file_entry(&near, page, false), false))
			put_page(page);
		else if (ra->mmap_miss)
			ra->mmap_miss--;
	}
	vmf->prealloc_pte = near.prealloc_pte;
}

/* A pager in user space that wants to hear of pages of the page cache must hear of each. */
static bool maps_around(const struct vm_area_struct *vma)
{
	return vma->vm_ops->map_around && !userfaultfd_minor(vma);
}

/* The first access to a page of a file's mapping is a read: map the page of the file, read-only. If
   the file has map_around, the pages around it are mapped first, and if that has set the entry,
   this is all. What handles a fault returns, without VM_FAULT_LOCKED: the page is unlocked. May
   sleep. mmap_sem r. */
static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (maps_around(vma)) {
		do_fault_around(vmf);
		if (!pmd_none(*vmf->pmd) && !pte_none(*pte_offset_map(vmf->pmd, vmf->address)))
			return 0;
	}
	ret = fault_in_file_page(vmf);
	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	ret |= finish_fault(vmf, false);
	if (ret & VM_FAULT_MAJOR && maps_around(vma))
		do_fault_around(vmf); /* map what was read together with it */
	return ret & ~VM_FAULT_LOCKED;
}

/* The first access to a page of a private file mapping is a write: map a copy at once, dirty and
   counted as anonymous. The page of the file is afterwards as before: unlocked, and without the
   fault's reference. What handles a fault returns, without VM_FAULT_LOCKED; if another thread was
   faster, with or without VM_FAULT_NOPAGE. May sleep. mmap_sem r. */
static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	vm_fault_t ret;
	bool installed;

	if (anon_vma_prepare(vmf->vma))
		return VM_FAULT_OOM;
	vmf->cow_page = alloc_page(GFP_HIGHUSER_MOVABLE);
	if (!vmf->cow_page)
		return VM_FAULT_OOM;
	ret = fault_in_file_page(vmf);
	if (!(ret & VM_FAULT_LOCKED)) {
		put_page(vmf->cow_page);
		return ret;
	}
	/* the locked page cannot be truncated before the entry maps the copy */
	copy_highpage(vmf->cow_page, vmf->page);
	installed = install_pte(vmf, vmf->cow_page, anon_entry(vmf, vmf->cow_page), true);
	unlock_page(vmf->page);
	put_page(vmf->page);
	if (unlikely(!installed))
		put_page(vmf->cow_page);
	return ret & ~VM_FAULT_LOCKED;
}

vm_fault_t do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (!vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	vmf->pgoff = linear_page_index(vma, vmf->address);
	/* allocate the table now, and not later with a page of the file locked */
	if (pmd_none(*vmf->pmd)) {
		vmf->prealloc_pte = pte_alloc_one();
		if (!vmf->prealloc_pte)
			return VM_FAULT_OOM;
	}
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		ret = do_read_fault(vmf);
	else
		ret = vma->vm_flags & VM_SHARED ? do_shared_fault(vmf) : do_cow_fault(vmf);
	if (vmf->prealloc_pte)
		free_pte_table(vmf->prealloc_pte);
	return ret;
}
