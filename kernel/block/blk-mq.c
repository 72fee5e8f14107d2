/*
 * The queue of a disk: requests come in, are handed to the driver as it takes them, and end in the
 * thread kblockd. The driver's interrupt handler only puts what is done on a list: all else happens
 * in tasks, so nothing here needs interrupts to be off.
 */
#include "kernel/block/blk.h"
#include "kernel/core/panic.h"
#include "kernel/core/printk.h"
#include "kernel/lib/util.h"
#include "kernel/sched/policy.h"
#include "kernel/x86/cpu.h"
#include <linux/errno.h>

#define KBLOCKD_PRIORITY 50 /* real-time: what is done is not kept waiting by programs */

static LIST_HEAD(done_list); /* of request.queuelist; interrupts off */
static DECLARE_WAIT_QUEUE_HEAD(kblockd_wait);

void blk_init_queue(struct request_queue *q, const struct blk_mq_ops *ops, void *queuedata)
{
	q->ops = ops;
	q->queuedata = queuedata;
	for (int write = 0; write < 2; write++) {
		q->sort_list[write] = RB_ROOT;
		INIT_LIST_HEAD(&q->fifo_list[write]);
	}
	INIT_LIST_HEAD(&q->dispatch);
	INIT_LIST_HEAD(&q->retry);
	INIT_LIST_HEAD(&q->flush_pending);
	INIT_LIST_HEAD(&q->flush_running);
	init_waitqueue_head(&q->wait);
}

/* ---- in ---- */

void blk_mq_wait_for_slot(struct request_queue *q, bool write)
{
	wait_event(q->wait, q->nr_rqs[write] < BLK_MAX_REQUESTS);
}

/* The request of one bio. */
static void init_request(struct request *rq, struct bio *bio)
{
	*rq = (struct request){
		.q = bio->bi_bdev->queue,
		.part = bio->bi_bdev,
		.bio = bio,
		.biotail = bio,
		.cmd_flags = bio->bi_opf,
		.rq_flags = bio->bi_opf & REQ_NOMERGE ? RQF_NOMERGE : 0,
		.sector = bio->bi_bdev->bd_start_sect + bio->bi_sector,
		.nr_sectors = bio_sectors(bio),
		.nr_segments = bio->bi_segments,
		.start_time_ns = ktime_get_ns(),
	};
	bio->bi_next = NULL;
}

void blk_mq_insert_bio(struct bio *bio)
{
	struct request *rq = &bio->bi_rq;
	struct request_queue *q = bio->bi_bdev->queue;

	init_request(rq, bio);
	if (req_op(rq->cmd_flags) == REQ_OP_FLUSH || rq->cmd_flags & (REQ_PREFLUSH | REQ_FUA)) {
		q->nr_rqs[rq_is_write(rq)]++;
		blk_insert_flush(rq);
	} else if (!blk_attempt_merge(q, bio)) {
		q->nr_rqs[rq_is_write(rq)]++;
		dd_insert_request(q, rq);
	}
}

void blk_mq_requeue(struct request *rq)
{
	list_add_tail(&rq->queuelist, &rq->q->dispatch);
}

/* ---- to the driver ---- */

static struct request *next_request(struct request_queue *q)
{
	struct list_head *list = &q->dispatch;
	struct request *rq;

	if (q->alone || (!list_empty(&q->retry) && q->nr_in_flight))
		return NULL;
	if (!list_empty(&q->retry)) {
		list = &q->retry;
		q->alone = true;
	}
	rq = list_first_entry_or_null(list, struct request, queuelist);
	if (!rq)
		return dd_dispatch_request(q);
	list_del(&rq->queuelist);
	return rq;
}

/* False: the device is full. */
static bool dispatch_request(struct request_queue *q, struct request *rq)
{
	int err = q->ops->queue_rq(q, rq);
	unsigned long flags;

	if (err == -EBUSY) {
		q->alone = false;
		list_add(&rq->queuelist, &q->dispatch);
		return false;
	}
	q->nr_in_flight++;
	if (err) {
		rq->error = err;
		local_irq_save(flags);
		blk_mq_complete_request(rq);
		local_irq_restore(flags);
	} else {
		blk_account_io_start(rq);
	}
	return true;
}

void blk_mq_run_queue(struct request_queue *q)
{
	struct request *rq;

	while ((rq = next_request(q)) && dispatch_request(q, rq))
		;
	q->ops->commit_rqs(q);
}

/* ---- and out ---- */

void blk_mq_complete_request(struct request *rq)
{
	list_add_tail(&rq->queuelist, &done_list);
	wake_up(&kblockd_wait);
}

void blk_mq_end_request(struct request *rq)
{
	struct request_queue *q = rq->q;
	bool write = rq_is_write(rq);
	int error = rq->error;
	struct bio *bio = rq->bio, *next;

	blk_account_io_done(rq);
	q->nr_rqs[write]--;
	wake_up_all(&q->wait);
	for (; bio; bio = next) { /* rq is gone with its bio */
		next = bio->bi_next;
		bio_endio(bio, error);
	}
}

static void report_error(const struct request *rq)
{
	static const char *const names[] = {"READ", "WRITE", "FLUSH"};
	unsigned int op = req_op(rq->cmd_flags);

	if (printk_ratelimit())
		pr_err("I/O error, dev %s, sector %llu op 0x%x:(%s) flags 0x%x phys_seg %u prio "
		       "class 0\n",
		       rq->part->name, rq->sector, op, names[op], rq->cmd_flags & ~REQ_OP_MASK,
		       rq->nr_segments);
}

/* A request of several bios failed: each gets one of its own, and its own answer. The device may
   join requests that it is given together, so it gets these one by one. */
static void retry_each(struct request *rq)
{
	struct request_queue *q = rq->q;
	struct bio *bio = rq->bio, *next;

	q->nr_rqs[rq_is_write(rq)]--;
	for (; bio; bio = next) {
		next = bio->bi_next;
		init_request(&bio->bi_rq, bio);
		bio->bi_rq.rq_flags |= RQF_NOMERGE;
		q->nr_rqs[rq_is_write(&bio->bi_rq)]++;
		list_add_tail(&bio->bi_rq.queuelist, &q->retry);
	}
}

static void finish_request(struct request *rq)
{
	struct request_queue *q = rq->q;

	q->nr_in_flight--;
	q->alone = false; /* if it was, this is the one */
	blk_account_io_stop(rq);
	if (rq->error && rq->bio && rq->bio->bi_next) {
		retry_each(rq);
	} else {
		if (rq->error)
			report_error(rq);
		if (rq == &q->flush_rq) {
			blk_account_io_done(rq);
			blk_flush_end_io(rq);
		} else if (rq->rq_flags & RQF_FLUSH_DATA) {
			blk_flush_end_io(rq);
		} else {
			blk_mq_end_request(rq);
		}
	}
	blk_mq_run_queue(q);
}

static struct request *next_done(void)
{
	struct request *rq;
	unsigned long flags;

	local_irq_save(flags);
	rq = list_first_entry_or_null(&done_list, struct request, queuelist);
	if (rq)
		list_del(&rq->queuelist);
	local_irq_restore(flags);
	return rq;
}

int kblockd(void *unused)
{
	struct request *rq;

	do_sched_setscheduler(current, SCHED_FIFO, KBLOCKD_PRIORITY);
	for (;;) {
		wait_event_interruptible(kblockd_wait, !list_empty(&done_list));
		while ((rq = next_done())) {
			finish_request(rq);
			cond_resched();
		}
	}
}
