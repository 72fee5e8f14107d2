/*
 * fork's copy of an address space: the VMAs, and of the page tables only what could not be found
 * again by a fault. Private pages become read-only on both sides: copy-on-write.
 */
#include "mm/internal.h"
#include "mm/copy.h"
#include "kernel/core/panic.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "mm/layout.h"
#include <linux/errno.h>

static void copy_present_pte(struct mm_struct *dst_mm, struct mm_struct *src_mm,
			     const struct vm_area_struct *vma, unsigned long addr, pte_t *dst,
			     pte_t *src)
{
	pte_t pte = *src;
	struct page *page = vm_normal_page(pte);

	if (unlikely(!pte_present(pte))) { /* the child finds the page broken, too */
		set_pte_at(dst_mm, addr, dst, pte);
		return;
	}
	if (page) {
		get_page(page);
		page_dup_rmap(page);
		ClearPageAnonExclusive(page);
		add_mm_counter(dst_mm, mm_counter(page), 1);
	}
	if (vma->vm_flags & VM_SHARED) {
		pte = pte_mkclean(pte);
	} else if (pte_write(pte)) {
		ptep_set_wrprotect(src_mm, addr, src);
		pte = pte_wrprotect(pte);
	}
	set_pte_at(dst_mm, addr, dst, pte_mkold(pte));
}

static int copy_pte_range(struct vm_area_struct *dst, struct vm_area_struct *src, pmd_t *src_pmd,
			  unsigned long addr, unsigned long end)
{
	pmd_t *dst_pmd = pmd_offset(pgd_offset(dst->vm_mm, addr), addr);
	pte_t *src_pte = pte_offset_map(src_pmd, addr);
	pte_t *dst_pte = mm_pte_alloc(dst->vm_mm, dst_pmd, addr);

	if (!dst_pte)
		return -ENOMEM;
	spin_lock(&dst->vm_mm->page_table_lock);
	spin_lock(&src->vm_mm->page_table_lock);
	for (; addr != end; addr += PAGE_SIZE, src_pte++, dst_pte++)
		if (!pte_none(*src_pte))
			copy_present_pte(dst->vm_mm, src->vm_mm, src, addr, dst_pte, src_pte);
	spin_unlock(&src->vm_mm->page_table_lock);
	spin_unlock(&dst->vm_mm->page_table_lock);
	return 0;
}

/* Pages of a file, and shared ones, are found again by a fault: only private copies must be copied.
 */
static bool vma_needs_copy(const struct vm_area_struct *src)
{
	return src->anon_vma || src->vm_flags & (VM_PFNMAP | VM_MIXEDMAP);
}

int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	unsigned long addr = src->vm_start, next;
	int err;

	if (!vma_needs_copy(src))
		return 0;
	for (; addr != src->vm_end; addr = next) {
		pmd_t *pmd = pmd_offset(pgd_offset(src->vm_mm, addr), addr);

		next = pgd_addr_end(addr, src->vm_end);
		if (pmd_none(*pmd))
			continue;
		err = copy_pte_range(dst, src, pmd, addr, next);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

/* The child's VMA, linked behind `prev`, with its pages. ERR_PTR on failure. */
static struct vm_area_struct *dup_vma(struct mm_struct *mm, struct vm_area_struct *old,
				      struct vm_area_struct *prev)
{
	struct vm_area_struct *vma;
	long pages = vma_pages(old);
	int err;

	if (old->vm_flags & VM_ACCOUNT && security_vm_enough_memory(pages))
		return ERR_PTR(-ENOMEM);
	vma = vm_area_alloc(mm);
	if (!vma)
		goto uncharge;
	*vma = *old;
	vma->vm_mm = mm;
	vma->vm_flags &= ~VM_LOCKED_MASK;
	if (old->vm_flags & VM_WIPEONFORK) {
		vma->anon_vma = NULL; /* the child finds zeros, with a history of its own */
		vma->anon_vma_forked = false;
	} else if (anon_vma_fork(vma, old)) {
		vm_area_free(vma);
		goto uncharge;
	}
	if (vma->vm_file)
		get_file(vma->vm_file);
	vma_link(mm, vma, prev);
	if (vma->vm_ops && vma->vm_ops->open)
		vma->vm_ops->open(vma);
	if (old->vm_flags & VM_WIPEONFORK)
		return vma;
	err = copy_page_range(vma, old);
	return err ? ERR_PTR(err) : vma; /* exit_mmap of the child takes it down again */
uncharge:
	if (old->vm_flags & VM_ACCOUNT)
		vm_unacct_memory(pages);
	return ERR_PTR(-ENOMEM);
}

int dup_mmap(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct vm_area_struct *old, *vma, *prev = NULL;
	int err = 0;

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
	/* the parent's entries lost their write permission */
	if (oldmm == current->active_mm)
		flush_tlb_mm();
	return err;
}
