/*
 * Removing the pages of a file from every address space that maps them, because the file becomes
 * shorter, gets a hole, or must be read again. The tree of the file (address_space.i_mmap) knows
 * the VMAs; what it has of the file tells where in each of them the pages are.
 *
 *   pages of the file   0   1   2   3   4   5   6   7
 *   to be unmapped              [first     last]
 *   a VMA                   [vm_pgoff = 1         ]
 *                           ^ vm_start: page n is at vm_start + (n - vm_pgoff) * PAGE_SIZE
 */
#include "mm/internal.h"
#include "kernel/fs/fs.h"
#include "kernel/lib/util.h"

/* Unmap pages [first, last] of the file from a VMA that maps all of them. */
static void unmap_file_pages(struct vm_area_struct *vma, pgoff_t first, pgoff_t last,
			     bool even_cows)
{
	unsigned long addr = vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT);
	unsigned long end = vma->vm_start + ((last - vma->vm_pgoff + 1) << PAGE_SHIFT);

	update_hiwater_rss(vma->vm_mm);
	zap_tables(vma, addr, end, even_cows);
}

void unmap_mapping_range(struct address_space *mapping, loff_t start, loff_t len, bool even_cows)
{
	pgoff_t first = start >> PAGE_SHIFT;
	pgoff_t last = len ? (start + len - 1) >> PAGE_SHIFT : ~(pgoff_t)0;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach (vma, &mapping->i_mmap, first, last)
		unmap_file_pages(vma, max(first, vma->vm_pgoff),
				 min(last, vma->vm_pgoff + vma_pages(vma) - 1), even_cows);
	i_mmap_unlock_read(mapping);
}
