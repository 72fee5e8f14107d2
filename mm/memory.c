/*
 * The page fault: making one page of a VMA present.
 *
 * handle_mm_fault finds the page-table entry and hands over by what it holds:
 *
 *   nothing, anonymous VMA   do_anonymous_page   a page of zeros (shared until written)
 *   nothing, file            do_fault            do_read_fault, do_cow_fault or do_shared_fault
 *   a page that broke        (nothing)           SIGBUS: see memory_failure.c
 *   a page, write refused    do_wp_page          copy-on-write, or reuse by the last owner
 *   a page                   only the accessed and dirty bits are missing
 *
 * The caller holds mmap_sem for reading and has checked that the VMA permits the access.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/gfp.h"
#include "mm/highmem.h"
#include "mm/layout.h"

#define USER_PAGE (GFP_HIGHUSER_MOVABLE)

/* Permissions of a page-table entry by VM_READ, VM_WRITE, VM_EXEC and VM_SHARED. A private writable
   page begins read-only: the first write makes the copy. */
static const pgprot_t protection_map[16] = {
	PAGE_NONE,	    PAGE_READONLY,	PAGE_COPY,	  PAGE_COPY,
	PAGE_READONLY_EXEC, PAGE_READONLY_EXEC, PAGE_COPY_EXEC,	  PAGE_COPY_EXEC,
	PAGE_NONE,	    PAGE_READONLY,	PAGE_SHARED,	  PAGE_SHARED,
	PAGE_READONLY_EXEC, PAGE_READONLY_EXEC, PAGE_SHARED_EXEC, PAGE_SHARED_EXEC,
};

pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	return protection_map[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];
}

pte_t *lookup_pte(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = pmd_offset(pgd_offset(mm, addr), addr);

	return pmd_none(*pmd) ? NULL : pte_offset_map(pmd, addr);
}

pte_t *mm_pte_alloc(struct mm_struct *mm, pmd_t *pmd, unsigned long address)
{
	if (unlikely(pmd_none(*pmd))) {
		if (!pte_alloc(pmd))
			return NULL;
		mm->pgtables_bytes += PAGE_SIZE;
	}
	return pte_offset_map(pmd, address);
}

static pte_t maybe_mkwrite(pte_t pte, const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(pte) : pte;
}

/* Install an anonymous page that nobody else has, dirty and, if the VMA allows it, writable. */
static void set_anon_pte(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	if (!(vmf->flags & FAULT_FLAG_UNSHARE))
		entry = maybe_mkwrite(pte_mkdirty(entry), vma);
	page_add_new_anon_rmap(page, vma, vmf->address);
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
}

/* ---- anonymous memory ---- */

static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *page;

	vmf->pte = mm_pte_alloc(mm, vmf->pmd, vmf->address);
	if (!vmf->pte)
		return VM_FAULT_OOM;
	if (!(vmf->flags & FAULT_FLAG_WRITE)) {
		set_pte_at(mm, vmf->address, vmf->pte,
			   pte_mkspecial(pfn_pte(zero_pfn, vma->vm_page_prot)));
		return 0;
	}
	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	page = alloc_page(USER_PAGE | __GFP_ZERO);
	if (!page)
		return VM_FAULT_OOM;
	add_mm_counter(mm, MM_ANONPAGES, 1);
	set_anon_pte(vmf, page);
	return 0;
}

/* ---- copy-on-write ---- */

static void wp_page_reuse(struct vm_fault *vmf)
{
	pte_t entry = pte_mkyoung(vmf->orig_pte);

	entry = maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
	set_pte_at(vmf->vma->vm_mm, vmf->address, vmf->pte, entry);
	flush_mm_range(vmf->vma->vm_mm, vmf->address, vmf->address + PAGE_SIZE);
	count_vm_event(PGREUSE);
}

/* `old` is NULL for the zero page, whose copy is a page of zeros. */
static vm_fault_t wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *new = NULL;

	if (old)
		get_page(old); /* else the search for memory might find this page */
	if (!anon_vma_prepare(vma))
		new = alloc_page(old ? USER_PAGE : USER_PAGE | __GFP_ZERO);
	if (!new) {
		if (old)
			put_page(old);
		return VM_FAULT_OOM;
	}
	if (old) {
		copy_highpage(new, old);
		put_page(old);
		add_mm_counter(mm, mm_counter(old), -1);
	}
	add_mm_counter(mm, MM_ANONPAGES, 1);
	set_anon_pte(vmf, new);
	flush_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE);
	if (old) {
		page_remove_rmap(old, vma);
		put_page(old);
	}
	return 0;
}

/* A shared page is written for the first time since it was clean: its file may want to know. */
static vm_fault_t wp_page_shared(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (page && vma->vm_ops && vma->vm_ops->page_mkwrite) {
		vmf->page = page;
		get_page(page);
		ret = vma->vm_ops->page_mkwrite(vmf);
		if (ret & VM_FAULT_LOCKED)
			unlock_page(page);
		put_page(page);
		if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
			return ret;
		if (!pte_same(*vmf->pte, vmf->orig_pte)) /* it slept: somebody was faster */
			return 0;
	}
	wp_page_reuse(vmf);
	if (page)
		set_page_dirty(page);
	return 0;
}

/* An anonymous page that no fork shares, or that all others have left by now. */
static bool anon_page_is_ours(struct page *page)
{
	if (!PageAnon(page))
		return false;
	if (page_count(page) == 1)
		SetPageAnonExclusive(page);
	return PageAnonExclusive(page);
}

static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->orig_pte);

	if (vmf->vma->vm_flags & VM_SHARED)
		return wp_page_shared(vmf, page);
	if (page && anon_page_is_ours(page)) {
		wp_page_reuse(vmf);
		return 0;
	}
	return wp_page_copy(vmf, page);
}

static vm_fault_t do_unshare_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->orig_pte);

	if (!page || !PageAnon(page) || anon_page_is_ours(page))
		return 0;
	return wp_page_copy(vmf, page);
}

/* ---- files ---- */

/* Get the page from the file, locked and referenced, in vmf->page. */
static vm_fault_t fault_in_file_page(struct vm_fault *vmf)
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

/* With the page at hand, the entry for it: its table is made only now, so that a fault that finds
   no page leaves none behind. 0; VM_FAULT_NOPAGE if somebody was faster while we slept;
   VM_FAULT_OOM. */
static vm_fault_t take_entry(struct vm_fault *vmf)
{
	vmf->pte = mm_pte_alloc(vmf->vma->vm_mm, vmf->pmd, vmf->address);
	if (!vmf->pte)
		return VM_FAULT_OOM;
	return pte_none(*vmf->pte) ? 0 : VM_FAULT_NOPAGE;
}

/* Map a page of the page cache; the reference taken by ->fault becomes the entry's. */
static void set_file_pte(struct vm_fault *vmf, struct page *page, bool write)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry = mk_pte(page, vma->vm_page_prot);

	if (write)
		entry = maybe_mkwrite(pte_mkdirty(entry), vma);
	else if (vma->vm_ops->page_mkwrite || !(vma->vm_flags & VM_SHARED))
		entry = pte_wrprotect(entry);
	page_add_file_rmap(page, vma);
	add_mm_counter(vma->vm_mm, mm_counter(page), 1);
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
}

#define FAULT_AROUND_BYTES 65536UL

/* Also map the pages around that are in the page cache: the next touches then do not fault. */
static void do_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long start = max(vmf->address & ~(FAULT_AROUND_BYTES - 1), vma->vm_start);
	unsigned long table_end = (vmf->address & PGDIR_MASK) + PGDIR_SIZE;
	/* as many pages again where the mapping's start cuts the window off below */
	unsigned long end = min(min(start + FAULT_AROUND_BYTES, table_end), vma->vm_end);
	pgoff_t file_pages = (mapping->host->i_size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct vm_fault near = *vmf;

	for (near.address = start; near.address < end; near.address += PAGE_SIZE) {
		pgoff_t index = linear_page_index(vma, near.address);
		struct page *page;

		if (index >= file_pages)
			break;
		page = find_get_page(mapping, index);
		if (!page)
			continue;
		if (!PageUptodate(page) || PageLocked(page) || PageError(page) ||
		    PageHWPoison(page) || take_entry(&near)) {
			put_page(page);
			continue;
		}
		set_file_pte(&near, page, false);
	}
}

static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret, taken;

	if (vma->vm_ops->map_around) {
		do_fault_around(vmf);
		if (!pmd_none(*vmf->pmd) && !pte_none(*pte_offset_map(vmf->pmd, vmf->address)))
			return 0;
	}
	ret = fault_in_file_page(vmf);
	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	unlock_page(vmf->page);
	if (ret & VM_FAULT_MAJOR && vma->vm_ops->map_around)
		do_fault_around(vmf); /* what else was read with it */
	taken = take_entry(vmf);
	if (!taken)
		set_file_pte(vmf, vmf->page, false);
	else
		put_page(vmf->page);
	return ret | (taken & VM_FAULT_ERROR);
}

/* First write to a page of a private file mapping: straight to the copy. */
static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret, taken;

	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	vmf->cow_page = alloc_page(USER_PAGE);
	if (!vmf->cow_page)
		return VM_FAULT_OOM;
	ret = fault_in_file_page(vmf);
	if (!(ret & VM_FAULT_LOCKED)) {
		put_page(vmf->cow_page);
		return ret;
	}
	copy_highpage(vmf->cow_page, vmf->page);
	unlock_page(vmf->page);
	put_page(vmf->page);
	taken = take_entry(vmf);
	if (!taken) {
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
		set_anon_pte(vmf, vmf->cow_page);
	} else {
		put_page(vmf->cow_page);
	}
	return ret | (taken & VM_FAULT_ERROR);
}

static vm_fault_t do_shared_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret = fault_in_file_page(vmf), made;
	vm_fault_t taken;

	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	unlock_page(vmf->page);
	if (vma->vm_ops->page_mkwrite) {
		made = vma->vm_ops->page_mkwrite(vmf);
		if (made & VM_FAULT_LOCKED)
			unlock_page(vmf->page);
		if (made & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) {
			put_page(vmf->page);
			return made;
		}
	}
	taken = take_entry(vmf);
	if (taken) {
		put_page(vmf->page);
		return ret | (taken & VM_FAULT_ERROR);
	}
	set_page_dirty(vmf->page);
	set_file_pte(vmf, vmf->page, true);
	return ret;
}

static vm_fault_t do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;

	if (!vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return do_read_fault(vmf);
	return vma->vm_flags & VM_SHARED ? do_shared_fault(vmf) : do_cow_fault(vmf);
}

/* ---- the dispatcher ---- */

static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry;

	if (likely(!pmd_none(*vmf->pmd))) {
		vmf->pte = pte_offset_map(vmf->pmd, vmf->address);
		vmf->orig_pte = *vmf->pte;
	} else {
		vmf->orig_pte = __pte(0);
	}
	if (pte_none(vmf->orig_pte))
		return vma_is_anonymous(vma) ? do_anonymous_page(vmf) : do_fault(vmf);

	entry = vmf->orig_pte;
	if (unlikely(!pte_present(entry)))
		return VM_FAULT_HWPOISON;
	if (vmf->flags & FAULT_FLAG_UNSHARE)
		return do_unshare_page(vmf);
	if (vmf->flags & FAULT_FLAG_WRITE) {
		if (!pte_write(entry))
			return do_wp_page(vmf);
		entry = pte_mkdirty(entry);
	}
	ptep_set_access_flags(vma, vmf->address, vmf->pte, pte_mkyoung(entry),
			      vmf->flags & FAULT_FLAG_WRITE);
	return 0;
}

/* Faults count for the task that had them, also those that the kernel has in its name, and those in
   another process's memory. One that waits for a disk is two events, as Linux takes it up anew. */
static void account_fault(vm_fault_t ret)
{
	if (ret & VM_FAULT_MAJOR) {
		count_vm_event(PGMAJFAULT);
		count_vm_event(PGFAULT);
	}
	if (ret & (VM_FAULT_ERROR | VM_FAULT_RETRY))
		return;
	if (ret & VM_FAULT_MAJOR)
		current->maj_flt++;
	else
		current->min_flt++;
}

vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags)
{
	struct vm_fault vmf = {
		.vma = vma,
		.address = address & PAGE_MASK,
		.flags = flags,
	};
	vm_fault_t ret;

	vmf.pmd = pmd_offset(pgd_offset(vma->vm_mm, address), address);
	vmf.pgoff = linear_page_index(vma, vmf.address);
	count_vm_event(PGFAULT);
	ret = handle_pte_fault(&vmf);
	account_fault(ret);
	return ret;
}

bool vma_permits_access(const struct vm_area_struct *vma, unsigned int flags)
{
	if (flags & FAULT_FLAG_WRITE)
		return vma->vm_flags & VM_WRITE;
	/* without NX, whatever can be read can be executed and the other way round */
	return vma->vm_flags & VM_ACCESS_FLAGS;
}

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
		    unsigned long size, pgprot_t prot)
{
	unsigned long end = addr + PAGE_ALIGN(size);

	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	for (; addr != end; addr += PAGE_SIZE, pfn++) {
		pmd_t *pmd = pmd_offset(pgd_offset(vma->vm_mm, addr), addr);
		pte_t *pte = mm_pte_alloc(vma->vm_mm, pmd, addr);

		if (!pte)
			return -ENOMEM;
		set_pte_at(vma->vm_mm, addr, pte, pte_mkspecial(pfn_pte(pfn, prot)));
	}
	return 0;
}
