/*
 * The unit of input and output: a bio names consecutive sectors of a block device and the pieces of
 * pages that they are read into or written from. submit_bio() sends it off and returns; its
 * bi_end_io is called when it is done.
 *
 * What follows for the pages: nobody takes references here. The submitter keeps them where they are
 * (locked for a read, PG_writeback for a write) until bi_end_io.
 */
#ifndef KERNEL_BLOCK_BIO_H
#define KERNEL_BLOCK_BIO_H

#include "kernel/abi/types.h"
#include "kernel/lib/list.h"
#include "kernel/lib/rbtree.h"

struct bio;
struct block_device;
struct page;
struct request_queue;

#define SECTOR_SIZE  512
#define SECTOR_SHIFT 9

/* Operations, and flags beside them: Linux's values. */
#define REQ_OP_BITS  8
#define REQ_OP_MASK  ((1U << REQ_OP_BITS) - 1)
#define REQ_OP_READ  0U
#define REQ_OP_WRITE 1U
#define REQ_OP_FLUSH 2U		/* no data: what was written is to survive a loss of power */
#define REQ_SYNC     (1U << 11) /* somebody waits for it */
#define REQ_META     (1U << 12) /* a file system's own */
#define REQ_NOMERGE  (1U << 14) /* a request of its own */
#define REQ_FUA	     (1U << 17) /* done when it would survive a loss of power */
#define REQ_PREFLUSH (1U << 18) /* a flush first */
#define REQ_RAHEAD   (1U << 19) /* read ahead: nobody asked for it yet */
#define req_op(opf)  ((opf)&REQ_OP_MASK)
static inline bool op_is_write(unsigned int opf)
{
	return opf & 1;
}

/* A piece of a page. The page is reached by kmap_local or by its physical address. */
struct bio_vec {
	struct page *page;
	unsigned int offset, len; /* bytes; multiples of SECTOR_SIZE */
};

/*
 * What the device is given: one bio, or several that follow each other on the disk. Each bio brings
 * the request that it becomes, so that none has to be allocated; a bio that is merged into another
 * one's request leaves its own unused.
 */
struct request {
	struct request_queue *q;
	struct block_device *part; /* what its bios were submitted to */
	struct bio *bio, *biotail; /* in the order of their sectors */
	unsigned int cmd_flags;	   /* REQ_ */
	unsigned int rq_flags;	   /* RQF_ */
	u64 sector;		   /* on the whole disk */
	unsigned int nr_sectors, nr_segments;
	int error;		    /* set before blk_mq_complete_request */
	struct rb_node rb_node;	    /* while it is in the queue: by sector */
	struct list_head queuelist; /* in a list of the queue, of a plug, or of what is done */
	u64 start_time_ns;	    /* when it was submitted */
	void *driver_data;	    /* while the driver has it */
};
#define RQF_NOMERGE    0x1 /* does not take other bios */
#define RQF_SORTED     0x2 /* is in the tree and in a FIFO of the queue */
#define RQF_FLUSH_DATA 0x4 /* its data are under way; a flush may follow: see blk-flush.c */
#define RQF_IN_FLIGHT  0x8 /* the driver has it, and the device is counted busy for it */

struct bio {
	struct block_device *bi_bdev;
	u64 bi_sector;	     /* of that device */
	unsigned int bi_opf; /* REQ_OP_ | REQ_ */
	int bi_error;	     /* for bi_end_io: 0 or -errno */
	/*
	 * Called once, in process context: by the thread kblockd, or by submit_bio itself if the
	 * bio cannot be sent. Must not sleep, and must not submit. It owns the bio from here.
	 */
	void (*bi_end_io)(struct bio *bio);
	void *bi_private; /* the submitter's */

	unsigned int bi_size; /* bytes so far */
	u16 bi_vcnt, bi_max_vecs, bi_segments;
	u8 bi_pool;	     /* where its memory comes from */
	struct bio *bi_next; /* the one behind it in the same request */
	struct request bi_rq;
	struct bio_vec bi_io_vec[];
};
#define BIO_MAX_VECS 128

/* The pieces of a request, all bios. `bio` is the cursor, i the index in it. */
#define rq_for_each_bvec(bvec, rq, bio, i)                     \
	for ((bio) = (rq)->bio; (bio); (bio) = (bio)->bi_next) \
		for ((i) = 0; (i) < (bio)->bi_vcnt && ((bvec) = &(bio)->bi_io_vec[i]); (i)++)

static inline unsigned int bio_sectors(const struct bio *bio)
{
	return bio->bi_size >> SECTOR_SHIFT;
}

/* ---- bio.c ---- */
/* Boot: the caches and reserves of bios. Panics without memory. */
void bio_init_pools(void);
/*
 * A bio for up to nr_vecs pieces (1 to BIO_MAX_VECS; 0 for a flush). With __GFP_DIRECT_RECLAIM
 * (GFP_NOIO) it cannot fail: there is a reserve, and the caller sleeps until another bio is given
 * back. For that, a task must not hold a bio that it has not submitted while it asks for the next.
 * Else NULL: no memory.
 */
struct bio *bio_alloc(struct block_device *bdev, unsigned int nr_vecs, unsigned int opf, gfp_t gfp);
/* Give its memory back. Nothing of the pages is touched. */
void bio_put(struct bio *bio);
/* Append a piece (len > 0, both multiples of SECTOR_SIZE). False if the bio is full, or if the
   device could not take that much in one request: submit it, and go on with another one. The first
   piece always fits. */
bool bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int offset);
/* The bio is done: calls bi_end_io. */
void bio_endio(struct bio *bio, int error);
/* Submit and sleep until done: 0 or -errno. The bio stays the caller's; bi_end_io and bi_private
   are used. */
int submit_bio_wait(struct bio *bio);
/* Transfer nr pieces from consecutive sectors, as many bios as it takes, sleeping until all are
   done. 0, or the error of one that failed. */
int bdev_rw(struct block_device *bdev, bool write, u64 sector, struct bio_vec *vec, int nr);
/* All that was written and is done survives a loss of power: 0 or -errno. Sleeps. */
int blkdev_issue_flush(struct block_device *bdev);

/* ---- blk-core.c ---- */
/*
 * Send a bio off, and return; bi_end_io tells how it went, even if that is known at once. May sleep
 * while the device has too many requests of the kind, and never for memory. Writes to a device are
 * not ordered among each other: wait for what must come first.
 */
void submit_bio(struct bio *bio);

/*
 * A plug collects what a task submits until it has all of it, so that bios that touch on the disk
 * go as one request. It is emptied by blk_finish_plug, when there is much in it, and when the task
 * sleeps. Plugs nest: the outermost counts.
 */
struct blk_plug {
	struct list_head bios; /* by bi_rq.queuelist */
	unsigned int count;
};
/* Begin to collect; and, in the same function, send off what was collected. */
void blk_start_plug(struct blk_plug *plug);
void blk_finish_plug(struct blk_plug *plug);

#endif
