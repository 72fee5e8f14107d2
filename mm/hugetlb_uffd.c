/*
 * userfaultfd: how a pager fills a missing huge page, or maps one that the file has.
 */
#include "mm/hugetlb_internal.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/highmem.h"

/* Copy a huge page from current's memory. Nothing is faulted in: false if a page of the source is
   missing. */
static bool copy_huge_page_from_user(struct page *page, unsigned long src)
{
	unsigned long left = 0;

	for (unsigned long i = 0; i < HPAGE_NR && !left; i++, src += PAGE_SIZE) {
		char *kaddr = kmap_local_page(page + i);

		pagefault_disable();
		left = copy_from_user(kaddr, (const void __user *)src, PAGE_SIZE);
		pagefault_enable();
		kunmap_local(kaddr);
	}
	return !left;
}

int hugetlb_fault_in_source(unsigned long src)
{
	for (unsigned long addr = src; addr < src + HPAGE_SIZE; addr += PAGE_SIZE) {
		unsigned char byte;

		if (copy_from_user(&byte, (const void __user *)addr, sizeof(byte)))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Map the page at dst, unless there is one. A page that is `new` becomes the VMA's own. 0 or
   -EEXIST. */
static int install_huge_pmd(struct vm_area_struct *vma, unsigned long dst, struct page *page,
			    bool new, bool writable)
{
	struct mm_struct *mm = vma->vm_mm;
	pmd_t *pmd = pmd_off(mm, dst);

	spin_lock(&mm->page_table_lock);
	if (!pmd_none(*pmd)) {
		spin_unlock(&mm->page_table_lock);
		return -EEXIST;
	}
	if (new)
		hugepage_add_new_anon_rmap(page, vma, dst);
	else
		page->_mapcount++;
	get_page(page);
	set_pmd_at(mm, dst, pmd, make_huge_pmd(vma, page, writable));
	mm->hugetlb_usage += HPAGE_NR;
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/* Map the page, which is filled, as if this were the first write to it. 0, -EEXIST or -EFAULT. */
static int install_filled_page(struct vm_area_struct *vma, unsigned long dst, struct page *page)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	bool shared = vma->vm_flags & VM_SHARED;
	pgoff_t idx = vma_hugecache_offset(vma, dst);
	int err = 0;

	if (idx >= mapping->host->i_size >> HPAGE_SHIFT)
		return -EFAULT;
	if (shared)
		err = hugetlb_add_to_page_cache(page, mapping, idx);
	if (err)
		return err;
	err = install_huge_pmd(vma, dst, page, !shared, vma->vm_flags & VM_WRITE);
	if (shared)
		unlock_page(page);
	return err;
}

int hugetlb_mcopy_atomic(struct vm_area_struct *vma, unsigned long dst, unsigned long src)
{
	struct page *page;
	int err = -EEXIST;

	mutex_lock(&hugetlb_fault_mutex);
	if (!pmd_none(*pmd_off(vma->vm_mm, dst)) ||
	    (vma->vm_flags & VM_SHARED && hugetlbfs_pagecache_present(vma, dst)))
		goto unlock;
	page = alloc_huge_page(vma, dst, false);
	err = -ENOMEM;
	if (IS_ERR(page))
		goto unlock;
	SetPageUptodate(page);
	err = copy_huge_page_from_user(page, src) ? install_filled_page(vma, dst, page) : -EBUSY;
	if (err && !page->mapping)
		restore_reserve_on_error(vma, dst, page);
	put_page(page);
unlock:
	mutex_unlock(&hugetlb_fault_mutex);
	return err;
}

int hugetlb_mcontinue_atomic(struct vm_area_struct *vma, unsigned long dst)
{
	unsigned long writable = VM_WRITE | VM_SHARED;
	struct page *page;
	int err = -EFAULT;

	mutex_lock(&hugetlb_fault_mutex);
	page = find_lock_page(vma->vm_file->f_mapping, vma_hugecache_offset(vma, dst));
	if (page) {
		err = install_huge_pmd(vma, dst, page, false,
				       (vma->vm_flags & writable) == writable);
		unlock_page(page);
		put_page(page);
	}
	mutex_unlock(&hugetlb_fault_mutex);
	return err;
}
