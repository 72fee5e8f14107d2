/*
 * What /proc/diskstats and /sys/block/NAME/stat tell.
 */
#include "kernel/block/blk.h"
#include "kernel/lib/util.h"
#include "kernel/x86/div64.h"

static bool is_busy(const struct disk_stats *s)
{
	return s->in_flight[false] || s->in_flight[true];
}

u32 part_busy_ms(const struct block_device *bdev)
{
	const struct disk_stats *s = &bdev->stats;

	return div_u64(s->busy_ns + (is_busy(s) ? ktime_get_ns() - s->busy_since_ns : 0),
		       NSEC_PER_MSEC);
}

u32 part_stat_ms(const struct block_device *bdev, enum stat_group group)
{
	return div_u64(bdev->stats.nsecs[group], NSEC_PER_MSEC);
}

u32 part_all_ms(const struct block_device *bdev)
{
	u32 ms = 0;

	for (int group = 0; group < NR_STAT_GROUPS; group++)
		ms += part_stat_ms(bdev, group);
	return ms;
}

/* Of a device, and of the disk that it is a partition of. */
#define for_part_and_whole(bdev, rq)                       \
	for (struct block_device *bdev = (rq)->part; bdev; \
	     bdev = bdev != bdev->bd_whole ? bdev->bd_whole : NULL)

static bool is_flush(const struct request *rq)
{
	return rq == &rq->q->flush_rq;
}

void blk_account_io_start(struct request *rq)
{
	if (is_flush(rq))
		return;
	rq->rq_flags |= RQF_IN_FLIGHT;
	for_part_and_whole (bdev, rq) {
		struct disk_stats *s = &bdev->stats;

		if (!is_busy(s))
			s->busy_since_ns = ktime_get_ns();
		s->in_flight[rq_is_write(rq)]++;
	}
}

void blk_account_io_stop(struct request *rq)
{
	if (!(rq->rq_flags & RQF_IN_FLIGHT))
		return;
	rq->rq_flags &= ~RQF_IN_FLIGHT;
	for_part_and_whole (bdev, rq) {
		struct disk_stats *s = &bdev->stats;

		s->in_flight[rq_is_write(rq)]--;
		if (!is_busy(s))
			s->busy_ns += ktime_get_ns() - s->busy_since_ns;
	}
}

void blk_account_io_merge(struct request *rq)
{
	for_part_and_whole (bdev, rq)
		bdev->stats.merges[rq_is_write(rq)]++;
}

void blk_account_io_done(struct request *rq)
{
	enum stat_group group = is_flush(rq)	  ? STAT_FLUSH
				: rq_is_write(rq) ? STAT_WRITE
						  : STAT_READ;
	u64 now = ktime_get_ns();

	for_part_and_whole (bdev, rq) {
		struct disk_stats *s = &bdev->stats;

		s->ios[group]++;
		s->sectors[group] += rq->error ? 0 : rq->nr_sectors;
		s->nsecs[group] += now - rq->start_time_ns;
	}
}
