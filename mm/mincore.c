/*
 * mincore: which pages of a range are in memory, one byte for each.
 */
#include "mm/calls.h"
#include "mm/hugetlb.h"
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"
#include "mm/pagewalk.h"
#include "mm/swap/swap.h"
#include "libc/include/string.h"
#include <linux/errno.h>

/* Is the page of the slot in the swap cache? */
static unsigned char mincore_swapped(swp_entry_t entry)
{
	struct page *page = find_swap_page(entry);
	bool there = page && PageUptodate(page);

	if (page)
		put_page(page);
	return there;
}

/* Is the page at addr, which is not mapped, in the page cache of the VMA's file? */
static unsigned char mincore_page(const struct vm_area_struct *vma, unsigned long addr)
{
	const struct address_space *mapping;
	const struct page *page;

	if (!vma->vm_file)
		return 0;
	mapping = vma->vm_file->f_mapping;
	page = radix_tree_lookup(&mapping->pages, linear_page_index(vma, addr));
	if (xa_is_value(page)) /* a page of tmpfs in swap; or reclaim has taken it */
		return !mapping_has_shadows(mapping) && mincore_swapped(radix_to_swp_entry(page));
	return page && PageUptodate(page);
}

/* May the caller know? All pages of somebody else's file are reported as present. */
static bool can_do_mincore(const struct vm_area_struct *vma)
{
	struct inode *inode;

	if (vma_is_anonymous(vma))
		return true;
	if (!vma->vm_file)
		return false;
	inode = vma->vm_file->f_inode;
	return inode_owner_or_capable(inode) || !inode_permission(inode, MAY_WRITE);
}

struct mincore_walk {
	unsigned char *vec;
	unsigned long start; /* address that vec[0] describes */
};

static int mincore_hole(unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	const struct mincore_walk *m = walk->private;

	for (; addr != end; addr += PAGE_SIZE)
		m->vec[(addr - m->start) >> PAGE_SHIFT] = mincore_page(walk->vma, addr);
	return 0;
}

static unsigned char mincore_pte(const struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	if (pte_none(pte))
		return mincore_page(vma, addr);
	return is_swap_pte(pte) ? mincore_swapped(pte_to_swp_entry(pte)) : 1;
}

static int mincore_pte_range(pte_t *pte, unsigned long addr, unsigned long end,
			     struct mm_walk *walk)
{
	const struct mincore_walk *m = walk->private;

	for (; addr != end; addr += PAGE_SIZE, pte++)
		m->vec[(addr - m->start) >> PAGE_SHIFT] = mincore_pte(walk->vma, addr, *pte);
	return 0;
}

/* The page cache has huge pages by other numbers, and Linux does not look there. */
static int mincore_huge_hole(unsigned long addr, unsigned long end, struct mm_walk *walk)
{
	const struct mincore_walk *m = walk->private;

	memset(m->vec + ((addr - m->start) >> PAGE_SHIFT), 0, (end - addr) >> PAGE_SHIFT);
	return 0;
}

static int mincore_large_page(pmd_t *pmd, unsigned long addr, unsigned long end,
			      struct mm_walk *walk)
{
	const struct mincore_walk *m = walk->private;

	memset(m->vec + ((addr - m->start) >> PAGE_SHIFT), 1, (end - addr) >> PAGE_SHIFT);
	return 0;
}

static const struct mm_walk_ops mincore_ops = {
	.pte_range = mincore_pte_range,
	.pte_hole = mincore_hole,
	.large_page = mincore_large_page,
};
static const struct mm_walk_ops mincore_huge_ops = {
	.pte_hole = mincore_huge_hole,
	.large_page = mincore_large_page,
};

/* Report the pages of one VMA from addr on, at most `pages`. Returns how many bytes of vec it set,
   or -ENOMEM if addr is in a hole. */
static long do_mincore(struct mm_struct *mm, unsigned long addr, unsigned long pages,
		       unsigned char *vec)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	struct mincore_walk m = {vec, addr};

	if (!vma)
		return -ENOMEM;
	pages = min(pages, (vma->vm_end - addr) >> PAGE_SHIFT);
	if (!can_do_mincore(vma)) {
		memset(vec, 1, pages);
		return pages;
	}
	walk_page_range_vma(vma, addr, addr + (pages << PAGE_SHIFT),
			    is_vm_hugetlb_page(vma) ? &mincore_huge_ops : &mincore_ops, &m);
	return pages;
}

long mincore_range(unsigned long start, size_t len, unsigned char __user *vec)
{
	unsigned long pages = (len >> PAGE_SHIFT) + (offset_in_page(len) != 0);
	struct mm_struct *mm = current->mm;
	unsigned char *tmp;
	long n = 0;

	if (offset_in_page(start))
		return -EINVAL;
	if (!access_ok((void __user *)start, len))
		return -ENOMEM;
	if (!access_ok(vec, pages))
		return -EFAULT;
	tmp = (unsigned char *)__get_free_page(GFP_USER);
	if (!tmp)
		return -EAGAIN;
	while (pages) {
		down_read(&mm->mmap_sem);
		n = do_mincore(mm, start, min(pages, PAGE_SIZE), tmp);
		up_read(&mm->mmap_sem);
		if (n <= 0)
			break;
		if (copy_to_user(vec, tmp, n)) {
			n = -EFAULT;
			break;
		}
		pages -= n;
		vec += n;
		start += n << PAGE_SHIFT;
		n = 0;
		cond_resched();
	}
	free_page((unsigned long)tmp);
	return n;
}
