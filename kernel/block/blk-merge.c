/*
 * Merging: a bio that begins where a waiting request ends, or ends where one begins, becomes part
 * of it, as far as the device takes so much at once.
 */
#include "kernel/block/blk.h"

static bool may_merge(const struct request_queue *q, const struct request *rq,
		      const struct request *with)
{
	return !((rq->rq_flags | with->rq_flags) & RQF_NOMERGE) && rq->part == with->part &&
	       !((rq->cmd_flags ^ with->cmd_flags) & ~(REQ_SYNC | REQ_RAHEAD)) &&
	       rq->nr_segments + with->nr_segments <= q->limits.max_segments &&
	       rq->nr_sectors + with->nr_sectors <= q->limits.max_sectors;
}

/* `with` is behind rq on the disk, and ends. It may be a request with several bios that has left
   the queue, or one that has never been there. */
static void append(struct request *rq, struct request *with)
{
	rq->biotail->bi_next = with->bio;
	rq->biotail = with->biotail;
	rq->nr_sectors += with->nr_sectors;
	rq->nr_segments += with->nr_segments;
}

static void prepend(struct request *rq, struct request *with)
{
	with->biotail->bi_next = rq->bio;
	rq->bio = with->bio;
	rq->sector = with->sector;
	rq->nr_sectors += with->nr_sectors;
	rq->nr_segments += with->nr_segments;
}

static void count_merge(struct request *rq, const struct request *with)
{
	blk_account_io_merge(rq);
	/* what one waits for is not read-ahead */
	if (!(with->cmd_flags & REQ_RAHEAD))
		rq->cmd_flags &= ~REQ_RAHEAD;
	rq->cmd_flags |= with->cmd_flags & REQ_SYNC;
	if (with->start_time_ns < rq->start_time_ns)
		rq->start_time_ns = with->start_time_ns;
}

/* The bio has filled the gap between rq and the one behind it: join these too. */
static void merge_with_next(struct request_queue *q, struct request *rq)
{
	struct request *next = rb_entry_safe(rb_next(&rq->rb_node), struct request, rb_node);

	if (!next || rq_end_sector(rq) != next->sector || !may_merge(q, rq, next))
		return;
	dd_remove_request(q, next);
	q->nr_rqs[rq_is_write(rq)]--;
	append(rq, next);
	count_merge(rq, next);
}

bool blk_attempt_merge(struct request_queue *q, struct bio *bio)
{
	struct request *with = &bio->bi_rq;
	bool write = rq_is_write(with);
	struct request *rq = dd_find_at_or_before(q, write, with->sector);

	if (rq && rq_end_sector(rq) == with->sector && may_merge(q, rq, with)) {
		append(rq, with);
		count_merge(rq, with);
		merge_with_next(q, rq);
		return true;
	}
	rq = dd_find_at_or_before(q, write, rq_end_sector(with));
	if (rq && rq->sector == rq_end_sector(with) && may_merge(q, rq, with)) {
		prepend(rq, with);
		count_merge(rq, with);
		dd_reposition(q, rq);
		return true;
	}
	return false;
}
