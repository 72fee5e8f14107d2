/*
 * virtio devices on PCI in their first form ("legacy", virtio 0.9.5): ports in BAR 0, and queues of
 * descriptors in memory that the device reads by itself.
 */
#ifndef KERNEL_DRIVERS_VIRTIO_H
#define KERNEL_DRIVERS_VIRTIO_H

#include "kernel/abi/types.h"
#include <linux/virtio_ring.h>

struct pci_dev;

#define PCI_VENDOR_VIRTIO     0x1af4
#define PCI_DEVICE_VIRTIO_BLK 0x1001 /* transitional */

/* A queue and its unused descriptors, which are linked through their next fields. */
struct virtqueue {
	struct vring vring;
	u16 iobase, index;
	u16 free_head, num_free;
	u16 last_used;	    /* entries of the used ring already looked at */
	void **token;	    /* of each descriptor that heads a chain given to the device */
	unsigned int order; /* pages of the rings */
};

/* One piece of a request. */
struct virtq_buf {
	phys_addr_t addr;
	u32 len;
	bool device_writes;
};

/* Set up queue `index` of the device at iobase. 0, -ENOENT (the device has none), -ENOMEM. */
int virtqueue_init(struct virtqueue *vq, u16 iobase, u16 index);
/* Give the queue's memory back. The device has been reset, or never knew it. */
void virtqueue_free(struct virtqueue *vq);
/* Give a chain of n pieces (n <= num_free) to the device; `token` comes back when it is done. Call
   virtqueue_kick after the last of several. Interrupts off. */
void virtqueue_add(struct virtqueue *vq, const struct virtq_buf *buf, unsigned int n, void *token);
/* Tell the device that its queue has new chains. */
void virtqueue_kick(struct virtqueue *vq);
/* The token of a chain that the device is done with, or NULL. Its descriptors are free again. */
void *virtqueue_get(struct virtqueue *vq);

/* Turn the device to a clean start, and agree on the features that both sides know. => those. */
u32 virtio_start(struct pci_dev *dev, u32 driver_features);
/* The queues are set up: the device may start. */
void virtio_driver_ok(struct pci_dev *dev);
void virtio_failed(struct pci_dev *dev); /* give it up */

/* Find all virtio disks: vda, vdb ... Once at boot, after pci_init and the VFS. */
void virtio_blk_init(void);

#endif
