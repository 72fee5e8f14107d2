/*
 * The RAM disk. Its store is the boot module, whose pages were kept from the page allocator; it may
 * lie above the direct map, so pages are reached through kmap_local.
 */
#include "kernel/core/printk.h"
#include "kernel/drivers/ramdisk.h"
#include "kernel/fs/blkdev.h"
#include "kernel/lib/util.h"
#include "mm/phys/highmem.h"
#include <linux/errno.h>
#include <linux/major.h>

phys_addr_t initrd_start_phys;
unsigned long initrd_size;

/* Copy between a piece of a page and the module at byte `pos`; the module need not be page-aligned.
 */
static void copy_piece(bool write, u64 pos, const struct bio_vec *vec)
{
	unsigned int done = 0;

	while (done < vec->len) {
		phys_addr_t phys = initrd_start_phys + pos + done;
		unsigned int at = offset_in_page(phys);
		unsigned int n = min_t(unsigned int, vec->len - done, PAGE_SIZE - at);
		char *store = kmap_local_page(phys_to_page(phys));
		char *data = kmap_local_page(vec->page);

		if (write)
			memcpy(store + at, data + vec->offset + done, n);
		else
			memcpy(data + vec->offset + done, store + at, n);
		kunmap_local(data);
		kunmap_local(store);
		done += n;
	}
}

static void ramdisk_submit_bio(struct bio *bio)
{
	u64 pos = bio->bi_sector * SECTOR_SIZE;

	for (unsigned int i = 0; i < bio->bi_vcnt; i++) {
		copy_piece(op_is_write(bio->bi_opf), pos, &bio->bi_io_vec[i]);
		pos += bio->bi_io_vec[i].len;
	}
	bio_endio(bio, 0);
}

static const struct block_device_operations ramdisk_ops = {
	.submit_bio = ramdisk_submit_bio,
};

static struct request_queue ramdisk_queue = {
	.ra_pages = DEFAULT_READ_AHEAD,
	.limits = {.max_segments = BIO_MAX_VECS, .max_segment_size = ~0U, .max_sectors = ~0U},
};

static struct block_device ramdisk = {
	.name = "ram0",
	.dev = MKDEV(RAMDISK_MAJOR, 0),
	.ops = &ramdisk_ops,
	.queue = &ramdisk_queue,
	.minors = 1,
};

void ramdisk_init(void)
{
	int err;

	ramdisk.nr_sectors = initrd_size / SECTOR_SIZE;
	if (!ramdisk.nr_sectors)
		return;
	err = register_blkdev(&ramdisk);
	if (err)
		pr_err("ram0: cannot be registered: error %d\n", err);
	else
		pr_info("ram0: boot module of %lu KiB\n", initrd_size / 1024);
}
