/*
 * posix_fadvise: a program's advice about how it is going to use an open file.
 */
#include "kernel/fs/internal.h"
#include "kernel/fs/readahead.h"
#include "mm/cache/page_writeback.h"
#include <linux/fadvise.h>

/* The whole pages from `start` to the byte `last`, which the page cache shall not keep. The last
   page counts as whole if the file ends there. */
static void fadvise_dontneed(struct address_space *mapping, loff_t start, loff_t last)
{
	pgoff_t first_index = PFN_UP((u64)start), last_index = last >> PAGE_SHIFT;

	filemap_fdatawrite_range(mapping, start, last, WB_SYNC_NONE);
	if (offset_in_page(last + 1) && last != mapping->host->i_size - 1) {
		if (!last_index)
			return;
		last_index--;
	}
	if (last_index >= first_index)
		invalidate_mapping_pages(mapping, first_index, last_index);
}

static void fadvise_willneed(struct file *f, loff_t start, loff_t last)
{
	pgoff_t index = start >> PAGE_SHIFT;
	unsigned long nr = (pgoff_t)(last >> PAGE_SHIFT) - index + 1;

	force_page_cache_readahead(f->f_mapping, f, index, nr ? nr : ~0UL);
}

int vfs_fadvise(struct file *f, loff_t offset, loff_t len, int advice)
{
	struct address_space *mapping = f->f_mapping;
	loff_t last = (u64)offset + (u64)len - 1;

	if (S_ISFIFO(f->f_inode->i_mode))
		return -ESPIPE;
	if (len < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
		return -EINVAL;
	if (!mapping_has_device(mapping)) /* nothing is ever read for it */
		return 0;
	if (!len || (u64)last + 1 < (u64)len)
		last = ALL_BYTES;
	switch (advice) {
	case POSIX_FADV_NORMAL:
		f->f_ra.ra_pages = mapping_ra_pages(mapping);
		f->f_mode &= ~FMODE_RANDOM;
		break;
	case POSIX_FADV_RANDOM:
		f->f_mode |= FMODE_RANDOM;
		break;
	case POSIX_FADV_SEQUENTIAL:
		f->f_ra.ra_pages = 2 * mapping_ra_pages(mapping);
		f->f_mode &= ~FMODE_RANDOM;
		break;
	case POSIX_FADV_WILLNEED:
		fadvise_willneed(f, offset, last);
		break;
	case POSIX_FADV_DONTNEED:
		fadvise_dontneed(mapping, offset, last);
		break;
	}
	return 0;
}
