/*
 * Flushes. A device with a write cache says that a write is done before it would survive a loss of
 * power; a flush makes all writes safe that were done before it began. A write with REQ_PREFLUSH
 * waits for a flush first; one with REQ_FUA is followed by one, if the device does not know FUA.
 *
 * One flush is in flight at a time. Requests that ask for one meanwhile are too late for it: they
 * wait together for the next, which serves them all.
 */
#include "kernel/block/blk.h"

static void start_flush(struct request_queue *q)
{
	struct request *first = list_first_entry(&q->flush_pending, struct request, queuelist);

	list_splice_init(&q->flush_pending, &q->flush_running);
	q->flush_in_flight = true;
	q->flush_rq = (struct request){
		.q = q,
		.part = first->part->bd_whole,
		.cmd_flags = REQ_OP_FLUSH,
		.start_time_ns = ktime_get_ns(),
	};
	blk_mq_requeue(&q->flush_rq);
}

static void want_flush(struct request *rq)
{
	list_add_tail(&rq->queuelist, &rq->q->flush_pending);
	if (!rq->q->flush_in_flight)
		start_flush(rq->q);
}

static void start_data(struct request *rq)
{
	rq->rq_flags |= RQF_FLUSH_DATA | RQF_NOMERGE;
	blk_mq_requeue(rq);
}

void blk_insert_flush(struct request *rq)
{
	if (rq->cmd_flags & REQ_PREFLUSH || !rq->nr_sectors)
		want_flush(rq);
	else
		start_data(rq);
}

/* A request has got the flush that it waited for. */
static void flushed(struct request *rq, int error)
{
	if (!error && rq->nr_sectors && !(rq->rq_flags & RQF_FLUSH_DATA)) {
		start_data(rq);
		return;
	}
	rq->error = error;
	rq->rq_flags &= ~RQF_FLUSH_DATA;
	blk_mq_end_request(rq);
}

static void data_done(struct request *rq)
{
	struct request_queue *q = rq->q;

	if (!rq->error && rq->cmd_flags & REQ_FUA && !q->fua) {
		want_flush(rq);
		return;
	}
	rq->rq_flags &= ~RQF_FLUSH_DATA;
	blk_mq_end_request(rq);
}

void blk_flush_end_io(struct request *rq)
{
	struct request_queue *q = rq->q;
	LIST_HEAD(served);

	if (rq != &q->flush_rq) {
		data_done(rq);
		return;
	}
	q->flush_in_flight = false;
	list_splice_init(&q->flush_running, &served);
	while (!list_empty(&served)) {
		struct request *waiting = list_first_entry(&served, struct request, queuelist);

		list_del(&waiting->queuelist);
		flushed(waiting, rq->error);
	}
	if (!q->flush_in_flight && !list_empty(&q->flush_pending))
		start_flush(q);
}
