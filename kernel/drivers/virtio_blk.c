/*
 * virtio disks: /dev/vda, vdb ... A request is a chain of descriptors: a header that says what to
 * do and where, the memory pieces, and one byte for the result. The pieces are named by physical
 * address, so highmem pages need no mapping. Many requests may be under way; the interrupt handler
 * finds those that are done in the used ring.
 */
#include "kernel/block/blkdev.h"
#include "kernel/core/printk.h"
#include "kernel/drivers/pci.h"
#include "kernel/drivers/virtio.h"
#include "kernel/fs/blkdev.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "kernel/irq/irq.h"
#include "libc/include/stdio.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/hdreg.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>

#define VIRTBLK_MAJOR  254 /* what Debian's Linux gives it */
#define VIRTBLK_MINORS 16  /* per disk: the rest is for partitions */
#define MAX_DISKS      26  /* vda to vdz */
#define MAX_SEGMENTS   126 /* pieces of one request */
#define OVERHEAD       2   /* descriptors besides them: header and status */
#define NR_SLOTS       64  /* requests under way */
#define MAX_SECTORS    2560

#define WANTED_FEATURES                                                                            \
	(BIT_ULL(VIRTIO_BLK_F_SIZE_MAX) | BIT_ULL(VIRTIO_BLK_F_SEG_MAX) |                          \
	 BIT_ULL(VIRTIO_BLK_F_RO) | BIT_ULL(VIRTIO_BLK_F_FLUSH) | BIT_ULL(VIRTIO_BLK_F_GEOMETRY) | \
	 BIT_ULL(VIRTIO_BLK_F_CONFIG_WCE) | BIT_ULL(VIRTIO_F_VERSION_1))

/* A request under way. The device reads and writes header and status: this must lie in the direct
   map. */
struct virtblk_req {
	struct virtio_blk_outhdr hdr;
	u8 status;
	struct request *rq;
	struct list_head list; /* unused ones */
};

struct virtio_blk {
	struct block_device bdev;
	struct request_queue queue;
	struct virtqueue vq;
	struct virtio_device vdev;
	struct list_head free_slots; /* interrupts off */
	struct virtblk_req slots[NR_SLOTS];
	struct virtq_buf
		buf[MAX_SEGMENTS + OVERHEAD]; /* of the request that is being handed over */
};

/* A field of the device's configuration. */
#define virtblk_config(vblk, field)                                                              \
	((vblk)->vdev.ops->read_config(&(vblk)->vdev, offsetof(struct virtio_blk_config, field), \
				       sizeof_field(struct virtio_blk_config, field)))

static int status_error(u8 status)
{
	switch (status) {
	case VIRTIO_BLK_S_OK:
		return 0;
	case VIRTIO_BLK_S_UNSUPP:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

static irqreturn_t virtblk_interrupt(int irq, void *dev_id)
{
	struct virtio_blk *vblk = dev_id;
	struct virtblk_req *slot;

	/* Reading it also takes the interrupt line back. */
	if (!vblk->vdev.ops->read_isr(&vblk->vdev))
		return IRQ_NONE;
	while ((slot = virtqueue_get(&vblk->vq))) {
		slot->rq->error = status_error(READ_ONCE(slot->status));
		blk_mq_complete_request(slot->rq);
		list_add(&slot->list, &vblk->free_slots);
	}
	return IRQ_HANDLED;
}

/* Does a piece at `addr` continue the one before it? */
static bool contiguous(const struct virtio_blk *vblk, const struct virtq_buf *last,
		       phys_addr_t addr, u32 len)
{
	return last->addr + last->len == addr &&
	       last->len + len <= vblk->queue.limits.max_segment_size;
}

/* Make segments of the request's pieces, behind vblk->buf[0]. => how many. */
static unsigned int collect(struct virtio_blk *vblk, struct request *rq)
{
	bool device_writes = req_op(rq->cmd_flags) == REQ_OP_READ;
	struct virtq_buf *buf = vblk->buf;
	const struct bio_vec *vec;
	unsigned int n = 0, i;
	struct bio *bio;

	rq_for_each_bvec (vec, rq, bio, i) {
		phys_addr_t addr = page_to_phys(vec->page) + vec->offset;

		if (n && contiguous(vblk, &buf[n], addr, vec->len))
			buf[n].len += vec->len;
		else
			buf[++n] = (struct virtq_buf){addr, vec->len, device_writes};
	}
	return n;
}

static u32 request_type(const struct request *rq)
{
	switch (req_op(rq->cmd_flags)) {
	case REQ_OP_READ:
		return VIRTIO_BLK_T_IN;
	case REQ_OP_WRITE:
		return VIRTIO_BLK_T_OUT;
	default:
		return VIRTIO_BLK_T_FLUSH;
	}
}

static int virtblk_queue_rq(struct request_queue *q, struct request *rq)
{
	struct virtio_blk *vblk = q->queuedata;
	struct virtq_buf *buf = vblk->buf;
	unsigned int n = collect(vblk, rq) + OVERHEAD;
	struct virtblk_req *slot;
	unsigned long flags;

	local_irq_save(flags);
	if (list_empty(&vblk->free_slots) || vblk->vq.num_free < n) {
		local_irq_restore(flags);
		return -EBUSY;
	}
	slot = list_first_entry(&vblk->free_slots, struct virtblk_req, list);
	list_del(&slot->list);
	slot->hdr = (struct virtio_blk_outhdr){.type = request_type(rq), .sector = rq->sector};
	slot->status = VIRTIO_BLK_S_IOERR;
	slot->rq = rq;
	buf[0] = (struct virtq_buf){virt_to_phys(&slot->hdr), sizeof(slot->hdr), false};
	buf[n - 1] = (struct virtq_buf){virt_to_phys(&slot->status), sizeof(slot->status), true};
	virtqueue_add(&vblk->vq, buf, n, slot);
	local_irq_restore(flags);
	return 0;
}

static void virtblk_commit_rqs(struct request_queue *q)
{
	struct virtio_blk *vblk = q->queuedata;

	virtqueue_kick(&vblk->vq);
}

static const struct blk_mq_ops virtblk_mq_ops = {
	.queue_rq = virtblk_queue_rq,
	.commit_rqs = virtblk_commit_rqs,
};

/* As Linux's driver: what the device says, or the usual heads and sectors. */
static void virtblk_getgeo(struct block_device *bdev, struct hd_geometry *geo)
{
	struct virtio_blk *vblk = bdev->queue->queuedata;

	if (virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_GEOMETRY)) {
		geo->cylinders = virtblk_config(vblk, geometry.cylinders);
		geo->heads = virtblk_config(vblk, geometry.heads);
		geo->sectors = virtblk_config(vblk, geometry.sectors);
	} else {
		geo->heads = 1 << 6;
		geo->sectors = 1 << 5;
		geo->cylinders = bdev->nr_sectors >> 11;
	}
}

static const struct block_device_operations virtblk_ops = {
	.getgeo = virtblk_getgeo,
};

/* ---- finding the disks ---- */

/* May what is written be lost until a flush? The device may say so; else one that knows flushes
   needs them. */
static bool has_write_cache(struct virtio_blk *vblk)
{
	if (!virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_FLUSH))
		return false; /* there is nothing to be done about it */
	if (virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_CONFIG_WCE))
		return virtblk_config(vblk, wce);
	return true;
}

/* Size and limits. -EINVAL: not usable. */
static int read_config(struct virtio_blk *vblk)
{
	struct block_device *bdev = &vblk->bdev;
	struct queue_limits *limits = &vblk->queue.limits;
	unsigned int fit = vblk->vq.vring.num - OVERHEAD;

	if (vblk->vq.vring.num <= OVERHEAD)
		return -EINVAL;
	bdev->nr_sectors =
		virtio_read_config64(&vblk->vdev, offsetof(struct virtio_blk_config, capacity));
	bdev->read_only = vblk->queue.read_only = virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_RO);
	vblk->queue.write_cache = has_write_cache(vblk);
	vblk->queue.ra_pages = DEFAULT_READ_AHEAD;
	limits->max_sectors = MAX_SECTORS;
	limits->max_segments = min_t(unsigned int, MAX_SEGMENTS, fit);
	if (virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_SEG_MAX))
		limits->max_segments =
			clamp(virtblk_config(vblk, seg_max), 1U, limits->max_segments);
	limits->max_segment_size = ~0U;
	if (virtio_has_feature(&vblk->vdev, VIRTIO_BLK_F_SIZE_MAX))
		limits->max_segment_size = virtblk_config(vblk, size_max);
	return limits->max_segment_size < PAGE_SIZE ? -EINVAL : 0;
}

static void init_slots(struct virtio_blk *vblk)
{
	INIT_LIST_HEAD(&vblk->free_slots);
	for (int i = 0; i < NR_SLOTS; i++)
		list_add(&vblk->slots[i].list, &vblk->free_slots);
}

static int setup_disk(struct virtio_blk *vblk, struct pci_dev *dev, int index)
{
	struct block_device *bdev = &vblk->bdev;
	int err;

	init_slots(vblk);
	blk_init_queue(&vblk->queue, &virtblk_mq_ops, vblk);
	err = virtio_start(&vblk->vdev, WANTED_FEATURES);
	if (!err)
		err = virtqueue_init(&vblk->vq, &vblk->vdev, 0);
	if (!err)
		err = read_config(vblk);
	if (!err)
		err = request_irq(dev->irq, virtblk_interrupt, "virtio-blk", vblk);
	if (err)
		return err;
	virtio_driver_ok(&vblk->vdev);
	snprintf(bdev->name, sizeof(bdev->name), "vd%c", 'a' + index);
	bdev->dev = MKDEV(VIRTBLK_MAJOR, index * VIRTBLK_MINORS);
	bdev->queue = &vblk->queue;
	bdev->ops = &virtblk_ops;
	bdev->minors = VIRTBLK_MINORS;
	err = register_blkdev(bdev);
	if (err)
		free_irq(dev->irq, vblk);
	return err;
}

static int probe_disk(struct pci_dev *dev, int index)
{
	struct virtio_blk *vblk;
	int err;

	if (!dev->irq)
		return -ENODEV;
	vblk = kzalloc(sizeof(*vblk), GFP_KERNEL);
	if (!vblk)
		return -ENOMEM;
	err = virtio_probe(&vblk->vdev, dev);
	if (err)
		goto free_vblk;
	err = setup_disk(vblk, dev, index);
	if (err) {
		/* The device may still know the queue's memory: reset it before that is free again.
		 */
		virtio_failed(&vblk->vdev);
		virtqueue_free(&vblk->vq);
		virtio_release(&vblk->vdev);
		goto free_vblk;
	}
	pr_info("virtio_blk: [%s] %llu 512-byte logical blocks (%llu KiB)%s\n", vblk->bdev.name,
		vblk->bdev.nr_sectors, vblk->bdev.nr_sectors / (1024 / SECTOR_SIZE),
		vblk->bdev.read_only ? ", read-only" : "");
	return 0;
free_vblk:
	kfree(vblk);
	return err;
}

static bool is_disk(const struct pci_dev *dev)
{
	return dev->device == PCI_DEVICE_VIRTIO_BLK || dev->device == PCI_DEVICE_VIRTIO_BLK_MODERN;
}

void virtio_blk_init(void)
{
	struct pci_dev *dev = NULL;
	int n = 0;

	while (n < MAX_DISKS && (dev = pci_get_device(PCI_VENDOR_VIRTIO, PCI_ANY_ID, dev))) {
		int err;

		if (!is_disk(dev))
			continue;
		err = probe_disk(dev, n);
		if (err)
			pr_err("virtio_blk: device %02x:%02x: error %d\n", dev->bus, dev->devfn,
			       err);
		else
			n++;
	}
}
