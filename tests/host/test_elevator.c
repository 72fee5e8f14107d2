/* sources: kernel/block/mq-deadline.c kernel/block/blk-merge.c kernel/lib/rbtree.c;
 * flags: -D__timeval_defined=1 */
/*
 * How bios become requests, and in which order these are served: against what is plain to see. Each
 * bio comes out once, at its place in a request; touching ones are joined as far as the limits
 * allow; a batch goes up the disk; nobody waits for ever.
 */
#include "tests/host/hosttest.h"
#include "kernel/block/blk.h"

#define NR_BIOS	     200
#define DISK_SECTORS 4096
#define MAX_SEGMENTS 16
#define MAX_SECTORS  64

static u64 now;
static unsigned int merges;
static struct block_device device;
static struct request_queue queue;
static struct bio bios[NR_BIOS];

u64 ktime_get_ns(void)
{
	return now;
}

void blk_account_io_merge(struct request *rq)
{
	merges++;
}

void bug_at(const char *file, int line, const char *what)
{
	printf("# %s:%d: %s\n", file, line, what);
	exit(1);
}

static void reset(void)
{
	memset(&queue, 0, sizeof(queue));
	for (int write = 0; write < 2; write++)
		INIT_LIST_HEAD(&queue.fifo_list[write]);
	queue.limits = (struct queue_limits){MAX_SEGMENTS, ~0U, MAX_SECTORS};
	device.queue = &queue;
	merges = 0;
}

/* What blk_mq_insert_bio does. */
static void submit(struct bio *bio, bool write, u64 sector, unsigned int sectors)
{
	struct request *rq = &bio->bi_rq;

	memset(bio, 0, sizeof(*bio));
	bio->bi_bdev = &device;
	bio->bi_sector = sector;
	bio->bi_size = sectors * SECTOR_SIZE;
	*rq = (struct request){
		.q = &queue,
		.part = &device,
		.bio = bio,
		.biotail = bio,
		.cmd_flags = write ? REQ_OP_WRITE : REQ_OP_READ,
		.sector = sector,
		.nr_sectors = sectors,
		.nr_segments = 1,
		.start_time_ns = now,
	};
	if (blk_attempt_merge(&queue, bio))
		return;
	queue.nr_rqs[write]++;
	dd_insert_request(&queue, rq);
}

/* The bios of a request follow each other, and are what it says. => how many. */
static unsigned int check_request(const struct request *rq)
{
	u64 at = rq->sector;
	unsigned int n = 0;

	for (const struct bio *bio = rq->bio; bio; bio = bio->bi_next) {
		CHECK(bio->bi_sector == at);
		at += bio_sectors(bio);
		n++;
		CHECK(bio->bi_next || bio == rq->biotail);
	}
	CHECK(at == rq_end_sector(rq));
	CHECK(rq->nr_segments == n && n <= MAX_SEGMENTS && rq->nr_sectors <= MAX_SECTORS);
	return n;
}

static void test_every_bio_comes_out_once(void)
{
	for (int round = 0; round < 300; round++) {
		unsigned int in = 0, out = 0, requests = 0;

		reset();
		while (in < NR_BIOS || out < in) {
			struct request *rq;

			if (in < NR_BIOS && rnd_below(3)) {
				submit(&bios[in++], rnd_below(2), rnd_below(DISK_SECTORS / 8) * 8,
				       8 << rnd_below(2));
				now += rnd_below(NSEC_PER_SEC / 20);
				continue;
			}
			rq = dd_dispatch_request(&queue);
			CHECK(!rq == (out == in));
			if (!rq)
				continue;
			out += check_request(rq);
			requests++;
			CHECK(!(rq->rq_flags & RQF_SORTED));
			queue.nr_rqs[rq_is_write(rq)]--;
		}
		CHECK(requests + merges == NR_BIOS);
		CHECK(!queue.nr_rqs[0] && !queue.nr_rqs[1]);
		CHECK(!queue.next_rq[0] && !queue.next_rq[1]);
	}
}

static void test_touching_ones_are_joined(void)
{
	reset();
	submit(&bios[0], true, 100, 8);
	submit(&bios[1], true, 116, 8); /* a gap before it */
	CHECK(merges == 0);
	submit(&bios[2], true, 124, 8); /* behind */
	CHECK(merges == 1);
	submit(&bios[3], true, 92, 8); /* in front */
	CHECK(merges == 2);
	submit(&bios[4], false, 108, 8); /* another kind */
	CHECK(merges == 2);
	submit(&bios[5], true, 108, 8); /* fills the gap: both sides */
	CHECK(merges == 4);
	CHECK(queue.nr_rqs[true] == 1 && queue.nr_rqs[false] == 1);
	CHECK(check_request(dd_dispatch_request(&queue)) == 1);
	CHECK(check_request(dd_dispatch_request(&queue)) == 5);
	CHECK(!dd_dispatch_request(&queue));
}

static void test_limits_are_kept(void)
{
	struct request *rq;
	unsigned int total = 0;

	reset();
	for (int i = 0; i < 2 * MAX_SEGMENTS; i++)
		submit(&bios[i], true, i * 4, 4);
	CHECK(queue.nr_rqs[true] == 2);
	while ((rq = dd_dispatch_request(&queue)))
		total += check_request(rq);
	CHECK(total == 2 * MAX_SEGMENTS);
}

/* 40 of each kind: the disk is worked through upwards, reads first, writes not last. */
static void test_order(void)
{
	struct request *rq;
	u64 last[2] = {0};
	int served[2] = {0}, before_first_write = 0;

	reset();
	for (int i = 0; i < 80; i++)
		submit(&bios[i], i & 1, (80 - i) * 40, 8);
	while ((rq = dd_dispatch_request(&queue))) {
		bool write = rq_is_write(rq);

		CHECK(!served[write] || served[write] % 16 == 0 || rq->sector > last[write]);
		last[write] = rq->sector;
		served[write]++;
		before_first_write += !write && !served[true];
	}
	CHECK(served[false] == 40 && served[true] == 40);
	CHECK(before_first_write > 0 && before_first_write < 40);
}

/* Reads come without end, all in front of an old one and of a write: both have their turn. */
static void test_nobody_starves(void)
{
	bool old_read = false, old_write = false;

	reset();
	submit(&bios[0], false, 4000, 8);
	submit(&bios[1], true, 4000, 8);
	for (int i = 2; i < NR_BIOS; i++) {
		struct request *rq;

		submit(&bios[i], false, i * 16, 8);
		now += NSEC_PER_SEC / 50;
		rq = dd_dispatch_request(&queue);
		CHECK(rq);
		old_read |= rq == &bios[0].bi_rq;
		old_write |= rq == &bios[1].bi_rq;
	}
	CHECK(old_read && old_write);
}

int main(void)
{
	run("every_bio_comes_out_once", test_every_bio_comes_out_once);
	run("touching_ones_are_joined", test_touching_ones_are_joined);
	run("limits_are_kept", test_limits_are_kept);
	run("order", test_order);
	run("nobody_starves", test_nobody_starves);
	return failures != 0;
}
