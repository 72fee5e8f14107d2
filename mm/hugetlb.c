/*
 * Faults on huge pages, the copy of a private one, and their place in the page cache.
 *
 * A huge page is never swapped, and is not on the lists of reclaim. It is mapped by one entry of
 * the directory, so a fault looks at *vmf->pmd, which is empty or a large page. In the page cache
 * of its file it has the number of the huge page, not of its first small one.
 *
 * A private mapping that has reserved its pages keeps the promise even after fork: if the pool is
 * dry when the owner must copy a page that a child shares, the child loses the page, and is killed
 * when it needs it (HPAGE_RESV_UNMAPPED).
 */
#include "mm/hugetlb_internal.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/lib/util.h"
#include "mm/phys/highmem.h"
#include "mm/reclaim/memory_failure.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>

DEFINE_MUTEX(hugetlb_fault_mutex);

#define PAGES_BEFORE_REST 64

void clear_huge_page(struct page *page)
{
	for (unsigned long i = 0; i < HPAGE_NR; i++) {
		if (i % PAGES_BEFORE_REST == 0)
			cond_resched();
		clear_highpage(page + i);
	}
}

void copy_huge_page(struct page *to, struct page *from)
{
	for (unsigned long i = 0; i < HPAGE_NR; i++) {
		if (i % PAGES_BEFORE_REST == 0)
			cond_resched();
		copy_highpage(to + i, from + i);
	}
}

/* ---- the page cache ---- */

int hugetlb_add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t idx)
{
	int err = radix_tree_insert(&mapping->pages, idx, page);

	if (err)
		return err;
	get_page(page);
	SetPageLocked(page);
	page->mapping = mapping;
	page->index = idx;
	mapping->nrpages++;
	mapping->host->i_blocks += 1U << (HPAGE_SHIFT - 9);
	set_restore_reserve(page, false);
	/* a page of huge pages has no store: it is as new as it can be */
	SetPageDirty(page);
	return 0;
}

void hugetlb_delete_from_page_cache(struct page *page)
{
	struct address_space *mapping = page->mapping;

	BUG_ON(!PageLocked(page));
	ClearPageDirty(page);
	radix_tree_delete(&mapping->pages, page->index);
	mapping->nrpages--;
	page->mapping = NULL;
	put_page(page);
}

bool hugetlbfs_pagecache_present(struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page = find_get_page(vma->vm_file->f_mapping, vma_hugecache_offset(vma, addr));

	if (page)
		put_page(page);
	return page;
}

/* ---- entries ---- */

pmd_t make_huge_pmd(const struct vm_area_struct *vma, struct page *page, bool writable)
{
	pmd_t entry = pmd_mkyoung(mk_pmd(page, vma->vm_page_prot));

	return writable ? pmd_mkwrite(pmd_mkdirty(entry)) : pmd_wrprotect(entry);
}

/* Where the fault is: the address of the whole page. */
static unsigned long haddr_of(const struct vm_fault *vmf)
{
	return vmf->address & HPAGE_MASK;
}

/* page_table_lock. */
static void set_huge_pmd_writable(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	set_pmd_at(mm, haddr_of(vmf), vmf->pmd, pmd_mkyoung(pmd_mkwrite(pmd_mkdirty(*vmf->pmd))));
	flush_mm_range(mm, haddr_of(vmf), haddr_of(vmf) + PAGE_SIZE);
}

void hugepage_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long addr)
{
	page->_mapcount = 0;
	page->mapping = (void *)((unsigned long)vma->anon_vma | PAGE_MAPPING_ANON);
	page->index = linear_page_index(vma, addr);
	SetPageAnonExclusive(page);
	set_restore_reserve(page, false);
}

/* ---- a write to a page that the entry does not allow ---- */

/* The only user of a private page writes to it: it is this mapping's now. page_table_lock. */
static void reuse_huge_page(struct vm_fault *vmf, struct page *page)
{
	page->mapping = (void *)((unsigned long)vmf->vma->anon_vma | PAGE_MAPPING_ANON);
	SetPageAnonExclusive(page);
	if (!(vmf->flags & FAULT_FLAG_UNSHARE))
		set_huge_pmd_writable(vmf);
}

/* Put the copy `new` in the place of `old`, if the entry still maps `old`. => did it? */
static bool install_huge_copy(struct vm_fault *vmf, struct page *old, struct page *new)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long haddr = haddr_of(vmf);
	bool same;

	spin_lock(&mm->page_table_lock);
	same = pmd_large(*vmf->pmd) && pmd_page(*vmf->pmd) == old;
	if (same) {
		hugepage_add_new_anon_rmap(new, vma, haddr);
		set_pmd_at(mm, haddr, vmf->pmd,
			   make_huge_pmd(vma, new, !(vmf->flags & FAULT_FLAG_UNSHARE)));
		flush_mm_range(mm, haddr, haddr + PAGE_SIZE);
		old->_mapcount--;
	}
	spin_unlock(&mm->page_table_lock);
	return same;
}

/* Copy `old`, to which the caller has a reference of its own. VM_FAULT_RETRY: the copies by fork
   have lost their page, look again. */
static vm_fault_t copy_huge_on_write(struct vm_fault *vmf, struct page *old)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long haddr = haddr_of(vmf);
	/* a copy of an anonymous page has no reservation: the first page has used it */
	bool outside = is_vma_resv_set(vma, HPAGE_RESV_OWNER) && PageAnon(old);
	struct page *new = alloc_huge_page(vma, haddr, outside);

	if (IS_ERR(new)) {
		if (!outside)
			return vmf_error(PTR_ERR(new));
		unmap_ref_private(vma, old, haddr);
		return VM_FAULT_RETRY;
	}
	if (anon_vma_prepare(vma)) {
		restore_reserve_on_error(vma, haddr, new);
		put_page(new);
		return VM_FAULT_OOM;
	}
	copy_huge_page(new, old);
	SetPageUptodate(new);
	if (install_huge_copy(vmf, old, new)) {
		put_page(old); /* the entry's reference */
	} else {
		restore_reserve_on_error(vma, haddr, new);
		put_page(new);
	}
	return 0;
}

/* Make the page writable for this mapping, by a copy if others have it. hugetlb_fault_mutex. */
static vm_fault_t hugetlb_wp(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = &vma->vm_mm->page_table_lock;
	struct page *page;
	vm_fault_t ret;

	do {
		spin_lock(ptl);
		page = pmd_large(*vmf->pmd) ? pmd_page(*vmf->pmd) : NULL;
		if (!page) {
			ret = 0; /* unmapped meanwhile: the access faults again */
		} else if (vma->vm_flags & VM_MAYSHARE) {
			set_huge_pmd_writable(vmf);
		} else if (PageAnon(page) && page_mapcount(page) == 1) {
			reuse_huge_page(vmf, page);
		} else {
			get_page(page);
			spin_unlock(ptl);
			ret = copy_huge_on_write(vmf, page);
			put_page(page);
			continue;
		}
		spin_unlock(ptl);
		return 0;
	} while (ret == VM_FAULT_RETRY);
	return ret;
}

/* ---- no page yet ---- */

/* A new page for the place, locked, with the caller's reference: in the file if the mapping is
   shared. ERR_PTR. */
static struct page *new_huge_page(struct vm_area_struct *vma, unsigned long haddr)
{
	struct page *page = alloc_huge_page(vma, haddr, false);
	int err = 0;

	if (IS_ERR(page))
		return page;
	clear_huge_page(page);
	SetPageUptodate(page);
	if (vma->vm_flags & VM_MAYSHARE)
		err = hugetlb_add_to_page_cache(page, vma->vm_file->f_mapping,
						vma_hugecache_offset(vma, haddr));
	else if (anon_vma_prepare(vma))
		err = -ENOMEM;
	else
		lock_page(page);
	if (!err)
		return page;
	restore_reserve_on_error(vma, haddr, page);
	put_page(page);
	return ERR_PTR(err);
}

/* Map the locked page. False: another thread did. That the file is long enough is not asked: a page
   that fallocate has put behind its end can be mapped, and who makes it shorter has the mutex. */
static bool install_huge_page(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	unsigned long haddr = haddr_of(vmf);
	bool installed;

	spin_lock(&mm->page_table_lock);
	installed = pmd_none(*vmf->pmd);
	if (installed) {
		if (page->mapping) /* of the file */
			page->_mapcount++;
		else
			hugepage_add_new_anon_rmap(page, vma, haddr);
		set_pmd_at(mm, haddr, vmf->pmd,
			   make_huge_pmd(vma, page,
					 vma->vm_flags & VM_WRITE && vma->vm_flags & VM_SHARED));
		mm->hugetlb_usage += HPAGE_NR;
	}
	spin_unlock(&mm->page_table_lock);
	return installed;
}

/* VM_FAULT_RETRY: a pager is asked for the page. *reason: it is missing (VM_UFFD_MISSING), or only
   in the file (VM_UFFD_MINOR). */
static vm_fault_t hugetlb_no_page(struct vm_fault *vmf, unsigned long *reason)
{
	struct vm_area_struct *vma = vmf->vma;
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long haddr = haddr_of(vmf);
	pgoff_t idx = vma_hugecache_offset(vma, haddr);
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	struct page *page;

	if (is_vma_resv_set(vma, HPAGE_RESV_UNMAPPED)) {
		pr_warn("PID %d killed due to inadequate hugepage pool\n", current->pid);
		return VM_FAULT_SIGBUS;
	}
	page = find_lock_page(mapping, idx);
	if (!page) {
		if (idx >= mapping->host->i_size >> HPAGE_SHIFT)
			return VM_FAULT_SIGBUS;
		*reason = VM_UFFD_MISSING;
		if (userfaultfd_missing(vma))
			return VM_FAULT_RETRY;
		page = new_huge_page(vma, haddr);
		if (IS_ERR(page))
			return vmf_error(PTR_ERR(page));
	} else if (broken_part(page)) {
		unlock_page(page);
		put_page(page);
		return VM_FAULT_HWPOISON_LARGE;
	} else if (userfaultfd_minor(vma)) {
		unlock_page(page);
		put_page(page);
		*reason = VM_UFFD_MINOR;
		return VM_FAULT_RETRY;
	}
	if (!install_huge_page(vmf, page)) {
		if (!page->mapping)
			restore_reserve_on_error(vma, haddr, page);
		unlock_page(page);
		put_page(page);
		return 0;
	}
	unlock_page(page);
	return write && !(vma->vm_flags & VM_SHARED) ? hugetlb_wp(vmf) : 0;
}

/* ---- the fault ---- */

/* The page is there, but the processor refused the access. */
static vm_fault_t hugetlb_fix_entry(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	pmd_t entry = *vmf->pmd;

	if ((write || vmf->flags & FAULT_FLAG_UNSHARE) && !pmd_write(entry))
		return hugetlb_wp(vmf);
	spin_lock(&mm->page_table_lock);
	if (pmd_large(*vmf->pmd)) {
		entry = pmd_mkyoung(*vmf->pmd);
		set_pmd_at(mm, haddr_of(vmf), vmf->pmd, write ? pmd_mkdirty(entry) : entry);
		flush_mm_range(mm, haddr_of(vmf), haddr_of(vmf) + PAGE_SIZE);
	}
	spin_unlock(&mm->page_table_lock);
	return 0;
}

vm_fault_t hugetlb_fault(struct vm_fault *vmf)
{
	struct vm_fault whole = *vmf;
	unsigned long reason = 0;
	vm_fault_t ret;

	mutex_lock(&hugetlb_fault_mutex);
	if (pmd_none(*vmf->pmd))
		ret = hugetlb_no_page(vmf, &reason);
	else
		ret = is_hwpoison_pmd(*vmf->pmd) ? VM_FAULT_HWPOISON_LARGE : hugetlb_fix_entry(vmf);
	mutex_unlock(&hugetlb_fault_mutex);
	whole.address = haddr_of(vmf);
	return ret == VM_FAULT_RETRY ? handle_userfault(&whole, reason) : ret;
}

vm_fault_t hugetlb_faultin(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = addr & PAGE_MASK,
		.real_address = addr,
		.flags = flags,
		.pmd = pmd_off(vma->vm_mm, addr),
	};

	return hugetlb_fault(&vmf);
}
