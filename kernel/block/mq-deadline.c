/*
 * The order in which requests are served, after Linux's scheduler of this name. Reads and writes
 * wait in two trees sorted by sector, so that the device works through the disk in one direction,
 * again and again; a batch of them is served, then the next kind is chosen. Reads come first,
 * because somebody waits for each, but not more than twice in a row while writes wait; and whatever
 * has waited longer than its deadline begins the next batch.
 */
#include "kernel/block/blk.h"
#include "kernel/core/panic.h"

#define FIFO_BATCH     16
#define WRITES_STARVED 2

static const u64 fifo_expire_ns[2] = {NSEC_PER_SEC / 2, 5 * NSEC_PER_SEC};

static void sort_insert(struct request_queue *q, struct request *rq)
{
	struct rb_root *root = &q->sort_list[rq_is_write(rq)];
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = rq->sector < rb_entry(parent, struct request, rb_node)->sector
			       ? &parent->rb_left
			       : &parent->rb_right;
	}
	rb_link_node(&rq->rb_node, parent, link);
	rb_insert_color(&rq->rb_node, root);
}

void dd_insert_request(struct request_queue *q, struct request *rq)
{
	rq->rq_flags |= RQF_SORTED;
	sort_insert(q, rq);
	list_add_tail(&rq->queuelist, &q->fifo_list[rq_is_write(rq)]);
}

/* The head stands there no more: it would go on with the next one. */
static void leave_next(struct request_queue *q, struct request *rq)
{
	struct request **next = &q->next_rq[rq_is_write(rq)];

	if (*next == rq)
		*next = rb_entry_safe(rb_next(&rq->rb_node), struct request, rb_node);
}

void dd_remove_request(struct request_queue *q, struct request *rq)
{
	BUG_ON(!(rq->rq_flags & RQF_SORTED));
	leave_next(q, rq);
	rb_erase(&rq->rb_node, &q->sort_list[rq_is_write(rq)]);
	list_del(&rq->queuelist);
	rq->rq_flags &= ~RQF_SORTED;
}

void dd_reposition(struct request_queue *q, struct request *rq)
{
	leave_next(q, rq);
	rb_erase(&rq->rb_node, &q->sort_list[rq_is_write(rq)]);
	sort_insert(q, rq);
}

struct request *dd_find_at_or_before(struct request_queue *q, bool write, u64 sector)
{
	struct rb_node *node = q->sort_list[write].rb_node;
	struct request *found = NULL;

	while (node) {
		struct request *rq = rb_entry(node, struct request, rb_node);

		if (rq->sector <= sector) {
			found = rq;
			node = node->rb_right;
		} else {
			node = node->rb_left;
		}
	}
	return found;
}

static struct request *oldest(struct request_queue *q, bool write)
{
	return list_first_entry_or_null(&q->fifo_list[write], struct request, queuelist);
}

static bool expired(struct request_queue *q, bool write)
{
	return ktime_get_ns() - oldest(q, write)->start_time_ns > fifo_expire_ns[write];
}

/* Which kind comes next; false: nothing waits. */
static bool choose_kind(struct request_queue *q, bool *write)
{
	if (oldest(q, false) && (!oldest(q, true) || q->starved++ < WRITES_STARVED)) {
		*write = false;
		return true;
	}
	q->starved = 0;
	*write = true;
	return oldest(q, true);
}

struct request *dd_dispatch_request(struct request_queue *q)
{
	struct request *rq = q->next_rq[q->last_dir];

	if (!rq || q->batching >= FIFO_BATCH) {
		if (!choose_kind(q, &q->last_dir))
			return NULL;
		q->batching = 0;
		rq = q->next_rq[q->last_dir];
		if (expired(q, q->last_dir))
			rq = oldest(q, q->last_dir);
		else if (!rq) /* from the start of the disk again */
			rq = rb_entry(rb_first(&q->sort_list[q->last_dir]), struct request,
				      rb_node);
	}
	q->batching++;
	q->next_rq[q->last_dir] = rq;
	dd_remove_request(q, rq); /* next_rq moves on */
	return rq;
}
