/*
 * fork's copy of the page tables: only the entries that a fault could not make again. Private pages
 * become read-only in parent and child, so that the first write by either makes a copy: see cow.c.
 */
#include "mm/huge_memory.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "mm/mm_trace.h"
#include "kernel/lib/util.h"
#include "mm/phys/gfp.h"
#include "mm/phys/highmem.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/swap/swap.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>

/* Copy one entry, which is present. A private page is shared from now on, so neither side may
   write it without a fault, and it is no longer exclusive to the parent. */
static void copy_present_pte(struct mm_struct *dst_mm, struct mm_struct *src_mm,
			     const struct vm_area_struct *vma, unsigned long addr, pte_t *dst,
			     pte_t *src)
{
	pte_t pte = *src;
	struct page *page = vm_normal_page(pte);

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

/* A pinned page (pin_user_pages) may be read or written for the parent at any time. So the parent
   keeps it, and the child gets a copy of its present contents. */
static bool needs_copy_now(pte_t pte)
{
	const struct page *page = vm_normal_page(pte);

	return page && unlikely(page_maybe_dma_pinned(page)) && PageAnon(page) &&
	       PageAnonExclusive(page);
}

/* Give the child the copy `new`. Takes over the reference to it. page_table_lock of both. */
static noinline void copy_present_page(struct vm_area_struct *vma, unsigned long addr, pte_t *dst,
				       pte_t *src, struct page *new)
{
	pte_t pte = pte_mkdirty(mk_pte(new, vma->vm_page_prot));

	copy_highpage(new, pte_page(*src));
	if (trace_on(TRACE_COPY))
		trace_copy(pte_pfn(*src), page_to_pfn(new));
	add_mm_counter(vma->vm_mm, MM_ANONPAGES, 1);
	page_add_new_anon_rmap(new, vma, addr);
	pte = vma->vm_flags & VM_WRITE ? pte_mkwrite(pte) : pte;
	set_pte_at(vma->vm_mm, addr, dst, pte_uffd_wp(*src) ? pte_mkuffd_wp(pte) : pte);
}

/* Copy the entries of one page table, from *addr on, which becomes the address where it stopped.
   *new, if not NULL, is a page for the first copy, and is set to NULL when it is used. 0: all are
   copied; -EAGAIN: it needs another page; -ENOMEM. */
static int copy_ptes(struct vm_area_struct *dst, struct vm_area_struct *src, pmd_t *dst_pmd,
		     pmd_t *src_pmd, unsigned long *addr, unsigned long end, struct page **new)
{
	pte_t *src_pte = pte_offset_map(src_pmd, *addr), *dst_pte = pte_offset_map(dst_pmd, *addr);
	int err = 0;

	spin_lock(&dst->vm_mm->page_table_lock);
	spin_lock(&src->vm_mm->page_table_lock);
	for (; *addr != end; *addr += PAGE_SIZE, src_pte++, dst_pte++) {
		if (pte_none(*src_pte))
			continue;
		if (unlikely(!pte_present(*src_pte))) {
			err = copy_swap_pte(dst->vm_mm, *addr, dst_pte, *src_pte);
		} else if (!needs_copy_now(*src_pte)) {
			copy_present_pte(dst->vm_mm, src->vm_mm, src, *addr, dst_pte, src_pte);
		} else if (*new) {
			copy_present_page(dst, *addr, dst_pte, src_pte, *new);
			*new = NULL;
		} else {
			err = -EAGAIN;
		}
		if (unlikely(err))
			break;
	}
	spin_unlock(&src->vm_mm->page_table_lock);
	spin_unlock(&dst->vm_mm->page_table_lock);
	return err;
}

static int copy_pte_range(pmd_t *src_pmd, unsigned long addr, unsigned long end,
			  struct mm_walk *walk)
{
	struct vm_area_struct *src = walk->vma, *dst = walk->private;
	pmd_t *dst_pmd = pmd_off(dst->vm_mm, addr);
	struct page *new = NULL;
	int err;

	if (!mm_pte_alloc(dst->vm_mm, dst_pmd, addr))
		return -ENOMEM;
	/* an allocation may sleep, so it must not happen under the locks of copy_ptes */
	while ((err = copy_ptes(dst, src, dst_pmd, src_pmd, &addr, end, &new)) == -EAGAIN) {
		new = alloc_page(GFP_HIGHUSER_MOVABLE);
		if (!new)
			return -ENOMEM;
	}
	if (new) /* the page was unpinned meanwhile */
		put_page(new);
	return err;
}

static int copy_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	return is_vm_hugetlb_page(walk->vma) ? hugetlb_copy(pmd, addr, walk)
					     : huge_pmd_copy(pmd, addr, walk);
}

static const struct mm_walk_ops copy_ops = {.pmd_entry = copy_pte_range,
					    .large_page = copy_large_page};

/* A fault finds shared pages and the pages of a file again. Only anonymous pages and the frames
   that a driver mapped must be copied. */
static bool vma_needs_copy(const struct vm_area_struct *src)
{
	return src->anon_vma || src->vm_flags & (VM_PFNMAP | VM_MIXEDMAP);
}

int copy_page_range(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct mm_walk walk = {.mm = src->vm_mm, .vma = src, .private = dst};
	int err = 0;

	/* a page of zeros may be write-protected for a pager in user space */
	if (vma_needs_copy(src) || unlikely(userfaultfd_wp(dst)))
		err = __walk_page_range(&walk, src->vm_start, src->vm_end, &copy_ops);
	if (unlikely(userfaultfd_wp(src) && !userfaultfd_wp(dst))) /* of the parent only */
		uffd_wp_range(dst, dst->vm_start, dst->vm_end, false);
	return err;
}
