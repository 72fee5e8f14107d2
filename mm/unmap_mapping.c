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

void unmap_mapping_range(struct address_space *mapping, loff_t start, loff_t len, bool even_cows)
{
	pgoff_t first = start >> PAGE_SHIFT;
	pgoff_t last = len ? (start + len - 1) >> PAGE_SHIFT : ~(pgoff_t)0;
	struct vm_area_struct *vma;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach (vma, &mapping->i_mmap, first, last) {
		/* what the VMA has of these pages, counted from its beginning */
		pgoff_t from = max(first, vma->vm_pgoff) - vma->vm_pgoff;
		pgoff_t to = min(last - vma->vm_pgoff, vma_pages(vma) - 1);

		update_hiwater_rss(vma->vm_mm);
		static_call(zap_tables)(vma, vma->vm_start + (from << PAGE_SHIFT),
					vma->vm_start + ((to + 1) << PAGE_SHIFT), even_cows);
	}
	i_mmap_unlock_read(mapping);
}
