/*
 * userfaultfd: pages that a pager has write-protected (UFFDIO_WRITEPROTECT).
 *
 * The first write to such a page is told to the pager, and waits until it takes the protection
 * away: a checkpoint or a snapshot of a virtual machine learns in this way which pages change while
 * it is being written. The protection is a bit of the page's entry, _PAGE_UFFD_WP, which makes the
 * entry read-only whatever the VMA permits, and which stays with the page in swap. An empty entry
 * has none, so the first access to a missing page is no matter of this pager's.
 *
 * The bit is only set in VMAs that are watched for that, VM_UFFD_WP: who ceases to watch one clears
 * the bits first.
 */
#include "mm/huge_memory.h"
#include "mm/internal.h"
#include "mm/pagewalk.h"
#include "mm/phys/swapops.h"
#include "mm/userfaultfd.h"
#include <linux/errno.h>

static pte_t set_uffd_wp(pte_t pte, bool protect)
{
	if (pte_present(pte))
		return protect ? pte_mkuffd_wp(pte) : pte_clear_uffd_wp(pte);
	if (is_swap_pte(pte))
		return protect ? pte_swp_mkuffd_wp(pte) : pte_swp_clear_uffd_wp(pte);
	return pte;
}

/* What may be written again becomes writable by a fault, which knows whether to copy. */
static int wp_pte_range(pte_t *pte, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	bool protect = *(const bool *)walk->private;
	unsigned long start = addr;

	for (; addr != end; addr += PAGE_SIZE, pte++) {
		pte_t new = set_uffd_wp(*pte, protect);

		if (!pte_same(new, *pte))
			set_pte_at(walk->mm, addr, pte, new);
	}
	flush_mm_range(walk->mm, start, end);
	return 0;
}

/* A large page has no such bit: it is split before its pages are protected. */
static int wp_large_page(pmd_t *pmd, unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	return *(const bool *)walk->private ? split_large_page(pmd, addr, end, walk) : 0;
}

static const struct mm_walk_ops wp_ops = {.pte_range = wp_pte_range, .large_page = wp_large_page};

void uffd_wp_range(struct vm_area_struct *vma, unsigned long start, unsigned long end, bool protect)
{
	walk_page_range_vma(vma, start, end, &wp_ops, &protect);
}

int mwriteprotect_range(struct userfaultfd_ctx *ctx, unsigned long start, unsigned long len,
			bool protect)
{
	struct mm_struct *mm = ctx->mm;
	struct vm_area_struct *vma;
	int err = 0;

	down_read(&mm->mmap_sem);
	vma = find_vma(mm, start);
	if (ctx->mmap_changing)
		err = -EAGAIN;
	else if (!vma || vma->vm_start > start || vma->vm_end - start < len || !userfaultfd_wp(vma))
		err = -ENOENT;
	else
		uffd_wp_range(vma, start, start + len, protect);
	up_read(&mm->mmap_sem);
	return err;
}
