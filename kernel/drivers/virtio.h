/*
 * virtio devices on PCI: queues of descriptors in memory that the device reads by itself, and the
 * registers to set them up. The registers come in two forms: "modern" (virtio 1.0: in memory, found
 * by capabilities) and "legacy" (0.9.5: ports in BAR 0). A transitional device has both, and is
 * used as a modern one.
 */
#ifndef KERNEL_DRIVERS_VIRTIO_H
#define KERNEL_DRIVERS_VIRTIO_H

#include "kernel/abi/types.h"
#include <linux/virtio_ring.h>

struct pci_dev;
struct virtio_device;
struct virtqueue;

#define PCI_VENDOR_VIRTIO	     0x1af4
#define PCI_DEVICE_VIRTIO_BLK	     0x1001 /* transitional, or legacy */
#define PCI_DEVICE_VIRTIO_BLK_MODERN 0x1042

/* How one of the forms does it. */
struct virtio_config_ops {
	u8 (*get_status)(struct virtio_device *vdev);
	void (*set_status)(struct virtio_device *vdev, u8 status);
	/* The features that the device has; and the choice of those in vdev->features. */
	u64 (*get_features)(struct virtio_device *vdev);
	void (*set_features)(struct virtio_device *vdev);
	/* The number of descriptors of a queue, 0: there is none; and where it is in memory (0 or
	   -errno). */
	u16 (*queue_size)(struct virtio_device *vdev, u16 index);
	int (*set_queue)(struct virtio_device *vdev, struct virtqueue *vq);
	void (*notify)(struct virtqueue *vq);
	/* Why the interrupt came; reading it takes the line back. 0: it is another device's. */
	u8 (*read_isr)(struct virtio_device *vdev);
	/* The device's own configuration: 1, 2 or 4 bytes, at a multiple of that. */
	u32 (*read_config)(struct virtio_device *vdev, unsigned int offset, unsigned int size);
	/* Changes when the configuration does. */
	u8 (*generation)(struct virtio_device *vdev);
	/* Give back what the probe took. */
	void (*release)(struct virtio_device *vdev);
};

struct virtio_device {
	struct pci_dev *pci;
	const struct virtio_config_ops *ops;
	u64 features; /* that both sides know */
	u16 iobase;   /* legacy */
	/* modern: */
	char *common, *isr, *config, *notify;
	u32 config_len, notify_len, notify_multiplier;
};
static inline bool virtio_has_feature(const struct virtio_device *vdev, unsigned int bit)
{
	return vdev->features >> bit & 1;
}

/* A queue and its unused descriptors, which are linked through their next fields. */
struct virtqueue {
	struct vring vring;
	struct virtio_device *vdev;
	u16 index;
	u16 free_head, num_free;
	u16 last_used;	    /* entries of the used ring already looked at */
	void **token;	    /* of each descriptor that heads a chain given to the device */
	unsigned int order; /* pages of the rings */
	void *notify_addr;  /* modern: the bell */
};

/* One piece of a request. */
struct virtq_buf {
	phys_addr_t addr;
	u32 len;
	bool device_writes;
};

/* ---- virtio_ring.c ---- */
/* Set up queue `index` of the device. 0, -ENOENT (the device has none), -ENOMEM, -EINVAL. */
int virtqueue_init(struct virtqueue *vq, struct virtio_device *vdev, u16 index);
/* Give the queue's memory back. The device has been reset, or never knew it. */
void virtqueue_free(struct virtqueue *vq);
/* Give a chain of n pieces (n <= num_free) to the device; `token` comes back when it is done. Call
   virtqueue_kick after the last of several. Interrupts off. */
void virtqueue_add(struct virtqueue *vq, const struct virtq_buf *buf, unsigned int n, void *token);
/* Tell the device that its queue has new chains. */
void virtqueue_kick(struct virtqueue *vq);
/* The token of a chain that the device is done with, or NULL. Its descriptors are free again. */
void *virtqueue_get(struct virtqueue *vq);

/* ---- virtio_pci_modern.c, virtio_pci_legacy.c ---- */
/* Fill in vdev, whose pci is set, if the device has this form: 0; -ENODEV; -ENOMEM. */
int virtio_pci_modern_probe(struct virtio_device *vdev);
int virtio_pci_legacy_probe(struct virtio_device *vdev);

/* ---- virtio.c ---- */
/* Find out which form the device has. 0 or -errno. virtio_release gives back what that took. */
int virtio_probe(struct virtio_device *vdev, struct pci_dev *pci);
void virtio_release(struct virtio_device *vdev);
/* Turn the device to a clean start, and agree on the features that both sides know. 0, or -EINVAL:
   the device does not agree. */
int virtio_start(struct virtio_device *vdev, u64 driver_features);
/* The queues are set up: the device may start. */
void virtio_driver_ok(struct virtio_device *vdev);
/* Reset the device and give it up: it knows of no queue any more. */
void virtio_failed(struct virtio_device *vdev);
/* A number of 64 bits in the configuration, as a whole. */
u64 virtio_read_config64(struct virtio_device *vdev, unsigned int offset);

/* Find all virtio disks: vda, vdb ... Once at boot, after pci_init and the VFS. */
void virtio_blk_init(void);

#endif
