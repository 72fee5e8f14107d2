/*
 * Block devices as the file systems see them: the page cache of the raw device, through which they
 * read their metadata. How requests travel: kernel/block/.
 */
#ifndef KERNEL_FS_BLKDEV_H
#define KERNEL_FS_BLKDEV_H

#include "kernel/block/blkdev.h"
#include "kernel/fs/fs.h"

unsigned long nr_blockdev_pages(void); /* in the page caches of all devices: "Buffers" */

/* Read a whole aligned block (≤ PAGE_SIZE) of a device by the page cache: the page, referenced and
   uptodate, with *offset of the block inside it; ERR_PTR(-EIO, -ENOMEM). put_page when done. */
struct page *bread_page(struct block_device *bdev, u64 block, unsigned int blocksize,
			unsigned int *offset);

#endif
