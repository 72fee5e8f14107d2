/*
 * What the files of the block layer share.
 */
#ifndef KERNEL_BLOCK_BLK_H
#define KERNEL_BLOCK_BLK_H

#include "kernel/block/blkdev.h"
#include "kernel/time/time.h"

static inline bool rq_is_write(const struct request *rq)
{
	return op_is_write(rq->cmd_flags);
}
static inline u64 rq_end_sector(const struct request *rq)
{
	return rq->sector + rq->nr_sectors;
}

/* ---- blk-mq.c ---- */
/* The bio's request enters its queue, merged if it can be. Does not sleep. */
void blk_mq_insert_bio(struct bio *bio);
/* A request that has been in the queue before, or cannot be merged, enters it before all others. */
void blk_mq_requeue(struct request *rq);
/* Give the device what it takes. Does not sleep. */
void blk_mq_run_queue(struct request_queue *q);
/* Its bios are done, each with rq->error, and it is counted. */
void blk_mq_end_request(struct request *rq);
/* Sleep while there are too many requests of the kind. */
void blk_mq_wait_for_slot(struct request_queue *q, bool write);

/* ---- blk-merge.c ---- */
/* Join the bio with a request that waits and touches it. */
bool blk_attempt_merge(struct request_queue *q, struct bio *bio);

/* ---- mq-deadline.c ---- */
/* A request begins to wait; or leaves without being served. */
void dd_insert_request(struct request_queue *q, struct request *rq);
void dd_remove_request(struct request_queue *q, struct request *rq);
/* The next request to be served, taken out; or NULL. */
struct request *dd_dispatch_request(struct request_queue *q);
/* The request whose first sector is the last one not above `sector`, or NULL. */
struct request *dd_find_at_or_before(struct request_queue *q, bool write, u64 sector);
/* rq->sector is lower than before. */
void dd_reposition(struct request_queue *q, struct request *rq);

/* ---- blk-flush.c ---- */
/* A request with a flush before it, after it, or nothing but a flush, begins. */
void blk_insert_flush(struct request *rq);
/* The flush of a queue is done, or the data of a request with RQF_FLUSH_DATA are. */
void blk_flush_end_io(struct request *rq);

/* ---- blk-stats.c ---- */
/* The driver has got the request. */
void blk_account_io_start(struct request *rq);
/* It is done, and the driver has it no more; retried or ended. */
void blk_account_io_stop(struct request *rq);
/* Another bio, or request, has become part of it. */
void blk_account_io_merge(struct request *rq);
/* It has ended. */
void blk_account_io_done(struct request *rq);

#endif
