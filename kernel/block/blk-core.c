/*
 * The way in: what a bio asks for is checked, and it goes to its device, or into the plug of the
 * task first.
 */
#include "kernel/block/blk.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/sched.h"
#include <linux/errno.h>

#define BLK_MAX_PLUGGED 64 /* bios */

static bool beyond_end(const struct bio *bio)
{
	u64 size = bio->bi_bdev->nr_sectors;

	return bio_sectors(bio) &&
	       (bio->bi_sector >= size || bio_sectors(bio) > size - bio->bi_sector);
}

/* 0, or the error that the bio ends with. */
static int check_bio(const struct bio *bio)
{
	struct block_device *bdev = bio->bi_bdev;

	if (!bio_sectors(bio) && req_op(bio->bi_opf) != REQ_OP_FLUSH &&
	    !(bio->bi_opf & REQ_PREFLUSH))
		return -EIO;
	/* pages may have been dirty when the device became so: a disk that is really protected
	   refuses by itself */
	if (op_is_write(bio->bi_opf) && bdev->read_only && printk_ratelimit())
		pr_warn("Trying to write to read-only block-device %s\n", bdev->name);
	if (!beyond_end(bio))
		return 0;
	if (printk_ratelimit()) {
		pr_info("%s: attempt to access beyond end of device\n", current->comm);
		pr_info("%s: rw=%u, sector=%llu, nr_sectors = %u limit=%llu\n", bdev->name,
			bio->bi_opf, bio->bi_sector, bio_sectors(bio), bdev->nr_sectors);
	}
	return -EIO;
}

/* An empty write with a flush before it is a flush; a device without a cache needs none. */
static void simplify_flush(struct bio *bio)
{
	if (!bio_sectors(bio))
		bio->bi_opf = REQ_OP_FLUSH;
	if (!bio->bi_bdev->queue->write_cache)
		bio->bi_opf &= ~(REQ_PREFLUSH | REQ_FUA);
}

/* Writes were counted when the pages became dirty. */
static void account_bio(const struct bio *bio)
{
	if (!op_is_write(bio->bi_opf))
		current->ioac.read_bytes += bio->bi_size;
}

static void send_bio(struct bio *bio)
{
	struct request_queue *q = bio->bi_bdev->queue;
	bool flush = req_op(bio->bi_opf) == REQ_OP_FLUSH || bio->bi_opf & (REQ_PREFLUSH | REQ_FUA);
	struct blk_plug *plug = current->plug;

	if (plug && !flush) {
		list_add_tail(&bio->bi_rq.queuelist, &plug->bios);
		if (++plug->count >= BLK_MAX_PLUGGED)
			blk_flush_plug(plug);
		return;
	}
	blk_mq_insert_bio(bio);
	blk_mq_run_queue(q);
}

void submit_bio(struct bio *bio)
{
	struct block_device *bdev = bio->bi_bdev;
	int err;

	might_sleep();
	simplify_flush(bio);
	err = check_bio(bio);
	if (err || (req_op(bio->bi_opf) == REQ_OP_FLUSH && !bdev->queue->write_cache)) {
		bio_endio(bio, err);
		return;
	}
	account_bio(bio);
	if (bdev->ops->submit_bio) {
		bdev->ops->submit_bio(bio);
		return;
	}
	blk_mq_wait_for_slot(bdev->queue, op_is_write(bio->bi_opf));
	send_bio(bio);
}

/* ---- plugs ---- */

void blk_start_plug(struct blk_plug *plug)
{
	INIT_LIST_HEAD(&plug->bios);
	plug->count = 0;
	if (!current->plug)
		current->plug = plug;
}

void blk_flush_plug(struct blk_plug *plug)
{
	struct request_queue *q = NULL;

	while (!list_empty(&plug->bios)) {
		struct bio *bio = list_first_entry(&plug->bios, struct bio, bi_rq.queuelist);

		list_del(&bio->bi_rq.queuelist);
		if (q && q != bio->bi_bdev->queue)
			blk_mq_run_queue(q);
		q = bio->bi_bdev->queue;
		blk_mq_insert_bio(bio);
	}
	plug->count = 0;
	if (q)
		blk_mq_run_queue(q);
}

void blk_finish_plug(struct blk_plug *plug)
{
	if (current->plug != plug)
		return;
	blk_flush_plug(plug);
	current->plug = NULL;
}
