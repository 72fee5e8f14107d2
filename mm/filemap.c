/*
 * Mappings of files: a fault takes the page from the page cache.
 */
#include "kernel/fs/fs.h"
#include "mm/internal.h"
#include "mm/layout.h"

/* No page: read it with those around it, or those behind it if the mapping is read in order. A
   mapping that misses far more often than it hits is accessed at random. */
static void do_sync_mmap_readahead(const struct vm_fault *vmf)
{
	struct file *f = vmf->vma->vm_file;
	struct file_ra_state *ra = &f->f_ra;

	if (vmf->vma->vm_flags & VM_RAND_READ || !ra->ra_pages)
		return;
	if (vmf->vma->vm_flags & VM_SEQ_READ) {
		page_cache_sync_readahead(f->f_mapping, f, vmf->pgoff, ra->ra_pages);
		return;
	}
	if (ra->mmap_miss < MMAP_LOTSAMISS * 10)
		ra->mmap_miss++;
	if (ra->mmap_miss <= MMAP_LOTSAMISS)
		page_cache_readaround(f->f_mapping, f, vmf->pgoff);
}

/* A page: a hit, and perhaps the mark to read on from. */
static vm_fault_t do_async_mmap_readahead(const struct vm_fault *vmf, struct page *page)
{
	struct file *f = vmf->vma->vm_file;

	if (vmf->vma->vm_flags & VM_RAND_READ || !f->f_ra.ra_pages)
		return 0;
	if (f->f_ra.mmap_miss)
		f->f_ra.mmap_miss--;
	if (!PageReadahead(page))
		return 0;
	page_cache_async_readahead(f->f_mapping, f, page, f->f_ra.ra_pages);
	return VM_FAULT_MAJOR; /* as on Linux, which lets go of the mmap_lock for it */
}

/* The page of a fault, with its contents and a reference, or ERR_PTR; *major: it was waited for, or
   had to be. */
static struct page *filemap_fault_page(const struct vm_fault *vmf, vm_fault_t *major)
{
	struct file *f = vmf->vma->vm_file;
	struct page *page = find_get_page(f->f_mapping, vmf->pgoff);

	if (page) {
		*major |= do_async_mmap_readahead(vmf, page);
		if (PageUptodate(page))
			return page;
		put_page(page);
	} else {
		count_vm_event(PGMAJFAULT);
		do_sync_mmap_readahead(vmf);
	}
	*major = VM_FAULT_MAJOR;
	return read_mapping_page(f->f_mapping, vmf->pgoff, f);
}

/* A truncation may come before the page is locked, so the page and the size of the file are checked
   again. */
vm_fault_t filemap_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	vm_fault_t major = 0;
	struct page *page;

	for (;;) {
		if (vmf->pgoff >= i_size_pages(mapping->host))
			return VM_FAULT_SIGBUS;
		page = filemap_fault_page(vmf, &major);
		if (IS_ERR(page))
			return vmf_error(PTR_ERR(page));
		lock_page(page);
		if (page->mapping == mapping && vmf->pgoff < i_size_pages(mapping->host))
			break;
		unlock_page(page);
		put_page(page);
	}
	vmf->page = page;
	return VM_FAULT_LOCKED | major;
}

vm_fault_t filemap_lock_page_for_write(struct vm_fault *vmf)
{
	const struct address_space *mapping = vmf->vma->vm_file->f_mapping;
	struct page *page = vmf->page;

	file_update_time(vmf->vma->vm_file);
	lock_page(page);
	if (page->mapping == mapping && page->index < i_size_pages(mapping->host))
		return VM_FAULT_LOCKED;
	unlock_page(page); /* truncated: the next fault sees it */
	return VM_FAULT_NOPAGE;
}

/* ->page_mkwrite: the file system finds blocks for the page, and it becomes dirty. */
static vm_fault_t filemap_page_mkwrite(struct vm_fault *vmf)
{
	vm_fault_t ret = filemap_lock_page_for_write(vmf);
	struct page *page = vmf->page;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	if (page->mapping->a_ops->page_mkwrite)
		page->mapping->a_ops->page_mkwrite(page);
	else
		set_page_dirty(page);
	return ret;
}

static const struct vm_operations_struct generic_file_vm_ops = {
	.fault = filemap_fault,
	.page_mkwrite = filemap_page_mkwrite,
	.map_around = true,
};

int generic_file_mmap(struct file *f, struct vm_area_struct *vma)
{
	/* a file system that cannot write pages back allows no shared writable mapping */
	if (vma->vm_flags & VM_SHARED && vma->vm_flags & VM_MAYWRITE &&
	    !(f->f_mapping->flags & AS_UNEVICTABLE) && !f->f_mapping->a_ops->writepage)
		return -EINVAL;
	file_accessed(f);
	vma->vm_ops = &generic_file_vm_ops;
	return 0;
}
