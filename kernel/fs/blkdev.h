/*
 * Block devices: what a driver (virtio-blk, RAM disk) gives, and the page cache of the raw device
 * through which file systems read their metadata.
 */
#ifndef KERNEL_FS_BLKDEV_H
#define KERNEL_FS_BLKDEV_H

#include "kernel/fs/fs.h"

#define SECTOR_SIZE 512

/* A piece of one page to be transferred. The page is reached by kmap_local or by its physical
 * address. */
struct bio_vec {
	struct page *page;
	unsigned int offset, len; /* bytes; multiples of SECTOR_SIZE */
};

struct block_device_operations {
	/* Transfer `nr` pieces from consecutive sectors, sleeping until done. 0, -EIO, or -ENOMEM.
	   Any task may call it; the driver queues. */
	int (*rw)(struct block_device *bdev, bool write, u64 sector, struct bio_vec *vec, int nr);
	/* What was written is to survive a loss of power: 0 or -EIO. NULL: it does anyway. Sleeps.
	 */
	int (*flush)(struct block_device *bdev);
};

struct block_device {
	char name[16]; /* "vda" */
	dev_t dev;
	u64 nr_sectors;
	bool read_only;
	const struct block_device_operations *ops;
	struct inode *inode; /* its address_space is the device's page cache (4 KiB pages) */
	struct list_head list;
	void *private_data;
	/* Requests, sectors and time since boot, by [write]. */
	u64 reads, writes, read_sectors, written_sectors;
	u64 rw_ns[2];
	unsigned int in_flight[2];
	u64 busy_ns, busy_since_ns; /* with something in flight; since when, if there is */
};
extern struct list_head all_bdevs;
unsigned long nr_blockdev_pages(void); /* in the page caches of all devices: "Buffers" */

/* Called when a driver has completed a request of that many sectors. */
static inline void bdev_count_io(struct block_device *bdev, bool write, u64 sectors)
{
	if (write) {
		bdev->writes++;
		bdev->written_sectors += sectors;
	} else {
		bdev->reads++;
		bdev->read_sectors += sectors;
	}
}

/* ops->rw, counted for the device and for current. */
int bdev_rw(struct block_device *bdev, bool write, u64 sector, struct bio_vec *vec, int nr);
/* How long the device has been busy, in ns. */
u64 bdev_busy_ns(const struct block_device *bdev);

/* Read a whole aligned block (≤ PAGE_SIZE) of a device by the page cache: the page, referenced and
   uptodate, with *offset of the block inside it; ERR_PTR(-EIO, -ENOMEM). put_page when done. */
struct page *bread_page(struct block_device *bdev, u64 block, unsigned int blocksize,
			unsigned int *offset);

#endif
