/*
 * The page fault: making one page of a VMA present.
 *
 * handle_mm_fault finds the page-table entry, and what the entry holds decides who handles it:
 *
 *   nothing, anonymous VMA   do_anonymous_page   a page of zeros (shared until written)
 *   nothing, file            do_fault            do_read_fault, do_cow_fault or do_shared_fault
 *   a poisoned page          (nothing)           SIGBUS: see memory_failure.c
 *   a page, write refused    do_wp_page          copy-on-write, or reuse by the last owner
 *   a page                   only the accessed and dirty bits are missing
 *
 * The caller holds mmap_sem for reading and has checked that the VMA permits the access. Other
 * threads may hold it too: whatever sleeps here (allocations, a page's lock, the file's functions)
 * lets them fault on the same page. So each of these functions first gets everything it needs;
 * install_pte then takes page_table_lock, looks at the entry again, and changes it only if no other
 * thread was faster. A file's page is locked meanwhile, so that it cannot be truncated before the
 * entry maps it.
 */
#include "mm/internal.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include "mm/reclaim/memory_failure.h"

#define USER_PAGE (GFP_HIGHUSER_MOVABLE)

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
	return protection_map[vm_flags & (VM_READ | VM_WRITE | VM_EXEC | VM_SHARED)];
}

pte_t *mm_pte_alloc(struct mm_struct *mm, pmd_t *pmd, unsigned long address)
{
	pte_t *table;

	if (unlikely(pmd_none(*pmd))) {
		table = pte_alloc_one();
		if (!table)
			return NULL;
		spin_lock(&mm->page_table_lock);
		pmd_install(mm, pmd, &table);
		spin_unlock(&mm->page_table_lock);
		if (table) /* another thread was faster */
			free_pte_table(table);
	}
	return pte_offset_map(pmd, address);
}

void pmd_install(struct mm_struct *mm, pmd_t *pmd, pte_t **table)
{
	if (!pmd_none(*pmd))
		return;
	pmd_populate(mm, pmd, *table);
	mm->pgtables_bytes += PAGE_SIZE;
	*table = NULL;
}

static pte_t maybe_mkwrite(pte_t pte, const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_WRITE ? pte_mkwrite(pte) : pte;
}

/* ---- installing an entry ---- */

/* Take page_table_lock and look again: does the entry still hold what the fault found there, in
   vmf->orig_pte? A missing page table is installed only now, so that a fault that finds no page
   leaves no table behind. False: another thread was faster, and the lock is not held. */
static __always_inline bool lock_entry(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	spin_lock(&mm->page_table_lock);
	if (unlikely(!vmf->pte)) {
		if (vmf->prealloc_pte)
			pmd_install(mm, vmf->pmd, &vmf->prealloc_pte);
		vmf->pte = pte_offset_map(vmf->pmd, vmf->address);
	}
	if (likely(pte_same(*vmf->pte, vmf->orig_pte)))
		return true;
	spin_unlock(&mm->page_table_lock);
	return false;
}

/* The entry has been replaced: flush the old translation, which would still show the old page, and
   drop that page's reference and mapping, if there was one. page_table_lock. */
static void forget_old_page(struct vm_fault *vmf)
{
	struct page *old = vm_normal_page(vmf->orig_pte);
	struct mm_struct *mm = vmf->vma->vm_mm;

	flush_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE);
	if (!old)
		return;
	add_mm_counter(mm, mm_counter(old), -1);
	page_remove_rmap(old, vmf->vma);
	put_page(old);
}

/*
 * Every fault that makes a page present ends here: replace what the fault found in the entry by
 * `entry`, which maps `page`. The caller's reference to the page becomes the entry's.
 * - anon: the page was allocated for this fault, and nobody else has it.
 * - otherwise it belongs to a file, and is locked if it could be truncated meanwhile.
 * - page == NULL: the entry maps a frame that does not count its mappings.
 * False: another thread was faster, and nothing has changed.
 */
static __always_inline bool install_pte(struct vm_fault *vmf, struct page *page, pte_t entry,
					bool anon)
{
	struct vm_area_struct *vma = vmf->vma;

	if (unlikely(!lock_entry(vmf)))
		return false;
	if (page && anon) {
		page_add_new_anon_rmap(page, vma, vmf->address);
		add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
	} else if (page) {
		page_add_file_rmap(page, vma);
		add_mm_counter(vma->vm_mm, mm_counter(page), 1);
	}
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
	if (!pte_none(vmf->orig_pte))
		forget_old_page(vmf);
	spin_unlock(&vma->vm_mm->page_table_lock);
	return true;
}

/* The entry for a page that was allocated for this fault: dirty and, if the VMA allows it,
 * writable. */
static pte_t anon_entry(const struct vm_fault *vmf, struct page *page)
{
	pte_t entry = mk_pte(page, vmf->vma->vm_page_prot);

	return vmf->flags & FAULT_FLAG_UNSHARE ? entry
					       : maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
}

/* ---- anonymous memory ---- */

static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = NULL;
	pte_t zeros = pte_mkspecial(pfn_pte(zero_pfn, vma->vm_page_prot));

	if (unlikely(!vmf->pte))
		vmf->pte = mm_pte_alloc(vma->vm_mm, vmf->pmd, vmf->address);
	if (!vmf->pte)
		return VM_FAULT_OOM;
	/* a read maps the shared page of zeros, which the first write replaces */
	if (!(vmf->flags & FAULT_FLAG_WRITE)) {
		install_pte(vmf, NULL, zeros, false);
		return 0;
	}
	if (!anon_vma_prepare(vma))
		page = alloc_page(USER_PAGE | __GFP_ZERO);
	if (!page)
		return VM_FAULT_OOM;
	if (!install_pte(vmf, page, anon_entry(vmf, page), true))
		put_page(page);
	return 0;
}

/* ---- copy-on-write ---- */

/* These functions are called with page_table_lock held, and release it. */

/* Make the entry writable, without a copy. */
static void wp_page_reuse(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;
	pte_t entry = pte_mkyoung(vmf->orig_pte);

	entry = maybe_mkwrite(pte_mkdirty(entry), vmf->vma);
	set_pte_at(mm, vmf->address, vmf->pte, entry);
	flush_mm_range(mm, vmf->address, vmf->address + PAGE_SIZE);
	spin_unlock(&mm->page_table_lock);
	count_vm_event(PGREUSE);
}

/* Make `new`, which holds zeros, a copy of what the entry maps: `old`, or a frame without a page.
   The zero page needs no copy. Device memory has no kernel address, so it is read where the program
   sees it. If that fails, another thread has changed the entry, and the copy will not be used. */
static void cow_user_page(struct vm_fault *vmf, struct page *new, struct page *old)
{
	char *to;

	if (old) {
		copy_highpage(new, old);
	} else if (pte_pfn(vmf->orig_pte) != zero_pfn && current->mm == vmf->vma->vm_mm) {
		to = kmap_local_page(new);
		pagefault_disable();
		if (copy_from_user(to, (const char __user *)vmf->address, PAGE_SIZE))
			clear_page(to);
		pagefault_enable();
		kunmap_local(to);
	}
}

/* Map a copy of `old` in its place. `old` is NULL for a frame without a page: the zero page, or
   device memory. The allocation may sleep, so the lock is released first, and install_pte looks
   again. */
static vm_fault_t wp_page_copy(struct vm_fault *vmf, struct page *old)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *new = NULL;

	if (old)
		get_page(old); /* not reused meanwhile, even if another thread unmaps it */
	spin_unlock(&vma->vm_mm->page_table_lock);
	if (!anon_vma_prepare(vma))
		new = alloc_page(old ? USER_PAGE : USER_PAGE | __GFP_ZERO);
	if (new)
		cow_user_page(vmf, new, old);
	if (new && !install_pte(vmf, new, anon_entry(vmf, new), true))
		put_page(new);
	if (old)
		put_page(old);
	return new ? 0 : VM_FAULT_OOM;
}

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

/* The first write to a shared page since it was clean: its file may want to be told. */
static vm_fault_t wp_page_shared(struct vm_fault *vmf, struct page *page)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (!page || !vma->vm_ops || !vma->vm_ops->page_mkwrite) {
		if (page)
			set_page_dirty(page);
		wp_page_reuse(vmf);
		if (page)
			file_update_time(vma->vm_file);
		return 0;
	}
	vmf->page = page;
	get_page(page);
	spin_unlock(&vma->vm_mm->page_table_lock);
	ret = do_page_mkwrite(vmf);
	if (ret & VM_FAULT_LOCKED) {
		if (lock_entry(vmf)) {
			set_page_dirty(page);
			wp_page_reuse(vmf);
		}
		unlock_page(page);
		ret = VM_FAULT_DIRTIED;
	}
	put_page(page);
	return ret;
}

/* Is this an anonymous page that no other address space shares? If only one reference is left, the
   others have gone, and the page becomes exclusive. */
static bool anon_page_is_ours(struct page *page)
{
	if (!PageAnon(page))
		return false;
	if (page_count(page) == 1)
		SetPageAnonExclusive(page);
	return PageAnonExclusive(page);
}

/* A write to a read-only page of a writable VMA. Shared pages are never copied, and a private page
   is not copied for its last owner. */
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

/* A page is about to be pinned for reading: make a copy first if fork shares it. */
static vm_fault_t do_unshare_page(struct vm_fault *vmf)
{
	struct page *page = vm_normal_page(vmf->orig_pte);

	if (page && PageAnon(page) && !anon_page_is_ours(page))
		return wp_page_copy(vmf, page);
	spin_unlock(&vmf->vma->vm_mm->page_table_lock);
	return 0;
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

/* The entry for a page of the page cache. The mapping's permissions do not include writing if it is
   private, or shared and the file wants to be told of writes. */
static pte_t file_entry(const struct vm_fault *vmf, struct page *page, bool write)
{
	pte_t entry = mk_pte(page, vmf->vma->vm_page_prot);

	return write ? maybe_mkwrite(pte_mkdirty(entry), vmf->vma) : entry;
}

/* Map the locked page that ->fault found, and unlock it. Its reference becomes the entry's. */
static void finish_fault(struct vm_fault *vmf, bool write)
{
	struct page *page = vmf->page;
	bool installed = install_pte(vmf, page, file_entry(vmf, page, write), false);

	if (installed && write)
		set_page_dirty(page);
	unlock_page(page);
	if (unlikely(!installed))
		put_page(page);
}

#define FAULT_AROUND_BYTES 65536UL

/* Also map the pages around it that are in the page cache, so that the next accesses do not fault.
   Nothing here sleeps after the file's size is read, so the pages cannot be truncated although they
   are not locked. */
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
		/* the page that starts the next read-ahead has to fault */
		if (!PageUptodate(page) || PageLocked(page) || PageError(page) ||
		    PageReadahead(page) || PageHWPoison(page) ||
		    !install_pte(&near, page, file_entry(&near, page, false), false))
			put_page(page);
		else if (ra->mmap_miss)
			ra->mmap_miss--;
	}
	vmf->prealloc_pte = near.prealloc_pte;
}

static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (vma->vm_ops->map_around) {
		do_fault_around(vmf);
		if (!pmd_none(*vmf->pmd) && !pte_none(*pte_offset_map(vmf->pmd, vmf->address)))
			return 0;
	}
	ret = fault_in_file_page(vmf);
	if (!(ret & VM_FAULT_LOCKED))
		return ret;
	finish_fault(vmf, false);
	if (ret & VM_FAULT_MAJOR && vma->vm_ops->map_around)
		do_fault_around(vmf); /* map what was read together with it */
	return ret;
}

/* The first access to a page of a private file mapping is a write: map a copy at once. */
static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	vm_fault_t ret;
	bool installed;

	if (anon_vma_prepare(vmf->vma))
		return VM_FAULT_OOM;
	vmf->cow_page = alloc_page(USER_PAGE);
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
	return ret;
}

static vm_fault_t do_shared_fault(struct vm_fault *vmf)
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
	finish_fault(vmf, true);
	if (vmf->vma->vm_ops->page_mkwrite)
		return ret | VM_FAULT_DIRTIED;
	file_update_time(vmf->vma->vm_file);
	return ret;
}

static vm_fault_t do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	vm_fault_t ret;

	if (!vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
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

/* ---- the dispatcher ---- */

/* The entry is not empty, but does not allow this access. */
static vm_fault_t fix_entry(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	spinlock_t *ptl = &vma->vm_mm->page_table_lock;
	pte_t entry;

	spin_lock(ptl);
	entry = vmf->orig_pte = *vmf->pte;
	if (unlikely(is_hwpoison_pte(entry))) {
		spin_unlock(ptl);
		return VM_FAULT_HWPOISON;
	}
	if (vmf->flags & FAULT_FLAG_UNSHARE)
		return do_unshare_page(vmf);
	if (vmf->flags & FAULT_FLAG_WRITE) {
		if (!pte_write(entry))
			return do_wp_page(vmf);
		entry = pte_mkdirty(entry);
	}
	ptep_set_access_flags(vma, vmf->address, vmf->pte, pte_mkyoung(entry),
			      vmf->flags & FAULT_FLAG_WRITE);
	spin_unlock(ptl);
	return 0;
}

static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	if (likely(pmd_has_table(*vmf->pmd))) {
		vmf->pte = pte_offset_map(vmf->pmd, vmf->address);
		if (!pte_none(*vmf->pte))
			return fix_entry(vmf);
	} else {
		BUG_ON(!pmd_none(*vmf->pmd)); /* no user mapping has large pages so far */
	}
	return vma_is_anonymous(vmf->vma) ? do_anonymous_page(vmf) : do_fault(vmf);
}

/* Count the fault for current, even if the kernel caused it for current or in another process's
   memory. A fault that waits for a disk is two events, because Linux starts it again. */
static void account_fault(vm_fault_t ret)
{
	if (ret & VM_FAULT_MAJOR)
		count_vm_event(PGFAULT);
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

	mmap_assert_locked(vma->vm_mm);
	VM_BUG_ON(address < vma->vm_start || address >= vma->vm_end);
	vmf.pmd = pmd_off(vma->vm_mm, address);
	vmf.pgoff = linear_page_index(vma, vmf.address);
	count_vm_event(PGFAULT);
	ret = handle_pte_fault(&vmf);
	account_fault(ret);
	return ret;
}
