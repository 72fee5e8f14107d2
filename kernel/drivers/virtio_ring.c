/*
 * The virtio queue: the driver writes descriptors of memory pieces into a table, puts the number of
 * a chain's head into the "available" ring and rings the bell; the device answers in the "used"
 * ring.
 */
#include "kernel/drivers/virtio.h"
#include "kernel/lib/util.h"
#include "kernel/x86/cpu.h"
#include "mm/phys/slab.h"
#include <linux/errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#define MAX_DESCRIPTORS 256 /* more would take memory that nobody uses */

int virtqueue_init(struct virtqueue *vq, struct virtio_device *vdev, u16 index)
{
	unsigned int num = vdev->ops->queue_size(vdev, index);
	unsigned long rings;
	int err;

	if (!num || num & (num - 1))
		return -ENOENT;
	if (virtio_has_feature(vdev, VIRTIO_F_VERSION_1)) /* the driver may choose */
		num = min(num, (unsigned int)MAX_DESCRIPTORS);
	*vq = (struct virtqueue){.vdev = vdev, .index = index, .num_free = num};
	vq->order = get_order(vring_size(num, VIRTIO_PCI_VRING_ALIGN));
	rings = __get_free_pages(GFP_KERNEL | __GFP_ZERO, vq->order);
	vq->token = kcalloc(num, sizeof(*vq->token), GFP_KERNEL);
	if (!rings || !vq->token) {
		vq->vring.desc = (void *)rings;
		virtqueue_free(vq);
		return -ENOMEM;
	}
	vring_init(&vq->vring, num, (void *)rings, VIRTIO_PCI_VRING_ALIGN);
	for (unsigned int i = 0; i < num; i++)
		vq->vring.desc[i].next = i + 1;
	err = vdev->ops->set_queue(vdev, vq);
	if (err)
		virtqueue_free(vq);
	return err;
}

void virtqueue_free(struct virtqueue *vq)
{
	free_pages((unsigned long)vq->vring.desc, vq->order);
	kfree(vq->token);
	vq->vring.desc = NULL;
	vq->token = NULL;
}

void virtqueue_add(struct virtqueue *vq, const struct virtq_buf *buf, unsigned int n, void *token)
{
	struct vring_avail *avail = vq->vring.avail;
	u16 head = vq->free_head, at = head;

	for (unsigned int i = 0; i < n; i++) {
		struct vring_desc *desc = &vq->vring.desc[at];

		desc->addr = buf[i].addr;
		desc->len = buf[i].len;
		desc->flags = (buf[i].device_writes ? VRING_DESC_F_WRITE : 0) |
			      (i + 1 < n ? VRING_DESC_F_NEXT : 0);
		at = desc->next;
	}
	vq->free_head = at;
	vq->num_free -= n;
	vq->token[head] = token;
	avail->ring[avail->idx % vq->vring.num] = head;
	barrier(); /* the entry before the index that makes it visible */
	WRITE_ONCE(avail->idx, avail->idx + 1);
}

void virtqueue_kick(struct virtqueue *vq)
{
	/* The device runs beside this processor: it must see the index, or we its wish to be told.
	 */
	mb();
	if (!(READ_ONCE(vq->vring.used->flags) & VRING_USED_F_NO_NOTIFY))
		vq->vdev->ops->notify(vq);
}

/* Put a chain back on the list of free descriptors. */
static void free_chain(struct virtqueue *vq, u16 head)
{
	u16 at = head;

	vq->num_free++;
	while (vq->vring.desc[at].flags & VRING_DESC_F_NEXT) {
		at = vq->vring.desc[at].next;
		vq->num_free++;
	}
	vq->vring.desc[at].next = vq->free_head;
	vq->free_head = head;
}

void *virtqueue_get(struct virtqueue *vq)
{
	struct vring_used *used = vq->vring.used;
	void *token = NULL;

	while (!token && vq->last_used != READ_ONCE(used->idx)) {
		u32 head = used->ring[vq->last_used++ % vq->vring.num].id;

		/* A device that answers what was not asked is ignored. */
		if (head >= vq->vring.num || !vq->token[head])
			continue;
		token = vq->token[head];
		vq->token[head] = NULL;
		free_chain(vq, head);
	}
	return token;
}
