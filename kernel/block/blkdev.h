/*
 * Block devices and their queues: what a driver provides and calls.
 */
#ifndef KERNEL_BLOCK_BLKDEV_H
#define KERNEL_BLOCK_BLKDEV_H

#include "kernel/block/bio.h"
#include "kernel/locking/mutex.h"
#include "kernel/locking/wait.h"

struct hd_geometry;
struct inode;

/* What a driver does for the queue of its disk. Called by tasks (also by one that is about to
   sleep), never by an interrupt handler; must not sleep. */
struct blk_mq_ops {
	/* Start a request: 0; -EBUSY if the device is full (it is offered again when one has been
	   completed); another -errno, with which the request ends. */
	int (*queue_rq)(struct request_queue *q, struct request *rq);
	/* After the last of several: tell the device. */
	void (*commit_rqs)(struct request_queue *q);
};

/* Limits of one request. */
struct queue_limits {
	unsigned int max_segments; /* pieces that are contiguous in memory */
	unsigned int max_segment_size;
	unsigned int max_sectors;
};

/* A queue serves one disk and its partitions. Interrupt handlers do not touch it. */
struct request_queue {
	const struct blk_mq_ops *ops; /* NULL: the disk's submit_bio does it all */
	void *queuedata;	      /* the driver's */
	struct queue_limits limits;
	bool read_only;		/* the disk is write-protected: BLKROSET cannot change it */
	bool write_cache;	/* what is written may be lost until a flush */
	bool fua;		/* the device knows REQ_FUA itself */
	unsigned long ra_pages; /* how far to read ahead: BLKRASET */

	/* Requests that wait for the device, by [write]: see mq-deadline.c. */
	struct rb_root sort_list[2];
	struct list_head fifo_list[2];
	struct request *next_rq[2]; /* where the head would go on */
	bool last_dir;
	unsigned int batching, starved;
	struct list_head dispatch; /* to go before them, in this order */
	struct list_head retry;	   /* to go before these, each when no other is in flight */
	bool alone;		   /* one of these is in flight */
	unsigned int nr_in_flight; /* the driver has them */

	/* Flushes: see blk-flush.c. */
	struct list_head flush_pending, flush_running;
	struct request flush_rq;
	bool flush_in_flight;

	unsigned int nr_rqs[2]; /* by [write]: queued or in flight */
	wait_queue_head_t wait; /* for fewer of them */
};
#define BLK_MAX_REQUESTS 128 /* of each kind, before who submits more has to wait */

enum stat_group {
	STAT_READ,
	STAT_WRITE,
	STAT_FLUSH,
	NR_STAT_GROUPS
};
/* Since boot: /proc/diskstats, /sys/block/NAME/stat. */
struct disk_stats {
	u64 ios[NR_STAT_GROUPS], merges[NR_STAT_GROUPS], sectors[NR_STAT_GROUPS];
	u64 nsecs[NR_STAT_GROUPS];
	unsigned int in_flight[2];
	u64 busy_ns, busy_since_ns; /* with something in flight; since when, if there is */
};

struct block_device_operations {
	/* A device in memory: do it, and bio_endio. Must not sleep. NULL: there is a queue. */
	void (*submit_bio)(struct bio *bio);
	/* The geometry that old tools ask for; start is filled in by the caller. NULL: none. */
	void (*getgeo)(struct block_device *bdev, struct hd_geometry *geo);
};

struct block_device {
	char name[16]; /* "vda" */
	dev_t dev;
	u64 nr_sectors;
	bool read_only;	     /* programs and mounts do not write to it */
	unsigned int minors; /* of a disk: numbers from dev on that are its and its partitions' */
	const struct block_device_operations *ops;
	struct request_queue *queue;
	struct inode *inode;   /* its address_space is the device's page cache (4 KiB pages) */
	struct list_head list; /* in all_bdevs: a disk, then its partitions by number */
	struct disk_stats stats;

	/* A partition, or bd_whole == the device itself and zeros. */
	struct block_device *bd_whole;
	u64 bd_start_sect;
	unsigned int bd_partno;
	struct block_device *bd_parts; /* of a disk: partitions, those too that are no more */
	struct block_device *bd_next;  /* of a partition: the next of these */

	/* Who uses it: see blkdev_get. */
	struct mutex bd_mutex; /* of a disk: guards what follows, of its partitions too */
	unsigned int bd_openers, bd_holders;
	unsigned int open_partitions; /* of a disk */
	const void *bd_holder;
};
static inline bool bdev_is_partition(const struct block_device *bdev)
{
	return bdev->bd_partno;
}
extern struct list_head all_bdevs;

#define DISK_MAX_PARTS	   256 /* numbers of partitions are below */
#define BLOCK_EXT_MAJOR	   259 /* of partitions beyond a disk's minors */
#define DEFAULT_READ_AHEAD (128 * 1024 / PAGE_SIZE)

/* ---- blk-mq.c: for drivers ---- */
/* Before the disk is registered. The driver sets the limits. */
void blk_init_queue(struct request_queue *q, const struct blk_mq_ops *ops, void *queuedata);
/* The driver is done with a request; its error is set. From any context, with interrupts off. */
void blk_mq_complete_request(struct request *rq);
/* The thread that ends requests: runs the bi_end_io of all bios. Started once at boot. */
int kblockd(void *unused);

/* ---- blk-stats.c ---- */
/* For showing: ms that requests of the group took, of all groups, and with something in flight. */
u32 part_stat_ms(const struct block_device *bdev, enum stat_group group);
u32 part_all_ms(const struct block_device *bdev), part_busy_ms(const struct block_device *bdev);
static inline unsigned int part_in_flight(const struct block_device *bdev)
{
	return bdev->stats.in_flight[false] + bdev->stats.in_flight[true];
}

#endif
