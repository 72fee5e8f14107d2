/*
 * virtio disks: /dev/vda, vdb ... A request is a chain of descriptors: a header that says what to
 * do and where, the memory pieces, and one byte for the result. The pieces are named by physical
 * address, so highmem pages need no mapping. Several tasks may have requests under way; each sleeps
 * until the interrupt handler finds its own in the used ring.
 */
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
#include <linux/virtio_blk.h>
#include <linux/virtio_pci.h>

#define VIRTBLK_MAJOR  254 /* what Debian's Linux gives it */
#define VIRTBLK_MINORS 16  /* per disk: the rest is for partitions */
#define MAX_DISKS      26  /* vda to vdz */
#define MAX_SEGMENTS   64  /* pieces of one request */
#define OVERHEAD       2   /* descriptors besides them: header and status */
#define NR_REQUESTS    32

#define WANTED_FEATURES                                                                     \
	(1U << VIRTIO_BLK_F_SIZE_MAX | 1U << VIRTIO_BLK_F_SEG_MAX | 1U << VIRTIO_BLK_F_RO | \
	 1U << VIRTIO_BLK_F_FLUSH)

/* The device reads and writes header and status: this must lie in the direct map. */
struct virtblk_req {
	struct virtio_blk_outhdr hdr;
	u8 status;
	bool done;
	wait_queue_head_t wait;
	struct list_head list; /* unused ones */
};

struct virtio_blk {
	struct block_device bdev;
	struct virtqueue vq;
	u16 iobase;
	u32 features;
	unsigned int max_segments; /* of one request */
	u32 max_segment_size;	   /* bytes */
	struct list_head free_reqs;
	wait_queue_head_t queue_wait; /* for a free request or descriptors */
	struct virtblk_req reqs[NR_REQUESTS];
};

static irqreturn_t virtblk_interrupt(int irq, void *dev_id)
{
	struct virtio_blk *vblk = dev_id;
	struct virtblk_req *req;

	/* Reading it also takes the interrupt line back. */
	if (!inb(vblk->iobase + VIRTIO_PCI_ISR))
		return IRQ_NONE;
	while ((req = virtqueue_get(&vblk->vq))) {
		req->done = true;
		wake_up_all(&req->wait);
		wake_up_all(&vblk->queue_wait);
	}
	return IRQ_HANDLED;
}

static bool can_submit(struct virtio_blk *vblk, unsigned int descriptors)
{
	return !list_empty(&vblk->free_reqs) && vblk->vq.num_free >= descriptors;
}

/* Hand one request to the device and sleep until it is done. buf[0] and the last one are filled
 * here. */
static int do_request(struct virtio_blk *vblk, u32 type, u64 sector, struct virtq_buf *buf,
		      unsigned int segments)
{
	unsigned int n = segments + OVERHEAD;
	struct virtblk_req *req;
	unsigned long flags;
	u8 status;

	wait_event(vblk->queue_wait, can_submit(vblk, n));
	local_irq_save(flags);
	req = list_first_entry(&vblk->free_reqs, struct virtblk_req, list);
	list_del(&req->list);
	req->hdr = (struct virtio_blk_outhdr){.type = type, .sector = sector};
	req->status = VIRTIO_BLK_S_IOERR;
	req->done = false;
	buf[0] = (struct virtq_buf){virt_to_phys(&req->hdr), sizeof(req->hdr), false};
	buf[n - 1] = (struct virtq_buf){virt_to_phys(&req->status), sizeof(req->status), true};
	virtqueue_add(&vblk->vq, buf, n, req);
	virtqueue_kick(&vblk->vq);
	local_irq_restore(flags);

	wait_event(req->wait, READ_ONCE(req->done));
	status = READ_ONCE(req->status);
	list_add(&req->list, &vblk->free_reqs);
	wake_up_all(&vblk->queue_wait);
	return status == VIRTIO_BLK_S_OK ? 0 : -EIO;
}

/* Does a piece at `addr` continue the one before it? */
static bool mergeable(const struct virtio_blk *vblk, const struct virtq_buf *last, phys_addr_t addr,
		      u32 len)
{
	return last->addr + last->len == addr && last->len + len <= vblk->max_segment_size;
}

/*
 * Make segments of as many pieces as one request holds, joining those that follow each other in
 * memory. buf[0] stays free. => pieces used; *segments and *bytes say what they made.
 */
static int collect(const struct virtio_blk *vblk, const struct bio_vec *vec, int nr, bool write,
		   struct virtq_buf *buf, unsigned int *segments, u32 *bytes)
{
	unsigned int n = 0;
	int used;

	*bytes = 0;
	for (used = 0; used < nr; used++) {
		phys_addr_t addr = page_to_phys(vec[used].page) + vec[used].offset;

		if (n && mergeable(vblk, &buf[n], addr, vec[used].len))
			buf[n].len += vec[used].len;
		else if (n < vblk->max_segments)
			buf[++n] = (struct virtq_buf){addr, vec[used].len, !write};
		else
			break;
		*bytes += vec[used].len;
	}
	*segments = n;
	return used;
}

static int virtblk_rw(struct block_device *bdev, bool write, u64 sector, struct bio_vec *vec,
		      int nr)
{
	struct virtio_blk *vblk = bdev->private_data;
	struct virtq_buf buf[MAX_SEGMENTS + OVERHEAD];

	if (write && bdev->read_only)
		return -EIO;
	while (nr) {
		unsigned int segments;
		u32 bytes;
		int used = collect(vblk, vec, nr, write, buf, &segments, &bytes), err;
		u64 sectors = bytes / SECTOR_SIZE;

		if (sector > bdev->nr_sectors || sectors > bdev->nr_sectors - sector) {
			pr_err("%s: attempt to access beyond end of device: sector %llu\n",
			       bdev->name, sector);
			return -EIO;
		}
		err = do_request(vblk, write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN, sector, buf,
				 segments);
		if (err) {
			pr_err("I/O error, dev %s, sector %llu op %s\n", bdev->name, sector,
			       write ? "WRITE" : "READ");
			return err;
		}
		bdev_count_io(bdev, write, sectors);
		sector += sectors;
		vec += used;
		nr -= used;
	}
	return 0;
}

static int virtblk_flush(struct block_device *bdev)
{
	struct virtio_blk *vblk = bdev->private_data;
	struct virtq_buf buf[OVERHEAD];

	if (!(vblk->features & 1U << VIRTIO_BLK_F_FLUSH))
		return 0;
	return do_request(vblk, VIRTIO_BLK_T_FLUSH, 0, buf, 0);
}

static const struct block_device_operations virtblk_ops = {
	.rw = virtblk_rw,
	.flush = virtblk_flush,
};

/* ---- finding the disks ---- */

static u32 config_dword(const struct virtio_blk *vblk, unsigned int offset)
{
	return inl(vblk->iobase + VIRTIO_PCI_CONFIG_OFF(false) + offset);
}

/* Size and limits. -EINVAL: not usable. */
static int read_config(struct virtio_blk *vblk)
{
	struct block_device *bdev = &vblk->bdev;
	const unsigned int capacity = offsetof(struct virtio_blk_config, capacity);
	unsigned int fit = vblk->vq.vring.num - OVERHEAD;

	bdev->nr_sectors = config_dword(vblk, capacity) | (u64)config_dword(vblk, capacity + 4)
								  << 32;
	bdev->read_only = vblk->features >> VIRTIO_BLK_F_RO & 1;
	vblk->max_segments = min_t(unsigned int, MAX_SEGMENTS, fit);
	if (vblk->features & 1U << VIRTIO_BLK_F_SEG_MAX) {
		u32 max = config_dword(vblk, offsetof(struct virtio_blk_config, seg_max));

		vblk->max_segments = clamp(max, 1U, vblk->max_segments);
	}
	vblk->max_segment_size = ~0U;
	if (vblk->features & 1U << VIRTIO_BLK_F_SIZE_MAX)
		vblk->max_segment_size =
			config_dword(vblk, offsetof(struct virtio_blk_config, size_max));
	return vblk->max_segment_size < PAGE_SIZE || vblk->vq.vring.num <= OVERHEAD ? -EINVAL : 0;
}

static void init_requests(struct virtio_blk *vblk)
{
	INIT_LIST_HEAD(&vblk->free_reqs);
	init_waitqueue_head(&vblk->queue_wait);
	for (int i = 0; i < NR_REQUESTS; i++) {
		init_waitqueue_head(&vblk->reqs[i].wait);
		list_add(&vblk->reqs[i].list, &vblk->free_reqs);
	}
}

static int setup_disk(struct virtio_blk *vblk, struct pci_dev *dev, int index)
{
	struct block_device *bdev = &vblk->bdev;
	int err;

	init_requests(vblk);
	vblk->iobase = dev->bar[0].start;
	vblk->features = virtio_start(dev, WANTED_FEATURES);
	err = virtqueue_init(&vblk->vq, vblk->iobase, 0);
	if (!err)
		err = read_config(vblk);
	if (!err)
		err = request_irq(dev->irq, virtblk_interrupt, "virtio-blk", vblk);
	if (err)
		return err;
	virtio_driver_ok(dev);
	snprintf(bdev->name, sizeof(bdev->name), "vd%c", 'a' + index);
	bdev->dev = MKDEV(VIRTBLK_MAJOR, index * VIRTBLK_MINORS);
	bdev->ops = &virtblk_ops;
	bdev->private_data = vblk;
	err = register_blkdev(bdev);
	if (err)
		free_irq(dev->irq, vblk);
	return err;
}

static int probe_disk(struct pci_dev *dev, int index)
{
	struct virtio_blk *vblk;
	int err;

	if (!dev->bar[0].io || !dev->bar[0].size || !dev->irq)
		return -ENODEV;
	vblk = kzalloc(sizeof(*vblk), GFP_KERNEL);
	if (!vblk)
		return -ENOMEM;
	err = setup_disk(vblk, dev, index);
	if (err) {
		/* The device may still know the queue's memory: reset it before that is free again.
		 */
		virtio_start(dev, 0);
		virtio_failed(dev);
		virtqueue_free(&vblk->vq);
		kfree(vblk);
		return err;
	}
	pr_info("virtio_blk: [%s] %llu 512-byte logical blocks (%llu KiB)%s\n", vblk->bdev.name,
		vblk->bdev.nr_sectors, vblk->bdev.nr_sectors / (1024 / SECTOR_SIZE),
		vblk->bdev.read_only ? ", read-only" : "");
	return 0;
}

void virtio_blk_init(void)
{
	struct pci_dev *dev = NULL;
	int n = 0;

	while (n < MAX_DISKS &&
	       (dev = pci_get_device(PCI_VENDOR_VIRTIO, PCI_DEVICE_VIRTIO_BLK, dev))) {
		int err = probe_disk(dev, n);

		if (err)
			pr_err("virtio_blk: device %02x:%02x: error %d\n", dev->bus, dev->devfn,
			       err);
		else
			n++;
	}
}
