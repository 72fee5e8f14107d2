/*
 * Block devices as the file systems see them: the page cache of the raw device, through which they
 * read their metadata. How requests travel: kernel/block/.
 */
#ifndef KERNEL_FS_BLKDEV_H
#define KERNEL_FS_BLKDEV_H

#include "kernel/block/blkdev.h"
#include "kernel/fs/fs.h"

unsigned long nr_blockdev_pages(void); /* in the page caches of all devices: "Buffers" */

/* ---- block_dev.c ---- */
/* Begin to use the device. A holder (any address that tells who it is) claims it: -EBUSY if another
   one has. NULL makes no claim and always succeeds. Sleeps. */
int blkdev_get(struct block_device *bdev, const void *holder);
/* The end of it, with the same holder. The last user's writes are waited for, and the page cache is
   emptied. Sleeps. */
void blkdev_put(struct block_device *bdev, const void *holder);

/* ---- bdev_cache.c: the page cache of a device, by aligned blocks of 512 bytes to a page ---- */
/*
 * The page that holds a block, referenced, the block at *offset in it; put_page when done.
 * bread_page reads the block if it is not valid; in getblk_page it becomes zeros instead, and the
 * caller must mark it dirty before it puts the page. ERR_PTR(-EIO, -ENOMEM). Sleep.
 */
struct page *bread_page(struct block_device *bdev, u64 block, unsigned int size,
			unsigned int *offset);
struct page *getblk_page(struct block_device *bdev, u64 block, unsigned int size,
			 unsigned int *offset);
/* These bytes of such a page have been changed; size is a block's. Does not sleep. */
void mark_block_dirty(struct page *page, unsigned int offset, unsigned int size);
/* The block is metadata no more (it is free, or a file's data): what is in the cache of it is not
   valid, and will not be written. A write that is under way is waited for. Sleeps. */
void bforget_block(struct block_device *bdev, u64 block, unsigned int size);
/* Write the block, if it is dirty, and wait: 0 or -errno. */
int sync_block(struct block_device *bdev, u64 block, unsigned int size);
/* The same for all that is dirty; reports an error of earlier writes too. NULL is ignored. */
int sync_blockdev(struct block_device *bdev);

/* super.c: the same after the file system on it, if it is mounted, has written what it has. */
int fsync_bdev(struct block_device *bdev);

#endif
