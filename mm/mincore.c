/*
 * mincore: which pages of a range are in memory, one byte for each.
 */
#include "mm/mincore.h"
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"
#include "kernel/x86/uaccess.h"
#include "mm/phys/gfp.h"
#include "mm/layout.h"
#include "libc/include/string.h"
#include <linux/errno.h>

/* Is a page that is not mapped in the page cache of the file behind it? */
static unsigned char mincore_page(const struct vm_area_struct *vma, unsigned long addr)
{
	struct page *page;
	bool there;

	if (!vma->vm_file)
		return 0;
	page = find_get_page(vma->vm_file->f_mapping, linear_page_index(vma, addr));
	if (!page)
		return 0;
	there = PageUptodate(page);
	put_page(page);
	return there;
}

/* A stranger's file tells nothing: its pages all seem to be there. */
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

/* The pages of one VMA from addr on, at most `pages`. Number of bytes filled, or -ENOMEM in a hole.
 */
static long do_mincore(struct mm_struct *mm, unsigned long addr, unsigned long pages,
		       unsigned char *vec)
{
	struct vm_area_struct *vma = vma_lookup(mm, addr);
	unsigned long i;

	if (!vma)
		return -ENOMEM;
	pages = min(pages, (vma->vm_end - addr) >> PAGE_SHIFT);
	if (!can_do_mincore(vma)) {
		memset(vec, 1, pages);
		return pages;
	}
	for (i = 0; i < pages; i++, addr += PAGE_SIZE) {
		pte_t *pte = lookup_pte(mm, addr);

		vec[i] = pte && !pte_none(*pte) ? 1 : mincore_page(vma, addr);
	}
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
