/*
 * Bios: their memory, and those who wait for theirs.
 */
#include "kernel/block/blk.h"
#include "kernel/core/panic.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/util.h"
#include "libc/include/string.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>

/*
 * Bios of three sizes. Each has a reserve, filled at boot: who writes pages out in order to free
 * memory gets one when there is no memory, and it comes back when that write is done.
 */
#define RESERVE_MAX 4
struct bio_pool {
	const char *name;
	unsigned int nr_vecs;
	unsigned int reserve; /* bios to be kept */
	struct kmem_cache *cache;
	struct bio *kept[RESERVE_MAX];
	unsigned int nr_kept;
};
static struct bio_pool pools[] = {
	{.name = "bio-1", .nr_vecs = 1, .reserve = RESERVE_MAX},
	{.name = "bio-16", .nr_vecs = 16, .reserve = 2},
	{.name = "bio-128", .nr_vecs = BIO_MAX_VECS, .reserve = 2},
};
static DECLARE_WAIT_QUEUE_HEAD(pool_wait); /* for a reserve that is used up: rare */

void bio_init_pools(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pools); i++) {
		struct bio_pool *pool = &pools[i];
		unsigned int size = sizeof(struct bio) + pool->nr_vecs * sizeof(struct bio_vec);

		pool->cache = kmem_cache_create(pool->name, size, 0, SLAB_PANIC, NULL);
		while (pool->nr_kept < pool->reserve) {
			struct bio *bio = kmem_cache_alloc(pool->cache, GFP_KERNEL);

			if (!bio)
				panic("No memory for bios");
			pool->kept[pool->nr_kept++] = bio;
		}
	}
}

static struct bio *take_from_reserve(struct bio_pool *pool)
{
	return pool->nr_kept ? pool->kept[--pool->nr_kept] : NULL;
}

static struct bio *pool_alloc(struct bio_pool *pool, gfp_t gfp)
{
	gfp_t no_wait = (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN;
	struct bio *bio = kmem_cache_alloc(pool->cache, no_wait);

	if (!bio)
		bio = take_from_reserve(pool);
	if (!bio && gfp & __GFP_DIRECT_RECLAIM)
		wait_event(pool_wait, (bio = take_from_reserve(pool)));
	return bio;
}

struct bio *bio_alloc(struct block_device *bdev, unsigned int nr_vecs, unsigned int opf, gfp_t gfp)
{
	struct bio_pool *pool = pools;
	struct bio *bio;

	BUG_ON(nr_vecs > BIO_MAX_VECS);
	if (gfp & __GFP_DIRECT_RECLAIM)
		might_sleep();
	while (pool->nr_vecs < nr_vecs)
		pool++;
	bio = pool_alloc(pool, gfp);
	if (!bio)
		return NULL;
	memset(bio, 0, sizeof(*bio));
	bio->bi_bdev = bdev;
	bio->bi_opf = opf;
	bio->bi_max_vecs = nr_vecs;
	bio->bi_pool = pool - pools;
	return bio;
}

void bio_put(struct bio *bio)
{
	struct bio_pool *pool = &pools[bio->bi_pool];

	if (pool->nr_kept < pool->reserve)
		pool->kept[pool->nr_kept++] = bio;
	else
		kmem_cache_free(pool->cache, bio);
	wake_up_all(&pool_wait);
}

bool bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int offset)
{
	const struct queue_limits *limits = &bio->bi_bdev->queue->limits;
	phys_addr_t addr = page_to_phys(page) + offset;
	struct bio_vec *last = bio->bi_vcnt ? &bio->bi_io_vec[bio->bi_vcnt - 1] : NULL;
	bool contiguous;

	BUG_ON(!len || (len | offset) % SECTOR_SIZE || offset + len > PAGE_SIZE);
	if (last && last->page == page && last->offset + last->len == offset) {
		last->len += len; /* at most a page, which is always one segment */
		bio->bi_size += len;
		return true;
	}
	/* A segment ends at most at max_segment_size; only neighbours in twos are joined here, the
	   driver may do better. */
	contiguous = last && page_to_phys(last->page) + last->offset + last->len == addr &&
		     limits->max_segment_size >= BIO_MAX_VECS * PAGE_SIZE;
	if (last && (bio->bi_vcnt == bio->bi_max_vecs ||
		     (!contiguous && bio->bi_segments == limits->max_segments) ||
		     (bio->bi_size + len) >> SECTOR_SHIFT > limits->max_sectors))
		return false;
	bio->bi_io_vec[bio->bi_vcnt++] = (struct bio_vec){page, offset, len};
	bio->bi_segments += !contiguous;
	bio->bi_size += len;
	return true;
}

void bio_endio(struct bio *bio, int error)
{
	bio->bi_error = error;
	bio->bi_end_io(bio);
}

/* ---- waiting ---- */

/* Of one task, for any number of bios. */
struct bio_wait {
	wait_queue_head_t wait;
	unsigned int pending;
	int error; /* of one that failed */
};

static void end_bio_wait(struct bio *bio)
{
	struct bio_wait *w = bio->bi_private;

	if (bio->bi_error)
		w->error = bio->bi_error;
	if (!--w->pending)
		wake_up_all(&w->wait);
}

static void submit_for(struct bio *bio, struct bio_wait *w)
{
	bio->bi_private = w;
	bio->bi_opf |= REQ_SYNC;
	w->pending++;
	submit_bio(bio);
}

int submit_bio_wait(struct bio *bio)
{
	struct bio_wait w = {.wait = __WAIT_QUEUE_HEAD_INITIALIZER(w.wait)};

	bio->bi_end_io = end_bio_wait;
	submit_for(bio, &w);
	wait_event(w.wait, !w.pending);
	return w.error;
}

static void end_bio_wait_put(struct bio *bio)
{
	end_bio_wait(bio);
	bio_put(bio);
}

int bdev_rw(struct block_device *bdev, bool write, u64 sector, struct bio_vec *vec, int nr)
{
	struct bio_wait w = {.wait = __WAIT_QUEUE_HEAD_INITIALIZER(w.wait)};
	struct blk_plug plug;

	blk_start_plug(&plug);
	for (int i = 0; i < nr;) {
		struct bio *bio = bio_alloc(bdev, min(nr - i, BIO_MAX_VECS),
					    write ? REQ_OP_WRITE : REQ_OP_READ, GFP_NOIO);

		bio->bi_end_io = end_bio_wait_put;
		bio->bi_sector = sector;
		while (i < nr && bio_add_page(bio, vec[i].page, vec[i].len, vec[i].offset))
			sector += vec[i++].len >> SECTOR_SHIFT;
		submit_for(bio, &w);
	}
	blk_finish_plug(&plug);
	wait_event(w.wait, !w.pending);
	return w.error;
}

int blkdev_issue_flush(struct block_device *bdev)
{
	struct bio *bio = bio_alloc(bdev, 0, REQ_OP_FLUSH, GFP_NOIO);
	int err = submit_bio_wait(bio);

	bio_put(bio);
	return err;
}
